/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Between the words of the fast path (fast_path.h) and those of the program in the network driver
 * (xdp/layout.h). Pure.
 */
#ifndef DAEMON_KERNEL_XDP_SLOT_H
#define DAEMON_KERNEL_XDP_SLOT_H

#include <stdbool.h>

#include "daemon/kernel/fast_path.h"
#include "daemon/kernel/xdp/layout.h"

/** Writes rules into a publication that says nothing yet; the hardware address and secrets are left
 * to others. n_sets: of clients; 0: none is remembered. */
void xdp_slot_rules(struct xdp_slot *ret, const struct fast_path_rules *rules, size_t n_sets);
/** Adds what is answered, all but the number. Returns 0, or -ERANGE when it cannot be said. */
int xdp_slot_tell(struct xdp_slot *io, const struct fast_path_says *says);
void xdp_slot_client(const struct xdp_client *c, struct fast_path_client *ret);
/** Calls each with the clients of a set. Others may write to it meanwhile: who comes or goes may be
 * missing. */
void xdp_slot_set(const struct xdp_set *set,
	void (*each)(void *arg, const struct fast_path_client *c), void *arg);

#endif
