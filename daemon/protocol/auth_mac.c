/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Authentication by a MAC with a symmetric key (RFC 5905 7.3, RFC 8573).
 */
#include "config.h"

#include "common/source_options.h"
#include "daemon/protocol/auth.h"
#include "daemon/protocol/keys.h"

static const struct auth_mac *mac_of(const struct ntp_auth *a)
{
	return (const struct auth_mac *)a;
}

/* 3 when the key's MAC is longer than what version 4 carries (chrony.conf(5), version). */
static int mac_version(const struct ntp_auth *a)
{
	const struct source_options *o = mac_of(a)->options;
	const struct keys *keys = mac_of(a)->keys;

	if (o->key != 0 && !o->xleave && o->extensions == 0 &&
		keys_mac_length(keys, o->key, 3) > keys_mac_length(keys, o->key, 4))
		return 3;
	return PACKET_VERSION_MAX;
}

/* Appends key ID and MAC. */
static int mac_sign(struct ntp_auth *a, int version, uint8_t *packet, size_t *io_n, size_t room)
{
	struct auth_mac *m = (struct auth_mac *)a;
	struct writer w = writer_on(packet, room);
	struct span whole = {packet, *io_n};
	int r;

	m->key = m->options->key;
	w.n = *io_n;
	write_u32(&w, m->key);
	r = keys_sign(m->keys, m->key, version, whole, packet + w.n, room - w.n);
	if (r < 0)
		return r;
	*io_n = w.n + (size_t)r;
	return 0;
}

static bool mac_check(
	struct ntp_auth *a, const struct packet *p, const struct packet_trailer *t, bool answers)
{
	const struct auth_mac *m = mac_of(a);

	(void)answers;
	return t->has_mac && t->key == m->key &&
	       keys_check(m->keys, t->key, p->version, t->signed_part, t->mac) == 0;
}

static void mac_report(const struct ntp_auth *a, struct report_auth *ret)
{
	const struct auth_mac *m = mac_of(a);
	enum crypto_mac type;

	*ret = (struct report_auth){.mode = 1, .ke_age = REPORT_NEVER, .key_id = m->options->key};
	if (keys_find(m->keys, m->options->key, &type, &ret->key_bits))
		ret->key_type = (int)type;
}

static const struct ntp_auth_ops mac_ops = {
	.name = "mac",
	.proves = true,
	.version = mac_version,
	.sign = mac_sign,
	.check = mac_check,
	.report = mac_report,
};

void auth_mac_init(
	struct auth_mac *a, const struct source_options *options, const struct keys *keys)
{
	*a = (struct auth_mac){.base = {&mac_ops}, .options = options, .keys = keys};
}
