/* SPDX-License-Identifier: BSD-2-Clause */
/* Variables of the system: the table, and where their values are from. */
#include "config.h"

#include <math.h>
#include <string.h>

#include "common/instant.h"
#include "config/settings.h"
#include "daemon/clock/clock.h"
#include "daemon/control/mode6.h"
#include "daemon/control/mode6_kernel.h"
#include "daemon/discipline/events.h"
#include "daemon/protocol/keys.h"
#include "daemon/serve/serve.h"
#include "daemon/source/clock_name.h"
#include "daemon/source/source.h"

/* Seconds as milliseconds. */
#define MS 1e3

/* What is told as the polling interval while there is no system peer, log2 s. */
#define POLL_DEFAULT 6

struct system_view {
	int64_t leap, stratum, precision, tc, peer, tai, leapsec, expire, mintc;
	double rootdelay, rootdisp, rootdist, offset, frequency;
	double sys_jitter, clk_jitter, clk_wander, clk_wander_threshold;
	uint64_t reftime, clock;
	char refid_text[16], peeradr_text[ENDPOINT_TEXT];
	const char *refid, *peeradr, *processor, *system, *release, *version;
	int64_t peermode, lockclock;
	struct mode6_mru_view mru;
	struct mode6_kernel_view kernel;
	struct mode6_auth_view auth;
	struct mode6_count counters[MODE6_COUNTERS];
	int64_t leapsmearinterval;
	double leapsmearoffset;
};

#define AT(member) offsetof(struct system_view, member)
#define DEF        MODE6_DEFAULT
#define SS(name, i)                                                                                \
	{                                                                                          \
		name, MODE6_COUNT, MODE6_RECENT_FIRST,                                             \
			AT(counters) + (i) * sizeof(struct mode6_count)                            \
	}
#define NTS(name, i)                                                                               \
	{                                                                                          \
		name, MODE6_COUNT, MODE6_TOTAL_FIRST,                                              \
			AT(counters) + (i) * sizeof(struct mode6_count)                            \
	}
#define NTS_S(name, i)                                                                             \
	{                                                                                          \
		name, MODE6_SECONDS, MODE6_TOTAL_FIRST,                                            \
			AT(counters) + (i) * sizeof(struct mode6_count)                            \
	}

/* The defaults come first, in the order in which clients know them. */
static const struct mode6_variable rows[] = {
	{"leap", MODE6_INT, DEF, AT(leap)},
	{"stratum", MODE6_INT, DEF, AT(stratum)},
	{"precision", MODE6_INT, DEF, AT(precision)},
	{"rootdelay", MODE6_REAL3, DEF, AT(rootdelay)},
	{"rootdisp", MODE6_REAL3, DEF, AT(rootdisp)},
	{"rootdist", MODE6_REAL3, DEF, AT(rootdist)},
	{"refid", MODE6_BARE, DEF, AT(refid)},
	{"reftime", MODE6_STAMP, DEF, AT(reftime)},
	{"tc", MODE6_INT, DEF, AT(tc)},
	{"peer", MODE6_INT, DEF, AT(peer)},
	{"offset", MODE6_REAL6, DEF, AT(offset)},
	{"frequency", MODE6_REAL3, DEF, AT(frequency)},
	{"sys_jitter", MODE6_REAL6, DEF, AT(sys_jitter)},
	{"clk_jitter", MODE6_REAL6, DEF, AT(clk_jitter)},
	{"clock", MODE6_STAMP, DEF, AT(clock)},
	{"processor", MODE6_QUOTED, DEF, AT(processor)},
	{"system", MODE6_QUOTED, DEF, AT(system)},
	{"release", MODE6_QUOTED, DEF, AT(release)},
	{"version", MODE6_QUOTED, DEF, AT(version)},
	{"clk_wander", MODE6_REAL6, DEF, AT(clk_wander)},
	{"tai", MODE6_INT, DEF, AT(tai)},
	{"leapsec", MODE6_DATE, DEF, AT(leapsec)},
	{"expire", MODE6_DATE, DEF, AT(expire)},
	{"mintc", MODE6_INT, DEF, AT(mintc)},
	{"mru_enabled", MODE6_INT, 0, AT(mru.enabled)},
	{"mru_hashslots", MODE6_INT, 0, AT(mru.hashslots)},
	{"mru_depth", MODE6_INT, 0, AT(mru.depth)},
	{"mru_deepest", MODE6_INT, 0, AT(mru.deepest)},
	{"mru_mindepth", MODE6_INT, 0, AT(mru.mindepth)},
	{"mru_maxdepth", MODE6_INT, 0, AT(mru.maxdepth)},
	{"mru_maxage", MODE6_INT, 0, AT(mru.maxage)},
	{"mru_minage", MODE6_INT, 0, AT(mru.minage)},
	{"mru_oldest_age", MODE6_INT, 0, AT(mru.oldest_age)},
	{"mru_mem", MODE6_INT, 0, AT(mru.mem)},
	{"mru_maxmem", MODE6_INT, 0, AT(mru.maxmem)},
	{"mru_exists", MODE6_INT, 0, AT(mru.exists)},
	{"mru_new", MODE6_INT, 0, AT(mru.made)},
	{"mru_recycleold", MODE6_INT, 0, AT(mru.recycleold)},
	{"mru_recyclefull", MODE6_INT, 0, AT(mru.recyclefull)},
	{"mru_none", MODE6_INT, 0, AT(mru.none)},
	SS("ss_uptime", MODE6_SS_UPTIME),
	SS("ss_reset", MODE6_SS_RESET),
	SS("ss_numctlreq", MODE6_SS_NUMCTLREQ),
	SS("ss_received", MODE6_SS_RECEIVED),
	SS("ss_thisver", MODE6_SS_THISVER),
	SS("ss_oldver", MODE6_SS_OLDVER),
	SS("ss_ver1", MODE6_SS_VER1),
	SS("ss_ver1client", MODE6_SS_VER1CLIENT),
	SS("ss_ver1zero", MODE6_SS_VER1ZERO),
	SS("ss_ver1symm", MODE6_SS_VER1SYMM),
	SS("ss_badformat", MODE6_SS_BADFORMAT),
	SS("ss_badauth", MODE6_SS_BADAUTH),
	SS("ss_declined", MODE6_SS_DECLINED),
	SS("ss_restricted", MODE6_SS_RESTRICTED),
	SS("ss_limited", MODE6_SS_LIMITED),
	SS("ss_kodsent", MODE6_SS_KODSENT),
	SS("ss_processed", MODE6_SS_PROCESSED),
	{"peeradr", MODE6_BARE, 0, AT(peeradr)},
	{"peermode", MODE6_INT, 0, AT(peermode)},
	{"authreset", MODE6_INT, 0, AT(auth.reset)},
	{"authdelay", MODE6_REAL3, 0, AT(auth.delay)},
	{"authkeys", MODE6_INT, 0, AT(auth.keys)},
	{"authfreek", MODE6_INT, 0, AT(auth.free)},
	{"authklookups", MODE6_INT, 0, AT(auth.lookups)},
	{"authknotfound", MODE6_INT, 0, AT(auth.not_found)},
	{"authkuncached", MODE6_INT, 0, AT(auth.uncached)},
	{"authkexpired", MODE6_INT, 0, AT(auth.expired)},
	{"authencrypts", MODE6_INT, 0, AT(auth.encrypts)},
	{"authdigestencrypts", MODE6_INT, 0, AT(auth.digest_encrypts)},
	{"authcmacencrypts", MODE6_INT, 0, AT(auth.cmac_encrypts)},
	{"authdecrypts", MODE6_INT, 0, AT(auth.decrypts)},
	{"authdigestdecrypts", MODE6_INT, 0, AT(auth.digest_decrypts)},
	{"authdigestfails", MODE6_INT, 0, AT(auth.digest_fails)},
	{"authcmacdecrypts", MODE6_INT, 0, AT(auth.cmac_decrypts)},
	{"authcmacfails", MODE6_INT, 0, AT(auth.cmac_fails)},
	{"koffset", MODE6_REAL3, 0, AT(kernel.offset)},
	{"kfreq", MODE6_REAL3, 0, AT(kernel.freq)},
	{"kmaxerr", MODE6_REAL3, 0, AT(kernel.maxerr)},
	{"kesterr", MODE6_REAL3, 0, AT(kernel.esterr)},
	{"kstflags", MODE6_INT, 0, AT(kernel.stflags)},
	{"ktimeconst", MODE6_INT, 0, AT(kernel.timeconst)},
	{"kprecis", MODE6_REAL3, 0, AT(kernel.precis)},
	{"kfreqtol", MODE6_REAL3, 0, AT(kernel.freqtol)},
	{"kppsfreq", MODE6_REAL3, 0, AT(kernel.ppsfreq)},
	{"kppsjitter", MODE6_REAL3, 0, AT(kernel.ppsjitter)},
	{"kppscalibdur", MODE6_INT, 0, AT(kernel.ppscalibdur)},
	{"kppsstab", MODE6_REAL3, 0, AT(kernel.ppsstab)},
	{"kppsjitexc", MODE6_INT, 0, AT(kernel.ppsjitexc)},
	{"kppscalibs", MODE6_INT, 0, AT(kernel.ppscalibs)},
	{"kppscaliberrs", MODE6_INT, 0, AT(kernel.ppscaliberrs)},
	{"kppsstbexc", MODE6_INT, 0, AT(kernel.ppsstbexc)},
	{"iostats_reset", MODE6_INT, 0, AT(kernel.reset)},
	{"total_rbuf", MODE6_INT, 0, AT(kernel.total_rbuf)},
	{"free_rbuf", MODE6_INT, 0, AT(kernel.free_rbuf)},
	{"used_rbuf", MODE6_INT, 0, AT(kernel.used_rbuf)},
	{"rbuf_lowater", MODE6_INT, 0, AT(kernel.rbuf_lowater)},
	{"io_dropped", MODE6_INT, 0, AT(kernel.io_dropped)},
	{"io_ignored", MODE6_INT, 0, AT(kernel.io_ignored)},
	{"io_received", MODE6_INT, 0, AT(kernel.io_received)},
	{"io_sent", MODE6_INT, 0, AT(kernel.io_sent)},
	{"io_sendfailed", MODE6_INT, 0, AT(kernel.io_sendfailed)},
	{"io_wakeups", MODE6_INT, 0, AT(kernel.io_wakeups)},
	{"io_goodwakeups", MODE6_INT, 0, AT(kernel.io_goodwakeups)},
	{"io_pkt_reads", MODE6_INT, 0, AT(kernel.io_pkt_reads)},
	{"io_ref_reads", MODE6_INT, 0, AT(kernel.io_ref_reads)},
	{"timerstats_reset", MODE6_INT, 0, AT(kernel.reset)},
	{"timer_overruns", MODE6_INT, 0, AT(kernel.timer_overruns)},
	{"timer_xmts", MODE6_INT, 0, AT(kernel.timer_xmts)},
	{"clk_wander_threshold", MODE6_REAL3, 0, AT(clk_wander_threshold)},
	{"leapsmearinterval", MODE6_INT, 0, AT(leapsmearinterval)},
	{"leapsmearoffset", MODE6_REAL3, 0, AT(leapsmearoffset)},
	{"lockclock", MODE6_INT, 0, AT(lockclock)},
	NTS("nts_client_send", MODE6_NTS_CLIENT_SEND),
	NTS("nts_client_recv_good", MODE6_NTS_CLIENT_RECV_GOOD),
	NTS("nts_client_recv_bad", MODE6_NTS_CLIENT_RECV_BAD),
	NTS("nts_server_recv_good", MODE6_NTS_SERVER_RECV_GOOD),
	NTS("nts_server_recv_bad", MODE6_NTS_SERVER_RECV_BAD),
	NTS("nts_server_send", MODE6_NTS_SERVER_SEND),
	NTS("nts_cookie_make", MODE6_NTS_COOKIE_MAKE),
	NTS("nts_cookie_not_server", MODE6_NTS_COOKIE_NOT_SERVER),
	NTS("nts_cookie_decode", MODE6_NTS_COOKIE_DECODE),
	NTS("nts_cookie_decode_total", MODE6_NTS_COOKIE_DECODE_TOTAL),
	NTS("nts_cookie_decode_current", MODE6_NTS_COOKIE_DECODE_CURRENT),
	NTS("nts_cookie_decode_old", MODE6_NTS_COOKIE_DECODE_OLD),
	NTS("nts_cookie_decode_old2", MODE6_NTS_COOKIE_DECODE_OLD2),
	NTS("nts_cookie_decode_older", MODE6_NTS_COOKIE_DECODE_OLDER),
	NTS("nts_cookie_decode_too_old", MODE6_NTS_COOKIE_DECODE_TOO_OLD),
	NTS("nts_cookie_decode_error", MODE6_NTS_COOKIE_DECODE_ERROR),
	NTS("nts_ke_serves_good", MODE6_NTS_KE_SERVES_GOOD),
	NTS_S("nts_ke_serves_good_wall", MODE6_NTS_KE_SERVES_GOOD_WALL),
	NTS_S("nts_ke_serves_good_cpu", MODE6_NTS_KE_SERVES_GOOD_CPU),
	NTS("nts_ke_serves_nossl", MODE6_NTS_KE_SERVES_NOSSL),
	NTS_S("nts_ke_serves_nossl_wall", MODE6_NTS_KE_SERVES_NOSSL_WALL),
	NTS_S("nts_ke_serves_nossl_cpu", MODE6_NTS_KE_SERVES_NOSSL_CPU),
	NTS("nts_ke_serves_bad", MODE6_NTS_KE_SERVES_BAD),
	NTS_S("nts_ke_serves_bad_wall", MODE6_NTS_KE_SERVES_BAD_WALL),
	NTS_S("nts_ke_serves_bad_cpu", MODE6_NTS_KE_SERVES_BAD_CPU),
	NTS("nts_ke_probes_good", MODE6_NTS_KE_PROBES_GOOD),
	NTS("nts_ke_probes_bad", MODE6_NTS_KE_PROBES_BAD),
};

static const struct mode6_table table = {rows, sizeof(rows) / sizeof(rows[0]), "sys_var_list"};

static void fill_reference(const struct mode6 *m, struct system_view *v)
{
	const struct control_env *e = m->env;
	const struct clock_reference *r = clock_get_reference(e->clock);
	struct clock_now now = clock_now(e->clock);
	double dispersion = clock_root_dispersion(e->clock, now.osc);
	const struct source *peer = events_system_peer(e->events);
	bool stands_in = peer != NULL && source_stands_in(peer);

	v->leap = r->leap;
	v->stratum = r->stratum;
	v->precision = clock_precision_log2(e->clock);
	v->rootdelay = r->root_delay * MS;
	v->rootdisp = dispersion * MS;
	v->rootdist = (r->root_delay / 2 + dispersion) * MS;
	mode6_refid(stands_in ? source_refid(peer) : r->refid, r->stratum, v->refid_text);
	v->refid = r->refid != 0 ? v->refid_text : "INIT";
	v->reftime = r->reference_time != 0 ? instant_to_ntp(r->reference_time) : 0;
	v->clock = instant_to_ntp(now.system);
	v->offset = instant_diff_s(now.truth, now.system) * MS;
}

static void fill_tracking(const struct mode6 *m, struct system_view *v)
{
	struct report_tracking t;
	struct report_leap leap;

	discipline_report_tracking(m->env->discipline, &t);
	/* The correction that is applied: positive where the clock is slow. */
	v->frequency = 0.0 - t.frequency_ppm;
	v->sys_jitter = events_jitter(m->env->events) * MS;
	v->clk_jitter = t.rms_offset * MS;
	v->clk_wander = t.stratum != 0 ? t.skew_ppm : 0;
	/* With `disable ntp` there is no loop: it is as it was at the start. */
	if (!m->env->settings->ntp.discipline) {
		v->frequency = v->clk_wander = 0.0;
		v->clk_jitter = clock_precision(m->env->clock) * MS;
	}
	v->clk_wander_threshold = m->env->settings->ntp.nonvolatile * 1e6;
	discipline_report_leap(m->env->discipline, &leap);
	v->tai = leap.tai;
	v->leapsec = leap.next;
	v->expire = leap.expires;
}

static void fill_peer(const struct mode6 *m, struct system_view *v)
{
	const struct source *s = events_system_peer(m->env->events);
	struct endpoint at = {.address = {.family = ADDRESS_IP4}};
	struct report_ntpdata ntp;
	char name[SOURCE_NAME];

	v->tc = POLL_DEFAULT;
	if (s != NULL) {
		v->peer = source_association(s);
		v->tc = source_poll(s);
		v->peermode = 3;
		if (source_report_ntp(s, &ntp) == 0)
			at = (struct endpoint){.address = ntp.remote, .port = ntp.port};
		else if (source_clock_name(m->env->sources, s, name, sizeof(name), &at.address) ==
			 0)
			at.port = 123;
	}
	endpoint_format(&at, v->peeradr_text, sizeof(v->peeradr_text));
	v->peeradr = v->peeradr_text;
}

/* There is something to tell only where leap seconds are smeared. The offset is what is served
 * minus true time. */
static void fill_smear(const struct mode6 *m, struct system_view *v)
{
	struct report_smoothing smoothing;
	double interval = m->env->settings->ntp.leapsmear;

	v->leapsmearinterval = interval > 0 ? (int64_t)interval : INT64_MIN;
	v->leapsmearoffset =
		interval > 0 && discipline_report_smoothing(m->env->discipline, &smoothing) == 0
			? smoothing.offset * MS
			: NAN;
}

int mode6_put_system(const struct mode6 *m, struct span names, struct mode6_text *t)
{
	double counters[MODE6_COUNTERS];
	struct system_view v;
	struct mode6_view view = {
		.table = &table, .values = &v, .extra = m->extra, .n_extra = m->n_extra};

	memset(&v, 0, sizeof(v));
	fill_reference(m, &v);
	fill_tracking(m, &v);
	fill_peer(m, &v);
	v.processor = m->identity.machine;
	v.system = m->identity.system;
	v.release = m->identity.release;
	v.version = "ntpd gnomon-" PACKAGE_VERSION;
	v.lockclock = 0;
	fill_smear(m, &v);
	mode6_fill_mru(m, &v.mru);
	mode6_fill_kernel(m, &v.kernel);
	mode6_fill_auth(m, &v.auth);
	mode6_count(m, counters);
	for (size_t i = 0; i < MODE6_COUNTERS; i++)
		v.counters[i] = (struct mode6_count){counters[i], counters[i] - m->hour[i]};
	return mode6_put(&view, names, t);
}
