/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * server, pool, peer, refclock and local: a few words and then options in any order.
 */
#include "config.h"

#include <errno.h>
#include <math.h>
#include <stddef.h>

#include "backends/crypto.h"
#include "common/log.h"
#include "common/text.h"
#include "config/chrony_parse.h"
#include "config/refclock_options.h"

/** Room for a reason inside a message. */
#define REASON_TEXT 512

static const char *const kinds[] = {"server", "peer", "pool", NULL};

int chrony_source_kind(const char *word)
{
	int i = directive_choice(kinds, word, false);

	/* The order is that of enum source_kind, which begins with 1. */
	return i < 0 ? i : SOURCE_SERVER + i;
}

/** True for what can be the name of a host. */
static bool is_name(const char *s)
{
	for (const char *p = s; *p; p++) {
		if (*p <= ' ' || *p > '~') {
			return false;
		}
	}
	return true;
}

/** Says what became of polling intervals that cannot be as they were typed. */
static void note_polls(
	const struct source_options *typed, const struct source_options *used, struct text *why)
{
	if (typed->minpoll == used->minpoll && typed->maxpoll == used->maxpoll) {
		return;
	}
	text_add(why, "%s polled with minpoll %d maxpoll %d in place of minpoll %d maxpoll %d",
		used->name, used->minpoll, used->maxpoll, typed->minpoll, typed->maxpoll);
}

int chrony_parse_source(char *const *words, size_t n, struct source_options *ret, struct text *why)
{
	struct source_options o, typed;
	struct address bind;
	char reason[REASON_TEXT];
	struct text t = text_on(reason, sizeof(reason));
	size_t at;
	int r = chrony_source_kind(words[0]);

	if (r < 0) {
		return r;
	}
	o = source_options_default((enum source_kind)r);
	if (n < 2 || !is_name(words[1]) || text_copy(o.name, sizeof(o.name), words[1]) < 0) {
		text_add(why, "Invalid syntax for %s directive: %s", words[0],
			n < 2 ? "the name is missing"
			      : "the name is too long or has characters of no name");
		return -EINVAL;
	}
	r = option_parse(source_option_rules, &o, sizeof(o), words + 2, n - 2, &at, &t);
	if (r < 0) {
		text_add(why, "Invalid %s in %s directive: %s", r == -ENOENT ? "option" : "value",
			words[0], reason);
		return r == -ENOMEM ? r : -EINVAL;
	}
	if (o.nts && !crypto_has_tls(crypto_backends[0])) {
		text_add(why, "Invalid option in %s directive: nts (built without: nts)", words[0]);
		return -EINVAL;
	}
	if (source_options_bind(&o, &bind) < 0) {
		text_add(why, "Invalid value in %s directive: bindaddress %s is no address",
			words[0], o.bindaddress);
		return -EINVAL;
	}
	if (o.kind == SOURCE_PEER && (o.bindaddress[0] || o.binddevice[0])) {
		text_add(why,
			"Invalid option in %s directive: a peer is talked with from the server's "
			"socket (bindaddress and binddevice directives)",
			words[0]);
		return -EINVAL;
	}
	/* A name has to be resolved to what can be reached from there. */
	o.ip4_only |= bind.family == ADDRESS_IP4;
	o.ip6_only |= bind.family == ADDRESS_IP6;
	if (o.ip4_only && o.ip6_only) {
		text_add(why, "Invalid option in %s directive: ipv4 and ipv6 exclude each other",
			words[0]);
		return -EINVAL;
	}
	typed = o;
	source_options_clamp(&o);
	note_polls(&typed, &o, why);
	*ret = o;
	return 0;
}

int chrony_source(struct directive_line *l)
{
	struct settings_source source;
	char reason[REASON_TEXT];
	struct text t = text_on(reason, sizeof(reason));
	int r;

	/* The words of a line lie in one array: its name is before its arguments. */
	r = chrony_parse_source(l->words - 1, l->n + 1, &source.options, &t);
	if (r < 0) {
		return directive_fail(l, "%s", reason);
	}
	if (t.n > 0) {
		log_warning(l->log, "%s: %s", l->origin, reason);
	}
	if (text_copy(source.origin, sizeof(source.origin), l->origin) < 0) {
		source.origin[0] = '\0';
	}
	return settings_add_source(l->settings, &source);
}

int chrony_options(struct directive_line *l, size_t skip, const struct option_rule *rules,
	void *target, size_t size)
{
	char reason[REASON_TEXT];
	struct text t = text_on(reason, sizeof(reason));
	size_t at;
	int r = option_parse(rules, target, size, l->words + skip, l->n - skip, &at, &t);

	if (r == 0 || r == -ENOMEM) {
		return r;
	}
	return directive_fail(l, "Invalid %s in %s directive: %s",
		r == -ENOENT ? "option" : "value", l->name, reason);
}

int chrony_refclock(struct directive_line *l)
{
	struct settings_refclock c = settings_refclock_default();
	int r = directive_count_plainly(l, 2, l->n);

	if (r < 0) {
		return r;
	}
	if (text_copy(c.driver, sizeof(c.driver), l->words[0]) < 0) {
		return directive_fail(l, "unknown refclock driver %s", l->words[0]);
	}
	if (text_copy(c.parameter, sizeof(c.parameter), l->words[1]) < 0) {
		return directive_fail(
			l, "Could not parse %s directive: the parameter is too long", l->name);
	}
	r = chrony_options(l, 2, refclock_option_rules, &c, sizeof(c));
	if (r < 0) {
		return r;
	}
	return settings_add_refclock(l->settings, &c);
}

#define AT(field) offsetof(struct settings_local, field)

const struct option_rule chrony_local_rules[] = {
	{"activate", OPTION_REAL, AT(activate), 0, OPTION_ANY, "s, root distance"},
	{"distance", OPTION_REAL, AT(distance), 0, OPTION_ANY, "s, root distance"},
	{"orphan", OPTION_FLAG, AT(orphan), 0, 0, "agree with others on one local server"},
	{"stratum", OPTION_INT, AT(stratum), 1, 15, "stratum"},
	{"waitsynced", OPTION_REAL, AT(waitsynced), -OPTION_ANY, OPTION_ANY, "s"},
	{"waitunsynced", OPTION_REAL, AT(waitunsynced), -OPTION_ANY, OPTION_ANY, "s"},
	{NULL, OPTION_FLAG, 0, 0, 0, NULL},
};

/** How long orphan mode waits when nothing is said, s. */
#define ORPHAN_WAIT 300.0

double chrony_wait_unsynced(bool orphan)
{
	return orphan ? ORPHAN_WAIT : 0.0;
}

int chrony_local(struct directive_line *l)
{
	struct settings_local local = settings_local_default();
	int r;

	local.on = true;
	/* Not a number: not said. */
	local.waitunsynced = NAN;
	r = chrony_options(l, 0, chrony_local_rules, &local, sizeof(local));
	if (r < 0) {
		return r;
	}
	if (isnan(local.waitunsynced)) {
		local.waitunsynced = chrony_wait_unsynced(local.orphan);
	}
	l->settings->local = local;
	return 0;
}
