/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the daemon and the program in the network driver (answer.bpf.c) share: the values of its
 * maps. Numbers are in the order of the machine but where it says "network".
 */
#ifndef DAEMON_KERNEL_XDP_LAYOUT_H
#define DAEMON_KERNEL_XDP_LAYOUT_H

#include <stdint.h>

#include "common/limit.h"

/** Publications that are kept: who reads one is long done when it is written over. */
#define XDP_SLOTS 8

/** Addresses of ours that are looked at, of each family; requests to others are passed on. */
#define XDP_OWN 8

/** The NTP header in words of the network. */
#define XDP_HEADER 12

/** For how long a publication is good, ns: less than 2^32. */
#define XDP_GOOD_NS 3000000000

/** Bits after the point of multiplier, and of dispersion_rate. */
#define XDP_MULTIPLIER_BITS 29
#define XDP_RATE_BITS       16

enum xdp_flag {
	XDP_IP4 = 0x1,     /**< requests over IPv4 are answered */
	XDP_IP6 = 0x2,     /**< over IPv6 */
	XDP_LOOKUP4 = 0x4, /**< not to all: the map of prefixes says to whom */
	XDP_LOOKUP6 = 0x8,
	XDP_LOG = 0x10, /**< clients are remembered, and limited */
};

/** A publication. */
struct xdp_slot {
	uint64_t number;     /**< of it, from 1; 0: it is being written, or nothing is answered */
	uint64_t from;       /**< when it was made, by CLOCK_BOOTTIME, ns */
	uint64_t ntp;        /**< what time is served then: an NTP timestamp */
	uint64_t multiplier; /**< of nanoseconds since: units of an NTP timestamp */
	uint64_t dispersion; /**< of the root then, 2^-48 s */
	uint64_t dispersion_rate; /**< 2^-48 s a nanosecond */
	uint32_t tick, tick_ns;   /**< the limits' time then, and what had passed of the tick */
	uint32_t blur;            /**< bits of a timestamp's fraction that are random */
	int32_t least_poll;       /**< log2 s */
	uint32_t flags;           /**< set of enum xdp_flag */
	uint32_t header[XDP_HEADER], rate[XDP_HEADER]; /**< of answers, and of a RATE; network */
	struct limit limit;
	uint32_t own4[XDP_OWN];    /**< our addresses, network; 0: none */
	uint32_t own6[XDP_OWN][4]; /**< all zero: none */
	uint16_t mac[3];           /**< the interface's, network */
	uint16_t port;             /**< network */
	uint32_t class;            /**< of service: the byte in the header of IP */
	uint32_t sets;             /**< of clients: a power of 2 */
	uint64_t secret, salt;     /**< nobody can guess hashes, nor random bits of timestamps */
};

/** The value of the map `published`. */
struct xdp_state {
	uint32_t current; /**< slot; only its bits below XDP_SLOTS */
	uint32_t unused;
	struct xdp_slot slots[XDP_SLOTS];
};

/** Keys of the maps `access4` and `access6`; their value is a uint32_t: 1 allowed, 0 denied. */
struct xdp_prefix4 {
	uint32_t bits;
	uint32_t ip; /**< network */
};
struct xdp_prefix6 {
	uint32_t bits;
	uint32_t ip[4]; /**< network */
};

/** An address, that of IPv4 mapped into IPv6; network. */
struct xdp_client_key {
	uint32_t ip[4];
};

/** What is remembered of a client. */
struct xdp_client {
	struct xdp_client_key key;
	uint64_t born, last; /**< first and last request, by CLOCK_BOOTTIME, ns */
	uint32_t tick;       /**< of the last request */
	uint32_t tokens;
	uint32_t hits, drops;
	int16_t interval, limited; /**< means of requests, and of those after a drop */
	uint16_t port;             /**< of the last request */
	uint8_t version;           /**< likewise */
	uint8_t dropped;           /**< it got no answer */
	uint32_t unused[2];
};

/** Clients of a value of the map `clients`. */
#define XDP_SET 8

/** A value of the map `clients`: those of one remainder of the hash. */
struct xdp_set {
	uint32_t tags[XDP_SET]; /**< the rest of the hash; 0: free, XDP_BUSY: being written */
	uint32_t unused[8];
	struct xdp_client clients[XDP_SET];
};

/** Nobody's tag. */
#define XDP_BUSY 1

/** The value of the map `counts`, of each processor. */
struct xdp_counts {
	uint64_t hits[4];     /**< requests of versions 1 to 4 */
	uint64_t drops, rate; /**< of these: without an answer, and answered with a RATE */
};

#endif
