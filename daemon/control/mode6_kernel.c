/* SPDX-License-Identifier: BSD-2-Clause */
/* What the kernel, the sockets and the keys say. */
#include "config.h"

#include <math.h>
#include <string.h>

#include "common/instant.h"
#include "config/settings.h"
#include "daemon/control/mode6.h"
#include "daemon/control/mode6_kernel.h"
#include "daemon/protocol/keys.h"
#include "daemon/serve/serve.h"
#include "daemon/source/source.h"

/* Microseconds and seconds as milliseconds. */
#define US_MS 1e-3
#define MS    1e3

/* Datagrams that a turn takes in before it answers. */
#define BUFFERS 16

static int64_t uptime(const struct mode6 *m)
{
	return (int64_t)instant_diff_s(mode6_now(m), m->started);
}

static void fill_clock(const struct mode6 *m, struct mode6_kernel_view *ret)
{
	struct kernel_timex t = {.modes = 0};
	struct kernel *k = m->env->kernel;

	if (k->ops->timex(k, &t) < 0)
		return;
	ret->offset = t.pll.offset * MS;
	ret->freq = ldexp((double)t.frequency, -16);
	ret->maxerr = (double)t.maxerror_us * US_MS;
	ret->esterr = (double)t.esterror_us * US_MS;
	ret->stflags = t.pll.status;
	ret->timeconst = t.pll.constant;
	ret->precis = t.pll.precision * MS;
	ret->freqtol = t.pll.tolerance_ppm;
	ret->ppsfreq = t.pll.pps_frequency_ppm;
	ret->ppsstab = t.pll.pps_stability_ppm;
	ret->ppsjitter = t.pll.pps_jitter * MS;
	ret->ppscalibdur = t.pll.pps_shift;
	ret->ppsjitexc = t.pll.pps_jitter_exceeded;
	ret->ppscalibs = t.pll.pps_calibrations;
	ret->ppscaliberrs = t.pll.pps_errors;
	ret->ppsstbexc = t.pll.pps_stability_exceeded;
}

static void fill_sources(const struct mode6 *m, struct mode6_kernel_view *ret)
{
	for (size_t i = 0; i < sources_count(m->env->sources); i++) {
		const struct source *s = sources_at(m->env->sources, i);
		struct source_refclock_report clock;
		struct report_ntpdata ntp;

		if (source_report_ntp(s, &ntp) == 0)
			ret->timer_xmts += ntp.total_tx;
		else if (source_report_refclock(s, &clock) == 0)
			ret->io_ref_reads += clock.polls - clock.silent;
	}
}

void mode6_fill_kernel(const struct mode6 *m, struct mode6_kernel_view *ret)
{
	struct kernel *k = m->env->kernel;
	struct kernel_counts c;
	struct report_packets p;

	memset(ret, 0, sizeof(*ret));
	fill_clock(m, ret);
	fill_sources(m, ret);
	k->ops->counts(k, &c);
	serve_report_packets(m->env->serve, &p);
	ret->reset = uptime(m);
	/* The one that this request lies in is in use. */
	ret->total_rbuf = BUFFERS;
	ret->used_rbuf = 1;
	ret->free_rbuf = BUFFERS - 1;
	ret->io_dropped = (int64_t)(p.bad_format + p.limited);
	ret->io_ignored = (int64_t)(p.declined + p.restricted);
	ret->io_received = (int64_t)c.received;
	ret->io_sent = (int64_t)c.sent;
	ret->io_sendfailed = (int64_t)c.unsent;
	ret->io_wakeups = (int64_t)c.wakeups;
	ret->io_goodwakeups = (int64_t)c.useful;
	ret->io_pkt_reads = (int64_t)c.reads;
}

void mode6_fill_auth(const struct mode6 *m, struct mode6_auth_view *ret)
{
	struct report_keys k;

	keys_report(m->env->keys, &k);
	*ret = (struct mode6_auth_view){
		.reset = uptime(m),
		.delay = m->sign_s * MS,
		.keys = (int64_t)k.keys,
		.lookups = (int64_t)k.lookups,
		.not_found = (int64_t)k.not_found,
		.encrypts = (int64_t)(k.signs_digest + k.signs_cmac),
		.digest_encrypts = (int64_t)k.signs_digest,
		.cmac_encrypts = (int64_t)k.signs_cmac,
		.decrypts = (int64_t)(k.checks_digest + k.checks_cmac),
		.digest_decrypts = (int64_t)k.checks_digest,
		.digest_fails = (int64_t)k.fails_digest,
		.cmac_decrypts = (int64_t)k.checks_cmac,
		.cmac_fails = (int64_t)k.fails_cmac,
	};
}
