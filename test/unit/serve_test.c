/* SPDX-License-Identifier: BSD-2-Clause */
/* The NTP server's sockets: when they are open, and what becomes of what they receive. */
#include "config.h"

#include "daemon/serve/clients.h"
#include "daemon/wire/packet.h"
#include "test/unit/serve_world.h"

static void section_10_sockets_by_access(void **state)
{
	struct world *w = *state;
	struct serve *s = start(w, NULL);
	struct settings_access r;

	assert_int_equal(net_opened(), 0);
	r = rule("allow 192.0.2.0/24");
	assert_int_equal(serve_access(s, &r), 0);
	assert_int_equal(net_opened(), 1);
	assert_int_equal(net.sockets[0].asked.family, ADDRESS_IP4);
	assert_int_equal(net.sockets[0].asked.local.port, 123);
	assert_true(net.sockets[0].asked.receive_stamps);
	assert_false(net.sockets[0].asked.connect);
	r = rule("allow ::/0");
	assert_int_equal(serve_access(s, &r), 0);
	assert_int_equal(net_opened(), 2);
	r = rule("deny 192.0.2.0/24");
	assert_int_equal(serve_access(s, &r), 0);
	assert_int_equal(net_opened(), 1);
	assert_int_equal(net.sockets[1].asked.family, ADDRESS_IP6);
	assert_non_null(strstr(w->messages, "0 Allowed NTP access from 192.0.2.0/24\n"));
	r.bits = 33;
	assert_int_equal(serve_access(s, &r), -EINVAL);
	serve_destroy(s);
	serve_destroy(NULL);
}

static void test_settings(void **state)
{
	struct world *w = *state;
	struct serve *s;

	w->settings->port = 0;
	s = start(w, "allow");
	assert_int_equal(net_opened(), 0);
	serve_destroy(s);
	w->settings->port = 1123;
	w->settings->ip6 = false;
	w->settings->dscp = 46;
	w->settings->bind4 = world_address("192.0.2.1");
	snprintf(w->settings->binddevice, sizeof(w->settings->binddevice), "eth0");
	s = start(w, NULL);
	assert_int_equal(net_opened(), 1);
	assert_int_equal(net.sockets[0].asked.local.port, 1123);
	assert_int_equal(net.sockets[0].asked.dscp, 46);
	assert_string_equal(net.sockets[0].device, "eth0");
	assert_true(address_equal(&net.sockets[0].asked.local.address, &w->settings->bind4));
	serve_destroy(s);
}

static void test_open_fails(void **state)
{
	struct world *w = *state;
	struct settings_access r = rule("allow 192.0.2.0/24");
	struct serve *s;

	net.open_error = -EADDRINUSE;
	assert_int_equal(settings_add_access(w->settings, false, &r), 0);
	/* As chronyd: clients do without the server's sockets. */
	assert_int_equal(serve_create(w->settings, &w->kernel, w->loop, w->clock, NULL,
				 &crypto_none, &w->log, &s),
		0);
	assert_non_null(strstr(w->messages, "2 Could not open NTP socket on 0.0.0.0:123"));
	assert_null(strstr(w->messages, "Could not open NTP sockets"));
	serve_destroy(s);
	w->messages[0] = '\0';
	/* They do not where they use the same port. */
	w->settings->acquisition_port = 123;
	assert_int_equal(serve_create(w->settings, &w->kernel, w->loop, w->clock, NULL,
				 &crypto_none, &w->log, &s),
		-ECANCELED);
	assert_non_null(strstr(w->messages, "2 Could not open NTP socket on 0.0.0.0:123\n"));
	assert_non_null(strstr(w->messages, " Does another time daemon run?\n"));
	assert_non_null(strstr(w->messages, "3 Could not open NTP sockets\n"));
	/* Nor where they use one of their own that is taken. */
	w->messages[0] = '\0';
	w->settings->acquisition_port = 1123;
	assert_int_equal(serve_create(w->settings, &w->kernel, w->loop, w->clock, NULL,
				 &crypto_none, &w->log, &s),
		-ECANCELED);
	assert_non_null(strstr(w->messages, "3 Could not open NTP sockets\n"));
	/* One that cannot be had for now is asked for with each request. */
	net.open_error = -EADDRNOTAVAIL;
	assert_int_equal(serve_create(w->settings, &w->kernel, w->loop, w->clock, NULL,
				 &crypto_none, &w->log, &s),
		0);
	serve_destroy(s);
	r.bits = 50;
	assert_int_equal(settings_add_access(w->settings, false, &r), 0);
	assert_int_equal(serve_create(w->settings, &w->kernel, w->loop, w->clock, NULL,
				 &crypto_none, &w->log, &s),
		-EINVAL);
}

static bool deliver(void *arg, const struct kernel_message *m)
{
	assert_int_equal(m->n, 48);
	++*(unsigned *)arg;
	return false;
}

static void test_datagrams(void **state)
{
	struct world *w = *state;
	struct serve *s = start(w, "allow 192.0.2.0/24");
	struct report_serverstats stats;
	struct report_refused refused;
	struct packet p;
	unsigned delivered = 0;

	serve_forward(s, &(struct serve_listener){.deliver = deliver, .arg = &delivered});
	for (int i = 0; i < 20; i++)
		put_request(w, "192.0.2.7", 0x23, 48);
	put_request(w, "198.51.100.1", 0x23, 48); /* no access */
	put_request(w, "192.0.2.8", 0x23, 44);    /* short */
	put_request(w, "192.0.2.8", 0x23, 68);    /* a MAC of no key */
	put_request(w, "192.0.2.8", 0x26, 48);    /* mode 6 */
	put_request(w, "198.51.100.1", 0x24, 48); /* a server's reply */
	put_request(w, "192.0.2.9", 0x1b, 48);
	net_run(w);
	assert_int_equal(net.n_out, 21);
	assert_int_equal(delivered, 1);
	for (size_t i = 0; i < net.n_out; i++) {
		assert_int_equal(net.out[i].fd, 20);
		assert_int_equal(net.out[i].n, 48);
		assert_int_equal(net.out[i].peer.port, 40000);
		assert_memory_equal(net.out[i].data + 24, "\x10\x11\x12\x13\x14\x15\x16\x17", 8);
	}
	/* to whom it came from, from the address that was asked */
	assert_int_equal(net.out[20].peer.address.ip[3], 9);
	assert_int_equal(net.out[20].local.ip[3], 1);
	assert_int_equal(packet_decode((struct span){net.out[20].data, 48}, &p), 0);
	assert_int_equal(p.version, 3);
	assert_int_equal(p.leap, LEAP_UNSYNCHRONISED);
	assert_true(llabs(instant_from_ntp(p.receive, w->system) - w->system) < 1000000);
	serve_report(s, &stats);
	assert_int_equal(stats.ntp_hits, 22);
	assert_int_equal(stats.ntp_drops, 0);
	serve_report_refused(s, &refused);
	assert_int_equal(refused.malformed, 1);
	assert_int_equal(refused.denied, 1);
	assert_int_equal(refused.not_authentic, 1);
	assert_int_equal(refused.ignored, 1);
	assert_int_equal(refused.unsent, 0);
	assert_int_equal(stats.ntp_auth_hits, 0);
	assert_int_equal(stats.kernel_rx, 21);
	assert_int_equal(stats.daemon_rx, 0);
	assert_int_equal(stats.daemon_tx, 21);
	serve_destroy(s);
	assert_non_null(
		strstr(w->messages, "0 NTP packets not answered: 1 malformed, 1 denied, 1 not "
				    "authentic, 1 of other modes, 0 that could not be\n"));
}

/* One answer that cannot be sent takes no other with it. */
static void test_unsendable(void **state)
{
	struct world *w = *state;
	struct serve *s = start(w, "allow 192.0.2.0/24");
	struct report_serverstats stats;
	struct report_refused refused;

	net.unreachable = world_address("192.0.2.66");
	put_request(w, "192.0.2.66", 0x23, 48);
	for (int i = 0; i < 6; i++)
		put_request(w, "192.0.2.7", 0x23, 48);
	put_request(w, "192.0.2.66", 0x23, 48);
	put_request(w, "192.0.2.66", 0x23, 48);
	for (int i = 0; i < 6; i++)
		put_request(w, "192.0.2.7", 0x23, 48);
	net_run(w);
	assert_int_equal(net.n_out, 12);
	serve_report(s, &stats);
	assert_int_equal(stats.ntp_hits, 15);
	assert_int_equal(stats.daemon_tx, 12);
	assert_int_equal(stats.ntp_drops, 0);
	serve_report_refused(s, &refused);
	assert_int_equal(refused.unsent, 3);
	serve_destroy(s);
}

static void test_to_many(void **state)
{
	struct world *w = *state;
	struct serve *s = start(w, "allow 192.0.2.0/24");

	put_request(w, "192.0.2.7", 0x23, 48);
	net.in[0].to_many = true;
	put_request(w, "192.0.2.7", 0x23, 48);
	net_run(w);
	assert_int_equal(net.n_out, 1);
	serve_destroy(s);
}

static bool deny_all(void *arg, const struct kernel_message *m)
{
	struct settings_access r = rule("deny 192.0.2.0/24");

	(void)m;
	assert_int_equal(serve_access(arg, &r), 0);
	return false;
}

/* What is delivered may close the socket in the middle of a batch. */
static void test_closed_by_delivery(void **state)
{
	struct world *w = *state;
	struct serve *s = start(w, "allow 192.0.2.0/24");

	serve_forward(s, &(struct serve_listener){.deliver = deny_all, .arg = s});
	put_request(w, "192.0.2.7", 0x23, 48);
	put_request(w, "192.0.2.8", 0x24, 48);
	net_run(w);
	assert_int_equal(net.n_out, 0);
	assert_int_equal(net_opened(), 0);
	serve_destroy(s);
}

/* Who allows access learns it when nobody can be served. */
static void test_access_without_socket(void **state)
{
	struct world *w = *state;
	struct serve *s = start(w, NULL);
	struct settings_access r = rule("allow 192.0.2.0/24"), any = rule("allow");

	net.open_error = -EADDRINUSE;
	assert_int_equal(serve_access(s, &r), -EADDRINUSE);
	net.open_error = 0;
	assert_int_equal(serve_access(s, &r), 0);
	/* a family that is not there is not missed */
	net.open_error = -EAFNOSUPPORT;
	assert_int_equal(serve_access(s, &any), 0);
	r = rule("allow 2001:db8::/32");
	assert_int_equal(serve_access(s, &r), -EAFNOSUPPORT);
	serve_destroy(s);
}

/* How long before it left an answer says it did, ns. */
static int64_t age_of(const struct net_datagram *d)
{
	struct packet p;

	assert_int_equal(packet_decode((struct span){d->data, d->n}, &p), 0);
	return d->stamp_ns - instant_from_ntp(p.transmit, d->stamp_ns);
}

/* Answers of a batch leave one after the other, and each says when it does. */
static void test_tells_when_each_leaves(void **state)
{
	struct world *w = *state;
	struct serve *s = start(w, "allow 192.0.2.0/24");

	net.send_ns = 4000;
	for (int batch = 0; batch < 2; batch++) {
		for (int i = 0; i < 16; i++)
			put_request(w, "192.0.2.7", 0x23, 48);
		net_run(w);
	}
	assert_int_equal(net.n_out, 32);
	/* The first eight were handed over when it was not known how long that takes. */
	assert_true(llabs(age_of(&net.out[7]) - 7 * net.send_ns) < 100);
	for (int i = 8; i < 32; i++)
		assert_true(llabs(age_of(&net.out[i])) < 100);
	/* Once they leave sooner, none says that it left in the future. */
	net.send_ns = 1000;
	for (int i = 0; i < 32; i++)
		put_request(w, "192.0.2.7", 0x23, 48);
	net_run(w);
	assert_int_equal(net.n_out, 64);
	for (int i = 40; i < 64; i++)
		assert_true(llabs(age_of(&net.out[i])) < 100);
	serve_destroy(s);
}

/* What came before the clock was set means what the clock meant then. */
static void test_request_before_a_step(void **state)
{
	struct world *w = *state;
	struct serve *s = start(w, "allow 192.0.2.0/24");
	struct clock_model m = *clock_get_model(w->clock);
	struct packet p;

	m.osc = clock_now(w->clock).osc;
	clock_set_model(w->clock, &m);
	for (int i = 0; i < 2; i++) {
		int64_t truth = clock_now(w->clock).truth;

		put_request(w, "192.0.2.7", 0x23, 48);
		w->raw += INSTANT_S / 1000;
		w->system += (i ? 2 : -2) * INSTANT_S;
		net_run(w);
		assert_int_equal(net.n_out, i + 1);
		assert_int_equal(packet_decode((struct span){net.out[i].data, 48}, &p), 0);
		assert_true(llabs(instant_from_ntp(p.receive, truth) - truth) < 1000);
		assert_true(llabs(instant_from_ntp(p.transmit, truth) - truth - INSTANT_S / 1000) <
			    1000);
	}
	serve_destroy(s);
}

/* Served time is our estimate of true time, not the system clock. */
static void test_serves_true_time(void **state)
{
	struct world *w = *state;
	struct serve *s = start(w, "allow 192.0.2.0/24");
	struct clock_model m = *clock_get_model(w->clock);
	struct clock_reference r = {.synchronised = true,
		.stratum = 2,
		.refid = 0xc0000263,
		.reference_time = w->system,
		.root_delay = 0.5,
		.root_dispersion = 0.25};
	struct clock_now now = clock_now(w->clock);
	struct packet p;

	m.osc = r.osc = now.osc;
	m.offset_ns = 3 * INSTANT_S; /* the system clock is 3 s slow */
	clock_set_model(w->clock, &m);
	clock_set_reference(w->clock, &r);
	put_request(w, "192.0.2.7", 0x23, 48);
	net_run(w);
	assert_int_equal(net.n_out, 1);
	assert_int_equal(packet_decode((struct span){net.out[0].data, 48}, &p), 0);
	assert_int_equal(p.stratum, 2);
	assert_int_equal(p.root_delay, 0x8000);
	assert_int_equal(p.root_dispersion, 0x4000);
	assert_true(
		llabs(instant_from_ntp(p.receive, w->system) - w->system - 3 * INSTANT_S) < 100);
	assert_true(
		llabs(instant_from_ntp(p.transmit, w->system) - w->system - 3 * INSTANT_S) < 100);
	serve_destroy(s);
}

static void test_cut(void **state)
{
	struct world *w = *state;
	struct serve *s = start(w, "allow 192.0.2.0/24");
	uint8_t p[NET_BYTES] = {0x23};

	/* What passes the buffer is not answered, though what fits would be a good request: a
	 * header and an extension field of 2000 bytes. */
	memcpy(p + PACKET_HEADER, "\x42\x42\x07\xd0", 4);
	net_put(20, "192.0.2.7", 4000, p, PACKET_ROOM, w->system);
	net_run(w);
	assert_int_equal(net.n_out, 1);
	net_put(20, "192.0.2.7", 4000, p, PACKET_ROOM + 4, w->system);
	net_run(w);
	assert_int_equal(net.n_out, 1);
	serve_destroy(s);
}

/* chrony-behaviour 11.2: what is above the rate is not answered, or is told so, and is counted. */
static void section_11_2_rate_limit(void **state)
{
	struct world *w = *state;
	struct report_serverstats stats;
	struct report_client client;
	struct serve *s;

	/* randomness is 5a: no leak, and one bit of it a RATE */
	w->settings->ratelimit = (struct settings_rate_limit){true, 3, 2, 2, 0};
	s = start(w, "allow 192.0.2.0/24");
	for (int i = 0; i < 10; i++)
		put_request(w, "192.0.2.7", 0x23, 48);
	put_request(w, "192.0.2.8", 0x23, 48);
	put_request(w, "198.51.100.1", 0x23, 48);
	net_run(w);
	assert_int_equal(net.n_out, 3);
	/* the interval of the limit is what answers ask for at least, but no more */
	assert_int_equal(net.out[0].data[2], 6);
	serve_report(s, &stats);
	assert_int_equal(stats.ntp_hits, 11);
	assert_int_equal(stats.ntp_drops, 8);
	assert_int_equal(clients_count(serve_clients(s)), 2);
	for (size_t i = 0; i < 8; i++) {
		if (!clients_report(serve_clients(s), i, loop_now(w->loop), &client))
			continue;
		assert_int_equal(client.ntp_hits, client.address.ip[3] == 7 ? 10 : 1);
		assert_int_equal(client.ntp_drops, client.address.ip[3] == 7 ? 8 : 0);
	}
	serve_destroy(s);
}

/* The bytes of a RATE (chrony-behaviour 11.2). */
static void add_restrict(
	struct world *w, const char *address, const char *mask, bool ntpport, unsigned flags)
{
	struct settings_restrict r = {.address = world_address(address),
		.mask = world_address(mask),
		.ntpport = ntpport,
		.flags = flags};

	assert_int_equal(settings_add_restrict(&w->settings->ntp, &r), 0);
}

/* How many of n requests get an answer. */
static size_t answered(struct world *w, const char *peer, uint8_t first, size_t n)
{
	size_t before = net.n_out;

	for (size_t i = 0; i < n; i++)
		put_request(w, peer, first, 48);
	net_run(w);
	return net.n_out - before;
}

/* Restrictions of ntp.conf decide beside what is allowed. */
static void test_restrictions(void **state)
{
	struct world *w = *state;
	struct report_refused refused;
	struct serve *s;

	w->settings->ntp.style = true;
	w->settings->ntp.limit = (struct settings_limit){.average = 0.5, .burst = 4, .kod = 9};
	add_restrict(w, "192.0.2.6", "255.255.255.255", false, NTP_RESTRICT_FLAKE);
	add_restrict(w, "192.0.2.5", "255.255.255.255", false, NTP_RESTRICT_LIMITED);
	add_restrict(w, "192.0.2.4", "255.255.255.255", false, NTP_RESTRICT_NOTRUST);
	add_restrict(w, "192.0.2.3", "255.255.255.255", false, NTP_RESTRICT_VERSION);
	add_restrict(w, "192.0.2.2", "255.255.255.255", true, NTP_RESTRICT_IGNORE);
	add_restrict(w, "192.0.0.1", "255.255.0.255", false, NTP_RESTRICT_NOSERVE);
	s = start(w, "allow");
	assert_int_equal(answered(w, "192.0.2.9", 0x23, 5), 5);
	assert_int_equal(answered(w, "192.0.9.1", 0x23, 1), 0);
	/* from another port than 123 */
	assert_int_equal(answered(w, "192.0.2.2", 0x23, 1), 1);
	assert_int_equal(answered(w, "192.0.2.3", 0x23, 1), 1);
	assert_int_equal(answered(w, "192.0.2.3", 0x1b, 1), 0);
	assert_int_equal(answered(w, "192.0.2.4", 0x23, 1), 0);
	/* two at once, and it is not told of more: it has no kod */
	assert_int_equal(answered(w, "192.0.2.5", 0x23, 5), 2);
	/* the dice of this world always show what is lost */
	assert_int_equal(answered(w, "192.0.2.6", 0x23, 3), 0);
	serve_report_refused(s, &refused);
	assert_int_equal(refused.denied, 2 + 3);
	assert_int_equal(refused.not_authentic, 1);
	serve_destroy(s);
}

static unsigned calls_to_samba;

/* Samba is not there: what matters is who is asked. */
static int connect_to_nobody(struct kernel *k, const struct kernel_socket *to)
{
	(void)k;
	assert_string_equal(to->remote.path, "/x/socket");
	calls_to_samba++;
	return -ENOENT;
}

/* With ntp.conf answers are signed for those whom mssntp is said of; of others the request is one
 * with a MAC that is wrong. */
static void test_mssntp(void **state)
{
	struct world *w = *state;
	struct kernel_ops ops = *w->kernel.ops;
	uint8_t p[68] = {0x1b, [47] = 1, [51] = 9};
	struct report_refused refused;
	struct serve *s;

	ops.stream_connect = connect_to_nobody;
	w->kernel.ops = &ops;
	w->settings->ntp.style = true;
	snprintf(w->settings->ntpsigndsocket, sizeof(w->settings->ntpsigndsocket), "/x");
	add_restrict(w, "192.0.2.4", "255.255.255.255", false, NTP_RESTRICT_MSSNTP);
	s = start(w, "allow");
	calls_to_samba = 0;
	net_put(20, "192.0.2.4", 4000, p, sizeof(p), w->system);
	net_run(w);
	serve_report_refused(s, &refused);
	assert_int_equal(refused.not_authentic, 0);
	assert_int_equal(calls_to_samba, 1);
	net_put(20, "192.0.2.5", 4000, p, sizeof(p), w->system);
	net_run(w);
	serve_report_refused(s, &refused);
	assert_int_equal(refused.not_authentic, 1);
	assert_int_equal(calls_to_samba, 1);
	serve_destroy(s);
}

static void section_11_2_kiss_of_death(void **state)
{
	struct world *w = *state;
	struct report_serverstats stats;
	uint8_t p[48] = {0x23, 0, 1, 0x20, [40] = 0xaa, [47] = 0xbb};
	struct packet answered;
	struct serve *s;

	w->settings->ratelimit = (struct settings_rate_limit){true, 3, 1, 1, 1};
	s = start(w, "allow 192.0.2.0/24");
	net_put(20, "192.0.2.7", 4000, p, 48, w->system);
	net_put(20, "192.0.2.7", 4000, p, 48, w->system);
	net.random = 0x55; /* no leak; told */
	net_run(w);
	assert_int_equal(net.n_out, 2);
	assert_int_equal(net.out[0].data[0] & 0xc0, 0xc0); /* not synchronised here, either */
	assert_memory_equal(net.out[0].data + 12, "\0\0\0\0", 4);
	assert_int_equal(net.out[1].data[0], 0xe4);
	assert_int_equal(net.out[1].data[1], 0);
	assert_int_equal(net.out[1].data[2], 3);
	assert_memory_equal(net.out[1].data + 12, "RATE", 4);
	assert_int_equal(packet_decode((struct span){net.out[1].data, 48}, &answered), 0);
	assert_int_equal(answered.origin, UINT64_C(0xaa000000000000bb));
	assert_true(answered.receive != 0 && answered.transmit != 0);
	serve_report(s, &stats);
	assert_int_equal(stats.ntp_drops, 0);
	serve_destroy(s);
}

/* No log, no limits, no interleaved mode. */
static void test_no_client_log(void **state)
{
	struct world *w = *state;
	struct report_serverstats stats;
	struct endpoint peer = {.address = world_address("192.0.2.7"), .port = 4000};
	struct serve *s;

	w->settings->noclientlog = true;
	s = start(w, "allow 192.0.2.0/24");
	assert_null(serve_clients(s));
	put_request(w, "192.0.2.7", 0x23, 48);
	net_run(w);
	assert_int_equal(net.n_out, 1);
	assert_true(serve_command(s, &peer, 0, 0));
	serve_report(s, &stats);
	assert_int_equal(stats.ntp_hits, 1);
	assert_int_equal(stats.ntp_timestamps, 0);
	serve_destroy(s);
}

/* Asks as a client of interleaved mode does: with the receive timestamps of the last reply and of
 * ours. Returns the reply. */
static struct packet ask_interleaved(
	struct world *w, uint64_t origin, uint64_t receive, uint64_t own)
{
	struct packet p = {.version = 4,
		.mode = PACKET_CLIENT,
		.origin = origin,
		.receive = receive,
		.transmit = own};
	uint8_t bytes[PACKET_HEADER];

	packet_encode(&p, bytes);
	w->system += INSTANT_S;
	w->raw += INSTANT_S;
	net_put(20, "192.0.2.7", 4000, bytes, sizeof(bytes), w->system);
	net_run(w);
	assert_int_equal(
		packet_decode((struct span){net.out[net.n_out - 1].data, PACKET_HEADER}, &p), 0);
	return p;
}

/* Stamps that wait are kept where requests come in: those of a batch are taken before the next. */
static void stamps_do_not_pile_up(void **state)
{
	struct world *w = *state;
	struct serve *s = start(w, "allow 192.0.2.0/24");
	uint64_t referred = ask_interleaved(w, 0, 0, 1).receive;

	net.n_in = net.n_taken = net.n_out = net.n_stamped = 0;
	net.stamp_delay = 100;
	for (uint64_t i = 1; i <= NET_DATAGRAMS; i++) {
		struct packet p = {.version = 4,
			.mode = PACKET_CLIENT,
			.origin = referred,
			.receive = 2 * i + 1,
			.transmit = 3 * i + 1000};
		uint8_t bytes[PACKET_HEADER];

		packet_encode(&p, bytes);
		net_put(20, "192.0.2.7", 4000, bytes, sizeof(bytes), w->system);
	}
	net_run(w);
	assert_int_equal(net.n_out, NET_DATAGRAMS);
	assert_true(net.out[NET_DATAGRAMS - 1].want_stamp);
	assert_int_equal(net.n_stamped, NET_DATAGRAMS);
	assert_true(net.most_waiting <= NET_DATAGRAMS / 2);
	serve_destroy(s);
}

/* chrony-behaviour 18: the third response is the first one that is interleaved; a pair is told
 * once; what is told is when the kernel says that the response left. */
static void section_18_interleaved(void **state)
{
	struct world *w = *state;
	struct serve *s = start(w, "allow 192.0.2.0/24");
	struct report_serverstats stats;
	struct packet p[5];

	net.stamp_delay = 5000;
	p[0] = ask_interleaved(w, 0, 0, 1);
	assert_int_equal(p[0].origin, 1);
	assert_false(net.out[0].want_stamp);
	p[1] = ask_interleaved(w, p[0].receive, 11, 2);
	assert_int_equal(p[1].origin, 2); /* basic */
	assert_true(net.out[1].want_stamp);
	serve_report(s, &stats);
	assert_int_equal(stats.ntp_timestamps, 1);
	assert_int_equal(stats.ntp_interleaved_hits, 0);
	p[2] = ask_interleaved(w, p[1].receive, 12, 3);
	assert_int_equal(p[2].origin, 12); /* interleaved */
	assert_int_equal(p[2].transmit & 1, 0);
	assert_int_equal(p[2].receive & 1, 1);
	assert_true(llabs(instant_from_ntp(p[2].transmit, w->system) -
			    (w->system - INSTANT_S + 5000)) < 1000);
	/* the same again: told once */
	p[3] = ask_interleaved(w, p[1].receive, 13, 4);
	assert_int_equal(p[3].origin, 4);
	/* receive as transmit: no client of interleaved mode (RFC 9769) */
	p[4] = ask_interleaved(w, p[2].receive, 5, 5);
	assert_int_equal(p[4].origin, 5);
	serve_report(s, &stats);
	assert_int_equal(stats.ntp_interleaved_hits, 1);
	assert_int_equal(stats.kernel_tx, 1);
	assert_int_equal(stats.daemon_tx, 4);
	assert_int_equal(stats.ntp_timestamps, 4);
	assert_int_equal(stats.ntp_span, 3);
	serve_destroy(s);
}

/* Limits of commands, but not for this host. */
static void section_11_2_command_limit(void **state)
{
	struct world *w = *state;
	struct endpoint peer = {.address = world_address("192.0.2.7"), .port = 4000};
	struct endpoint own = {.address = world_address("127.0.0.1"), .port = 4000};
	struct serve *s;
	unsigned answered = 0, answered_own = 0;

	w->settings->cmdratelimit.on = true;
	s = start(w, NULL);
	for (int i = 0; i < 100; i++) {
		answered += serve_command(s, &peer, 0, 0);
		answered_own += serve_command(s, &own, 0, 0);
	}
	assert_int_equal(answered, 8);
	assert_int_equal(answered_own, 100);
	serve_destroy(s);
}

struct heard {
	unsigned delivered, sent;
	bool ours;
};

static bool hear(void *arg, const struct kernel_message *m)
{
	struct heard *h = arg;

	(void)m;
	h->delivered++;
	return h->ours;
}

static void hear_sent(void *arg, const struct kernel_message *m)
{
	struct heard *h = arg;

	assert_int_equal(m->stamp_source, 'K');
	h->sent++;
}

/* chrony-behaviour 10: the socket is there for peers too; who is no peer of ours is answered as
 * passive peer, and only with access. */
static void section_10_symmetric(void **state)
{
	struct world *w = *state;
	struct settings_source peer = {.options = source_options_default(SOURCE_PEER)};
	uint8_t bytes[48] = {0x21};
	struct kernel_message m = {.peer = {.address = world_address("192.0.2.7"), .port = 123},
		.data = bytes,
		.n = sizeof(bytes),
		.room = sizeof(bytes),
		.want_stamp = true};
	struct heard heard = {.ours = true};
	struct settings_access r;
	struct serve *s;

	assert_int_equal(settings_add_source(w->settings, &peer), 0);
	s = start(w, NULL);
	assert_int_equal(net_opened(), 2);
	serve_forward(s, &(struct serve_listener){hear, hear_sent, &heard});
	net.stamp_delay = 1000;
	assert_int_equal(serve_emit(s, &m), 1);
	assert_int_equal(net.out[0].fd, 20);
	net_run(w);
	assert_int_equal(heard.sent, 1);
	put_request(w, "192.0.2.7", 0x21, 48);
	net_run(w);
	assert_int_equal(heard.delivered, 1);
	assert_int_equal(net.n_out, 1);
	heard.ours = false;
	put_request(w, "192.0.2.7", 0x21, 48);
	net_run(w);
	assert_int_equal(net.n_out, 1);
	r = rule("allow 192.0.2.0/24");
	assert_int_equal(serve_access(s, &r), 0);
	put_request(w, "192.0.2.7", 0x21, 48);
	net_run(w);
	assert_int_equal(net.n_out, 2);
	assert_int_equal(net.out[1].data[0] & 7, PACKET_PASSIVE);
	serve_destroy(s);
	/* a peer that was added later opens it */
	w->settings->n_sources = 0;
	s = start(w, NULL);
	assert_int_equal(net_opened(), 0);
	assert_int_equal(serve_emit(s, &m), 1);
	assert_int_equal(net_opened(), 1);
	w->settings->port = 0;
	serve_destroy(s);
	s = start(w, NULL);
	assert_int_equal(serve_emit(s, &m), -ENOTCONN);
	serve_destroy(s);
}

/* chrony-behaviour 10, Broadcast. */
static void section_10_broadcast(void **state)
{
	struct world *w = *state;
	struct settings_broadcast b = {
		.interval = 50, .to = {.address = world_address("192.0.2.255"), .port = 123}};
	struct clock_reference reference = {.synchronised = true, .stratum = 3, .refid = 77};
	int64_t began = w->raw;
	struct packet p;
	struct serve *s;

	assert_int_equal(settings_add_broadcast(w->settings, &b), 0);
	b.to.port = 1123;
	b.interval = 3;
	assert_int_equal(settings_add_broadcast(w->settings, &b), 0);
	s = start(w, NULL);
	assert_int_equal(net_opened(), 1);
	assert_true(net.sockets[0].asked.broadcast);
	clock_set_reference(w->clock, &reference);
	assert_int_equal(serve_start(s), 0);
	while (w->raw < began + 51 * INSTANT_S)
		assert_int_equal(loop_turn(w->loop), 0);
	assert_int_equal(net.n_out, 18);
	assert_int_equal(net.out[0].peer.port, 1123);
	assert_int_equal(net.out[0].data[2], 2);
	for (size_t i = 0; i < net.n_out; i++)
		if (net.out[i].peer.port == 123) {
			assert_int_equal(packet_decode((struct span){net.out[i].data, 48}, &p), 0);
			assert_int_equal(p.version, 4);
			assert_int_equal(p.mode, PACKET_BROADCAST);
			assert_int_equal(p.stratum, 3);
			assert_int_equal(p.poll, 6);
			assert_int_equal(p.origin, 0);
			assert_int_equal(p.receive, 0);
			assert_true(llabs(instant_from_ntp(p.transmit, w->system) -
					    (WORLD_START + 50 * INSTANT_S)) < INSTANT_S);
		}
	serve_destroy(s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		NET_TEST(section_10_sockets_by_access),
		NET_TEST(test_settings),
		NET_TEST(test_open_fails),
		NET_TEST(test_datagrams),
		NET_TEST(test_unsendable),
		NET_TEST(test_to_many),
		NET_TEST(test_closed_by_delivery),
		NET_TEST(test_access_without_socket),
		NET_TEST(test_tells_when_each_leaves),
		NET_TEST(test_request_before_a_step),
		NET_TEST(test_serves_true_time),
		NET_TEST(test_cut),
		NET_TEST(section_11_2_rate_limit),
		NET_TEST(test_restrictions),
		NET_TEST(test_mssntp),
		NET_TEST(section_11_2_kiss_of_death),
		NET_TEST(test_no_client_log),
		NET_TEST(stamps_do_not_pile_up),
		NET_TEST(section_18_interleaved),
		NET_TEST(section_11_2_command_limit),
		NET_TEST(section_10_symmetric),
		NET_TEST(section_10_broadcast),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
