/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Configuration at run time: lines of ntp.conf from whoever holds the control key. Sources come and
 * go, variables are set, and restrictions, rules of selection and steps, switches and what is
 * logged are changed, counters begin anew; what is said of anything else is read, but needs another
 * start: it says so.
 */
#include "config.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/log.h"
#include "common/text.h"
#include "config/dialect.h"
#include "config/settings.h"
#include "daemon/control/mode6.h"
#include "daemon/source/source.h"

/* The longest text. */
#define TEXT_ROOM 1024

/* What is told the client. */
#define SUCCEEDED "Config Succeeded"
#define TOO_LONG  "runtime configuration failed: request too long"
#define NOMODIFY  "runtime configuration prohibited by restrict ... nomodify"

/* How the parser begins to say where a mistake is, and goes on. */
#define LINE   "CONFIG: line "
#define COLUMN "column "
/* It says syntax errors once more, with the name of the file. */
#define AGAIN "CONFIG: syntax error in "

/* What the parser says of a line. */
struct complaints {
	struct mode6_call *call;
	const char *peer;
	unsigned n;
};

static void say(struct mode6_call *c, const char *text)
{
	if (c->text.n > 0)
		mode6_text_raw(&c->text, "\r\n");
	mode6_text_raw(&c->text, text);
}

/* Of "CONFIG: line 1 column 6 syntax error" clients know the end. */
static void take_complaint(void *arg, enum log_priority priority, const char *message)
{
	struct complaints *c = arg;
	const struct log *log = c->call->m->env->log;
	const char *column = strstr(message, COLUMN);

	if (priority < LOG_PRIORITY_ERROR || strncmp(message, AGAIN, strlen(AGAIN)) == 0)
		return;
	log_error(log, "%s", message);
	if (!column || strncmp(message, LINE, strlen(LINE)) != 0)
		return;
	say(c->call, column);
	if (strstr(message, " syntax error"))
		log_error(log, "CONFIG: syntax error in remote config from %s line %lu, column %lu",
			c->peer, strtoul(message + strlen(LINE), NULL, 10),
			strtoul(column + strlen(COLUMN), NULL, 10));
	c->n++;
}

/* What was said of a line already. */
static void drop(void *arg, enum log_priority priority, const char *message)
{
	(void)arg;
	(void)priority;
	(void)message;
}

static const struct config_dialect *find_dialect(void)
{
	return dialect_find("ntp");
}

/* The first word of a line and, behind it, the next. */
static void first_words(const char *line, char *first, char *second, size_t room)
{
	const char *p = line + strspn(line, " \t");
	size_t n = strcspn(p, " \t");

	snprintf(first, room, "%.*s", (int)n, p);
	p += n;
	p += strspn(p, " \t");
	n = strcspn(p, " \t");
	snprintf(second, room, "%.*s", (int)n, p);
}

/* unpeer and unconfig: by number of association, by address, or by name. */
static int remove_source(const struct mode6 *m, const char *what)
{
	struct sources *sources = m->env->sources;
	long long number;

	if (text_to_int(what, 1, UINT16_MAX, &number) == 0) {
		const struct source *s = mode6_source(m, (uint16_t)number);

		return s != NULL && sources_remove(sources, source_address(s)) == SOURCES_OK
			       ? 0
			       : -ENOENT;
	}
	for (size_t i = 0; i < sources_count(sources); i++) {
		const struct source *s = sources_at(sources, i);
		char text[SOURCE_NAME];

		source_text(s, text, sizeof(text));
		if (strcmp(text, what) != 0 && strcmp(source_name(s), what) != 0)
			continue;
		return sources_remove(sources, source_address(s)) == SOURCES_OK ? 0 : -ENOENT;
	}
	return -ENOENT;
}

static int add_sources(const struct mode6 *m, const struct settings *s)
{
	for (size_t i = 0; i < s->n_sources; i++)
		if (sources_add(m->env->sources, &s->sources[i].options) != SOURCES_OK)
			return -EEXIST;
	return 0;
}

int mode6_set_variable(struct mode6 *m, const struct settings_variable *v)
{
	struct settings_variable *p;

	for (size_t i = 0; i < m->n_extra; i++)
		if (strcmp(m->extra[i].name, v->name) == 0) {
			m->extra[i] = *v;
			return 0;
		}
	p = realloc(m->extra, (m->n_extra + 1) * sizeof(*p));
	if (p == NULL)
		return -ENOMEM;
	m->extra = p;
	m->extra[m->n_extra++] = *v;
	return 0;
}

/* Puts settings in force that differ by what a line says, which is known to be good. */
static int change_settings(struct mode6_call *c, const char *line)
{
	static const struct log nowhere = {.write = drop, .lowest = LOG_PRIORITY_FATAL};
	const struct control_env *e = c->m->env;
	const struct config_dialect *dialect = find_dialect();
	char buffer[LOG_MESSAGE];
	struct text why = text_on(buffer, sizeof(buffer));
	struct settings *now;
	int r;

	if (e->change == NULL || dialect->change == NULL)
		return -EOPNOTSUPP;
	now = settings_copy(e->settings);
	if (now == NULL)
		return -ENOMEM;
	r = dialect->change(line, &nowhere, now, &why);
	if (r == 0)
		e->change(e->change_arg, now);
	else
		settings_destroy(now);
	return r;
}

/* reset: all groups that are named, or none. */
static int reset(struct mode6 *m, const char *line)
{
	char copy[TEXT_ROOM], *words[16];
	size_t n;

	if (text_copy(copy, sizeof(copy), line) < 0)
		return -EOPNOTSUPP;
	n = text_split(copy, words, sizeof(words) / sizeof(words[0]));
	if (n < 2)
		return -EOPNOTSUPP;
	for (size_t i = 1; i < n; i++)
		if (strcmp(words[i], "sys") != 0 && strcmp(words[i], "ctl") != 0)
			return -EOPNOTSUPP;
	for (size_t i = 1; i < n; i++)
		mode6_reset(m, words[i]);
	return 0;
}

/* Does what a good line says. Returns 0, -EOPNOTSUPP for what cannot be changed, or another errno.
 */
static int apply(struct mode6_call *c, const char *line, const struct settings *s)
{
	char first[32], second[SOURCE_NAME];

	first_words(line, first, second, sizeof(first));
	if (strcmp(first, "unpeer") == 0 || strcmp(first, "unconfig") == 0) {
		char whole[SOURCE_NAME];

		first_words(line, whole, second, sizeof(second));
		return remove_source(c->m, second);
	}
	if (strcmp(first, "reset") == 0)
		return reset(c->m, line);
	/* Certificates of its own are known by a number, which is another set's here. */
	if (s->nts_client.n_trust > 0)
		return -EOPNOTSUPP;
	if (s->n_sources > 0 && s->n_refclocks == 0)
		return add_sources(c->m, s);
	if (strcmp(first, "setvar") == 0 && s->ntp.n_variables > 0)
		return mode6_set_variable(c->m, &s->ntp.variables[0]);
	return first[0] == '\0' ? 0 : change_settings(c, line);
}

/* The files that ntpd has words of its own for, which begin where the word ends. */
static const char *refusal_of(const char *word)
{
	return strcmp(word, "logfile") == 0     ? "column 6 logfile remote config ignored"
	       : strcmp(word, "driftfile") == 0 ? "column 8 driftfile remote configuration ignored"
						: NULL;
}

static void say_result(struct mode6_call *c, const char *line, int result)
{
	char first[32], second[32], text[96];

	if (result == 0)
		return;
	first_words(line, first, second, sizeof(first));
	if (result == -EOPNOTSUPP && refusal_of(first)) {
		say(c, refusal_of(first));
		return;
	}
	snprintf(text, sizeof(text),
		result == -EOPNOTSUPP ? "%s cannot be changed at run time"
		: result == -ENOENT   ? "%s: there is no such source"
		: result == -EEXIST   ? "%s: the source cannot be added"
				      : "%s failed",
		first);
	say(c, text);
}

/* Reads and does one line. Returns how much was wrong with it. */
static unsigned configure_line(
	struct mode6_call *c, const struct config_dialect *dialect, const char *peer, char *line)
{
	struct complaints complaints = {.call = c, .peer = peer};
	struct log log = {
		.write = take_complaint, .arg = &complaints, .lowest = LOG_PRIORITY_ERROR};
	char buffer[LOG_MESSAGE];
	struct text why = text_on(buffer, sizeof(buffer));
	struct settings *s = settings_create();
	int r;

	if (s == NULL)
		return 1;
	r = dialect->read_arguments(NULL, &line, 1, &log, s, &why);
	if (r < 0) {
		say(c, buffer);
		complaints.n++;
	} else if (complaints.n == 0) {
		r = apply(c, line, s);
		say_result(c, line, r);
		complaints.n += r < 0;
	}
	settings_destroy(s);
	return complaints.n;
}

/* ntpd reads nothing but ASCII, and no terminal that shows the log is to be told anything else. */
static void drop_others(char *line)
{
	char *to = line;

	for (const char *p = line; *p != '\0'; p++)
		if ((unsigned char)*p < 0x80)
			*to++ = *p;
	*to = '\0';
}

/* Reads and does all lines. Returns how much was wrong with them. */
static unsigned configure_lines(
	struct mode6_call *c, const struct config_dialect *dialect, const char *peer, char *text)
{
	unsigned errors = 0;
	char *end;

	for (char *line = text; line != NULL; line = end) {
		end = strchr(line, '\n');
		if (end != NULL)
			*end++ = '\0';
		drop_others(line);
		text_tame(line);
		if (line[0] != '\0')
			log_info(c->m->env->log, "MODE6: %s config: %s", peer, line);
		errors += configure_line(c, dialect, peer, line);
	}
	if (errors > 0)
		log_warning(c->m->env->log, "MODE6: %u error in %s config", errors, peer);
	return errors;
}

int mode6_configure(struct mode6_call *c)
{
	const struct config_dialect *dialect = find_dialect();
	char text[TEXT_ROOM], peer[ADDRESS_TEXT];
	struct span data = c->q->data;

	if (c->q->association != 0)
		return MODE6_BAD_VALUE;
	if (dialect == NULL)
		return MODE6_BAD_OPCODE;
	address_format(&c->client->peer.address, peer, sizeof(peer));
	if (c->client->restricts & NTP_RESTRICT_NOMODIFY) {
		log_warning(c->m->env->log,
			"MODE6: runtime config from %s rejected due to nomodify restriction", peer);
		say(c, NOMODIFY);
	} else if (data.n >= sizeof(text)) {
		say(c, TOO_LONG);
	} else {
		if (data.n > 0)
			memcpy(text, data.p, data.n);
		text[data.n] = '\0';
		if (configure_lines(c, dialect, peer, text) == 0)
			say(c, SUCCEEDED);
	}
	mode6_text_end(&c->text);
	return MODE6_FINE;
}
