/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The clocks of Linux: a close pair of readings, adjtimex(2), stepping.
 */
#define _GNU_SOURCE
#include "config.h"

#include <errno.h>
#include <math.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/time.h>
#include <sys/timex.h>
#include <time.h>
#include <unistd.h>

#include "common/instant.h"
#include "daemon/kernel/linux.h"

/** Pairs read by linux_clocks(), of which the closest counts. */
#define TRIES 3

/** A tick that changes nothing, us (USER_HZ is 100 everywhere). */
#define TICK_US 10000

/** Sets "time" by timex.time; older C libraries do not name it. */
#ifndef ADJ_SETOFFSET
#define ADJ_SETOFFSET 0x0100
#endif

int64_t linux_ns(const struct timespec *t)
{
	return instant_from_s(t->tv_sec, t->tv_nsec);
}

static int64_t read_clock(clockid_t id)
{
	struct timespec t = {0};

	clock_gettime(id, &t);
	return linux_ns(&t);
}

int64_t linux_system_now(void)
{
	return read_clock(CLOCK_REALTIME);
}

/* What CLOCK_MONOTONIC shows without adjtimex(). */
static int64_t derive(const struct linux_kernel *l, int64_t monotonic)
{
	int64_t d = monotonic - l->derived_from;

	return l->derived_raw + d - llround((double)d * (l->steered / (1 + l->steered)));
}

static int64_t read_raw(const struct linux_kernel *l)
{
	return l->raw_derived ? derive(l, read_clock(CLOCK_MONOTONIC))
			      : read_clock(CLOCK_MONOTONIC_RAW);
}

void linux_clock_init(struct linux_kernel *l)
{
	struct timespec t;

	/* An interposer may have no raw clock, or one that is steered with the others. */
	l->raw_derived = !l->socket_flags || clock_gettime(CLOCK_MONOTONIC_RAW, &t) < 0;
}

void linux_clocks(struct kernel *k, struct kernel_clocks *ret)
{
	const struct linux_kernel *l = linux_kernel(k);
	int64_t best = INT64_MAX;

	/* An interruption between the readings shows as a long one. A fixed number of tries, never
	 * "until the clock ticks": an interposed clock stands still between waits. */
	for (int i = 0; i < TRIES; i++) {
		int64_t first = read_raw(l);
		int64_t system = read_clock(CLOCK_REALTIME);
		int64_t second = read_raw(l);

		if (second - first >= best)
			continue;
		best = second - first;
		ret->raw_ns = first + best / 2;
		ret->system_ns = system;
	}
	ret->error_s = (double)best / 2e9;
}

int64_t linux_system(struct kernel *k)
{
	(void)k;
	return linux_system_now();
}

int64_t linux_cpu(struct kernel *k)
{
	/* An interposer may end the process for a clock that it does not know. */
	return linux_kernel(k)->socket_flags ? read_clock(CLOCK_PROCESS_CPUTIME_ID) : 0;
}

static double seconds_of(struct timeval t)
{
	return (double)t.tv_sec + (double)t.tv_usec * 1e-6;
}

void linux_usage(struct kernel *k, struct kernel_usage *ret)
{
	struct rusage u;

	(void)k;
	memset(&u, 0, sizeof(u));
	getrusage(RUSAGE_SELF, &u);
	*ret = (struct kernel_usage){
		.pid = (long)getpid(),
		.user_s = seconds_of(u.ru_utime),
		.system_s = seconds_of(u.ru_stime),
		.minor_faults = u.ru_minflt,
		.major_faults = u.ru_majflt,
		.swaps = u.ru_nswap,
		.blocks_in = u.ru_inblock,
		.blocks_out = u.ru_oublock,
		.voluntary_switches = u.ru_nvcsw,
		.involuntary_switches = u.ru_nivcsw,
		.signals = u.ru_nsignals,
		.max_rss_kb = u.ru_maxrss,
	};
}

static unsigned modes_of(unsigned modes)
{
	static const struct {
		unsigned ours, system;
	} map[] = {
		{KERNEL_TIMEX_FREQUENCY, ADJ_FREQUENCY},
		{KERNEL_TIMEX_TICK, ADJ_TICK},
		{KERNEL_TIMEX_STATUS, ADJ_STATUS},
		{KERNEL_TIMEX_MAXERROR, ADJ_MAXERROR},
		{KERNEL_TIMEX_ESTERROR, ADJ_ESTERROR},
		{KERNEL_TIMEX_TAI, ADJ_TAI},
	};
	unsigned r = 0;

	for (size_t i = 0; i < sizeof map / sizeof *map; i++)
		if (modes & map[i].ours)
			r |= map[i].system;
	return r;
}

static void fill_pll(const struct timex *t, struct kernel_pll *ret)
{
	double unit = (t->status & STA_NANO) ? 1e-9 : 1e-6;

	*ret = (struct kernel_pll){
		.status = (unsigned)t->status,
		.offset = (double)t->offset * unit,
		.precision = (double)t->precision * 1e-6,
		.tolerance_ppm = ldexp((double)t->tolerance, -16),
		.constant = t->constant,
		.pps_frequency_ppm = ldexp((double)t->ppsfreq, -16),
		.pps_stability_ppm = ldexp((double)t->stabil, -16),
		.pps_jitter = (double)t->jitter * unit,
		.pps_shift = t->shift,
		.pps_jitter_exceeded = t->jitcnt,
		.pps_calibrations = t->calcnt,
		.pps_errors = t->errcnt,
		.pps_stability_exceeded = t->stbcnt,
	};
}

/* From now on the clocks are steered so. */
static void note_steering(struct linux_kernel *l, const struct timex *t)
{
	int64_t now = l->raw_derived ? read_clock(CLOCK_MONOTONIC) : 0;

	l->derived_raw = derive(l, now);
	l->derived_from = now;
	l->steered = (double)t->tick / TICK_US - 1 + ldexp((double)t->freq, -16) * 1e-6;
}

int linux_timex(struct kernel *k, struct kernel_timex *io)
{
	struct timex t = {.modes = modes_of(io->modes)};
	int state;

	t.freq = (long)io->frequency;
	t.tick = (long)io->tick_us;
	t.maxerror = (long)io->maxerror_us;
	t.esterror = (long)io->esterror_us;
	t.constant = io->tai;
	/* All other bits are cleared with ours: nobody else's PLL may steer beside us. */
	t.status = ((io->status & KERNEL_STATUS_INSERT) ? STA_INS : 0) |
		   ((io->status & KERNEL_STATUS_DELETE) ? STA_DEL : 0) |
		   ((io->status & KERNEL_STATUS_UNSYNC) ? STA_UNSYNC : 0);
	state = adjtimex(&t);
	if (state < 0)
		return -errno;
	note_steering(linux_kernel(k), &t);
	fill_pll(&t, &io->pll);
	io->frequency = t.freq;
	io->tick_us = t.tick;
	io->maxerror_us = t.maxerror;
	io->esterror_us = t.esterror;
	io->tai = t.tai;
	io->status = ((t.status & STA_INS) ? KERNEL_STATUS_INSERT : 0u) |
		     ((t.status & STA_DEL) ? KERNEL_STATUS_DELETE : 0u) |
		     ((t.status & STA_UNSYNC) ? KERNEL_STATUS_UNSYNC : 0u) |
		     (state == TIME_OOP || state == TIME_WAIT ? KERNEL_STATUS_MADE : 0u);
	return 0;
}

/* For kernels without ADJ_SETOFFSET: not atomic, so the step is off by the time between. */
static int step_by_setting(int64_t delta_ns)
{
	int64_t to = instant_add(linux_system_now(), delta_ns);
	struct timespec t = {
		.tv_sec = (time_t)instant_floor_s(to), .tv_nsec = (long)instant_rest_ns(to)};

	if (to < 0)
		return -EINVAL;
	return clock_settime(CLOCK_REALTIME, &t) < 0 ? -errno : 0;
}

int linux_step(struct kernel *k, int64_t delta_ns)
{
	struct timex t = {.modes = ADJ_SETOFFSET | ADJ_NANO};

	(void)k;
	t.time.tv_sec = (time_t)instant_floor_s(delta_ns);
	t.time.tv_usec = (suseconds_t)instant_rest_ns(delta_ns); /* nanoseconds, by ADJ_NANO */
	if (adjtimex(&t) >= 0)
		return 0;
	if (errno == EPERM)
		return -EPERM;
	return step_by_setting(delta_ns);
}
