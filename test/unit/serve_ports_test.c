/* SPDX-License-Identifier: BSD-2-Clause */
/* The ports of the NTP server beside its first: what comes to each is answered from there. */
#include "config.h"

#include "daemon/wire/ptp.h"
#include "test/unit/serve_world.h"

static int take_control(void *arg, const struct kernel_message *m)
{
	(void)m;
	++*(unsigned *)arg;
	return 0;
}

/* A request of mode 6 is handed on, but not out of a PTP message: its answer would leave by another
 * port than it came to, and bare. */
static void test_control_not_over_ptp(void **state)
{
	struct world *w = *state;
	uint8_t bytes[PTP_OVERHEAD + 48] = {0};
	struct report_refused refused;
	unsigned controls = 0;
	struct serve *s;
	size_t n;

	w->settings->ip6 = false;
	w->settings->ptpport = 319;
	s = start(w, "allow 192.0.2.0/24");
	serve_control(s, take_control, &controls);
	assert_int_equal(net_opened(), 2);
	assert_int_equal(net.sockets[1].asked.local.port, 319);
	put_request(w, "192.0.2.8", 0x26, 48);
	net_run(w);
	assert_int_equal(controls, 1);
	bytes[PTP_OVERHEAD] = 0x26;
	n = ptp_wrap(bytes, 48, w->settings->ptpdomain, 1);
	net_put(21, "192.0.2.8", 319, bytes, n, w->system);
	net_run(w);
	assert_int_equal(controls, 1);
	/* Time is answered there. */
	bytes[PTP_OVERHEAD] = 0x23;
	n = ptp_wrap(bytes, 48, w->settings->ptpdomain, 2);
	net_put(21, "192.0.2.8", 319, bytes, n, w->system);
	net_run(w);
	assert_int_equal(net.n_out, 1);
	serve_report_refused(s, &refused);
	assert_int_equal(refused.ignored, 1);
	serve_destroy(s);
}

static int answer_control(void *arg, const struct kernel_message *m)
{
	return serve_send(arg, m, (struct span){m->data, m->n});
}

/* What comes to the extra port of ntp.conf is answered from there: whoever asks looks for it there,
 * and so does whatever translates addresses in between. */
static void test_extra_port(void **state)
{
	static const uint8_t first_bytes[] = {0x23, 0x26};
	struct world *w = *state;
	struct report_socket port;
	struct serve *s;

	w->settings->ip6 = false;
	w->settings->ntp.extra_port = 1123;
	s = start(w, "allow 192.0.2.0/24");
	serve_control(s, answer_control, s);
	assert_int_equal(net_opened(), 2);
	assert_int_equal(net.sockets[1].asked.local.port, 1123);
	for (int fd = 20; fd < 22; fd++) {
		for (size_t i = 0; i < 2; i++) {
			uint8_t bytes[48] = {first_bytes[i]};

			net_put(fd, "192.0.2.8", 4567, bytes, sizeof(bytes), w->system);
			net_run(w);
			assert_int_equal(net.n_out, 2 * (fd - 20) + (int)i + 1);
			assert_int_equal(net.out[net.n_out - 1].fd, fd);
			assert_int_equal(net.out[net.n_out - 1].n, 48);
		}
	}
	for (size_t i = 0; i < 2; i++) {
		assert_true(serve_report_socket(s, i, &port));
		assert_int_equal(port.received, 2);
		assert_int_equal(port.sent, 2);
	}
	serve_destroy(s);
}

/* MS-SNTP is no matter of PTP either: Samba's answer would leave by another port, and bare. */
static void test_no_signature_over_ptp(void **state)
{
	struct world *w = *state;
	uint8_t bytes[PTP_OVERHEAD + 68] = {[PTP_OVERHEAD] = 0x1b, [PTP_OVERHEAD + 51] = 7};
	struct kernel_ops ops = *w->kernel.ops;
	struct serve *s;
	size_t n;

	/* Nobody can be reached: who tries does not come back. */
	ops.stream_connect = NULL;
	w->kernel.ops = &ops;
	w->settings->ip6 = false;
	w->settings->ptpport = 319;
	snprintf(w->settings->ntpsigndsocket, sizeof(w->settings->ntpsigndsocket), "/x");
	s = start(w, "allow 192.0.2.0/24");
	n = ptp_wrap(bytes, 68, w->settings->ptpdomain, 1);
	net_put(21, "192.0.2.8", 319, bytes, n, w->system);
	net_run(w);
	assert_int_equal(net.n_out, 0);
	serve_destroy(s);
}

static int one_address(struct kernel *k, enum address_family family,
	void (*each)(void *arg, const struct kernel_own_address *own), void *arg)
{
	const struct kernel_own_address own = {
		.name = "eth0", .at.address = world_address("192.0.2.1")};

	(void)k;
	if (family == ADDRESS_IP4)
		each(arg, &own);
	return 0;
}

static int no_watch(struct kernel *k)
{
	(void)k;
	return -ENOTSUP;
}

/* What is told of an address is not told of the socket too, which may be opened anew meanwhile. */
static void test_counts_of_addresses(void **state)
{
	struct world *w = *state;
	struct kernel_ops ops = *w->kernel.ops;
	struct settings_access r = rule("allow 192.0.2.0/24");
	struct report_socket port;
	struct serve *s;

	ops.addresses = one_address;
	ops.watch_addresses = no_watch;
	w->kernel.ops = &ops;
	w->settings->ip6 = false;
	w->settings->ntp.style = true;
	s = start(w, "allow 192.0.2.0/24");
	assert_int_equal(serve_start(s), 0);
	put_request(w, "192.0.2.8", 0x23, 48);
	net_run(w);
	for (int opened = 0; opened < 2; opened++) {
		assert_true(serve_report_socket(s, 0, &port));
		assert_string_equal(port.name, "");
		assert_int_equal(port.received, 0);
		assert_int_equal(port.sent, 0);
		assert_true(serve_report_socket(s, 1, &port));
		assert_string_equal(port.name, "eth0");
		assert_int_equal(port.received, 1);
		assert_int_equal(port.sent, 1);
		r.allow = false;
		assert_int_equal(serve_access(s, &r), 0);
		assert_int_equal(net_opened(), 0);
		r.allow = true;
		assert_int_equal(serve_access(s, &r), 0);
		assert_int_equal(net_opened(), 1);
	}
	serve_destroy(s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		NET_TEST(test_control_not_over_ptp),
		NET_TEST(test_extra_port),
		NET_TEST(test_no_signature_over_ptp),
		NET_TEST(test_counts_of_addresses),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
