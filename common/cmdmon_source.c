/* SPDX-License-Identifier: BSD-2-Clause */
/* ADD_SOURCE of chrony's control protocol in the layouts of 4.0 to 4.8 (64) and of 4.9 (75). */
#include "config.h"

#include <string.h>

#include "common/cmdmon_codec.h"

/* Flags that both layouts have at the same bits. */
#define FLAG_ONLINE       UINT32_C(0x00000001)
#define FLAG_AUTO_OFFLINE UINT32_C(0x00000002)
#define FLAG_IBURST       UINT32_C(0x00000004)
#define FLAG_XLEAVE       UINT32_C(0x00000080)
#define FLAG_BURST        UINT32_C(0x00000100)
#define FLAG_NTS          UINT32_C(0x00000200)
#define FLAG_COPY         UINT32_C(0x00000400)

/* Flags whose bits moved. */
struct moved_flags {
	uint32_t mono_root, net_correction, ip4, ip6;
};

static const struct moved_flags flags_old = {0x800, 0x1000, 0x2000, 0x4000};
static const struct moved_flags flags_new = {UINT32_C(0x80000000), 0x10000, 0x800, 0x1000};

/* maxunreach of clients that do not know it yet: a reserved word, so zero. */
#define MAXUNREACH_NONE 0

static const struct {
	uint32_t flag;
	unsigned option;
} select_flags[] = {
	{0x08, SELECT_PREFER},
	{0x10, SELECT_NOSELECT},
	{0x20, SELECT_TRUST},
	{0x40, SELECT_REQUIRE},
};

#define N_SELECT_FLAGS (sizeof(select_flags) / sizeof(select_flags[0]))

uint32_t cmdmon_select_to_flags(unsigned options)
{
	uint32_t flags = 0;

	for (size_t i = 0; i < N_SELECT_FLAGS; i++)
		if (options & select_flags[i].option)
			flags |= select_flags[i].flag;
	return flags;
}

unsigned cmdmon_select_from_flags(uint32_t flags)
{
	unsigned options = 0;

	for (size_t i = 0; i < N_SELECT_FLAGS; i++)
		if (flags & select_flags[i].flag)
			options |= select_flags[i].option;
	return options;
}

static uint32_t when(bool on, uint32_t flag)
{
	return on ? flag : 0;
}

static uint32_t flags_of(const struct source_options *o, const struct moved_flags *moved)
{
	return when(o->online, FLAG_ONLINE) | when(o->auto_offline, FLAG_AUTO_OFFLINE) |
	       when(o->iburst, FLAG_IBURST) | when(o->xleave, FLAG_XLEAVE) |
	       when(o->burst, FLAG_BURST) | when(o->nts, FLAG_NTS) | when(o->copy, FLAG_COPY) |
	       when(o->ip4_only, moved->ip4) | when(o->ip6_only, moved->ip6) |
	       when(o->extensions & SOURCE_EXT_NET_CORRECTION, moved->net_correction) |
	       when(o->extensions & SOURCE_EXT_MONO_ROOT, moved->mono_root) |
	       cmdmon_select_to_flags(o->select);
}

static void flags_into(uint32_t flags, const struct moved_flags *moved, struct source_options *o)
{
	o->online = flags & FLAG_ONLINE;
	o->auto_offline = flags & FLAG_AUTO_OFFLINE;
	o->iburst = flags & FLAG_IBURST;
	o->xleave = flags & FLAG_XLEAVE;
	o->burst = flags & FLAG_BURST;
	o->nts = flags & FLAG_NTS;
	o->copy = flags & FLAG_COPY;
	o->ip4_only = flags & moved->ip4;
	o->ip6_only = flags & moved->ip6;
	o->extensions = 0;
	if (flags & moved->net_correction)
		o->extensions |= SOURCE_EXT_NET_CORRECTION;
	if (flags & moved->mono_root)
		o->extensions |= SOURCE_EXT_MONO_ROOT;
	o->select = cmdmon_select_from_flags(flags);
}

static void codec_flags(struct codec *c, struct source_options *o, const struct moved_flags *moved)
{
	uint32_t flags = codec_u32(c, flags_of(o, moved));

	flags_into(flags, moved, o);
}

static void codec_name(struct codec *c, struct cmdmon_request *q)
{
	char *name = q->source.name;

	codec_text(c, name, SOURCE_NAME);
	q->bad_name = name[SOURCE_NAME - 1] != 0;
	if (q->bad_name && !c->writing)
		memset(name, 0, SOURCE_NAME);
}

/* What both layouts begin with: from the type to maxsamples. */
static void codec_common(struct codec *c, struct cmdmon_request *q)
{
	struct source_options *o = &q->source;

	o->kind = (enum source_kind)codec_u32(c, o->kind);
	codec_name(c, q);
	o->port = codec_count(c, o->port);
	o->minpoll = codec_i32(c, o->minpoll);
	o->maxpoll = codec_i32(c, o->maxpoll);
	o->presend = codec_i32(c, o->presend);
	o->minstratum = codec_count(c, o->minstratum);
	o->polltarget = codec_count(c, o->polltarget);
	o->version = codec_count(c, o->version);
	o->maxsources = codec_count(c, o->maxsources);
	o->minsamples = codec_i32(c, o->minsamples);
	o->maxsamples = codec_i32(c, o->maxsamples);
}

void cmdmon_codec_source_old(struct codec *c, struct cmdmon_request *q)
{
	struct source_options *o = &q->source;

	codec_common(c, q);
	o->key = codec_u32(c, o->key);
	o->nts_port = codec_count(c, o->nts_port);
	o->maxdelay = codec_real(c, o->maxdelay);
	o->maxdelayratio = codec_real(c, o->maxdelayratio);
	o->maxdelaydevratio = codec_real(c, o->maxdelaydevratio);
	o->mindelay = codec_real(c, o->mindelay);
	o->asymmetry = codec_real(c, o->asymmetry);
	o->offset = codec_real(c, o->offset);
	codec_flags(c, o, &flags_old);
	o->filter = codec_i32(c, o->filter);
	o->certset = codec_u32(c, o->certset);
	o->maxdelayquant = codec_real(c, o->maxdelayquant);
	o->maxunreach = codec_i32(c, o->maxunreach);
	if (o->maxunreach == MAXUNREACH_NONE)
		o->maxunreach = source_options_default(SOURCE_SERVER).maxunreach;
}

void cmdmon_codec_source(struct codec *c, struct cmdmon_request *q)
{
	struct source_options *o = &q->source;

	codec_common(c, q);
	o->maxunreach = codec_i32(c, o->maxunreach);
	o->filter = codec_i32(c, o->filter);
	o->key = codec_u32(c, o->key);
	o->nts_port = codec_count(c, o->nts_port);
	o->certset = codec_u32(c, o->certset);
	o->maxntsretry = codec_i32(c, o->maxntsretry);
	o->maxdelay = codec_real(c, o->maxdelay);
	o->maxdelayratio = codec_real(c, o->maxdelayratio);
	o->maxdelaydevratio = codec_real(c, o->maxdelaydevratio);
	o->maxdelayquant = codec_real(c, o->maxdelayquant);
	o->mindelay = codec_real(c, o->mindelay);
	o->asymmetry = codec_real(c, o->asymmetry);
	o->offset = codec_real(c, o->offset);
	codec_flags(c, o, &flags_new);
	codec_reserved(c, 32, 0);
}
