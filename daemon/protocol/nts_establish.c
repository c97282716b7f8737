/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * From a source's options to a session of NTS.
 */
#include "config.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "common/instant.h"
#include "common/log.h"
#include "config/settings.h"
#include "daemon/clock/clock.h"
#include "daemon/loop/loop.h"
#include "daemon/protocol/nts_establish.h"
#include "daemon/protocol/nts_shared.h"
#include "daemon/words.h"

void nts_establish_init(struct nts_establish *e, const struct protocol_env *env,
	const struct source_options *options, const struct address *address)
{
	size_t n;

	memset(e, 0, sizeof(*e));
	e->env = env;
	e->options = options;
	e->address = *address;
	memcpy(e->name, options->name, sizeof(e->name));
	/* Certificates name hosts without the dot that ends a full name. */
	n = strlen(e->name);
	if (n > 1 && e->name[n - 1] == '.')
		e->name[n - 1] = '\0';
}

bool nts_establish_busy(const struct nts_establish *e)
{
	return e->link || e->resolving;
}

static void forget(struct nts_establish *e)
{
	ke_link_destroy(e->link);
	e->link = NULL;
	e->resolving = false;
	nts_session_wipe(&e->session);
}

void nts_establish_cancel(struct nts_establish *e)
{
	if (e->resolving)
		e->env->kernel->ops->resolve_cancel(e->env->kernel, e);
	forget(e);
}

static void finish(struct nts_establish *e, enum ke_end end)
{
	struct nts_session session = e->session;

	forget(e);
	e->ended(e->arg, end, end == KE_DONE ? &session : NULL);
	nts_session_wipe(&session);
}

/* Time can be asked of an address of one host only. */
static void take_server(struct nts_establish *e, const struct address *a)
{
	char text[ADDRESS_TEXT];

	if (!address_is_not_unicast(a)) {
		e->session.server.address = *a;
		finish(e, KE_DONE);
		return;
	}
	address_format(a, text, sizeof(text));
	log_error(e->env->log, "NTP server %s from %s is not the address of a host", text, e->name);
	finish(e, KE_FAILED);
}

/* An address of the family that key establishment used is the likeliest to be reached. */
static void on_resolved(void *arg, int error, const struct address *addresses, size_t n)
{
	struct nts_establish *e = arg;
	size_t best = 0;

	e->resolving = false;
	if (error < 0 || n == 0) {
		log_error(
			e->env->log, "Could not resolve NTP server %s from %s", e->server, e->name);
		finish(e, KE_FAILED);
		return;
	}
	for (size_t i = n; i-- > 0;) {
		if (addresses[i].family == e->address.family)
			best = i;
	}
	take_server(e, &addresses[best]);
}

static enum address_family wanted_family(const struct nts_establish *e)
{
	bool ip4 = e->env->settings->ip4 && !e->options->ip6_only;
	bool ip6 = e->env->settings->ip6 && !e->options->ip4_only;

	return ip4 && ip6 ? ADDRESS_NONE : ip4 ? ADDRESS_IP4 : ADDRESS_IP6;
}

/* Finds where to ask for time: where we asked for keys, at an address, or at a name. */
static void find_server(struct nts_establish *e, const struct nts_response *r)
{
	struct kernel *k = e->env->kernel;
	struct address literal;

	e->session.server.address = e->address;
	e->session.server.port = (uint16_t)(r->port != NTS_NONE ? r->port : e->options->port);
	if (r->server[0] == '\0') {
		finish(e, KE_DONE);
	} else if (address_parse(r->server, &literal) == 0) {
		take_server(e, &literal);
	} else {
		memcpy(e->server, r->server, sizeof(e->server));
		e->resolving = true;
		if (k->ops->resolve(k, e->server, wanted_family(e), on_resolved, e) < 0)
			on_resolved(e, -EAGAIN, NULL, 0);
	}
}

static void on_ended(void *arg, enum ke_end end, const struct ke_result *result)
{
	struct nts_establish *e = arg;
	const struct nts_response *r;
	struct nts_session *s = &e->session;

	if (end != KE_DONE) {
		finish(e, end);
		return;
	}
	r = &result->response;
	memset(s, 0, sizeof(*s));
	s->keys = result->keys;
	s->other_keys = result->other_keys;
	s->established = clock_now(e->env->clock).truth;
	for (size_t i = 0; i < r->n_cookies; i++)
		nts_session_put(s, &r->cookies[i]);
	find_server(e, r);
}

static struct kernel_socket socket_of(const struct nts_establish *e)
{
	const struct settings *s = e->env->settings;
	struct address own;

	if (source_options_bind(e->options, &own) < 0 || own.family != e->address.family)
		own = e->address.family == ADDRESS_IP4 ? s->bindacq4 : s->bindacq6;
	return (struct kernel_socket){
		.local.address = own,
		.family = e->address.family,
		.connect = true,
		.remote = {.address = e->address, .port = (uint16_t)e->options->nts_port},
		.device = e->options->binddevice[0] ? e->options->binddevice : s->bindacqdevice,
	};
}

/* A source may want one algorithm only. Where that is not there nothing is offered, and so nothing
 * agreed on. */
static void keep_wanted(const struct nts_establish *e, struct ke_client_settings *io)
{
	size_t i = 0;

	if (e->options->nts_aead == 0)
		return;
	while (i < io->n_aeads && io->aeads[i] != e->options->nts_aead)
		i++;
	if (i == io->n_aeads)
		log_error(e->env->log, "NTS-KE with %s: algorithm %u is not available", e->name,
			e->options->nts_aead);
	io->aeads += i;
	io->n_aeads = i < io->n_aeads;
}

int nts_establish_start(struct nts_establish *e)
{
	struct nts_shared *shared = e->env->nts;
	bool any_time = !nts_shared_checks_time(shared);
	struct ke_link_settings s = {
		.kernel = e->env->kernel,
		.loop = e->env->loop,
		.socket = socket_of(e),
		.client = {.crypto = nts_shared_crypto(shared),
			.log = e->env->log,
			.name = e->name,
			.allow_tls12 = e->env->settings->nts_tls12,
			.no_tls13 = e->env->settings->nts_no_tls13,
			.any_certificate = e->options->nts_unchecked,
			.any_time = any_time,
			.at_s = clock_now(e->env->clock).truth / INSTANT_S},
		.ended = on_ended,
		.arg = e,
	};
	char roots[NTS_TRUST_TEXT], label[ENDPOINT_TEXT + SOURCE_NAME + 4], server[ENDPOINT_TEXT];
	const struct words_ke words = {.label = label,
		.name = e->name,
		.server = &s.socket.remote,
		.at_s = s.client.at_s,
		.any_time = any_time};

	endpoint_format(words.server, server, sizeof(server));
	snprintf(label, sizeof(label), "%s (%s)", server, e->name);
	words_say(e->env->log, ke_connecting, &words);
	s.client.server = s.socket.remote;
	s.client.n_aeads = nts_shared_aeads(shared, &s.client.aeads);
	keep_wanted(e, &s.client);
	s.client.trust =
		nts_shared_trust(shared, e->options->certset, loop_now(e->env->loop), roots);
	if (!s.client.trust)
		return -ENOMEM;
	/* Said beforehand, since a refusal is easier to understand with it. */
	words_say(e->env->log, ke_expecting, &words, roots);
	return ke_link_create(&s, &e->link);
}
