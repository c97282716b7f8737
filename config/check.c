/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Tells all that is wrong with a configuration.
 */
#include "config.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/log.h"
#include "common/text.h"
#include "config/check.h"
#include "config/dialect.h"
#include "config/lexer.h"
#include "config/pattern.h"
#include "config/reader.h"
#include "daemon/kernel/kernel.h"

/** Room for a problem with where it is. */
#define PROBLEM_TEXT (LOG_MESSAGE + SETTINGS_PATH)

/** What is found. */
struct finding {
	const char *path;                /**< what is wrong with no line is wrong with it */
	char origin[SETTINGS_PATH + 16]; /**< what messages are about */
	const char *mark;                /**< before each line */
	void (*line)(void *arg, const char *text);
	void *arg;
	int errors;
	bool (*knows)(const char *driver);
	size_t n_refclocks; /**< that were looked at */
};

static void note_origin(void *arg, const char *origin)
{
	struct finding *f = arg;

	snprintf(f->origin, sizeof(f->origin), "%s", origin ? origin : f->path);
}

/** A message without where it is: that is said before it, and what says it is not of interest. */
static const char *only_text(const struct finding *f, const char *message)
{
	static const char ntpd[] = "CONFIG: ";
	size_t n = strlen(f->origin);

	if (strncmp(message, f->origin, n) == 0 && strncmp(message + n, ": ", 2) == 0) {
		return message + n + 2;
	}
	return strncmp(message, ntpd, sizeof(ntpd) - 1) == 0 ? message + sizeof(ntpd) - 1 : message;
}

static void note_problem(void *arg, enum log_priority priority, const char *message)
{
	struct finding *f = arg;
	char buffer[PROBLEM_TEXT];
	struct text t = text_on(buffer, sizeof(buffer));
	bool error = priority >= LOG_PRIORITY_ERROR;

	text_add(&t, "%s%s: %s%s", f->mark, f->origin,
		error ? "" : "warning: ", only_text(f, message));
	f->errors += error;
	f->line(f->arg, buffer);
}

/** Whether a line can be one at all, as the daemon sees it. */
static int check_bytes(const uint8_t *line, size_t n, struct text *why)
{
	if (n <= LEXER_LINE_MAX && !memchr(line, '\0', n)) {
		return 0;
	}
	text_add(why, n > LEXER_LINE_MAX ? "line too long" : "NUL byte in line");
	return -EINVAL;
}

/** Checks the lines of one file of sources. */
static void check_lines(struct finding *f, const struct config_dialect *d, const struct log *log,
	const char *path, const uint8_t *content, size_t n)
{
	const uint8_t *end;
	int number = 1;

	for (; n > 0; number++) {
		char line[LEXER_LINE_MAX + 1], reason[LOG_MESSAGE], origin[SETTINGS_PATH + 16];
		struct text why = text_on(reason, sizeof(reason));
		struct source_options source;
		size_t length;
		int r;

		snprintf(origin, sizeof(origin), "%s:%d", path, number);
		note_origin(f, origin);
		end = memchr(content, '\n', n);
		length = end ? (size_t)(end - content) : n;
		if (!end) {
			log_warning(log, "the line does not end: it is not read");
			return;
		}
		snprintf(line, sizeof(line), "%.*s", (int)length, (const char *)content);
		r = check_bytes(content, length, &why);
		r = r < 0 ? r : d->source_line(line, &source, &why);
		if (r < 0 && r != -ENODATA) {
			log_error(log, "%s", why.n > 0 ? reason : strerror(-r));
		} else if (why.n > 0) {
			log_warning(log, "%s", reason);
		}
		content += length + 1;
		n -= length + 1;
	}
}

static int check_snippet(struct finding *f, struct kernel *k, const struct config_dialect *d,
	const struct log *log, const char *path)
{
	uint8_t *content = malloc(SETTINGS_SOURCES_FILE);
	size_t n = 0;
	int r;

	if (!content) {
		return -ENOMEM;
	}
	r = k->ops->file_load(k, path, content, SETTINGS_SOURCES_FILE, &n);
	note_origin(f, path);
	if (r < 0) {
		log_warning(log, "Could not open it : %s", strerror(-r));
	} else {
		check_lines(f, d, log, path, content, n);
	}
	free(content);
	return 0;
}

/** Checks the files of sources that the configuration names. */
static int check_snippets(struct finding *f, struct kernel *k, const struct config_dialect *d,
	const struct log *log, const struct settings *s)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < s->n_sourcedirs; i++) {
		struct names found = {0};
		int listed = names_list(&found, k, s->sourcedirs[i], ".sources");

		/* A directory that is not there yet is no problem. */
		for (size_t j = 0; listed == 0 && r == 0 && j < found.n; j++) {
			r = check_snippet(f, k, d, log, found.names[j]);
		}
		r = found.error < 0 ? found.error : r;
		names_free(&found);
	}
	return r;
}

/** Looks at the reference clocks of a line. */
static void check_refclocks(void *arg, const char *origin, const struct settings *s)
{
	struct finding *f = arg;

	(void)origin;
	for (; f->n_refclocks < s->n_refclocks; f->n_refclocks++) {
		const struct settings_refclock *c = &s->refclocks[f->n_refclocks];
		char text[LOG_MESSAGE];

		if (f->knows(c->driver)) {
			continue;
		}
		snprintf(text, sizeof(text), "this program has no refclock driver %s", c->driver);
		/* Those of ntp.conf are passed over as well. */
		note_problem(f,
			c->optional || c->fudge.type != 0 ? LOG_PRIORITY_WARNING
							  : LOG_PRIORITY_ERROR,
			text);
	}
}

int check_file(struct kernel *k, const struct config_dialect *d, const char *path,
	bool (*knows)(const char *driver), void (*line)(void *arg, const char *text), void *arg)
{
	struct finding f = {.path = path, .mark = "", .line = line, .arg = arg, .knows = knows};
	const struct log log = {.write = note_problem, .arg = &f, .lowest = LOG_PRIORITY_WARNING};
	const struct config_watch watch = {
		.begin = note_origin, .applied = check_refclocks, .arg = &f};
	struct settings *s = settings_create();
	int r = -ENOMEM;

	note_origin(&f, NULL);
	if (s) {
		r = d->read_watched(k, path, &log, &watch, s);
	}
	if (r == 0) {
		r = check_snippets(&f, k, d, &log, s);
	}
	settings_destroy(s);
	return r < 0 ? r : f.errors;
}

/** What the lines read so far say, and where each part of it is from. */
struct tracing {
	struct finding finding; /**< first: what is wrong is noted as by check_file() */
	const struct config_dialect *to;
	struct names lines, origins; /**< of equal number */
	int error;
};

static void keep(void *arg, const char *line)
{
	names_add(arg, line);
}

/** Whether line has all words of less, in their order, and more. */
static bool adds_to(const char *less, const char *line)
{
	size_t n = strcspn(less, " ");
	bool same = strncmp(less, line, n) == 0 && line[n] == ' ';

	while (same && *less) {
		size_t length = strcspn(line, " ");

		n = strcspn(less, " ");
		if (n == length && strncmp(less, line, n) == 0) {
			less += n + (less[n] == ' ');
		}
		same = *less == '\0' || line[length] == ' ';
		line += length + (line[length] == ' ');
	}
	return same;
}

/** Says where a line that was not there before is from: from origin, and where it only adds to one
 * that is no longer there, from that one's too. */
static void trace_new(struct tracing *t, const char *line, const char *origin, struct names *ret)
{
	char both[2 * SETTINGS_PATH];
	struct text text = text_on(both, sizeof(both));

	for (size_t i = 0; i < t->lines.n; i++) {
		if (adds_to(t->lines.names[i], line)) {
			text_add(&text, "%s ", t->origins.names[i]);
			break;
		}
	}
	text_add(&text, "%s", origin);
	names_add(ret, both);
}

/** Says where each line of now is from: it was there before, or is from origin. */
static void trace_lines(struct tracing *t, const struct names *now, const char *origin)
{
	struct names origins = {0};
	size_t at = 0;

	/* Lines are always written in one order, so that those that stay are met in theirs. */
	for (size_t i = 0; i < now->n; i++) {
		size_t j = at;

		while (j < t->lines.n && strcmp(t->lines.names[j], now->names[i]) != 0) {
			j++;
		}
		if (j < t->lines.n) {
			names_add(&origins, t->origins.names[j]);
			at = j + 1;
		} else {
			trace_new(t, now->names[i], origin, &origins);
		}
	}
	if (origins.error < 0) {
		t->error = origins.error;
	}
	names_free(&t->origins);
	t->origins = origins;
}

static void trace(void *arg, const char *origin, const struct settings *s)
{
	struct tracing *t = arg;
	struct names now = {0};
	int r = t->to->write(s, keep, &now);

	if (r < 0 || now.error < 0) {
		t->error = r < 0 ? r : now.error;
	}
	if (t->error < 0) {
		names_free(&now);
		return;
	}
	trace_lines(t, &now, origin);
	names_free(&t->lines);
	t->lines = now;
}

/** Gives the lines with their origins. */
static void give(const struct tracing *t)
{
	for (size_t i = 0; i < t->lines.n; i++) {
		char comment[2 * SETTINGS_PATH + 8];
		struct text text = text_on(comment, sizeof(comment));

		text_add(&text, "# %s", t->origins.names[i]);
		t->finding.line(t->finding.arg, comment);
		t->finding.line(t->finding.arg, t->lines.names[i]);
	}
}

int check_print(struct kernel *k, const struct config_dialect *d, const struct config_dialect *to,
	const char *path, void (*line)(void *arg, const char *text), void *arg)
{
	struct tracing t = {
		.finding = {.path = path, .mark = "# ", .line = line, .arg = arg}, .to = to};
	const struct log log = {.write = note_problem, .arg = &t, .lowest = LOG_PRIORITY_WARNING};
	const struct config_watch watch = {.begin = note_origin, .applied = trace, .arg = &t};
	struct settings *s = settings_create();
	int r = -ENOMEM;

	note_origin(&t, NULL);
	if (s) {
		r = d->read_watched(k, path, &log, &watch, s);
	}
	if (r == 0) {
		/* What only the whole decides. */
		trace(&t, path, s);
		r = t.error;
	}
	if (r == 0) {
		give(&t);
	}
	settings_destroy(s);
	names_free(&t.lines);
	names_free(&t.origins);
	return r < 0 ? r : t.finding.errors;
}
