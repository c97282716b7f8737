/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tos, tinker, enable and disable of ntp.conf.
 */
#include "config.h"

#include <math.h>
#include <stddef.h>
#include <string.h>

#include "common/log.h"
#include "config/ntpconf_parse.h"

/** The least stepout, s. */
#define STEPOUT_LEAST 300.0

/** The largest stratum that tos ceiling can say. */
#define CEILING_MOST 15

/** What an orphanwait below 1 s stands for, s. */
#define ORPHANWAIT 300.0

#define TOS(word, kind, min, max, idle)                                                            \
	{                                                                                          \
#word, NTPCONF_FIELD_##kind, offsetof(struct settings_tos, word), min, max, idle   \
	}
#define INERT(word)                                                                                \
	{                                                                                          \
		word, NTPCONF_FIELD_INERT, 0, 0, 0, false                                          \
	}
#define END                                                                                        \
	{                                                                                          \
		NULL, NTPCONF_FIELD_INT, 0, 0, 0, false                                            \
	}

int ntpconf_tos(struct ntpconf *c, const struct ntpconf_statement *s)
{
	static const struct ntpconf_field fields[] = {
		INERT("basedate"),
		INERT("bcpollbstep"),
		INERT("beacon"),
		TOS(ceiling, INT, 0, INT32_MAX, false),
		INERT("cohort"),
		TOS(floor, INT, 0, 15, false),
		TOS(maxclock, REAL, 1, 1000, false),
		TOS(maxdisp, REAL, 0, 1000, true),
		TOS(maxdist, REAL, 0, 1000, false),
		TOS(minclock, REAL, 1, 1000, false),
		TOS(mindist, REAL, 0, 1000, false),
		TOS(minsane, INT, 0, 1000, false),
		TOS(orphan, INT, 1, 17, false),
		TOS(orphanwait, REAL, 0, 1e6, false),
		END,
	};
	struct settings_tos *tos = &c->settings->ntp.tos;
	struct ntpconf_cursor u = {.c = c, .s = s, .at = 1};
	int r = ntpconf_take_fields(&u, fields, tos, sizeof(*tos));

	if (tos->ceiling > CEILING_MOST) {
		log_warning(c->log, "CONFIG: Using maximum tos ceiling %d, %d requested",
			CEILING_MOST, tos->ceiling);
		tos->ceiling = CEILING_MOST;
	}
	if (tos->orphanwait < 1.0) {
		tos->orphanwait = ORPHANWAIT;
	}
	return ntpconf_go_on(r);
}

#define TINKER(word, field, min, max, idle)                                                        \
	{                                                                                          \
		word, NTPCONF_FIELD_REAL, offsetof(struct settings_tinker, field), min, max, idle  \
	}

int ntpconf_tinker(struct ntpconf *c, const struct ntpconf_statement *s)
{
	struct tinker {
		struct settings_tinker t;
		double step;
	} k = {.t = c->settings->ntp.tinker, .step = NAN};
	static const struct ntpconf_field fields[] = {
		TINKER("allan", allan, 0, 32, true),
		TINKER("dispersion", dispersion_ppm, 0, 1e6, false),
		TINKER("freq", freq_ppm, -1e6, 1e6, false),
		TINKER("huffpuff", huffpuff, 0, 1e6, true),
		TINKER("panic", panic, 0, 1e12, false),
		{"step", NTPCONF_FIELD_REAL, offsetof(struct tinker, step), 0, 1e12, false},
		TINKER("stepback", stepback, 0, 1e12, false),
		TINKER("stepfwd", stepfwd, 0, 1e12, false),
		TINKER("stepout", stepout, 0, 1e9, false),
		INERT("tick"),
		END,
	};
	struct ntpconf_cursor u = {.c = c, .s = s, .at = 1};
	int r = ntpconf_take_fields(&u, fields, &k, sizeof(k));

	if (r < 0) {
		return ntpconf_go_on(r);
	}
	if (!isnan(k.step)) {
		k.t.stepback = k.t.stepfwd = k.step;
	}
	k.t.stepout = fmax(k.t.stepout, STEPOUT_LEAST);
	c->settings->ntp.tinker = k.t;
	return 0;
}

/** The switch of a word, or NULL with *ret_known telling whether it is one without effect. */
static bool *find_switch(struct settings_ntp *s, const char *word, bool *ret_known)
{
	static const char *const idle[] = {"auth", "bclient", "calibrate", "mode7", "pps",
		"peer_clear_digest_early", "unpeer_crypto_early", "unpeer_crypto_nak_early",
		"unpeer_digest_early"};

	*ret_known = true;
	if (strcmp(word, "ntp") == 0) {
		return &s->discipline;
	}
	if (strcmp(word, "kernel") == 0) {
		return &s->kernel;
	}
	if (strcmp(word, "monitor") == 0) {
		return &s->monitor;
	}
	if (strcmp(word, "stats") == 0) {
		return &s->stats;
	}
	*ret_known = false;
	for (size_t i = 0; i < sizeof(idle) / sizeof(idle[0]); i++) {
		*ret_known |= strcmp(word, idle[i]) == 0;
	}
	return NULL;
}

int ntpconf_switch(struct ntpconf *c, const struct ntpconf_statement *s)
{
	bool on = strcmp(s->rule->word, "enable") == 0, known;
	struct ntpconf_cursor u = {.c = c, .s = s, .at = 1};
	const struct ntpconf_word *w;

	if (!ntpconf_peek(&u)) {
		ntpconf_syntax(&u);
	}
	while ((w = ntpconf_peek(&u)) != NULL) {
		bool *what = w->quoted ? NULL : find_switch(&c->settings->ntp, w->text, &known);

		if (what) {
			*what = on;
		} else if (!w->quoted && known) {
			ntpconf_note(c, s, "%s %s has no effect, ignored", s->rule->word, w->text);
		} else {
			ntpconf_syntax(&u);
		}
		u.at++;
	}
	return 0;
}
