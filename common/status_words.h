/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Codes in ntpd's status words, and the words that its tools have for them (RFC 9327 3).
 */
#ifndef COMMON_STATUS_WORDS_H
#define COMMON_STATUS_WORDS_H

/** Events of the system. */
enum status_event {
	STATUS_EVENT_NONE = 0,
	STATUS_FREQ_NOT_SET = 1,
	STATUS_FREQ_SET = 2,
	STATUS_SPIKE = 3,
	STATUS_FREQ_MODE = 4,
	STATUS_CLOCK_SYNC = 5,
	STATUS_RESTART = 6,
	STATUS_PANIC_STOP = 7,
	STATUS_NO_SYS_PEER = 8,
	STATUS_LEAP_ARMED = 9,
	STATUS_LEAP_DISARMED = 10,
	STATUS_LEAP_EVENT = 11,
	STATUS_CLOCK_STEP = 12,
	STATUS_KERN = 13,
	STATUS_TAI = 14,
	STATUS_STALE_LEAP = 15,
};

/** Events of a source; protostats and the log add 0x80. */
enum status_peer_event {
	STATUS_MOBILIZE = 1,
	STATUS_DEMOBILIZE = 2,
	STATUS_UNREACHABLE = 3,
	STATUS_REACHABLE = 4,
	STATUS_PEER_RESTART = 5,
	STATUS_NO_REPLY = 6,
	STATUS_RATE_EXCEEDED = 7,
	STATUS_ACCESS_DENIED = 8,
	STATUS_PEER_LEAP_ARMED = 9,
	STATUS_SYS_PEER = 10,
	STATUS_CLOCK_EVENT = 11,
	STATUS_BAD_AUTH = 12,
	STATUS_POPCORN = 13,
};

/** What is wrong with a reference clock. */
enum status_clock_fault {
	STATUS_CLOCK_FINE = 0,
	STATUS_CLOCK_SILENT = 1,
	STATUS_CLOCK_FORMAT = 2,
	STATUS_CLOCK_FAULT = 3,  /**< of the device */
	STATUS_CLOCK_SIGNAL = 4, /**< what it listens to is not there */
	STATUS_CLOCK_DATE = 5,   /**< none, or a wrong one */
	STATUS_CLOCK_TIME = 6,
};

/** What selection made of a source. */
enum status_selection {
	STATUS_REJECT = 0,
	STATUS_FALSETICKER = 1,
	STATUS_EXCESS = 2,
	STATUS_OUTLIER = 3,
	STATUS_CANDIDATE = 4,
	STATUS_BACKUP = 5,
	STATUS_SYSTEM_PEER = 6,
	STATUS_PPS_PEER = 7,
};

/** "clock_sync" and the like, "" for what is none. */
const char *status_event_name(unsigned code);
const char *status_peer_event_name(unsigned code);

/** "outlier" and the like, for three bits. */
const char *status_selection_name(unsigned selection);
/** "ntp" and the like: what a system follows; "" for what is none. */
const char *status_clock_name(unsigned clock);

/** "clk_no_reply"; "" for what is none of the above. */
const char *status_clock_fault_name(unsigned code);

#endif
