/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Programs that feed reference clocks with too much, or fall silent, in a world of one descriptor.
 */
#include "config.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "common/instant.h"
#include "common/text.h"
#include "daemon/kernel/kernel.h"
#include "daemon/loop/loop.h"
#include "refclocks/refclock.h"

extern const struct refclock_driver refclock_driver_gpsd, refclock_driver_sock;

#define FD    5
#define FLOOD 100000

struct feed {
	struct kernel kernel; /* first: the kernel handed in is the feed */
	int64_t raw;
	unsigned got;       /**< what the descriptor is ready for */
	unsigned datagrams; /**< taken so far */
	unsigned connections, closed, refused;
	unsigned samples;
	const char *says; /**< what comes next by the stream; NULL or "": empty lines */
	enum status_clock_fault kind;
	char trouble[100]; /**< what is wrong, as it was told last */
	struct refclock_env env;
	struct refclock_instance *clock;
};

static struct feed *feed_of(struct kernel *k)
{
	return (struct feed *)(void *)k;
}

static void feed_clocks(struct kernel *k, struct kernel_clocks *ret)
{
	*ret = (struct kernel_clocks){.raw_ns = feed_of(k)->raw, .system_ns = feed_of(k)->raw};
}

static int feed_wait(struct kernel *k, struct kernel_wait *w, size_t n, int64_t timeout_ns)
{
	(void)timeout_ns;
	for (size_t i = 0; i < n; i++)
		w[i].got = feed_of(k)->got;
	return (int)n;
}

static int feed_open(struct kernel *k, const struct kernel_socket *s)
{
	(void)k;
	(void)s;
	return FD;
}

/* Always as many as there is room for, up to what would hold a daemon for long. */
static int feed_receive(struct kernel *k, int fd, struct kernel_message *m, size_t n)
{
	struct feed *f = feed_of(k);

	assert_int_equal(fd, FD);
	if (f->datagrams >= FLOOD)
		return -EAGAIN;
	for (size_t i = 0; i < n; i++)
		m[i].n = 1;
	f->datagrams += (unsigned)n;
	return (int)n;
}

static void feed_close(struct kernel *k, int fd)
{
	assert_int_equal(fd, FD);
	feed_of(k)->closed++;
}

static int feed_connect(struct kernel *k, const struct kernel_socket *s)
{
	(void)s;
	feed_of(k)->connections++;
	return FD;
}

static int feed_error(struct kernel *k, int fd)
{
	(void)k;
	(void)fd;
	return 0;
}

static int feed_read(struct kernel *k, int fd, uint8_t *p, size_t room)
{
	struct feed *f = feed_of(k);

	(void)fd;
	assert_true(room > 0);
	p[0] = '\n';
	if (f->says != NULL && *f->says != '\0')
		p[0] = (uint8_t)*f->says++;
	return 1;
}

static int feed_write(struct kernel *k, int fd, struct span data)
{
	(void)k;
	(void)fd;
	return (int)data.n;
}

static const struct kernel_ops ops = {.clocks = feed_clocks,
	.wait = feed_wait,
	.open = feed_open,
	.receive = feed_receive,
	.close = feed_close,
	.stream_connect = feed_connect,
	.stream_error = feed_error,
	.stream_read = feed_read,
	.stream_write = feed_write};

static bool take_sample(
	void *arg, int64_t system, double offset, double dispersion, enum leap leap, bool pulse)
{
	struct feed *f = arg;

	assert_true(system == 1795424846 * INSTANT_S && offset == -0.25 && dispersion == 0);
	assert_true(leap == LEAP_NONE && !pulse);
	f->samples++;
	return true;
}

static void take_refused(void *arg, const char *why)
{
	struct feed *f = arg;

	(void)why;
	f->refused++;
}

static void take_trouble(void *arg, enum status_clock_fault kind, const char *what)
{
	struct feed *f = arg;

	f->kind = kind;
	text_copy(f->trouble, sizeof(f->trouble), what != NULL ? what : "");
}

static void begin(struct feed *f, const struct refclock_driver *driver, const char *parameter)
{
	static const struct refclock_sink sink = {
		.sample = take_sample, .refused = take_refused, .trouble = take_trouble};
	struct settings_refclock s = settings_refclock_default();
	char buffer[256];
	struct text why = text_on(buffer, sizeof(buffer));

	memset(f, 0, sizeof(*f));
	f->kernel.ops = &ops;
	f->raw = 1000 * INSTANT_S;
	f->env.kernel = &f->kernel;
	f->env.loop = loop_create(&f->kernel);
	assert_non_null(f->env.loop);
	assert_int_equal(text_copy(s.parameter, sizeof(s.parameter), parameter), 0);
	assert_int_equal(driver->create(&f->env, &s, &sink, f, &why, &f->clock), 0);
}

static void end(struct feed *f, const struct refclock_driver *driver)
{
	driver->destroy(f->clock);
	loop_destroy(f->env.loop);
}

/* Others wait while datagrams are taken: a program that sends without end must not stop them. */
static void a_flood_holds_nobody_up(void **state)
{
	struct feed f;

	(void)state;
	begin(&f, &refclock_driver_sock, "/run/feed.sock");
	f.got = KERNEL_READ;
	assert_int_equal(loop_turn(f.env.loop), 0);
	assert_true(f.datagrams > 0 && f.datagrams <= 100);
	assert_int_equal(f.refused, f.datagrams);
	assert_int_equal(f.samples, 0);
	end(&f, &refclock_driver_sock);
}

/** Lets seconds pass with a poll in each. */
static void pass(struct feed *f, unsigned seconds)
{
	while (seconds-- > 0) {
		f->raw += INSTANT_S;
		assert_int_equal(loop_turn(f->env.loop), 0);
		refclock_driver_gpsd.poll(f->clock);
	}
}

/* gpsd may be on a machine that lost its power: nothing says so. */
static void a_connection_that_is_dead_is_made_anew(void **state)
{
	struct feed f;

	(void)state;
	begin(&f, &refclock_driver_gpsd, "192.0.2.1");
	f.got = KERNEL_WRITE;
	pass(&f, 2);
	assert_int_equal(f.connections, 1);
	/* As long as something comes, if only lines without time, it is alive. */
	f.got = KERNEL_READ;
	pass(&f, 200);
	assert_int_equal(f.connections, 1);
	f.got = 0;
	pass(&f, 50);
	assert_int_equal(f.connections, 1);
	pass(&f, 20);
	assert_int_equal(f.closed, 1);
	assert_int_equal(f.connections, 2);
	end(&f, &refclock_driver_gpsd);
}

/** Lets all that gpsd says come. */
static void say(struct feed *f, const char *what)
{
	f->says = what;
	while (*f->says != '\0')
		assert_int_equal(loop_turn(f->env.loop), 0);
}

#define TOFF                                                                                       \
	"{\"class\":\"TOFF\",\"device\":\"/dev/gps0\",\"real_sec\":1795424845,"                    \
	"\"real_nsec\":750000000,\"clock_sec\":1795424846,\"clock_nsec\":0}\n"

/** Without a fix a receiver tells what its own clock makes of the last one. */
static void without_a_fix_there_is_no_time(void **state)
{
	struct text t;
	struct feed f;
	char counts[64];

	(void)state;
	begin(&f, &refclock_driver_gpsd, "192.0.2.1");
	f.got = KERNEL_WRITE;
	pass(&f, 2);
	f.got = KERNEL_READ;
	say(&f, "{\"class\":\"TPV\",\"device\":\"/dev/gps0\",\"mode\":1}\n" TOFF TOFF
		"{nonsense\n");
	assert_int_equal(f.samples, 0);
	assert_int_equal(f.refused, 1);
	pass(&f, 20);
	assert_string_equal(f.trouble, "the receiver has no fix: does its antenna see the sky?");
	assert_int_equal(f.kind, STATUS_CLOCK_SIGNAL);
	assert_string_equal(refclock_driver_gpsd.timecode(f.clock), "");
	say(&f, "{\"class\":\"TPV\",\"device\":\"/dev/gps0\",\"mode\":3}\n" TOFF);
	assert_int_equal(f.samples, 1);
	assert_string_equal(f.trouble, "");
	assert_int_equal(f.kind, STATUS_CLOCK_FINE);
	assert_string_equal(refclock_driver_gpsd.timecode(f.clock), "2026-11-23 09:07:25");
	/* As the manual of ntpd's driver has them. */
	t = text_on(counts, sizeof(counts));
	refclock_driver_gpsd.count(f.clock, &t);
	assert_string_equal(counts, "5 1 2 3 1 0 0");
	end(&f, &refclock_driver_gpsd);
}

#define PPS                                                                                        \
	"{\"class\":\"PPS\",\"device\":\"/dev/gps0\",\"real_sec\":1795424845,"                     \
	"\"real_nsec\":750000000,\"clock_sec\":1795424846,\"clock_nsec\":0}\n"
/** A sentence that came later than it should by as much as is said below. */
#define LATE_TOFF                                                                                  \
	"{\"class\":\"TOFF\",\"device\":\"/dev/gps0\",\"real_sec\":1795424845,"                    \
	"\"real_nsec\":500000000,\"clock_sec\":1795424846,\"clock_nsec\":0}\n"

/** Pulses as long as they come, else sentences. */
static void pulses_come_before_sentences(void **state)
{
	struct feed f;

	(void)state;
	begin(&f, &refclock_driver_gpsd, "192.0.2.1:auto:late=0.25");
	f.got = KERNEL_WRITE;
	pass(&f, 2);
	f.got = KERNEL_READ;
	/* A receiver that has no pulses, or none so far. */
	say(&f, LATE_TOFF LATE_TOFF);
	assert_int_equal(f.samples, 2);
	say(&f, LATE_TOFF PPS LATE_TOFF PPS);
	assert_int_equal(f.samples, 5);
	/* They stop, for long enough. */
	for (int i = 0; i < 9; i++) {
		pass(&f, 1);
		say(&f, LATE_TOFF);
	}
	assert_int_equal(f.samples, 5);
	pass(&f, 1);
	say(&f, LATE_TOFF LATE_TOFF);
	assert_int_equal(f.samples, 7);
	end(&f, &refclock_driver_gpsd);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_flood_holds_nobody_up),
		cmocka_unit_test(a_connection_that_is_dead_is_made_anew),
		cmocka_unit_test(without_a_fix_there_is_no_time),
		cmocka_unit_test(pulses_come_before_sentences),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
