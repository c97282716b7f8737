/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * ntpd's control protocol as a module: requests come to the NTP server's sockets. It answers where
 * ntp.conf is in force: who configures chrony's way is asked in chrony's way.
 */
#include "config.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/instant.h"
#include "common/log.h"
#include "config/settings.h"
#include "daemon/control/mode6.h"
#include "daemon/loop/loop.h"
#include "daemon/protocol/keys.h"
#include "daemon/serve/clients.h"
#include "daemon/serve/serve.h"

/* s from one look at the counters to the next: as often as statistics are written. */
#define HOUR 3600

struct control_instance {
	struct control_env env;
	struct mode6 m;
	struct loop_timer hour;
	const struct kernel_message *message; /* the request under way */
};

static void send_back(void *arg, struct span fragment)
{
	struct control_instance *c = arg;

	/* What cannot be sent is asked for again. */
	serve_send(c->env.serve, c->message, fragment);
}

/* A rule for all the world is none about this client. */
static bool is_about_somebody(const struct settings_restrict *r)
{
	static const struct address any[] = {{ADDRESS_IP4, {0}}, {ADDRESS_IP6, {0}}};

	return !address_equal(&r->mask, &any[r->mask.family == ADDRESS_IP6]);
}

static struct mode6_client client_of(const struct control_instance *c, const struct endpoint *peer)
{
	const struct settings_restrict *r =
		settings_find_restrict(&c->env.settings->ntp, &peer->address, peer->port);
	bool named = r != NULL && is_about_somebody(r), own = address_is_loopback(&peer->address);

	return (struct mode6_client){
		.peer = *peer,
		/* Our own host may ask unless it is told otherwise. */
		.restricts = own && !named ? 0
			     : r != NULL   ? r->flags
					   : NTP_RESTRICT_NOQUERY,
		.amplification = own     ? 0
				 : named ? MODE6_AMPLIFICATION_NAMED
					 : MODE6_AMPLIFICATION_STRANGER,
	};
}

/* Counts a request. Returns whether its client asks more often than it may (limit). */
static bool is_too_fast(
	const struct control_instance *c, const struct mode6_client *client, uint8_t first)
{
	struct clients *log = serve_clients(c->env.serve);
	struct clients_seen seen;

	if (!serve_command(c->env.serve, &client->peer, first & 7, first >> 3 & 7))
		return true;
	return (client->restricts & NTP_RESTRICT_LIMITED) && log != NULL &&
	       clients_seen_find(log, &client->peer.address, loop_now(c->env.loop), &seen) &&
	       seen.packets > 1 && seen.score >= c->env.settings->ntp.limit.average;
}

static int take(void *arg, const struct kernel_message *message)
{
	struct control_instance *c = arg;
	struct mode6_client client = client_of(c, &message->peer);
	int r;

	if (is_too_fast(c, &client, message->data[0]))
		return -EAGAIN;
	c->message = message;
	r = mode6_respond(&c->m, &client, (struct span){message->data, message->n}, send_back, c);
	c->message = NULL;
	return r;
}

static void look_at_counters(void *arg)
{
	struct control_instance *c = arg;

	mode6_hour(&c->m);
	loop_timer_set(c->env.loop, &c->hour, instant_add_s(c->hour.at, HOUR));
}

/* How long a MAC takes to make, s. */
static double time_signing(const struct control_env *e)
{
	uint8_t packet[MODE6_HEADER + MODE6_DATA] = {0}, mac[MODE6_MAC_MAX];
	struct kernel_clocks before, after;

	e->kernel->ops->clocks(e->kernel, &before);
	if (keys_sign(e->keys, e->settings->ntp.control_key, 4,
		    (struct span){packet, sizeof(packet)}, mac, sizeof(mac)) < 0)
		return 0;
	e->kernel->ops->clocks(e->kernel, &after);
	return instant_diff_s(after.raw_ns, before.raw_ns);
}

static int take_variables(struct control_instance *c)
{
	const struct settings_ntp *ntp = &c->env.settings->ntp;
	int r = 0;

	for (size_t i = 0; i < ntp->n_variables && r == 0; i++)
		r = mode6_set_variable(&c->m, &ntp->variables[i]);
	return r;
}

static void control_destroy(struct control_instance *c)
{
	if (c == NULL)
		return;
	if (c->hour.run != NULL) {
		serve_control(c->env.serve, NULL, NULL);
		loop_timer_done(c->env.loop, &c->hour);
	}
	free(c->m.extra);
	free(c);
}

static int control_create(const struct control_env *env, struct control_instance **ret)
{
	struct control_instance *c = calloc(1, sizeof(*c));
	int r = 0;

	if (c == NULL)
		return -ENOMEM;
	c->env = *env;
	c->m.env = &c->env;
	c->m.started = loop_now(env->loop);
	if (env->settings->ntp.style) {
		r = take_variables(c);
		if (r == 0)
			r = loop_timer_init(env->loop, &c->hour, look_at_counters, c);
		if (r < 0) {
			control_destroy(c);
			return r;
		}
		env->kernel->ops->identity(env->kernel, &c->m.identity);
		c->m.sign_s = time_signing(env);
		loop_timer_in(env->loop, &c->hour, HOUR);
		serve_control(env->serve, take, c);
	}
	*ret = c;
	return 0;
}

static int control_start(struct control_instance *c)
{
	(void)c;
	return 0;
}

const struct control_protocol control_protocol_mode6 = {
	.name = "mode6",
	.create = control_create,
	.start = control_start,
	.destroy = control_destroy,
};
