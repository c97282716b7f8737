/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What was counted in an hour, as ntpd's files have it: sysstats, ntsstats, ntskestats, usestats.
 */
#include "config.h"

#include <string.h>

#include "daemon/control/mode6.h"
#include "daemon/kernel/kernel.h"
#include "daemon/logs/statistics.h"

/* Decimals of a time of work. */
#define WORK 3

/* A column of a file, in the order of its columns. */
struct column {
	enum mode6_counter counter;
	unsigned char decimals;
};

static const struct column sys[] = {
	{MODE6_SS_RESET, 0},
	{MODE6_SS_RECEIVED, 0},
	{MODE6_SS_PROCESSED, 0},
	{MODE6_SS_THISVER, 0},
	{MODE6_SS_OLDVER, 0},
	{MODE6_SS_RESTRICTED, 0},
	{MODE6_SS_BADFORMAT, 0},
	{MODE6_SS_BADAUTH, 0},
	{MODE6_SS_DECLINED, 0},
	{MODE6_SS_LIMITED, 0},
	{MODE6_SS_KODSENT, 0},
	{MODE6_SS_VER1, 0},
};

static const struct column nts[] = {
	{MODE6_SS_UPTIME, 0},
	{MODE6_NTS_CLIENT_SEND, 0},
	{MODE6_NTS_CLIENT_RECV_GOOD, 0},
	{MODE6_NTS_CLIENT_RECV_BAD, 0},
	{MODE6_NTS_SERVER_SEND, 0},
	{MODE6_NTS_SERVER_RECV_GOOD, 0},
	{MODE6_NTS_SERVER_RECV_BAD, 0},
	{MODE6_NTS_COOKIE_MAKE, 0},
	{MODE6_NTS_COOKIE_NOT_SERVER, 0},
	{MODE6_NTS_COOKIE_DECODE_TOTAL, 0},
	{MODE6_NTS_COOKIE_DECODE_CURRENT, 0},
	{MODE6_NTS_COOKIE_DECODE_OLD, 0},
	{MODE6_NTS_COOKIE_DECODE_OLD2, 0},
	{MODE6_NTS_COOKIE_DECODE_OLDER, 0},
	{MODE6_NTS_COOKIE_DECODE_TOO_OLD, 0},
	{MODE6_NTS_COOKIE_DECODE_ERROR, 0},
};

static const struct column nts_ke[] = {
	{MODE6_SS_UPTIME, 0},
	{MODE6_NTS_KE_SERVES_GOOD, 0},
	{MODE6_NTS_KE_SERVES_GOOD_WALL, WORK},
	{MODE6_NTS_KE_SERVES_GOOD_CPU, WORK},
	{MODE6_NTS_KE_SERVES_NOSSL, 0},
	{MODE6_NTS_KE_SERVES_NOSSL_WALL, WORK},
	{MODE6_NTS_KE_SERVES_NOSSL_CPU, WORK},
	{MODE6_NTS_KE_SERVES_BAD, 0},
	{MODE6_NTS_KE_SERVES_BAD_WALL, WORK},
	{MODE6_NTS_KE_SERVES_BAD_CPU, WORK},
	{MODE6_NTS_KE_PROBES_GOOD, 0},
	{MODE6_NTS_KE_PROBES_BAD, 0},
};

#define COLUMNS(array) array, sizeof(array) / sizeof((array)[0])
#define COLUMNS_MAX    16

static void write_columns(struct mode6 *m, enum ntp_statistics file, const double *now,
	const struct column *columns, size_t n)
{
	double values[COLUMNS_MAX];
	unsigned char decimals[COLUMNS_MAX];

	for (size_t i = 0; i < n; i++) {
		values[i] = now[columns[i].counter] - m->hour[columns[i].counter];
		decimals[i] = columns[i].decimals;
	}
	statistics_numbers(m->env->statistics, file, values, decimals, n);
}

/* Resources are of the hour but for the last, which is the most that ever was. */
static void write_usage(struct mode6 *m, double seconds)
{
	static const unsigned char decimals[] = {0, WORK, WORK, 0, 0, 0, 0, 0, 0, 0, 0, 0};
	const struct kernel_usage was = m->usage;
	struct kernel_usage is;

	m->env->kernel->ops->usage(m->env->kernel, &is);
	m->usage = is;
	statistics_numbers(m->env->statistics, NTP_USESTATS,
		(const double[]){seconds, is.user_s - was.user_s, is.system_s - was.system_s,
			(double)(is.minor_faults - was.minor_faults),
			(double)(is.major_faults - was.major_faults),
			(double)(is.swaps - was.swaps), (double)(is.blocks_in - was.blocks_in),
			(double)(is.blocks_out - was.blocks_out),
			(double)(is.voluntary_switches - was.voluntary_switches),
			(double)(is.involuntary_switches - was.involuntary_switches),
			(double)(is.signals - was.signals), (double)is.max_rss_kb},
		decimals, sizeof(decimals));
}

void mode6_hour(struct mode6 *m)
{
	double now[MODE6_COUNTERS];

	mode6_count(m, now);
	write_columns(m, NTP_SYSSTATS, now, COLUMNS(sys));
	write_columns(m, NTP_NTSSTATS, now, COLUMNS(nts));
	write_columns(m, NTP_NTSKESTATS, now, COLUMNS(nts_ke));
	write_usage(m, now[MODE6_SS_UPTIME] - m->hour[MODE6_SS_UPTIME]);
	memcpy(m->hour, now, sizeof(now));
}
