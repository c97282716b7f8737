/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Sockets and helpers of the key establishment server. A helper is a copy of this process at one
 * moment: when certificates, cookie keys or access change, new ones take the place of the old,
 * which end as soon as their sessions are over.
 */
#include "config.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/instant.h"
#include "common/log.h"
#include "daemon/kernel/kernel.h"
#include "daemon/loop/loop.h"
#include "daemon/serve/ke.h"
#include "daemon/serve/ke_helper.h"
#include "daemon/serve/ke_identity.h"
#include "daemon/words.h"

/* Connections that may wait to be taken: a burst of clients, as after a restart. */
#define BACKLOG 512

/* Between a change and the new helpers, so that many changes make one: s. */
#define RENEW_DELAY 0.1

/* Before a helper is started in the place of one that failed, s. */
#define RETRY_DELAY 1.0

/* A helper that was asked to end and is still there after so long is killed: s. */
#define END_LIMIT (KE_DEADLINE + 1.0)

struct helper {
	struct ke *ke;
	struct helper *next;
	struct ke_helper_inbox inbox;
	int fd, pid;
	int64_t since; /**< raw instant of its start, or of being asked to end */
	bool ending;
};

struct ke {
	struct ke_env env;
	struct ke_server_env server_env;
	struct ke_identity *identity;
	int fds[KE_PORTS];
	struct helper *helpers;
	struct ke_server *server; /**< when this process serves */
	struct ke_counts counts;  /**< of helpers */
	struct loop_timer renew, retry, end;
	size_t timers; /**< made */
	bool started;
};

static const enum address_family families[KE_PORTS] = {ADDRESS_IP4, ADDRESS_IP6};

static int listen_on(struct ke *k, enum address_family family)
{
	const struct settings *set = k->env.settings;
	struct kernel_socket socket = {
		.local.address = family == ADDRESS_IP4 ? set->bind4 : set->bind6,
		.local.port = (uint16_t)set->nts_server.port,
		.family = family,
		.device = set->binddevice,
		.reuse = true,
	};
	int fd = k->env.kernel->ops->stream_listen(k->env.kernel, &socket, BACKLOG);
	char text[ENDPOINT_TEXT];

	if (fd < 0) {
		if (socket.local.address.family == ADDRESS_NONE)
			socket.local.address.family = family;
		endpoint_format(&socket.local, text, sizeof(text));
		log_error(
			k->env.log, "Could not open NTS-KE socket on %s: %s", text, strerror(-fd));
	}
	return fd;
}

static int listen_all(struct ke *k)
{
	bool wanted = false, open = false;

	words_say(k->env.log, ke_serving, k->env.settings->nts_server.port);
	for (size_t i = 0; i < KE_PORTS; i++) {
		if (!(families[i] == ADDRESS_IP4 ? k->env.settings->ip4 : k->env.settings->ip6))
			continue;
		wanted = true;
		k->fds[i] = listen_on(k, families[i]);
		open = open || k->fds[i] >= 0;
		if (k->fds[i] >= 0)
			words_say(k->env.log, ke_listening, families[i] == ADDRESS_IP6);
	}
	if (!wanted || open)
		return 0;
	log_fatal(k->env.log, "Could not open NTS-KE sockets");
	return -EIO;
}

static int plan_sessions(struct ke *k)
{
	const struct settings *set = k->env.settings;
	struct ke_session_env *s = &k->server_env.session;
	int n = crypto_working_aeads(k->env.crypto, set->ntsaeads, set->n_ntsaeads, s->aeads);

	if (n < 0)
		return n;
	s->n_aeads = (size_t)n;

	s->crypto = k->env.crypto;
	s->kernel = k->env.kernel;
	s->ring = k->env.ring;
	s->allow_tls12 = set->nts_tls12;
	s->no_tls13 = set->nts_no_tls13;
	s->ntp_server = set->nts_server.ntp_server;
	s->ntp_port = set->ntp.extra_port != 0 ? set->ntp.extra_port : set->port;
	if (s->n_aeads == 0)
		log_warning(k->env.log, "No AEAD algorithm of ntsaeads works with %s",
			k->env.crypto->name);
	k->server_env.kernel = k->env.kernel;
	k->server_env.loop = k->env.loop;
	k->server_env.log = k->env.log;
	k->server_env.access = k->env.access;
	k->server_env.clients = k->env.clients;
	k->server_env.limited = set->ntsratelimit.on;
	k->server_env.max_connections = (size_t)set->nts_server.max_connections;
	return 0;
}

static void run_renew(void *arg), run_retry(void *arg), run_end(void *arg);

static struct loop_timer *timer_of(struct ke *k, size_t i)
{
	struct loop_timer *timers[] = {&k->renew, &k->retry, &k->end};

	return timers[i];
}

static int make_timers(struct ke *k)
{
	static void (*const run[])(void *) = {run_renew, run_retry, run_end};
	int r = 0;

	for (; r == 0 && k->timers < 3; k->timers += r == 0)
		r = loop_timer_init(k->env.loop, timer_of(k, k->timers), run[k->timers], k);
	return r;
}

int ke_create(const struct ke_env *env, int64_t truth, struct ke **ret)
{
	struct ke *k = calloc(1, sizeof(*k));
	int r;

	if (!k)
		return -ENOMEM;
	k->env = *env;
	k->fds[0] = k->fds[1] = -1;
	r = plan_sessions(k);
	if (r == 0)
		r = ke_identity_create(&env->settings->nts_server, &env->settings->ntp.tls,
			env->kernel, env->crypto, env->log, &k->identity);
	if (r == 0)
		r = make_timers(k);
	if (r == 0)
		r = listen_all(k);
	if (r < 0) {
		ke_destroy(k);
		return r;
	}
	/* ntpd does not serve without what it was told to serve with; we wait for it. */
	if (!ke_identity_load(k->identity, truth) && env->settings->ntp.style) {
		log_fatal(env->log, "NTS: troubles during init2.  Bailing.");
		ke_destroy(k);
		return -EIO;
	}
	k->server_env.identity = k->identity;
	*ret = k;
	return 0;
}

/* Takes a helper out of the list and kills what is left of it. */
static void remove_helper(struct helper *h)
{
	struct ke *k = h->ke;
	struct helper **at = &k->helpers;

	while (*at != h)
		at = &(*at)->next;
	*at = h->next;
	loop_unwatch(k->env.loop, h->fd);
	k->env.kernel->ops->close(k->env.kernel, h->fd);
	free(h);
}

/* Nobody needs to know of the end of a helper that was asked for it. */
static void lose_helper(struct helper *h, const char *why)
{
	struct ke *k = h->ke;
	double lived = instant_diff_s(loop_now(k->env.loop), h->since);
	bool wanted = !h->ending;

	if (wanted)
		log_warning(
			k->env.log, "NTS-KE helper process %d %s, starting another", h->pid, why);
	remove_helper(h);
	/* One that cannot live must not keep us busy. */
	if (wanted)
		loop_timer_in(k->env.loop, &k->retry, lived < RETRY_DELAY ? RETRY_DELAY : 0);
}

static void helper_ready(void *arg, unsigned got)
{
	struct helper *h = arg;
	struct ke *k = h->ke;
	struct ke_helper_sink sink = {.counts = &k->counts,
		.log = k->env.log,
		.sessions = k->server_env.sessions,
		.clients = k->env.clients};
	struct kernel_clocks now;
	uint8_t in[4096];
	int r = k->env.kernel->ops->stream_read(k->env.kernel, h->fd, in, sizeof(in));

	(void)got;
	if (r == -EAGAIN)
		return;
	k->env.kernel->ops->clocks(k->env.kernel, &now);
	sink.raw = now.raw_ns;
	sink.system = now.system_ns;
	if (r <= 0)
		lose_helper(h, "ended");
	else if (ke_helper_read(&h->inbox, (struct span){in, (size_t)r}, &sink) < 0)
		lose_helper(h, "talks nonsense");
}

/* Starts one helper. Returns 0 or -errno. */
static int start_helper(struct ke *k)
{
	const struct kernel_ops *ops = k->env.kernel->ops;
	struct ke_helper_plan plan = {.env = &k->server_env, .fds = {k->fds[0], k->fds[1]}};
	struct kernel_process process = {
		.run = ke_helper_run, .arg = &plan, .keep = k->fds, .n_keep = KE_PORTS};
	struct helper *h;
	int r;

	if (!ops->process)
		return -ENOTSUP;
	h = calloc(1, sizeof(*h));
	if (!h)
		return -ENOMEM;
	h->ke = k;
	h->fd = ops->process(k->env.kernel, &process, &h->pid);
	r = h->fd < 0 ? h->fd : loop_watch(k->env.loop, h->fd, KERNEL_READ, helper_ready, h);
	if (r < 0) {
		if (h->fd >= 0)
			ops->close(k->env.kernel, h->fd);
		free(h);
		return r;
	}
	h->since = loop_now(k->env.loop);
	h->next = k->helpers;
	k->helpers = h;
	log_info(k->env.log, "Started NTS-KE helper process %d", h->pid);
	return 0;
}

size_t ke_helpers(const struct ke *k)
{
	size_t n = 0;

	for (const struct helper *h = k->helpers; h; h = h->next)
		n += !h->ending;
	return n;
}

/* Starts helpers until there are as many as there should be. */
static int start_helpers(struct ke *k)
{
	size_t wanted = (size_t)k->env.settings->nts_server.processes;
	int r = 0;

	for (size_t n = ke_helpers(k); r == 0 && n < wanted; n++)
		r = start_helper(k);
	if (r < 0 && r != -ENOTSUP) {
		log_error(k->env.log, "Could not start NTS-KE helper process : %s", strerror(-r));
		loop_timer_in(k->env.loop, &k->retry, RETRY_DELAY);
	}
	return r;
}

static void run_retry(void *arg)
{
	start_helpers(arg);
}

static void ask_to_end(struct helper *h)
{
	static const uint8_t end;
	struct ke *k = h->ke;

	k->env.kernel->ops->stream_write(k->env.kernel, h->fd, (struct span){&end, 1});
	h->ending = true;
	h->since = loop_now(k->env.loop);
	loop_timer_in(k->env.loop, &k->end, END_LIMIT);
}

/* The old ones take connections until the new ones do. */
static void run_renew(void *arg)
{
	struct ke *k = arg;
	struct helper *old = k->helpers;
	int r = 0;

	for (size_t i = 0; r == 0 && i < (size_t)k->env.settings->nts_server.processes; i++)
		r = start_helper(k);
	if (r < 0) {
		log_error(k->env.log, "Could not start NTS-KE helper process : %s", strerror(-r));
		while (k->helpers != old)
			remove_helper(k->helpers);
		loop_timer_in(k->env.loop, &k->renew, RETRY_DELAY);
		return;
	}
	for (; old; old = old->next)
		if (!old->ending)
			ask_to_end(old);
}

static void run_end(void *arg)
{
	struct ke *k = arg;
	struct helper *h = k->helpers, *next;
	bool more = false;

	for (; h; h = next) {
		next = h->next;
		if (!h->ending)
			continue;
		if (instant_diff_s(loop_now(k->env.loop), h->since) >= END_LIMIT - 1e-3)
			remove_helper(h);
		else
			more = true;
	}
	if (more)
		loop_timer_in(k->env.loop, &k->end, END_LIMIT);
}

int ke_start(struct ke *k)
{
	int r = -ENOTSUP;

	k->started = true;
	if (k->env.settings->nts_server.processes > 0)
		r = start_helpers(k);
	return r == -ENOTSUP ? ke_server_create(&k->server_env, k->fds, &k->server) : 0;
}

void ke_tell_sessions(struct ke *k, const struct log *log)
{
	k->server_env.sessions = log;
}

void ke_changed(struct ke *k)
{
	if (k->started && !k->server)
		loop_timer_in(k->env.loop, &k->renew, RENEW_DELAY);
}

void ke_reload(struct ke *k, bool always, int64_t truth)
{
	if (always ? ke_identity_load(k->identity, truth) : ke_identity_look(k->identity, truth))
		ke_changed(k);
}

void ke_count(const struct ke *k, struct ke_counts *ret)
{
	*ret = k->counts;
	if (k->server)
		ke_counts_add(ret, ke_server_counts(k->server));
}

void ke_destroy(struct ke *k)
{
	if (!k)
		return;
	ke_server_destroy(k->server);
	while (k->helpers)
		remove_helper(k->helpers);
	for (size_t i = 0; i < KE_PORTS; i++)
		if (k->fds[i] >= 0)
			k->env.kernel->ops->close(k->env.kernel, k->fds[i]);
	while (k->timers > 0)
		loop_timer_done(k->env.loop, timer_of(k, --k->timers));
	ke_identity_destroy(k->identity);
	free(k);
}
