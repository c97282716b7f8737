/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Readings of a chrony.conf for tests: good ones, and bad ones with what is said of them.
 */
#ifndef TEST_UNIT_CONFIG_READING_H
#define TEST_UNIT_CONFIG_READING_H

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "common/log.h"
#include "common/text.h"
#include "config/dialect.h"
#include "config/settings.h"
#include "test/unit/files_fake.h"

extern const struct config_dialect config_dialect_chrony;

/** One reading of a configuration. */
struct reading {
	struct files_fake files;
	struct settings *settings;
	struct settings before; /**< what settings held, byte for byte */
	int r;
	char why[LOG_MESSAGE];
	char warnings[4096];
	size_t n_warnings;
};

static inline void warn(void *arg, enum log_priority priority, const char *message)
{
	struct reading *g = arg;
	size_t n = strlen(g->warnings);

	assert_int_equal(priority, LOG_PRIORITY_WARNING);
	snprintf(g->warnings + n, sizeof(g->warnings) - n, "%s\n", message);
	g->n_warnings++;
}

/** Reads content as the file "c". */
static inline void read_text(struct reading *g, const char *content)
{
	struct log log = {.write = warn, .arg = g, .lowest = LOG_PRIORITY_DEBUG};
	struct text why = text_on(g->why, sizeof(g->why));

	g->warnings[0] = '\0';
	g->n_warnings = 0;
	files_fake_start(&g->files);
	files_fake_add(&g->files, "c", content);
	g->settings = settings_create();
	assert_non_null(g->settings);
	memcpy(&g->before, g->settings, sizeof(g->before));
	g->r = config_dialect_chrony.read_file(&g->files.kernel, "c", &log, g->settings, &why);
}

static struct reading good_reading;

/** Reads a good text. The settings live until the next good one. */
static inline struct settings *good(const char *content)
{
	settings_destroy(good_reading.settings);
	read_text(&good_reading, content);
	if (good_reading.r != 0) {
		fail_msg("%s: %s", content, good_reading.why);
	}
	assert_string_equal(good_reading.why, "");
	return good_reading.settings;
}

/** Reads a bad text, compares the message, and finds nothing applied. */
static inline void bad(const char *content, const char *why)
{
	static struct reading g;

	read_text(&g, content);
	if (g.r != -EINVAL || strcmp(g.why, why) != 0) {
		fail_msg("%s\n  gives %d %s\n  not %s", content, g.r, g.why, why);
	}
	assert_memory_equal(g.settings, &g.before, sizeof(g.before));
	settings_destroy(g.settings);
}

#endif
