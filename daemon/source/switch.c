/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Commands on many sources at once: online and offline, bursts, beginning anew.
 */
#include "config.h"

#include "common/log.h"
#include "daemon/kernel/kernel.h"
#include "daemon/source/internal.h"

/** Whether an NTP source lies within a mask and address of the control protocol. */
static bool matches(
	const struct source *s, const struct address *mask, const struct address *address)
{
	if (s->refclock != NULL)
		return false;
	if (address->family == ADDRESS_NONE)
		return true;
	if (s->address.family != address->family)
		return false;
	if (mask->family == ADDRESS_NONE)
		return address_equal(&s->address, address);
	if (mask->family != address->family)
		return false;
	for (size_t i = 0; i < sizeof(mask->ip); i++)
		if ((s->address.ip[i] ^ address->ip[i]) & mask->ip[i])
			return false;
	return true;
}

/** Whether a source polls, or will again after its burst. */
static bool is_online(const struct source *s)
{
	enum protocol_activity a;

	if (s->instance == NULL)
		return s->options.online;
	a = s->registry->modules.protocol->activity(s->instance);
	return a == PROTOCOL_ONLINE || a == PROTOCOL_BURST_ONLINE;
}

static void switch_one(struct source *s, bool online)
{
	struct sources *r = s->registry;
	bool before = is_online(s);
	char text[ADDRESS_TEXT];

	s->options.online = online;
	s->denied = s->denied && !online;
	if (s->instance != NULL) {
		r->modules.protocol->online(s->instance, online);
		if (!online)
			s->reach = s->reach_updates = s->unreachable_runs = 0;
	}
	if (before == online)
		return;
	source_text(s, text, sizeof(text));
	registry_tell(s, false);
	log_info(r->env->log, "Source %s %s", text, online ? "online" : "offline");
}

enum sources_status sources_online(
	struct sources *r, const struct address *mask, const struct address *address, bool online)
{
	enum sources_status status = SOURCES_NO_SUCH;

	/* The source that is followed goes last, so that the clock does not hop over the others as
	 * they go offline. */
	for (int selected = 0; selected < 2; selected++) {
		for (size_t i = 0; i < r->n; i++) {
			struct source *s = r->all[i];

			if ((s->state == '*') != selected || !matches(s, mask, address))
				continue;
			status = SOURCES_OK;
			switch_one(s, online);
		}
	}
	if (online)
		resolve_kick(r);
	return status;
}

enum sources_status sources_burst(struct sources *r, const struct address *mask,
	const struct address *address, int good, int total)
{
	enum sources_status status = SOURCES_NO_SUCH;

	for (size_t i = 0; i < r->n; i++) {
		struct source *s = r->all[i];

		if (!matches(s, mask, address))
			continue;
		status = SOURCES_OK;
		if (s->instance != NULL && s->running && s->options.kind != SOURCE_PEER)
			r->modules.protocol->burst(s->instance, good, total);
	}
	return status;
}

void sources_onoffline(struct sources *r)
{
	for (size_t i = 0; i < r->n; i++)
		if (r->all[i]->instance != NULL)
			switch_one(r->all[i],
				pool_is_routable(r, &r->all[i]->address, r->all[i]->options.port));
	resolve_kick(r);
}

/** What a source is known to be worth, whatever our own clock did. What numbers its seconds by a
 * clock that is doubted is no better than that. */
static enum source_standing standing_of(struct source *s)
{
	const struct source *lock = s->refclock != NULL ? refclock_lock(s) : NULL;

	if ((s->refclock != NULL && jump_waits(&s->refclock->jump)) ||
		(lock != NULL && (lock->memory.standing == SOURCE_DOUBTED ||
					 jump_waits(&lock->refclock->jump))))
		return SOURCE_DOUBTED;
	return s->memory.standing;
}

/** Everything anew, as after start, but for who was right and who was wrong. */
static void begin_anew(struct sources *r)
{
	for (size_t i = 0; i < r->n; i++)
		r->all[i]->memory.standing = standing_of(r->all[i]);
	for (size_t i = 0; i < r->n; i++) {
		struct source *s = r->all[i];
		enum source_standing standing = s->memory.standing;

		member_forget(s);
		s->memory.standing = standing;
		if (s->instance != NULL && s->running)
			r->modules.protocol->reset(s->instance);
	}
	for (size_t i = 0; i < r->n; i++)
		registry_tell(r->all[i], false);
}

void sources_reset(struct sources *r)
{
	begin_anew(r);
	log_info(r->env->log, "Reset all sources");
}

void sources_disturbed(struct sources *r)
{
	/* By how much the oscillator lost its way cannot be told from here: what was measured
	 * before says nothing of what comes now. */
	begin_anew(r);
}
