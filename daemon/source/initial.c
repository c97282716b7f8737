/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * initstepslew: a few servers that are asked for the first offset before anything else starts, and
 * then forgotten.
 */
#include "config.h"

#include "common/log.h"
#include "common/text.h"
#include "daemon/source/internal.h"

void sources_start_initial(struct sources *r, const char (*names)[SETTINGS_NAME], size_t n)
{
	struct source_options o = source_options_default(SOURCE_SERVER);

	o.iburst = true;
	for (size_t i = 0; i < n; i++) {
		if (text_copy(o.name, sizeof(o.name), names[i]) < 0 ||
			registry_add(r, &o, NULL) != SOURCES_OK)
			log_error(r->env->log, "Could not add source %s", names[i]);
		else
			r->entries[r->n_entries - 1]->initial = true;
	}
	r->started = true;
	for (size_t i = 0; i < r->n; i++)
		if (r->all[i]->refclock == NULL)
			member_start(r->all[i]);
	resolve_kick(r);
}

void sources_end_initial(struct sources *r)
{
	for (size_t i = r->n; i-- > 0;) {
		struct source *s = r->all[i];

		if (s->refclock != NULL || !s->entry->initial)
			continue;
		if (s->address.family == ADDRESS_ID)
			log_warning(r->env->log,
				"Could not resolve address of initstepslew server %s",
				s->entry->options.name);
		registry_drop(s);
	}
	loop_timer_stop(r->env->loop, &r->retry_timer);
	r->retry = SOURCE_RETRY_FIRST;
	r->rounds = 0;
	r->started = false;
}
