/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the log says of selection: each cause once until the next new selection. Programs read these
 * lines; the texts are those of chrony-files 3.2.
 */
#include "config.h"

#include "common/log.h"
#include "daemon/discipline/state.h"

/* Room for a source with its name. */
#define SOURCE_TEXT 400
/* Selections in a row after which a source's trouble is worth a message. */
#define TROUBLE_LIMIT 4

static void tell_failure(const struct discipline *d, const struct select_result *r)
{
	const char *trusted = r->trusted_vote ? "trusted " : "";

	switch (r->failure) {
	case SELECT_NO_SOURCES:
		log_warning(d->log, "Can't synchronise: no sources");
		break;
	case SELECT_NO_SELECTABLE:
		if (r->unreachable > 0)
			log_warning(d->log,
				"Can't synchronise: no selectable sources (%u unreachable sources)",
				r->unreachable);
		else
			log_warning(d->log, "Can't synchronise: no selectable sources");
		break;
	case SELECT_NO_REQUIRED:
		log_warning(d->log, "Can't synchronise: no required source in selectable sources");
		break;
	case SELECT_NOT_ENOUGH:
		log_warning(d->log, "Can't synchronise: not enough selectable sources");
		break;
	case SELECT_NO_MAJORITY:
		if (r->agreeing <= 1)
			log_warning(d->log,
				"Can't synchronise: no majority (no agreement among %u %ssources)",
				r->voting, trusted);
		else
			log_warning(d->log,
				"Can't synchronise: no majority (only %u of %u %ssources agree)",
				r->agreeing, r->voting, trusted);
		break;
	case SELECT_OK:
	case SELECT_WAITING:
		break;
	}
}

/* A source's own trouble, when it has lasted. Returns whether something was told. */
static bool tell_trouble(const struct discipline *d, const struct select_candidate *c,
	const struct source *s, unsigned bad)
{
	char name[SOURCE_TEXT];
	int stratum = c->figures.last.stratum;

	source_text_long(s, name, sizeof(name));
	if (c->state == SELECT_ORPHAN && c->local_refid == 0) {
		log_error(d->log, "Unknown local refid in orphan mode");
		return true;
	}
	if (c->state == SELECT_FALSETICKER) {
		log_warning(d->log, "Detected falseticker %s", name);
		return true;
	}
	if (bad < TROUBLE_LIMIT)
		return false;
	if (c->state == SELECT_BAD_DISTANCE)
		log_warning(d->log, "Root distance of %s exceeds maxdistance of %.3f seconds", name,
			d->select.maxdistance);
	else if (c->state == SELECT_JITTERY)
		log_warning(d->log, "Jitter of %s exceeds maxjitter of %.3f seconds", name,
			d->select.maxjitter);
	else if (c->state == SELECT_BAD_STRATUM && stratum < d->select.minstratum)
		log_warning(
			d->log, "Stratum of %s below minstratum of %d", name, d->select.minstratum);
	else if (c->state == SELECT_BAD_STRATUM)
		log_warning(
			d->log, "Stratum of %s above maxstratum of %d", name, d->select.maxstratum);
	else
		return false;
	return true;
}

static bool some_source_is_known(const struct discipline *d)
{
	for (size_t i = 0; i < d->n; i++) {
		if (d->candidates[i].reach_updates >= 8)
			return true;
	}
	return false;
}

void discipline_tell(struct discipline *d, const struct select_result *r, bool lost, bool changed)
{
	char name[SOURCE_TEXT];

	for (size_t i = 0; i < d->n && r->failure != SELECT_NO_MAJORITY; i++) {
		struct source_select_memory *m = source_select_memory(d->who[i]);

		if (!m->reported)
			m->reported = tell_trouble(d, &d->candidates[i], d->who[i], m->bad);
	}
	if (changed) {
		source_text_long(d->selected, name, sizeof(name));
		log_info(d->log, "Selected source %s", name);
		for (size_t i = 0; i < d->n; i++)
			source_select_memory(d->who[i])->reported = false;
		return;
	}
	if (r->failure == SELECT_OK || r->failure == SELECT_WAITING)
		return;
	if (!lost && (d->told_at_start || !some_source_is_known(d)))
		return;
	d->told_at_start = true;
	tell_failure(d, r);
}
