/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The addresses at which we are served: our sockets take what comes to any, so that an address
 * that comes later is served too; here it is told which there are (ntpd's "Listen normally").
 */
#ifndef DAEMON_SERVE_ENDPOINTS_H
#define DAEMON_SERVE_ENDPOINTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct endpoints;
struct kernel;
struct kernel_message;
struct log;
struct loop;
struct report_socket;
struct settings;

/** What it works with. All outlive it. */
struct endpoints_env {
	const struct settings *settings;
	struct kernel *kernel;
	struct loop *loop;
	const struct log *log;
	uint16_t port;
	bool ip4, ip6; /**< there is a socket of the family */
};

/** Tells of all there are now, and from here on of those that come and go. Nothing is told where
 * the system has no list of its addresses. Returns 0 or -ENOMEM. */
int endpoints_create(const struct endpoints_env *env, struct endpoints **ret);
void endpoints_destroy(struct endpoints *e);

/** What became of a datagram. */
enum endpoints_count {
	ENDPOINTS_RECEIVED,
	ENDPOINTS_SENT,
	ENDPOINTS_FAILED, /**< to be sent */
};

/** Counts a datagram for the address that it came to or leaves from. False when there is none; e
 * may be NULL. */
bool endpoints_count(
	struct endpoints *e, const struct kernel_message *m, enum endpoints_count what);
/** The i-th address with its counts. False when there is none; e may be NULL. */
bool endpoints_report(const struct endpoints *e, size_t i, struct report_socket *ret);

#endif
