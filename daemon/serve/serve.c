/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The NTP server put together: its sockets, which exist while something is allowed, what it
 * remembers of clients, and its reports.
 */
#include "config.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/log.h"
#include "common/instant.h"
#include "config/settings.h"
#include "daemon/clock/clock.h"
#include "daemon/kernel/kernel.h"
#include "daemon/loop/loop.h"
#include "daemon/serve/broadcast.h"
#include "daemon/serve/endpoints.h"
#include "daemon/serve/fast.h"
#include "daemon/serve/internal.h"
#include "daemon/serve/nts_server.h"
#include "daemon/serve/serve.h"
#include "daemon/serve/signd.h"
#include "daemon/serve/workers.h"
#include "daemon/words.h"

void serve_close(struct port *p)
{
	if (p->fd < 0)
		return;
	workers_rest(p->serve);
	workers_close(p);
	loop_unwatch(p->serve->loop, p->fd);
	p->serve->kernel->ops->close(p->serve->kernel, p->fd);
	p->fd = -1;
	workers_run(p->serve);
}

static int port_open(struct port *p)
{
	struct serve *s = p->serve;
	const struct settings *set = s->settings;
	struct kernel_socket socket = {
		.local.address = p->family == ADDRESS_IP4 ? set->bind4 : set->bind6,
		.local.port = (uint16_t)p->number,
		.family = p->family,
		.device = set->binddevice,
		.dscp = set->dscp,
		.receive_stamps = true,
		.server = true,
		.broadcast = set->n_broadcasts > 0,
		/* ntpd is alone on its port. */
		.reuse = !set->ntp.style,
		.shared = s->workers && !p->ptp,
	};
	char text[ENDPOINT_TEXT];
	int fd, r;

	fd = s->kernel->ops->open(s->kernel, &socket);
	r = fd < 0 ? fd : loop_watch(s->loop, fd, KERNEL_READ | KERNEL_STAMP, serve_ready, p);
	if (r < 0) {
		if (fd >= 0)
			s->kernel->ops->close(s->kernel, fd);
		if (socket.local.address.family == ADDRESS_NONE)
			socket.local.address.family = p->family;
		endpoint_format(&socket.local, text, sizeof(text));
		if (p->refused != r) {
			log_error(s->log, "Could not open NTP socket on %s", text);
			if (r == -EADDRINUSE)
				log_info(s->log, "Does another time daemon run?");
			else
				log_debug(s->log, "%s", strerror(-r));
		}
		p->refused = r;
		return r;
	}
	p->fd = fd;
	p->refused = 0;
	serve_opened(p, &socket.local);
	workers_rest(s);
	workers_open(p, &socket);
	workers_run(s);
	return 0;
}

static bool is_enabled(const struct port *p)
{
	const struct settings *set = p->serve->settings;

	return set->port != 0 && p->number != 0 && (p->family == ADDRESS_IP4 ? set->ip4 : set->ip6);
}

bool serve_is_held(const struct settings *set, enum address_family family)
{
	for (size_t i = 0; i < set->n_sources; i++)
		if (set->sources[i].options.kind == SOURCE_PEER)
			return true;
	for (size_t i = 0; i < set->n_broadcasts; i++)
		if (set->broadcasts[i].to.address.family == family)
			return true;
	return false;
}

int serve_update(struct serve *s)
{
	int error = 0;

	for (size_t i = 0; i < SERVE_PORTS; i++) {
		struct port *p = &s->ports[i];
		bool wanted = is_enabled(p) && (p->held || access_any(s->access, p->family));
		int r = 0;

		if (wanted && p->fd < 0)
			r = port_open(p);
		else if (!wanted)
			serve_close(p);
		if (r < 0)
			error = r;
	}
	fast_change(s);
	return error;
}

/* Whether another program has the port that requests are to leave from, in all families. */
static bool is_asking_port_taken(struct serve *s)
{
	const struct settings *set = s->settings;
	struct kernel_socket socket = {
		.local.port = (uint16_t)set->acquisition_port,
		.device = set->bindacqdevice,
		.reuse = true,
	};
	int r = 0;

	if (set->acquisition_port <= 0)
		return false;
	for (int i = 0; i < 2; i++) {
		if (i == 0 ? !set->ip4 : !set->ip6)
			continue;
		socket.family = i == 0 ? ADDRESS_IP4 : ADDRESS_IP6;
		socket.local.address = i == 0 ? set->bindacq4 : set->bindacq6;
		r = s->kernel->ops->open(s->kernel, &socket);
		if (r >= 0)
			s->kernel->ops->close(s->kernel, r);
		if (r != -EADDRINUSE)
			return false;
	}
	return r == -EADDRINUSE;
}

/*
 * Beside another ntpd a server is none. chronyd goes on without its sockets: the interface or the
 * address that it waits for may come, and its clients need none of them, unless they use the same
 * port.
 */
static int open_ports(struct serve *s)
{
	int r = serve_update(s);

	if (r == -EADDRINUSE && s->settings->ntp.style) {
		log_fatal(s->log,
			"IO: unable to bind to wildcard address %s - another process may "
			"be running: Address already in use; EXITING",
			s->ports[1].fd < 0 ? "::" : "0.0.0.0");
		return -ECANCELED;
	}
	if ((r < 0 && s->ports[0].fd < 0 && s->ports[1].fd < 0 &&
		    (s->settings->ntp.style ||
			    s->settings->acquisition_port == s->settings->port)) ||
		(!s->settings->ntp.style && is_asking_port_taken(s))) {
		log_fatal(s->log, "Could not open NTP sockets");
		return -ECANCELED;
	}
	return 0;
}

int serve_make_nts(struct serve *s)
{
	const struct nts_server_env env = {.settings = s->settings,
		.kernel = s->kernel,
		.loop = s->loop,
		.clock = s->clock,
		.crypto = s->crypto,
		.log = s->log,
		.access = s->access,
		.clients = s->clients};
	int r;

	if (!nts_server_wanted(s->settings))
		return 0;
	r = nts_server_create(&env, &s->nts);
	if (r == 0)
		s->auth.nts = nts_server_guard(s->nts);
	return r;
}

static void send_signed(void *arg, struct kernel_message *m)
{
	struct serve *s = arg;
	struct port *p = &s->ports[m->peer.address.family == ADDRESS_IP6];
	int r = p->fd >= 0 ? s->kernel->ops->send(s->kernel, p->fd, m, 1) : -ENOTCONN;

	serve_count_sent(p, m, r);
}

static int make_signd(struct serve *s)
{
	const struct signd_env env = {.kernel = s->kernel,
		.loop = s->loop,
		.log = s->log,
		.directory = s->settings->ntpsigndsocket,
		.send = send_signed,
		.arg = s};
	int r = env.directory[0] != '\0' ? signd_create(&env, &s->signd) : 0;

	return r;
}

/* The client log, with what interleaved mode remembers in the same memory. */
static int make_log(struct serve *s)
{
	const struct settings *set = s->settings;
	struct clients_config config = {.bytes = set->clientloglimit, .limits = serve_limits(set)};
	int r;

	if (set->noclientlog)
		return 0;
	r = s->kernel->ops->random(s->kernel, config.key, sizeof(config.key));
	if (r == 0)
		r = clients_create(&config, &s->clients);
	if (r == 0)
		r = stamps_create(clients_capacity(config.bytes), &s->stamps);
	if (r == 0)
		words_say(s->log, clients, clients_capacity(config.bytes), config.bytes);
	return r;
}

void serve_no_port(struct serve *s, size_t i)
{
	const struct settings *set = s->settings;
	const struct {
		enum address_family family;
		int number;
	} all[SERVE_PORTS] = {
		[SERVE_IP4] = {ADDRESS_IP4, set->port},
		[SERVE_IP6] = {ADDRESS_IP6, set->port},
		[SERVE_PTP_IP4] = {ADDRESS_IP4, set->ptpport},
		[SERVE_PTP_IP6] = {ADDRESS_IP6, set->ptpport},
		[SERVE_EXTRA_IP4] = {ADDRESS_IP4, set->ntp.extra_port},
		[SERVE_EXTRA_IP6] = {ADDRESS_IP6, set->ntp.extra_port},
	};
	enum address_family family = all[i].family;

	s->ports[i] = (struct port){.serve = s,
		.family = family,
		.fd = -1,
		.ptp = i == SERVE_PTP_IP4 || i == SERVE_PTP_IP6,
		.number = all[i].number,
		.held = i <= SERVE_IP6 && serve_is_held(set, family)};
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
	s->crypto = crypto;
	s->auth.keys = keys;
	s->naks = SERVE_NAK_BURST;
	s->nak_refill = loop_now(loop);
	s->log = log;
	for (size_t i = 0; i < SERVE_PORTS; i++)
		serve_no_port(s, i);
	/* Without randomness it is the same after a restart: then the scale seems to go on. */
	kernel->ops->random(kernel, &s->epoch, sizeof(s->epoch));
	s->access = access_create();
	serve_count_restrictions(s);
	r = s->access ? make_log(s) : -ENOMEM;
	if (r == 0)
		r = access_fill(s->access, settings->access, settings->n_access, "NTP", log);
	if (r == 0)
		r = workers_create(s);
	if (r == 0)
		r = open_ports(s);
	if (r == 0)
		r = serve_make_nts(s);
	if (r == 0)
		r = make_signd(s);
	if (r == 0)
		r = fast_create(s);
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
	struct workers_sum sum;
	const struct report_refused *r = &sum.refused;

	workers_sum(s, &sum);
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
	workers_end(s);
	fast_destroy(s);
	for (size_t i = 0; i < SERVE_PORTS; i++)
		serve_close(&s->ports[i]);
	workers_destroy(s);
	broadcasts_destroy(s->broadcasts);
	endpoints_destroy(s->endpoints);
	nts_server_destroy(s->nts);
	signd_destroy(s->signd);
	access_destroy(s->access);
	free(s->restrict_counts);
	clients_destroy(s->clients);
	stamps_destroy(s->stamps);
	free(s);
}

void serve_stamp_by(struct serve *s, const struct cards *cards)
{
	s->cards = cards;
}

void serve_forward(struct serve *s, const struct serve_listener *listener)
{
	s->listener = *listener;
}

int serve_emit(struct serve *s, struct kernel_message *m)
{
	struct port *p = &s->ports[m->peer.address.family == ADDRESS_IP6];
	int r = -ENOTCONN;

	p->held = true;
	if (p->fd < 0 && is_enabled(p))
		r = port_open(p);
	if (p->fd < 0)
		return r;
	r = s->kernel->ops->send(s->kernel, p->fd, m, 1);
	serve_count_sent(p, m, r);
	return r;
}

/* Whether a socket of the family is open; ADDRESS_NONE: of any. */
static bool is_open(const struct serve *s, enum address_family family)
{
	for (size_t i = 0; i < SERVE_PORTS; i++)
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

struct clients *serve_clients(struct serve *s)
{
	fast_merge(s);
	return s->clients;
}

bool serve_command(struct serve *s, const struct endpoint *client, int mode, int version)
{
	struct clients_hit hit = {.service = CLIENTS_COMMAND,
		.address = &client->address,
		.port = client->port,
		.mode = (uint8_t)mode,
		.version = (uint8_t)version,
		.unlimited = address_is_loopback(&client->address),
		.raw = loop_now(s->loop),
		.system = clock_now(s->clock).system};

	if (!s->clients)
		return true;
	/* Without randomness the leak has none. */
	if (s->settings->cmdratelimit.on &&
		s->kernel->ops->random(s->kernel, &hit.random, sizeof(hit.random)) < 0)
		hit.random = UINT32_MAX;
	return clients_hit(s->clients, &hit) == CLIENTS_ANSWER;
}

void serve_report(const struct serve *s, struct report_serverstats *ret)
{
	struct ke_counts ke = {0};
	struct workers_sum sum;

	if (s->nts)
		nts_server_count(s->nts, &ke);
	workers_sum(s, &sum);
	*ret = sum.counts;
	if (s->clients)
		ret->log_drops = clients_log_drops(s->clients);
	if (s->stamps) {
		ret->ntp_timestamps = stamps_held(s->stamps);
		ret->ntp_span = (uint64_t)stamps_span(s->stamps);
	}
	ret->nke_hits = ke.taken;
	ret->nke_drops = ke.dropped;
}

void serve_report_refused(const struct serve *s, struct report_refused *ret)
{
	struct workers_sum sum;

	workers_sum(s, &sum);
	*ret = sum.refused;
}

static double seconds(uint64_t ns)
{
	return (double)ns / (double)INSTANT_S;
}

void serve_report_nts(const struct serve *s, struct report_nts_server *ret)
{
	struct workers_sum sum;
	const struct nts_guard_counts *c = &sum.nts;
	struct ke_counts ke = {0};
	uint64_t older = 0;

	workers_sum(s, &sum);
	if (s->nts)
		nts_server_count(s->nts, &ke);
	for (size_t i = COOKIE_OLDER; i < COOKIE_KEYS_ALL; i++)
		older += c->opened[i];
	*ret = (struct report_nts_server){
		.requests_good = c->good,
		.requests_bad = c->bad,
		.replies = c->replies,
		.naks = c->naks,
		.cookies_made = c->made + ke.cookies,
		.cookies_current = c->opened[COOKIE_CURRENT] + c->opened[COOKIE_NEXT],
		.cookies_old = c->opened[COOKIE_OLD],
		.cookies_old2 = c->opened[COOKIE_OLD2],
		.cookies_older = older,
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

void serve_tell_sessions(struct serve *s, const struct log *log)
{
	if (s->nts)
		nts_server_tell_sessions(s->nts, log);
}

/* Whom the log tells of addresses. */
static int make_endpoints(struct serve *s)
{
	const struct endpoints_env env = {.settings = s->settings,
		.kernel = s->kernel,
		.loop = s->loop,
		.log = s->log,
		.port = (uint16_t)s->settings->port,
		.ip4 = s->ports[SERVE_IP4].fd >= 0,
		.ip6 = s->ports[SERVE_IP6].fd >= 0};

	return s->settings->ntp.style ? endpoints_create(&env, &s->endpoints) : 0;
}

int serve_start(struct serve *s)
{
	int r = make_endpoints(s);

	if (r == 0)
		r = broadcasts_create(s, &s->broadcasts);
	if (r == 0 && s->nts)
		r = nts_server_start(s->nts);
	if (r == 0)
		workers_start(s);
	return r == 0 ? fast_start(s) : r;
}

void serve_publish(struct serve *s)
{
	workers_publish(s);
	fast_publish(s);
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
