/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The responder with one request at a time, whether it has NTS or not.
 */
#ifndef TEST_UNIT_RESPONDER_ONE_H
#define TEST_UNIT_RESPONDER_ONE_H

#include "daemon/serve/responder.h"

/** Authenticates a request that was admitted, and opens what is sealed of it. */
static inline enum responder_verdict responder_one_check(
	struct responder_auth *auth, struct responder_request *io)
{
	enum responder_verdict verdict = responder_authenticate(auth, io);

	if (verdict == RESPONDER_SEALED)
		responder_open(auth, &io, &verdict, 1);
	return verdict;
}

/** Writes the answer. Returns its length or -errno. */
static inline int responder_one_reply(const struct responder_request *q,
	const struct responder_snapshot *s, struct responder_stamps *io,
	const struct responder_random *random, struct responder_auth *auth, uint8_t *ret,
	size_t room)
{
	const struct responder_answer a = {q, s, io, random, ret, room};
	int r;

	if (!q->nts)
		return responder_reply(auth, &a);
	responder_reply_sealed(auth, &a, &r, 1);
	return r;
}

#endif
