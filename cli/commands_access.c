/* SPDX-License-Identifier: BSD-2-Clause */
/* Who may ask for time, and who may monitor. */
#include "config.h"

#include <errno.h>
#include <limits.h>
#include <stddef.h>
#include <string.h>

#include "common/text.h"
#include "cli/command.h"

/* The request of "COMMAND all": that of the line of the table with this name. */
static uint16_t number_of_all(const struct command *c)
{
	size_t n = strlen(c->name);

	for (const struct command *other = c; other->name; other++) {
		if (strncmp(other->name, c->name, n) == 0 && strcmp(other->name + n, " all") == 0)
			return other->number;
	}
	return c->number;
}

/* Reads ADDRESS/BITS with bits that there are not: that is for the daemon to say. */
static int read_bad_prefix(const char *subnet, struct address *ret, int *ret_bits)
{
	const char *slash = strchr(subnet, '/');
	char address[ADDRESS_TEXT];
	struct text t = text_on(address, sizeof(address));
	long long bits;
	int whole;

	if (!slash || slash - subnet >= (ptrdiff_t)sizeof(address) ||
		text_to_int(slash + 1, INT_MIN, INT_MAX, &bits) < 0)
		return -EINVAL;
	text_add(&t, "%.*s", (int)(slash - subnet), subnet);
	if (address_parse_prefix(address, ret, &whole) < 0)
		return -EINVAL;
	*ret_bits = (int)bits;
	return 0;
}

bool run_subnet(struct session *s, const struct command *c, const struct command_words *a)
{
	struct cmdmon_request q = {.command = c->number};
	const char *subnet = a->rest;
	int bits = 0;

	if (a->n > 0 && strcmp(a->word[0], "all") == 0) {
		q.command = number_of_all(c);
		subnet += strlen("all");
		subnet += *subnet == ' ';
	}
	if (subnet[0] && address_parse_prefix(subnet, &q.address, &bits) < 0 &&
		read_bad_prefix(subnet, &q.address, &bits) < 0) {
		if (strchr(subnet, '/') || session_address(s, subnet, &q.address) < 0)
			return session_complain(s, "Could not read address", NULL);
		bits = address_bits(q.address.family);
	}
	q.number = bits;
	return session_act(s, &q);
}

bool run_check(struct session *s, const struct command *c, const struct command_words *a)
{
	struct cmdmon_request q = {.command = c->number};

	if (a->n == 0 || session_address(s, a->rest, &q.address) < 0)
		return session_complain(s, "Could not read address", NULL);
	return session_act(s, &q);
}
