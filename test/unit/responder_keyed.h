/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The responder with symmetric keys alone, for tests that have no use for NTS.
 */
#ifndef TEST_UNIT_RESPONDER_KEYED_H
#define TEST_UNIT_RESPONDER_KEYED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "daemon/serve/responder.h"

struct keys;

/** Admits and authenticates a datagram. *ret is only written when it is to be answered. */
enum responder_verdict responder_keyed_check(struct span datagram, const struct endpoint *peer,
	const struct address *local, uint16_t port, bool allowed, const struct keys *keys,
	struct responder_request *ret);

/** As responder_reply(), with these stamps and this number for all that is random. */
int responder_keyed_reply(const struct responder_request *q, const struct responder_snapshot *s,
	int64_t receive, int64_t transmit, uint64_t random, const struct keys *keys, uint8_t *ret,
	size_t room);

#endif
