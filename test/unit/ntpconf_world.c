/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Reading ntp.conf in tests.
 */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "common/log.h"
#include "common/text.h"
#include "test/unit/ntpconf_world.h"

/** What was read, and what was said. */
static struct {
	struct settings *settings;
	char messages[8192];
	char why[LOG_MESSAGE];
	bool all; /* messages that are always given count too */
} world;

static bool is_usual(enum log_priority priority, const char *message)
{
	return strstr(message, "CONFIG: readconfig: ") ||
	       (priority == LOG_PRIORITY_INFO &&
		       (strstr(message, "is accepted and has no effect") ||
			       strstr(message, "suggest minsane")));
}

static void hear(void *arg, enum log_priority priority, const char *message)
{
	size_t n = strlen(world.messages);
	char letter = priority == LOG_PRIORITY_ERROR     ? 'E'
		      : priority == LOG_PRIORITY_WARNING ? 'W'
							 : 'I';

	(void)arg;
	if (world.all || !is_usual(priority, message)) {
		snprintf(
			world.messages + n, sizeof(world.messages) - n, "%c %s\n", letter, message);
	}
}

static int read_path(struct files_fake *files, const char *path)
{
	static const struct log log = {.write = hear, .lowest = LOG_PRIORITY_DEBUG};
	struct text why = text_on(world.why, sizeof(world.why));

	settings_destroy(world.settings);
	world.settings = settings_create();
	assert_non_null(world.settings);
	world.messages[0] = '\0';
	return config_dialect_ntpconf.read_file(&files->kernel, path, &log, world.settings, &why);
}

static int read_text(const char *text)
{
	struct files_fake files;

	files_fake_start(&files);
	files_fake_add(&files, "ntp.conf", text);
	return read_path(&files, "ntp.conf");
}

const struct settings *noisy(const char *text, const char *messages)
{
	int r;

	world.all = false;
	r = read_text(text);
	if (r != 0) {
		fail_msg("%s\n  gives %d: %s", text, r, world.why);
	}
	if (strcmp(world.messages, messages) != 0) {
		fail_msg("%s\n  says\n%s  not\n%s", text, world.messages, messages);
	}
	return world.settings;
}

const struct settings *ntpconf_world_any(const char *text, char *ret_messages, size_t n)
{
	const char *from = world.messages;

	ret_messages[0] = '\0';
	world.all = true;
	assert_int_equal(read_text(text), 0);
	for (size_t at = 0; *from != '\0';) {
		int line = (int)strcspn(from, "\n") + 1;

		/* Which files are read is always said, and many servers are advised. */
		if (strncmp(from, "I CONFIG: readconfig: ", 22) != 0 &&
			strncmp(from, "I SYNC: ", 8) != 0) {
			at += (size_t)snprintf(ret_messages + at, n - at, "%.*s", line, from);
		}
		from += line;
	}
	return world.settings;
}

const struct settings *quiet(const char *text)
{
	return noisy(text, "");
}

void fatal(const char *text, const char *why)
{
	int r;

	world.all = false;
	r = read_text(text);
	assert_true(r < 0);
	assert_string_equal(world.why, why);
	/* Nothing of it is applied. */
	assert_false(world.settings->ntp.style);
	assert_int_equal(world.settings->n_sources, 0);
}

const struct settings *ntpconf_world_read(
	struct files_fake *files, const char *path, const char *messages)
{
	int r;

	world.all = true;
	r = read_path(files, path);
	assert_int_equal(r, 0);
	assert_string_equal(world.messages, messages);
	return world.settings;
}

int ntpconf_world_end(void **state)
{
	(void)state;
	settings_destroy(world.settings);
	world.settings = NULL;
	return 0;
}
