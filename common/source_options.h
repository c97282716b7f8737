/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What is said of a time source on its line of the configuration or in an `add` command.
 */
#ifndef COMMON_SOURCE_OPTIONS_H
#define COMMON_SOURCE_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>

#include "common/address.h"
#include "common/option.h"

/** Room for the name of a source with its NUL, as in the control protocol. */
#define SOURCE_NAME 256

/** How a source was asked for. Values of the control protocol (ADD_SOURCE2). */
enum source_kind {
	SOURCE_SERVER = 1,
	SOURCE_PEER = 2,
	SOURCE_POOL = 3,
};

/** Selection options of a source as bits; the values of SELECT_DATA. */
enum select_option {
	SELECT_NOSELECT = 0x1,
	SELECT_PREFER = 0x2,
	SELECT_TRUST = 0x4,
	SELECT_REQUIRE = 0x8,
};

/** Extension fields that a source is to be asked for. */
enum source_extension {
	SOURCE_EXT_NET_CORRECTION = 0x1, /**< 010A */
	SOURCE_EXT_MONO_ROOT = 0x2,      /**< F323 */
};

/** maxdelay..., asymmetry: this value means "to be estimated". */
#define SOURCE_ASYMMETRY_ESTIMATE 1.0

/** The largest correction by hand, s: the offset of a source or of the clock. What NTP's timestamps
 * can tell apart lies within it. */
#define SOURCE_OFFSET_MAX 2147483648.0

/** All options of server, pool and peer (chrony.conf(5)). */
struct source_options {
	enum source_kind kind;
	char name[SOURCE_NAME]; /**< host name or address as configured */
	int port;
	int minpoll, maxpoll; /**< log2 s, -7 to 24 */
	int presend;          /**< log2 s; 100: off */
	int minstratum;
	int polltarget;
	int version;    /**< 1 to 4; 0: automatic */
	int maxsources; /**< of a pool, 1 to 16 */
	int minsamples; /**< -1: the global setting */
	int maxsamples; /**< -1: the global setting */
	int maxunreach;
	int filter;   /**< samples reduced to one by a median; 0: off */
	uint32_t key; /**< of symmetric authentication; 0: none */
	int nts_port;
	uint32_t certset;
	int maxntsretry;      /**< log2 s */
	uint16_t nts_aead;    /**< the only one to be offered; 0: those of the settings */
	bool nts_unchecked;   /**< any certificate is accepted, of whatever name and issuer */
	double maxdelay;      /**< s */
	double maxdelayratio; /**< active if >= 1 */
	double maxdelaydevratio;
	double maxdelayquant; /**< 0: off */
	double mindelay;      /**< s; 0: measured */
	double asymmetry;     /**< -0.5 to 0.5, or SOURCE_ASYMMETRY_ESTIMATE */
	double offset;        /**< s, added to the measured offset; within SOURCE_OFFSET_MAX */
	bool online;
	bool auto_offline;
	bool iburst;
	bool burst;
	bool nts;
	bool copy;
	bool xleave;
	bool ip4_only;
	bool ip6_only;
	char bindaddress[ADDRESS_TEXT]; /**< to send from; empty: that of the settings */
	char binddevice[16];            /**< to send by; empty: that of the settings */
	unsigned select;                /**< set of enum select_option */
	unsigned extensions;            /**< set of enum source_extension */
};

/** The option words of server, pool and peer: a table for option_parse(). */
extern const struct option_rule source_option_rules[];

/** A source of this kind with every option at its default and an empty name. */
struct source_options source_options_default(enum source_kind kind);

/** The address that requests are to be sent from; family ADDRESS_NONE: nothing is said. Returns 0,
 * or -EINVAL when what is said is no address. */
int source_options_bind(const struct source_options *o, struct address *ret);

/**
 * Brings values outside their working range to the nearest that works, as chrony documents:
 * minpoll below -7 becomes 6, above 24 becomes 24, maxpoll is raised to minpoll, and so on.
 */
void source_options_clamp(struct source_options *o);

#endif
