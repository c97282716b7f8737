/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The table of server, pool and peer options, their defaults and working ranges.
 */
#include "config.h"

#include <errno.h>
#include <limits.h>
#include <math.h>
#include <stddef.h>
#include <stdint.h>

#include "common/source_options.h"

#define AT(field) offsetof(struct source_options, field)

const struct option_rule source_option_rules[] = {
	{"asymmetry", OPTION_REAL, AT(asymmetry), -OPTION_ANY, OPTION_ANY,
		"delay asymmetry, -0.5 to 0.5; others: estimated"},
	{"auto_offline", OPTION_FLAG, AT(auto_offline), 0, 0, "offline while sending fails"},
	{"bindaddress", OPTION_TEXT, AT(bindaddress), 0, ADDRESS_TEXT, "address to send from"},
	{"binddevice", OPTION_TEXT, AT(binddevice), 0, 16, "network device to send by"},
	{"burst", OPTION_FLAG, AT(burst), 0, 0, "a burst in place of each request"},
	{"certset", OPTION_U32, AT(certset), 0, UINT32_MAX, "set of trusted certificates"},
	{"copy", OPTION_FLAG, AT(copy), 0, 0, "serve with the stratum and refid of the source"},
	{"extfield", OPTION_HEX_BIT, AT(extensions), SOURCE_EXT_NET_CORRECTION, 0x10a,
		"network correction"},
	{"extfield", OPTION_HEX_BIT, AT(extensions), SOURCE_EXT_NET_CORRECTION, 0xf324,
		"network correction (experimental number)"},
	{"extfield", OPTION_HEX_BIT, AT(extensions), SOURCE_EXT_MONO_ROOT, 0xf323,
		"monotonic root"},
	{"filter", OPTION_INT, AT(filter), 0, INT_MAX, "samples reduced to one"},
	{"iburst", OPTION_FLAG, AT(iburst), 0, 0, "a burst at the start"},
	{"ipv4", OPTION_FLAG, AT(ip4_only), 0, 0, "IPv4 addresses only"},
	{"ipv6", OPTION_FLAG, AT(ip6_only), 0, 0, "IPv6 addresses only"},
	{"key", OPTION_U32, AT(key), 1, UINT32_MAX, "number of the key"},
	{"maxdelay", OPTION_REAL, AT(maxdelay), -OPTION_ANY, OPTION_ANY, "s"},
	{"maxdelaydevratio", OPTION_REAL, AT(maxdelaydevratio), -OPTION_ANY, OPTION_ANY, "ratio"},
	{"maxdelayquant", OPTION_REAL, AT(maxdelayquant), -OPTION_ANY, OPTION_ANY, "quantile"},
	{"maxdelayratio", OPTION_REAL, AT(maxdelayratio), -OPTION_ANY, OPTION_ANY, "ratio"},
	{"maxntsretry", OPTION_INT, AT(maxntsretry), -32, 32, "log2 s"},
	{"maxpoll", OPTION_INT, AT(maxpoll), -32, 32, "log2 s"},
	{"maxsamples", OPTION_INT, AT(maxsamples), 0, INT_MAX, "samples"},
	{"maxsources", OPTION_INT, AT(maxsources), 1, INT_MAX, "sources of a pool"},
	{"maxunreach", OPTION_INT, AT(maxunreach), 0, INT_MAX, "requests without an answer"},
	{"mindelay", OPTION_REAL, AT(mindelay), -OPTION_ANY, OPTION_ANY, "s"},
	{"minpoll", OPTION_INT, AT(minpoll), -32, 32, "log2 s"},
	{"minsamples", OPTION_INT, AT(minsamples), 0, INT_MAX, "samples"},
	{"minstratum", OPTION_INT, AT(minstratum), 0, 16, "stratum"},
	{"noselect", OPTION_BIT, AT(select), SELECT_NOSELECT, 0, "never selected"},
	{"nts", OPTION_FLAG, AT(nts), 0, 0, "Network Time Security"},
	{"ntsport", OPTION_INT, AT(nts_port), 0, 65535, "TCP port"},
	{"offline", OPTION_FLAG_OFF, AT(online), 0, 0, "not polled until told to"},
	{"offset", OPTION_REAL, AT(offset), -SOURCE_OFFSET_MAX, SOURCE_OFFSET_MAX, "s"},
	{"polltarget", OPTION_INT, AT(polltarget), 1, INT_MAX, "samples"},
	{"port", OPTION_INT, AT(port), 0, 65535, "UDP port"},
	{"prefer", OPTION_BIT, AT(select), SELECT_PREFER, 0, "preferred in the selection"},
	{"presend", OPTION_INT, AT(presend), -32, 32, "log2 s"},
	{"require", OPTION_BIT, AT(select), SELECT_REQUIRE, 0, "needed for an update"},
	{"trust", OPTION_BIT, AT(select), SELECT_TRUST, 0, "never a falseticker"},
	{"version", OPTION_INT, AT(version), 1, 4, "NTP version"},
	{"xleave", OPTION_FLAG, AT(xleave), 0, 0, "interleaved mode"},
	{NULL, OPTION_FLAG, 0, 0, 0, NULL},
};

struct source_options source_options_default(enum source_kind kind)
{
	return (struct source_options){
		.kind = kind,
		.port = 123,
		.minpoll = 6,
		.maxpoll = 10,
		.presend = 100,
		.polltarget = 8,
		.maxsources = 4,
		.minsamples = -1,
		.maxsamples = -1,
		.maxunreach = 100000,
		.nts_port = 4460,
		.maxntsretry = 19,
		.maxdelay = 3.0,
		.maxdelaydevratio = 10.0,
		.asymmetry = SOURCE_ASYMMETRY_ESTIMATE,
		.online = true,
	};
}

int source_options_bind(const struct source_options *o, struct address *ret)
{
	*ret = (struct address){.family = ADDRESS_NONE};
	return o->bindaddress[0] && address_parse(o->bindaddress, ret) < 0 ? -EINVAL : 0;
}

/** v within [low, high]. */
static int clamp(int v, int low, int high)
{
	return v < low ? low : v > high ? high : v;
}

/** A poll interval: below what works it is the default, above it the longest. */
static int clamp_poll(int v, int otherwise)
{
	return v < -7 ? otherwise : clamp(v, -7, 24);
}

void source_options_clamp(struct source_options *o)
{
	o->minpoll = clamp_poll(o->minpoll, 6);
	o->maxpoll = clamp_poll(o->maxpoll, 10);
	if (o->maxpoll < o->minpoll) {
		o->maxpoll = o->minpoll;
	}
	o->minstratum = clamp(o->minstratum, 0, 15);
	o->maxsources = clamp(o->maxsources, 1, 16);
	o->filter = clamp(o->filter, 0, 256);
	o->maxntsretry = clamp(o->maxntsretry, 6, 24);
	o->maxdelay = fmin(fmax(o->maxdelay, 0.0), 1e3);
	o->maxdelayratio = fmin(fmax(o->maxdelayratio, 0.0), 1e6);
	o->maxdelaydevratio = fmin(fmax(o->maxdelaydevratio, 0.0), 1e6);
	o->maxdelayquant = o->maxdelayquant > 0.0 ? fmin(fmax(o->maxdelayquant, 0.05), 0.95) : 0.0;
	o->offset = fmin(fmax(o->offset, -SOURCE_OFFSET_MAX), SOURCE_OFFSET_MAX);
	if (!(o->asymmetry >= -0.5 && o->asymmetry <= 0.5)) {
		o->asymmetry = SOURCE_ASYMMETRY_ESTIMATE;
	}
	if (o->kind == SOURCE_PEER) {
		/* A peer is not asked but talked with: these have no meaning there. */
		o->burst = false;
		o->iburst = false;
		o->copy = false;
	}
}
