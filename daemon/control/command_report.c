/* SPDX-License-Identifier: BSD-2-Clause */
/* Commands that only read: each fills one report. */
#include "config.h"

#include "common/text.h"
#include "daemon/control/command.h"
#include "daemon/control/control.h"
#include "daemon/discipline/discipline.h"
#include "daemon/protocol/nts_shared.h"
#include "daemon/loop/loop.h"
#include "daemon/serve/clients.h"
#include "daemon/serve/serve.h"
#include "daemon/source/source.h"

/* The source of a request that names one by its place; negative places are none. */
static struct source *source_by_index(struct commands *c, const struct cmdmon_request *q)
{
	if (q->number < 0 || (size_t)q->number >= sources_count(c->env->sources))
		return NULL;
	return sources_at(c->env->sources, (size_t)q->number);
}

enum cmdmon_status command_n_sources(
	struct commands *c, const struct cmdmon_request *q, struct cmdmon_reply *ret)
{
	(void)q;
	ret->u.n_sources = (uint32_t)sources_count(c->env->sources);
	return CMDMON_OK;
}

enum cmdmon_status command_source_data(
	struct commands *c, const struct cmdmon_request *q, struct cmdmon_reply *ret)
{
	const struct source *s = source_by_index(c, q);

	if (!s)
		return CMDMON_NO_SUCH_SOURCE;
	source_report(c->env->sources, s, &ret->u.source);
	return CMDMON_OK;
}

enum cmdmon_status command_sourcestats(
	struct commands *c, const struct cmdmon_request *q, struct cmdmon_reply *ret)
{
	const struct source *s = source_by_index(c, q);

	if (!s)
		return CMDMON_NO_SUCH_SOURCE;
	source_report_stats(c->env->sources, s, &ret->u.sourcestats);
	return CMDMON_OK;
}

enum cmdmon_status command_select_data(
	struct commands *c, const struct cmdmon_request *q, struct cmdmon_reply *ret)
{
	const struct source *s = source_by_index(c, q);

	if (!s)
		return CMDMON_NO_SUCH_SOURCE;
	discipline_report_select(c->env->discipline, s, &ret->u.select);
	return CMDMON_OK;
}

enum cmdmon_status command_ntp_data(
	struct commands *c, const struct cmdmon_request *q, struct cmdmon_reply *ret)
{
	const struct source *s = sources_find(c->env->sources, &q->address);

	if (!s || source_report_ntp(s, &ret->u.ntpdata) < 0)
		return CMDMON_NO_SUCH_SOURCE;
	return CMDMON_OK;
}

enum cmdmon_status command_auth_data(
	struct commands *c, const struct cmdmon_request *q, struct cmdmon_reply *ret)
{
	const struct source *s = sources_find(c->env->sources, &q->address);

	if (!s || source_report_auth(s, &ret->u.auth) < 0)
		return CMDMON_NO_SUCH_SOURCE;
	return CMDMON_OK;
}

enum cmdmon_status command_source_name(
	struct commands *c, const struct cmdmon_request *q, struct cmdmon_reply *ret)
{
	const struct source *s = sources_find(c->env->sources, &q->address);

	if (!s || text_copy(ret->u.name, sizeof(ret->u.name), source_name(s)) < 0)
		return CMDMON_NO_SUCH_SOURCE;
	return CMDMON_OK;
}

enum cmdmon_status command_activity(
	struct commands *c, const struct cmdmon_request *q, struct cmdmon_reply *ret)
{
	(void)q;
	sources_report_activity(c->env->sources, &ret->u.activity);
	return CMDMON_OK;
}

enum cmdmon_status command_tracking(
	struct commands *c, const struct cmdmon_request *q, struct cmdmon_reply *ret)
{
	(void)q;
	discipline_report_tracking(c->env->discipline, &ret->u.tracking);
	return CMDMON_OK;
}

enum cmdmon_status command_server_stats(
	struct commands *c, const struct cmdmon_request *q, struct cmdmon_reply *ret)
{
	(void)q;
	serve_report(c->env->serve, &ret->u.serverstats);
	ret->u.serverstats.cmd_hits = c->hits;
	ret->u.serverstats.cmd_drops = c->drops;
	return CMDMON_OK;
}

static bool is_wanted(const struct report_client *r, uint32_t min_hits)
{
	return r->ntp_hits >= min_hits || r->nke_hits >= min_hits || r->cmd_hits >= min_hits;
}

/* Records from a place on, until the reply is full. The counters of all that are passed begin anew
 * when that is asked for, also of those that are not told. */
enum cmdmon_status command_clients(
	struct commands *c, const struct cmdmon_request *q, struct cmdmon_reply *ret)
{
	struct clients *clients = serve_clients(c->env->serve);
	int64_t now = loop_now(c->env->loop);
	uint32_t place = (uint32_t)q->number, size;
	uint32_t most = (uint32_t)q->number2, n = 0;

	if (!clients)
		return CMDMON_NO_CLIENT_LOG;
	size = (uint32_t)clients_size(clients);
	if (most > CMDMON_CLIENTS_MAX)
		most = CMDMON_CLIENTS_MAX;
	for (; place < size && n < most; place++) {
		struct report_client *r = &ret->u.clients.clients[n];

		if (!clients_report(clients, place, now, r))
			continue;
		n += is_wanted(r, q->min_hits);
		if (q->reset)
			clients_reset(clients, place);
	}
	ret->u.clients.table_size = size;
	ret->u.clients.next = place;
	ret->u.clients.n = n;
	return CMDMON_OK;
}

enum cmdmon_status command_nts_info(
	struct commands *c, const struct cmdmon_request *q, struct cmdmon_reply *ret)
{
	(void)q;
	ret->u.nts.client = *nts_shared_counters(c->env->nts);
	serve_report_nts(c->env->serve, &ret->u.nts.server);
	return CMDMON_OK;
}

enum cmdmon_status command_refusals(
	struct commands *c, const struct cmdmon_request *q, struct cmdmon_reply *ret)
{
	(void)q;
	serve_report_refused(c->env->serve, &ret->u.refused);
	return CMDMON_OK;
}
