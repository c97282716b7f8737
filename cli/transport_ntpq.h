/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The way to a daemon's NTP port: mode 6 with its waiting.
 */
#ifndef CLI_TRANSPORT_NTPQ_H
#define CLI_TRANSPORT_NTPQ_H

#include <signal.h>

#include "cli/ntpq_wire.h"
#include "cli/resolve.h"

#define TRANSPORT_NTPQ_PORT 123

/** How long the first fragment is waited for, and each that follows (as ntpq). */
#define TRANSPORT_NTPQ_FIRST_MS 5000
#define TRANSPORT_NTPQ_NEXT_MS  3000

struct transport_ntpq;

/**
 * Makes a way to the first of a comma-separated list of hosts that answers; paths are passed over.
 * Returns 0 or -ENOMEM.
 */
int transport_ntpq_create(const char *hosts, enum address_family family,
	const struct resolver *resolver, const volatile sig_atomic_t *stop,
	struct transport_ntpq **ret);
void transport_ntpq_destroy(struct transport_ntpq *t);

/** Goes on with another host, or another family of addresses. Returns 0, or -ENOENT when it has no
 * address: then nothing changes. */
int transport_ntpq_host(struct transport_ntpq *t, const char *host, enum address_family family);

/** Asks. Returns 0, -ENOTCONN without any address, -ETIMEDOUT, or -EINTR. */
int transport_ntpq_ask(
	struct transport_ntpq *t, const struct ntpq_query *q, struct ntpq_answer *ret);

#endif
