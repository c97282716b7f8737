/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The NTP server's sockets: they exist while something is allowed, take requests in batches, and
 * answer each batch from one snapshot of the clock.
 */
#include "config.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "common/log.h"
#include "common/instant.h"
#include "config/settings.h"
#include "daemon/clock/clock.h"
#include "daemon/kernel/kernel.h"
#include "daemon/loop/loop.h"
#include "daemon/serve/nts_server.h"
#include "daemon/serve/responder.h"
#include "daemon/serve/serve.h"

/* Datagrams taken at once, and how often before other descriptors get their turn. */
#define BATCH  16
#define ROUNDS 8

/* Negative acknowledgements: anybody can provoke them, and few of a client's are enough. So many a
 * second, and so many at once. */
#define NAK_RATE  64
#define NAK_BURST 128

/* The socket of one family. */
struct port {
	struct serve *serve;
	enum address_family family;
	int fd; /**< -1: closed */
};

struct serve {
	const struct settings *settings;
	struct kernel *kernel;
	struct loop *loop;
	struct clock *clock;
	const struct log *log;
	struct access *access;
	struct nts_server *nts; /**< NULL: none */
	struct responder_auth auth;
	double naks;        /**< that may be sent now */
	int64_t nak_refill; /**< raw instant of the last look at naks */
	struct port ports[2];
	void (*deliver)(void *arg, const struct kernel_message *m);
	void *deliver_arg;
	struct report_serverstats counts;
	struct serve_refused refused;
	struct kernel_message in[BATCH], out[BATCH];
	uint64_t random[BATCH];
	uint8_t buffers[BATCH][PACKET_ROOM];
	uint8_t reply[PACKET_ROOM]; /**< is composed here: it needs the request */
};

static void snapshot(const struct serve *s, struct responder_snapshot *ret)
{
	const struct clock_reference *r = clock_get_reference(s->clock);
	struct clock_now now = clock_now(s->clock);
	double smoothed = clock_smooth_offset(s->clock, now.osc);
	bool hidden = clock_smooth_hides_leap(s->clock) && r->leap != LEAP_UNSYNCHRONISED &&
		      s->settings->leapsecmode == SETTINGS_LEAP_SLEW;

	*ret = (struct responder_snapshot){
		.synchronised = r->synchronised,
		.leap = hidden ? LEAP_NONE : r->leap,
		.stratum = r->stratum,
		.precision = clock_precision_log2(s->clock),
		.refid = fabs(smoothed) > clock_precision(s->clock) ? REFID_SMOOTH : r->refid,
		.reference_time =
			r->reference_time != 0 ? instant_add_s(r->reference_time, smoothed) : 0,
		.root_delay = r->root_delay,
		.root_dispersion = clock_root_dispersion(s->clock, now.osc),
	};
}

/* A system timestamp as clients are to read it. */
static int64_t served(const struct serve *s, int64_t system)
{
	int64_t osc = clock_osc_from_system(s->clock, system);

	return instant_add_s(
		clock_true_from_osc(s->clock, osc), clock_smooth_offset(s->clock, osc));
}

static int64_t transmit_time(const struct serve *s)
{
	struct kernel_clocks now;

	s->kernel->ops->clocks(s->kernel, &now);
	return served(s, now.system_ns);
}

static bool nak_is_due(struct serve *s)
{
	int64_t now = loop_now(s->loop);

	s->naks += NAK_RATE * instant_diff_s(now, s->nak_refill);
	s->nak_refill = now;
	if (s->naks > NAK_BURST)
		s->naks = NAK_BURST;
	if (s->naks < 1)
		return false;
	s->naks -= 1;
	return true;
}

/* Counts a datagram. Returns what is to be sent: RESPONDER_ANSWER, RESPONDER_NAK, or nothing. */
static enum responder_verdict admit(
	struct serve *s, const struct kernel_message *m, struct responder_request *ret)
{
	bool allowed = access_allowed(s->access, &m->peer.address);
	enum responder_verdict verdict = RESPONDER_MALFORMED;

	/* What was sent to many asks for as many answers as they are. */
	if (!m->cut && !m->to_many)
		verdict = responder_check((struct span){m->data, m->n}, &m->peer, &m->local,
			(uint16_t)s->settings->port, allowed, &s->auth, ret);
	switch (verdict) {
	case RESPONDER_ANSWER:
		s->counts.ntp_hits++;
		s->counts.ntp_auth_hits += ret->authenticated || ret->nts;
		return verdict;
	case RESPONDER_NAK:
		s->counts.ntp_hits++;
		if (nak_is_due(s))
			return verdict;
		s->counts.ntp_drops++;
		break;
	case RESPONDER_FORWARD:
		if (s->deliver)
			s->deliver(s->deliver_arg, m);
		break;
	case RESPONDER_NOT_AUTHENTIC:
		s->counts.ntp_hits++;
		s->refused.not_authentic++;
		break;
	case RESPONDER_MALFORMED:
		s->refused.malformed++;
		break;
	case RESPONDER_IGNORE:
		s->refused.ignored++;
		break;
	case RESPONDER_DENIED:
		s->refused.denied++;
		break;
	}
	return RESPONDER_IGNORE;
}

/* Composes an answer. Returns its length or -errno. */
static int compose(struct serve *s, const struct kernel_message *m,
	const struct responder_request *q, const struct responder_snapshot *now, uint64_t random)
{
	struct responder_random r = {.stamps = random};

	/* A nonce that is not fresh would give the keys of a session away: no answer then. */
	if (q->nts && s->kernel->ops->random(s->kernel, r.nonces, sizeof(r.nonces)) < 0)
		return -EAGAIN;
	return responder_reply(q, now, served(s, m->stamp_ns), transmit_time(s), &r, &s->auth,
		s->reply, sizeof(s->reply));
}

/* Takes a datagram, and writes its answer over it. False when there is none. */
static bool answer(struct serve *s, struct kernel_message *m, const struct responder_snapshot *now,
	uint64_t random)
{
	struct responder_request q;
	enum responder_verdict verdict = admit(s, m, &q);
	int n;

	if (verdict == RESPONDER_NAK)
		n = responder_nak(&q, now->precision, &s->auth, s->reply, sizeof(s->reply));
	else if (verdict == RESPONDER_ANSWER)
		n = compose(s, m, &q, now, random);
	else
		return false;
	if (n < 0 || (size_t)n > m->room) {
		s->refused.unsent++;
		return false;
	}
	if (m->stamp_source == 'H')
		s->counts.hw_rx++;
	else if (m->stamp_source == 'K')
		s->counts.kernel_rx++;
	else
		s->counts.daemon_rx++;
	memcpy(m->data, s->reply, (size_t)n);
	m->n = (size_t)n;
	return true;
}

/* Sends the answers of a batch. One that cannot be sent, to a spoofed address without a route, say,
 * must not take the others with it. */
static void send_answers(struct serve *s, int fd, size_t n)
{
	size_t done = 0;

	while (done < n) {
		int r = s->kernel->ops->send(s->kernel, fd, s->out + done, n - done);

		if (r > 0)
			s->counts.daemon_tx += (uint64_t)r;
		else
			s->refused.unsent++;
		done += r > 0 ? (size_t)r : 1;
	}
}

/* Takes one batch. Returns how many datagrams there were. */
static int serve_batch(struct port *p)
{
	struct serve *s = p->serve;
	const struct kernel_ops *ops = s->kernel->ops;
	struct responder_snapshot now;
	int n;
	size_t n_out = 0;

	for (size_t i = 0; i < BATCH; i++)
		s->in[i] = (struct kernel_message){.data = s->buffers[i], .room = PACKET_ROOM};
	n = ops->receive(s->kernel, p->fd, s->in, BATCH);
	if (n <= 0)
		return n;
	/* Without randomness the bits below the precision are zero: coarser, not wrong. */
	if (ops->random(s->kernel, s->random, (size_t)n * sizeof(s->random[0])) < 0)
		memset(s->random, 0, sizeof(s->random));
	snapshot(s, &now);
	for (int i = 0; i < n; i++)
		if (answer(s, &s->in[i], &now, s->random[i]))
			s->out[n_out++] = s->in[i];
	/* Delivering may change access, and so close the socket under our feet. */
	if (p->fd >= 0)
		send_answers(s, p->fd, n_out);
	else
		s->refused.unsent += n_out;
	return n;
}

static void serve_ready(void *arg, unsigned got)
{
	struct port *p = arg;
	int rounds = ROUNDS;

	(void)got;
	while (rounds-- > 0 && p->fd >= 0 && serve_batch(p) == BATCH)
		;
}

static void port_close(struct port *p)
{
	if (p->fd < 0)
		return;
	loop_unwatch(p->serve->loop, p->fd);
	p->serve->kernel->ops->close(p->serve->kernel, p->fd);
	p->fd = -1;
}

static int port_open(struct port *p)
{
	struct serve *s = p->serve;
	const struct settings *set = s->settings;
	struct kernel_socket socket = {
		.local.address = p->family == ADDRESS_IP4 ? set->bind4 : set->bind6,
		.local.port = (uint16_t)set->port,
		.family = p->family,
		.device = set->binddevice,
		.dscp = set->dscp,
		.receive_stamps = true,
		.reuse = true,
	};
	char text[ENDPOINT_TEXT];
	int fd, r;

	fd = s->kernel->ops->open(s->kernel, &socket);
	r = fd < 0 ? fd : loop_watch(s->loop, fd, KERNEL_READ, serve_ready, p);
	if (r < 0) {
		if (fd >= 0)
			s->kernel->ops->close(s->kernel, fd);
		if (socket.local.address.family == ADDRESS_NONE)
			socket.local.address.family = p->family;
		endpoint_format(&socket.local, text, sizeof(text));
		log_error(s->log, "Could not open NTP socket on %s: %s", text, strerror(-r));
		return r;
	}
	p->fd = fd;
	return 0;
}

/* Opens and closes as access says. Returns 0, or the error of a socket that did not open. */
static int serve_update(struct serve *s)
{
	int error = 0;

	for (size_t i = 0; i < 2; i++) {
		struct port *p = &s->ports[i];
		bool enabled = p->family == ADDRESS_IP4 ? s->settings->ip4 : s->settings->ip6;
		bool wanted = enabled && s->settings->port != 0 && access_any(s->access, p->family);
		int r = 0;

		if (wanted && p->fd < 0)
			r = port_open(p);
		else if (!wanted)
			port_close(p);
		if (r < 0)
			error = r;
	}
	return error;
}

static int make_nts(struct serve *s, const struct crypto_backend *crypto)
{
	const struct nts_server_env env = {.settings = s->settings,
		.kernel = s->kernel,
		.loop = s->loop,
		.clock = s->clock,
		.crypto = crypto,
		.log = s->log,
		.access = s->access};
	int r;

	if (!nts_server_wanted(s->settings))
		return 0;
	r = nts_server_create(&env, &s->nts);
	if (r == 0)
		s->auth.nts = nts_server_guard(s->nts);
	return r;
}

int serve_create(const struct settings *settings, struct kernel *kernel, struct loop *loop,
	struct clock *clock, const struct keys *keys, const struct crypto_backend *crypto,
	const struct log *log, struct serve **ret)
{
	struct serve *s = calloc(1, sizeof(*s));
	int r;

	if (!s)
		return -ENOMEM;
	s->settings = settings;
	s->kernel = kernel;
	s->loop = loop;
	s->clock = clock;
	s->auth.keys = keys;
	s->naks = NAK_BURST;
	s->nak_refill = loop_now(loop);
	s->log = log;
	s->ports[0] = (struct port){s, ADDRESS_IP4, -1};
	s->ports[1] = (struct port){s, ADDRESS_IP6, -1};
	s->access = access_create();
	r = s->access ? access_fill(s->access, settings->access, settings->n_access, "NTP", log)
		      : -ENOMEM;
	if (r == 0 && serve_update(s) < 0 && s->ports[0].fd < 0 && s->ports[1].fd < 0) {
		log_fatal(log, "Could not open NTP sockets");
		r = -EIO;
	}
	if (r == 0)
		r = make_nts(s, crypto);
	if (r < 0) {
		serve_destroy(s);
		return r;
	}
	*ret = s;
	return 0;
}

/* Nothing is dropped without a trace, and no stranger can fill the log. */
static void log_refused(const struct serve *s)
{
	const struct serve_refused *r = &s->refused;

	if (r->malformed + r->denied + r->not_authentic + r->ignored + r->unsent == 0)
		return;
	log_info(s->log,
		"NTP packets not answered: %llu malformed, %llu denied, %llu not authentic, %llu "
		"of other modes, %llu that could not be",
		(unsigned long long)r->malformed, (unsigned long long)r->denied,
		(unsigned long long)r->not_authentic, (unsigned long long)r->ignored,
		(unsigned long long)r->unsent);
}

void serve_destroy(struct serve *s)
{
	if (!s)
		return;
	log_refused(s);
	port_close(&s->ports[0]);
	port_close(&s->ports[1]);
	nts_server_destroy(s->nts);
	access_destroy(s->access);
	free(s);
}

void serve_forward(
	struct serve *s, void (*deliver)(void *arg, const struct kernel_message *m), void *arg)
{
	s->deliver = deliver;
	s->deliver_arg = arg;
}

/* Whether a socket of the family is open; ADDRESS_NONE: of any. */
static bool is_open(const struct serve *s, enum address_family family)
{
	for (size_t i = 0; i < 2; i++)
		if (s->ports[i].fd >= 0 && (family == ADDRESS_NONE || s->ports[i].family == family))
			return true;
	return false;
}

int serve_access(struct serve *s, const struct settings_access *rule)
{
	char text[LOG_MESSAGE];
	int r = access_set(s->access, rule);

	if (r < 0)
		return r;
	access_describe(rule, "NTP", text, sizeof(text));
	log_info(s->log, "%s", text);
	r = serve_update(s);
	if (s->nts)
		nts_server_access_changed(s->nts);
	/* An address family that this system lacks is no reason to refuse the other one. */
	return rule->allow && r < 0 && !is_open(s, rule->prefix.family) ? r : 0;
}

bool serve_allowed(const struct serve *s, const struct address *a)
{
	return access_allowed(s->access, a);
}

void serve_report(const struct serve *s, struct report_serverstats *ret)
{
	struct ke_counts ke = {0};

	if (s->nts)
		nts_server_count(s->nts, &ke);
	*ret = s->counts;
	ret->nke_hits = ke.taken;
	ret->nke_drops = ke.dropped;
}

void serve_report_refused(const struct serve *s, struct serve_refused *ret)
{
	*ret = s->refused;
}

static double seconds(uint64_t ns)
{
	return (double)ns / (double)INSTANT_S;
}

void serve_report_nts(const struct serve *s, struct report_nts_server *ret)
{
	const struct nts_guard_counts *c = &s->auth.counts;
	struct ke_counts ke = {0};

	if (s->nts)
		nts_server_count(s->nts, &ke);
	*ret = (struct report_nts_server){
		.requests_good = c->good,
		.requests_bad = c->bad,
		.replies = c->replies,
		.naks = c->naks,
		.cookies_made = c->made + ke.cookies,
		.cookies_current = c->opened[COOKIE_CURRENT] + c->opened[COOKIE_NEXT],
		.cookies_old = c->opened[COOKIE_OLD],
		.cookies_old2 = c->opened[COOKIE_OLD2],
		.cookies_too_old = c->unknown,
		.cookies_bad = c->broken,
		.cookies_not_server = c->no_server,
		.ke_good = ke.served,
		.ke_no_tls = ke.failed,
		.ke_bad = ke.refused,
		.ke_good_wall = seconds(ke.served_ns),
		.ke_no_tls_wall = seconds(ke.failed_ns),
		.ke_bad_wall = seconds(ke.refused_ns),
		.ke_good_cpu = seconds(ke.served_cpu_ns),
		.ke_no_tls_cpu = seconds(ke.failed_cpu_ns),
		.ke_bad_cpu = seconds(ke.refused_cpu_ns),
	};
}

int serve_start(struct serve *s)
{
	return s->nts ? nts_server_start(s->nts) : 0;
}

void serve_rekey(struct serve *s)
{
	if (s->nts)
		nts_server_reload(s->nts);
}

void serve_save(struct serve *s)
{
	if (s->nts)
		nts_server_save(s->nts);
}
