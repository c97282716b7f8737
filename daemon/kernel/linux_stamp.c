/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Timestamps of datagrams as the system tells them: its own, and those of network cards, which are
 * by the card's clock.
 */
#define _GNU_SOURCE
#include "config.h"

#include <linux/net_tstamp.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

#include "daemon/kernel/linux.h"

/** struct scm_timestamping and struct scm_ts_pktinfo; their header does not go with all others. */
struct stamps {
	struct timespec system, unused, card;
};
struct about {
	uint32_t interface, frame, reserved[2];
};

uint32_t linux_stamp_request(const struct linux_kernel *l)
{
	return SOF_TIMESTAMPING_TX_SOFTWARE | (l->cards ? SOF_TIMESTAMPING_TX_HARDWARE : 0);
}

uint32_t linux_stamp_flags(const struct linux_kernel *l, bool transmit)
{
	uint32_t flags = SOF_TIMESTAMPING_SOFTWARE | SOF_TIMESTAMPING_RX_SOFTWARE;

	/* Of what is sent both stamps, as a card may miss one; and by which interface it was. */
	if (l->cards)
		flags |= SOF_TIMESTAMPING_RAW_HARDWARE | SOF_TIMESTAMPING_RX_HARDWARE |
			 SOF_TIMESTAMPING_OPT_PKTINFO | SOF_TIMESTAMPING_OPT_TX_SWHW |
			 SOF_TIMESTAMPING_OPT_CMSG;
	if (l->kept != NULL)
		flags |= SOF_TIMESTAMPING_OPT_ID | SOF_TIMESTAMPING_OPT_TSONLY;
	return transmit ? flags | linux_stamp_request(l) : flags;
}

static bool is_set(const struct timespec *t)
{
	return t->tv_sec != 0 || t->tv_nsec != 0;
}

void linux_stamp_take(const struct cmsghdr *c, struct kernel_message *m)
{
	struct stamps stamps;
	struct about about;

	if (c->cmsg_type == SCM_TIMESTAMPING && c->cmsg_len >= CMSG_LEN(sizeof stamps)) {
		memcpy(&stamps, CMSG_DATA(c), sizeof stamps);
		if (is_set(&stamps.system)) {
			m->stamp_ns = linux_ns(&stamps.system);
			m->stamp_source = 'K';
		}
		if (is_set(&stamps.card))
			m->card_ns = linux_ns(&stamps.card);
	} else if (c->cmsg_type == SCM_TIMESTAMPING_PKTINFO &&
		   c->cmsg_len >= CMSG_LEN(sizeof about)) {
		memcpy(&about, CMSG_DATA(c), sizeof about);
		m->card = about.interface;
		m->frame = about.frame;
	}
}
