/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * allow, deny, cmdallow, cmddeny and the addresses that sockets are bound to.
 */
#include "config.h"

#include <errno.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "common/text.h"
#include "config/chrony_parse.h"
#include "config/reader.h"
#include "daemon/kernel/kernel.h"

/** How long a name is looked up. */
#define LOOK_UP_NS    (INT64_C(10) * 1000000000)
#define LOOK_UP_STEPS 1000

/** A name being looked up. */
struct look_up {
	bool done;
	int error;
	struct address first;
};

static void take_first(void *arg, int error, const struct address *addresses, size_t n)
{
	struct look_up *u = arg;

	u->done = true;
	u->error = error < 0 ? error : n == 0 ? -ENOENT : 0;
	if (u->error == 0) {
		u->first = addresses[0];
	}
}

/** Looks a name up at once, while everything waits, and takes its first address. Returns 0 or why
 * not. */
static int look_up(struct kernel *k, const char *name, struct address *ret)
{
	struct look_up u = {.error = -EAGAIN};
	int r = k->ops->resolve(k, name, ADDRESS_NONE, take_first, &u);

	if (r < 0) {
		return r;
	}
	for (int i = 0; i < LOOK_UP_STEPS && !u.done; i++) {
		k->ops->wait(k, NULL, 0, LOOK_UP_NS / LOOK_UP_STEPS);
	}
	if (!u.done) {
		k->ops->resolve_cancel(k, &u);
	}
	if (u.error == 0) {
		*ret = u.first;
	}
	return u.error;
}

/** True for a word that could be a host's name and no address. */
static bool looks_like_name(const char *word)
{
	/* An address has no letter but the hexadecimal ones of IPv6, which come with colons. */
	for (const char *p = word; *p; p++) {
		if ((*p >= 'a' && *p <= 'z') || (*p >= 'A' && *p <= 'Z')) {
			return !strpbrk(word, ":/");
		}
	}
	return false;
}

int chrony_access(struct directive_line *l)
{
	bool command = strncmp(l->rule->word, "cmd", 3) == 0;
	struct settings_access a = {
		.allow = strcmp(l->rule->word + (command ? 3 : 0), "allow") == 0};
	const char *subnet;
	int r;

	a.all = l->n > 0 && strcmp(l->words[0], "all") == 0;
	if (l->n > (a.all ? 2 : 1)) {
		return directive_fail(l, "Could not parse %s directive: %s is one word too many",
			l->name, l->words[a.all ? 2 : 1]);
	}
	if (l->n > (a.all ? 1 : 0)) {
		subnet = l->words[l->n - 1];
		r = address_parse_prefix(subnet, &a.prefix, &a.bits);
		if (r == -EINVAL && looks_like_name(subnet)) {
			r = look_up(l->reader->kernel, subnet, &a.prefix);
			if (r < 0) {
				return directive_fail(l,
					"Could not parse %s directive: %s is no subnet, nor a "
					"name with an address",
					l->name, subnet);
			}
			a.bits = address_bits(a.prefix.family);
		}
		if (r == -ERANGE) {
			return directive_fail(l, "Bad subnet in %s", subnet);
		}
		if (r < 0) {
			return directive_fail(l, "Could not parse %s directive: %s is no subnet",
				l->name, subnet);
		}
	}
	return settings_add_access(l->settings, command, &a);
}

/** The field of a bind... directive for one family. */
static struct address *bind_field(struct directive_line *l, enum address_family family)
{
	struct settings *s = l->settings;
	bool ip6 = family == ADDRESS_IP6;

	if (strcmp(l->rule->word, "bindaddress") == 0) {
		return ip6 ? &s->bind6 : &s->bind4;
	}
	if (strcmp(l->rule->word, "bindacqaddress") == 0) {
		return ip6 ? &s->bindacq6 : &s->bindacq4;
	}
	return ip6 ? &s->bindcmd6 : &s->bindcmd4;
}

int chrony_bind(struct directive_line *l)
{
	bool command = strcmp(l->rule->word, "bindcmdaddress") == 0;
	struct address a;
	int r = directive_count(l, 1, 1);

	if (r < 0) {
		return r;
	}
	if (command && l->words[0][0] == '/') {
		if (text_copy(l->settings->command_socket, sizeof(l->settings->command_socket),
			    l->words[0]) < 0) {
			return directive_fail(l,
				"Could not parse %s directive: the path of a socket is at most %d "
				"characters",
				l->name, ENDPOINT_PATH - 1);
		}
		return 0;
	}
	if (address_parse(l->words[0], &a) < 0) {
		return directive_fail(l, "Could not parse %s directive: %s is no address%s",
			l->name, l->words[0], command ? " or absolute path" : "");
	}
	*bind_field(l, a.family) = a;
	return 0;
}

#define AT(field) offsetof(struct settings_monitor, field)

const struct option_rule chrony_monitor_rules[] = {
	{"group", OPTION_TEXT, AT(group), 0, sizeof(((struct settings_monitor *)NULL)->group),
		"who may connect"},
	{"mode", OPTION_OCTAL, AT(mode), 0, 0777, "permission bits"},
	{NULL, OPTION_FLAG, 0, 0, 0, NULL},
};

int chrony_monitor(struct directive_line *l)
{
	struct settings_monitor m = settings_monitor_default();
	int r = directive_count(l, 1, l->n);

	if (r < 0) {
		return r;
	}
	if (l->words[0][0] != '/' || text_copy(m.path, sizeof(m.path), l->words[0]) < 0) {
		return directive_fail(
			l, "Could not parse %s directive: %s is no path", l->name, l->words[0]);
	}
	r = chrony_options(l, 1, chrony_monitor_rules, &m, sizeof(m));
	if (r == 0) {
		l->settings->monitor = m;
	}
	return r;
}
