/* SPDX-License-Identifier: BSD-2-Clause */
/* The responder with symmetric keys alone. */
#include "config.h"

#include "test/unit/responder_keyed.h"
#include "test/unit/responder_one.h"

enum responder_verdict responder_keyed_check(struct span datagram, const struct endpoint *peer,
	const struct address *local, uint16_t port, bool allowed, const struct keys *keys,
	struct responder_request *ret)
{
	struct responder_auth auth = {.keys = keys};
	struct responder_request q;
	enum responder_verdict verdict = responder_admit(datagram, peer, local, port, allowed, &q);

	if (verdict == RESPONDER_ANSWER)
		verdict = responder_one_check(&auth, &q);
	if (verdict == RESPONDER_ANSWER)
		*ret = q;
	return verdict;
}

int responder_keyed_reply(const struct responder_request *q, const struct responder_snapshot *s,
	int64_t receive, int64_t transmit, uint64_t random, const struct keys *keys, uint8_t *ret,
	size_t room)
{
	struct responder_random r = {.stamps = random};
	struct responder_auth auth = {.keys = keys};
	struct responder_stamps stamps = {.receive = receive, .transmit = transmit};

	return responder_one_reply(q, s, &stamps, &r, &auth, ret, room);
}
