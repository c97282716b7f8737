/* SPDX-License-Identifier: BSD-2-Clause */
/* Commands about sources: they go to the registry, which knows what it holds. */
#include "config.h"

#include <math.h>
#include <stdio.h>

#include "common/log.h"
#include "common/source_options.h"
#include "daemon/control/command.h"
#include "daemon/discipline/discipline.h"
#include "daemon/control/control.h"
#include "daemon/serve/serve.h"
#include "daemon/source/source.h"

#define POLL_MIN (-7)
#define POLL_MAX 24

static enum cmdmon_status status_of(enum sources_status status)
{
	switch (status) {
	case SOURCES_OK:
		return CMDMON_OK;
	case SOURCES_NO_SUCH:
		return CMDMON_NO_SUCH_SOURCE;
	case SOURCES_ALREADY:
		return CMDMON_SOURCE_EXISTS;
	case SOURCES_TOO_MANY:
		return CMDMON_TOO_MANY_SOURCES;
	case SOURCES_BAD_NAME:
		return CMDMON_BAD_NAME;
	case SOURCES_BAD_FAMILY:
		return CMDMON_BAD_FAMILY;
	case SOURCES_BAD_KIND:
		return CMDMON_INVALID;
	case SOURCES_NO_MEMORY:
		break;
	}
	return CMDMON_FAILED;
}

/* Whether there is anything that "all sources" could mean: chrony says so when there is not. */
static bool has_ntp_source(const struct commands *c)
{
	for (size_t i = 0; i < sources_count(c->env->sources); i++)
		if (source_mode(sources_at(c->env->sources, i)) != REPORT_MODE_REFCLOCK)
			return true;
	return false;
}

/* ONLINE, OFFLINE and BURST: a mask first, and an address; without a family it means all. */
enum cmdmon_status command_switch(
	struct commands *c, const struct cmdmon_request *q, struct cmdmon_reply *ret)
{
	struct sources *sources = c->env->sources;

	(void)ret;
	if (!has_ntp_source(c))
		return CMDMON_NO_SUCH_SOURCE;
	if (q->command == CMDMON_BURST)
		return status_of(
			sources_burst(sources, &q->mask, &q->address, q->number, q->number2));
	return status_of(
		sources_online(sources, &q->mask, &q->address, q->command == CMDMON_ONLINE));
}

enum cmdmon_status command_onoffline(
	struct commands *c, const struct cmdmon_request *q, struct cmdmon_reply *ret)
{
	(void)q;
	(void)ret;
	sources_onoffline(c->env->sources);
	return CMDMON_OK;
}

enum cmdmon_status command_add_source(
	struct commands *c, const struct cmdmon_request *q, struct cmdmon_reply *ret)
{
	enum source_kind kind = q->source.kind;

	(void)ret;
	if (kind != SOURCE_SERVER && kind != SOURCE_PEER && kind != SOURCE_POOL)
		return CMDMON_INVALID;
	if (q->bad_name)
		return CMDMON_BAD_NAME;
	return status_of(sources_add(c->env->sources, &q->source));
}

enum cmdmon_status command_delete_source(
	struct commands *c, const struct cmdmon_request *q, struct cmdmon_reply *ret)
{
	(void)ret;
	return status_of(sources_remove(c->env->sources, &q->address));
}

/* What was changed of a source, as chronyd tells it. */
static void tell_number(
	const struct commands *c, const struct cmdmon_request *q, const char *what, int32_t value)
{
	char name[ADDRESS_TEXT];

	address_format(&q->address, name, sizeof(name));
	log_info(c->env->log, "Source %s new %s %d", name, what, (int)value);
}

static void tell_real(
	const struct commands *c, const struct cmdmon_request *q, const char *what, double value)
{
	char name[ADDRESS_TEXT];

	address_format(&q->address, name, sizeof(name));
	log_info(c->env->log, "Source %s new %s %f", name, what, value);
}

static void tell_modified(
	const struct commands *c, const struct cmdmon_request *q, const struct source_options *o)
{
	switch (q->command) {
	case CMDMON_MODIFY_MINPOLL:
		tell_number(c, q, "minpoll", o->minpoll);
		break;
	case CMDMON_MODIFY_MAXPOLL:
		tell_number(c, q, "maxpoll", o->maxpoll);
		break;
	case CMDMON_MODIFY_MINSTRATUM:
		tell_number(c, q, "minstratum", o->minstratum);
		break;
	case CMDMON_MODIFY_POLLTARGET:
		tell_number(c, q, "polltarget", o->polltarget);
		break;
	case CMDMON_MODIFY_MAXDELAY:
		tell_real(c, q, "maxdelay", o->maxdelay);
		break;
	case CMDMON_MODIFY_MAXDELAYRATIO:
		tell_real(c, q, "maxdelayratio", o->maxdelayratio);
		break;
	default:
		tell_real(c, q, "maxdelaydevratio", o->maxdelaydevratio);
		break;
	}
}

static bool is_poll(int32_t v)
{
	return v >= POLL_MIN && v <= POLL_MAX;
}

enum cmdmon_status command_modify(
	struct commands *c, const struct cmdmon_request *q, struct cmdmon_reply *ret)
{
	struct source_options *o = sources_options(c->env->sources, &q->address);
	int minpoll, maxpoll;

	(void)ret;
	if (!o)
		return CMDMON_NO_SUCH_SOURCE;
	minpoll = o->minpoll;
	maxpoll = o->maxpoll;
	switch (q->command) {
	case CMDMON_MODIFY_MINPOLL:
		if (!is_poll(q->number))
			return CMDMON_OK;
		o->minpoll = q->number;
		break;
	case CMDMON_MODIFY_MAXPOLL:
		if (!is_poll(q->number))
			return CMDMON_OK;
		o->maxpoll = q->number;
		if (o->minpoll > o->maxpoll)
			o->minpoll = o->maxpoll;
		break;
	case CMDMON_MODIFY_MINSTRATUM:
		o->minstratum = q->number;
		break;
	case CMDMON_MODIFY_POLLTARGET:
		o->polltarget = q->number < 1 ? 1 : q->number;
		break;
	case CMDMON_MODIFY_MAXDELAY:
		o->maxdelay = q->real;
		break;
	case CMDMON_MODIFY_MAXDELAYRATIO:
		o->maxdelayratio = q->real;
		break;
	case CMDMON_MODIFY_MAXDELAYDEVRATIO:
		o->maxdelaydevratio = q->real;
		break;
	default:
		return CMDMON_INVALID;
	}
	source_options_clamp(o);
	tell_modified(c, q, o);
	if (q->command == CMDMON_MODIFY_MINPOLL && o->maxpoll != maxpoll)
		tell_number(c, q, "maxpoll", o->maxpoll);
	if (q->command == CMDMON_MODIFY_MAXPOLL && o->minpoll != minpoll)
		tell_number(c, q, "minpoll", o->minpoll);
	return CMDMON_OK;
}

/* A source of these commands: by its address, or a reference clock by its name. */
static void name_of(const struct cmdmon_request *q, char ret[ADDRESS_TEXT])
{
	if (q->address.family != ADDRESS_NONE)
		address_format(&q->address, ret, ADDRESS_TEXT);
	else
		snprintf(ret, ADDRESS_TEXT, "%.4s",
			(const char[5]){(char)(q->refid >> 24), (char)(q->refid >> 16),
				(char)(q->refid >> 8), (char)q->refid});
}

enum cmdmon_status command_modify_selectopts(
	struct commands *c, const struct cmdmon_request *q, struct cmdmon_reply *ret)
{
	unsigned *options = sources_select_options(c->env->sources, &q->address, q->refid);
	char name[ADDRESS_TEXT];

	(void)ret;
	if (!options)
		return CMDMON_NO_SUCH_SOURCE;
	*options = (*options & ~q->mask_bits) | q->option_bits;
	name_of(q, name);
	log_info(c->env->log, "Source %s selection options modified", name);
	return CMDMON_OK;
}

enum cmdmon_status command_modify_offset(
	struct commands *c, const struct cmdmon_request *q, struct cmdmon_reply *ret)
{
	double *offset = sources_offset(c->env->sources, &q->address, q->refid);
	char name[ADDRESS_TEXT];

	(void)ret;
	if (!offset)
		return CMDMON_NO_SUCH_SOURCE;
	if (!(fabs(q->real) <= SOURCE_OFFSET_MAX))
		return CMDMON_FAILED;
	*offset = q->real;
	name_of(q, name);
	log_info(c->env->log, "Source %s new offset %f", name, q->real);
	return CMDMON_OK;
}

enum cmdmon_status command_refresh(
	struct commands *c, const struct cmdmon_request *q, struct cmdmon_reply *ret)
{
	(void)q;
	(void)ret;
	sources_refresh(c->env->sources);
	return CMDMON_OK;
}

enum cmdmon_status command_reload_sources(
	struct commands *c, const struct cmdmon_request *q, struct cmdmon_reply *ret)
{
	(void)q;
	(void)ret;
	sources_reload(c->env->sources);
	return CMDMON_OK;
}

enum cmdmon_status command_reset_sources(
	struct commands *c, const struct cmdmon_request *q, struct cmdmon_reply *ret)
{
	(void)q;
	(void)ret;
	discipline_reset_sources(c->env->discipline);
	return CMDMON_OK;
}

enum cmdmon_status command_dump(
	struct commands *c, const struct cmdmon_request *q, struct cmdmon_reply *ret)
{
	(void)q;
	(void)ret;
	sources_dump(c->env->sources);
	if (c->env->serve)
		serve_save(c->env->serve);
	return CMDMON_OK;
}
