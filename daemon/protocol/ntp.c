/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The NTP source protocol: an association from its options to its end, and what is told of it.
 */
#include "config.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>

#include "common/instant.h"
#include "common/log.h"
#include "config/settings.h"
#include "daemon/kernel/kernel.h"
#include "daemon/loop/loop.h"
#include "daemon/protocol/keys.h"
#include "daemon/protocol/ntp_instance.h"
#include "daemon/protocol/nts_auth.h"

/* Keys of less are told to be short. */
#define KEY_BITS_LEAST 80

static void on_limit(void *arg)
{
	struct protocol_instance *i = arg;

	client_expire(&i->client);
	exchange_end(&i->exchange);
}

/* Says what of the options cannot be had. */
static void check_options(const struct protocol_env *env, const struct source_options *o,
	const struct address *address)
{
	char name[ADDRESS_TEXT];
	enum crypto_mac type;
	int bits;

	address_format(address, name, sizeof(name));
	if (o->kind == SOURCE_PEER && o->nts)
		log_warning(env->log, "NTS not supported with peers");
	if (o->extensions & SOURCE_EXT_NET_CORRECTION)
		log_warning(env->log, "Source %s: extfield 10A has no effect", name);
	if (o->key != 0 && !keys_find(env->keys, o->key, &type, &bits))
		log_warning(env->log, "Key %u is missing", o->key);
	else if (o->key != 0 && bits < KEY_BITS_LEAST)
		log_warning(env->log, "Key %u is too short", o->key);
}

/* What a request needs has come: who waits for it need not wait for the next poll too. */
static void on_auth_ready(void *arg)
{
	struct protocol_instance *i = arg;

	client_hurry(&i->client, ntp_instance_now(i));
	ntp_instance_follow(i);
}

static int choose_auth(struct protocol_instance *i)
{
	const struct source_options *o = i->options;

	if (o->nts && o->kind != SOURCE_PEER)
		return nts_auth_create(i->env, o, &i->address, on_auth_ready, i, &i->auth);
	i->plain = auth_plain();
	i->auth = &i->plain;
	if (o->key == 0)
		return 0;
	auth_mac_init(&i->mac, o, i->env->keys);
	i->auth = &i->mac.base;
	return 0;
}

static int ntp_create(const struct protocol_env *env, const struct source_options *options,
	const struct address *address, const struct source_sink *sink, void *arg,
	struct protocol_instance **ret)
{
	struct protocol_instance *i;
	int r;

	check_options(env, options, address);
	i = calloc(1, sizeof(*i));
	if (!i)
		return -ENOMEM;
	i->env = env;
	i->options = options;
	i->address = *address;
	i->sink = sink;
	i->arg = arg;
	exchange_init(&i->exchange, env, options, ntp_take_ready, i);
	i->exchange.peer = options->kind == SOURCE_PEER;
	/* A peer may be the first to send. */
	if (i->exchange.peer)
		i->exchange.remote =
			(struct endpoint){.address = *address, .port = (uint16_t)options->port};
	r = choose_auth(i);
	if (r < 0)
		goto free_instance;
	client_init(&i->client, options, i->auth);
	/* NTPsec answers no peers, and takes its own as servers. */
	i->client.may_ask = env->settings->ntp.style;
	r = loop_timer_init(env->loop, &i->next, ntp_ask_next, i);
	if (r < 0)
		goto destroy_auth;
	r = loop_timer_init(env->loop, &i->limit, on_limit, i);
	if (r < 0)
		goto done_next;
	r = hold_init(&i->hold, env, ntp_take_held, i);
	if (r < 0)
		goto done_limit;
	*ret = i;
	return 0;
done_limit:
	loop_timer_done(env->loop, &i->limit);
done_next:
	loop_timer_done(env->loop, &i->next);
destroy_auth:
	ntp_instance_end_auth(i);
free_instance:
	free(i);
	return r;
}

static void ntp_online(struct protocol_instance *i, bool on)
{
	client_online(&i->client, on, ntp_instance_now(i), ntp_instance_random(i));
	ntp_instance_follow(i);
}

static void ntp_start(struct protocol_instance *i)
{
	char name[ADDRESS_TEXT];
	bool hole;

	ntp_instance_restricts(i, &hole);
	ntp_instance_name(i, name, sizeof(name));
	if (hole)
		log_info(i->env->log, "RESTRICT: Poking hole in restrictions for %s", name);
	ntp_online(i, i->options->online);
}

static void ntp_burst(struct protocol_instance *i, int good, int total)
{
	client_burst(&i->client, good, total, ntp_instance_now(i), ntp_instance_random(i));
	ntp_instance_follow(i);
}

static void ntp_reset(struct protocol_instance *i)
{
	client_reset(&i->client, ntp_instance_now(i), ntp_instance_random(i));
	ntp_instance_follow(i);
}

static enum protocol_activity ntp_activity(const struct protocol_instance *i)
{
	return i->client.activity;
}

static int ntp_poll(const struct protocol_instance *i)
{
	return i->client.poll;
}

static void ntp_report(const struct protocol_instance *i, struct report_ntpdata *ret)
{
	const struct client_counters *n = &i->client.counters;

	const struct endpoint *remote = &i->exchange.remote;
	bool asked = remote->address.family != ADDRESS_NONE;

	*ret = i->last;
	ret->remote = asked ? remote->address : i->address;
	ret->port = asked ? remote->port : (uint16_t)i->options->port;
	ret->total_tx = n->tx;
	ret->total_rx = n->rx;
	ret->total_valid = n->valid;
	ret->total_good = n->good;
	ret->total_kernel_tx = n->kernel_tx;
	ret->total_kernel_rx = n->kernel_rx;
	ret->total_hw_tx = n->hardware_tx;
	ret->total_hw_rx = n->hardware_rx;
	ret->local_port = i->exchange.local.port;
	ret->last_tx = i->last_tx;
	ret->last_rx = i->last_rx;
	ret->next_tx = i->client.wake == CLIENT_NEVER
			       ? -1
			       : fmax(instant_diff_s(i->client.wake, ntp_instance_now(i)), 0);
	ret->bad_auth = n->drops[RESPONSE_UNAUTHENTIC];
	ret->bogus = n->drops[RESPONSE_BOGUS] + n->drops[RESPONSE_STRANGER];
	ret->old = n->drops[RESPONSE_DUPLICATE] + n->drops[RESPONSE_LATE];
	ret->distant =
		n->drops[RESPONSE_DISTANT] + n->drops[RESPONSE_DELAYED] + n->drops[RESPONSE_NOISY];
	ret->looped = n->drops[RESPONSE_LOOP];
}

static void ntp_report_auth(const struct protocol_instance *i, struct report_auth *ret)
{
	i->auth->ops->report(i->auth, ret);
}

static void ntp_save(struct protocol_instance *i)
{
	if (i->auth->ops->save)
		i->auth->ops->save(i->auth);
}

static void ntp_sent(struct protocol_instance *i, const struct kernel_message *m)
{
	struct response_stamp stamp;
	uint64_t transmit = exchange_note(&i->exchange, m, &stamp);

	if (client_is_peer(&i->client))
		client_stamp(&i->client, transmit, &stamp);
}

static void ntp_destroy(struct protocol_instance *i)
{
	if (!i)
		return;
	loop_timer_stop(i->env->loop, &i->next);
	loop_timer_stop(i->env->loop, &i->limit);
	pace_drop(i->env->pace, &i->slot);
	exchange_close(&i->exchange);
	i->doomed = true;
	if (i->busy == 0)
		ntp_instance_release(i);
}

const struct source_protocol source_protocol_ntp = {
	.name = "ntp",
	.create = ntp_create,
	.start = ntp_start,
	.online = ntp_online,
	.burst = ntp_burst,
	.reset = ntp_reset,
	.activity = ntp_activity,
	.poll = ntp_poll,
	.report = ntp_report,
	.report_auth = ntp_report_auth,
	.save = ntp_save,
	.deliver = ntp_take_delivered,
	.sent = ntp_sent,
	.destroy = ntp_destroy,
};
