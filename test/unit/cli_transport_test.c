/* SPDX-License-Identifier: BSD-2-Clause */
/* Asking over real sockets: a daemon in a thread that answers, keeps silent or lies. */
#define _GNU_SOURCE
#include "config.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "cli/transport.h"

/* What the daemon does with the first requests; then it answers. */
enum behaviour {
	ANSWERS,
	SILENT,       /* to the first two */
	LIES,         /* answers first with what must be passed over */
	CUTS,         /* sends a cut answer to the first */
	ANSWERS_LATE, /* answers the first only after the second came */
};

struct daemon {
	int fd;
	enum behaviour behaviour;
	pthread_t thread;
	volatile int asked;
	uint16_t attempts[8];
	uint32_t sequences[8];
	mode_t own_mode; /* of the client's socket */
	char directory[64], path[96];
	uint16_t port;
};

/* Answers a request as it is, or changed. */
static void reply(const struct daemon *d, const struct cmdmon_request *q, uint32_t sequence,
	uint16_t command, size_t cut, const struct sockaddr *to, socklen_t length)
{
	struct cmdmon_reply r = {.command = command,
		.kind = CMDMON_REPLY_N_SOURCES,
		.sequence = sequence,
		.u.n_sources = (uint32_t)q->attempt + 1};
	uint8_t datagram[CMDMON_REPLY_MAX];
	int n = cmdmon_reply_encode(&r, datagram, sizeof(datagram));

	sendto(d->fd, datagram, (size_t)n - cut, 0, to, length);
}

static void lie(const struct daemon *d, const struct cmdmon_request *q, const struct sockaddr *to,
	socklen_t length)
{
	sendto(d->fd, "x", 1, 0, to, length);
	reply(d, q, q->sequence + 1, q->command, 0, to, length);
	reply(d, q, q->sequence, CMDMON_TRACKING, 0, to, length);
}

/* Takes one request. Returns false when it is time to end. */
static bool serve_one(struct daemon *d)
{
	struct sockaddr_storage from;
	socklen_t length = sizeof(from);
	uint8_t datagram[CMDMON_REQUEST_MAX];
	ssize_t n =
		recvfrom(d->fd, datagram, sizeof(datagram), 0, (struct sockaddr *)&from, &length);
	struct cmdmon_request q;
	struct sockaddr *to = (struct sockaddr *)&from;
	int i = d->asked;

	if (n < CMDMON_REQUEST_MIN)
		return false;
	if (cmdmon_request_decode((struct span){datagram, (size_t)n}, &q) != 0)
		return true;
	if (i < 8) {
		d->attempts[i] = q.attempt;
		d->sequences[i] = q.sequence;
	}
	if (from.ss_family == AF_UNIX) {
		struct stat st;

		if (stat(((struct sockaddr_un *)&from)->sun_path, &st) == 0)
			d->own_mode = st.st_mode & 07777;
	}
	d->asked = i + 1;
	if (d->behaviour == SILENT && i < 2)
		return true;
	if (d->behaviour == LIES)
		lie(d, &q, to, length);
	if (d->behaviour == CUTS && i == 0)
		reply(d, &q, q.sequence, q.command, 1, to, length);
	else if (d->behaviour == ANSWERS_LATE && i == 1)
		reply(d, &q, d->sequences[0], q.command, 0, to, length);
	if ((d->behaviour != CUTS && d->behaviour != ANSWERS_LATE) || i > 0)
		reply(d, &q, q.sequence, q.command, 0, to, length);
	return true;
}

static void *serve(void *arg)
{
	while (serve_one(arg))
		;
	return NULL;
}

static void daemon_start(struct daemon *d, enum behaviour behaviour, bool local)
{
	struct sockaddr_un sun = {.sun_family = AF_UNIX};
	struct sockaddr_in in = {.sin_family = AF_INET};
	socklen_t length = sizeof(in);

	*d = (struct daemon){.behaviour = behaviour};
	snprintf(d->directory, sizeof(d->directory), "/tmp/gnomonctl-test.XXXXXX");
	assert_non_null(mkdtemp(d->directory));
	snprintf(d->path, sizeof(d->path), "%s/daemon.sock", d->directory);
	d->fd = socket(local ? AF_UNIX : AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	assert_true(d->fd >= 0);
	if (local) {
		memcpy(sun.sun_path, d->path, sizeof(d->path));
		assert_int_equal(bind(d->fd, (struct sockaddr *)&sun, sizeof(sun)), 0);
	} else {
		in.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
		assert_int_equal(bind(d->fd, (struct sockaddr *)&in, sizeof(in)), 0);
		assert_int_equal(getsockname(d->fd, (struct sockaddr *)&in, &length), 0);
		d->port = ntohs(in.sin_port);
	}
	assert_int_equal(pthread_create(&d->thread, NULL, serve, d), 0);
}

/* Ends the thread by a datagram that is no request. */
static void daemon_stop(struct daemon *d)
{
	struct sockaddr_storage self;
	socklen_t length = sizeof(self);
	int fd;

	assert_int_equal(getsockname(d->fd, (struct sockaddr *)&self, &length), 0);
	fd = socket(self.ss_family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	assert_int_equal(sendto(fd, "", 1, 0, (struct sockaddr *)&self, length), 1);
	close(fd);
	pthread_join(d->thread, NULL);
	close(d->fd);
	unlink(d->path);
	/* Nothing of the client's may be left in here. */
	assert_int_equal(rmdir(d->directory), 0);
}

static struct transport *open_transport(const char *hosts, uint16_t port, int timeout_ms)
{
	struct transport_settings settings = {.hosts = hosts,
		.port = port,
		.timeout_ms = timeout_ms,
		.retries = 2,
		.resolver = &resolver_system};
	struct transport *t;

	assert_int_equal(transport_create(&settings, &t), 0);
	return t;
}

static void test_unix(void **state)
{
	struct cmdmon_request q = {.command = CMDMON_N_SOURCES};
	struct cmdmon_reply r;
	struct daemon d;
	struct transport *t;

	(void)state;
	daemon_start(&d, ANSWERS, true);
	t = open_transport(d.path, 0, 1000);
	assert_int_equal(transport_ask(t, &q, &r), 0);
	assert_int_equal(r.u.n_sources, 1);
	/* The daemon's user is another one. */
	assert_int_equal(d.own_mode, 0666);
	assert_int_equal(transport_ask(t, &q, &r), 0);
	assert_int_equal(d.asked, 2);
	assert_int_not_equal(d.sequences[0], d.sequences[1]);
	assert_string_equal(transport_why(t), "");
	transport_destroy(t);
	daemon_stop(&d);
}

static void test_udp(void **state)
{
	struct cmdmon_request q = {.command = CMDMON_N_SOURCES};
	struct cmdmon_reply r;
	struct daemon d;
	struct transport *t;

	(void)state;
	daemon_start(&d, ANSWERS, false);
	t = open_transport("127.0.0.1", d.port, 1000);
	assert_int_equal(transport_ask(t, &q, &r), 0);
	assert_int_equal(r.u.n_sources, 1);
	transport_destroy(t);
	daemon_stop(&d);
}

static int64_t now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

/* Waits 100 and 200 ms, then is answered. */
static void test_repeats(void **state)
{
	struct cmdmon_request q = {.command = CMDMON_N_SOURCES};
	struct cmdmon_reply r;
	struct daemon d;
	struct transport *t;
	int64_t begin = now_ms();

	(void)state;
	daemon_start(&d, SILENT, true);
	t = open_transport(d.path, 0, 100);
	assert_int_equal(transport_ask(t, &q, &r), 0);
	assert_true(now_ms() - begin >= 290);
	assert_int_equal(r.u.n_sources, 3);
	for (uint16_t i = 0; i < 3; i++)
		assert_int_equal(d.attempts[i], i);
	assert_int_not_equal(d.sequences[0], d.sequences[1]);
	transport_destroy(t);
	daemon_stop(&d);
}

static void test_gives_up(void **state)
{
	struct cmdmon_request q = {.command = CMDMON_N_SOURCES};
	struct cmdmon_reply r;
	struct daemon d;
	struct transport *t;
	char expected[160];

	(void)state;
	daemon_start(&d, SILENT, true);
	t = open_transport(d.path, 0, 1000);
	transport_set_timeout(t, 100);
	transport_set_retries(t, 0);
	assert_int_equal(transport_ask(t, &q, &r), -ETIMEDOUT);
	snprintf(expected, sizeof(expected), "%s: no answer to 1 request\n", d.path);
	assert_string_equal(transport_why(t), expected);
	/* The next request begins anew, and what was said is forgotten. */
	assert_int_equal(transport_ask(t, &q, &r), -ETIMEDOUT);
	assert_string_equal(transport_why(t), expected);
	assert_int_equal(transport_ask(t, &q, &r), 0);
	assert_string_equal(transport_why(t), "");
	transport_destroy(t);
	daemon_stop(&d);
}

static void test_passes_over_lies(void **state)
{
	struct cmdmon_request q = {.command = CMDMON_N_SOURCES};
	struct cmdmon_reply r;
	struct daemon d;
	struct transport *t;

	(void)state;
	daemon_start(&d, LIES, true);
	t = open_transport(d.path, 0, 1000);
	assert_int_equal(transport_ask(t, &q, &r), 0);
	assert_int_equal(r.command, CMDMON_N_SOURCES);
	assert_int_equal(r.sequence, q.sequence);
	assert_int_equal(d.asked, 1);
	transport_destroy(t);
	daemon_stop(&d);
}

/* A cut answer is no reason to wait. */
static void test_asks_again_after_cut(void **state)
{
	struct cmdmon_request q = {.command = CMDMON_N_SOURCES};
	struct cmdmon_reply r;
	struct daemon d;
	struct transport *t;
	int64_t begin = now_ms();

	(void)state;
	daemon_start(&d, CUTS, true);
	t = open_transport(d.path, 0, 5000);
	assert_int_equal(transport_ask(t, &q, &r), 0);
	assert_true(now_ms() - begin < 4000);
	assert_int_equal(d.asked, 2);
	transport_destroy(t);
	daemon_stop(&d);
}

static void test_passes_over_late(void **state)
{
	struct cmdmon_request q = {.command = CMDMON_N_SOURCES};
	struct cmdmon_reply r;
	struct daemon d;
	struct transport *t;

	(void)state;
	daemon_start(&d, ANSWERS_LATE, true);
	t = open_transport(d.path, 0, 100);
	assert_int_equal(transport_ask(t, &q, &r), 0);
	assert_int_equal(r.sequence, d.sequences[1]);
	transport_destroy(t);
	daemon_stop(&d);
}

static void test_tries_the_next(void **state)
{
	struct cmdmon_request q = {.command = CMDMON_N_SOURCES};
	struct cmdmon_reply r;
	struct daemon d;
	struct transport *t;
	char hosts[160];

	(void)state;
	daemon_start(&d, ANSWERS, false);
	snprintf(hosts, sizeof(hosts), "%s/none.sock,,127.0.0.1", d.directory);
	t = open_transport(hosts, d.port, 1000);
	assert_int_equal(transport_ask(t, &q, &r), 0);
	transport_destroy(t);
	daemon_stop(&d);
}

static void test_nothing_opens(void **state)
{
	struct cmdmon_request q = {.command = CMDMON_N_SOURCES};
	struct cmdmon_reply r;
	struct transport *t = open_transport("/nonexistent/x.sock,no name", 1, 100);

	(void)state;
	assert_int_equal(transport_ask(t, &q, &r), -ENOTCONN);
	assert_string_equal(transport_why(t),
		"no name: no address is known for this name\n"
		"/nonexistent/x.sock: No such file or directory (is the daemon running?)\n");
	transport_destroy(t);
	t = open_transport("", 1, 100);
	assert_int_equal(transport_ask(t, &q, &r), -ENOTCONN);
	transport_destroy(t);
}

static void test_refused(void **state)
{
	struct cmdmon_request q = {.command = CMDMON_N_SOURCES};
	struct cmdmon_reply r;
	struct daemon d;
	struct transport *t;
	char expected[160];
	int64_t begin = now_ms();

	(void)state;
	/* A port that was just free. */
	daemon_start(&d, ANSWERS, false);
	daemon_stop(&d);
	t = open_transport("127.0.0.1", d.port, 5000);
	assert_int_equal(transport_ask(t, &q, &r), -ETIMEDOUT);
	assert_true(now_ms() - begin < 4000);
	snprintf(expected, sizeof(expected),
		"127.0.0.1:%u: Connection refused (no daemon listens there)\n", d.port);
	assert_string_equal(transport_why(t), expected);
	transport_destroy(t);
}

static void test_stop(void **state)
{
	volatile sig_atomic_t stop = 1;
	struct cmdmon_request q = {.command = CMDMON_N_SOURCES};
	struct cmdmon_reply r;
	struct daemon d;
	struct transport_settings settings = {
		.timeout_ms = 60000, .retries = 2, .resolver = &resolver_system, .stop = &stop};
	struct transport *t;

	(void)state;
	daemon_start(&d, SILENT, true);
	settings.hosts = d.path;
	assert_int_equal(transport_create(&settings, &t), 0);
	assert_int_equal(transport_ask(t, &q, &r), -EINTR);
	transport_destroy(t);
	daemon_stop(&d);
}

static void test_unknown_command(void **state)
{
	struct cmdmon_request q = {.command = 999};
	struct cmdmon_reply r;
	struct daemon d;
	struct transport *t;

	(void)state;
	daemon_start(&d, ANSWERS, true);
	t = open_transport(d.path, 0, 1000);
	assert_int_equal(transport_ask(t, &q, &r), -EINVAL);
	transport_destroy(t);
	daemon_stop(&d);
}

static void test_long_path(void **state)
{
	struct cmdmon_request q = {.command = CMDMON_N_SOURCES};
	struct cmdmon_reply r;
	struct transport *t;
	char path[201];

	(void)state;
	memset(path, 'x', 200);
	path[0] = '/';
	path[200] = '\0';
	t = open_transport(path, 1, 100);
	assert_int_equal(transport_ask(t, &q, &r), -ENOTCONN);
	assert_non_null(strstr(transport_why(t), "File name too long"));
	transport_destroy(t);
}

static void test_resolver(void **state)
{
	struct address a[4];
	char name[256];

	(void)state;
	assert_int_equal(resolver_system.forward(NULL, "192.0.2.1", ADDRESS_NONE, a, 4), 1);
	assert_int_equal(a[0].family, ADDRESS_IP4);
	assert_int_equal(resolver_system.forward(NULL, "192.0.2.1", ADDRESS_IP6, a, 4), 0);
	assert_int_equal(resolver_system.forward(NULL, "::1", ADDRESS_IP4, a, 4), 0);
	assert_int_equal(resolver_system.forward(NULL, "::1", ADDRESS_IP6, a, 4), 1);
	assert_int_equal(resolver_system.forward(NULL, "::1", ADDRESS_NONE, a, 0), 0);
	a[0] = address_id(5);
	assert_int_equal(resolver_system.reverse(NULL, &a[0], name, sizeof(name)), -ENOENT);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_unix),
		cmocka_unit_test(test_udp),
		cmocka_unit_test(test_repeats),
		cmocka_unit_test(test_gives_up),
		cmocka_unit_test(test_passes_over_lies),
		cmocka_unit_test(test_asks_again_after_cut),
		cmocka_unit_test(test_passes_over_late),
		cmocka_unit_test(test_tries_the_next),
		cmocka_unit_test(test_nothing_opens),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_stop),
		cmocka_unit_test(test_unknown_command),
		cmocka_unit_test(test_long_path),
		cmocka_unit_test(test_resolver),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
