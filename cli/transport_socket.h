/* SPDX-License-Identifier: BSD-2-Clause */
/* One socket towards one address of a daemon. */
#ifndef CLI_TRANSPORT_SOCKET_H
#define CLI_TRANSPORT_SOCKET_H

#include "common/address.h"
#include "common/text.h"

/** An open socket. */
struct transport_socket {
	int fd;                  /**< -1: closed */
	char own[ENDPOINT_PATH]; /**< path of our own Unix socket, or empty */
};

/**
 * Opens a socket connected to an address. A Unix datagram socket is bound to a path beside the
 * daemon's, else the daemon could not answer.
 * Returns 0, or -errno with a reason appended to why.
 */
int transport_socket_open(
	const struct endpoint *to, struct transport_socket *ret, struct text *why);

/** Closes the socket and removes its path. */
void transport_socket_close(struct transport_socket *s);

#endif
