/* SPDX-License-Identifier: BSD-2-Clause */
/* Replies of the control protocol: one line a kind, and the layouts of their payloads. */
#include "config.h"

#include <errno.h>
#include <string.h>

#include "common/cmdmon_codec.h"
#include "common/text.h"

#define PACKET_REPLY 2

/* Daemons since this version tell clients of other versions apart by a status. */
#define VERSION_TELLS 4

/* Flags of NTP_DATA and SMOOTHING. */
#define NTP_TESTS         UINT32_C(0x03ff)
#define NTP_INTERLEAVED   UINT32_C(0x4000)
#define NTP_AUTHENTICATED UINT32_C(0x8000)
#define SMOOTHING_ACTIVE  UINT32_C(0x1)
#define SMOOTHING_LEAP    UINT32_C(0x2)

typedef void payload_codec(struct codec *c, struct cmdmon_reply *r);

static void payload_n_sources(struct codec *c, struct cmdmon_reply *r)
{
	r->u.n_sources = codec_u32(c, r->u.n_sources);
}

static void payload_source(struct codec *c, struct cmdmon_reply *r)
{
	struct report_source *s = &r->u.source;

	s->address = codec_address(c, s->address);
	s->poll = codec_i16(c, s->poll);
	s->stratum = (int)codec_u16(c, (uint32_t)s->stratum);
	s->state = (enum report_state)codec_u16(c, s->state);
	s->mode = (enum report_mode)codec_u16(c, s->mode);
	codec_reserved(c, 2, 0);
	s->reach = codec_u16(c, s->reach);
	s->age = codec_u32(c, s->age);
	s->original_offset = codec_real(c, s->original_offset);
	s->adjusted_offset = codec_real(c, s->adjusted_offset);
	s->error = codec_real(c, s->error);
}

static void payload_tracking(struct codec *c, struct cmdmon_reply *r)
{
	struct report_tracking *t = &r->u.tracking;

	t->refid = codec_u32(c, t->refid);
	t->address = codec_address(c, t->address);
	t->stratum = (int)codec_u16(c, (uint32_t)t->stratum);
	t->leap = (enum leap)codec_u16(c, t->leap);
	t->reference_time = codec_time(c, t->reference_time);
	t->correction = codec_real(c, t->correction);
	t->last_offset = codec_real(c, t->last_offset);
	t->rms_offset = codec_real(c, t->rms_offset);
	t->frequency_ppm = codec_real(c, t->frequency_ppm);
	t->residual_ppm = codec_real(c, t->residual_ppm);
	t->skew_ppm = codec_real(c, t->skew_ppm);
	t->root_delay = codec_real(c, t->root_delay);
	t->root_dispersion = codec_real(c, t->root_dispersion);
	t->update_interval = codec_real(c, t->update_interval);
}

static void payload_sourcestats(struct codec *c, struct cmdmon_reply *r)
{
	struct report_sourcestats *s = &r->u.sourcestats;

	s->refid = codec_u32(c, s->refid);
	s->address = codec_address(c, s->address);
	s->samples = codec_u32(c, s->samples);
	s->runs = codec_u32(c, s->runs);
	s->span = codec_u32(c, s->span);
	s->std_dev = codec_real(c, s->std_dev);
	s->residual_ppm = codec_real(c, s->residual_ppm);
	s->skew_ppm = codec_real(c, s->skew_ppm);
	s->offset = codec_real(c, s->offset);
	s->offset_error = codec_real(c, s->offset_error);
}

static void payload_rtc(struct codec *c, struct cmdmon_reply *r)
{
	struct report_rtc *t = &r->u.rtc;

	t->reference_time = codec_time(c, t->reference_time);
	t->samples = (int)codec_u16(c, (uint32_t)t->samples);
	t->runs = (int)codec_u16(c, (uint32_t)t->runs);
	t->span = codec_u32(c, t->span);
	t->offset = codec_real(c, t->offset);
	t->rate_ppm = codec_real(c, t->rate_ppm);
}

static void payload_activity(struct codec *c, struct cmdmon_reply *r)
{
	struct report_activity *a = &r->u.activity;

	a->online = codec_i32(c, a->online);
	a->offline = codec_i32(c, a->offline);
	a->burst_online = codec_i32(c, a->burst_online);
	a->burst_offline = codec_i32(c, a->burst_offline);
	a->unresolved = codec_i32(c, a->unresolved);
}

static void payload_smoothing(struct codec *c, struct cmdmon_reply *r)
{
	struct report_smoothing *s = &r->u.smoothing;
	uint32_t flags = (s->active ? SMOOTHING_ACTIVE : 0) | (s->leap_only ? SMOOTHING_LEAP : 0);

	flags = codec_u32(c, flags);
	s->active = flags & SMOOTHING_ACTIVE;
	s->leap_only = flags & SMOOTHING_LEAP;
	s->offset = codec_real(c, s->offset);
	s->frequency_ppm = codec_real(c, s->frequency_ppm);
	s->wander_ppm = codec_real(c, s->wander_ppm);
	s->last_update = codec_real(c, s->last_update);
	s->remaining = codec_real(c, s->remaining);
}

static void payload_manual_timestamp(struct codec *c, struct cmdmon_reply *r)
{
	r->u.manual_timestamp.offset = codec_real(c, r->u.manual_timestamp.offset);
	r->u.manual_timestamp.frequency_ppm = codec_real(c, r->u.manual_timestamp.frequency_ppm);
	r->u.manual_timestamp.new_frequency_ppm =
		codec_real(c, r->u.manual_timestamp.new_frequency_ppm);
}

static void payload_manual_list(struct codec *c, struct cmdmon_reply *r)
{
	uint32_t n = codec_u32(c, r->u.manual_list.n);

	r->u.manual_list.n = n < REPORT_MANUAL_MAX ? n : REPORT_MANUAL_MAX;
	for (size_t i = 0; i < REPORT_MANUAL_MAX; i++) {
		struct report_manual_sample *s = &r->u.manual_list.samples[i];

		if (i >= r->u.manual_list.n)
			memset(s, 0, sizeof(*s));
		s->when = codec_time(c, s->when);
		s->slewed = codec_real(c, s->slewed);
		s->original = codec_real(c, s->original);
		s->residual = codec_real(c, s->residual);
	}
}

static void payload_name(struct codec *c, struct cmdmon_reply *r)
{
	codec_text(c, r->u.name, SOURCE_NAME);
	/* Whoever answers in the daemon's place must not reach a terminal. */
	if (!c->writing)
		text_tame_name(r->u.name);
}

/* A message has blanks, but nothing else that a name has not. */
static void payload_trouble(struct codec *c, struct cmdmon_reply *r)
{
	codec_text(c, r->u.name, SOURCE_NAME);
	for (char *s = r->u.name; !c->writing && *s; s++) {
		if (*s < ' ' || *s > '~')
			*s = '?';
	}
}

static void payload_auth(struct codec *c, struct cmdmon_reply *r)
{
	struct report_auth *a = &r->u.auth;

	a->mode = (int)codec_u16(c, (uint32_t)a->mode);
	a->key_type = (int)codec_u16(c, (uint32_t)a->key_type);
	a->key_id = codec_u32(c, a->key_id);
	a->key_bits = (int)codec_u16(c, (uint32_t)a->key_bits);
	a->ke_attempts = (int)codec_u16(c, (uint32_t)a->ke_attempts);
	a->ke_age = codec_u32(c, a->ke_age);
	a->cookies = (int)codec_u16(c, (uint32_t)a->cookies);
	a->cookie_bytes = (int)codec_u16(c, (uint32_t)a->cookie_bytes);
	a->nak = codec_u16(c, a->nak) != 0;
	codec_reserved(c, 2, 0);
}

static void codec_client(struct codec *c, struct report_client *l)
{
	l->address = codec_address(c, l->address);
	l->ntp_hits = codec_u32(c, l->ntp_hits);
	l->nke_hits = codec_u32(c, l->nke_hits);
	l->cmd_hits = codec_u32(c, l->cmd_hits);
	l->ntp_drops = codec_u32(c, l->ntp_drops);
	l->nke_drops = codec_u32(c, l->nke_drops);
	l->cmd_drops = codec_u32(c, l->cmd_drops);
	l->ntp_interval = codec_i8(c, l->ntp_interval);
	l->nke_interval = codec_i8(c, l->nke_interval);
	l->cmd_interval = codec_i8(c, l->cmd_interval);
	l->ntp_timeout_interval = codec_i8(c, l->ntp_timeout_interval);
	l->ntp_age = codec_u32(c, l->ntp_age);
	l->nke_age = codec_u32(c, l->nke_age);
	l->cmd_age = codec_u32(c, l->cmd_age);
}

static void payload_clients(struct codec *c, struct cmdmon_reply *r)
{
	uint32_t n;

	r->u.clients.table_size = codec_u32(c, r->u.clients.table_size);
	r->u.clients.next = codec_u32(c, r->u.clients.next);
	n = codec_u32(c, r->u.clients.n);
	r->u.clients.n = n < CMDMON_CLIENTS_MAX ? n : CMDMON_CLIENTS_MAX;
	for (size_t i = 0; i < CMDMON_CLIENTS_MAX; i++) {
		if (i >= r->u.clients.n)
			memset(&r->u.clients.clients[i], 0, sizeof(r->u.clients.clients[i]));
		codec_client(c, &r->u.clients.clients[i]);
	}
}

static void payload_select(struct codec *c, struct cmdmon_reply *r)
{
	struct report_select *s = &r->u.select;

	s->refid = codec_u32(c, s->refid);
	s->address = codec_address(c, s->address);
	s->state = (char)codec_i8(c, s->state);
	s->authenticated = codec_u8(c, s->authenticated) != 0;
	s->leap = (enum leap)codec_u8(c, s->leap);
	codec_reserved(c, 1, 0);
	s->configured = codec_u16(c, s->configured);
	s->effective = codec_u16(c, s->effective);
	s->age = codec_u32(c, s->age);
	s->score = codec_real(c, s->score);
	s->low = codec_real(c, s->low);
	s->high = codec_real(c, s->high);
}

/* The first n counters, of 4 or 8 bytes, in the order of all versions. */
static void codec_counters(struct codec *c, struct report_serverstats *s, size_t n, bool wide)
{
	uint64_t *counters[] = {&s->ntp_hits, &s->nke_hits, &s->cmd_hits, &s->ntp_drops,
		&s->nke_drops, &s->cmd_drops, &s->log_drops, &s->ntp_auth_hits,
		&s->ntp_interleaved_hits, &s->ntp_timestamps, &s->ntp_span, &s->daemon_rx,
		&s->daemon_tx, &s->kernel_rx, &s->kernel_tx, &s->hw_rx, &s->hw_tx};

	for (size_t i = 0; i < n; i++)
		*counters[i] =
			wide ? codec_u64(c, *counters[i]) : codec_u32(c, (uint32_t)*counters[i]);
}

static void payload_serverstats2(struct codec *c, struct cmdmon_reply *r)
{
	codec_counters(c, &r->u.serverstats, 8, false);
}

static void payload_serverstats3(struct codec *c, struct cmdmon_reply *r)
{
	codec_counters(c, &r->u.serverstats, 11, false);
}

static void payload_serverstats(struct codec *c, struct cmdmon_reply *r)
{
	codec_counters(c, &r->u.serverstats, 17, true);
	codec_reserved(c, 32, 0xff);
}

static void codec_ntpdata(struct codec *c, struct report_ntpdata *d)
{
	uint32_t flags = (d->tests & NTP_TESTS) | (d->interleaved ? NTP_INTERLEAVED : 0) |
			 (d->authenticated ? NTP_AUTHENTICATED : 0);

	d->remote = codec_address(c, d->remote);
	d->local = codec_address(c, d->local);
	d->port = (uint16_t)codec_u16(c, d->port);
	d->leap = (enum leap)codec_u8(c, d->leap);
	d->version = (int)codec_u8(c, (uint32_t)d->version);
	d->mode = (int)codec_u8(c, (uint32_t)d->mode);
	d->stratum = (int)codec_u8(c, (uint32_t)d->stratum);
	d->poll = codec_i8(c, d->poll);
	d->precision = codec_i8(c, d->precision);
	d->root_delay = codec_real(c, d->root_delay);
	d->root_dispersion = codec_real(c, d->root_dispersion);
	d->refid = codec_u32(c, d->refid);
	d->reference_time = codec_time(c, d->reference_time);
	d->offset = codec_real(c, d->offset);
	d->delay = codec_real(c, d->delay);
	d->dispersion = codec_real(c, d->dispersion);
	d->response_time = codec_real(c, d->response_time);
	d->asymmetry = codec_real(c, d->asymmetry);
	flags = codec_u16(c, flags);
	d->tests = flags & NTP_TESTS;
	d->interleaved = flags & NTP_INTERLEAVED;
	d->authenticated = flags & NTP_AUTHENTICATED;
	d->tx_stamp = (char)codec_i8(c, d->tx_stamp);
	d->rx_stamp = (char)codec_i8(c, d->rx_stamp);
	d->total_tx = codec_u32(c, d->total_tx);
	d->total_rx = codec_u32(c, d->total_rx);
	d->total_valid = codec_u32(c, d->total_valid);
	d->total_good = codec_u32(c, d->total_good);
}

static void payload_ntpdata_old(struct codec *c, struct cmdmon_reply *r)
{
	codec_ntpdata(c, &r->u.ntpdata);
	codec_reserved(c, 12, 0xff);
}

static void payload_ntpdata(struct codec *c, struct cmdmon_reply *r)
{
	struct report_ntpdata *d = &r->u.ntpdata;

	codec_ntpdata(c, d);
	d->total_kernel_tx = codec_u32(c, d->total_kernel_tx);
	d->total_kernel_rx = codec_u32(c, d->total_kernel_rx);
	d->total_hw_tx = codec_u32(c, d->total_hw_tx);
	d->total_hw_rx = codec_u32(c, d->total_hw_rx);
	codec_reserved(c, 16, 0xff);
}

/* Seconds as nanoseconds in 8 bytes. */
static double codec_seconds(struct codec *c, double s)
{
	return (double)codec_u64(c, s > 0 ? (uint64_t)(s * 1e9 + 0.5) : 0) / 1e9;
}

/* In the order of ntpq -c nts, then what that has not. */
static void payload_nts_info(struct codec *c, struct cmdmon_reply *r)
{
	struct report_nts_client *n = &r->u.nts.client;
	struct report_nts_server *s = &r->u.nts.server;
	uint64_t *counters[] = {&n->requests, &n->good, &n->bad, &s->requests_good,
		&s->requests_bad, &s->replies, &s->cookies_made, &s->cookies_not_server,
		&s->cookies_current, &s->cookies_old, &s->cookies_old2, &s->cookies_older,
		&s->cookies_too_old, &s->cookies_bad, &s->ke_good, &s->ke_no_tls, &s->ke_bad,
		&n->ke_good, &n->ke_bad, &n->naks, &s->naks};
	double *times[] = {&s->ke_good_wall, &s->ke_good_cpu, &s->ke_no_tls_wall, &s->ke_no_tls_cpu,
		&s->ke_bad_wall, &s->ke_bad_cpu};

	for (size_t i = 0; i < sizeof(counters) / sizeof(counters[0]); i++)
		*counters[i] = codec_u64(c, *counters[i]);
	for (size_t i = 0; i < sizeof(times) / sizeof(times[0]); i++)
		*times[i] = codec_seconds(c, *times[i]);
	codec_reserved(c, 16, 0);
}

static void payload_refusals(struct codec *c, struct cmdmon_reply *r)
{
	struct report_refused *f = &r->u.refused;

	f->malformed = codec_u64(c, f->malformed);
	f->denied = codec_u64(c, f->denied);
	f->not_authentic = codec_u64(c, f->not_authentic);
	f->ignored = codec_u64(c, f->ignored);
	f->unsent = codec_u64(c, f->unsent);
	codec_reserved(c, 16, 0);
}

/* A kind of reply: its length in all, and its payload when it has one. */
static const struct kind {
	uint16_t length;
	payload_codec *payload;
} kinds[] = {
	[CMDMON_REPLY_NULL] = {28, NULL},
	[CMDMON_REPLY_N_SOURCES] = {32, payload_n_sources},
	[CMDMON_REPLY_SOURCE_DATA] = {76, payload_source},
	[CMDMON_REPLY_TRACKING] = {104, payload_tracking},
	[CMDMON_REPLY_SOURCESTATS] = {84, payload_sourcestats},
	[CMDMON_REPLY_RTC] = {56, payload_rtc},
	[CMDMON_REPLY_ACTIVITY] = {48, payload_activity},
	[CMDMON_REPLY_SMOOTHING] = {52, payload_smoothing},
	[CMDMON_REPLY_NTP_DATA_OLD] = {152, payload_ntpdata_old},
	[CMDMON_REPLY_MANUAL_TIMESTAMP] = {40, payload_manual_timestamp},
	[CMDMON_REPLY_MANUAL_LIST] = {416, payload_manual_list},
	[CMDMON_REPLY_NAME] = {284, payload_name},
	[CMDMON_REPLY_AUTH_DATA] = {52, payload_auth},
	[CMDMON_REPLY_CLIENTS] = {520, payload_clients},
	[CMDMON_REPLY_SERVER_STATS2] = {60, payload_serverstats2},
	[CMDMON_REPLY_SELECT_DATA] = {76, payload_select},
	[CMDMON_REPLY_SERVER_STATS3] = {72, payload_serverstats3},
	[CMDMON_REPLY_SERVER_STATS] = {196, payload_serverstats},
	[CMDMON_REPLY_NTP_DATA] = {172, payload_ntpdata},
};

#define N_KINDS (sizeof(kinds) / sizeof(kinds[0]))

/* Ours, in the order of their numbers from CMDMON_OWN + 1. */
static const struct kind own_kinds[] = {
	{260, payload_nts_info},
	{84, payload_refusals},
	{284, payload_trouble},
};

#define N_OWN_KINDS (sizeof(own_kinds) / sizeof(own_kinds[0]))

static const struct kind *kind_find(uint16_t number)
{
	if (number > CMDMON_OWN && number <= CMDMON_OWN + N_OWN_KINDS)
		return &own_kinds[number - CMDMON_OWN - 1];
	if (number >= N_KINDS || kinds[number].length == 0)
		return NULL;
	return &kinds[number];
}

size_t cmdmon_reply_length(uint16_t number)
{
	const struct kind *kind = kind_find(number);

	return kind ? kind->length : 0;
}

uint16_t cmdmon_reply_for(const struct cmdmon_rule *rule, size_t length)
{
	if (length >= rule->length)
		return rule->reply;
	if (rule->command == CMDMON_NTP_DATA)
		return CMDMON_REPLY_NTP_DATA_OLD;
	if (rule->command == CMDMON_SERVER_STATS)
		return length < kinds[CMDMON_REPLY_SERVER_STATS3].length
			       ? CMDMON_REPLY_SERVER_STATS2
			       : CMDMON_REPLY_SERVER_STATS3;
	return rule->reply;
}

int cmdmon_reply_encode(const struct cmdmon_reply *r, uint8_t *p, size_t room)
{
	struct cmdmon_reply fields = *r;
	uint16_t number = r->status == CMDMON_OK ? r->kind : CMDMON_REPLY_NULL;
	const struct kind *kind = kind_find(number);
	struct codec c;

	if (!kind || room < kind->length)
		return -ENOSPC;
	c = codec_writing(p, kind->length);
	codec_u8(&c, CMDMON_VERSION);
	codec_u8(&c, PACKET_REPLY);
	codec_reserved(&c, 2, 0);
	codec_u16(&c, r->command);
	codec_u16(&c, number);
	codec_u16(&c, r->status);
	codec_reserved(&c, 6, 0);
	codec_u32(&c, r->sequence);
	codec_reserved(&c, 8, 0);
	if (kind->payload)
		kind->payload(&c, &fields);
	return codec_bad(&c) ? -ENOSPC : kind->length;
}

int cmdmon_reply_decode(struct span datagram, struct cmdmon_reply *ret)
{
	struct codec c = codec_reading(datagram);
	struct cmdmon_reply r = {0};
	const struct kind *kind;
	uint32_t type, reserved;

	r.version = (uint8_t)codec_u8(&c, 0);
	type = codec_u8(&c, 0);
	reserved = codec_u16(&c, 0);
	r.command = (uint16_t)codec_u16(&c, 0);
	r.kind = (uint16_t)codec_u16(&c, 0);
	r.status = (uint16_t)codec_u16(&c, 0);
	codec_reserved(&c, 6, 0);
	r.sequence = codec_u32(&c, 0);
	codec_reserved(&c, 8, 0);
	if (codec_bad(&c) || type != PACKET_REPLY || reserved != 0)
		return -EBADMSG;
	if (r.version != CMDMON_VERSION &&
		(r.version < VERSION_TELLS || r.status != CMDMON_BAD_VERSION))
		return -EBADMSG;
	kind = kind_find(r.kind);
	if (kind && datagram.n < kind->length)
		return -EMSGSIZE;
	if (kind && kind->payload)
		kind->payload(&c, &r);
	*ret = r;
	return 0;
}
