/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The Linux kernel object: its making, its table of calls, waiting and randomness. Everything here
 * also runs under a libc interposer that fakes clock and network: poll() only, no descriptor of our
 * own in the wait set unless an answer on it is due, signals by EINTR.
 */
#define _GNU_SOURCE
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "daemon/kernel/linux.h"

struct linux_kernel *linux_kernel(struct kernel *k)
{
	return (struct linux_kernel *)k;
}

static int random_from_device(uint8_t *p, size_t n)
{
	size_t got = 0;
	int fd = open("/dev/urandom", O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return -errno;
	while (got < n) {
		ssize_t r = read(fd, p + got, n - got);

		if (r < 0 && errno == EINTR)
			continue;
		if (r <= 0) {
			int error = r < 0 ? errno : EIO;

			close(fd);
			return -error;
		}
		got += (size_t)r;
	}
	close(fd);
	return 0;
}

static int linux_random(struct kernel *k, void *p, size_t n)
{
	uint8_t *to = p;
	size_t got = 0;

	(void)k;
	while (got < n) {
		ssize_t r = getrandom(to + got, n - got, 0);

		if (r < 0 && errno == EINTR)
			continue;
		if (r < 0 && errno == ENOSYS)
			return random_from_device(to + got, n - got);
		if (r < 0)
			return -errno;
		got += (size_t)r;
	}
	return 0;
}

/* poll() counts by a clock that is steered, a slew of seconds makes it late by a tenth of them.
 * Whole milliseconds, up: else the loop would spin through the last fraction before a timer. */
static int poll_timeout(const struct linux_kernel *l, int64_t ns)
{
	/* With neither sockets nor a limit an interposer would know no end of the wait. */
	if (ns < 0 || ns >= (int64_t)INT_MAX / 2 * 1000000)
		return INT_MAX;
	ns += (int64_t)((double)ns * l->steered);
	return (int)((ns + 999999) / 1000000);
}

static int room_for(struct linux_kernel *l, size_t n)
{
	struct pollfd *polls;

	if (n <= l->room_polls)
		return 0;
	polls = realloc(l->polls, 2 * n * sizeof *polls);
	if (polls == NULL)
		return -ENOMEM;
	l->polls = polls;
	l->room_polls = 2 * n;
	return 0;
}

unsigned linux_events(struct linux_kernel *l, const struct pollfd *p, unsigned wanted)
{
	unsigned got = 0;

	if (p->revents & (POLLIN | POLLHUP))
		got |= KERNEL_READ;
	if (p->revents & (POLLOUT | POLLHUP))
		got |= KERNEL_WRITE;
	/* A stream that has ended keeps its error for stream_error() and stream_read(). */
	if ((p->revents & (POLLERR | POLLPRI)) && !(p->revents & POLLHUP)) {
		/* poll() reports an error for as long as nobody takes it */
		if (wanted & KERNEL_STAMP)
			got |= KERNEL_STAMP;
		else
			linux_clear_error(l, p->fd);
	}
	if (p->revents & POLLNVAL)
		got |= wanted; /* the owner learns it from the call that fails */
	return got & wanted;
}

bool linux_told(struct linux_kernel *l, int fd, short events)
{
	if (l->socket_flags)
		return true;
	for (size_t i = 0; i < l->n_polls; i++) {
		if (l->polls[i].fd != fd || !(l->polls[i].revents & (events | POLLERR | POLLHUP)))
			continue;
		l->polls[i].revents = 0;
		return true;
	}
	return false;
}

struct pollfd linux_poll(const struct kernel_wait *w)
{
	struct pollfd p = {.fd = w->fd};

	if (w->wanted & KERNEL_READ)
		p.events |= POLLIN;
	if (w->wanted & KERNEL_WRITE)
		p.events |= POLLOUT;
	if (w->wanted & KERNEL_STAMP)
		p.events |= POLLPRI;
	return p;
}

static int linux_wait(struct kernel *k, struct kernel_wait *w, size_t n, int64_t timeout_ns)
{
	struct linux_kernel *l = linux_kernel(k);
	int ready = 0, r, error;
	size_t n_polls;
	bool answers = false;

	l->running = true;
	l->n_polls = 0;
	for (size_t i = 0; i < n; i++)
		w[i].got = 0;
	/* What is answered may have set timers: the timeout is void then. */
	if (linux_resolve_deliver(l) > 0)
		return 0;
	if ((r = room_for(l, n + LINUX_HELPERS)) < 0)
		return r;
	for (size_t i = 0; i < n; i++)
		l->polls[i] = linux_poll(&w[i]);
	n_polls = n + linux_resolve_polls(l, l->polls + n);
	linux_threads_release(l);
	r = poll(l->polls, n_polls, poll_timeout(l, timeout_ns));
	error = errno;
	linux_threads_hold(l);
	l->counts.wakeups++;
	if (r < 0)
		return error == EINTR ? 0 : -error;
	l->counts.useful += r > 0;
	l->n_polls = n;
	for (size_t i = 0; i < n; i++) {
		w[i].got = linux_events(l, &l->polls[i], w[i].wanted);
		if (w[i].got != 0)
			ready++;
	}
	for (size_t i = n; i < n_polls; i++) {
		if (l->polls[i].revents == 0)
			continue;
		linux_resolve_read(l, l->polls[i].fd);
		answers = true;
	}
	if (answers)
		linux_resolve_deliver(l);
	return ready;
}

static void linux_identity(struct kernel *k, struct kernel_identity *ret)
{
	struct utsname u;

	(void)k;
	memset(ret, 0, sizeof *ret);
	if (uname(&u) < 0)
		return;
	snprintf(ret->machine, sizeof ret->machine, "%s", u.machine);
	snprintf(ret->system, sizeof ret->system, "%s", u.sysname);
	snprintf(ret->release, sizeof ret->release, "%s", u.release);
	snprintf(ret->node, sizeof ret->node, "%s", u.nodename);
}

static void linux_counts(const struct kernel *k, struct kernel_counts *ret)
{
	const struct linux_kernel *l = (const struct linux_kernel *)k;

	*ret = l->counts;
	linux_threads_count(l, ret);
}

static const struct kernel_ops linux_ops = {
	.clocks = linux_clocks,
	.system = linux_system,
	.cpu = linux_cpu,
	.timex = linux_timex,
	.step = linux_step,
	.open = linux_open,
	.receive = linux_receive,
	.send = linux_send,
	.sent = linux_sent,
	.card_start = linux_card_start,
	.card_speed = linux_card_speed,
	.interfaces = linux_interfaces,
	.stamp_ids = linux_stamp_ids,
	.interface_name = linux_interface_name,
	.addresses = linux_addresses,
	.watch_addresses = linux_watch_addresses,
	.stream_connect = linux_stream_connect,
	.stream_error = linux_stream_error,
	.stream_listen = linux_stream_listen,
	.stream_accept = linux_stream_accept,
	.stream_read = linux_stream_read,
	.stream_write = linux_stream_write,
	.device_open = linux_device_open,
	.device_read = linux_device_read,
	.device_pulse = linux_device_pulse,
	.device_compare = linux_device_compare,
	.rtc_tick = linux_rtc_tick,
	.rtc_read = linux_rtc_read,
	.rtc_set = linux_rtc_set,
	.memory_attach = linux_memory_attach,
	.memory_state = linux_memory_state,
	.memory_detach = linux_memory_detach,
	.local = linux_local,
	.close = linux_close,
	.wait = linux_wait,
	.identity = linux_identity,
	.counts = linux_counts,
	.usage = linux_usage,
	.random = linux_random,
	.resolve = linux_resolve,
	.resolve_cancel = linux_resolve_cancel,
	.process = linux_process,
	.share = linux_share,
	.thread_start = linux_thread_start,
	.thread_stop = linux_thread_stop,
	.exclude = linux_exclude,
	.fast_path = linux_fast_path,
	.program = linux_program,
	.file_load = linux_file_load,
	.file_time = linux_file_time,
	.file_mode = linux_file_mode,
	.file_save = linux_file_save,
	.file_append = linux_file_append,
	.file_remove = linux_file_remove,
	.file_link = linux_file_link,
	.file_list = linux_file_list,
};

struct kernel *kernel_linux_create(void)
{
	struct linux_kernel *l = calloc(1, sizeof *l);

	if (l == NULL)
		return NULL;
	l->base.ops = &linux_ops;
	if (linux_datagram_init(l) < 0) {
		free(l);
		return NULL;
	}
	pthread_mutex_init(&l->exclusion, NULL);
	linux_socket_init(l);
	linux_clock_init(l);
	linux_resolve_init(l);
	return &l->base;
}

void kernel_linux_destroy(struct kernel *k)
{
	struct linux_kernel *l = linux_kernel(k);

	if (l == NULL)
		return;
	linux_threads_done(l);
	pthread_mutex_destroy(&l->exclusion);
	linux_process_done(l);
	linux_resolve_done(l);
	linux_path_done(l);
	linux_device_done(l);
	linux_datagram_done(l);
	linux_kept_done(l);
	if (l->anchor >= 0)
		close(l->anchor);
	free(l->polls);
	free(l);
}
