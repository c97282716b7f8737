/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * interface and nic of ntp.conf: which addresses are listened on.
 */
#include "config.h"

#include <errno.h>
#include <string.h>

#include "common/text.h"
#include "config/ntpconf_parse.h"

static int read_action(struct ntpconf_cursor *u, struct settings_nic *n)
{
	static const char *const words[] = {"listen", "ignore", "drop"};

	for (int i = 0; i < 3; i++) {
		if (ntpconf_take(u, words[i])) {
			n->action = (enum ntp_nic_action)i;
			return 0;
		}
	}
	return ntpconf_syntax(u);
}

/** ADDR or ADDR/BITS. */
static int read_address(const char *text, struct settings_nic *n)
{
	char host[ADDRESS_TEXT];
	const char *slash = strchr(text, '/');
	size_t length = slash ? (size_t)(slash - text) : strlen(text);
	long long bits;

	if (length >= sizeof(host)) {
		return -EINVAL;
	}
	memcpy(host, text, length);
	host[length] = '\0';
	if (address_parse(host, &n->address) < 0) {
		return -EINVAL;
	}
	bits = address_bits(n->address.family);
	if (slash && text_to_int(slash + 1, 0, bits, &bits) < 0) {
		return -EINVAL;
	}
	n->bits = (int)bits;
	n->match = NTP_NIC_ADDRESS;
	return 0;
}

static int read_match(struct ntpconf_cursor *u, struct settings_nic *n)
{
	static const struct {
		const char *word;
		enum ntp_nic_match match;
	} words[] = {{"all", NTP_NIC_ALL}, {"ipv4", NTP_NIC_IP4}, {"ipv6", NTP_NIC_IP6},
		{"wildcard", NTP_NIC_WILDCARD}};
	const char *text;

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		if (ntpconf_take(u, words[i].word)) {
			n->match = words[i].match;
			return 0;
		}
	}
	text = ntpconf_take_text(u);
	if (!text) {
		return -EINVAL;
	}
	if (read_address(text, n) == 0) {
		return 0;
	}
	n->match = NTP_NIC_NAME;
	if (strchr(text, '/') || text_copy(n->name, sizeof(n->name), text) < 0) {
		u->at--;
		return ntpconf_syntax(u);
	}
	return 0;
}

int ntpconf_nic(struct ntpconf *c, const struct ntpconf_statement *s)
{
	struct ntpconf_cursor u = {.c = c, .s = s, .at = 1};
	struct settings_nic n = {0};
	int r = read_action(&u, &n);

	if (r == 0) {
		r = read_match(&u, &n);
	}
	if (r == 0) {
		r = ntpconf_done(&u);
	}
	return ntpconf_go_on(r == 0 ? settings_add_nic(&c->settings->ntp, &n) : r);
}
