/* SPDX-License-Identifier: BSD-2-Clause */
/* The parts of the NTS server put together. */
#include "config.h"

#include <errno.h>
#include <stdlib.h>

#include "common/log.h"
#include "config/settings.h"
#include "daemon/clock/clock.h"
#include "daemon/loop/loop.h"
#include "daemon/serve/cookie_keys.h"
#include "daemon/serve/nts_server.h"

struct nts_server {
	struct nts_server_env env;
	struct cookie_keys *keys;
	struct nts_guard *guard;
	struct ke *ke;
	struct loop_timer tick;
	bool timed; /**< tick is made */
	bool started;
};

bool nts_server_wanted(const struct settings *settings)
{
	return settings->nts_server.n_certs > 0 && settings->nts_server.port != 0;
}

static struct cookie_now now_of(const struct nts_server *n)
{
	return (struct cookie_now){loop_now(n->env.loop), clock_now(n->env.clock).truth};
}

/* Key files first: helpers are made with the keys in force. */
static void run_tick(void *arg)
{
	struct nts_server *n = arg;
	struct cookie_now now = now_of(n);
	double wait;

	if (cookie_keys_tick(n->keys, &now, &wait))
		ke_changed(n->ke);
	ke_reload(n->ke, false, now.truth);
	loop_timer_in(n->env.loop, &n->tick, wait);
}

static int make_ke(struct nts_server *n, int64_t truth)
{
	const struct nts_server_env *e = &n->env;
	const struct ke_env env = {.settings = e->settings,
		.kernel = e->kernel,
		.loop = e->loop,
		.crypto = e->crypto,
		.log = e->log,
		.access = e->access,
		.ring = cookie_keys_ring(n->keys),
		.clients = e->clients};

	return ke_create(&env, truth, &n->ke);
}

static int make_parts(struct nts_server *n)
{
	struct cookie_now now = now_of(n);
	int r = cookie_keys_create(
		n->env.settings, n->env.kernel, n->env.crypto, n->env.log, &now, &n->keys);

	if (r == 0)
		r = nts_guard_create(n->env.crypto, cookie_keys_ring(n->keys), &n->guard);
	if (r == 0)
		r = make_ke(n, now.truth);
	if (r == 0)
		r = loop_timer_init(n->env.loop, &n->tick, run_tick, n);
	n->timed = r == 0;
	return r;
}

int nts_server_create(const struct nts_server_env *env, struct nts_server **ret)
{
	struct nts_server *n;
	int r;

	if (!crypto_has_tls(env->crypto)) {
		log_fatal(env->log, "Could not serve NTS : built without a library for TLS");
		return -ENOTSUP;
	}
	n = calloc(1, sizeof(*n));
	if (!n)
		return -ENOMEM;
	n->env = *env;
	r = make_parts(n);
	if (r < 0) {
		nts_server_destroy(n);
		return r;
	}
	*ret = n;
	return 0;
}

void nts_server_destroy(struct nts_server *n)
{
	if (!n)
		return;
	if (n->started)
		nts_server_save(n);
	if (n->timed)
		loop_timer_done(n->env.loop, &n->tick);
	ke_destroy(n->ke);
	nts_guard_destroy(n->guard);
	cookie_keys_destroy(n->keys);
	free(n);
}

void nts_server_tell_sessions(struct nts_server *n, const struct log *log)
{
	ke_tell_sessions(n->ke, log);
}

int nts_server_start(struct nts_server *n)
{
	n->started = true;
	loop_timer_in(n->env.loop, &n->tick, 0);
	return ke_start(n->ke);
}

struct nts_guard *nts_server_guard(struct nts_server *n)
{
	return n->guard;
}

struct cookie_ring *nts_server_ring(struct nts_server *n)
{
	return cookie_keys_ring(n->keys);
}

void nts_server_access_changed(struct nts_server *n)
{
	ke_changed(n->ke);
}

void nts_server_reload(struct nts_server *n)
{
	struct cookie_now now = now_of(n);

	if (cookie_keys_reload(n->keys, &now))
		ke_changed(n->ke);
	ke_reload(n->ke, true, now.truth);
}

void nts_server_save(struct nts_server *n)
{
	struct cookie_now now = now_of(n);

	cookie_keys_save(n->keys, &now);
}

void nts_server_count(const struct nts_server *n, struct ke_counts *ret)
{
	ke_count(n->ke, ret);
}
