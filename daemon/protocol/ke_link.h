/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One connection to a key establishment server: the socket and the deadline round ke_client.
 */
#ifndef DAEMON_PROTOCOL_KE_LINK_H
#define DAEMON_PROTOCOL_KE_LINK_H

#include "daemon/kernel/kernel.h"
#include "daemon/protocol/ke_client.h"

struct loop;

/** How a connection ended. */
enum ke_end {
	KE_DONE,
	KE_UNSTARTED, /**< it could not even be tried: no route, no descriptor */
	KE_UNCONNECTED,
	KE_FAILED, /**< after the connection was made */
};

/** What a connection needs. All but client's strings outlive it. */
struct ke_link_settings {
	struct kernel *kernel;
	struct loop *loop;
	struct kernel_socket socket; /**< where to connect, and from */
	struct ke_client_settings client;
	/** The end, once, never from inside ke_link_create(); the link may be destroyed in it. */
	void (*ended)(void *arg, enum ke_end end, const struct ke_result *result);
	void *arg;
};

struct ke_link;

/** Begins to connect. Returns 0; -ENETUNREACH and the like when that cannot be tried (logged). */
int ke_link_create(const struct ke_link_settings *s, struct ke_link **ret);

/** Ends it at once; NULL is nothing. */
void ke_link_destroy(struct ke_link *l);

#endif
