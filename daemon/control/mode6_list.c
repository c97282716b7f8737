/* SPDX-License-Identifier: BSD-2-Clause */
/* Ordered lists: the addresses that we are served at, and the restrictions in force. */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "common/text.h"
#include "config/settings.h"
#include "daemon/control/mode6.h"
#include "daemon/serve/serve.h"
#include "daemon/source/source.h"

/* Flags of an interface. */
enum {
	IF_UP = 0x1,
	IF_LOOPBACK = 0x4,
	IF_WILDCARD = 0x80,
};

/* How many sources we speak with from an address of ours. */
static unsigned peers_of(const struct mode6 *m, const struct address *own)
{
	unsigned n = 0;

	for (size_t i = 0; i < sources_count(m->env->sources); i++) {
		struct report_ntpdata ntp;

		n += source_report_ntp(sources_at(m->env->sources, i), &ntp) == 0 &&
		     address_equal(&ntp.local, own);
	}
	return n;
}

/* The name of an interface, or of a socket: what is counted there came to no address of ours that
 * has a line of its own. */
static void put_name(struct mode6_call *c, unsigned i, const struct report_socket *s)
{
	const char *device = c->m->env->settings->binddevice;
	int version = s->family == ADDRESS_IP4 ? 4 : 6;

	if (s->name[0] != '\0')
		mode6_text_add(&c->text, "name.%u=\"%s\"", i, s->name);
	else if (device[0] != '\0')
		mode6_text_add(&c->text, "name.%u=\"%s\"", i, device);
	else
		mode6_text_add(&c->text, "name.%u=\"v%d%s\"", i, version,
			s->address.family == ADDRESS_NONE ? "wildcard" : "socket");
}

static void put_socket(struct mode6_call *c, unsigned i, const struct report_socket *s)
{
	bool wild = s->address.family == ADDRESS_NONE;
	struct endpoint at = {.address = s->address, .port = s->port};
	unsigned flags = IF_UP;
	char text[ENDPOINT_TEXT];

	at.address.family = s->family;
	endpoint_format(&at, text, sizeof(text));
	if (wild)
		flags |= IF_WILDCARD;
	else if (address_is_loopback(&s->address))
		flags |= IF_LOOPBACK;
	mode6_text_add(&c->text, "addr.%u=%s", i, text);
	/* What comes there and to no address of ours is dropped. */
	mode6_text_add(&c->text, "en.%u=%d", i, !wild && !s->drops);
	put_name(c, i, s);
	mode6_text_add(&c->text, "flags.%u=0x%x", i, flags);
	mode6_text_add(&c->text, "rx.%u=%llu", i, (unsigned long long)s->received);
	mode6_text_add(&c->text, "tx.%u=%llu", i, (unsigned long long)s->sent);
	mode6_text_add(&c->text, "txerr.%u=%llu", i, (unsigned long long)s->failed);
	mode6_text_add(&c->text, "pc.%u=%u", i, peers_of(c->m, &s->address));
	mode6_text_add(&c->text, "up.%u=%llu", i, (unsigned long long)s->up);
}

/* As the log numbers them: what is for any address of IPv6 comes first. */
static void put_sockets(struct mode6_call *c)
{
	struct report_socket s;
	unsigned n = 0;

	for (int pass = 0; pass < 2; pass++) {
		for (unsigned i = 0; serve_report_socket(c->m->env->serve, i, &s); i++) {
			bool first = s.address.family == ADDRESS_NONE && s.family == ADDRESS_IP6;

			if (first == (pass == 0))
				put_socket(c, n++, &s);
		}
	}
}

static void describe(const struct settings_restrict *r, char *ret, size_t n)
{
	static const struct {
		enum ntp_restrict flag;
		const char *word;
	} words[] = {
		{NTP_RESTRICT_IGNORE, "ignore"},
		{NTP_RESTRICT_NOSERVE, "noserve"},
		{NTP_RESTRICT_NOTRUST, "notrust"},
		{NTP_RESTRICT_VERSION, "version"},
		{NTP_RESTRICT_NOPEER, "nopeer"},
		{NTP_RESTRICT_NOQUERY, "noquery"},
		{NTP_RESTRICT_NOMODIFY, "nomodify"},
		{NTP_RESTRICT_NOTRAP, "notrap"},
		{NTP_RESTRICT_LIMITED, "limited"},
		{NTP_RESTRICT_KOD, "kod"},
		{NTP_RESTRICT_MSSNTP, "mssntp"},
		{NTP_RESTRICT_FLAKE, "flake"},
		{NTP_RESTRICT_NOMRULIST, "nomrulist"},
	};
	struct text t = text_on(ret, n);

	if (r->ntpport)
		text_add(&t, "ntpport");
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (r->flags & (unsigned)words[i].flag)
			text_add(&t, "%s%s", t.n > 0 ? " " : "", words[i].word);
}

static void put_restrictions(struct mode6_call *c)
{
	const struct settings_ntp *ntp = &c->m->env->settings->ntp;

	for (unsigned i = 0; i < ntp->n_restricts; i++) {
		const struct settings_restrict *r = &ntp->restricts[i];
		char address[ADDRESS_TEXT], mask[ADDRESS_TEXT], flags[160];

		address_format(&r->address, address, sizeof(address));
		address_format(&r->mask, mask, sizeof(mask));
		describe(r, flags, sizeof(flags));
		mode6_text_add(&c->text, "addr.%u=%s", i, address);
		mode6_text_add(&c->text, "mask.%u=%s", i, mask);
		mode6_text_add(&c->text, "hits.%u=%llu", i,
			(unsigned long long)serve_restrict_hits(c->m->env->serve, i));
		mode6_text_add(&c->text, "flags.%u=%s", i, flags);
	}
}

int mode6_read_list(struct mode6_call *c)
{
	struct span name, value, rest = c->q->data;

	if (c->q->association != 0)
		return MODE6_BAD_VALUE;
	if (!mode6_next(&rest, &name, &value))
		name = (struct span){(const uint8_t *)"", 0};
	if (name.n == 0 || mode6_is(name, "ifstats"))
		put_sockets(c);
	else if (mode6_is(name, "addr_restrictions"))
		put_restrictions(c);
	else
		return MODE6_UNKNOWN_VARIABLE;
	mode6_text_end(&c->text);
	return MODE6_FINE;
}
