/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Any bytes as ntp.conf: nothing is out of its range, a failure changes nothing, and what -p prints
 * means the same.
 */
#include "config.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "common/log.h"
#include "common/text.h"
#include "config/dialect.h"
#include "daemon/kernel/kernel.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

extern const struct config_dialect config_dialect_ntpconf;

/** The most printed lines that are read again. */
#define LINES 200

/** A kernel with the input as its only file, which lies in the directory beside it too. */
struct world {
	struct kernel kernel;
	struct span input;
	char *lines[LINES];
	size_t n_lines;
};

static void check(bool right)
{
	if (!right) {
		abort();
	}
}

static int load(struct kernel *k, const char *path, uint8_t *p, size_t room, size_t *ret_n)
{
	struct world *w = (struct world *)k;

	if (strcmp(path, "c") != 0 && strcmp(path, "ntp.d/c.conf") != 0) {
		return -ENOENT;
	}
	if (w->input.n > room) {
		return -EFBIG;
	}
	if (w->input.n > 0) {
		memcpy(p, w->input.p, w->input.n);
	}
	*ret_n = w->input.n;
	return 0;
}

static int list(struct kernel *k, const char *directory, const char *suffix,
	void (*each)(void *arg, const char *name), void *arg)
{
	(void)k;
	check(strcmp(suffix, ".conf") == 0);
	if (strcmp(directory, "ntp.d") != 0) {
		return -ENOENT;
	}
	each(arg, "c.conf");
	return 0;
}

static void keep_line(void *arg, const char *text)
{
	struct world *w = arg;

	if (w->n_lines < LINES) {
		w->lines[w->n_lines] = malloc(strlen(text) + 1);
		strcpy(w->lines[w->n_lines], text);
	}
	w->n_lines++;
}

/** Messages are lines, whatever was in the file. */
static void hear(void *arg, enum log_priority priority, const char *message)
{
	(void)arg;
	(void)priority;
	for (; *message; message++) {
		check((unsigned char)*message >= ' ' && *message != 0x7f);
	}
}

static void check_ranges(const struct settings *s)
{
	check(s->ntp.style && s->ntp.n_restricts >= 2);
	check(s->dscp >= 0 && s->dscp < 64);
	check(s->minsources >= 1 && s->maxstratum <= 15);
	check(s->makestep_threshold >= 0.0 && isfinite(s->makestep_threshold));
	check(s->ntp.tinker.stepout >= 300.0);
	for (size_t i = 0; i < s->n_sources; i++) {
		const struct source_options *o = &s->sources[i].options;

		check(o->minpoll >= 0 && o->maxpoll <= 17 && o->minpoll <= o->maxpoll);
		check(o->name[0] != '\0' && o->maxsources >= 1 && o->maxsources <= 16);
		check(o->version == 0 || (o->version >= 1 && o->version <= 4));
	}
	for (size_t i = 0; i < s->n_refclocks; i++) {
		check(s->refclocks[i].fudge.name && s->refclocks[i].stratum <= 16);
	}
	for (int i = 0; i < NTP_STATISTICS; i++) {
		check(!strstr(s->ntp.filegens[i].file, ".."));
	}
	/* Of two entries for one address the more specific comes first. */
	for (size_t i = 1; i < s->ntp.n_restricts; i++) {
		const struct settings_restrict *a = &s->ntp.restricts[i - 1];
		const struct settings_restrict *b = &s->ntp.restricts[i];

		check(a->address.family <= b->address.family);
		check(a->address.family != b->address.family ||
			memcmp(a->address.ip, b->address.ip, 16) >= 0);
	}
}

/** Reads what is printed of the input, when it has no errors and is no more than is kept. */
static void read_again(struct world *w, const struct settings *s, const struct log *log)
{
	const struct config_dialect *d = &config_dialect_ntpconf;
	struct settings *again = settings_create();
	char reason[LOG_MESSAGE];
	struct text why = text_on(reason, sizeof(reason));

	check(d->print(&w->kernel, "c", NULL, 0, log, keep_line, w, &why) == 0);
	if (w->n_lines <= LINES && s->ntp.errors == 0) {
		check(d->read_arguments(&w->kernel, w->lines, w->n_lines, log, again, &why) == 0);
		check(again->n_sources == s->n_sources);
		check(again->n_refclocks == s->n_refclocks);
		check(again->ntp.n_restricts == s->ntp.n_restricts);
		check(again->ntp.logconfig == s->ntp.logconfig);
		check(again->maxchange_offset == s->maxchange_offset);
	}
	for (size_t i = 0; i < w->n_lines && i < LINES; i++) {
		free(w->lines[i]);
	}
	settings_destroy(again);
}

/** Reads what the settings are written as: nothing is wrong with it, and nothing is lost. */
static void write_and_read(struct world *w, const struct settings *s, const struct log *log)
{
	const struct config_dialect *d = &config_dialect_ntpconf;
	struct settings *again = settings_create();
	char reason[LOG_MESSAGE];
	struct text why = text_on(reason, sizeof(reason));

	w->n_lines = 0;
	check(d->write(s, keep_line, w) == 0);
	if (w->n_lines <= LINES) {
		check(d->read_arguments(&w->kernel, w->lines, w->n_lines, log, again, &why) == 0);
		check(again->ntp.errors == 0);
		check(again->n_sources == s->n_sources);
		check(again->n_refclocks == s->n_refclocks);
		check(again->ntp.n_restricts == s->ntp.n_restricts);
		check(again->ntp.n_nics == s->ntp.n_nics);
		check(again->ntp.n_variables == s->ntp.n_variables);
		check(again->ntp.logconfig == s->ntp.logconfig);
		check(again->minsources == s->minsources && again->dscp == s->dscp);
	}
	for (size_t i = 0; i < w->n_lines && i < LINES; i++) {
		free(w->lines[i]);
	}
	settings_destroy(again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	static const struct kernel_ops ops = {.file_load = load, .file_list = list};
	static const struct log log = {.write = hear, .lowest = LOG_PRIORITY_DEBUG};
	static struct settings before;
	struct world w = {.kernel = {&ops}, .input = {data, n}};
	struct settings *s = settings_create();
	char reason[LOG_MESSAGE];
	struct text why = text_on(reason, sizeof(reason));

	memcpy(&before, s, sizeof(before));
	if (config_dialect_ntpconf.read_file(&w.kernel, "c", &log, s, &why) < 0) {
		check(why.n > 0);
		check(memcmp(&before, s, sizeof(before)) == 0);
	} else {
		check(why.n == 0);
		check_ranges(s);
		read_again(&w, s, &log);
		write_and_read(&w, s, &log);
	}
	settings_destroy(s);
	return 0;
}
