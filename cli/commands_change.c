/* SPDX-License-Identifier: BSD-2-Clause */
/* Telling sources what to do. */
#define _GNU_SOURCE
#include "config.h"

#include <errno.h>
#include <string.h>
#include <strings.h>

#include "cli/command.h"
#include "common/option.h"
#include "common/text.h"

/* A mask of the first n bits. */
static struct address prefix_mask(enum address_family family, int n)
{
	struct address mask = {.family = family};

	for (int i = 0; i < n; i++)
		mask.ip[i / 8] |= (uint8_t)(0x80 >> i % 8);
	return mask;
}

/* Reads ADDRESS/BITS or MASK/ADDRESS. */
static int read_masked(
	const char *text, const char *slash, struct address *ret_mask, struct address *ret_address)
{
	struct address left;
	char copy[ADDRESS_TEXT];
	long long bits;

	if ((size_t)(slash - text) >= sizeof(copy))
		return -1;
	snprintf(copy, sizeof(copy), "%.*s", (int)(slash - text), text);
	if (address_parse(copy, &left) < 0)
		return -1;
	if (text_to_int(slash + 1, 0, address_bits(left.family), &bits) == 0) {
		*ret_mask = prefix_mask(left.family, (int)bits);
		*ret_address = left;
		return 0;
	}
	if (address_parse(slash + 1, ret_address) < 0 || ret_address->family != left.family)
		return -1;
	*ret_mask = left;
	return 0;
}

/* Reads which sources are meant: none written means all. */
static bool read_selection(struct session *s, const char *text, struct cmdmon_request *q)
{
	const char *slash = strchr(text, '/');

	if (!text[0])
		return true;
	if (slash) {
		if (read_masked(text, slash, &q->mask, &q->address) < 0)
			return session_complain(s, "Invalid syntax for mask/address", NULL);
		return true;
	}
	if (session_address(s, text, &q->address) < 0)
		return session_complain(s, "Could not get address for hostname", NULL);
	/* An ID has no bits to mask: the whole of it is compared. */
	if (q->address.family != ADDRESS_ID)
		q->mask = prefix_mask(q->address.family, address_bits(q->address.family));
	return true;
}

bool run_online(struct session *s, const struct command *c, const struct command_words *a)
{
	struct cmdmon_request q = {.command = c->number};

	return read_selection(s, a->rest, &q) && session_act(s, &q);
}

bool run_burst(struct session *s, const struct command *c, const struct command_words *a)
{
	struct cmdmon_request q = {.command = c->number};
	char copy[32];
	char *slash;
	long long good, total;
	const char *rest;

	if (a->n == 0 || text_copy(copy, sizeof(copy), a->word[0]) < 0)
		return session_complain(s, "Invalid syntax for burst command", NULL);
	slash = strchr(copy, '/');
	if (!slash)
		return session_complain(s, "Invalid syntax for burst command", NULL);
	*slash = '\0';
	if (text_to_int(copy, INT32_MIN, INT32_MAX, &good) < 0 ||
		text_to_int(slash + 1, INT32_MIN, INT32_MAX, &total) < 0)
		return session_complain(s, "Invalid syntax for burst command", NULL);
	q.number = (int32_t)good;
	q.number2 = (int32_t)total;
	rest = a->rest + strcspn(a->rest, " ");
	return read_selection(s, rest + (*rest == ' '), &q) && session_act(s, &q);
}

/* Reads "ADDRESS VALUE", where the value is for the caller to read. */
static bool read_address_of_value(
	struct session *s, const struct command_words *a, struct cmdmon_request *q)
{
	if (a->n != 2)
		return session_complain(s, "Invalid syntax for address value", NULL);
	if (session_address(s, a->word[0], &q->address) < 0)
		return session_complain(s, "Could not get address for hostname", NULL);
	return true;
}

bool run_number_of_source(struct session *s, const struct command *c, const struct command_words *a)
{
	struct cmdmon_request q = {.command = c->number};
	long long value;

	if (!read_address_of_value(s, a, &q))
		return false;
	if (text_to_int(a->word[1], INT32_MIN, INT32_MAX, &value) < 0)
		return session_complain(s, "Invalid syntax for address value", NULL);
	q.number = (int32_t)value;
	return session_act(s, &q);
}

bool run_real_of_source(struct session *s, const struct command *c, const struct command_words *a)
{
	struct cmdmon_request q = {.command = c->number};

	if (!read_address_of_value(s, a, &q))
		return false;
	if (text_to_real(a->word[1], &q.real) < 0)
		return session_complain(s, "Invalid syntax for address value", NULL);
	return session_act(s, &q);
}

/* Reads an address, or the ID of a reference clock. */
static int read_address_or_refid(const char *text, struct cmdmon_request *q)
{
	size_t n = strlen(text);
	long long id;

	if (strncmp(text, "ID#", 3) == 0) {
		if (text_to_int(text + 3, 0, UINT32_MAX, &id) < 0)
			return -1;
		q->address = address_id((uint32_t)id);
		return 0;
	}
	if (address_parse(text, &q->address) == 0)
		return 0;
	if (n > 4)
		return -1;
	for (size_t i = 0; i < 4; i++)
		q->refid = q->refid << 8 | (i < n ? (uint8_t)text[i] : 0U);
	return 0;
}

bool run_offset(struct session *s, const struct command *c, const struct command_words *a)
{
	struct cmdmon_request q = {.command = CMDMON_MODIFY_OFFSET};

	(void)c;
	if (a->n != 2 || read_address_or_refid(a->word[0], &q) < 0 ||
		text_to_real(a->word[1], &q.real) < 0)
		return session_complain(s, "Invalid syntax for offset command", NULL);
	return session_act(s, &q);
}

static unsigned select_option(const char *word)
{
	static const struct {
		const char *word;
		unsigned bit;
	} known[] = {{"noselect", SELECT_NOSELECT}, {"prefer", SELECT_PREFER},
		{"trust", SELECT_TRUST}, {"require", SELECT_REQUIRE}};

	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		if (strcasecmp(known[i].word, word) == 0)
			return known[i].bit;
	}
	return 0;
}

bool run_selectopts(struct session *s, const struct command *c, const struct command_words *a)
{
	struct cmdmon_request q = {.command = CMDMON_MODIFY_SELECTOPTS};

	(void)c;
	if (a->n == 0 || read_address_or_refid(a->word[0], &q) < 0)
		return session_complain(s, "Invalid syntax for selectopts command", NULL);
	for (size_t i = 1; i < a->n; i++) {
		const char *word = a->word[i];
		unsigned bit = select_option(word[0] ? word + 1 : word);

		if (bit == 0 || (word[0] != '+' && word[0] != '-'))
			return session_complain(s, "Invalid syntax for selectopts command", word);
		q.mask_bits |= bit;
		q.option_bits &= ~bit;
		if (word[0] == '+')
			q.option_bits |= bit;
	}
	return session_act(s, &q);
}

static int source_kind(const char *word, enum source_kind *ret)
{
	static const struct {
		const char *word;
		enum source_kind kind;
	} kinds[] = {{"server", SOURCE_SERVER}, {"peer", SOURCE_PEER}, {"pool", SOURCE_POOL}};

	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		if (strcasecmp(kinds[i].word, word) == 0) {
			*ret = kinds[i].kind;
			return 0;
		}
	}
	return -1;
}

/* Reads "KIND NAME [options]". */
static bool read_source(
	struct session *s, const struct command_words *a, struct source_options *ret)
{
	char detail[512];
	struct text why = text_on(detail, sizeof(detail));
	struct source_options o;
	struct address address;
	enum source_kind kind;
	size_t at;
	int r;

	if (a->n < 2 || source_kind(a->word[0], &kind) < 0)
		return session_complain(s, "Invalid syntax for add command", NULL);
	o = source_options_default(kind);
	r = option_parse(source_option_rules, &o, sizeof(o), a->word + 2, a->n - 2, &at, &why);
	if (r < 0)
		return session_complain(s,
			r == -ENOENT ? "Invalid option in add command"
				     : "Invalid value in add command",
			detail);
	if (o.bindaddress[0] || o.binddevice[0])
		return session_complain(s, "Invalid option in add command",
			"bindaddress and binddevice can be said in a configuration only");
	if (text_copy(o.name, sizeof(o.name), a->word[1]) < 0 ||
		session_address(s, a->word[1], &address) < 0)
		return session_complain(s, "Invalid host/IP address", NULL);
	*ret = o;
	return true;
}

bool run_add(struct session *s, const struct command *c, const struct command_words *a)
{
	struct cmdmon_request q = {.command = CMDMON_ADD_SOURCE2};
	struct cmdmon_reply reply;

	(void)c;
	if (!read_source(s, a, &q.source) || !session_ask(s, &q, &reply))
		return false;
	if (reply.status == CMDMON_INVALID) {
		/* A daemon before 4.9 knows the older form only. */
		q.command = CMDMON_ADD_SOURCE;
		if (!session_ask(s, &q, &reply))
			return false;
	}
	return session_print_status(s, reply.status);
}

bool run_delete(struct session *s, const struct command *c, const struct command_words *a)
{
	struct cmdmon_request q = {.command = c->number};

	if (a->n == 0)
		return session_complain(s, "Invalid syntax for address", NULL);
	if (session_address(s, a->rest, &q.address) < 0)
		return session_complain(s, "Could not get address for hostname", NULL);
	return session_act(s, &q);
}
