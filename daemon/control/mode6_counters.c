/* SPDX-License-Identifier: BSD-2-Clause */
/* Counters from all over the daemon, in one row. */
#include "config.h"

#include <errno.h>
#include <string.h>

#include "common/instant.h"
#include "daemon/control/mode6.h"
#include "daemon/loop/loop.h"
#include "daemon/protocol/nts_shared.h"
#include "daemon/serve/serve.h"

int64_t mode6_now(const struct mode6 *m)
{
	return loop_now(m->env->loop);
}

static void count_packets(const struct mode6 *m, double *c)
{
	struct report_packets p;
	double up = instant_diff_s(mode6_now(m), m->started);

	serve_report_packets(m->env->serve, &p);
	c[MODE6_SS_UPTIME] = up;
	c[MODE6_SS_RESET] = up;
	c[MODE6_SS_NUMCTLREQ] = (double)p.control;
	c[MODE6_SS_RECEIVED] = (double)p.received;
	c[MODE6_SS_THISVER] = (double)p.this_version;
	c[MODE6_SS_OLDVER] = (double)p.old_version;
	c[MODE6_SS_VER1] = (double)p.version1;
	c[MODE6_SS_VER1CLIENT] = (double)p.version1_client;
	c[MODE6_SS_VER1ZERO] = (double)p.version1_zero;
	c[MODE6_SS_VER1SYMM] = (double)p.version1_symmetric;
	c[MODE6_SS_BADFORMAT] = (double)p.bad_format;
	c[MODE6_SS_BADAUTH] = (double)p.bad_auth;
	c[MODE6_SS_DECLINED] = (double)p.declined;
	c[MODE6_SS_RESTRICTED] = (double)p.restricted;
	c[MODE6_SS_LIMITED] = (double)p.limited;
	c[MODE6_SS_KODSENT] = (double)p.kods;
	c[MODE6_SS_PROCESSED] = (double)p.processed;
}

static void count_server(const struct mode6 *m, double *c)
{
	struct report_nts_server s;

	serve_report_nts(m->env->serve, &s);
	c[MODE6_NTS_SERVER_RECV_GOOD] = (double)s.requests_good;
	c[MODE6_NTS_SERVER_RECV_BAD] = (double)s.requests_bad;
	c[MODE6_NTS_SERVER_SEND] = (double)s.replies;
	c[MODE6_NTS_COOKIE_MAKE] = (double)s.cookies_made;
	c[MODE6_NTS_COOKIE_NOT_SERVER] = (double)s.cookies_not_server;
	c[MODE6_NTS_COOKIE_DECODE] = (double)s.cookies_current;
	c[MODE6_NTS_COOKIE_DECODE_CURRENT] = (double)s.cookies_current;
	c[MODE6_NTS_COOKIE_DECODE_OLD] = (double)s.cookies_old;
	c[MODE6_NTS_COOKIE_DECODE_OLD2] = (double)s.cookies_old2;
	c[MODE6_NTS_COOKIE_DECODE_OLDER] = (double)s.cookies_older;
	c[MODE6_NTS_COOKIE_DECODE_TOTAL] =
		(double)(s.cookies_current + s.cookies_old + s.cookies_old2 + s.cookies_older);
	c[MODE6_NTS_COOKIE_DECODE_TOO_OLD] = (double)s.cookies_too_old;
	c[MODE6_NTS_COOKIE_DECODE_ERROR] = (double)s.cookies_bad;
	c[MODE6_NTS_KE_SERVES_GOOD] = (double)s.ke_good;
	c[MODE6_NTS_KE_SERVES_GOOD_WALL] = s.ke_good_wall;
	c[MODE6_NTS_KE_SERVES_GOOD_CPU] = s.ke_good_cpu;
	c[MODE6_NTS_KE_SERVES_NOSSL] = (double)s.ke_no_tls;
	c[MODE6_NTS_KE_SERVES_NOSSL_WALL] = s.ke_no_tls_wall;
	c[MODE6_NTS_KE_SERVES_NOSSL_CPU] = s.ke_no_tls_cpu;
	c[MODE6_NTS_KE_SERVES_BAD] = (double)s.ke_bad;
	c[MODE6_NTS_KE_SERVES_BAD_WALL] = s.ke_bad_wall;
	c[MODE6_NTS_KE_SERVES_BAD_CPU] = s.ke_bad_cpu;
}

static void count_all(const struct mode6 *m, double ret[MODE6_COUNTERS])
{
	const struct report_nts_client *nts =
		m->env->nts != NULL ? nts_shared_counters(m->env->nts) : NULL;

	memset(ret, 0, MODE6_COUNTERS * sizeof(ret[0]));
	count_packets(m, ret);
	count_server(m, ret);
	if (nts == NULL)
		return;
	ret[MODE6_NTS_CLIENT_SEND] = (double)nts->requests;
	ret[MODE6_NTS_CLIENT_RECV_GOOD] = (double)nts->good;
	ret[MODE6_NTS_CLIENT_RECV_BAD] = (double)nts->bad;
	ret[MODE6_NTS_KE_PROBES_GOOD] = (double)nts->ke_good;
	ret[MODE6_NTS_KE_PROBES_BAD] = (double)nts->ke_bad;
}

void mode6_count(const struct mode6 *m, double ret[MODE6_COUNTERS])
{
	count_all(m, ret);
	for (size_t i = 0; i < MODE6_COUNTERS; i++)
		ret[i] -= m->zero[i];
}

int mode6_reset(struct mode6 *m, const char *group)
{
	static const struct {
		const char *name;
		enum mode6_counter first, last;
	} groups[] = {
		{"ctl", MODE6_SS_NUMCTLREQ, MODE6_SS_NUMCTLREQ},
		{"sys", MODE6_SS_RECEIVED, MODE6_SS_PROCESSED},
		{"sys", MODE6_SS_RESET, MODE6_SS_RESET},
	};
	double now[MODE6_COUNTERS];
	int r = -ENOENT;

	count_all(m, now);
	for (size_t i = 0; i < sizeof(groups) / sizeof(groups[0]); i++) {
		if (strcmp(groups[i].name, group) != 0)
			continue;
		for (unsigned j = groups[i].first; j <= (unsigned)groups[i].last; j++) {
			m->zero[j] = now[j];
			m->hour[j] = 0;
		}
		r = 0;
	}
	return r;
}
