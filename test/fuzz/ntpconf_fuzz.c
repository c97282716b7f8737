/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Any bytes as ntp.conf: nothing is out of its range, a failure changes nothing, and what -p prints
 * means the same.
 */
#include "config.h"

#include <math.h>
#include <string.h>

#include "test/fuzz/config_world.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

extern const struct config_dialect config_dialect_ntpconf;

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

/** What is printed of the input, when it has no errors, means the same. */
static void read_again(struct config_world *w, const struct settings *s, const struct log *log)
{
	struct settings *again;

	config_keep_printed(w, &config_dialect_ntpconf, log);
	if (s->ntp.errors > 0) {
		config_drop_lines(w);
		return;
	}
	again = config_read_lines(w, &config_dialect_ntpconf, log);
	if (again) {
		check(again->n_sources == s->n_sources);
		check(again->n_refclocks == s->n_refclocks);
		check(again->ntp.n_restricts == s->ntp.n_restricts);
		check(again->ntp.logconfig == s->ntp.logconfig);
		check(again->maxchange_offset == s->maxchange_offset);
	}
	settings_destroy(again);
}

/** Reads what the settings are written as: nothing is wrong with it, and nothing is lost. */
static void write_and_read(struct config_world *w, const struct settings *s, const struct log *log)
{
	struct settings *again;

	check(config_dialect_ntpconf.write(s, config_keep_line, w) == 0);
	again = config_read_lines(w, &config_dialect_ntpconf, log);
	if (again) {
		check(again->ntp.errors == 0);
		check(again->n_sources == s->n_sources);
		check(again->n_refclocks == s->n_refclocks);
		check(again->ntp.n_restricts == s->ntp.n_restricts);
		check(again->ntp.n_nics == s->ntp.n_nics);
		check(again->ntp.n_variables == s->ntp.n_variables);
		check(again->ntp.logconfig == s->ntp.logconfig);
		check(again->minsources == s->minsources && again->dscp == s->dscp);
	}
	settings_destroy(again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	static const struct log log = {.write = hear, .lowest = LOG_PRIORITY_DEBUG};
	struct config_world w = {.kernel = {&config_ops},
		.directory = "ntp.d",
		.suffix = ".conf",
		.input = {data, n}};
	struct settings *s = config_read_input(&w, &config_dialect_ntpconf, &log);

	if (s) {
		check_ranges(s);
		read_again(&w, s, &log);
		write_and_read(&w, s, &log);
		settings_destroy(s);
	}
	return 0;
}
