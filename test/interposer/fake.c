/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A libc between a time daemon and the kernel, to be preloaded: its time runs FAKE_SPEED times as
 * fast as real time, and the system clock is a made-up one that only the daemon steers. True time
 * is the same for all daemons of a test: FAKE_EPOCH, s since 1970, at the real instant FAKE_BASE, s
 * of CLOCK_MONOTONIC. The clock begins FAKE_OFFSET s ahead of it and its oscillator gains
 * FAKE_DRIFT ppm. How far off it is goes to FAKE_LOG every second.
 *
 * What simulators of this kind do not have, it refuses as they do: flags in the type of a socket,
 * several datagrams at once, other event waits than poll() and select(), raw system calls.
 */
#define _GNU_SOURCE

#include <dlfcn.h>
#include <errno.h>
#include <poll.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/timex.h>
#include <time.h>
#include <unistd.h>

#ifndef SCM_TIMESTAMPING
#define SCM_TIMESTAMPING SO_TIMESTAMPING
#endif

#define REAL(name) real_##name = (__typeof__(real_##name))dlsym(RTLD_NEXT, #name)

static int (*real_clock_gettime)(clockid_t, struct timespec *);
static int (*real_ppoll)(struct pollfd *, nfds_t, const struct timespec *, const sigset_t *);
static int (*real_select)(int, fd_set *, fd_set *, fd_set *, struct timeval *);
static int (*real_socket)(int, int, int);
static ssize_t (*real_recvmsg)(int, struct msghdr *, int);

/* The made-up clock: a straight piece from where it was last touched. */
static struct {
	bool ready;
	double speed, base, drift;
	int64_t epoch;               /* ns */
	int64_t last_true, last_sys; /* ns */
	int64_t stepped;             /* ns, all steps */
	long freq, tick;             /* as adjtimex() has them */
	struct timex timex;
	int64_t told; /* ns, true time of the last line of the log */
} fake;

static double setting(const char *name, double unless)
{
	const char *p = getenv(name);

	return p ? atof(p) : unless;
}

static double real_time(clockid_t id)
{
	struct timespec ts;

	real_clock_gettime(id, &ts);
	return (double)ts.tv_sec + 1e-9 * (double)ts.tv_nsec;
}

static int64_t true_at(double monotonic)
{
	return fake.epoch + (int64_t)((monotonic - fake.base) * fake.speed * 1e9);
}

static void begin(void)
{
	if (fake.ready)
		return;
	REAL(clock_gettime);
	REAL(ppoll);
	REAL(select);
	REAL(socket);
	REAL(recvmsg);
	fake.ready = true;
	fake.speed = setting("FAKE_SPEED", 1);
	fake.base = setting("FAKE_BASE", real_time(CLOCK_MONOTONIC));
	fake.epoch = (int64_t)setting("FAKE_EPOCH", 1800000000) * 1000000000;
	fake.drift = setting("FAKE_DRIFT", 0) * 1e-6;
	fake.tick = 10000;
	fake.last_true = true_at(real_time(CLOCK_MONOTONIC));
	fake.last_sys = fake.last_true + (int64_t)(setting("FAKE_OFFSET", 0) * 1e9);
	fake.timex = (struct timex){.status = STA_UNSYNC,
		.maxerror = 16000000,
		.esterror = 16000000,
		.precision = 1,
		.tolerance = 32768000};
}

/* What the system clock reads at a true time. */
static int64_t sys_at(int64_t t)
{
	double rate = (1 + fake.drift) * ((double)fake.tick / 10000 + (double)fake.freq / 65536e6);

	return fake.last_sys + (int64_t)((double)(t - fake.last_true) * rate);
}

static void tell(int64_t t)
{
	const char *path = getenv("FAKE_LOG");
	FILE *f;

	if (!path || t - fake.told < 1000000000)
		return;
	fake.told = t;
	f = fopen(path, "a");
	if (!f)
		return;
	fprintf(f, "%.3f %.9f\n", (double)(t - fake.epoch) * 1e-9, (double)(sys_at(t) - t) * 1e-9);
	fclose(f);
}

/* Begins a new piece now. */
static int64_t touch(void)
{
	int64_t t;

	begin();
	t = true_at(real_time(CLOCK_MONOTONIC));
	tell(t);
	fake.last_sys = sys_at(t);
	fake.last_true = t;
	return t;
}

static void to_timespec(int64_t ns, struct timespec *ret)
{
	ret->tv_sec = ns / 1000000000;
	ret->tv_nsec = ns % 1000000000;
}

int clock_gettime(clockid_t id, struct timespec *ret)
{
	int64_t t;

	begin();
	t = true_at(real_time(CLOCK_MONOTONIC));
	switch (id) {
	case CLOCK_REALTIME:
	case CLOCK_REALTIME_COARSE:
		to_timespec(sys_at(t), ret);
		return 0;
	case CLOCK_MONOTONIC:
	case CLOCK_MONOTONIC_COARSE:
		to_timespec(sys_at(t) - fake.stepped - fake.epoch + 1000000000000, ret);
		return 0;
	case CLOCK_MONOTONIC_RAW:
		to_timespec((int64_t)((double)(t - fake.epoch) * (1 + fake.drift)) + 1000000000000,
			ret);
		return 0;
	default:
		errno = EINVAL;
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

static void step(int64_t ns)
{
	fake.last_sys += ns;
	fake.stepped += ns;
}

int clock_settime(clockid_t id, const struct timespec *to)
{
	touch();
	if (id != CLOCK_REALTIME) {
		errno = EINVAL;
		return -1;
	}
	step((int64_t)to->tv_sec * 1000000000 + to->tv_nsec - fake.last_sys);
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

	touch();
	if (modes & ADJ_FREQUENCY)
		fake.freq = io->freq > 32768000    ? 32768000
			    : io->freq < -32768000 ? -32768000
						   : io->freq;
	if (modes & ADJ_TICK) {
		if (io->tick < 9000 || io->tick > 11000) {
			errno = EINVAL;
			return -1;
		}
		fake.tick = io->tick;
	}
	if (modes & ADJ_SETOFFSET)
		step((int64_t)io->time.tv_sec * 1000000000 +
			(int64_t)io->time.tv_usec * (modes & ADJ_NANO ? 1 : 1000));
	if (modes & ADJ_STATUS)
		fake.timex.status = io->status;
	if (modes & ADJ_MAXERROR)
		fake.timex.maxerror = io->maxerror;
	if (modes & ADJ_ESTERROR)
		fake.timex.esterror = io->esterror;
	if (modes & ADJ_TAI)
		fake.timex.tai = (int)io->constant;
	*io = fake.timex;
	io->modes = modes;
	io->freq = fake.freq;
	io->tick = fake.tick;
	io->time.tv_sec = fake.last_sys / 1000000000;
	io->time.tv_usec = fake.last_sys % 1000000000 / 1000;
	return fake.timex.status & STA_UNSYNC ? TIME_ERROR : TIME_OK;
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

/* ------------------------------------------------------------------------------ waiting */
int poll(struct pollfd *fds, nfds_t n, int timeout)
{
	struct timespec ts;

	touch();
	to_timespec((int64_t)(timeout * 1e6 / fake.speed), &ts);
	return real_ppoll(fds, n, timeout < 0 ? NULL : &ts, NULL);
}

int select(int n, fd_set *restrict r, fd_set *restrict w, fd_set *restrict e,
	struct timeval *restrict timeout)
{
	struct timeval tv = {0, 0};
	double s;

	touch();
	if (timeout) {
		s = ((double)timeout->tv_sec + 1e-6 * (double)timeout->tv_usec) / fake.speed;
		tv.tv_sec = (time_t)s;
		tv.tv_usec = (suseconds_t)((s - (double)tv.tv_sec) * 1e6);
	}
	return real_select(n, r, w, e, timeout ? &tv : NULL);
}

int usleep(useconds_t us)
{
	return poll(NULL, 0, (int)(us / 1000) + 1);
}

int nanosleep(const struct timespec *t, struct timespec *left)
{
	(void)left;
	return poll(NULL, 0, (int)(t->tv_sec * 1000 + t->tv_nsec / 1000000) + 1);
}

/* ------------------------------------------------------------------------------ sockets */
/* A stamp of the kernel, of real time, becomes one of the made-up clock. */
static void translate(struct timespec *io)
{
	double ago;

	if (io->tv_sec == 0 && io->tv_nsec == 0)
		return;
	ago = real_time(CLOCK_REALTIME) - ((double)io->tv_sec + 1e-9 * (double)io->tv_nsec);
	to_timespec(sys_at(true_at(real_time(CLOCK_MONOTONIC) - ago)), io);
}

static void translate_all(struct msghdr *m)
{
	for (struct cmsghdr *c = CMSG_FIRSTHDR(m); c; c = CMSG_NXTHDR(m, c)) {
		struct timespec ts[3];

		if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_TIMESTAMPING)
			continue;
		memcpy(ts, CMSG_DATA(c), sizeof(ts));
		translate(&ts[0]);
		memcpy(CMSG_DATA(c), ts, sizeof(ts));
	}
}

int socket(int domain, int type, int protocol)
{
	begin();
	if ((domain == AF_INET || domain == AF_INET6) && type & (SOCK_NONBLOCK | SOCK_CLOEXEC)) {
		errno = EINVAL;
		return -1;
	}
	if (domain != AF_INET && domain != AF_INET6 && domain != AF_UNIX) {
		errno = EINVAL;
		return -1;
	}
	return real_socket(domain, type, protocol);
}

ssize_t recvmsg(int fd, struct msghdr *m, int flags)
{
	ssize_t r;

	begin();
	r = real_recvmsg(fd, m, flags);
	if (r >= 0)
		translate_all(m);
	return r;
}

/* One at a time. */
int recvmmsg(int fd, struct mmsghdr *m, unsigned n, int flags, struct timespec *timeout)
{
	ssize_t r;

	(void)timeout;
	if (n == 0)
		return 0;
	r = recvmsg(fd, &m[0].msg_hdr, flags & ~MSG_WAITFORONE);
	if (r < 0)
		return -1;
	m[0].msg_len = (unsigned)r;
	return 1;
}

/* ------------------------------------------------------------------------------ refused */
#define BAD_DESCRIPTOR(type, name, ...)                                                            \
	type name(__VA_ARGS__)                                                                     \
	{                                                                                          \
		errno = EBADF;                                                                     \
		return -1;                                                                         \
	}

BAD_DESCRIPTOR(int, sendmmsg, int fd, struct mmsghdr *m, unsigned n, int flags)
BAD_DESCRIPTOR(int, accept4, int fd, struct sockaddr *a, socklen_t *n, int flags)
BAD_DESCRIPTOR(int, getpeername, int fd, struct sockaddr *a, socklen_t *n)
BAD_DESCRIPTOR(int, epoll_create1, int flags)
BAD_DESCRIPTOR(int, signalfd, int fd, const sigset_t *set, int flags)

int ppoll(struct pollfd *fds, nfds_t n, const struct timespec *timeout, const sigset_t *mask)
{
	(void)fds, (void)n, (void)timeout, (void)mask;
	fprintf(stderr, "interposer: ppoll() was called\n");
	abort();
}

int pselect(int n, fd_set *r, fd_set *w, fd_set *e, const struct timespec *t, const sigset_t *mask)
{
	(void)n, (void)r, (void)w, (void)e, (void)t, (void)mask;
	fprintf(stderr, "interposer: pselect() was called\n");
	abort();
}

long syscall(long number, ...)
{
	fprintf(stderr, "interposer: system call %ld\n", number);
	abort();
}
