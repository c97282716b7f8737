/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * broadcast, clientloglimit and the limits of the rate of answers.
 */
#include "config.h"

#include <errno.h>
#include <stddef.h>
#include <string.h>

#include "common/option.h"
#include "common/text.h"
#include "config/chrony_parse.h"

/* What may be written; what takes effect is nearer (settings.h). */
#define WRITTEN_MIN -32
#define WRITTEN_MAX 255

/** Room for a reason inside a message. */
#define REASON_TEXT 256

#define BROADCAST_INTERVAL_MAX (1 << 24)

/* More memory than any system has. */
#define LOG_LIMIT_MAX (1LL << 50)

int chrony_log_limit(struct directive_line *l)
{
	long long bytes;
	int r = directive_count(l, 1, 1);

	if (r < 0)
		return r;
	if (text_to_int(l->words[0], 0, LOG_LIMIT_MAX, &bytes) < 0)
		return directive_fail(l, "Could not parse %s directive: %s is no number of bytes",
			l->name, l->words[0]);
	l->settings->clientloglimit = (size_t)bytes;
	return 0;
}

int chrony_broadcast(struct directive_line *l)
{
	struct settings_broadcast b = {.to.port = 123};
	long long interval, port = 123;
	int r = directive_count_plainly(l, 2, 3);

	if (r < 0)
		return r;
	if (text_to_int(l->words[0], 1, BROADCAST_INTERVAL_MAX, &interval) < 0)
		return directive_fail(l,
			"Could not parse %s directive: %s is no interval (min 1, max %d)", l->name,
			l->words[0], BROADCAST_INTERVAL_MAX);
	if (address_parse(l->words[1], &b.to.address) < 0)
		return directive_fail(
			l, "Could not parse %s directive: %s is no address", l->name, l->words[1]);
	if (l->n > 2 && text_to_int(l->words[2], 1, UINT16_MAX, &port) < 0)
		return directive_fail(
			l, "Could not parse %s directive: %s is no port", l->name, l->words[2]);
	b.interval = (int)interval;
	b.to.port = (uint16_t)port;
	return settings_add_broadcast(l->settings, &b);
}

#define AT(field) offsetof(struct settings_rate_limit, field)

/* kod, which only ratelimit has, comes first. */
const struct option_rule chrony_limit_rules[] = {
	{"kod", OPTION_INT, AT(kod), WRITTEN_MIN, WRITTEN_MAX, "log2 of requests"},
	{"burst", OPTION_INT, AT(burst), WRITTEN_MIN, WRITTEN_MAX, "answers"},
	{"interval", OPTION_INT, AT(interval), WRITTEN_MIN, WRITTEN_MAX, "log2 s"},
	{"leak", OPTION_INT, AT(leak), WRITTEN_MIN, WRITTEN_MAX, "log2 of requests"},
	{.word = NULL},
};

int chrony_rate_limit(struct directive_line *l)
{
	struct settings *s = l->settings;
	const char *word = l->rule->word;
	struct settings_rate_limit *limit = &s->ratelimit, said;
	bool ntp = strcmp(word, "ratelimit") == 0;
	char reason[REASON_TEXT];
	struct text why = text_on(reason, sizeof(reason));
	size_t at;
	int r;

	if (!ntp)
		limit = strcmp(word, "ntsratelimit") == 0 ? &s->ntsratelimit : &s->cmdratelimit;
	said = *limit;
	r = option_parse(
		chrony_limit_rules + (ntp ? 0 : 1), &said, sizeof(said), l->words, l->n, &at, &why);
	if (r < 0)
		return r == -ENOMEM ? r
				    : directive_fail(l, "Could not parse %s directive: %s", l->name,
					      reason);
	settings_rate_limit_clamp(&said);
	said.on = true;
	*limit = said;
	return 0;
}
