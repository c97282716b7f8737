/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The way to the daemon: a list of Unix datagram sockets and UDP addresses, tried in order, with
 * the time-outs and repetitions of chrony's control protocol.
 */
#ifndef CLI_TRANSPORT_H
#define CLI_TRANSPORT_H

#include <signal.h>
#include <stdint.h>

#include "cli/resolve.h"
#include "common/cmdmon.h"

/** How chronyc waits: the first time-out, doubled with each repetition. */
#define TRANSPORT_TIMEOUT_MS 1000
#define TRANSPORT_RETRIES    2

/** The shortest time-out and the most repetitions that may be asked for. */
#define TRANSPORT_TIMEOUT_MIN_MS 100
#define TRANSPORT_RETRIES_MAX    30

/** Where to look for the daemon, and how long. */
struct transport_settings {
	const char *hosts; /**< comma-separated names, addresses, and paths beginning with '/' */
	uint16_t port;     /**< of UDP */
	enum address_family family; /**< of the addresses of names; ADDRESS_NONE: both */
	int timeout_ms, retries;
	const struct resolver *resolver;
	const volatile sig_atomic_t *stop; /**< set by a signal: give up; may be NULL */
};

struct transport;

/** Makes a way to the daemon; nothing is opened yet. Returns 0 or -ENOMEM. */
int transport_create(const struct transport_settings *settings, struct transport **ret);
/** Closes the way and removes our own socket. */
void transport_destroy(struct transport *t);

/** Changes the waiting. */
void transport_set_timeout(struct transport *t, int timeout_ms);
void transport_set_retries(struct transport *t, int retries);

/**
 * Asks the daemon. Fills attempt and sequence of q.
 * Returns 0 with an answer, -EINTR when a signal asked to stop, -EINVAL for a request that does not
 * exist, -ENOTCONN when no address could be opened, -ETIMEDOUT when none answered: transport_why()
 * tells which were tried and what became of each.
 */
int transport_ask(struct transport *t, struct cmdmon_request *q, struct cmdmon_reply *ret);

/** A line for each address that the last request tried in vain: "PATH: reason\n". */
const char *transport_why(const struct transport *t);

#endif
