/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Which of our addresses are listened on.
 */
#include "config.h"

#include <string.h>

#include "common/text.h"
#include "config/pattern.h"
#include "config/settings_ntp.h"
#include "daemon/kernel/kernel.h"
#include "daemon/serve/nic.h"

/* Lower case, cut to the room there is. */
static void fold(const char *s, char *ret, size_t room)
{
	size_t n = 0;

	for (; s[n] != '\0' && n + 1 < room; n++)
		ret[n] = s[n] >= 'A' && s[n] <= 'Z' ? (char)(s[n] + 'a' - 'A') : s[n];
	ret[n] = '\0';
}

/* Whether the interface that a datagram came by has a name of the rule. */
static bool has_name(const char *rule, struct kernel *k, const struct kernel_message *m)
{
	char name[KERNEL_INTERFACE], folded[KERNEL_INTERFACE], pattern[64];

	if (m->interface == 0 || k->ops->interface_name(k, m->interface, name) < 0)
		return false;
	fold(name, folded, sizeof(folded));
	fold(rule, pattern, sizeof(pattern));
	return pattern_match(pattern, folded);
}

static bool matches(const struct settings_nic *n, struct kernel *k, const struct kernel_message *m)
{
	switch (n->match) {
	case NTP_NIC_ALL:
		return !address_is_loopback(&m->local);
	case NTP_NIC_IP4:
		return m->local.family == ADDRESS_IP4;
	case NTP_NIC_IP6:
		return m->local.family == ADDRESS_IP6;
	case NTP_NIC_NAME:
		return has_name(n->name, k, m);
	case NTP_NIC_ADDRESS:
		return address_in_prefix(&m->local, &n->address, n->bits);
	case NTP_NIC_WILDCARD:
		break;
	}
	/* It is what comes to no address of ours, and nothing does. */
	return false;
}

enum ntp_nic_action nic_action(
	const struct settings_ntp *s, struct kernel *k, const struct kernel_message *m)
{
	if (s->n_nics == 0 || m->local.family == ADDRESS_NONE)
		return NTP_NIC_LISTEN;
	/* The line that was written last is the first to be looked at. */
	for (size_t i = s->n_nics; i-- > 0;)
		if (matches(&s->nics[i], k, m))
			return s->nics[i].action;
	return address_is_loopback(&m->local) ? NTP_NIC_LISTEN : NTP_NIC_IGNORE;
}

enum ntp_nic_action nic_wildcard(const struct settings_ntp *s, enum address_family family)
{
	enum ntp_nic_match of_family = family == ADDRESS_IP4 ? NTP_NIC_IP4 : NTP_NIC_IP6;

	for (size_t i = s->n_nics; i-- > 0;)
		if (s->nics[i].match == NTP_NIC_WILDCARD || s->nics[i].match == of_family)
			return s->nics[i].action;
	return NTP_NIC_DROP;
}

bool nic_drops(const struct settings_ntp *s, struct kernel *k, const struct kernel_message *m)
{
	return nic_action(s, k, m) != NTP_NIC_LISTEN;
}
