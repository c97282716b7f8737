/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * ntpd's control protocol from a request's bytes to the bytes of its answer, without a socket: for
 * daemon/control/mode6*.c and their tests.
 */
#ifndef DAEMON_CONTROL_MODE6_H
#define DAEMON_CONTROL_MODE6_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/address.h"
#include "common/bytes.h"
#include "daemon/control/control.h"
#include "daemon/control/mode6_nonce.h"
#include "daemon/control/mode6_text.h"
#include "daemon/control/mode6_wire.h"
#include "daemon/kernel/kernel.h"

struct settings_refclock;
struct source;

/** Counters that are told in total and since the last full hour. */
enum mode6_counter {
	MODE6_SS_UPTIME,
	MODE6_SS_RESET,
	MODE6_SS_NUMCTLREQ,
	MODE6_SS_RECEIVED,
	MODE6_SS_THISVER,
	MODE6_SS_OLDVER,
	MODE6_SS_VER1,
	MODE6_SS_VER1CLIENT,
	MODE6_SS_VER1ZERO,
	MODE6_SS_VER1SYMM,
	MODE6_SS_BADFORMAT,
	MODE6_SS_BADAUTH,
	MODE6_SS_DECLINED,
	MODE6_SS_RESTRICTED,
	MODE6_SS_LIMITED,
	MODE6_SS_KODSENT,
	MODE6_SS_PROCESSED,
	MODE6_NTS_CLIENT_SEND,
	MODE6_NTS_CLIENT_RECV_GOOD,
	MODE6_NTS_CLIENT_RECV_BAD,
	MODE6_NTS_SERVER_RECV_GOOD,
	MODE6_NTS_SERVER_RECV_BAD,
	MODE6_NTS_SERVER_SEND,
	MODE6_NTS_COOKIE_MAKE,
	MODE6_NTS_COOKIE_NOT_SERVER,
	MODE6_NTS_COOKIE_DECODE,
	MODE6_NTS_COOKIE_DECODE_TOTAL,
	MODE6_NTS_COOKIE_DECODE_CURRENT,
	MODE6_NTS_COOKIE_DECODE_OLD,
	MODE6_NTS_COOKIE_DECODE_OLD2,
	MODE6_NTS_COOKIE_DECODE_OLDER,
	MODE6_NTS_COOKIE_DECODE_TOO_OLD,
	MODE6_NTS_COOKIE_DECODE_ERROR,
	MODE6_NTS_KE_SERVES_GOOD,
	MODE6_NTS_KE_SERVES_GOOD_WALL,
	MODE6_NTS_KE_SERVES_GOOD_CPU,
	MODE6_NTS_KE_SERVES_NOSSL,
	MODE6_NTS_KE_SERVES_NOSSL_WALL,
	MODE6_NTS_KE_SERVES_NOSSL_CPU,
	MODE6_NTS_KE_SERVES_BAD,
	MODE6_NTS_KE_SERVES_BAD_WALL,
	MODE6_NTS_KE_SERVES_BAD_CPU,
	MODE6_NTS_KE_PROBES_GOOD,
	MODE6_NTS_KE_PROBES_BAD,
	MODE6_COUNTERS /**< how many there are */
};

/** All that answers are made of. */
struct mode6 {
	const struct control_env *env;
	struct mode6_nonces nonces;
	struct kernel_identity identity;
	int64_t started;                 /**< raw instant */
	double hour[MODE6_COUNTERS];     /**< counters at the last full hour */
	double zero[MODE6_COUNTERS];     /**< what was counted when they were reset */
	struct kernel_usage usage;       /**< at the last full hour */
	struct address suspect;          /**< whom the log was last told of as an attacker */
	int64_t suspected;               /**< raw instant of that */
	struct settings_variable *extra; /**< of setvar */
	size_t n_extra;
	double sign_s;             /**< s that a MAC takes to make; 0: there is no key */
	char text[MODE6_TEXT_MAX]; /**< of the answer under way */
};

/** Who asks. */
struct mode6_client {
	struct endpoint peer;
	unsigned restricts; /**< what is kept from it: set of enum ntp_restrict */
	/** It may be sent so many times what it sent without having proved that it is where it
	 * says; 0: without limit. */
	unsigned amplification;
};

/** How many times what it sent a client gets that no restriction is about, and one that is named by
 * one: as much as all variables of a source take. A nonce it gets in any case. */
#define MODE6_AMPLIFICATION_STRANGER 3
#define MODE6_AMPLIFICATION_NAMED    80

/** Takes the fragments of an answer. */
typedef void mode6_send(void *arg, struct span fragment);

/**
 * Answers one datagram; send is called for each fragment. Returns 0, -EPERM where the client may
 * not ask, or -EBADMSG for what is no request.
 */
int mode6_respond(struct mode6 *m, const struct mode6_client *client, struct span datagram,
	mode6_send *send, void *arg);

/** A request on its way. */
struct mode6_call {
	struct mode6 *m;
	const struct mode6_client *client;
	const struct mode6_request *q;
	bool authenticated; /**< by the control key */
	bool proved;        /**< gets what is sent to its address */
	uint16_t status;    /**< of the answer */
	struct mode6_text text;
};

/** Does one operation. Returns MODE6_FINE, an error, or MODE6_SILENCE. */
typedef int mode6_operation(struct mode6_call *c);
/** No answer at all. */
#define MODE6_SILENCE (-2)

/* mode6_read.c */
mode6_operation mode6_read_status, mode6_read_variables, mode6_read_clock;
/** The source of an association; 0: none. */
struct source *mode6_source(const struct mode6 *m, uint16_t association);

/* mode6_mru.c */
mode6_operation mode6_request_nonce, mode6_read_mru;

/* mode6_list.c */
mode6_operation mode6_read_list;

/* mode6_configure.c */
mode6_operation mode6_configure;
/** Replaces a variable of setvar, or adds one. Returns 0 or -ENOMEM. */
int mode6_set_variable(struct mode6 *m, const struct settings_variable *v);

/* mode6_counters.c */
void mode6_count(const struct mode6 *m, double ret[MODE6_COUNTERS]);
/** Lets counters begin anew: those of packets ("sys") or of mode 6 ("ctl"). Returns 0, or -ENOENT
 * for another group. */
int mode6_reset(struct mode6 *m, const char *group);

/* mode6_hour.c */
/** A full hour has passed: what was counted in it goes to the files of statistics. */
void mode6_hour(struct mode6 *m);

/* mode6_system.c */
/** Writes variables of the system. Returns 0 or -ENOENT. */
int mode6_put_system(const struct mode6 *m, struct span names, struct mode6_text *t);

/* mode6_peer.c */
int mode6_put_peer(
	const struct mode6 *m, const struct source *s, struct span names, struct mode6_text *t);

/* mode6_clock.c */
/** Writes variables of a reference clock. Returns 0, -ENOENT, or -EINVAL for another source. */
int mode6_put_clock(
	const struct mode6 *m, const struct source *s, struct span names, struct mode6_text *t);
/** The stratum and reference ID that ntpd shows of a clock. */
int mode6_clock_stratum(const struct settings_refclock *settings);
uint32_t mode6_clock_refid(const struct source *s, const struct settings_refclock *settings);

/** Raw instant now. */
int64_t mode6_now(const struct mode6 *m);

#endif
