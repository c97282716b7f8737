/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Frames that come back with a transmit timestamp.
 */
#ifndef DAEMON_KERNEL_LINUX_FRAME_H
#define DAEMON_KERNEL_LINUX_FRAME_H

#include "common/address.h"
#include "common/bytes.h"

/**
 * Finds the UDP payload of a frame that was looped back with a transmit timestamp: Ethernet (with
 * VLAN tags) or bare IP, IPv4 or IPv6. ret_peer is whom it was sent to and ret_local the address it
 * left from. Returns 0, or -EBADMSG when it is not that.
 */
int linux_frame_udp(struct span frame, struct endpoint *ret_peer, struct address *ret_local,
	struct span *ret_payload);

#endif
