/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Devices of reference clocks: what the system is asked, in the layouts of its own headers, and
 * what is made of its answers. A pseudo-terminal and shared memory are real.
 */
#define _GNU_SOURCE
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <linux/pps.h>
#include <linux/ptp_clock.h>
#include <linux/rtc.h>
#include <stdlib.h>
#include <sys/ipc.h>
#include <sys/shm.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

#include "common/instant.h"
#include "daemon/kernel/linux.h"
#include "test/unit/environment.h"

/** A device of no hardware: what it can do, and what it was told. */
static struct {
	int pps_capabilities;
	struct pps_kparams pps;
	struct pps_kinfo pulses;
	struct ptp_clock_caps phc;
	bool precise, extended, busy;
	struct ptp_extts_request input;
	struct ptp_pin_desc pin;
	struct ptp_extts_event events[2];
	size_t n_events;
	struct rtc_time rtc;
	bool interrupts, ticked;
	unsigned calls;
	int gone;
} box;

static struct ptp_clock_time at(int64_t s, uint32_t ns)
{
	return (struct ptp_clock_time){.sec = s, .nsec = ns};
}

static int offsets(unsigned long request, void *argument)
{
	struct ptp_sys_offset_precise *precise = argument;
	struct ptp_sys_offset_extended *extended = argument;
	struct ptp_sys_offset *plain = argument;

	if (request == PTP_SYS_OFFSET_PRECISE) {
		if (!box.precise)
			return -EOPNOTSUPP;
		precise->device = at(137, 5);
		precise->sys_realtime = at(100, 7);
		return 0;
	}
	if (request == PTP_SYS_OFFSET_EXTENDED) {
		if (!box.extended)
			return -EOPNOTSUPP;
		for (unsigned i = 0; i < extended->n_samples; i++) {
			extended->ts[i][0] = at(100, 10 * i);
			extended->ts[i][1] = at(137, 10 * i + 2);
			extended->ts[i][2] = at(100, 10 * i + 4);
		}
		return 0;
	}
	for (unsigned i = 0; i <= 2 * plain->n_samples; i++)
		plain->ts[i] = at(i % 2 != 0 ? 137 : 100, i);
	return 0;
}

static int fake_ioctl(int fd, unsigned long request, void *argument)
{
	assert_int_equal(fd, 77);
	box.calls++;
	if (box.gone != 0)
		return box.gone;
	if (request == PPS_GETCAP) {
		*(int *)argument = box.pps_capabilities;
	} else if (request == PPS_GETPARAMS) {
		*(struct pps_kparams *)argument = box.pps;
	} else if (request == PPS_SETPARAMS) {
		box.pps = *(struct pps_kparams *)argument;
	} else if (request == PPS_FETCH) {
		struct pps_fdata *f = argument;

		/* It must not wait. */
		assert_int_equal(f->timeout.flags & PPS_TIME_INVALID, 0);
		assert_int_equal(f->timeout.sec + f->timeout.nsec, 0);
		f->info = box.pulses;
	} else if (request == PTP_CLOCK_GETCAPS) {
		*(struct ptp_clock_caps *)argument = box.phc;
	} else if (request == PTP_PIN_SETFUNC) {
		box.pin = *(struct ptp_pin_desc *)argument;
	} else if (request == PTP_EXTTS_REQUEST) {
		box.input = *(struct ptp_extts_request *)argument;
	} else if (request == RTC_UIE_ON) {
		return box.interrupts ? 0 : -EINVAL;
	} else if (request == RTC_UIE_OFF) {
		box.interrupts = false;
	} else if (request == RTC_SET_TIME) {
		box.rtc = *(struct rtc_time *)argument;
	} else if (request == RTC_RD_TIME) {
		*(struct rtc_time *)argument = box.rtc;
	} else {
		return box.busy ? -EBUSY : offsets(request, argument);
	}
	return 0;
}

static int fake_read(int fd, void *p, size_t room)
{
	unsigned long one = 1;

	assert_int_equal(fd, 77);
	if (box.ticked) {
		assert_int_equal(room, sizeof(one));
		box.ticked = false;
		memcpy(p, &one, sizeof(one));
		return sizeof(one);
	}
	if (box.n_events == 0)
		return -EAGAIN;
	assert_int_equal(room, sizeof(box.events[0]));
	memcpy(p, &box.events[0], room);
	box.events[0] = box.events[1];
	box.n_events--;
	return (int)room;
}

static const struct linux_device_calls fake_calls = {
	.ioctl = fake_ioctl, .read = fake_read, .take = fake_read};

static struct linux_device device(enum kernel_device_kind kind)
{
	memset(&box, 0, sizeof(box));
	return (struct linux_device){.fd = 77, .calls = &fake_calls, .options = {.kind = kind}};
}

static void pulses_are_fetched(void **state)
{
	struct linux_device d = device(KERNEL_DEVICE_PPS);
	struct kernel_pulse p;

	(void)state;
	box.pps_capabilities = PPS_CAPTUREASSERT | PPS_OFFSETASSERT;
	box.pps.mode = PPS_CAPTURECLEAR | PPS_OFFSETASSERT | PPS_ECHOASSERT;
	assert_int_equal(linux_pps_start(&d), 0);
	assert_int_equal(box.pps.mode, PPS_CAPTUREASSERT | PPS_ECHOASSERT);
	assert_int_equal(linux_pps_pulse(&d, &p), -EAGAIN);
	box.pulses.assert_sequence = 7;
	box.pulses.clear_sequence = 8;
	box.pulses.assert_tu = (struct pps_ktime){.sec = 1795424846, .nsec = 12345};
	box.pulses.clear_tu = (struct pps_ktime){.sec = 1795424845, .nsec = 100000001};
	assert_int_equal(linux_pps_pulse(&d, &p), 0);
	assert_int_equal(p.sequence, 7);
	assert_true(p.at_ns == INT64_C(1795424846000012345));
	box.gone = -ENODEV;
	assert_int_equal(linux_pps_pulse(&d, &p), -ENODEV);
}

static void the_other_edge(void **state)
{
	struct linux_device d = device(KERNEL_DEVICE_PPS);
	struct kernel_pulse p;

	(void)state;
	d.options.clear = true;
	box.pps_capabilities = PPS_CAPTUREASSERT;
	assert_int_equal(linux_pps_start(&d), -ENOTSUP);
	box.pps_capabilities = PPS_CAPTUREBOTH;
	box.pps.mode = PPS_CAPTUREASSERT;
	assert_int_equal(linux_pps_start(&d), 0);
	assert_int_equal(box.pps.mode, PPS_CAPTURECLEAR);
	box.pulses.clear_sequence = 8;
	box.pulses.clear_tu = (struct pps_ktime){.sec = 1795424845, .nsec = 100000001};
	assert_int_equal(linux_pps_pulse(&d, &p), 0);
	assert_int_equal(p.sequence, 8);
	assert_true(p.at_ns == INT64_C(1795424845100000001));
}

/** RFC 2783 3.4.3: the device itself repeats the pulse, so that its delay can be measured. */
static void pulses_are_echoed(void **state)
{
	struct linux_device d = device(KERNEL_DEVICE_PPS);

	(void)state;
	d.options.echo = true;
	box.pps_capabilities = PPS_CAPTUREASSERT;
	assert_int_equal(linux_pps_start(&d), -ENOTSUP);
	box.pps_capabilities |= PPS_ECHOASSERT;
	assert_int_equal(linux_pps_start(&d), 0);
	assert_int_equal(box.pps.mode, PPS_CAPTUREASSERT | PPS_ECHOASSERT);
	d.options.clear = true;
	box.pps.mode = 0;
	assert_int_equal(linux_pps_start(&d), -ENOTSUP);
	box.pps_capabilities = PPS_CAPTUREBOTH | PPS_ECHOCLEAR;
	assert_int_equal(linux_pps_start(&d), 0);
	assert_int_equal(box.pps.mode, PPS_CAPTURECLEAR | PPS_ECHOCLEAR);
}

static void the_best_comparison_is_found(void **state)
{
	struct linux_device d = device(KERNEL_DEVICE_PHC);
	struct kernel_comparison c[KERNEL_COMPARISONS];

	(void)state;
	assert_int_equal(linux_phc_start(&d), 0);
	box.precise = box.extended = true;
	assert_int_equal(linux_phc_compare(&d, c, 25), 1);
	assert_true(c[0].device_ns == INT64_C(137000000005));
	assert_true(c[0].before_ns == INT64_C(100000000007) && c[0].after_ns == c[0].before_ns);
	/* nocrossts */
	d.options.no_cross = true;
	assert_int_equal(linux_phc_compare(&d, c, 25), 25);
	assert_true(c[24].before_ns == INT64_C(100000000240));
	assert_true(c[24].device_ns == INT64_C(137000000242));
	assert_true(c[24].after_ns == INT64_C(100000000244));
	/* An old driver. What was found out is remembered. */
	d = device(KERNEL_DEVICE_PHC);
	assert_int_equal(linux_phc_compare(&d, c, 3), 3);
	assert_true(c[2].before_ns == INT64_C(100000000004));
	assert_true(c[2].device_ns == INT64_C(137000000005));
	assert_true(c[2].after_ns == INT64_C(100000000006));
	box.calls = 0;
	assert_int_equal(linux_phc_compare(&d, c, 3), 3);
	assert_int_equal(box.calls, 1);
	/* Busy is not gone. */
	box.busy = true;
	assert_int_equal(linux_phc_compare(&d, c, 3), -EAGAIN);
	box.busy = false;
	box.gone = -ENODEV;
	assert_int_equal(linux_phc_compare(&d, c, 3), -ENODEV);
}

static void external_pulses(void **state)
{
	struct linux_device d = device(KERNEL_DEVICE_PHC);
	struct kernel_pulse p;

	(void)state;
	d.options.external = true;
	d.options.pin = 2;
	d.options.channel = 1;
	/* It has only channel 0. */
	box.phc.n_ext_ts = 1;
	assert_int_equal(linux_phc_start(&d), -ENOTSUP);
	box.phc.n_ext_ts = 2;
	assert_int_equal(linux_phc_start(&d), 0);
	assert_int_equal(box.pin.index, 2);
	assert_int_equal(box.pin.func, PTP_PF_EXTTS);
	assert_int_equal(box.pin.chan, 1);
	assert_int_equal(box.input.index, 1);
	assert_int_equal(box.input.flags, PTP_ENABLE_FEATURE | PTP_RISING_EDGE);
	assert_int_equal(linux_phc_pulse(&d, &p), -EAGAIN);
	/* Of another channel, and of ours. */
	box.events[0] = (struct ptp_extts_event){.t = at(5, 6), .index = 0};
	box.events[1] = (struct ptp_extts_event){.t = at(7, 8), .index = 1};
	box.n_events = 2;
	assert_int_equal(linux_phc_pulse(&d, &p), 0);
	assert_true(p.at_ns == INT64_C(7000000008));
	/* A pin that needs no setting, and the other edge. */
	d = device(KERNEL_DEVICE_PHC);
	d.options.external = d.options.clear = true;
	d.options.pin = -1;
	box.phc.n_ext_ts = 1;
	assert_int_equal(linux_phc_start(&d), 0);
	assert_int_equal(box.pin.func, PTP_PF_NONE);
	assert_int_equal(box.input.flags, PTP_ENABLE_FEATURE | PTP_FALLING_EDGE);
}

static void an_rtc_ticks(void **state)
{
	struct linux_device d = device(KERNEL_DEVICE_RTC);
	struct kernel_comparison c;

	(void)state;
	assert_int_equal(linux_rtc_start(&d), -ENOTSUP);
	box.interrupts = true;
	assert_int_equal(linux_rtc_start(&d), 0);
	assert_int_equal(linux_rtc_compare(&d, &c), -EAGAIN);
	box.ticked = true;
	box.rtc = (struct rtc_time){.tm_year = 126,
		.tm_mon = 10,
		.tm_mday = 23,
		.tm_hour = 9,
		.tm_min = 7,
		.tm_sec = 26};
	assert_int_equal(linux_rtc_compare(&d, &c), 1);
	assert_true(c.device_ns == INT64_C(1795424846) * INSTANT_S);
	assert_true(c.before_ns == c.after_ns);
	assert_true(llabs(c.before_ns - linux_system_now()) < INSTANT_S);
	setenv("TZ", "EET-2", 1);
	tzset();
	box.ticked = true;
	d.options.local_time = true;
	assert_int_equal(linux_rtc_compare(&d, &c), 1);
	assert_true(c.device_ns == (INT64_C(1795424846) - 7200) * INSTANT_S);
}

/* It is switched, read at once and set; a quiet one does not interrupt by itself. */
static void an_rtc_is_set(void **state)
{
	struct linux_device d = device(KERNEL_DEVICE_RTC);
	int64_t at;

	(void)state;
	d.options.quiet = true;
	assert_int_equal(linux_rtc_start(&d), 0);
	assert_int_equal(linux_rtc_switch(&d, true), -ENOTSUP);
	box.interrupts = true;
	assert_int_equal(linux_rtc_switch(&d, true), 0);
	assert_int_equal(linux_rtc_switch(&d, false), 0);
	assert_false(box.interrupts);
	assert_int_equal(linux_rtc_adjust(&d, INT64_C(1795424846) * INSTANT_S), 0);
	assert_int_equal(box.rtc.tm_year, 126);
	assert_int_equal(box.rtc.tm_mon, 10);
	assert_int_equal(box.rtc.tm_hour, 9);
	assert_int_equal(box.rtc.tm_sec, 26);
	assert_int_equal(linux_rtc_now(&d, &at), 0);
	assert_true(at == INT64_C(1795424846) * INSTANT_S);
	setenv("TZ", "EET-2", 1);
	tzset();
	d.options.local_time = true;
	assert_int_equal(linux_rtc_adjust(&d, INT64_C(1795424846) * INSTANT_S), 0);
	assert_int_equal(box.rtc.tm_hour, 11);
	assert_int_equal(linux_rtc_now(&d, &at), 0);
	assert_true(at == INT64_C(1795424846) * INSTANT_S);
}

static void a_terminal_is_read_raw(void **state)
{
	struct kernel *k = kernel_linux_create();
	struct kernel_device o = {.kind = KERNEL_DEVICE_SERIAL, .baud = 4800};
	struct kernel_wait w = {.wanted = KERNEL_READ};
	int master = posix_openpt(O_RDWR | O_NOCTTY);
	uint8_t buffer[16];
	struct termios t;

	(void)state;
	assert_true(master >= 0);
	assert_int_equal(grantpt(master), 0);
	assert_int_equal(unlockpt(master), 0);
	o.path = ptsname(master);
	o.baud = 4801;
	assert_int_equal(k->ops->device_open(k, &o), -EINVAL);
	o.baud = 4800;
	w.fd = k->ops->device_open(k, &o);
	assert_true(w.fd >= 0);
	assert_int_equal(tcgetattr(w.fd, &t), 0);
	assert_int_equal(cfgetispeed(&t), B4800);
	assert_int_equal(t.c_lflag & (ICANON | ECHO), 0);
	assert_int_equal(k->ops->device_read(k, w.fd, buffer, sizeof(buffer)), -EAGAIN);
	assert_int_equal(write(master, "a\r\n\x03", 4), 4);
	assert_int_equal(k->ops->wait(k, &w, 1, INSTANT_S), 1);
	assert_int_equal(k->ops->device_read(k, w.fd, buffer, sizeof(buffer)), 4);
	assert_memory_equal(buffer, "a\r\n\x03", 4);
	/* No other call knows it. */
	assert_int_equal(k->ops->device_pulse(k, w.fd, &(struct kernel_pulse){0}), -EBADF);
	assert_int_equal(
		k->ops->device_compare(k, w.fd, &(struct kernel_comparison){0}, 1), -EBADF);
	/* Unplugged. */
	close(master);
	assert_int_equal(k->ops->wait(k, &w, 1, INSTANT_S), 1);
	assert_true(k->ops->device_read(k, w.fd, buffer, sizeof(buffer)) < 0);
	k->ops->close(k, w.fd);
	assert_int_equal(k->ops->device_read(k, w.fd, buffer, sizeof(buffer)), -EBADF);
	kernel_linux_destroy(k);
}

static void what_is_no_device(void **state)
{
	struct kernel *k = kernel_linux_create();
	struct kernel_device o = {.kind = KERNEL_DEVICE_PPS, .path = "/dev/null"};

	(void)state;
	assert_true(k->ops->device_open(k, &o) < 0);
	o.kind = KERNEL_DEVICE_PHC;
	assert_int_equal(k->ops->device_open(k, &o), -ENOTSUP);
	o.path = "lo";
	assert_true(k->ops->device_open(k, &o) < 0);
	o.path = "no-such-interface-at-all";
	assert_true(k->ops->device_open(k, &o) < 0);
	o.kind = KERNEL_DEVICE_SERIAL;
	o.path = "/dev/null";
	o.baud = 9600;
	assert_int_equal(k->ops->device_open(k, &o), -ENOTSUP);
	o.path = "/nowhere/ttyS0";
	assert_int_equal(k->ops->device_open(k, &o), -ENOENT);
	o.kind = KERNEL_DEVICE_RTC;
	o.path = "/dev/null";
	assert_int_equal(k->ops->device_open(k, &o), -ENOTSUP);
	kernel_linux_destroy(k);
}

static void memory_is_shared(void **state)
{
	struct kernel *k = kernel_linux_create();
	key_t key = (key_t)(0x474e0000 + (getpid() & 0xffff));
	struct kernel_memory m;
	struct shmid_ds s;
	uint32_t *mine, *again;
	void *p;
	int id, other;

	(void)state;
	id = k->ops->memory_attach(k, key, 96, 0600, &p);
	assert_true(id >= 0);
	assert_int_equal(id, shmget(key, 0, 0));
	assert_int_equal(k->ops->memory_state(k, key, id, &m), 0);
	assert_int_equal(m.mode, 0600);
	assert_false(m.foreign);
	mine = p;
	assert_int_equal(*mine, 0);
	*mine = 42;
	assert_int_equal(k->ops->memory_attach(k, key, 96, 0600, &p), id);
	again = p;
	assert_int_equal(*again, 42);
	k->ops->memory_detach(k, again);
	/* Made by somebody else, and too small. */
	assert_int_equal(k->ops->memory_attach(k, key, 8192, 0600, &p), -EINVAL);
	/* Removed, but still attached: what others make is another one. */
	shmctl(id, IPC_RMID, NULL);
	assert_int_equal(k->ops->memory_state(k, key, id, &m), -EIDRM);
	other = k->ops->memory_attach(k, key, 96, 0666, &p);
	assert_true(other >= 0 && other != id);
	assert_int_equal(*(uint32_t *)p, 0);
	assert_int_equal(k->ops->memory_state(k, key, other, &m), 0);
	k->ops->memory_detach(k, mine);
	assert_int_equal(k->ops->memory_state(k, key, id, &m), -EIDRM);
	/* Of another user, who may be anybody. */
	if (geteuid() == 0) {
		shmctl(other, IPC_STAT, &s);
		s.shm_perm.uid = 12345;
		shmctl(other, IPC_SET, &s);
		assert_int_equal(k->ops->memory_state(k, key, other, &m), 0);
		assert_true(m.foreign);
	}
	k->ops->memory_detach(k, p);
	shmctl(other, IPC_RMID, NULL);
	kernel_linux_destroy(k);
}

/* What root attached and made is watched on by who is root no longer. */
static void memory_is_watched_without_rights(void **state)
{
	struct kernel *k = kernel_linux_create();
	key_t key = (key_t)(0x474f0000 + (getpid() & 0xffff));
	struct kernel_memory m;
	void *p;
	int id = k->ops->memory_attach(k, key, 96, 0600, &p);
	bool root = geteuid() == 0;

	(void)state;
	assert_true(id >= 0);
	assert_false(root && seteuid(12345) < 0);
	assert_int_equal(k->ops->memory_state(k, key, id, &m), root ? -EACCES : 0);
	assert_false(root && seteuid(0) < 0);
	shmctl(id, IPC_RMID, NULL);
	assert_false(root && seteuid(12345) < 0);
	assert_int_equal(k->ops->memory_state(k, key, id, &m), -EIDRM);
	assert_false(root && seteuid(0) < 0);
	k->ops->memory_detach(k, p);
	kernel_linux_destroy(k);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(pulses_are_fetched),
		cmocka_unit_test(the_other_edge),
		cmocka_unit_test(pulses_are_echoed),
		cmocka_unit_test(the_best_comparison_is_found),
		cmocka_unit_test(external_pulses),
		ENVIRONMENT_TEST(an_rtc_ticks),
		ENVIRONMENT_TEST(an_rtc_is_set),
		cmocka_unit_test(a_terminal_is_read_raw),
		cmocka_unit_test(what_is_no_device),
		cmocka_unit_test(memory_is_shared),
		cmocka_unit_test(memory_is_watched_without_rights),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
