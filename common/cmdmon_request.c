/* SPDX-License-Identifier: BSD-2-Clause */
/* Requests of the control protocol: one line a command, and the layouts of their payloads. */
#include "config.h"

#include <errno.h>
#include <string.h>

#include "common/cmdmon_codec.h"

#define PACKET_REQUEST 1
#define HEADER         20

/* Versions below this one are not answered, above and up to ours with CMDMON_BAD_VERSION. */
#define VERSION_ANSWERED 5

typedef void payload_codec(struct codec *c, struct cmdmon_request *q);

static void payload_address(struct codec *c, struct cmdmon_request *q)
{
	q->address = codec_address(c, q->address);
}

static void payload_mask(struct codec *c, struct cmdmon_request *q)
{
	q->mask = codec_address(c, q->mask);
	q->address = codec_address(c, q->address);
}

static void payload_burst(struct codec *c, struct cmdmon_request *q)
{
	payload_mask(c, q);
	q->number = codec_i32(c, q->number);
	q->number2 = codec_i32(c, q->number2);
}

static void payload_number(struct codec *c, struct cmdmon_request *q)
{
	q->number = codec_i32(c, q->number);
}

static void payload_real(struct codec *c, struct cmdmon_request *q)
{
	q->real = codec_real(c, q->real);
}

static void payload_address_number(struct codec *c, struct cmdmon_request *q)
{
	payload_address(c, q);
	payload_number(c, q);
}

static void payload_address_real(struct codec *c, struct cmdmon_request *q)
{
	payload_address(c, q);
	payload_real(c, q);
}

static void payload_time(struct codec *c, struct cmdmon_request *q)
{
	q->time = codec_time(c, q->time);
}

static void payload_makestep(struct codec *c, struct cmdmon_request *q)
{
	payload_number(c, q);
	payload_real(c, q);
}

static void payload_clients(struct codec *c, struct cmdmon_request *q)
{
	payload_number(c, q);
	q->number2 = codec_i32(c, q->number2);
	q->min_hits = codec_u32(c, q->min_hits);
	q->reset = codec_u32(c, q->reset) != 0;
}

/* The mask counts its bits as SELECT_DATA does, the options as ADD_SOURCE does. */
static void payload_select_options(struct codec *c, struct cmdmon_request *q)
{
	payload_address(c, q);
	q->refid = codec_u32(c, q->refid);
	q->mask_bits = codec_u32(c, q->mask_bits);
	q->option_bits =
		cmdmon_select_from_flags(codec_u32(c, cmdmon_select_to_flags(q->option_bits)));
}

static void payload_offset(struct codec *c, struct cmdmon_request *q)
{
	payload_address(c, q);
	q->refid = codec_u32(c, q->refid);
	payload_real(c, q);
}

static void payload_local_old(struct codec *c, struct cmdmon_request *q)
{
	q->local.on = codec_i32(c, q->local.on) != 0;
	q->local.stratum = codec_i32(c, q->local.stratum);
	q->local.distance = codec_real(c, q->local.distance);
	q->local.orphan = codec_i32(c, q->local.orphan) != 0;
}

static void payload_local(struct codec *c, struct cmdmon_request *q)
{
	payload_local_old(c, q);
	q->local.activate = codec_real(c, q->local.activate);
	q->local.waitsynced = codec_real(c, q->local.waitsynced);
	q->local.waitunsynced = codec_real(c, q->local.waitunsynced);
}

/* A command: its rule, and its payload when it has one. */
struct command {
	struct cmdmon_rule rule;
	payload_codec *payload;
};

/* A command that changes state, and one that only reads. */
#define WRITES(number, length, payload)                                                            \
	[number] = {{number, CMDMON_REPLY_NULL, length, length, true, 0}, payload}
#define READS(number, reply, length, groups, payload)                                              \
	[number] = {{number, reply, length, length, false, groups}, payload}

#define N_SOURCES_GROUPS                                                                           \
	(CMDMON_GROUP_AUTHDATA | CMDMON_GROUP_NTPDATA | CMDMON_GROUP_SELECTDATA |                  \
		CMDMON_GROUP_SOURCES | CMDMON_GROUP_SOURCESTATS)

static const struct command commands[] = {
	WRITES(CMDMON_ONLINE, 60, payload_mask),
	WRITES(CMDMON_OFFLINE, 60, payload_mask),
	WRITES(CMDMON_BURST, 68, payload_burst),
	WRITES(CMDMON_MODIFY_MINPOLL, 44, payload_address_number),
	WRITES(CMDMON_MODIFY_MAXPOLL, 44, payload_address_number),
	WRITES(CMDMON_DUMP, 28, payload_number),
	WRITES(CMDMON_MODIFY_MAXDELAY, 44, payload_address_real),
	WRITES(CMDMON_MODIFY_MAXDELAYRATIO, 44, payload_address_real),
	WRITES(CMDMON_MODIFY_MAXUPDATESKEW, 28, payload_real),
	[CMDMON_SETTIME] = {{CMDMON_SETTIME, CMDMON_REPLY_MANUAL_TIMESTAMP, 40, 40, true, 0},
		payload_time},
	WRITES(CMDMON_MANUAL, 28, payload_number),
	READS(CMDMON_N_SOURCES, CMDMON_REPLY_N_SOURCES, 32, N_SOURCES_GROUPS, NULL),
	READS(CMDMON_SOURCE_DATA, CMDMON_REPLY_SOURCE_DATA, 76, CMDMON_GROUP_SOURCES,
		payload_number),
	WRITES(CMDMON_REKEY, 28, NULL),
	WRITES(CMDMON_ALLOW, 44, payload_address_number),
	WRITES(CMDMON_ALLOWALL, 44, payload_address_number),
	WRITES(CMDMON_DENY, 44, payload_address_number),
	WRITES(CMDMON_DENYALL, 44, payload_address_number),
	WRITES(CMDMON_CMDALLOW, 44, payload_address_number),
	WRITES(CMDMON_CMDALLOWALL, 44, payload_address_number),
	WRITES(CMDMON_CMDDENY, 44, payload_address_number),
	WRITES(CMDMON_CMDDENYALL, 44, payload_address_number),
	READS(CMDMON_ACCHECK, CMDMON_REPLY_NULL, 40, 0, payload_address),
	READS(CMDMON_CMDACCHECK, CMDMON_REPLY_NULL, 40, 0, payload_address),
	WRITES(CMDMON_DEL_SOURCE, 40, payload_address),
	WRITES(CMDMON_WRITERTC, 28, NULL),
	WRITES(CMDMON_DFREQ, 28, payload_real),
	READS(CMDMON_TRACKING, CMDMON_REPLY_TRACKING, 104, CMDMON_GROUP_TRACKING, NULL),
	READS(CMDMON_SOURCESTATS, CMDMON_REPLY_SOURCESTATS, 84, CMDMON_GROUP_SOURCESTATS,
		payload_number),
	READS(CMDMON_RTCREPORT, CMDMON_REPLY_RTC, 56, CMDMON_GROUP_RTCDATA, NULL),
	WRITES(CMDMON_TRIMRTC, 28, NULL),
	WRITES(CMDMON_CYCLELOGS, 28, NULL),
	READS(CMDMON_MANUAL_LIST, CMDMON_REPLY_MANUAL_LIST, 416, CMDMON_GROUP_MANUAL, NULL),
	WRITES(CMDMON_MANUAL_DELETE, 28, payload_number),
	WRITES(CMDMON_MAKESTEP, 28, NULL),
	READS(CMDMON_ACTIVITY, CMDMON_REPLY_ACTIVITY, 48, CMDMON_GROUP_ACTIVITY, NULL),
	WRITES(CMDMON_MODIFY_MINSTRATUM, 44, payload_address_number),
	WRITES(CMDMON_MODIFY_POLLTARGET, 44, payload_address_number),
	WRITES(CMDMON_MODIFY_MAXDELAYDEVRATIO, 44, payload_address_real),
	WRITES(CMDMON_RESELECT, 28, NULL),
	WRITES(CMDMON_RESELECTDISTANCE, 28, payload_real),
	WRITES(CMDMON_MODIFY_MAKESTEP, 28, payload_makestep),
	READS(CMDMON_SMOOTHING, CMDMON_REPLY_SMOOTHING, 52, CMDMON_GROUP_SMOOTHING, NULL),
	WRITES(CMDMON_SMOOTHTIME, 28, payload_number),
	WRITES(CMDMON_REFRESH, 28, NULL),
	[CMDMON_SERVER_STATS] = {{CMDMON_SERVER_STATS, CMDMON_REPLY_SERVER_STATS, 196, 60, false,
					 CMDMON_GROUP_SERVERSTATS},
		NULL},
	WRITES(CMDMON_LOCAL2, 36, payload_local_old),
	[CMDMON_NTP_DATA] = {{CMDMON_NTP_DATA, CMDMON_REPLY_NTP_DATA, 172, 152, false,
				     CMDMON_GROUP_NTPDATA},
		payload_address},
	WRITES(CMDMON_SHUTDOWN, 28, NULL),
	WRITES(CMDMON_ONOFFLINE, 28, NULL),
	WRITES(CMDMON_ADD_SOURCE, 372, cmdmon_codec_source_old),
	READS(CMDMON_NTP_SOURCE_NAME, CMDMON_REPLY_NAME, 284, CMDMON_GROUP_SOURCENAME,
		payload_address),
	WRITES(CMDMON_RESET_SOURCES, 28, NULL),
	READS(CMDMON_AUTH_DATA, CMDMON_REPLY_AUTH_DATA, 52, CMDMON_GROUP_AUTHDATA, payload_address),
	READS(CMDMON_CLIENTS, CMDMON_REPLY_CLIENTS, 520, CMDMON_GROUP_CLIENTS, payload_clients),
	READS(CMDMON_SELECT_DATA, CMDMON_REPLY_SELECT_DATA, 76, CMDMON_GROUP_SELECTDATA,
		payload_number),
	WRITES(CMDMON_RELOAD_SOURCES, 28, NULL),
	WRITES(CMDMON_DOFFSET, 28, payload_real),
	WRITES(CMDMON_MODIFY_SELECTOPTS, 52, payload_select_options),
	WRITES(CMDMON_MODIFY_OFFSET, 48, payload_offset),
	WRITES(CMDMON_LOCAL3, 48, payload_local),
	WRITES(CMDMON_ADD_SOURCE2, 408, cmdmon_codec_source),
};

#define N_COMMANDS (sizeof(commands) / sizeof(commands[0]))

/* Ours, in the order of their numbers from CMDMON_OWN + 1. */
static const struct command own_commands[] = {
	{{CMDMON_NTS_INFO, CMDMON_REPLY_NTS_INFO, 260, 260, false, CMDMON_GROUP_SERVERSTATS}, NULL},
	{{CMDMON_REFUSALS, CMDMON_REPLY_REFUSALS, 84, 84, false, CMDMON_GROUP_SERVERSTATS}, NULL},
	{{CMDMON_RELOAD_CONFIG, CMDMON_REPLY_NULL, 28, 28, true, 0}, NULL},
	{{CMDMON_RELOAD_TROUBLE, CMDMON_REPLY_TROUBLE, 284, 284, true, 0}, NULL},
};

#define N_OWN_COMMANDS (sizeof(own_commands) / sizeof(own_commands[0]))

const char *const cmdmon_group_words[] = {"activity", "authdata", "clients", "manual", "ntpdata",
	"rtcdata", "selectdata", "serverstats", "smoothing", "sourcename", "sources", "sourcestats",
	"tracking", NULL};

static const struct command *command_find(uint16_t number)
{
	if (number > CMDMON_OWN && number <= CMDMON_OWN + N_OWN_COMMANDS)
		return &own_commands[number - CMDMON_OWN - 1];
	if (number >= N_COMMANDS || commands[number].rule.command == 0)
		return NULL;
	return &commands[number];
}

const struct cmdmon_rule *cmdmon_rule(uint16_t number)
{
	const struct command *command = command_find(number);

	return command ? &command->rule : NULL;
}

int cmdmon_request_encode(const struct cmdmon_request *q, uint8_t *p, size_t room)
{
	const struct command *command = command_find(q->command);
	struct cmdmon_request fields = *q;
	struct codec c;

	if (!command)
		return -EINVAL;
	if (room < command->rule.length)
		return -ENOSPC;
	c = codec_writing(p, command->rule.length);
	codec_u8(&c, CMDMON_VERSION);
	codec_u8(&c, PACKET_REQUEST);
	codec_reserved(&c, 2, 0);
	codec_u16(&c, q->command);
	codec_u16(&c, q->attempt);
	codec_u32(&c, q->sequence);
	codec_reserved(&c, 8, 0);
	if (command->payload)
		command->payload(&c, &fields);
	codec_reserved(&c, command->rule.length - c.w.n, 0);
	return codec_bad(&c) ? -ENOSPC : command->rule.length;
}

int cmdmon_request_decode(struct span datagram, struct cmdmon_request *ret)
{
	struct codec c = codec_reading(datagram);
	struct cmdmon_request q = {.length = datagram.n};
	const struct command *command;
	uint32_t version, type, reserved;

	version = codec_u8(&c, 0);
	type = codec_u8(&c, 0);
	reserved = codec_u16(&c, 0);
	q.command = (uint16_t)codec_u16(&c, 0);
	q.attempt = (uint16_t)codec_u16(&c, 0);
	q.sequence = codec_u32(&c, 0);
	codec_reserved(&c, 8, 0);
	if (datagram.n < CMDMON_REQUEST_MIN || datagram.n > CMDMON_REQUEST_MAX ||
		type != PACKET_REQUEST || reserved != 0)
		return -EBADMSG;
	if (version != CMDMON_VERSION && version < VERSION_ANSWERED)
		return -EBADMSG;
	*ret = q;
	if (version != CMDMON_VERSION)
		return CMDMON_BAD_VERSION;
	command = command_find(q.command);
	if (!command)
		return CMDMON_INVALID;
	if (datagram.n < command->rule.least_length)
		return CMDMON_BAD_LENGTH;
	q.source = source_options_default(SOURCE_SERVER);
	if (command->payload)
		command->payload(&c, &q);
	if (codec_bad(&c))
		return CMDMON_BAD_LENGTH;
	*ret = q;
	return 0;
}
