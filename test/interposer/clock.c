/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The made-up clock: what reads, steers and waits by it, and a receiver that knows true time.
 */
#define _GNU_SOURCE

#include <errno.h>
#include <math.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/shm.h>
#include <sys/time.h>
#include <sys/timex.h>
#include <unistd.h>

#include "interposer.h"

struct simulation sim;

/* The system clock and its oscillator, s and ppm. */
static struct {
	long double error, mono;
	double freq, wander;
	long kernel_freq, tick;
	struct timex timex;
	unsigned early_reads;
	int64_t told, leap_done;
	int waits; /* for the bit to be cleared, after a leap second */
	FILE *log;
} clk;

static void shm_sample(void);

static double setting(const char *name, double unless)
{
	const char *p = getenv(name);

	return p ? atof(p) : unless;
}

void stop(const char *what)
{
	dprintf(2, "interposer: %s\n", what);
	abort();
}

uint64_t random64(void)
{
	sim.random ^= sim.random << 13;
	sim.random ^= sim.random >> 7;
	sim.random ^= sim.random << 17;
	return sim.random;
}

static double uniform(void)
{
	return ((double)(random64() >> 11) + 0.5) / 9007199254740992.0;
}

static double normal(void)
{
	return sqrt(-2 * log(uniform())) * cos(2 * M_PI * uniform());
}

void begin(void)
{
	if (!sim.ready) {
		sim.ready = true;
		sim.pid = getpid();
		sim.fd = (int)setting("SIM_FD", -1);
		sim.ip = 0xc0a87b00 + (uint32_t)setting("SIM_NODE", 1);
		sim.start = (int64_t)setting("SIM_START", 1262304000);
		sim.now = sim.began = setting("SIM_NOW", 0);
		clk.error = setting("SIM_OFFSET", 0);
		clk.freq = setting("SIM_FREQ", 0);
		clk.wander = setting("SIM_WANDER", 0);
		sim.random = (uint64_t)setting("SIM_SEED", 1) * 0x9e3779b97f4a7c15u + sim.ip;
		clk.tick = 10000;
		sim.port = 32768 + (unsigned)(random64() % 20000);
		clk.told = (int64_t)sim.now;
		clk.timex = (struct timex){.status = STA_UNSYNC,
			.maxerror = 16000000,
			.esterror = 16000000,
			.precision = 1,
			.tolerance = 32768000};
		if (getenv("SIM_CLOCK"))
			clk.log = fopen(getenv("SIM_CLOCK"), "ae");
		srandom((unsigned)random64());
	}
	if (getpid() != sim.pid)
		stop("called in a child");
}

int bad(int error)
{
	errno = error;
	return -1;
}

/* ------------------------------------------------------------------------------ the clock */
static double steered(void)
{
	return (double)clk.tick / 10000 + (double)clk.kernel_freq / 65536e6;
}

static double rate(void)
{
	return (1 + clk.freq * 1e-6) * steered();
}

/* The kernel's leap second: at the end of the UTC day by its own clock. */
static void leap(void)
{
	int64_t s = sim.start + (int64_t)floorl(sim.now + clk.error);

	if (clk.timex.status & STA_INS && s % 86400 == 0 && s != clk.leap_done) {
		clk.error -= 1;
		clk.timex.tai++;
		clk.leap_done = s;
		clk.waits = 1;
	} else if (clk.timex.status & STA_DEL && s % 86400 == 86399 && s + 1 != clk.leap_done) {
		clk.error += 1;
		clk.timex.tai--;
		clk.leap_done = s + 1;
		clk.waits = 1;
	}
}

static void advance_piece(long double to)
{
	long double dt = to - sim.now;

	clk.error += dt * (rate() - 1);
	clk.mono += dt * rate();
	sim.now = to;
}

static void advance(long double to)
{
	while (clk.told + 1 <= to) {
		advance_piece(++clk.told);
		clk.freq += clk.wander * normal();
		leap();
		shm_sample();
		if (clk.log) {
			fprintf(clk.log, "%lld %.9Lf %.6f\n", (long long)clk.told, clk.error,
				(rate() - 1) * 1e6);
			fflush(clk.log);
		}
	}
	advance_piece(to);
}

void to_timespec(int64_t whole, long double s, struct timespec *ret)
{
	int64_t ns = (int64_t)floorl(s * 1e9L + 0.5L);
	int64_t down = ns / 1000000000 - (ns % 1000000000 < 0);

	ret->tv_sec = whole + down;
	ret->tv_nsec = ns - down * 1000000000;
}

int clock_gettime(clockid_t id, struct timespec *ret)
{
	long double later = 0;

	begin();
	if (sim.now < sim.began + 0.1 && clk.early_reads < 2000)
		later = ++clk.early_reads * 30e-9L;
	switch (id) {
	case CLOCK_REALTIME:
	case CLOCK_REALTIME_COARSE:
		to_timespec(sim.start, sim.now + clk.error + later, ret);
		return 0;
	case CLOCK_MONOTONIC:
	case CLOCK_MONOTONIC_COARSE:
	case CLOCK_MONOTONIC_RAW: /* steered with the other, which no kernel's is */
		to_timespec(1000, clk.mono + later, ret);
		return 0;
	default:
		stop("a clock that is not there");
		return -1;
	}
}

int gettimeofday(struct timeval *restrict ret, void *restrict zone)
{
	struct timespec ts;

	(void)zone;
	clock_gettime(CLOCK_REALTIME, &ts);
	ret->tv_sec = ts.tv_sec;
	ret->tv_usec = ts.tv_nsec / 1000;
	return 0;
}

time_t time(time_t *ret)
{
	struct timespec ts;

	clock_gettime(CLOCK_REALTIME, &ts);
	if (ret)
		*ret = ts.tv_sec;
	return ts.tv_sec;
}

int clock_settime(clockid_t id, const struct timespec *to)
{
	begin();
	if (id != CLOCK_REALTIME) {
		errno = EINVAL;
		return -1;
	}
	clk.error = (long double)(to->tv_sec - sim.start) + to->tv_nsec * 1e-9L - sim.now;
	return 0;
}

int settimeofday(const struct timeval *to, const struct timezone *zone)
{
	(void)zone;
	return clock_settime(CLOCK_REALTIME, &(struct timespec){to->tv_sec, to->tv_usec * 1000});
}

int adjtimex(struct timex *io)
{
	unsigned modes = io->modes;
	struct timespec ts;

	begin();
	if (modes & ADJ_TICK && (io->tick < 9000 || io->tick > 11000)) {
		errno = EINVAL;
		return -1;
	}
	if (modes & ADJ_SETOFFSET &&
		(io->time.tv_usec < 0 ||
			io->time.tv_usec >= (modes & ADJ_NANO ? 1000000000 : 1000000))) {
		errno = EINVAL;
		return -1;
	}
	if (modes & ADJ_TICK)
		clk.tick = io->tick;
	if (modes & ADJ_FREQUENCY)
		clk.kernel_freq = io->freq > 32768000    ? 32768000
				  : io->freq < -32768000 ? -32768000
							 : io->freq;
	if (modes & ADJ_SETOFFSET)
		clk.error +=
			io->time.tv_sec + io->time.tv_usec * (modes & ADJ_NANO ? 1e-9L : 1e-6L);
	if (modes & ADJ_STATUS) {
		clk.timex.status = io->status;
		clk.waits = clk.waits && io->status & (STA_INS | STA_DEL);
	}
	if (modes & ADJ_MAXERROR)
		clk.timex.maxerror = io->maxerror;
	if (modes & ADJ_ESTERROR)
		clk.timex.esterror = io->esterror;
	if (modes & ADJ_TAI)
		clk.timex.tai = (int)io->constant;
	clock_gettime(CLOCK_REALTIME, &ts);
	*io = clk.timex;
	io->modes = modes;
	io->freq = clk.kernel_freq;
	io->tick = clk.tick;
	io->time.tv_sec = ts.tv_sec;
	io->time.tv_usec = ts.tv_nsec / 1000;
	return clk.timex.status & STA_UNSYNC ? TIME_ERROR
	       : clk.waits                   ? TIME_WAIT
	       : clk.timex.status & STA_INS  ? TIME_INS
	       : clk.timex.status & STA_DEL  ? TIME_DEL
					     : TIME_OK;
}

int ntp_adjtime(struct timex *io)
{
	return adjtimex(io);
}

int clock_adjtime(clockid_t id, struct timex *io)
{
	(void)id;
	return adjtimex(io);
}

/* ------------------------------------------------------------------------------ a receiver */
/* What ntpd's shared memory holds of a receiver's: one reading each second, where SIM_SHM says how
 * much noise it has, s. */
struct shm_segment {
	int mode, count;
	int64_t clock_s;
	int clock_us;
	int64_t receive_s;
	int receive_us, leap, precision, samples, valid;
	unsigned clock_ns, receive_ns;
	int unused[8];
};

static struct shm_segment segments[4];

static void shm_sample(void)
{
	double noise = setting("SIM_SHM", -1);
	struct timespec true_time, ours;

	if (noise < 0)
		return;
	to_timespec(sim.start, sim.now, &true_time);
	for (int i = 0; i < 4; i++) {
		struct shm_segment *s = &segments[i];

		to_timespec(sim.start, sim.now + clk.error + noise * normal(), &ours);
		s->mode = 1;
		s->count++;
		s->clock_s = true_time.tv_sec;
		s->clock_us = (int)(true_time.tv_nsec / 1000);
		s->clock_ns = (unsigned)true_time.tv_nsec;
		s->receive_s = ours.tv_sec;
		s->receive_us = (int)(ours.tv_nsec / 1000);
		s->receive_ns = (unsigned)ours.tv_nsec;
		s->valid = 1;
	}
}

int shmget(key_t key, size_t size, int flags)
{
	(void)size, (void)flags;
	if (key >= 0x4e545030 && key < 0x4e545034)
		return key - 0x4e545030;
	errno = EINVAL;
	return -1;
}

void *shmat(int id, const void *at, int flags)
{
	(void)at, (void)flags;
	return &segments[id & 3];
}

int shmdt(const void *at)
{
	(void)at;
	return 0;
}

/* ------------------------------------------------------------------------------ waiting */
void say(struct message *m)
{
	REAL(ssize_t, send, int, const void *, size_t, int);
	m->time = (double)sim.now;
	real(sim.fd, m, HEAD + m->length, MSG_NOSIGNAL);
}

long double after(long double s)
{
	return sim.now + s / rate() + 1e-6L;
}

int wait_until(long double until)
{
	REAL(ssize_t, recv, int, void *, size_t, int);
	static struct message m;
	struct timespec ts;

	memset(&m, 0, HEAD);
	m.kind = SAY_WAIT;
	m.time = (double)until;
	{
		REAL(ssize_t, send, int, const void *, size_t, int);
		real(sim.fd, &m, HEAD, MSG_NOSIGNAL);
	}
	if (real(sim.fd, &m, sizeof(m), 0) < (ssize_t)HEAD) {
		dprintf(2, "interposer: the simulation is over\n");
		_exit(99);
	}
	if (m.time > sim.now)
		advance(m.time);
	switch (m.kind) {
	case EVENT_TIME:
		return 1;
	case EVENT_END:
		raise(SIGTERM);
		return bad(EINTR);
	case EVENT_STEP:
		memcpy(&ts, m.data, sizeof(ts));
		clk.error += ts.tv_sec + ts.tv_nsec * 1e-9L;
		return 0;
	default:
		deliver(&m);
		return 0;
	}
}

int nanosleep(const struct timespec *t, struct timespec *left)
{
	long double until;

	(void)left;
	begin();
	until = after(t->tv_sec + t->tv_nsec * 1e-9L);
	while (sim.now < until)
		if (wait_until(until) < 0)
			return -1;
	return 0;
}

int clock_nanosleep(clockid_t id, int flags, const struct timespec *t, struct timespec *left)
{
	(void)id, (void)flags;
	return nanosleep(t, left) ? errno : 0;
}

int usleep(useconds_t us)
{
	return nanosleep(&(struct timespec){us / 1000000, us % 1000000 * 1000}, NULL);
}

ssize_t getrandom(void *ret, size_t n, unsigned flags)
{
	(void)flags;
	begin();
	for (size_t i = 0; i < n; i++)
		((uint8_t *)ret)[i] = (uint8_t)(random64() >> 20);
	return (ssize_t)n;
}
