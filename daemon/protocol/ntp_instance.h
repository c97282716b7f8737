/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * An association of the NTP source protocol: what the parts share that ask, take answers, and start
 * and end it. Nobody else sees it.
 */
#ifndef DAEMON_PROTOCOL_NTP_INSTANCE_H
#define DAEMON_PROTOCOL_NTP_INSTANCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/address.h"
#include "common/report.h"
#include "daemon/loop/loop.h"
#include "daemon/protocol/auth.h"
#include "daemon/protocol/client.h"
#include "daemon/protocol/exchange.h"
#include "daemon/protocol/hold.h"
#include "daemon/protocol/pace.h"
#include "daemon/protocol/protocol.h"

struct protocol_instance {
	const struct protocol_env *env;
	const struct source_options *options;
	struct address address;
	const struct source_sink *sink;
	void *arg;

	struct ntp_auth plain;
	struct auth_mac mac;
	struct ntp_auth *auth; /* one of these, or our own NTS */
	struct client client;
	struct exchange exchange;
	struct loop_timer next;  /* the next request */
	struct loop_timer limit; /* the end of waiting for an answer */
	struct hold hold;
	struct pace_slot slot;
	struct report_ntpdata last; /* the last valid response */
	struct endpoint asked;      /* where the last request went; no family: none did */
	int64_t last_rx;            /* system instant of it; 0: none */
	int64_t last_tx;            /* system instant of the last request; 0: none */
	bool told_unsent;           /* that requests cannot be sent now */
	bool told_taken;            /* that the server that is to be asked is another source */

	/* The sink may destroy us from inside a call: then we go when the last call returned. */
	unsigned busy;
	bool doomed;
};

/** Around everything that may call the sink, which may destroy us from inside the call. */
void ntp_instance_enter(struct protocol_instance *i);
/** The last one frees an instance that was destroyed meanwhile: then it is gone. */
void ntp_instance_leave(struct protocol_instance *i);
/** Frees an instance whose timers and hold were made, with what it owns. */
void ntp_instance_release(struct protocol_instance *i);
/** Gives back what proves who sent: plain, MAC or NTS. */
void ntp_instance_end_auth(struct protocol_instance *i);

/** Returns the raw instant of this turn of the loop. */
int64_t ntp_instance_now(const struct protocol_instance *i);
/** Returns what is drawn from 0 to 1; without randomness 0: requests are merely not spread. */
double ntp_instance_random(const struct protocol_instance *i);
/** Writes the source's address, of at most n bytes (ADDRESS_TEXT is enough). */
void ntp_instance_name(const struct protocol_instance *i, char *ret, size_t n);
/** Returns what restrictions take from the server asked; ret_hole: as settings_restricts_source().
 */
unsigned ntp_instance_restricts(const struct protocol_instance *i, bool *ret_hole);
/** Brings timers and socket to what the state machine says. */
void ntp_instance_follow(struct protocol_instance *i);

/** The time for a request has come: a timer's function, arg the instance. */
void ntp_ask_next(void *arg);

/** Datagrams or timestamps have come to the socket: a watch's function, arg the instance. */
void ntp_take_ready(void *arg, unsigned got);
/** The answer that waited for the stamp of its request waits no more: arg the instance. */
void ntp_take_held(void *arg);
/**
 * Takes a datagram that came to a socket of the server: of a peer's association, where it is one;
 * of a server's it is but counted. Returns whether it was the association's.
 */
bool ntp_take_delivered(struct protocol_instance *i, const struct kernel_message *m);

#endif
