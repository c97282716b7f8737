/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Statements of ntp.conf about files, and those of a word or a number.
 */
#include "config.h"

#include <errno.h>
#include <stddef.h>
#include <string.h>

#include "common/log.h"
#include "common/text.h"
#include "config/ntpconf_parse.h"

/** Where a statement's path goes. */
static char *path_field(struct settings *s, const char *what)
{
	return strcmp(what, "keys") == 0             ? s->keyfile
	       : strcmp(what, "leapfile") == 0       ? s->leapseclist
	       : strcmp(what, "logfile") == 0        ? s->ntp.logfile
	       : strcmp(what, "ntpsigndsocket") == 0 ? s->ntpsigndsocket
	       : strcmp(what, "pidfile") == 0        ? s->pidfile
						     : s->ntp.statsdir;
}

int ntpconf_path(struct ntpconf *c, const struct ntpconf_statement *s)
{
	struct ntpconf_cursor u = {.c = c, .s = s, .at = 1};
	const char *path = ntpconf_take_text(&u);

	/* A word is no longer than there is room for a path. */
	if (path && ntpconf_done(&u) == 0) {
		text_copy(path_field(c->settings, s->rule->extra), SETTINGS_PATH, path);
	}
	return 0;
}

int ntpconf_drift(struct ntpconf *c, const struct ntpconf_statement *s)
{
	struct ntpconf_cursor u = {.c = c, .s = s, .at = 1};
	struct settings *set = c->settings;
	const char *path = ntpconf_peek(&u) ? ntpconf_take_text(&u) : "";
	double least = set->ntp.nonvolatile;
	int r = path ? 0 : -EINVAL;

	if (r == 0 && ntpconf_peek(&u)) {
		r = ntpconf_take_real(&u, &least);
	}
	if (r == 0) {
		r = ntpconf_done(&u);
	}
	if (r < 0) {
		return ntpconf_go_on(r);
	}
	if (path[0] == '\0') {
		log_info(c->log, "CONFIG: driftfile disabled");
	}
	text_copy(set->driftfile, sizeof(set->driftfile), path);
	set->ntp.nonvolatile = least;
	return 0;
}

/** A number of its own statement. Returns as ntpconf_take_int(). */
static int read_number(struct ntpconf_cursor *u, const char *what)
{
	struct settings *s = u->c->settings;
	double real;
	int number;

	if (strcmp(what, "dscp") == 0) {
		return ntpconf_take_int(u, 0, 63, &s->dscp);
	}
	if (strcmp(what, "leapsmearinterval") == 0) {
		return ntpconf_take_real(u, &s->ntp.leapsmear);
	}
	if (strcmp(what, "nonvolatile") == 0) {
		return ntpconf_take_real(u, &s->ntp.nonvolatile);
	}
	if (strcmp(what, "tick") == 0) {
		log_warning(u->c->log, "CONFIG: config_vars(): unexpected token");
		return ntpconf_take_real(u, &real);
	}
	if (strcmp(what, "requestkey") == 0) {
		log_warning(
			u->c->log, "CONFIG: requestkey is a no-op because ntpdc has been removed.");
	}
	return ntpconf_take_int(u, 0, UINT32_MAX, &number);
}

int ntpconf_number(struct ntpconf *c, const struct ntpconf_statement *s)
{
	struct ntpconf_cursor u = {.c = c, .s = s, .at = 1};
	int r = read_number(&u, s->rule->extra);

	return ntpconf_go_on(r == 0 ? ntpconf_done(&u) : r);
}

/** A file of statistics by its word, -ENOENT, or -ENODATA for one that is never written. */
static int find_statistics(const char *word)
{
	static const char *const idle[] = {"cryptostats", "timingstats"};

	for (int i = 0; i < NTP_STATISTICS; i++) {
		if (strcmp(ntp_statistics_words[i], word) == 0) {
			return i;
		}
	}
	return strcmp(word, idle[0]) == 0 || strcmp(word, idle[1]) == 0 ? -ENODATA : -ENOENT;
}

int ntpconf_statistics(struct ntpconf *c, const struct ntpconf_statement *s)
{
	struct ntpconf_cursor u = {.c = c, .s = s, .at = 1};
	const struct ntpconf_word *w;

	if (!ntpconf_peek(&u)) {
		ntpconf_syntax(&u);
	}
	while ((w = ntpconf_peek(&u)) != NULL) {
		int which = find_statistics(w->text);

		if (which >= 0) {
			c->settings->ntp.filegens[which].enable = true;
		} else if (which == -ENODATA) {
			ntpconf_note(c, s, "%s has no output", w->text);
		} else {
			ntpconf_syntax(&u);
		}
		u.at++;
	}
	return 0;
}

static int read_type(struct ntpconf_cursor *u, struct settings_filegen *f)
{
	static const char *const types[] = {"none", "pid", "day", "week", "month", "year", "age"};

	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
		if (ntpconf_take(u, types[i])) {
			f->type = (enum ntp_filegen_type)i;
			return 0;
		}
	}
	return ntpconf_syntax(u);
}

/** The name of a file in statsdir, which must not lead out of it. */
static int read_file(struct ntpconf_cursor *u, struct settings_filegen *f)
{
	const char *name = ntpconf_take_text(u);

	if (!name) {
		return -EINVAL;
	}
	if (strstr(name, "..") || name[0] == '\0' ||
		text_copy(f->file, sizeof(f->file), name) < 0) {
		ntpconf_note(u->c, u->s, "filegen: %s can not be the name of a file there", name);
		u->c->errors++;
		return -EINVAL;
	}
	return 0;
}

static int read_filegen(struct ntpconf_cursor *u, struct settings_filegen *f)
{
	if (ntpconf_take(u, "file")) {
		return read_file(u, f);
	}
	if (ntpconf_take(u, "type")) {
		return read_type(u, f);
	}
	if (ntpconf_take(u, "link")) {
		f->link = true;
	} else if (ntpconf_take(u, "nolink")) {
		f->link = false;
	} else if (ntpconf_take(u, "enable")) {
		f->enable = true;
	} else if (ntpconf_take(u, "disable")) {
		f->enable = false;
	} else {
		return ntpconf_syntax(u);
	}
	return 0;
}

int ntpconf_filegen(struct ntpconf *c, const struct ntpconf_statement *s)
{
	struct ntpconf_cursor u = {.c = c, .s = s, .at = 1};
	const char *word = ntpconf_take_text(&u);
	int r = 0, which = word ? find_statistics(word) : -EINVAL;
	struct settings_filegen f;

	if (which == -ENODATA) {
		ntpconf_note(c, s, "%s has no output", word);
		return 0;
	}
	if (which < 0) {
		if (word) {
			u.at--;
			ntpconf_syntax(&u);
		}
		return 0;
	}
	f = c->settings->ntp.filegens[which];
	f.enable = true;
	while (r == 0 && ntpconf_peek(&u)) {
		r = read_filegen(&u, &f);
	}
	if (r == 0) {
		c->settings->ntp.filegens[which] = f;
	}
	return ntpconf_go_on(r);
}

/** One key. */
static int read_key(struct ntpconf_cursor *u, uint32_t *ret)
{
	int v, r = ntpconf_take_int(u, INT32_MIN, UINT32_MAX, &v);

	*ret = (uint32_t)v;
	return r;
}

/** One key or ( a ... b ). */
static int read_range(struct ntpconf_cursor *u, struct settings_key_range *ret)
{
	int r;

	if (!ntpconf_take(u, "(")) {
		r = read_key(u, &ret->first);
		ret->last = ret->first;
		return r;
	}
	r = read_key(u, &ret->first);
	if (r < 0) {
		return r;
	}
	if (!ntpconf_take(u, "...")) {
		return ntpconf_syntax(u);
	}
	r = read_key(u, &ret->last);
	if (r < 0) {
		return r;
	}
	return ntpconf_take(u, ")") ? 0 : ntpconf_syntax(u);
}

static bool is_key(uint32_t key)
{
	return key >= 1 && key <= 65535;
}

int ntpconf_trusted(struct ntpconf *c, const struct ntpconf_statement *s)
{
	struct ntpconf_cursor u = {.c = c, .s = s, .at = 1};
	struct settings_key_range k = {0};
	int r = ntpconf_peek(&u) ? 0 : ntpconf_syntax(&u);

	while (r == 0 && ntpconf_peek(&u)) {
		r = read_range(&u, &k);
		if (r < 0) {
			break;
		}
		if (!is_key(k.first) || !is_key(k.last)) {
			log_warning(c->log,
				"CONFIG: Ignoring invalid trustedkey %d, min 1 max 65535.",
				(int)(is_key(k.first) ? k.last : k.first));
			continue;
		}
		r = settings_add_trusted(&c->settings->ntp, &k);
	}
	return ntpconf_go_on(r);
}

int ntpconf_control(struct ntpconf *c, const struct ntpconf_statement *s)
{
	struct ntpconf_cursor u = {.c = c, .s = s, .at = 1};
	int key, r = ntpconf_take_int(&u, 0, 65535, &key);

	if (r == 0) {
		r = ntpconf_done(&u);
	}
	if (r == 0) {
		c->settings->ntp.control_key = (uint32_t)key;
	}
	return ntpconf_go_on(r);
}

/** The bits of an item of logconfig, or 0: class and kind in either order, or all. */
static unsigned log_bits(const char *item)
{
	static const struct {
		const char *word;
		unsigned bits; /* of the class, shifted; of the kind */
	} classes[] = {{"sys", 0x000f}, {"peer", 0x00f0}, {"clock", 0x0f00}, {"sync", 0xf000},
		{"all", 0xffff}},
	  kinds[] = {{"info", NTP_LOG_INFO * 0x1111}, {"events", NTP_LOG_EVENTS * 0x1111},
		  {"statistics", NTP_LOG_STATISTICS * 0x1111}, {"status", NTP_LOG_STATUS * 0x1111},
		  {"all", 0xffff}};
	const size_t n = sizeof(classes) / sizeof(classes[0]);

	for (size_t i = 0; i < n; i++) {
		size_t length = strlen(classes[i].word);

		if (strncmp(item, classes[i].word, length) != 0) {
			continue;
		}
		for (size_t j = 0; j < n; j++) {
			if (strcmp(item + length, kinds[j].word) == 0) {
				return classes[i].bits & kinds[j].bits;
			}
			/* "allclock" is as good as "clockall". */
			if (strcmp(item + length, classes[j].word) == 0 && i == n - 1) {
				return classes[j].bits;
			}
		}
	}
	return 0;
}

int ntpconf_logconfig(struct ntpconf *c, const struct ntpconf_statement *s)
{
	struct ntpconf_cursor u = {.c = c, .s = s, .at = 1};
	const struct ntpconf_word *w;
	unsigned *mask = &c->settings->ntp.logconfig;

	for (; (w = ntpconf_peek(&u)) != NULL; u.at++) {
		char sign = w->text[0];
		const char *item = w->text + (sign == '=' || sign == '+' || sign == '-');
		unsigned bits = log_bits(item);

		if (bits == 0) {
			log_warning(
				c->log, "CONFIG: logconfig: '%s' not recognized - ignored", item);
		} else if (sign == '+') {
			*mask |= bits;
		} else if (sign == '-') {
			*mask &= ~bits;
		} else {
			*mask = bits;
		}
	}
	return 0;
}

int ntpconf_setvar(struct ntpconf *c, const struct ntpconf_statement *s)
{
	struct ntpconf_cursor u = {.c = c, .s = s, .at = 1};
	struct settings_variable v = {0};
	const char *name = ntpconf_take_text(&u), *value;

	if (!name) {
		return 0;
	}
	if (!ntpconf_take(&u, "=")) {
		return ntpconf_go_on(ntpconf_syntax(&u));
	}
	value = ntpconf_take_text(&u);
	if (!value) {
		return 0;
	}
	v.by_default = ntpconf_take(&u, "default");
	if (ntpconf_done(&u) < 0) {
		return 0;
	}
	if (name[0] == '\0' || text_copy(v.name, sizeof(v.name), name) < 0 ||
		text_copy(v.value, sizeof(v.value), value) < 0) {
		ntpconf_note(c, s, "setvar takes a name and a value of at most %d characters",
			NTP_VARIABLE - 1);
		c->errors++;
		return 0;
	}
	return settings_add_variable(&c->settings->ntp, &v);
}

int ntpconf_rlimit(struct ntpconf *c, const struct ntpconf_statement *s)
{
	static const char *const words[] = {"memlock", "stacksize", "filenum"};
	struct ntpconf_cursor u = {.c = c, .s = s, .at = 1};
	int r = ntpconf_peek(&u) ? 0 : ntpconf_syntax(&u);

	while (r == 0 && ntpconf_peek(&u)) {
		int number;
		size_t i = 0;

		while (i < 3 && !ntpconf_take(&u, words[i])) {
			i++;
		}
		if (i == 3) {
			return ntpconf_go_on(ntpconf_syntax(&u));
		}
		r = ntpconf_take_int(&u, INT32_MIN, UINT32_MAX, &number);
		if (r == 0) {
			ntpconf_note(c, s, "rlimit %s is accepted and has no effect", words[i]);
		}
	}
	return ntpconf_go_on(r);
}

int ntpconf_ignored(struct ntpconf *c, const struct ntpconf_statement *s)
{
	if (s->rule->extra) {
		ntpconf_note(c, s, "%s: %s, line ignored", s->rule->word, s->rule->extra);
	}
	return 0;
}

int ntpconf_refused(struct ntpconf *c, const struct ntpconf_statement *s)
{
	log_error(c->log, "CONFIG: %s line %d: %s: %s", s->file, s->number, s->rule->word,
		s->rule->extra);
	c->errors++;
	return 0;
}
