/* SPDX-License-Identifier: BSD-2-Clause */
/* The first byte of a datagram says what is counted. */
#include "config.h"

#include "daemon/serve/tally.h"
#include "daemon/wire/packet.h"

static int version_of(struct span d)
{
	return d.p[0] >> 3 & 7;
}

static int mode_of(struct span d)
{
	return d.p[0] & 7;
}

void tally_datagram(struct report_packets *t, struct span datagram)
{
	t->received++;
	if (datagram.n == 0)
		return;
	if (version_of(datagram) == PACKET_VERSION_MAX)
		t->this_version++;
	else if (version_of(datagram) >= PACKET_VERSION_MIN &&
		 version_of(datagram) < PACKET_VERSION_MAX)
		t->old_version++;
	if (version_of(datagram) != 1)
		return;
	t->version1++;
	t->version1_client += mode_of(datagram) == PACKET_CLIENT;
	t->version1_zero += mode_of(datagram) == PACKET_UNSET;
	t->version1_symmetric +=
		mode_of(datagram) == PACKET_ACTIVE || mode_of(datagram) == PACKET_PASSIVE;
}

bool tally_is_control(struct span datagram)
{
	return datagram.n >= 2 && mode_of(datagram) == PACKET_CONTROL && !(datagram.p[1] & 0x80);
}
