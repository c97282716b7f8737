/* SPDX-License-Identifier: BSD-2-Clause */
/* What is set in the client: whom to ask, as whom, and how answers are shown. */
#define _GNU_SOURCE
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "cli/command_ntpq.h"
#include "cli/ntpq_ask.h"
#include "cli/transport_ntpq.h"
#include "common/text.h"

#define DELAY_MS 20

/* The answer to an argument that is none; what is set is told all the same. */
static void what(struct session *s)
{
	ntpq_fail(s, "What?%s", "");
}

/* A number that may be set, and is told. */
struct number {
	const char *format;
	long long min, max;
	const char *refusal; /* for a number that is too small or too large */
	int usual;
};

bool run_ntpq_set(struct session *s, const struct command *c, const struct command_words *a)
{
	static const struct number numbers[] = {[NTPQ_TIMEOUT] = {"primary timeout %d ms", 1,
							3600000, "What?", TRANSPORT_NTPQ_FIRST_MS},
		[NTPQ_VERSION_CLAIMED] = {"NTP version being claimed is %d", 1, 4,
			"versions 1 to 4, please", NTPQ_VERSION}};
	const struct number *n = &numbers[c->number];
	int *set = c->number == NTPQ_TIMEOUT ? &s->ntp.state->timeout_ms : &s->ntp.state->version;
	long long v;

	if (a->n > 0 && text_to_int(a->word[0], INT32_MIN, INT32_MAX, &v) < 0)
		what(s);
	else if (a->n > 0 && (v < n->min || v > n->max))
		ntpq_fail(s, "%s", n->refusal);
	else if (a->n > 0)
		*set = (int)v;
	ntpq_say(s, n->format, *set > 0 ? *set : n->usual);
	return true;
}

bool run_ntpq_delay(struct session *s, const struct command *c, const struct command_words *a)
{
	struct ntpq_state *state = s->ntp.state;
	long long v;

	(void)c;
	if (a->n == 0)
		return ntpq_say(s, "delay %d ms", state->delay_ms > 0 ? state->delay_ms : DELAY_MS);
	if (text_to_int(a->word[0], 0, INT32_MAX, &v) < 0)
		return ntpq_say(s, "Huh?");
	state->delay_ms = (int)v;
	return true;
}

bool run_ntpq_flag(struct session *s, const struct command *c, const struct command_words *a)
{
	struct ntpq_state *state = s->ntp.state;

	(void)a;
	switch (c->number) {
	case NTPQ_UNITS:
		state->look.units = !state->look.units;
		return true;
	case NTPQ_DIRECT:
		state->direct = !state->direct;
		return ntpq_say(s, "Direct mode is %s", state->direct ? "on" : "off");
	default:
		state->look.raw = c->number == NTPQ_RAW;
		return ntpq_say(s, "Output set to %s", c->name);
	}
}

bool run_ntpq_host(struct session *s, const struct command *c, const struct command_words *a)
{
	struct ntpq_state *state = s->ntp.state;
	enum address_family family = s->family;
	size_t i = 0;

	(void)c;
	if (a->n > 0 && (strcmp(a->word[0], "-4") == 0 || strcmp(a->word[0], "-6") == 0))
		family = address_family_of(a->word[i++][1]);
	if (i == a->n)
		return ntpq_say(s, "current host %s %s", a->n > 0 ? "remains" : "is",
			state->host[0] != '\0' ? state->host : "localhost");
	if (s->ntp.host == NULL || s->ntp.host(s->ntp.arg, a->word[i], family) < 0) {
		ntpq_fail(s, "ntpq: lookup of %s failed", a->word[i]);
		ntpq_say(s, "current host remains %s",
			state->host[0] != '\0' ? state->host : "localhost");
		return false;
	}
	snprintf(state->host, sizeof(state->host), "%s", a->word[i]);
	state->has_associations = false;
	return ntpq_say(s, "current host set to %s", state->host);
}

bool run_ntpq_hostnames(struct session *s, const struct command *c, const struct command_words *a)
{
	struct ntpq_state *state = s->ntp.state;
	static const struct {
		const char *word;
		bool resolved, supplied;
	} ways[] = {{"yes", true, false}, {"no", false, false}, {"hostname", true, true},
		{"hostnum", false, true}};
	bool known = a->n == 0;

	(void)c;
	for (size_t i = 0; a->n > 0 && i < sizeof(ways) / sizeof(ways[0]); i++) {
		if (strcmp(a->word[0], ways[i].word) != 0)
			continue;
		known = true;
		s->numeric = !ways[i].resolved;
		state->supplied_names = ways[i].supplied;
	}
	if (!known)
		ntpq_say(s, "What?");
	return ntpq_say(s, "resolved hostnames %sbeing shown\nsupplied hostnames %sbeing shown",
		s->numeric ? "not " : "", state->supplied_names ? "" : "not ");
}

bool run_ntpq_keyid(struct session *s, const struct command *c, const struct command_words *a)
{
	struct ntpq_key *key = &s->ntp.state->key;
	long long v;

	(void)c;
	if (a->n > 0 && text_to_int(a->word[0], 1, UINT32_MAX, &v) < 0)
		what(s);
	else if (a->n > 0) {
		key->id = (uint32_t)v;
		key->n = 0;
	}
	if (key->id == 0)
		return ntpq_say(s, "no keyid defined");
	return ntpq_say(s, "keyid is %lu", (unsigned long)key->id);
}

bool run_ntpq_keytype(struct session *s, const struct command *c, const struct command_words *a)
{
	struct ntpq_key *key = &s->ntp.state->key;

	(void)c;
	if (a->n == 0)
		return ntpq_say(s, "Keytype: %s", ntpq_digest_name(key->digest));
	return ntpq_digest_parse(a->word[0], &key->digest) == 0 ||
	       ntpq_fail(s, "Keytype %s is not supported by this program.", a->word[0]);
}

bool run_ntpq_passwd(struct session *s, const struct command *c, const struct command_words *a)
{
	struct ntpq_key *key = &s->ntp.state->key;

	(void)c;
	if (key->id != 0 && a->n > 0)
		return ntpq_key_secret(key, a->word[0]) == 0 ||
		       ntpq_fail(s, "***Invalid password%s", "");
	key->n = 0;
	return ntpq_need_key(s);
}

bool run_ntpq_authenticate(
	struct session *s, const struct command *c, const struct command_words *a)
{
	struct ntpq_state *state = s->ntp.state;

	(void)c;
	if (a->n > 0 && strcmp(a->word[0], "yes") == 0)
		state->authenticate = true;
	else if (a->n > 0 && strcmp(a->word[0], "no") == 0)
		state->authenticate = false;
	else if (a->n > 0)
		what(s);
	return ntpq_say(s, "%sauthenticated requests being sent", state->authenticate ? "" : "un");
}

bool run_ntpq_debug(struct session *s, const struct command *c, const struct command_words *a)
{
	int *level = &s->ntp.state->debug;
	long long v;

	(void)c;
	if (a->n > 0 && strcmp(a->word[0], "no") == 0)
		*level = 0;
	else if (a->n > 0 && strcmp(a->word[0], "more") == 0)
		*level += 1;
	else if (a->n > 0 && strcmp(a->word[0], "less") == 0)
		*level -= 1;
	else if (a->n > 0 && text_to_int(a->word[0], INT32_MIN, INT32_MAX, &v) == 0)
		*level = (int)v;
	else if (a->n > 0)
		what(s);
	return ntpq_say(s, "debug level is %d", *level);
}

bool run_ntpq_nothing(struct session *s, const struct command *c, const struct command_words *a)
{
	(void)s;
	(void)c;
	(void)a;
	return true;
}

bool run_ntpq_poll(struct session *s, const struct command *c, const struct command_words *a)
{
	(void)c;
	(void)a;
	return ntpq_fail(s, "WARNING: poll not implemented yet%s", "");
}

bool run_ntpq_version(struct session *s, const struct command *c, const struct command_words *a)
{
	(void)c;
	(void)a;
	return ntpq_say(s, "gnomon-%s", GNOMON_VERSION);
}
