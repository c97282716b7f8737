/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The dialect of chrony.conf.
 */
#include "config.h"

#include <errno.h>
#include <string.h>

#include "common/log.h"
#include "common/text.h"
#include "config/chrony_parse.h"
#include "config/chrony_write.h"
#include "config/dialect.h"
#include "config/lexer.h"
#include "config/reader.h"

static bool is_tai_unknown(const struct settings *s)
{
	for (size_t i = 0; i < s->n_refclocks; i++) {
		if (s->refclocks[i].tai && !s->leapseclist[0] && !s->leapsectz[0]) {
			return true;
		}
	}
	return false;
}

static bool is_rtc_both(const struct settings *s)
{
	for (size_t i = 0; i < s->n_refclocks; i++) {
		if (s->rtcsync && text_same_word(s->refclocks[i].driver, "RTC")) {
			return true;
		}
	}
	return false;
}

static bool is_rtc_copied(const struct settings *s)
{
	return s->rtcsync && s->rtcfile[0] != '\0';
}

static bool is_rtc_shared(const struct settings *s)
{
	for (size_t i = 0; i < s->n_refclocks; i++) {
		if (s->rtcfile[0] != '\0' && text_same_word(s->refclocks[i].driver, "RTC")) {
			return true;
		}
	}
	return false;
}

static bool is_cert_alone(const struct settings *s)
{
	return s->nts_server.n_certs != s->nts_server.n_keys;
}

static bool is_limit_blind(const struct settings *s)
{
	return s->noclientlog && (s->ratelimit.on || s->ntsratelimit.on || s->cmdratelimit.on);
}

/** What is only known when all has been read: what is wrong, and the directive that is to blame. */
static const struct {
	bool (*is_wrong)(const struct settings *s);
	const char *word, *text;
} wholes[] = {
	{is_tai_unknown, "refclock", "refclock tai option requires leapseclist or leapsectz"},
	{is_rtc_both, "rtcsync",
		"RTC refclock cannot be used together with rtcsync or rtcfile: a clock that is "
		"set by us tells nothing"},
	{is_rtc_copied, "rtcfile", "rtcfile directive cannot be used with rtcsync"},
	{is_rtc_shared, "rtcfile", "RTC refclock cannot be used together with rtcsync or rtcfile"},
	{is_cert_alone, "ntsservercert", "Uneven number of NTS certs and keys"},
	{is_limit_blind, "noclientlog", "Rate limiting cannot be enabled with noclientlog"},
};

static int check(struct config_reader *r)
{
	int error = 0;

	for (size_t i = 0; error == 0 && i < sizeof(wholes) / sizeof(wholes[0]); i++) {
		if (wholes[i].is_wrong(r->settings)) {
			text_add(r->why, "%s", wholes[i].text);
			error = reader_tell(r, reader_origin(r, wholes[i].word), -EINVAL);
		}
	}
	return error;
}

/** Reads the file path, or the n lines when path is NULL, into r->settings. */
static int read_into(struct config_reader *r, const char *path, char *const *lines, size_t n)
{
	int error = 0;

	if (path) {
		error = reader_tell(r, NULL, reader_file(r, path, NULL));
	}
	for (size_t i = 0; !path && error == 0 && i < n; i++) {
		char origin[32];
		struct text t = text_on(origin, sizeof(origin));

		text_add(&t, "command line:%zu", i + 1);
		error = reader_line(r, lines[i], origin);
	}
	return error < 0 ? error : check(r);
}

/** As read_into(), and all or nothing of it goes to ret. */
static int read_whole(struct config_reader *r, const char *path, char *const *lines, size_t n,
	struct settings *ret)
{
	int error = -ENOMEM;

	r->rules = chrony_directives;
	r->settings = settings_copy(ret);
	if (r->settings) {
		error = read_into(r, path, lines, n);
	}
	names_free(&r->seen);
	if (error == 0) {
		settings_move(ret, r->settings);
		return 0;
	}
	settings_destroy(r->settings);
	if (error == -ENOMEM && r->why->n == 0) {
		text_add(r->why, "%s", strerror(ENOMEM));
	}
	return error;
}

static int chrony_read_file(struct kernel *k, const char *path, const struct log *log,
	struct settings *ret, struct text *why)
{
	struct config_reader r = {.kernel = k, .log = log, .why = why};

	return read_whole(&r, path, NULL, 0, ret);
}

static int chrony_read_watched(struct kernel *k, const char *path, const struct log *log,
	const struct config_watch *watch, struct settings *ret)
{
	char buffer[LOG_MESSAGE];
	struct text why = text_on(buffer, sizeof(buffer));
	struct config_reader r = {.kernel = k, .log = log, .why = &why, .watch = watch};

	return read_whole(&r, path, NULL, 0, ret);
}

static int chrony_read_arguments(struct kernel *k, char *const *lines, size_t n,
	const struct log *log, struct settings *ret, struct text *why)
{
	struct config_reader r = {.kernel = k, .log = log, .why = why};

	return read_whole(&r, NULL, lines, n, ret);
}

static int chrony_print(struct kernel *k, const char *path, char *const *lines, size_t n,
	const struct log *log, void (*line)(void *arg, const char *text), void *arg,
	struct text *why)
{
	struct config_reader r = {
		.kernel = k, .log = log, .why = why, .print = line, .print_arg = arg};
	struct settings *s = settings_create();
	int error;

	if (!s) {
		text_add(why, "%s", strerror(ENOMEM));
		return -ENOMEM;
	}
	error = read_whole(&r, n > 0 ? NULL : path, lines, n, s);
	settings_destroy(s);
	return error;
}

static int chrony_source_line(const char *line, struct source_options *ret, struct text *why)
{
	struct lexer x;
	int r;

	lexer_start(&x, (const uint8_t *)line, strlen(line));
	r = lexer_next(&x);
	if (r == 0) {
		return -ENODATA;
	}
	if (r < 0) {
		text_add(why, "line too long");
		return -EINVAL;
	}
	r = chrony_parse_source(x.words, x.n_words, ret, why);
	if (r == -ENOENT) {
		text_add(why, "Invalid directive %s: only server, pool and peer can be here",
			x.words[0]);
		return -EINVAL;
	}
	return r;
}

const struct config_dialect config_dialect_chrony = {
	.name = "chrony",
	.read_file = chrony_read_file,
	.read_watched = chrony_read_watched,
	.read_arguments = chrony_read_arguments,
	.print = chrony_print,
	.write = chrony_write,
	.source_line = chrony_source_line,
};
