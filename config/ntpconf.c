/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The dialect of ntp.conf: reads files into statements and applies them.
 */
#include "config.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/log.h"
#include "common/text.h"
#include "config/dialect.h"
#include "config/ntpconf_parse.h"
#include "config/ntpconf_reader.h"
#include "config/ntpconf_write.h"

/** Tells who looks on, if anybody, what must keep a daemon from starting: then reading goes on. */
static int tell(struct ntpconf *c, int error)
{
	if (!c->watch || error == 0 || error == -ENOMEM) {
		return error;
	}
	log_error(c->log, "%s", c->why->n > 0 ? c->why->s : strerror(-error));
	*c->why = text_on(c->why->s, c->why->room);
	return 0;
}

/** Tells who looks on, if anybody, that a statement was applied. */
static void note_applied(struct ntpconf *c, const struct ntpconf_statement *s)
{
	char origin[SETTINGS_PATH];
	struct text t = text_on(origin, sizeof(origin));

	if (c->watch && c->watch->applied) {
		text_add(&t, "%s:%d", s->file, s->number);
		c->watch->applied(c->watch->arg, origin, c->settings);
	}
}

/** Applies all statements, group by group. */
static int apply_all(struct ntpconf *c)
{
	for (int group = 0; group < NTPCONF_GROUPS; group++) {
		for (size_t i = 0; i < c->n; i++) {
			const struct ntpconf_statement *s = &c->statements[i];
			int r;

			if ((int)s->rule->group != group) {
				continue;
			}
			ntpconf_place(c, s->file, s->number);
			r = tell(c, s->rule->apply(c, s));
			if (r < 0) {
				return r;
			}
			note_applied(c, s);
		}
	}
	return 0;
}

/** Reads the file path, or the n lines when path is NULL, into c->settings. */
static int read_into(struct ntpconf *c, const char *path, char *const *lines, size_t n)
{
	int r = ntpconf_begin(c);

	if (r == 0 && c->watch && c->watch->applied) {
		c->watch->applied(c->watch->arg, "defaults of ntp.conf", c->settings);
	}
	if (r == 0) {
		r = path ? ntpconf_read_file(c, path) : ntpconf_read_lines(c, lines, n);
	}
	if (r == 0) {
		r = apply_all(c);
	}
	if (r == 0 && c->watch) {
		c->watch->begin(c->watch->arg, NULL);
	}
	return r == 0 ? tell(c, ntpconf_finish(c)) : r;
}

/** As read_into(), and all or nothing of it goes to ret. */
static int read_whole(
	struct ntpconf *c, const char *path, char *const *lines, size_t n, struct settings *ret)
{
	int r = -ENOMEM;

	c->settings = settings_copy(ret);
	if (c->settings) {
		r = read_into(c, path, lines, n);
	}
	ntpconf_reader_end(c);
	if (r == 0) {
		settings_move(ret, c->settings);
		return 0;
	}
	settings_destroy(c->settings);
	if (c->why->n == 0) {
		text_add(c->why, "%s", strerror(-r));
	}
	return r == -ERANGE ? -EINVAL : r;
}

static int ntp_read_file(struct kernel *k, const char *path, const struct log *log,
	struct settings *ret, struct text *why)
{
	struct ntpconf c = {.kernel = k, .log = log, .why = why};

	return read_whole(&c, path, NULL, 0, ret);
}

static int ntp_read_watched(struct kernel *k, const char *path, const struct log *log,
	const struct config_watch *watch, struct settings *ret)
{
	char buffer[LOG_MESSAGE];
	struct text why = text_on(buffer, sizeof(buffer));
	struct ntpconf c = {.kernel = k, .log = log, .why = &why, .watch = watch};

	return read_whole(&c, path, NULL, 0, ret);
}

static int ntp_read_arguments(struct kernel *k, char *const *lines, size_t n, const struct log *log,
	struct settings *ret, struct text *why)
{
	struct ntpconf c = {.kernel = k, .log = log, .why = why};

	return read_whole(&c, NULL, lines, n, ret);
}

/** Whether a word must be in quotes to be read as it is. */
static bool needs_quotes(const struct ntpconf_word *w)
{
	return w->quoted && (w->text[0] == '\0' || strpbrk(w->text, " \t#={}(),;|"));
}

/** One statement with its words one blank apart. */
static void print_statement(
	const struct ntpconf_statement *s, void (*line)(void *arg, const char *text), void *arg)
{
	char buffer[4096];
	struct text t = text_on(buffer, sizeof(buffer));

	for (size_t i = 0; i < s->line.n; i++) {
		const struct ntpconf_word *w = &s->line.words[i];
		const char *quote = needs_quotes(w) ? "\"" : "";

		text_add(&t, "%s%s%s%s", i > 0 ? " " : "", quote, w->text, quote);
	}
	line(arg, buffer);
}

static int ntp_print(struct kernel *k, const char *path, char *const *lines, size_t n,
	const struct log *log, void (*line)(void *arg, const char *text), void *arg,
	struct text *why)
{
	struct ntpconf c = {.kernel = k, .log = log, .why = why};
	int r = n > 0 ? ntpconf_read_lines(&c, lines, n) : ntpconf_read_file(&c, path);

	for (size_t i = 0; r == 0 && i < c.n; i++) {
		print_statement(&c.statements[i], line, arg);
	}
	ntpconf_reader_end(&c);
	if (r < 0 && why->n == 0) {
		text_add(why, "%s", strerror(-r));
	}
	return r;
}

/** Whether all that was read can change while the daemon runs. */
static bool is_changeable(const struct ntpconf *c)
{
	static const enum ntpconf_group groups[] = {NTPCONF_STATISTICS, NTPCONF_TOS,
		NTPCONF_RESTRICT, NTPCONF_TINKER, NTPCONF_ENABLE, NTPCONF_DISABLE,
		NTPCONF_LOGCONFIG, NTPCONF_FUDGE};

	for (size_t i = 0; i < c->n; i++) {
		bool known = false;

		for (size_t j = 0; j < sizeof(groups) / sizeof(groups[0]); j++) {
			known |= c->statements[i].rule->group == groups[j];
		}
		/* Who may ask for changes is not to choose what is opened. */
		if (!known || c->statements[i].rule->apply == ntpconf_path ||
			c->statements[i].rule->apply == ntpconf_device) {
			return false;
		}
	}
	return true;
}

static int ntp_change(
	const char *line, const struct log *log, struct settings *io, struct text *why)
{
	struct ntpconf c = {.log = log, .why = why, .settings = io};
	char *lines[] = {(char *)line};
	bool discipline = io->ntp.discipline, monitor = io->ntp.monitor;
	bool ntskelog = io->ntp.filegens[NTP_NTSKELOG].enable;
	size_t list = io->clientloglimit;
	int r = ntpconf_read_lines(&c, lines, 1);

	if (r == 0 && !is_changeable(&c)) {
		r = -EOPNOTSUPP;
	}
	if (r == 0) {
		r = apply_all(&c);
	}
	if (r == 0 && (io->ntp.discipline != discipline || io->ntp.monitor != monitor ||
			      io->ntp.filegens[NTP_NTSKELOG].enable != ntskelog ||
			      /* The size of the list of clients is set at the start. */
			      io->clientloglimit != list)) {
		r = -EOPNOTSUPP;
	}
	for (size_t i = 0; r == 0 && i < c.n; i++) {
		r = ntpconf_follow(&c, c.statements[i].rule->group);
	}
	ntpconf_reader_end(&c);
	return r == -ERANGE ? -EINVAL : r;
}

/** Where messages of one line go: to a text. */
static void collect(void *arg, enum log_priority priority, const char *message)
{
	struct text *why = arg;

	(void)priority;
	text_add(why, "%s%s", why->n > 0 ? "; " : "", message);
}

/** The only source of a line, or why there is none. */
static int only_source(const struct settings *s, struct source_options *ret, struct text *why)
{
	if (s->n_sources == 1 && s->ntp.errors == 0) {
		*ret = s->sources[0].options;
		return 0;
	}
	if (why->n == 0) {
		text_add(why, "only server and pool can be here");
	}
	return -EINVAL;
}

static int ntp_source_line(const char *line, struct source_options *ret, struct text *why)
{
	struct log log = {.write = collect, .arg = why, .lowest = LOG_PRIORITY_WARNING};
	char *lines[] = {(char *)line};
	struct settings *s;
	int r;

	while (text_is_space(*line)) {
		line++;
	}
	if (*line == '\0' || *line == '#') {
		return -ENODATA;
	}
	s = settings_create();
	if (!s) {
		return -ENOMEM;
	}
	r = ntp_read_arguments(NULL, lines, 1, &log, s, why);
	if (r == 0) {
		r = only_source(s, ret, why);
	}
	settings_destroy(s);
	return r;
}

const struct config_dialect config_dialect_ntpconf = {
	.name = "ntp",
	.read_file = ntp_read_file,
	.read_watched = ntp_read_watched,
	.read_arguments = ntp_read_arguments,
	.print = ntp_print,
	.write = ntpconf_write,
	.change = ntp_change,
	.source_line = ntp_source_line,
};
