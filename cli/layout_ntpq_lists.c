/* SPDX-License-Identifier: BSD-2-Clause */
/* The lists of clients, of addresses served and of restrictions: entries of items NAME.NUMBER. */
#define _GNU_SOURCE
#include "config.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/layout_ntpq.h"
#include "cli/ntpq_wire.h"
#include "common/address.h"
#include "common/instant.h"
#include "common/text.h"

/* The most items of an entry that are used, and room for one. */
#define ITEMS 12
#define ITEM  128

/* The modified Julian day of 1900-01-01, where NTP begins to count. */
#define NTP_MJD 15020
#define DAY_S   86400

void layout_ntpq_client_take(struct layout_ntpq_client *c, const char *name, const char *value)
{
	double score;

	if (strncmp(name, "addr.", 5) == 0) {
		snprintf(c->address, sizeof(c->address), "%s", value);
	} else if (strncmp(name, "last.", 5) == 0) {
		c->last = ntpq_stamp(value);
	} else if (strncmp(name, "first.", 6) == 0) {
		c->first = ntpq_stamp(value);
	} else if (strncmp(name, "ct.", 3) == 0) {
		c->count = strtoull(value, NULL, 10);
	} else if (strncmp(name, "mv.", 3) == 0) {
		c->mode = (unsigned)strtoul(value, NULL, 10) & 7;
		c->version = (unsigned)strtoul(value, NULL, 10) >> 3 & 7;
	} else if (strncmp(name, "rs.", 3) == 0) {
		c->restricts = (unsigned)strtoul(value, NULL, 16);
	} else if (strncmp(name, "sc.", 3) == 0) {
		if (text_to_real(value, &score) == 0)
			c->score = score;
	} else if (strncmp(name, "dr.", 3) == 0) {
		c->drops = strtoull(value, NULL, 10);
	}
}

static double average_of(const struct layout_ntpq_client *c)
{
	return c->count > 1
		       ? (double)instant_ntp_diff(c->last, c->first) / 1e9 / (double)(c->count - 1)
		       : 0;
}

static int order_of(double a, double b)
{
	return (a > b) - (a < b);
}

static int by_interval(const void *a, const void *b)
{
	const struct layout_ntpq_client *x = a, *y = b;

	return (x->last < y->last) - (x->last > y->last);
}

static int by_average(const void *a, const void *b)
{
	return order_of(average_of(a), average_of(b));
}

static int by_count(const void *a, const void *b)
{
	const struct layout_ntpq_client *x = a, *y = b;

	return (x->count > y->count) - (x->count < y->count);
}

static int by_score(const void *a, const void *b)
{
	const struct layout_ntpq_client *x = a, *y = b;

	return order_of(x->score, y->score);
}

static int by_drops(const void *a, const void *b)
{
	const struct layout_ntpq_client *x = a, *y = b;

	return (x->drops > y->drops) - (x->drops < y->drops);
}

/* Address and port of "1.2.3.4:123" or "[::1]:123". */
static const char *split_address(const char *text, char *ret, size_t room)
{
	const char *colon = strrchr(text, ':');
	struct text t = text_on(ret, room);

	if (colon != NULL && text[0] == '[')
		text_add(&t, "%.*s", (int)(colon - text - 2), text + 1);
	else
		text_add(&t, "%.*s", (int)(colon != NULL ? colon - text : 0), text);
	return colon != NULL ? colon + 1 : "";
}

static int by_address(const void *a, const void *b)
{
	const struct layout_ntpq_client *x = a, *y = b;
	char one[ITEM], other[ITEM];
	struct address p = {.family = ADDRESS_NONE}, q = {.family = ADDRESS_NONE};

	split_address(x->address, one, sizeof(one));
	split_address(y->address, other, sizeof(other));
	address_parse(one, &p);
	address_parse(other, &q);
	if (p.family != q.family)
		return p.family < q.family ? -1 : 1;
	return memcmp(p.ip, q.ip, sizeof(p.ip));
}

bool layout_ntpq_clients_sort(struct layout_ntpq_client *clients, size_t n, const char *order)
{
	static const struct {
		const char *name;
		int (*compare)(const void *a, const void *b);
	} orders[] = {{"lstint", by_interval}, {"avgint", by_average}, {"addr", by_address},
		{"count", by_count}, {"score", by_score}, {"drop", by_drops}};
	bool back = order[0] == '-';

	for (size_t i = 0; i < sizeof(orders) / sizeof(orders[0]); i++) {
		if (strcmp(order + back, orders[i].name) != 0)
			continue;
		if (n > 0)
			qsort(clients, n, sizeof(*clients), orders[i].compare);
		for (size_t a = 0; back && a < n / 2; a++) {
			struct layout_ntpq_client c = clients[a];

			clients[a] = clients[n - 1 - a];
			clients[n - 1 - a] = c;
		}
		return true;
	}
	return false;
}

void layout_ntpq_mrulist_head(struct printer *p)
{
	print_header(
		p, " lstint avgint rstr r m v  count    score   drop rport remote address", NULL);
}

/* When it asked last, and how often. */
static void put_times(struct printer *p, const struct layout_ntpq_client *c, uint64_t now)
{
	double average = average_of(c);
	int digits = average < 1 && c->count > 1 ? 3 : average > 0 && average <= 5 ? 2 : 0;
	char number[32];

	if (now == 0) {
		uint64_t s = c->last >> 32;

		print_u64(p, "", "day", s / DAY_S + NTP_MJD, 5);
		print_u64(p, " ", "second", s % DAY_S, 5);
		print_int(p, " ", "span_s", instant_ntp_diff(c->last, c->first) / INSTANT_S, 6);
		return;
	}
	snprintf(number, sizeof(number), "%.*f", digits, average);
	print_real(p, "", "last_s", rint((double)instant_ntp_diff(now, c->last) / 1e9), 7, 0);
	print_as(p, " ", "interval_s", number, number, 6);
}

void layout_ntpq_client(struct printer *p, const struct layout_ntpq_client *c, uint64_t now)
{
	char address[ITEM], rate[2] = ".", hex[16];
	const char *port = split_address(c->address, address, sizeof(address));

	if (c->restricts & 0x400)
		rate[0] = 'K';
	else if (c->restricts & 0x20)
		rate[0] = 'L';
	snprintf(hex, sizeof(hex), "%x", c->restricts);
	print_row(p);
	put_times(p, c, now);
	print_text(p, " ", "restrictions", hex, 4);
	print_text(p, " ", "rate", rate, 0);
	print_int(p, " ", "mode", c->mode, 0);
	print_int(p, " ", "ntp_version", c->version, 0);
	print_u64(p, " ", "packets", c->count, 6);
	print_real(p, " ", "score", c->score, 8, 3);
	print_u64(p, " ", "dropped", c->drops, 6);
	print_as(p, " ", "port", port, port, 5);
	print_text(p, " ", "address", address, 0);
	print_row_end(p, "\n");
}

/* The entry of a number in a list: items NAME.NUMBER that come together. */
struct entry {
	char name[ITEMS][16], value[ITEMS][ITEM];
	size_t n;
};

/* Takes the next entry of a text, whose items are in any order. */
static bool next_entry(const char **io, struct entry *e)
{
	char name[64], value[256];
	const char *at = *io;
	long number = -1;

	e->n = 0;
	while (ntpq_next(&at, name, sizeof(name), value, sizeof(value))) {
		char *dot = strchr(name, '.');
		size_t n = strlen(value);

		if (dot == NULL || (number >= 0 && strtol(dot + 1, NULL, 10) != number))
			break;
		number = strtol(dot + 1, NULL, 10);
		*dot = '\0';
		*io = at;
		if (e->n == ITEMS)
			continue;
		snprintf(e->name[e->n], sizeof(e->name[0]), "%.15s", name);
		snprintf(e->value[e->n], ITEM, "%.*s",
			(int)(value[0] == '"' && n >= 2 ? n - 2
				: n < ITEM              ? n
							: ITEM - 1),
			value + (value[0] == '"'));
		e->n++;
	}
	return e->n > 0;
}

static const char *item(const struct entry *e, const char *name)
{
	for (size_t i = 0; i < e->n; i++)
		if (strcmp(e->name[i], name) == 0)
			return e->value[i];
	return "";
}

static void put_item(struct printer *p, const char *before, const char *key, const struct entry *e,
	const char *name, int width)
{
	print_as(p, before, key, item(e, name), item(e, name), width);
}

void layout_ntpq_ifstats(struct printer *p, const char *text)
{
	struct entry e;

	print_literal(p, "    interface name                                  send\n");
	print_literal(p,
		" #  address/broadcast     drop flag received sent failed peers   uptime\n"
		" ==========================================================================\n");
	for (int i = 0; next_entry(&text, &e); i++) {
		bool on = strcmp(item(&e, "en"), "0") != 0;
		char flags[16];

		snprintf(flags, sizeof(flags), "%lx", strtoul(item(&e, "flags"), NULL, 16));
		print_row(p);
		print_int(p, "", "index", i, 3);
		put_item(p, " ", "interface", &e, "name", -24);
		print_text(p, " ", NULL, on ? "." : "D", 0);
		print_json_bool(p, "serves", on);
		print_text(p, " ", "flags", flags, 4);
		put_item(p, " ", "received", &e, "rx", 6);
		put_item(p, " ", "sent", &e, "tx", 6);
		put_item(p, " ", "failed", &e, "txerr", 6);
		put_item(p, " ", "sources", &e, "pc", 5);
		put_item(p, " ", "uptime_s", &e, "up", 8);
		put_item(p, "\n    ", "address", &e, "addr", 0);
		if (item(&e, "bcast")[0] != '\0' || p->mode != PRINT_HUMAN)
			put_item(p, "\n    ", "broadcast", &e, "bcast", 0);
		print_row_end(p, "\n");
	}
}

/* How many bits a mask has set from its front on; -1: others too. */
static int prefix_of(const char *mask)
{
	struct address a;
	int n = 0, bytes;

	if (address_parse(mask, &a) < 0)
		return -1;
	bytes = a.family == ADDRESS_IP4 ? 4 : 16;
	while (n < 8 * bytes && (a.ip[n / 8] >> (7 - n % 8) & 1))
		n++;
	for (int i = n; i < 8 * bytes; i++)
		if (a.ip[i / 8] >> (7 - i % 8) & 1)
			return -1;
	return n;
}

void layout_ntpq_reslist(struct printer *p, const char *text)
{
	struct entry e;

	print_literal(p, "   hits    addr/prefix or addr mask\n           restrictions\n"
			 "======================================================================"
			 "==\n");
	while (next_entry(&text, &e)) {
		char subnet[2 * ITEM + 8];
		int prefix = prefix_of(item(&e, "mask"));

		if (prefix >= 0)
			snprintf(subnet, sizeof(subnet), "%s/%d", item(&e, "addr"), prefix);
		else
			snprintf(subnet, sizeof(subnet), "%s %s", item(&e, "addr"),
				item(&e, "mask"));
		print_row(p);
		put_item(p, "", "hits", &e, "hits", 10);
		print_text(p, " ", "subnet", subnet, 0);
		put_item(p, "\n           ", "restrictions", &e, "flags", 0);
		print_row_end(p, "\n");
	}
}
