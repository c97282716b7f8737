/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The client log: who asked for what, how often, when; and from it, who asks too often. One record
 * for each address, in a table of slots of 8 that doubles as it fills, within a memory that is set
 * at the start: nothing is allocated afterwards, and the pages of what is not yet used are not
 * there. Each address has two slots; where both are full in a table that cannot grow, the record of
 * them that was silent longest gives way. Slots are found by a hash under a key of the kernel's
 * randomness: nobody can choose whom to displace.
 * Pure.
 */
#ifndef DAEMON_SERVE_CLIENTS_H
#define DAEMON_SERVE_CLIENTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/report.h"
#include "common/siphash.h"
#include "config/settings.h"

/** What clients ask for. */
enum clients_service {
	CLIENTS_NTP,
	CLIENTS_NKE,     /**< NTS key establishment */
	CLIENTS_COMMAND, /**< reports, by any control protocol */
	CLIENTS_SERVICES,
};

/** What clients are limited to. */
struct clients_limits {
	struct settings_rate_limit buckets[CLIENTS_SERVICES]; /**< kod is of NTP only */
	/** NTP requests are limited by their client's score instead (ntp.conf(5), limit): beyond
	 * average all are too many, and told so up to kod more. */
	bool by_score;
	struct settings_limit score; /**< burst, over which scores decay, always counts; 0: 20 s */
};

struct clients_config {
	size_t bytes; /**< clientloglimit */
	struct clients_limits limits;
	uint8_t key[SIPHASH_KEY]; /**< secret, random */
};

/** A request. */
struct clients_hit {
	enum clients_service service;
	const struct address *address;
	uint16_t port;
	uint8_t mode, version; /**< of the packet */
	bool unlimited;        /**< only counted: no limit applies */
	bool dropped;          /**< of unlimited: a limit was applied elsewhere, to a drop */
	bool untold;           /**< nobody is told of drops: never CLIENTS_KOD */
	int64_t raw;           /**< raw instant */
	int64_t system;        /**< system instant of arrival */
	uint32_t random;       /**< nobody can guess it; needed where a limit is set */
};

/** What a limit says to a request. */
enum clients_verdict {
	CLIENTS_ANSWER,
	CLIENTS_KOD,  /**< tell it to ask less often (RATE) */
	CLIENTS_DROP, /**< no answer; counted */
};

/** A client as the MRU list of mode 6 shows it. */
struct clients_seen {
	struct address address;
	uint16_t port;         /**< of the last request */
	uint8_t mode, version; /**< of the last request */
	int64_t first, last;   /**< system instants; last differs between all records */
	uint64_t packets;      /**< of all services */
	uint64_t drops;
	double score; /**< packets a second, as they decay over time (ntp.conf(5), limit) */
	bool over;    /**< the score of the last request was too high */
	bool told;    /**< and its client was told */
};

struct clients;

/** How many records (a power of 2, 8 at least), and as many pairs of timestamps for interleaved
 * mode (stamps.h), that many bytes hold. */
size_t clients_capacity(size_t bytes);

/** Returns 0 or -ENOMEM. */
int clients_create(const struct clients_config *config, struct clients **ret);
void clients_destroy(struct clients *c);
/** Other limits from now on; what is remembered of clients stays. */
void clients_limit(struct clients *c, const struct clients_limits *limits);

/** Counts a request and says what is to become of it. A drop is already counted. */
enum clients_verdict clients_hit(struct clients *c, const struct clients_hit *hit);

/** What was counted elsewhere of the NTP requests of a client. */
struct clients_elsewhere {
	const struct address *address;
	uint16_t port; /**< of the last request, as are: */
	uint8_t mode, version;
	bool dropped;              /**< it got no answer */
	int64_t born;              /**< tells counts from those that began anew */
	uint32_t hits, drops;      /**< since then */
	int16_t interval, limited; /**< means (limit.h) */
	int64_t first_system, last_system, last_raw;
};

/** Takes over what is new of these counts. Without memory, or where only records of later requests
 * could give way, it is lost. */
void clients_merge(struct clients *c, const struct clients_elsewhere *e);

/** Places in the table now, used or not: it only grows, and records move when it does. */
size_t clients_size(const struct clients *c);
/** Fills the record at a place; ages are at the raw instant now. False when the place is empty. */
bool clients_report(const struct clients *c, size_t place, int64_t raw, struct report_client *ret);
/** Zeroes the counters of the record at a place. */
void clients_reset(struct clients *c, size_t place);

/** How many records are in use. */
size_t clients_count(const struct clients *c);
/** How many records gave way to others. */
uint64_t clients_log_drops(const struct clients *c);

/**
 * The n clients whose last request came soonest after the system instant after, the oldest first;
 * raw: now, for the scores. One pass over the table. Returns how many there are, at most n.
 */
size_t clients_seen_after(
	const struct clients *c, int64_t after, int64_t raw, struct clients_seen *ret, size_t n);
/** The record of an address. False when there is none. */
bool clients_seen_find(const struct clients *c, const struct address *address, int64_t raw,
	struct clients_seen *ret);
/** The instant of the newest request of all, or INT64_MIN. */
int64_t clients_newest(const struct clients *c);

#endif
