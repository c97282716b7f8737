/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Other settings for a server that serves.
 */
#include "config.h"

#include <errno.h>
#include <string.h>

#include "common/log.h"
#include "config/settings.h"
#include "daemon/serve/broadcast.h"
#include "daemon/serve/fast.h"
#include "daemon/serve/internal.h"
#include "daemon/serve/nts_server.h"
#include "daemon/serve/serve.h"

struct clients_limits serve_limits(const struct settings *set)
{
	return (struct clients_limits){
		.buckets = {[CLIENTS_NTP] = set->ratelimit,
			[CLIENTS_NKE] = set->ntsratelimit,
			[CLIENTS_COMMAND] = set->cmdratelimit},
		.by_score = set->ntp.style,
		.score = set->ntp.limit,
	};
}

static void change_limits(struct serve *s)
{
	const struct clients_limits limits = serve_limits(s->settings);

	if (s->clients)
		clients_limit(s->clients, &limits);
	fast_change(s);
}

/* All are opened anew: what they are bound to has changed. */
static void change_sockets(struct serve *s)
{
	for (size_t i = 0; i < SERVE_PORTS; i++) {
		serve_close(&s->ports[i]);
		serve_no_port(s, i);
	}
}

static void change_held(struct serve *s)
{
	for (size_t i = 0; i <= SERVE_IP6; i++)
		s->ports[i].held = serve_is_held(s->settings, s->ports[i].family);
}

static void change_broadcasts(struct serve *s)
{
	struct broadcasts *fresh;

	if (broadcasts_create(s, &fresh) < 0) {
		log_error(s->log, "Could not change broadcasts : Out of memory");
		return;
	}
	broadcasts_destroy(s->broadcasts);
	s->broadcasts = fresh;
}

static void change_nts(struct serve *s)
{
	int r;

	nts_server_destroy(s->nts);
	s->nts = NULL;
	s->auth.nts = NULL;
	r = serve_make_nts(s);
	if (r == 0 && s->nts)
		r = nts_server_start(s->nts);
	if (r < 0)
		log_error(s->log, "Could not serve NTS : %s", strerror(-r));
}

void serve_change_rules(struct serve *s)
{
	const struct settings *set = s->settings;

	change_limits(s);
	serve_count_restrictions(s);
	access_refill(s->access, set->access, set->n_access, "NTP", s->log);
	serve_update(s);
	if (s->nts)
		nts_server_access_changed(s->nts);
}

void serve_configure(struct serve *s, unsigned changes)
{
	const struct settings *set = s->settings;

	if (changes & SERVE_LIMITS)
		change_limits(s);
	if (changes & SERVE_ACCESS)
		access_refill(s->access, set->access, set->n_access, "NTP", s->log);
	if (changes & SERVE_BROADCASTS)
		change_broadcasts(s);
	if (changes & (SERVE_SOCKETS | SERVE_BROADCASTS))
		change_sockets(s);
	if (changes & (SERVE_SOCKETS | SERVE_BROADCASTS | SERVE_HELD))
		change_held(s);
	if (changes & (SERVE_SOCKETS | SERVE_BROADCASTS | SERVE_HELD | SERVE_ACCESS))
		serve_update(s);
	if (changes & (SERVE_NTS | SERVE_SOCKETS))
		change_nts(s);
	else if (s->nts && changes & SERVE_ACCESS)
		nts_server_access_changed(s->nts);
	serve_rekey(s);
}
