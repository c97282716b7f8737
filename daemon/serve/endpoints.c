/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A list of our addresses, compared with the system's whenever that has changed.
 */
#include "config.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/instant.h"
#include "common/log.h"
#include "common/report.h"
#include "common/text.h"
#include "config/settings.h"
#include "daemon/kernel/kernel.h"
#include "daemon/loop/loop.h"
#include "daemon/serve/endpoints.h"
#include "daemon/serve/nic.h"
#include "daemon/words.h"

/* The most addresses that are told of. */
#define ADDRESSES 256

/* One that is served. */
struct served {
	struct kernel_own_address own;
	unsigned number;
	bool there;    /* the system's list still has it */
	bool drops;    /* what comes to it is dropped */
	int64_t since; /* raw instant */
	uint64_t counts[ENDPOINTS_FAILED + 1];
};

struct endpoints {
	struct endpoints_env env;
	int fd; /* that word of changes comes on; -1 */
	unsigned next_number;
	size_t n;
	size_t last; /* the place of the one that was counted for last */
	struct served all[ADDRESSES];
};

static struct served *find(struct endpoints *e, const struct kernel_own_address *own)
{
	for (size_t i = 0; i < e->n; i++)
		if (e->all[i].own.interface == own->interface &&
			address_equal(&e->all[i].own.at.address, &own->at.address))
			return &e->all[i];
	return NULL;
}

/* interface and nic may have us drop what comes to it. */
static enum ntp_nic_action action_of(
	const struct endpoints *e, const struct kernel_own_address *own)
{
	const struct kernel_message to = {.local = own->at.address, .interface = own->interface};

	return nic_action(&e->env.settings->ntp, e->env.kernel, &to);
}

static void take(void *arg, const struct kernel_own_address *own)
{
	struct endpoints *e = arg;
	struct served *s = find(e, own);
	enum ntp_nic_action action = action_of(e, own);

	if (s == NULL && e->n < ADDRESSES && action != NTP_NIC_IGNORE) {
		s = &e->all[e->n++];
		*s = (struct served){.own = *own,
			.number = e->next_number++,
			.drops = action == NTP_NIC_DROP,
			.since = loop_now(e->env.loop)};
		s->own.at.port = e->env.port;
		words_say(e->env.log, listening, s->number, own->name, &s->own.at, s->drops);
	}
	if (s != NULL)
		s->there = true;
}

static void look(struct endpoints *e)
{
	struct kernel *k = e->env.kernel;
	size_t kept = 0;
	int r = 0;

	for (size_t i = 0; i < e->n; i++)
		e->all[i].there = false;
	if (e->env.ip4)
		r = k->ops->addresses(k, ADDRESS_IP4, take, e);
	if (e->env.ip6 && r == 0)
		r = k->ops->addresses(k, ADDRESS_IP6, take, e);
	if (r < 0)
		return;
	for (size_t i = 0; i < e->n; i++) {
		struct served *s = &e->all[i];

		if (s->there)
			e->all[kept++] = *s;
		else
			words_say(e->env.log, left, s->number, s->own.name, &s->own.at);
	}
	e->n = kept;
}

/* Whatever the news are, the list itself is looked at. */
static void changed(void *arg, unsigned got)
{
	struct endpoints *e = arg;
	uint8_t news[4096];
	int r;

	(void)got;
	do
		r = e->env.kernel->ops->stream_read(e->env.kernel, e->fd, news, sizeof(news));
	while (r > 0 || r == -ENOBUFS);
	look(e);
}

static void tell_wildcard(struct endpoints *e, enum address_family family)
{
	const struct endpoint any = {.address.family = family, .port = e->env.port};
	enum ntp_nic_action action = nic_wildcard(&e->env.settings->ntp, family);

	if (action != NTP_NIC_IGNORE)
		words_say(e->env.log, listening, e->next_number++,
			family == ADDRESS_IP6 ? "v6wildcard" : "v4wildcard", &any,
			action == NTP_NIC_DROP);
}

static void watch(struct endpoints *e)
{
	struct kernel *k = e->env.kernel;

	e->fd = k->ops->watch_addresses(k);
	if (e->fd < 0)
		return;
	if (loop_watch(e->env.loop, e->fd, KERNEL_READ, changed, e) < 0) {
		k->ops->close(k, e->fd);
		e->fd = -1;
		return;
	}
	words_say(e->env.log, watching, e->fd);
}

int endpoints_create(const struct endpoints_env *env, struct endpoints **ret)
{
	struct endpoints *e = calloc(1, sizeof(*e));

	if (e == NULL)
		return -ENOMEM;
	e->env = *env;
	e->fd = -1;
	*ret = e;
	if (env->kernel->ops->addresses == NULL)
		return 0;
	words_say(env->log, stamping, "SO_TIMESTAMPING");
	if (env->ip6)
		tell_wildcard(e, ADDRESS_IP6);
	if (env->ip4)
		tell_wildcard(e, ADDRESS_IP4);
	look(e);
	watch(e);
	return 0;
}

static bool is_at(const struct served *s, const struct kernel_message *m)
{
	return address_equal(&s->own.at.address, &m->local) &&
	       (m->interface == 0 || m->interface == s->own.interface);
}

bool endpoints_count(struct endpoints *e, const struct kernel_message *m, enum endpoints_count what)
{
	if (e == NULL)
		return false;
	/* Most come to the same address as the one before. */
	for (size_t tries = 0; tries < e->n; tries++) {
		size_t i = (e->last + tries) % e->n;

		if (is_at(&e->all[i], m)) {
			e->all[i].counts[what]++;
			e->last = i;
			return true;
		}
	}
	return false;
}

bool endpoints_report(const struct endpoints *e, size_t i, struct report_socket *ret)
{
	const struct served *s;

	if (e == NULL || i >= e->n)
		return false;
	s = &e->all[i];
	*ret = (struct report_socket){.address = s->own.at.address,
		.family = s->own.at.address.family,
		.port = s->own.at.port,
		.drops = s->drops,
		.received = s->counts[ENDPOINTS_RECEIVED],
		.sent = s->counts[ENDPOINTS_SENT],
		.failed = s->counts[ENDPOINTS_FAILED],
		.up = instant_diff_s(loop_now(e->env.loop), s->since)};
	text_copy(ret->name, sizeof(ret->name), s->own.name);
	return true;
}

void endpoints_destroy(struct endpoints *e)
{
	if (e == NULL)
		return;
	if (e->fd >= 0) {
		loop_unwatch(e->env.loop, e->fd);
		e->env.kernel->ops->close(e->env.kernel, e->fd);
	}
	free(e);
}
