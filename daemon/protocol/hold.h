/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * An answer that came before the card told when its request left (hwtstimeout): it is kept for a
 * moment, as is its socket.
 */
#ifndef DAEMON_PROTOCOL_HOLD_H
#define DAEMON_PROTOCOL_HOLD_H

#include <stdbool.h>

#include "daemon/kernel/kernel.h"
#include "daemon/loop/loop.h"
#include "daemon/protocol/client.h"
#include "daemon/protocol/protocol.h"

/** Room for an answer, made once. */
struct hold {
	const struct protocol_env *env;
	struct loop_timer timer;
	uint8_t *data; /**< NULL: no card stamps anything, nothing is ever held */
	struct kernel_message m;
	bool on; /**< there is one */
};

/** release is called with arg when the time is over. Returns 0 or -ENOMEM. */
int hold_init(
	struct hold *h, const struct protocol_env *env, void (*release)(void *arg), void *arg);
void hold_done(struct hold *h);

/** Keeps a datagram if it answers c's request, whose stamp is still to come, and none is kept. */
bool hold_take(struct hold *h, const struct client *c, const struct kernel_message *m);

/** The one that is kept, which is to be used at once, or NULL. */
const struct kernel_message *hold_release(struct hold *h);

#endif
