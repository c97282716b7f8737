/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Control messages of chrony's protocol, version 6, as structures: both ends use the same code, so
 * what one writes the other reads.
 */
#ifndef COMMON_CMDMON_H
#define COMMON_CMDMON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/address.h"
#include "common/bytes.h"
#include "common/report.h"
#include "common/source_options.h"

#define CMDMON_VERSION     6
#define CMDMON_REQUEST_MIN 28  /**< shorter datagrams are not answered */
#define CMDMON_REQUEST_MAX 896 /**< longer datagrams are not answered */
#define CMDMON_REPLY_MAX   520 /**< the longest reply (CLIENT_ACCESSES_BY_INDEX3) */

/**
 * Requests and replies of our own are numbered from here ("gn"): chrony's numbers grow by one with
 * each message that is added, and are at 75 and 26 after three decades. A daemon that does not know
 * a request says CMDMON_INVALID, as chronyd does of these. A request and its reply have the same
 * number.
 */
#define CMDMON_OWN 0x676e

/** Request numbers. */
enum cmdmon_command {
	CMDMON_ONLINE = 1,
	CMDMON_OFFLINE = 2,
	CMDMON_BURST = 3,
	CMDMON_MODIFY_MINPOLL = 4,
	CMDMON_MODIFY_MAXPOLL = 5,
	CMDMON_DUMP = 6,
	CMDMON_MODIFY_MAXDELAY = 7,
	CMDMON_MODIFY_MAXDELAYRATIO = 8,
	CMDMON_MODIFY_MAXUPDATESKEW = 9,
	CMDMON_SETTIME = 11,
	CMDMON_MANUAL = 13,
	CMDMON_N_SOURCES = 14,
	CMDMON_SOURCE_DATA = 15,
	CMDMON_REKEY = 16,
	CMDMON_ALLOW = 17,
	CMDMON_ALLOWALL = 18,
	CMDMON_DENY = 19,
	CMDMON_DENYALL = 20,
	CMDMON_CMDALLOW = 21,
	CMDMON_CMDALLOWALL = 22,
	CMDMON_CMDDENY = 23,
	CMDMON_CMDDENYALL = 24,
	CMDMON_ACCHECK = 25,
	CMDMON_CMDACCHECK = 26,
	CMDMON_DEL_SOURCE = 29,
	CMDMON_WRITERTC = 30,
	CMDMON_DFREQ = 31,
	CMDMON_TRACKING = 33,
	CMDMON_SOURCESTATS = 34,
	CMDMON_RTCREPORT = 35,
	CMDMON_TRIMRTC = 36,
	CMDMON_CYCLELOGS = 37,
	CMDMON_MANUAL_LIST = 41,
	CMDMON_MANUAL_DELETE = 42,
	CMDMON_MAKESTEP = 43,
	CMDMON_ACTIVITY = 44,
	CMDMON_MODIFY_MINSTRATUM = 45,
	CMDMON_MODIFY_POLLTARGET = 46,
	CMDMON_MODIFY_MAXDELAYDEVRATIO = 47,
	CMDMON_RESELECT = 48,
	CMDMON_RESELECTDISTANCE = 49,
	CMDMON_MODIFY_MAKESTEP = 50,
	CMDMON_SMOOTHING = 51,
	CMDMON_SMOOTHTIME = 52,
	CMDMON_REFRESH = 53,
	CMDMON_SERVER_STATS = 54,
	CMDMON_LOCAL2 = 56, /**< of 4.0 to 4.5: the first four fields of LOCAL3 */
	CMDMON_NTP_DATA = 57,
	CMDMON_SHUTDOWN = 62,
	CMDMON_ONOFFLINE = 63,
	CMDMON_ADD_SOURCE = 64, /**< of 4.0 to 4.8 */
	CMDMON_NTP_SOURCE_NAME = 65,
	CMDMON_RESET_SOURCES = 66,
	CMDMON_AUTH_DATA = 67,
	CMDMON_CLIENTS = 68,
	CMDMON_SELECT_DATA = 69,
	CMDMON_RELOAD_SOURCES = 70,
	CMDMON_DOFFSET = 71,
	CMDMON_MODIFY_SELECTOPTS = 72,
	CMDMON_MODIFY_OFFSET = 73,
	CMDMON_LOCAL3 = 74,
	CMDMON_ADD_SOURCE2 = 75,
	CMDMON_NTS_INFO = CMDMON_OWN + 1,
	CMDMON_REFUSALS = CMDMON_OWN + 2,
	CMDMON_RELOAD_CONFIG = CMDMON_OWN + 3,
	CMDMON_RELOAD_TROUBLE = CMDMON_OWN + 4, /**< why that failed the last time */
};

/** Reply numbers. */
enum cmdmon_reply_kind {
	CMDMON_REPLY_NULL = 1,
	CMDMON_REPLY_N_SOURCES = 2,
	CMDMON_REPLY_SOURCE_DATA = 3,
	CMDMON_REPLY_TRACKING = 5,
	CMDMON_REPLY_SOURCESTATS = 6,
	CMDMON_REPLY_RTC = 7,
	CMDMON_REPLY_ACTIVITY = 12,
	CMDMON_REPLY_SMOOTHING = 13,
	CMDMON_REPLY_NTP_DATA_OLD = 16, /**< of 4.0 to 4.5: without counters of timestamps */
	CMDMON_REPLY_MANUAL_TIMESTAMP = 17,
	CMDMON_REPLY_MANUAL_LIST = 18,
	CMDMON_REPLY_NAME = 19,
	CMDMON_REPLY_AUTH_DATA = 20,
	CMDMON_REPLY_CLIENTS = 21,
	CMDMON_REPLY_SERVER_STATS2 = 22, /**< of 4.0 and 4.1: the first 8 counters, 32 bits */
	CMDMON_REPLY_SELECT_DATA = 23,
	CMDMON_REPLY_SERVER_STATS3 = 24, /**< of 4.2 and 4.3: the first 11 counters, 32 bits */
	CMDMON_REPLY_SERVER_STATS = 25,
	CMDMON_REPLY_NTP_DATA = 26,
	CMDMON_REPLY_NTS_INFO = CMDMON_OWN + 1,
	CMDMON_REPLY_REFUSALS = CMDMON_OWN + 2,
	CMDMON_REPLY_TROUBLE = CMDMON_OWN + 3, /**< a message, in name */
};

/** Status codes of a reply. */
enum cmdmon_status {
	CMDMON_OK = 0,
	CMDMON_FAILED = 1,
	CMDMON_UNAUTHORISED = 2,
	CMDMON_INVALID = 3,
	CMDMON_NO_SUCH_SOURCE = 4,
	CMDMON_NOT_ENABLED = 6,
	CMDMON_BAD_SUBNET = 7,
	CMDMON_ACCESS_ALLOWED = 8,
	CMDMON_ACCESS_DENIED = 9,
	CMDMON_SOURCE_EXISTS = 11,
	CMDMON_TOO_MANY_SOURCES = 12,
	CMDMON_NO_RTC = 13,
	CMDMON_RTC_NOT_WRITABLE = 14,
	CMDMON_NO_CLIENT_LOG = 15,
	CMDMON_BAD_SAMPLE = 16,
	CMDMON_BAD_FAMILY = 17,
	CMDMON_BAD_VERSION = 18,
	CMDMON_BAD_LENGTH = 19,
	CMDMON_BAD_NAME = 21,
};

/** A request. Which fields count depends on the command (chrony's control protocol, requests). */
struct cmdmon_request {
	uint16_t command;
	uint16_t attempt;
	uint32_t sequence;
	size_t length;          /**< of the datagram it was read from; not used when writing */
	struct address address; /**< also a mask's address and a subnet */
	struct address mask;
	uint32_t refid;
	int32_t number;                  /**< index, poll, stratum, bits, option, good, limit... */
	int32_t number2;                 /**< total of BURST, maximum of CLIENTS */
	double real;                     /**< s, ppm, ratio, threshold */
	int64_t time;                    /**< SETTIME, ns since 1970 */
	unsigned mask_bits, option_bits; /**< MODIFY_SELECTOPTS, as sets of enum select_option */
	uint32_t min_hits;
	bool reset;                   /**< CLIENTS: zero the counters */
	struct source_options source; /**< ADD_SOURCE; its kind may be any number */
	bool bad_name;                /**< ADD_SOURCE: the name had no end and is left empty */
	struct {
		bool on;
		int stratum;
		bool orphan;
		double distance, activate, waitsynced, waitunsynced; /**< s */
	} local;
};

/** The most records in a CLIENTS reply. */
#define CMDMON_CLIENTS_MAX 8

/** A reply. */
struct cmdmon_reply {
	uint16_t command;
	uint16_t kind; /**< enum cmdmon_reply_kind */
	uint16_t status;
	uint32_t sequence;
	uint8_t version;
	union {
		uint32_t n_sources;
		struct report_source source;
		struct report_tracking tracking;
		struct report_sourcestats sourcestats;
		struct report_rtc rtc;
		struct report_activity activity;
		struct report_smoothing smoothing;
		struct report_ntpdata ntpdata;
		struct report_auth auth;
		struct report_select select;
		struct report_serverstats serverstats;
		struct report_nts nts;
		struct report_refused refused;
		char name[SOURCE_NAME + 1];
		struct report_manual manual_timestamp;
		struct {
			uint32_t n;
			struct report_manual_sample samples[REPORT_MANUAL_MAX];
		} manual_list;
		struct {
			uint32_t table_size, next, n;
			struct report_client clients[CMDMON_CLIENTS_MAX];
		} clients;
	} u;
};

/** Words of the opencommands directive as bits: bit i belongs to cmdmon_group_words[i]. */
enum cmdmon_group {
	CMDMON_GROUP_ACTIVITY = 0x0001,
	CMDMON_GROUP_AUTHDATA = 0x0002,
	CMDMON_GROUP_CLIENTS = 0x0004,
	CMDMON_GROUP_MANUAL = 0x0008,
	CMDMON_GROUP_NTPDATA = 0x0010,
	CMDMON_GROUP_RTCDATA = 0x0020,
	CMDMON_GROUP_SELECTDATA = 0x0040,
	CMDMON_GROUP_SERVERSTATS = 0x0080,
	CMDMON_GROUP_SMOOTHING = 0x0100,
	CMDMON_GROUP_SOURCENAME = 0x0200,
	CMDMON_GROUP_SOURCES = 0x0400,
	CMDMON_GROUP_SOURCESTATS = 0x0800,
	CMDMON_GROUP_TRACKING = 0x1000,
	/** What is open by UDP without an opencommands directive. */
	CMDMON_GROUPS_DEFAULT = CMDMON_GROUP_ACTIVITY | CMDMON_GROUP_MANUAL | CMDMON_GROUP_RTCDATA |
				CMDMON_GROUP_SMOOTHING | CMDMON_GROUP_SOURCENAME |
				CMDMON_GROUP_SOURCES | CMDMON_GROUP_SOURCESTATS |
				CMDMON_GROUP_TRACKING,
};

/** The words of enum cmdmon_group in the order of the bits, NULL-terminated. */
extern const char *const cmdmon_group_words[];

/** What the protocol says of a command. */
struct cmdmon_rule {
	uint16_t command;
	uint16_t reply;        /**< kind of a good reply */
	uint16_t length;       /**< length that a request is padded to: no reply is longer */
	uint16_t least_length; /**< shortest request answered: an older client's padding */
	bool writes;           /**< changes state: only on the Unix socket */
	unsigned groups;       /**< set of enum cmdmon_group that open it by UDP */
};

/** The rule of a command, or NULL for numbers that do not exist. */
const struct cmdmon_rule *cmdmon_rule(uint16_t command);

/**
 * The kind of reply that a request of this length wants: clients pad to the reply they know, so an
 * older client is told by its shorter request.
 */
uint16_t cmdmon_reply_for(const struct cmdmon_rule *rule, size_t length);

/** Length of a reply of this kind, or 0 for kinds that are not known. */
size_t cmdmon_reply_length(uint16_t kind);

/**
 * Writes a request with its padding. Returns its length, -EINVAL for a command that does not exist,
 * -ENOSPC.
 */
int cmdmon_request_encode(const struct cmdmon_request *q, uint8_t *p, size_t room);

/**
 * Reads a request. Returns 0; -EBADMSG for what must not be answered; or a positive cmdmon_status
 * to answer with (then only command, attempt, sequence and length are filled). Values are as sent:
 * what is out of range is for the command to judge. Only -EBADMSG leaves ret as it was.
 */
int cmdmon_request_decode(struct span datagram, struct cmdmon_request *ret);

/** Writes a reply; a null one when its status is not CMDMON_OK. Returns its length or -ENOSPC. */
int cmdmon_reply_encode(const struct cmdmon_reply *r, uint8_t *p, size_t room);

/**
 * Reads a reply. Of a kind that is not known only the header is filled. A name that fills its whole
 * field (256 characters) was cut by the sender.
 * Returns 0; -EBADMSG when it is no reply, or one of another version that does not say
 * CMDMON_BAD_VERSION (or says it in a version below 4); -EMSGSIZE when it is cut short.
 */
int cmdmon_reply_decode(struct span datagram, struct cmdmon_reply *ret);

/** The private 32-bit float of the protocol. */
uint32_t cmdmon_float_encode(double x);
double cmdmon_float_decode(uint32_t w);

#endif
