/* SPDX-License-Identifier: BSD-2-Clause */
/* The way of one request through the control protocol. */
#include "config.h"

#include "daemon/control/answer.h"
#include "daemon/control/command.h"
#include "daemon/control/control.h"
#include "daemon/serve/serve.h"

static bool authorised(const struct answer_rights *rights, const struct cmdmon_rule *rule)
{
	return rights->all ||
	       (!rule->writes && (rights->reads || (rule->groups & rights->open) != 0));
}

/* Whoever has no part in serving is not limited either. */
static bool is_answered(struct commands *c, const struct endpoint *client)
{
	return !c->env->serve || serve_command(c->env->serve, client, 0, 0);
}

static enum cmdmon_status run(struct commands *c, const struct answer_rights *rights,
	const struct cmdmon_request *q, struct cmdmon_reply *ret)
{
	const struct cmdmon_rule *rule = cmdmon_rule(q->command);
	command_run *command = control_command(q->command);

	if (!rule || !command)
		return CMDMON_INVALID;
	if (!authorised(rights, rule))
		return CMDMON_UNAUTHORISED;
	ret->kind = cmdmon_reply_for(rule, q->length);
	return command(c, q, ret);
}

size_t answer_datagram(struct commands *c, const struct answer_rights *rights, struct span datagram,
	uint8_t ret[CMDMON_REPLY_MAX])
{
	struct cmdmon_request q;
	struct cmdmon_reply reply = {.kind = CMDMON_REPLY_NULL};
	int status = cmdmon_request_decode(datagram, &q);
	int n;

	if (status < 0)
		return 0;
	c->hits++;
	if (rights->client && !is_answered(c, rights->client)) {
		c->drops++;
		return 0;
	}
	/* Counters can be asked for and set back by one request. */
	if (rights->reads)
		q.reset = false;
	reply.command = q.command;
	reply.sequence = q.sequence;
	if (status == 0)
		status = (int)run(c, rights, &q, &reply);
	reply.status = (uint16_t)status;
	n = cmdmon_reply_encode(&reply, ret, CMDMON_REPLY_MAX);
	if (n < 0 || (size_t)n > datagram.n)
		return 0;
	return (size_t)n;
}
