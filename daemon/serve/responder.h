/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The NTP server's answers. Pure: a request, stamps and a snapshot of our synchronisation in, a
 * reply out (RFC 5905 9.2, modes 3 to 4 and 1 to 2). In two halves, so that the transmit stamp can
 * be taken after the request was checked.
 */
#ifndef DAEMON_SERVE_RESPONDER_H
#define DAEMON_SERVE_RESPONDER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/address.h"
#include "daemon/clock/served.h"
#include "daemon/serve/nts_guard.h"
#include "daemon/wire/packet.h"

struct keys;

/** What requests are authenticated with. */
struct responder_auth {
	const struct keys *keys;        /**< NULL: then no MAC is right */
	struct nts_guard *nts;          /**< NULL: no NTS server, its fields are ignored */
	struct nts_guard_counts counts; /**< of NTS */
	bool signd;                     /**< MS-SNTP: somebody signs answers */
};

/** What all replies of one moment say. */
struct responder_snapshot {
	struct served served;
	int least_poll; /**< log2 s; replies ask for this interval at least */
	int64_t moved;  /**< see clock_moved() */
	uint32_t epoch; /**< of the scale without jumps */
};

/** What became of a request. */
enum responder_verdict {
	RESPONDER_ANSWER,
	RESPONDER_FORWARD,   /**< a reply of a server or peer: for whoever asked it */
	RESPONDER_IGNORE,    /**< a mode or version that servers do not answer */
	RESPONDER_DENIED,    /**< a request from an address that has no access */
	RESPONDER_MALFORMED, /**< no NTP packet, or from where no answer may go */
	RESPONDER_NOT_AUTHENTIC,
	RESPONDER_SEALED, /**< NTS: responder_open() says what becomes of it */
	RESPONDER_NAK,    /**< NTS with a wrong cookie or authenticator: see responder_nak() */
};

/** A request that is to be answered. The datagram must stay as it is until then. */
struct responder_request {
	struct packet packet;
	size_t length;
	struct packet_trailer trailer;
	bool mono;          /**< asks for an F323 (mono_field.h) */
	bool authenticated; /**< by a MAC: */
	uint32_t key;
	bool signd; /**< MS-SNTP: the answer is to be signed by this key */
	bool nts;   /**< authenticated by NTS: */
	struct nts_guard_request sealed;
	struct nts_fields fields; /**< of a request that is RESPONDER_SEALED */
	struct span unique_id;    /**< of a request that gets a RESPONDER_NAK */
};

/** What the transmit timestamp of an answer that nothing seals is written with, when it leaves. */
struct responder_late {
	uint64_t receive; /**< as the client is told */
	uint32_t random;
};

/** Fresh random bytes for a reply. */
struct responder_random {
	uint64_t stamps;                  /**< for the bits below the precision */
	uint8_t nonces[NTS_GUARD_RANDOM]; /**< needed for requests with nts only */
};

/** Timestamps of a reply. */
struct responder_stamps {
	int64_t receive, transmit; /**< true instants */
	/** Interleaved mode (RFC 9769): when the reply to the last request left; 0: basic mode. */
	uint64_t previous;
	uint64_t ret_receive, ret_transmit; /**< receive and transmit as clients are told them */
};

/**
 * Decides on a datagram from peer that came to our address and port (ADDRESS_NONE: not known).
 * allowed: whether peer has access. RESPONDER_ANSWER is for a request that may be answered when it
 * is authentic; only then is ret written.
 */
enum responder_verdict responder_admit(struct span datagram, const struct endpoint *peer,
	const struct address *local, uint16_t port, bool allowed, struct responder_request *ret);

/** Whether a request that is admitted is authentic: RESPONDER_ANSWER, RESPONDER_SEALED,
 * RESPONDER_NOT_AUTHENTIC, or RESPONDER_MALFORMED. */
enum responder_verdict responder_authenticate(
	struct responder_auth *auth, struct responder_request *io);

/** Requests that are opened, or answers that are sealed, at once at most. */
#define RESPONDER_MANY NTS_GUARD_MANY

/**
 * Opens n requests that are RESPONDER_SEALED, RESPONDER_MANY at most, side by side. ret: for each
 * RESPONDER_ANSWER, RESPONDER_NAK or RESPONDER_MALFORMED; or RESPONDER_IGNORE when the NTS server
 * has gone since. What one holds touches no other.
 */
void responder_open(struct responder_auth *auth, struct responder_request *const *io,
	enum responder_verdict *ret, size_t n);

/**
 * Whether a request refers to a reply of ours by its receive timestamp, so that it is worth while
 * to remember when its own reply leaves.
 */
bool responder_refers(const struct responder_request *q);

/** Whether it asks for a reply in interleaved mode, if that receive timestamp is known. */
bool responder_may_interleave(const struct responder_request *q);

/** An answer to be written. */
struct responder_answer {
	const struct responder_request *request;
	const struct responder_snapshot *snapshot;
	struct responder_stamps *stamps;
	const struct responder_random *random;
	uint8_t *ret;
	size_t room;
};

/**
 * Writes the answer to a request without NTS. Returns its length, never more than the request's, or
 * -ENOSPC when it would not fit in room or would be longer than the request.
 */
int responder_reply(struct responder_auth *auth, const struct responder_answer *a);

/**
 * Writes answers to requests with NTS, RESPONDER_MANY at most, and seals them side by side. ret:
 * for each what responder_reply() would return, or another error of sealing it.
 */
void responder_reply_sealed(
	struct responder_auth *auth, const struct responder_answer *a, int *ret, size_t n);

/** Whether responder_late() may write the transmit timestamp of the answer to q: it is told the one
 * of this answer, and nothing is made over it. */
bool responder_may_be_late(
	const struct responder_request *q, const struct responder_stamps *stamps);

/** Writes the transmit timestamp of an answer: a true instant. Returns it as the client is told. */
uint64_t responder_late(
	const struct responder_late *late, int precision, int64_t transmit, uint8_t *answer);

/**
 * Writes the NTS negative acknowledgement (RFC 8915 5.7). Nothing in it is authenticated, so it
 * says nothing of our time. Returns its length, never more than the request's, or -ENOSPC.
 */
int responder_nak(const struct responder_request *q, int precision, struct responder_auth *auth,
	uint8_t *ret, size_t room);

#endif
