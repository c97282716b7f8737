/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The state of an association with one server: when to ask, what to make of answers. Pure:
 * instants, datagrams and random numbers in, packets to send and judgements out. Sockets and timers
 * are daemon/protocol/ntp.c.
 *
 * Instants named now are raw, the loop's scale. Random numbers are from 0 to 1: they spread
 * requests so that many clients do not fall into step.
 */
#ifndef DAEMON_PROTOCOL_CLIENT_H
#define DAEMON_PROTOCOL_CLIENT_H

#include <stdbool.h>
#include <stdint.h>

#include "daemon/protocol/auth.h"
#include "daemon/protocol/response.h"

/** Nothing is planned. */
#define CLIENT_NEVER INT64_MAX

/** Counters of one association; they only grow. */
struct client_counters {
	uint32_t tx, rx, valid, good;
	uint32_t kernel_tx, kernel_rx, hardware_tx, hardware_rx; /**< kinds of timestamps */
	uint32_t drops[RESPONSE_DROPS];
	unsigned bad; /**< responses since the last request that were none to it */
};

/** What a symmetric peer said last, and we say to it in return. */
struct client_peer {
	uint64_t transmit; /**< its transmit timestamp, or 0 */
	uint64_t receive;  /**< its receive timestamp: when our last packet arrived there */
	uint64_t received; /**< when that arrived here, as it is told */
	int poll;          /**< its polling interval, log2 s */
};

/** An association. Read by all, written only by client_...(). */
struct client {
	const struct source_options *options; /**< read anew at each use */
	struct ntp_auth *auth;
	bool may_ask; /**< a peer that is silent is asked as a server is (client_choose_mode()) */
	bool asks;    /**< it is */

	enum protocol_activity activity;
	int burst_good;  /**< good samples that end the burst */
	int burst_total; /**< requests left in the burst */
	int soon;        /**< log2 s, interval before the next request alone; 0: as usual */
	unsigned saved;  /**< requests that minpoll would have allowed lately and were not sent */
	int poll;        /**< log2 s, as chosen; see client_interval() */
	int poll_floor;  /**< the server asked us not to go below */
	double score;    /**< grows with failures; from 1 on the poll is raised */
	double raised;   /**< log2, by which failures raised the poll and good answers did not lower
			    it */
	int extra;       /**< so many of the requests from the last on come before a real one */

	int64_t last_tx; /**< raw; 0: none */
	int64_t wake;    /**< raw instant for client_due(), or CLIENT_NEVER */
	double penalty;  /**< s that the next request is put off by, asked for by the server */

	unsigned reach;      /**< 8 bits, as the sink's */
	unsigned unanswered; /**< requests since the last valid response */
	double min_delay;    /**< s, of good samples; 0: none yet */
	struct response_request request;
	struct response_seen seen;
	struct response_exchange last; /**< the last one that had a valid response */
	struct client_peer peer;
	bool mono;      /**< the server told what its clock is ahead of its scale without jumps: */
	uint32_t epoch; /**< of that scale */
	int64_t moved_ns;
	struct client_counters counters;
};

/** Sets up an association, not started. options and auth outlive it. */
void client_init(struct client *c, const struct source_options *options, struct ntp_auth *auth);

/** Begins to poll when on, with a burst when iburst is set; else stops and forgets what is under
 * way. During a burst it says what follows the burst. */
void client_online(struct client *c, bool on, int64_t now, double random);

/** Asks until good samples came or total requests went; then as before. Ignored in a burst. */
void client_burst(struct client *c, int good, int total, int64_t now, double random);

/** Another server is asked from now on: forgets what is of the one before. */
void client_moved(struct client *c);

/** The same; begins again at minpoll. */
void client_reset(struct client *c, int64_t now, double random);

/** The time of wake has come. Returns whether to send a request now; then client_sent() or
 * client_unsent() must follow. */
bool client_due(struct client *c, int64_t now);

/**
 * The request to be sent: transmit is a random number, never 0, and so is receive, for interleaved
 * mode. To a peer transmit is the time, and receive the time at which the last packet left, or 0.
 * It says nothing of us but our polling interval (data minimisation,
 * draft-ietf-ntp-data-minimization).
 */
void client_request(struct client *c, uint64_t transmit, uint64_t receive, struct packet *ret);

/** Before client_request(), where may_ask is set: a peer that answered none of some packets is
 * asked as a server from now on, or is a peer again. Some daemons answer only the one, some the
 * other. */
void client_choose_mode(struct client *c);

/** Whether it is with a symmetric peer (RFC 5905 3), which is not asked as a server: then what
 * others get of us goes with requests, and their transmit timestamp is one. */
bool client_is_peer(const struct client *c);

/** The request of client_request() went out. Returns true when it is a further one without an
 * answer to those before: a step of the reach register with a 0. */
bool client_sent(struct client *c, const struct response_stamp *sent, int64_t now, double random);

/** It could not be sent. Returns as client_sent(). */
bool client_unsent(struct client *c, int64_t now, double random);

/** A better timestamp of a request that was sent. Returns whether it was of the one that waits. */
bool client_stamp(struct client *c, uint64_t transmit, const struct response_stamp *sent);

/** Judges a datagram, counts it, and takes the first valid response as the one to the request. */
void client_response(struct client *c, const struct response_input *in, struct response *ret);

/**
 * Ends with a response for which valid or kiss is set: r->tests as the sink completed them, r->good
 * accordingly, poll as the sink wants it (used when good). Decides when to ask next. A poll below
 * minpoll is granted to single requests, out of those that longer polls saved.
 */
void client_settle(
	struct client *c, const struct response *r, int poll, int64_t now, double random);

/** What a request is signed with was missing and is there now: asks at once if no answer waits. */
void client_hurry(struct client *c, int64_t now);

/** No answer is waited for any longer. */
void client_expire(struct client *c);

/** The interval between requests in force, log2 s: below 0 only near servers are asked, and a peer
 * that answers has the shorter one of its and ours. */
int client_interval(const struct client *c);

/** NTP version to ask in: the configured one, or the one that suits the authentication. */
int client_version(const struct client *c);

#endif
