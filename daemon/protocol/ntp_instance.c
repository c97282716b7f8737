/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What lives on while an association of the NTP source protocol asks and takes answers: its timers,
 * and the calls to the sink that it is in the middle of.
 */
#include "config.h"

#include <stdlib.h>

#include "common/instant.h"
#include "config/settings.h"
#include "daemon/kernel/kernel.h"
#include "daemon/protocol/ntp_instance.h"

void ntp_instance_end_auth(struct protocol_instance *i)
{
	if (i->auth->ops->destroy)
		i->auth->ops->destroy(i->auth);
}

void ntp_instance_release(struct protocol_instance *i)
{
	loop_timer_done(i->env->loop, &i->next);
	loop_timer_done(i->env->loop, &i->limit);
	hold_done(&i->hold);
	ntp_instance_end_auth(i);
	free(i);
}

void ntp_instance_enter(struct protocol_instance *i)
{
	i->busy++;
}

void ntp_instance_leave(struct protocol_instance *i)
{
	if (--i->busy == 0 && i->doomed)
		ntp_instance_release(i);
}

int64_t ntp_instance_now(const struct protocol_instance *i)
{
	return loop_now(i->env->loop);
}

double ntp_instance_random(const struct protocol_instance *i)
{
	struct kernel *k = i->env->kernel;
	uint32_t r;

	if (k->ops->random(k, &r, sizeof(r)) < 0)
		return 0;
	return (double)r / (double)UINT32_MAX;
}

void ntp_instance_name(const struct protocol_instance *i, char *ret, size_t n)
{
	address_format(&i->address, ret, n);
}

unsigned ntp_instance_restricts(const struct protocol_instance *i, bool *ret_hole)
{
	const struct endpoint *remote = &i->exchange.remote;
	bool asked = remote->address.family != ADDRESS_NONE;

	return settings_restricts_source(&i->env->settings->ntp,
		asked ? &remote->address : &i->address,
		asked ? remote->port : (uint16_t)i->options->port, ret_hole);
}

void ntp_instance_follow(struct protocol_instance *i)
{
	struct client *c = &i->client;
	double separation;
	int64_t at;

	if (i->doomed)
		return;
	separation = pace_separation(client_interval(c), ntp_instance_random(i));
	if (c->wake == CLIENT_NEVER) {
		pace_drop(i->env->pace, &i->slot);
		loop_timer_stop(i->env->loop, &i->next);
	} else {
		at = pace_plan(i->env->pace, &i->slot, c->wake, instant_ns(separation));
		loop_timer_set(i->env->loop, &i->next, at);
	}
	if (c->request.waiting && c->request.deadline != CLIENT_NEVER) {
		loop_timer_set(i->env->loop, &i->limit, c->request.deadline);
	} else {
		loop_timer_stop(i->env->loop, &i->limit);
		exchange_end(&i->exchange);
	}
	if (c->activity == PROTOCOL_OFFLINE) {
		exchange_close(&i->exchange);
		if (i->auth->ops->pause)
			i->auth->ops->pause(i->auth);
	}
}
