/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The NTP source protocol asks: whom, with what timestamps, and what is said when it cannot.
 */
#include "config.h"

#include <errno.h>
#include <string.h>

#include "common/instant.h"
#include "common/log.h"
#include "config/settings.h"
#include "daemon/clock/clock.h"
#include "daemon/clock/served.h"
#include "daemon/kernel/kernel.h"
#include "daemon/protocol/ntp_instance.h"

#define UNSENT "Could not send request to %s : %s"

/* Key establishment may name another server, or another port. */
static void tell_server(const struct protocol_instance *i, const struct endpoint *remote)
{
	const struct log *log = i->env->log;
	bool first = i->asked.address.family == ADDRESS_NONE;
	const struct address *was = first ? &i->address : &i->asked.address;
	unsigned port = first ? (unsigned)i->options->port : i->asked.port;
	char old[ADDRESS_TEXT], new[ADDRESS_TEXT];

	address_format(was, old, sizeof(old));
	address_format(&remote->address, new, sizeof(new));
	if (strcmp(old, new) != 0)
		log_info(log, "Source %s changed to %s (%s)", old, new, i->options->name);
	if (port != remote->port)
		log_info(log, "Source %s (%s) changed port to %u", new, i->options->name,
			remote->port);
}

/* Whether the server that key establishment named is one of our sources already: it would count
 * twice. */
static bool is_taken(struct protocol_instance *i, const struct address *server)
{
	char old[ADDRESS_TEXT], new[ADDRESS_TEXT];

	if (address_equal(server, &i->address) || !i->sink->taken ||
		!i->sink->taken(i->arg, server))
		return false;
	if (!i->told_taken) {
		address_format(&i->address, old, sizeof(old));
		address_format(server, new, sizeof(new));
		log_error(i->env->log, "Could not change %s to negotiated address %s", old, new);
	}
	i->told_taken = true;
	return true;
}

/* A response of another server must not be judged by what was seen of the one before. */
static void notice_server(struct protocol_instance *i, const struct endpoint *remote)
{
	bool other = i->asked.address.family != ADDRESS_NONE &&
		     (!address_equal(&i->asked.address, &remote->address) ||
			     i->asked.port != remote->port);

	tell_server(i, remote);
	i->asked = *remote;
	if (!other)
		return;
	client_moved(&i->client);
	i->sink->moved(i->arg);
}

static bool slews_leap(const struct protocol_instance *i)
{
	return i->env->settings->leapsecmode == SETTINGS_LEAP_SLEW;
}

/* A system timestamp as a peer is told it, never 0. */
static uint64_t peer_stamp(const struct protocol_instance *i, int64_t system, uint64_t random)
{
	struct clock *clock = i->env->clock;
	uint64_t stamp = served_blur(instant_to_ntp(served_from_system(clock, system)),
		clock_precision_log2(clock), (uint32_t)random);

	return stamp | (stamp == 0);
}

/* In the place of random numbers the timestamps of a packet to a peer, which measures us by them:
 * of this one, and of the one before. */
static void peer_stamps(const struct protocol_instance *i, uint64_t io[2])
{
	const struct client *c = &i->client;

	io[0] = peer_stamp(i, clock_now(i->env->clock).system, io[0]);
	io[1] = c->request.sent.system ? peer_stamp(i, c->request.sent.system, io[1]) : 0;
}

/* What a peer is told of us, as a client of ours is. */
static void peer_fill(const struct protocol_instance *i, struct packet *io)
{
	struct served served;

	served_now(i->env->clock, slews_leap(i), &served, NULL);
	served_fill(&served, io);
}

/* Makes and sends a request. Returns 0 or -errno. */
static int ask(struct protocol_instance *i, struct response_stamp *ret)
{
	struct kernel *k = i->env->kernel;
	struct endpoint remote = {.address = i->address, .port = (uint16_t)i->options->port};
	struct packet request;
	uint64_t random[2];
	int r;

	/* An answer to an earlier request would come to a socket that is no more. */
	exchange_end(&i->exchange);
	client_choose_mode(&i->client);
	i->exchange.peer = client_is_peer(&i->client);
	r = i->auth->ops->prepare ? i->auth->ops->prepare(i->auth, &remote) : 0;
	if (r < 0)
		return r;
	if (is_taken(i, &remote.address))
		return -ENOKEY;
	i->told_taken = false;
	/* What cannot be guessed is what protects us from forgers: without it nothing is sent. */
	r = k->ops->random(k, random, sizeof(random));
	if (r < 0)
		return r;
	/* 0 means "no timestamp". */
	random[0] |= random[0] == 0;
	random[1] |= random[1] == 0;
	notice_server(i, &remote);
	r = exchange_open(&i->exchange, &remote);
	if (r < 0)
		return r;
	if (client_is_peer(&i->client))
		peer_stamps(i, random);
	client_request(&i->client, random[0], random[1], &request);
	if (client_is_peer(&i->client))
		peer_fill(i, &request);
	return exchange_send(&i->exchange, &request, i->options->extensions, i->auth, ret);
}

static void note_unsent(struct protocol_instance *i, int error)
{
	char name[ADDRESS_TEXT];

	ntp_instance_name(i, name, sizeof(name));
	/* A key that is missing was told by others, and is no sign of a missing network. */
	if (error == -ENOENT || error == -ENOKEY || i->told_unsent) {
		log_debug(i->env->log, UNSENT, name, strerror(-error));
	} else {
		log_warning(i->env->log, UNSENT, name, strerror(-error));
		i->told_unsent = true;
	}
	if (!i->options->auto_offline || error == -ENOENT || error == -ENOKEY ||
		i->client.activity == PROTOCOL_OFFLINE)
		return;
	log_info(i->env->log, "Source %s offline", name);
	client_online(&i->client, false, ntp_instance_now(i), 0);
	i->sink->rested(i->arg);
}

void ntp_ask_next(void *arg)
{
	struct protocol_instance *i = arg;
	struct response_stamp sent;
	bool missed;
	int r;

	pace_due(i->env->pace, &i->slot, ntp_instance_now(i));
	ntp_instance_enter(i);
	if (!client_due(&i->client, ntp_instance_now(i))) {
		ntp_instance_follow(i);
		if (i->client.activity == PROTOCOL_OFFLINE)
			i->sink->rested(i->arg);
		ntp_instance_leave(i);
		return;
	}
	r = ask(i, &sent);
	if (r == 0) {
		i->told_unsent = false;
		i->last_tx = sent.system;
		missed =
			client_sent(&i->client, &sent, ntp_instance_now(i), ntp_instance_random(i));
	} else {
		missed = client_unsent(&i->client, ntp_instance_now(i), ntp_instance_random(i));
		note_unsent(i, r);
	}
	ntp_instance_follow(i);
	if (missed)
		i->sink->reach(i->arg, false);
	ntp_instance_leave(i);
}
