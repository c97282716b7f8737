/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Answers given in the driver of a network interface (xdp), before the system's network code sees
 * the requests: what whoever does that has to be told. A fast path begins with `const struct
 * fast_path_ops *ops`; struct kernel makes it.
 */
#ifndef DAEMON_KERNEL_FAST_PATH_H
#define DAEMON_KERNEL_FAST_PATH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/address.h"
#include "common/limit.h"

struct fast_path;

/** The bytes of the header of an NTP packet. */
#define FAST_PATH_HEADER 48

/** What to make it for. */
struct fast_path_config {
	const char *interface;
	size_t clients; /**< how many are remembered: a power of 2, 8 at least; 0: none, and
			 * no limit applies */
};

/** Who has access: the longest prefix decides, default deny. */
struct fast_path_prefix {
	struct address address;
	int bits;
	bool allowed;
};

/** What changes seldom. */
struct fast_path_rules {
	bool ip4, ip6; /**< served at all */
	uint16_t port;
	int dscp;
	struct limit limit;
	const struct fast_path_prefix *prefixes;
	size_t n_prefixes;
	const struct address *own; /**< requests to others are not answered here */
	size_t n_own;
};

/** What answers say. */
struct fast_path_says {
	int64_t at;    /**< instant of read() */
	int64_t truth; /**< the time that is served then, a true instant */
	double rate;   /**< s/s that served time gains on the clock of read() */
	double root_dispersion, dispersion_rate; /**< s then, and s/s */
	int precision;                           /**< log2 s; timestamps are random below it */
	int least_poll;                          /**< log2 s */
	uint8_t header[FAST_PATH_HEADER]; /**< of answers: leap, stratum, precision, root delay and
						reference are taken */
	uint8_t rate_header[FAST_PATH_HEADER]; /**< of a RATE; the root dispersion too */
};

/** What it did; they only grow. */
struct fast_path_counts {
	uint64_t hits[4];     /**< requests of versions 1 to 4 that were taken */
	uint64_t drops, rate; /**< of these: left without an answer by the limit, told of it */
};

/** A client. */
struct fast_path_client {
	struct address address;
	uint16_t port;
	uint8_t version;
	bool dropped;              /**< the last request got no answer */
	int64_t born, last;        /**< first and last request, instants of read() */
	uint32_t hits, drops;      /**< since born */
	int16_t interval, limited; /**< means (limit.h) of requests, and of those after a drop */
};

struct fast_path_ops {
	/** Its clock, which goes as fast as the system clock and is never set, and the system
	 * clock, at one moment. */
	void (*read)(struct fast_path *f, int64_t *ret_at, int64_t *ret_system);
	/** Other rules from now on. Nothing is answered until tell(). Returns 0 or -errno: then
	 * nothing may be told. */
	int (*rules)(struct fast_path *f, const struct fast_path_rules *rules);
	/** What is answered for 3 seconds from now on, or until it is told otherwise. NULL:
	 * nothing.
	 */
	void (*tell)(struct fast_path *f, const struct fast_path_says *says);
	void (*counts)(struct fast_path *f, struct fast_path_counts *ret);
	/** Calls each with every client that is remembered. */
	void (*clients)(struct fast_path *f,
		void (*each)(void *arg, const struct fast_path_client *c), void *arg);
	void (*close)(struct fast_path *f);
};

/** What every implementation begins with. */
struct fast_path {
	const struct fast_path_ops *ops;
	const char *mode; /**< how it is done, for the log */
};

#endif
