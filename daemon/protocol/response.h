/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The tests of a response, and the sample it gives. Pure: a request as it was sent, a datagram and
 * instants in; a judgement out. Nothing here changes state.
 */
#ifndef DAEMON_PROTOCOL_RESPONSE_H
#define DAEMON_PROTOCOL_RESPONSE_H

#include <stdbool.h>
#include <stdint.h>

#include "common/bytes.h"
#include "common/source_options.h"
#include "daemon/clock/clock.h"
#include "daemon/protocol/auth.h"
#include "daemon/protocol/protocol.h"
#include "daemon/track/sample.h"
#include "daemon/wire/packet.h"

/** An instant of ours: of sending or of receipt. */
struct response_stamp {
	int64_t system; /**< system clock */
	int64_t osc;    /**< oscillator */
	char source;    /**< 'D' daemon, 'K' kernel, 'H' hardware */
	double error;   /**< s, beyond the clock's precision */
};

/** An exchange that is over: what interleaved mode measures with its next response. */
struct response_exchange {
	bool any;
	bool used;       /**< it gave a sample already */
	uint64_t remote; /**< when the request arrived there, as we were told */
	struct response_stamp sent, received;
};

/** The request that waits for its response. */
struct response_request {
	bool waiting;
	bool presend;      /**< sent only to wake caches on the way: its sample is not used */
	bool peer;         /**< of a symmetric association: it answers when its own poll is due */
	int version;       /**< asked for */
	uint64_t transmit; /**< the random number in place of the transmit timestamp */
	/** In interleaved mode (RFC 9769) the random number in place of the receive timestamp, by
	 * which a response in that mode is known; else 0. */
	uint64_t receive;
	struct response_exchange last; /**< whose receive timestamp it carries as its origin */
	struct response_stamp sent;
	int64_t deadline; /**< raw instant after which a response is late */
};

/** Timestamps of the last valid response: a second one like it is a duplicate. */
struct response_seen {
	bool any;
	uint64_t receive, transmit;
};

/** A datagram that came in, and what it is judged by. */
struct response_input {
	struct span datagram;
	bool stranger; /**< it did not come from where the request went */
	int64_t now;   /**< raw */
	struct response_stamp received;
	uint64_t told;    /**< received as a peer is told it: an NTP timestamp */
	int64_t pivot;    /**< system instant near true time: decides the era of timestamps */
	double precision; /**< s, of our clock */
	double rate;      /**< s/s: what true time gains on the oscillator */
	double skew;      /**< s/s: uncertainty of rate */
	const struct clock_reference *self; /**< what we serve; NULL: we serve nobody, no test D */
	uint32_t self_refid; /**< reference ID that our own address has as a source */
};

/** Why a response gave no sample: the first test that failed, in the order of testing. */
enum response_drop {
	RESPONSE_KEPT,
	RESPONSE_MALFORMED,      /**< length, version number or trailer */
	RESPONSE_VERSION,        /**< not the version asked for */
	RESPONSE_MODE,           /**< not of a server, or of a peer where we asked one */
	RESPONSE_STRANGER,       /**< from elsewhere */
	RESPONSE_DUPLICATE,      /**< test 1 */
	RESPONSE_LATE,           /**< no request waits (any more) */
	RESPONSE_BOGUS,          /**< test 2: does not answer our request */
	RESPONSE_EMPTY,          /**< test 3: a timestamp is zero */
	RESPONSE_UNAUTHENTIC,    /**< test 5 */
	RESPONSE_UNSYNCHRONISED, /**< test 6 */
	RESPONSE_DISTANT,        /**< test 7 */
	RESPONSE_DELAYED,        /**< test A */
	RESPONSE_LOOP,           /**< test D */
	RESPONSE_NOISY,          /**< tests B, C: told by the sink */
	RESPONSE_DROPS,          /**< how many there are */
};

/** The judgement. */
struct response {
	enum response_drop drop;
	bool measured;     /**< an NTP response of the source: packet and tests are filled */
	bool valid;        /**< tests 1, 2, 3, 5: the one answer to the request */
	bool synchronised; /**< valid, and tests 6, 7 */
	bool good;         /**< synchronised, and tests A, D */
	bool interleaved;  /**< measures the exchange before (RFC 9769) */
	bool mono;         /**< has an F323 (mono_field.h): */
	uint32_t epoch;    /**< of the scale without jumps */
	int64_t moved_ns;  /**< that the server's clock is ahead of that scale */
	int64_t jumped_ns; /**< that it jumped since the response before, where it says so */
	uint32_t kiss;     /**< PACKET_KISS_... of an authentic kiss-o'-death, or 0 */
	unsigned tests;    /**< set of enum protocol_test; B and C are for the sink to take away */
	struct packet packet;
	double root_delay, root_dispersion; /**< s */
	struct sample sample; /**< of a synchronised one whose times fit together, else zeros */
	double response_time; /**< s that the server took */
	bool authenticated;   /**< by more than its origin: a MAC or NTS, and right */
};

/** Judges a datagram that came in for a source. auth's check() may note what it was shown. */
void response_judge(const struct response_request *request, const struct response_seen *seen,
	const struct source_options *options, struct ntp_auth *auth,
	const struct response_input *in, struct response *ret);

#endif
