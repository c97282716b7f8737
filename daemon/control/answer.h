/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One request of chrony's control protocol from its bytes to the bytes of its reply, without a
 * socket: decoding, authorisation, the command, and the rule that no reply is longer than its
 * request.
 */
#ifndef DAEMON_CONTROL_ANSWER_H
#define DAEMON_CONTROL_ANSWER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/bytes.h"
#include "common/cmdmon.h"

struct commands;
struct endpoint;

/** Who asks. */
struct answer_rights {
	bool all;      /**< the Unix socket: everything */
	bool reads;    /**< otherwise: everything that changes nothing */
	unsigned open; /**< otherwise: set of enum cmdmon_group whose reports may be read */
	const struct endpoint *client; /**< who asks by UDP and is counted, and limited */
};

/** Answers one datagram. Returns the length of the reply, or 0 when there must be none. */
size_t answer_datagram(struct commands *c, const struct answer_rights *rights, struct span datagram,
	uint8_t ret[CMDMON_REPLY_MAX]);

#endif
