/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Requests and responses without authentication.
 */
#include "config.h"

#include "daemon/protocol/auth.h"

static int plain_version(const struct ntp_auth *a)
{
	(void)a;
	return PACKET_VERSION_MAX;
}

static int plain_sign(struct ntp_auth *a, int version, uint8_t *packet, size_t *io_n, size_t room)
{
	(void)a;
	(void)version;
	(void)packet;
	(void)io_n;
	(void)room;
	return 0;
}

static bool plain_check(
	struct ntp_auth *a, const struct packet *p, const struct packet_trailer *t, bool answers)
{
	(void)a;
	(void)p;
	(void)answers;
	/* A MAC nobody asked for is as wrong as none where there should be one. */
	return !t->has_mac;
}

static void plain_report(const struct ntp_auth *a, struct report_auth *ret)
{
	(void)a;
	*ret = (struct report_auth){.ke_age = REPORT_NEVER};
}

static const struct ntp_auth_ops plain_ops = {
	.name = "plain",
	.version = plain_version,
	.sign = plain_sign,
	.check = plain_check,
	.report = plain_report,
};

struct ntp_auth auth_plain(void)
{
	return (struct ntp_auth){.ops = &plain_ops};
}
