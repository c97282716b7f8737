/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Source protocols: how time is asked of one address. A protocol knows nothing of estimation or
 * selection; it feeds a sink, and asks it how often to poll.
 */
#ifndef DAEMON_PROTOCOL_PROTOCOL_H
#define DAEMON_PROTOCOL_PROTOCOL_H

#include <stdbool.h>
#include <stdint.h>

#include "common/report.h"
#include "common/source_options.h"
#include "daemon/track/sample.h"

struct cards;
struct clock;
struct kernel;
struct kernel_message;
struct keys;
struct log;
struct loop;
struct nts_shared;
struct settings;

/** Results of the tests on a response: bit set = passed, the bits of ntpdata's flags. */
enum protocol_test {
	PROTOCOL_TEST_1 = 0x200, /**< not a duplicate */
	PROTOCOL_TEST_2 = 0x100, /**< answers our last request */
	PROTOCOL_TEST_3 = 0x080, /**< timestamps are there */
	PROTOCOL_TEST_5 = 0x040, /**< authentication as configured */
	PROTOCOL_TEST_6 = 0x020, /**< server synchronised, stratum in range */
	PROTOCOL_TEST_7 = 0x010, /**< root distance below 16 s */
	PROTOCOL_TEST_A = 0x008, /**< delay within maxdelay, timestamps consistent */
	PROTOCOL_TEST_B = 0x004, /**< delay within maxdelayratio */
	PROTOCOL_TEST_C = 0x002, /**< delay within maxdelaydevratio */
	PROTOCOL_TEST_D = 0x001, /**< no synchronisation loop */
	PROTOCOL_TESTS_ALL = 0x3ff,
};

/** One response with all that the measurement logs print of it. */
struct protocol_measurement {
	struct address address;
	int64_t truth; /**< instant by our estimate of true time */
	enum leap leap;
	int stratum, mode;
	unsigned tests;
	int local_poll, remote_poll;
	double poll_score;
	double offset; /**< s; positive: local clock slow */
	double delay, dispersion, root_delay, root_dispersion;
	uint32_t refid;
	bool interleaved;
	char tx_stamp, rx_stamp;
	struct address local; /**< where it came to; ADDRESS_NONE: not known */
	int version, precision;
	uint64_t stamps[4];  /**< t1 to t4 (RFC 5905 8) as NTP timestamps; 0: none */
	unsigned unanswered; /**< requests before this one that got no valid response */
	bool answer;         /**< it is the one answer to a request, or a kiss-o'-death */
	unsigned bad;        /**< bad responses to this request, with this one if it is one */
};

/** Where a protocol instance delivers. All calls come from the loop. */
struct source_sink {
	/**
	 * A sample whose response passed tests 1 to 7 and A, D. Returns the set of the tests B and
	 * C that it passed; unless both are there the sample was not used.
	 */
	unsigned (*sample)(void *arg, const struct sample *s);
	/** One step of the reach register: a request went unanswered or a response came in. */
	void (*reach)(void *arg, bool synchronised);
	/** The polling interval wanted next, log2 s; below minpoll when one more request is wanted
	 * sooner, which may be had or not. */
	int (*poll)(void *arg, int present);
	/** Every response, for the measurement logs. */
	void (*measured)(void *arg, const struct protocol_measurement *m);
	/** The server asked us never to come back (KoD DENY, RSTR). */
	void (*denied)(void *arg);
	/** It went back to offline by itself: its burst has ended, or there is no network. */
	void (*rested)(void *arg);
	/** The server says that its clock was corrected by ns: what was measured before would be
	 * that much more now. */
	void (*jumped)(void *arg, int64_t ns);
	/** From here on another server is asked, of another clock and path (NTS key establishment
	 * names it): what was measured says nothing of it. */
	void (*moved)(void *arg);
	/** Whether another source is at this address. NULL: none is. */
	bool (*taken)(void *arg, const struct address *a);
};

/** The server's socket, from which peers are asked. */
struct protocol_server {
	/** Sends one datagram as struct kernel_ops does. Returns 1, or -errno. */
	int (*send)(void *arg, struct kernel_message *m);
	void *arg;
};

/** What every protocol instance works with. All outlive the instance. */
struct protocol_env {
	struct kernel *kernel;
	struct loop *loop;
	struct clock *clock;
	const struct log *log;
	const struct settings *settings;
	const struct keys *keys; /**< symmetric keys; see daemon/protocol/keys.h */
	struct nts_shared *nts;  /**< see daemon/protocol/nts_shared.h; NULL: no NTS */
	/** The pacing of all client requests (daemon/protocol/pace.h). Owned by the daemon. */
	struct protocol_pace *pace;
	const struct cards *cards; /**< that stamp datagrams (daemon/clock/cards.h); NULL: none */
	const struct protocol_server *server; /**< NULL: there is none, and no peers */
};

/** How a source polls at present (activity report). */
enum protocol_activity {
	PROTOCOL_OFFLINE,
	PROTOCOL_ONLINE,
	PROTOCOL_BURST_ONLINE,  /**< in a burst, back to online afterwards */
	PROTOCOL_BURST_OFFLINE, /**< in a burst, back to offline afterwards */
};

struct protocol_instance;

/** A source protocol. */
struct source_protocol {
	const char *name;
	/**
	 * Makes an instance for an address. options are owned by the caller, may be changed by
	 * commands while the instance lives, and are read anew at each use. Not started yet.
	 */
	int (*create)(const struct protocol_env *env, const struct source_options *options,
		const struct address *address, const struct source_sink *sink, void *arg,
		struct protocol_instance **ret);
	/** Begins polling as the options say (online, iburst). */
	void (*start)(struct protocol_instance *i);
	void (*online)(struct protocol_instance *i, bool on);
	void (*burst)(struct protocol_instance *i, int good, int total);
	/** Forgets protocol state; polling begins again at minpoll. */
	void (*reset)(struct protocol_instance *i);
	enum protocol_activity (*activity)(const struct protocol_instance *i);
	/** Polling interval now, log2 s. */
	int (*poll)(const struct protocol_instance *i);
	void (*report)(const struct protocol_instance *i, struct report_ntpdata *ret);
	void (*report_auth)(const struct protocol_instance *i, struct report_auth *ret);
	/** Writes to files what is to outlive the daemon. */
	void (*save)(struct protocol_instance *i);
	/** A datagram of this address that came to the server's socket. Returns whether it is of a
	 * peer of ours. */
	bool (*deliver)(struct protocol_instance *i, const struct kernel_message *m);
	/** A datagram to this address that the server's socket sent, with its transmit timestamp.
	 */
	void (*sent)(struct protocol_instance *i, const struct kernel_message *m);
	void (*destroy)(struct protocol_instance *i);
};

/** All protocols that were built, NULL-terminated (modules.c). */
extern const struct source_protocol *const source_protocols[];

struct pace_slot;

/** Pacing state; zero-initialised. */
struct protocol_pace {
	struct pace_slot *first; /**< planned requests, the earliest first */
	int64_t last;            /**< raw instant of the last request that was due; 0: none */
};

#endif
