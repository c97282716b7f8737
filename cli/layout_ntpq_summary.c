/* SPDX-License-Identifier: BSD-2-Clause */
/* Reports with a line a variable: what each holds, and how a line looks. */
#define _GNU_SOURCE
#include "config.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/layout_ntpq.h"
#include "cli/ntpq_cook.h"
#include "cli/ntpq_wire.h"

#define VALUE 13

/* What a value is. */
enum kind {
	ANY,    /* as rv shows it */
	MODE,   /* of a packet, in words */
	UPTIME, /* s; what is counted after it was counted in that time */
	TIME,   /* s, that nothing was counted in */
	COUNT,  /* with its rate */
	END,
};

struct row {
	const char *label, *name;
	enum kind kind;
};

static const struct row sysinfo[] = {{"system peer:", "peeradr", ANY},
	{"system peer mode:", "peermode", MODE}, {"leap indicator:", "leap", ANY},
	{"stratum:", "stratum", ANY}, {"log2 precision:", "precision", ANY},
	{"root delay:", "rootdelay", ANY}, {"root dispersion:", "rootdisp", ANY},
	{"root distance", "rootdist", ANY}, {"reference ID:", "refid", ANY},
	{"reference time:", "reftime", ANY}, {"system jitter:", "sys_jitter", ANY},
	{"clock jitter:", "clk_jitter", ANY}, {"clock wander:", "clk_wander", ANY},
	{"symm. auth. delay:", "authdelay", ANY}, {.name = NULL}};

static const struct row sysstats[] = {{"uptime:", "ss_uptime", TIME},
	{"control requests:", "ss_numctlreq", ANY}, {"sysstats reset:", "ss_reset", UPTIME},
	{"packets received:", "ss_received", COUNT}, {"current version:", "ss_thisver", COUNT},
	{"older version:", "ss_oldver", COUNT}, {"NTPv1 total:", "ss_ver1", COUNT},
	{"NTPv1 clients:", "ss_ver1client", COUNT}, {"NTPv1 mode0:", "ss_ver1zero", COUNT},
	{"NTPv1 symm act:", "ss_ver1symm", COUNT}, {"bad length or format:", "ss_badformat", COUNT},
	{"authentication failed:", "ss_badauth", COUNT}, {"declined:", "ss_declined", COUNT},
	{"restricted:", "ss_restricted", COUNT}, {"rate limited:", "ss_limited", COUNT},
	{"KoD responses:", "ss_kodsent", COUNT}, {"processed for time:", "ss_processed", COUNT},
	{.name = NULL}};

static const struct row monstats[] = {{"enabled:", "mru_enabled", ANY},
	{"hash slots in use:", "mru_hashslots", ANY}, {"addresses in use:", "mru_depth", ANY},
	{"peak addresses:", "mru_deepest", ANY}, {"maximum addresses:", "mru_maxdepth", ANY},
	{"reclaim above count:", "mru_mindepth", ANY}, {"reclaim maxage:", "mru_maxage", TIME},
	{"reclaim minage:", "mru_minage", TIME}, {"kilobytes:", "mru_mem", ANY},
	{"maximum kilobytes:", "mru_maxmem", ANY}, {"alloc: exists:", "mru_exists", ANY},
	{"alloc: new:", "mru_new", ANY}, {"alloc: recycle old:", "mru_recycleold", ANY},
	{"alloc: recycle full:", "mru_recyclefull", ANY}, {"alloc: none:", "mru_none", ANY},
	{"age of oldest slot:", "mru_oldest_age", TIME}, {.name = NULL}};

static const struct row iostats[] = {{"time since reset:", "iostats_reset", UPTIME},
	{"receive buffers:", "total_rbuf", ANY}, {"free receive buffers:", "free_rbuf", ANY},
	{"used receive buffers:", "used_rbuf", ANY}, {"low water refills:", "rbuf_lowater", ANY},
	{"dropped packets:", "io_dropped", COUNT}, {"ignored packets:", "io_ignored", COUNT},
	{"received packets:", "io_received", COUNT}, {"packets sent:", "io_sent", COUNT},
	{"packet send failures:", "io_sendfailed", COUNT}, {"input wakeups:", "io_wakeups", ANY},
	{"useful input wakeups:", "io_goodwakeups", ANY}, {.name = NULL}};

static const struct row kerninfo[] = {{"pll offset:", "koffset", ANY},
	{"pll frequency:", "kfreq", ANY}, {"maximum error:", "kmaxerr", ANY},
	{"estimated error:", "kesterr", ANY}, {"kernel status:", "kstflags", ANY},
	{"pll time constant:", "ktimeconst", ANY}, {"precision:", "kprecis", ANY},
	{"frequency tolerance:", "kfreqtol", ANY}, {"pps frequency:", "kppsfreq", ANY},
	{"pps stability:", "kppsstab", ANY}, {"pps jitter:", "kppsjitter", ANY},
	{"calibration interval", "kppscalibdur", ANY}, {"calibration cycles:", "kppscalibs", ANY},
	{"jitter exceeded:", "kppsjitexc", ANY}, {"stability exceeded:", "kppsstbexc", ANY},
	{"calibration errors:", "kppscaliberrs", ANY}, {.name = NULL}};

static const struct row authinfo[] = {{"time since reset:", "authreset", UPTIME},
	{"stored keys:", "authkeys", ANY}, {"free keys:", "authfreek", ANY},
	{"key lookups:", "authklookups", ANY}, {"keys not found:", "authknotfound", ANY},
	{"encryptions:", "authencrypts", COUNT},
	{"digest encryptions:", "authdigestencrypts", COUNT},
	{"CMAC encryptions:", "authcmacencrypts", COUNT}, {"decryptions:", "authdecrypts", COUNT},
	{"digest decryptions:", "authdigestdecrypts", COUNT},
	{"digest failures:", "authdigestfails", COUNT},
	{"CMAC decryptions:", "authcmacdecrypts", COUNT},
	{"CMAC failures:", "authcmacfails", COUNT}, {"uncached keys:", "authkuncached", ANY},
	{"expired keys:", "authkexpired", ANY}, {.name = NULL}};

static const struct row timerstats[] = {{"time since reset:", "timerstats_reset", TIME},
	{"timer overruns:", "timer_overruns", ANY}, {"calls to transmit:", "timer_xmts", ANY},
	{.name = NULL}};

static const struct row ntsinfo[] = {{"NTS client sends:", "nts_client_send", ANY},
	{"NTS client recvs good:", "nts_client_recv_good", ANY},
	{"NTS client recvs w error:", "nts_client_recv_bad", ANY},
	{"NTS server recvs good:", "nts_server_recv_good", ANY},
	{"NTS server recvs w error:", "nts_server_recv_bad", ANY},
	{"NTS server sends:", "nts_server_send", ANY},
	{"NTS make cookies:", "nts_cookie_make", ANY},
	{"NTS decode cookies:", "nts_cookie_decode", ANY},
	{"NTS decode cookies old:", "nts_cookie_decode_old", ANY},
	{"NTS decode cookies old2:", "nts_cookie_decode_old2", ANY},
	{"NTS decode cookies older:", "nts_cookie_decode_older", ANY},
	{"NTS decode cookies too old:", "nts_cookie_decode_too_old", ANY},
	{"NTS decode cookies error:", "nts_cookie_decode_error", ANY},
	{"NTS KE client probes good:", "nts_ke_probes_good", ANY},
	{"NTS KE client probes bad:", "nts_ke_probes_bad", ANY},
	{"NTS KE serves good:", "nts_ke_serves_good", ANY},
	{"NTS KE serves bad:", "nts_ke_serves_bad", ANY}, {.name = NULL}};

static const struct row pstats[] = {{"remote host:", "srcadr", ANY},
	{"local address:", "dstadr", ANY}, {"time last received:", "timerec", TIME},
	{"time until next send:", "timer", TIME}, {"reachability change:", "timereach", ANY},
	{"packets sent:", "sent", ANY}, {"packets received:", "received", ANY},
	{"bad authentication:", "badauth", ANY}, {"bogus origin:", "bogusorg", ANY},
	{"duplicate:", "oldpkt", ANY}, {"bad dispersion:", "seldisp", ANY},
	{"bad reference time:", "selbroken", ANY}, {"candidate order:", "candidate", ANY},
	{"count of nts cookies:", "ntscookies", ANY}, {.name = NULL}};

/* two: beside the counts those with "_r" at the end of the name. */
static const struct summary {
	const char *name;
	const struct row *rows;
	int label;
	bool status, two;
} summaries[] = {
	[LAYOUT_NTPQ_SYSINFO] = {"sysinfo", sysinfo, 18, true, false},
	[LAYOUT_NTPQ_SYSSTATS] = {"sysstats", sysstats, 22, false, true},
	[LAYOUT_NTPQ_MONSTATS] = {"monstats", monstats, 22, false, false},
	[LAYOUT_NTPQ_IOSTATS] = {"iostats", iostats, 22, false, false},
	[LAYOUT_NTPQ_KERNINFO] = {"kerninfo", kerninfo, 21, true, false},
	[LAYOUT_NTPQ_AUTHINFO] = {"authinfo", authinfo, 21, false, false},
	[LAYOUT_NTPQ_TIMERSTATS] = {"timerstats", timerstats, 19, false, false},
	[LAYOUT_NTPQ_NTSINFO] = {"ntsinfo", ntsinfo, 27, false, false},
	[LAYOUT_NTPQ_PSTATS] = {"pstats", pstats, 22, true, false},
};

const char *layout_ntpq_summary_name(enum layout_ntpq_summary kind)
{
	return summaries[kind].name;
}

bool layout_ntpq_summary_has_status(enum layout_ntpq_summary kind)
{
	return summaries[kind].status;
}

/* Whether a row has a second value beside it. */
static bool is_double(const struct summary *s, const struct row *r)
{
	return s->two && (r->kind == UPTIME || r->kind == COUNT);
}

static const char *second_name(const struct row *r, char *ret, size_t room)
{
	snprintf(ret, room, "%s_r", r->name);
	return ret;
}

size_t layout_ntpq_summary_names(enum layout_ntpq_summary kind, char (*ret)[LAYOUT_NTPQ_NAME])
{
	const struct summary *s = &summaries[kind];
	size_t n = 0;

	for (const struct row *r = s->rows; r->name != NULL; r++)
		snprintf(ret[n++], LAYOUT_NTPQ_NAME, "%s", r->name);
	for (const struct row *r = s->rows; r->name != NULL; r++)
		if (is_double(s, r))
			second_name(r, ret[n++], LAYOUT_NTPQ_NAME);
	return n;
}

/* A value for people; "?" where the daemon does not know it. */
static void human_of(const struct layout_ntpq_look *look, const struct row *r, const char *name,
	const char *value, char *ret, size_t room)
{
	static const char *const modes[] = {"unspec", "sym_active", "sym_passive", "client",
		"server", "broadcast", "control", "private", "bclient"};
	unsigned long mode = strtoul(value, NULL, 10);

	if (value[0] == '\0')
		snprintf(ret, room, "?");
	else if (r->kind == MODE)
		/* A word stands behind its label. */
		snprintf(ret, room, " %s", modes[mode < 9 ? mode : 0]);
	else if (r->kind == UPTIME || r->kind == TIME)
		ntpq_cook_uptime(value, ret, room);
	else if (strcmp(name, "mru_enabled") == 0 && look->units)
		snprintf(ret, room, "0x%lx", mode);
	else
		ntpq_cook(name, value, look->units, ret, room);
	/* No quotes here. */
	if (ret[0] == '"')
		snprintf(ret, room, "%s", value);
}

/* How often what was counted happened in the time it was counted in. */
static void put_rate(struct printer *p, const char *count, double period)
{
	double n = strtod(count, NULL);
	char rate[32] = "";

	if (n > period)
		snprintf(rate, sizeof(rate), "%10.1fp/s", rint(period > 0 ? n / period : n));
	else if (n > 0)
		snprintf(rate, sizeof(rate), "%10.1fs/p", rint(period / n));
	print_text(p, " ", NULL, rate, VALUE);
}

/* The values of a line. */
struct values {
	char first[128], second[128];
	double period, second_period; /* s */
};

static void take_values(const struct row *r, const char *text, bool two, struct values *v)
{
	char name[LAYOUT_NTPQ_NAME];

	ntpq_value(text, r->name, v->first, sizeof(v->first));
	v->second[0] = '\0';
	if (two)
		ntpq_value(text, second_name(r, name, sizeof(name)), v->second, sizeof(v->second));
	if (r->kind == UPTIME) {
		v->period = strtod(v->first, NULL);
		v->second_period = strtod(v->second, NULL);
	}
}

static void put_human(struct printer *p, const struct layout_ntpq_look *look,
	const struct summary *s, const struct row *r, const struct values *v)
{
	char label[64], human[256];

	snprintf(label, sizeof(label), "%-*s ", s->label, r->label);
	human_of(look, r, r->name, v->first, human, sizeof(human));
	print_text(p, label, NULL, human, r->kind == MODE ? 0 : VALUE);
	if (is_double(s, r)) {
		human_of(look, r, r->name, v->second, human, sizeof(human));
		print_text(p, " ", NULL, human, VALUE);
	}
	if (r->kind != COUNT)
		return;
	put_rate(p, v->first, v->period);
	if (is_double(s, r))
		put_rate(p, v->second, v->second_period);
}

static void put_plain(struct printer *p, const char *name, const char *value)
{
	char plain[128];

	ntpq_cook_plain(name, value, plain, sizeof(plain));
	print_as(p, NULL, name, NULL, plain, 0);
}

void layout_ntpq_summary(struct printer *p, const struct layout_ntpq_look *look,
	enum layout_ntpq_summary kind, const char *text)
{
	const struct summary *s = &summaries[kind];
	char name[LAYOUT_NTPQ_NAME];
	struct values v = {.period = 0};

	print_row(p);
	for (const struct row *r = s->rows; r->name != NULL; r++) {
		take_values(r, text, is_double(s, r), &v);
		if (p->mode == PRINT_HUMAN) {
			put_human(p, look, s, r, &v);
			print_literal(p, "\n");
			continue;
		}
		put_plain(p, r->name, v.first);
		if (is_double(s, r))
			put_plain(p, second_name(r, name, sizeof(name)), v.second);
	}
	print_row_end(p, "");
}
