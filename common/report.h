/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Reports: what the daemon tells about itself, in natural units. The daemon fills these, each
 * control protocol carries them, the client prints them.
 *
 * Signs are stated per field because the classic faces do not agree with each other.
 */
#ifndef COMMON_REPORT_H
#define COMMON_REPORT_H

#include <stdbool.h>
#include <stdint.h>

#include "common/address.h"
#include "common/source_options.h"

/** An age that means "never". */
#define REPORT_NEVER UINT32_C(0xffffffff)

/** Leap indicator (RFC 5905 7.3). */
enum leap {
	LEAP_NONE = 0,
	LEAP_INSERT = 1,
	LEAP_DELETE = 2,
	LEAP_UNSYNCHRONISED = 3,
};

/** Reference IDs with a meaning of their own. */
#define REFID_LOCAL  UINT32_C(0x7F7F0101)
#define REFID_SMOOTH UINT32_C(0x7F7F01FF)
#define REFID_MANUAL UINT32_C(0x4D414E55) /* MANU */

/** What a source is to us (SOURCE_DATA). */
enum report_mode {
	REPORT_MODE_CLIENT = 0,
	REPORT_MODE_PEER = 1,
	REPORT_MODE_REFCLOCK = 2,
};

/** The five states of a source that `sources` knows (SOURCE_DATA). */
enum report_state {
	REPORT_STATE_SELECTED = 0,
	REPORT_STATE_NOT_SELECTABLE = 1,
	REPORT_STATE_FALSETICKER = 2,
	REPORT_STATE_JITTERY = 3,
	REPORT_STATE_COMBINED = 4,
	REPORT_STATE_NOT_USED = 5,
};

/** tracking */
struct report_tracking {
	uint32_t refid;
	struct address address; /**< ADDRESS_NONE for a reference clock, local or unsynchronised */
	int stratum;            /**< 0: unsynchronised */
	enum leap leap;
	int64_t reference_time; /**< instant of the last update, true time; 0: none */
	double correction;      /**< s; positive: system clock slow of true time */
	double last_offset;     /**< s; positive: local clock was fast */
	double rms_offset;      /**< s */
	double frequency_ppm;   /**< positive: system clock would run fast without us */
	double residual_ppm;    /**< of the reference against our frequency */
	double skew_ppm;        /**< error bound of the frequency */
	double root_delay;      /**< s */
	double root_dispersion; /**< s */
	double update_interval; /**< s between the last two updates */
};

/** sources, one line */
struct report_source {
	struct address address; /**< of a reference clock: its reference ID as an IPv4 address */
	int poll;               /**< log2 s */
	int stratum;
	enum report_state state;
	enum report_mode mode;
	unsigned reach;         /**< 8 bits */
	uint32_t age;           /**< s since the last sample, or REPORT_NEVER */
	double original_offset; /**< s, last sample as measured; positive: local fast */
	double adjusted_offset; /**< s, the same after the clock changes since; positive: local fast
				 */
	double error;           /**< s, root delay / 2 + root dispersion of the sample */
};

/** sourcestats, one line */
struct report_sourcestats {
	uint32_t refid;
	struct address address; /**< ADDRESS_NONE for a reference clock */
	uint32_t samples;
	uint32_t runs;       /**< runs of residuals of the same sign */
	uint32_t span;       /**< s */
	double std_dev;      /**< s, of a sample */
	double residual_ppm; /**< positive: the local clock gains on the source */
	double skew_ppm;
	double offset;       /**< s, estimated now; positive: local fast */
	double offset_error; /**< s */
};

/** activity */
struct report_activity {
	int online, offline, burst_online, burst_offline, unresolved;
};

/** ntpdata: the last valid response of a source and the counters */
struct report_ntpdata {
	struct address remote, local;
	uint16_t port;
	enum leap leap;
	int version, mode, stratum, poll, precision;
	double root_delay, root_dispersion; /**< s, as in the packet */
	uint32_t refid;
	int64_t reference_time;
	double offset; /**< s; positive: local slow (NTP sign) */
	double delay, dispersion, response_time, asymmetry;
	unsigned tests; /**< bits 9..0: tests 1 2 3 5 6 7 A B C D, set = passed */
	bool interleaved, authenticated;
	char tx_stamp, rx_stamp; /**< 'D' daemon, 'K' kernel, 'H' hardware; 0 before a response */
	uint32_t total_tx, total_rx, total_valid, total_good;
	uint32_t total_kernel_tx, total_kernel_rx, total_hw_tx, total_hw_rx;
	uint16_t local_port; /**< ours, of the last request */
	int64_t last_tx,
		last_rx; /**< system instants of the last request and valid response, 0: no */
	double next_tx;  /**< s until the next request; negative: none is planned */
	/** Responses that were not taken, by why: a wrong MAC or seal, not of our request, seen
	 * before or late, of too far a server or too long a way, of a server that follows us. */
	uint32_t bad_auth, bogus, old, distant, looped;
};

/** The most samples that a source's register keeps. */
#define REPORT_REGISTER 8

/** The newest samples of a source, as ntpd's clock filter shows them */
struct report_register {
	int n; /**< samples that are there; arrays have the newest first */
	double delay[REPORT_REGISTER],
		offset[REPORT_REGISTER];    /**< s; offset positive: local slow */
	double dispersion[REPORT_REGISTER]; /**< s, now */
	/** Of the sample of least delay, s; dispersion also for what is missing. jitter: of the
	 * others against it (RFC 5905 10). All 0 while n is. */
	double best_delay, best_offset, best_dispersion, jitter;
};

/** Packets that the NTP server's sockets took in (ntpd's sysstats) */
struct report_packets {
	uint64_t received;
	uint64_t processed;    /**< answered, or handed on to who had asked */
	uint64_t this_version; /**< 4 */
	uint64_t old_version;  /**< 1 to 3 */
	uint64_t version1, version1_client, version1_zero, version1_symmetric; /**< by mode */
	uint64_t bad_format, bad_auth;
	uint64_t declined;   /**< of a mode that gets no answer */
	uint64_t restricted; /**< from where nothing is answered */
	uint64_t limited;    /**< that came too often */
	uint64_t kods;       /**< kiss-o'-death packets sent */
	uint64_t control;    /**< of mode 6 */
};

/** A socket of the NTP server */
struct report_socket {
	struct address address; /**< ADDRESS_NONE: of any, of this: */
	enum address_family family;
	uint16_t port;
	uint64_t received, sent, failed;
	double up;     /**< s that it is open */
	bool drops;    /**< what comes to it is dropped */
	char name[16]; /**< of the interface that the address is of; "": it is a socket's */
};

/** What symmetric keys were used for */
struct report_keys {
	uint64_t keys;
	uint64_t lookups, not_found;
	uint64_t signs_digest, signs_cmac;   /**< MACs made to be sent */
	uint64_t checks_digest, checks_cmac; /**< MACs that came in */
	uint64_t fails_digest, fails_cmac;   /**< and were wrong */
};

/** authdata of one source */
struct report_auth {
	int mode;        /**< 0 none, 1 symmetric key, 2 NTS */
	int key_type;    /**< number of the control protocol, or the AEAD */
	uint32_t key_id; /**< or number of key establishments */
	int key_bits;
	int ke_attempts;
	uint32_t ke_age; /**< s, or REPORT_NEVER */
	int cookies, cookie_bytes;
	bool nak;
};

/** selectdata, one line */
struct report_select {
	uint32_t refid;
	struct address address; /**< ADDRESS_NONE for a reference clock */
	char state;             /**< see enum select_state in daemon/select/select.h */
	bool authenticated;
	enum leap leap;
	unsigned configured, effective; /**< sets of enum select_option */
	uint32_t age;                   /**< s since the last sample at the last selection */
	double score;
	double low, high; /**< s, limits of the offset interval; positive: local fast */
};

/** serverstats */
struct report_serverstats {
	uint64_t ntp_hits, nke_hits, cmd_hits;
	uint64_t ntp_drops, nke_drops, cmd_drops, log_drops;
	uint64_t ntp_auth_hits, ntp_interleaved_hits;
	uint64_t ntp_timestamps, ntp_span;
	uint64_t daemon_rx, daemon_tx, kernel_rx, kernel_tx, hw_rx, hw_tx;
};

/** refusals: packets to the NTP server that got no answer for another reason than their rate */
struct report_refused {
	uint64_t malformed;     /**< no NTP packet, or from where no answer may go */
	uint64_t denied;        /**< no access */
	uint64_t not_authentic; /**< a MAC of no key of ours, or a wrong one */
	uint64_t ignored;       /**< a mode that gets no answer */
	uint64_t unsent;        /**< the answer could not be made or sent */
};

/** NTS of all associations as clients; good and bad together are never more than requests. */
struct report_nts_client {
	uint64_t requests;
	uint64_t good;            /**< requests that got an authentic response */
	uint64_t bad;             /**< requests that got nothing but others */
	uint64_t naks;            /**< refusals that named our request */
	uint64_t ke_good, ke_bad; /**< key establishments */
};

/** The NTS server */
struct report_nts_server {
	uint64_t requests_good, requests_bad; /**< that authenticated, and that did not */
	uint64_t replies;                     /**< sealed */
	uint64_t naks;                        /**< negative acknowledgements sent */
	uint64_t cookies_made;                /**< in replies and in key establishment */
	/** Cookies opened, by how many rotations of keys ago they were sealed: 0, 1, 2. Those of a
	 * key that is not in use yet count as 0. */
	uint64_t cookies_current, cookies_old, cookies_old2;
	uint64_t cookies_older;      /**< more than 2: of ntpd's keys, which are kept longer */
	uint64_t cookies_too_old;    /**< their key is not or no longer known */
	uint64_t cookies_bad;        /**< not what their key sealed */
	uint64_t cookies_not_server; /**< came although we are no NTS server */
	/** Key establishments: served, TLS failed, records wrong; and the seconds they took, of
	 * time and of a processor. */
	uint64_t ke_good, ke_no_tls, ke_bad;
	double ke_good_wall, ke_no_tls_wall, ke_bad_wall;
	double ke_good_cpu, ke_no_tls_cpu, ke_bad_cpu;
};

/** ntsinfo: all that ntpq -c nts prints */
struct report_nts {
	struct report_nts_client client;
	struct report_nts_server server;
};

/** What is known of leap seconds; 0 where nothing is */
struct report_leap {
	int tai;         /**< s, TAI - UTC now */
	int64_t next;    /**< s since 1970: the next one announced, else the last one */
	int64_t expires; /**< s since 1970: until when the list holds */
};

/** smoothing */
struct report_smoothing {
	bool active, leap_only;
	double offset, frequency_ppm, wander_ppm, last_update, remaining;
};

/** The most entries of settime that are kept. */
#define REPORT_MANUAL_MAX 16

/** settime: what came of it; positive: our clock was fast, gained and gains. */
struct report_manual {
	double offset;                           /**< s */
	double frequency_ppm, new_frequency_ppm; /**< change, and what it is now */
};

/** manual list: one entry; positive: our clock was fast. */
struct report_manual_sample {
	int64_t when;    /**< true instant, as it is thought now */
	double slewed;   /**< s, by what is thought now */
	double original; /**< s, when it was entered */
	double residual; /**< s, off the line through all */
};

/** rtcdata */
struct report_rtc {
	int64_t reference_time;
	int samples, runs;
	uint32_t span;
	double offset, rate_ppm; /**< positive: RTC fast, RTC gains */
};

/** One entry of `clients` */
struct report_client {
	struct address address;
	uint32_t ntp_hits, nke_hits, cmd_hits, ntp_drops, nke_drops, cmd_drops;
	int ntp_interval, nke_interval, cmd_interval, ntp_timeout_interval; /**< log2 s; 127 none */
	uint32_t ntp_age, nke_age, cmd_age;
};

#endif
