/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The socket of an association: a fresh one with a random port for each request, or a lasting one
 * when the administrator fixed the port (acquisitionport).
 */
#ifndef DAEMON_PROTOCOL_EXCHANGE_H
#define DAEMON_PROTOCOL_EXCHANGE_H

#include <stdbool.h>
#include <stdint.h>

#include "daemon/protocol/client.h"
#include "daemon/protocol/protocol.h"

/** From where requests are sent. */
struct exchange_origin {
	struct endpoint local; /**< without an address or port: any */
	char device[16];       /**< network device; empty: any */
	bool ptp;              /**< between the ports of PTP */
};

/** A socket that is open or not. */
struct exchange {
	const struct protocol_env *env;
	bool peer;         /**< it is of a symmetric association, whose socket is the server's */
	bool ptp;          /**< messages are wrapped (wire/ptp.h) */
	uint16_t sequence; /**< of the next one that is */
	struct endpoint remote;
	struct endpoint local; /**< while open, and of the last one after */
	struct exchange_origin origin;
	const struct source_options *options; /**< of the source, for where to send from */
	int fd;                               /**< -1: closed */
	void (*ready)(void *arg, unsigned got);
	void *arg;
};

/** Sets up a closed exchange; ready is called when there is something to receive. */
void exchange_init(struct exchange *x, const struct protocol_env *env,
	const struct source_options *options, void (*ready)(void *arg, unsigned got), void *arg);

/** Opens the socket unless it is open and connected to remote. Returns 0 or -errno. */
int exchange_open(struct exchange *x, const struct endpoint *remote);

void exchange_close(struct exchange *x);

/** Closes a socket that serves a single request; a lasting one stays. */
void exchange_end(struct exchange *x);

/**
 * Encodes with the fields of extensions (set of enum source_extension), signs and sends. Returns 0
 * with the time it was handed over, -ENOENT when there is no such key, or another -errno.
 */
int exchange_send(struct exchange *x, const struct packet *p, unsigned extensions,
	struct ntp_auth *auth, struct response_stamp *ret);

/** Takes the timestamp of a request that was sent, and the number it carried. Returns false when
 * there is none. */
bool exchange_sent(struct exchange *x, uint64_t *ret_transmit, struct response_stamp *ret);

/** The same of a datagram that the server's socket sent for a peer. Returns the number, 0 for none.
 */
uint64_t exchange_note(
	const struct exchange *x, const struct kernel_message *m, struct response_stamp *ret);

/** Takes what the message is wrapped in off; what should be and is not is empty then. */
void exchange_unwrap(const struct exchange *x, struct kernel_message *io);

/** A system timestamp of a message on both scales. */
struct response_stamp exchange_stamp(const struct exchange *x, const struct kernel_message *m);

#endif
