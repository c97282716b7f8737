/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Which addresses are allowed: a tree with 4 address bits a level, as chrony documents it, so that
 * the same rules in the same order mean the same here.
 *
 * A rule whose prefix is not a multiple of 4 sets 2, 4 or 8 neighbouring entries of one node, and
 * so replaces earlier rules on those entries, but not what is below them (unless it says "all").
 */
#include "config.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/log.h"
#include "common/text.h"
#include "config/settings.h"
#include "daemon/serve/serve.h"

#define LEVEL_BITS 4
#define ENTRIES    16
#define LEVELS_MAX 32 /* of an IPv6 address */

/* The most nodes of a family: rules can be added by command for ever. */
#define NODES_MAX (UINT32_C(1) << 20)

enum setting {
	UNSET,
	ALLOWED,
	DENIED,
};

struct node {
	uint32_t below[ENTRIES];  /* index of the node below; 0: none */
	uint8_t setting[ENTRIES]; /* enum setting */
};

/* One family: what holds for all its addresses, and the nodes below that. Node 0 is the top one. */
struct tree {
	enum setting all;
	struct node *nodes;
	uint32_t n, room;
	uint32_t free_list; /* first of the nodes given back, linked by below[0]; 0: none */
};

struct access {
	struct tree ip4, ip6;
};

struct access *access_create(void)
{
	return calloc(1, sizeof(struct access));
}

void access_destroy(struct access *a)
{
	if (!a)
		return;
	free(a->ip4.nodes);
	free(a->ip6.nodes);
	free(a);
}

static struct tree *tree_of(struct access *a, enum address_family family)
{
	return family == ADDRESS_IP4 ? &a->ip4 : &a->ip6;
}

/* Makes room for a whole path, so that a rule is applied in full or not at all. */
static int tree_reserve(struct tree *t)
{
	uint32_t room = 2 * t->room + LEVELS_MAX;
	struct node *nodes;

	if (t->room - t->n < LEVELS_MAX) {
		if (t->n > NODES_MAX)
			return -ENOMEM;
		nodes = realloc(t->nodes, room * sizeof(*nodes));
		if (!nodes)
			return -ENOMEM;
		t->nodes = nodes;
		t->room = room;
	}
	if (t->n == 0)
		memset(&t->nodes[t->n++], 0, sizeof(struct node));
	return 0;
}

static uint32_t node_new(struct tree *t)
{
	uint32_t i = t->free_list;

	if (i)
		t->free_list = t->nodes[i].below[0];
	else
		i = t->n++;
	memset(&t->nodes[i], 0, sizeof(struct node));
	return i;
}

/* Gives a node back with all that is below it. At most LEVELS_MAX deep. */
static void node_free(struct tree *t, uint32_t i)
{
	for (int k = 0; k < ENTRIES; k++)
		if (t->nodes[i].below[k])
			node_free(t, t->nodes[i].below[k]);
	t->nodes[i].below[0] = t->free_list;
	t->free_list = i;
}

static unsigned entry_at(const uint8_t *ip, int level)
{
	return level % 2 == 0 ? ip[level / 2] >> 4 : ip[level / 2] & 0xf;
}

static void clear_below(struct tree *t, uint32_t node, unsigned entry)
{
	if (t->nodes[node].below[entry])
		node_free(t, t->nodes[node].below[entry]);
	t->nodes[node].below[entry] = 0;
}

/* The rule without a prefix. Needs no memory, so "deny all" always works. */
static void tree_set_all(struct tree *t, enum setting setting, bool all)
{
	t->all = setting;
	if (!all || t->n == 0)
		return;
	for (unsigned k = 0; k < ENTRIES; k++) {
		clear_below(t, 0, k);
		t->nodes[0].setting[k] = UNSET;
	}
}

static int tree_set(struct tree *t, const uint8_t *ip, int bits, enum setting setting, bool all)
{
	unsigned first, count;
	uint32_t node = 0;
	int level, r;

	if (bits == 0) {
		tree_set_all(t, setting, all);
		return 0;
	}
	r = tree_reserve(t);
	if (r < 0)
		return r;
	for (level = 0; bits > LEVEL_BITS; level++, bits -= LEVEL_BITS) {
		unsigned entry = entry_at(ip, level);

		if (!t->nodes[node].below[entry]) {
			uint32_t made = node_new(t);

			t->nodes[node].below[entry] = made;
		}
		node = t->nodes[node].below[entry];
	}
	count = 1U << (LEVEL_BITS - bits);
	first = entry_at(ip, level) & ~(count - 1);
	for (unsigned k = first; k < first + count; k++) {
		t->nodes[node].setting[k] = (uint8_t)setting;
		if (all)
			clear_below(t, node, k);
	}
	return 0;
}

int access_set(struct access *a, const struct settings_access *rule)
{
	enum setting setting = rule->allow ? ALLOWED : DENIED;
	enum address_family family = rule->prefix.family;

	if (family == ADDRESS_NONE) {
		if (rule->bits != 0)
			return -EINVAL;
		tree_set_all(&a->ip4, setting, rule->all);
		tree_set_all(&a->ip6, setting, rule->all);
		return 0;
	}
	if (family != ADDRESS_IP4 && family != ADDRESS_IP6)
		return -EINVAL;
	if (rule->bits < 0 || rule->bits > address_bits(family))
		return -EINVAL;
	return tree_set(tree_of(a, family), rule->prefix.ip, rule->bits, setting, rule->all);
}

bool access_allowed(const struct access *a, const struct address *address)
{
	const struct tree *t = address->family == ADDRESS_IP4 ? &a->ip4 : &a->ip6;
	enum setting found = t->all;
	uint32_t node = 0;
	int levels = address_bits(address->family) / LEVEL_BITS;

	if (levels == 0)
		return false;
	for (int level = 0; t->n > 0 && level < levels; level++) {
		unsigned entry = entry_at(address->ip, level);

		if (t->nodes[node].setting[entry] != UNSET)
			found = (enum setting)t->nodes[node].setting[entry];
		node = t->nodes[node].below[entry];
		if (!node)
			break;
	}
	return found == ALLOWED;
}

static bool any_below(const struct tree *t, uint32_t node, enum setting above)
{
	for (int k = 0; k < ENTRIES; k++) {
		enum setting here = (enum setting)t->nodes[node].setting[k];
		uint32_t below = t->nodes[node].below[k];

		if (here == UNSET)
			here = above;
		if (below ? any_below(t, below, here) : here == ALLOWED)
			return true;
	}
	return false;
}

bool access_any(const struct access *a, enum address_family family)
{
	const struct tree *t = family == ADDRESS_IP4 ? &a->ip4 : &a->ip6;

	if (t->n == 0)
		return t->all == ALLOWED;
	return any_below(t, 0, t->all);
}

/* A walk over a tree: where it is, and whom it calls. */
struct walk {
	const struct tree *tree;
	struct address at;
	int (*each)(void *arg, const struct address *address, int bits, bool allowed);
	void *arg;
};

static int walk_below(struct walk *w, uint32_t node, int level)
{
	int r = 0;

	for (unsigned k = 0; r >= 0 && k < ENTRIES; k++) {
		const struct node *n = &w->tree->nodes[node];
		uint8_t *byte = &w->at.ip[level / 2], was = *byte;

		*byte = level % 2 == 0 ? (uint8_t)(k << 4) : (uint8_t)(was | k);
		if (n->setting[k] != UNSET)
			r = w->each(
				w->arg, &w->at, (level + 1) * LEVEL_BITS, n->setting[k] == ALLOWED);
		if (r >= 0 && n->below[k])
			r = walk_below(w, n->below[k], level + 1);
		*byte = was;
	}
	return r;
}

int access_each(const struct access *a, enum address_family family,
	int (*each)(void *arg, const struct address *address, int bits, bool allowed), void *arg)
{
	struct walk w = {.tree = family == ADDRESS_IP4 ? &a->ip4 : &a->ip6,
		.at.family = family,
		.each = each,
		.arg = arg};
	int r = w.tree->all == UNSET ? 0 : each(arg, &w.at, 0, w.tree->all == ALLOWED);

	return r >= 0 && w.tree->n > 0 ? walk_below(&w, 0, 0) : r;
}

static void describe_prefix(const struct settings_access *rule, struct text *t)
{
	char address[ADDRESS_TEXT];

	if (rule->prefix.family == ADDRESS_NONE) {
		text_add(t, "any address");
		return;
	}
	address_format(&rule->prefix, address, sizeof(address));
	text_add(t, "%s", address);
	if (rule->bits != (rule->prefix.family == ADDRESS_IP4 ? 32 : 128))
		text_add(t, "/%d", rule->bits);
}

void access_describe(const struct settings_access *rule, const char *what, char *ret, size_t n)
{
	struct text t = text_on(ret, n);

	text_add(&t, "%s %s%s access from ", rule->allow ? "Allowed" : "Denied",
		rule->all ? "all " : "", what);
	describe_prefix(rule, &t);
}

int access_fill(struct access *a, const struct settings_access *rules, size_t n, const char *what,
	const struct log *log)
{
	char buffer[LOG_MESSAGE];
	struct text t;
	int r;

	for (size_t i = 0; i < n; i++) {
		r = access_set(a, &rules[i]);
		if (r < 0) {
			t = text_on(buffer, sizeof(buffer));
			describe_prefix(&rules[i], &t);
			log_fatal(log, "Bad subnet in %s", buffer);
			return r;
		}
		access_describe(&rules[i], what, buffer, sizeof(buffer));
		log_debug(log, "%s", buffer);
	}
	return 0;
}

int access_refill(struct access *a, const struct settings_access *rules, size_t n, const char *what,
	const struct log *log)
{
	struct access *fresh = access_create();
	struct access old = *a;
	int r = fresh ? access_fill(fresh, rules, n, what, log) : -ENOMEM;

	if (r == 0) {
		*a = *fresh;
		*fresh = old;
	}
	access_destroy(fresh);
	return r;
}
