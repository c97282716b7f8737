/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a daemon measures: its sources and reference clocks, from the settings, in the order in
 * which they may begin.
 */
#include "config.h"

#include <errno.h>
#include <string.h>

#include "common/log.h"
#include "common/text.h"
#include "daemon/clock/clock.h"
#include "daemon/clock/rtc.h"
#include "daemon/discipline/discipline.h"
#include "daemon/logs/logs.h"
#include "daemon/loop/loop.h"
#include "daemon/measure.h"
#include "daemon/modules.h"
#include "daemon/parts.h"
#include "daemon/protocol/nts_shared.h"
#include "daemon/select/select.h"
#include "daemon/serve/serve.h"
#include "daemon/source/source.h"
#include "daemon/words.h"

static void log_sample(void *arg, struct source *s, bool new_sample)
{
	struct daemon *d = arg;

	if (new_sample && !source_between_polls(s))
		logs_statistics(d->logs, d->sources, s, clock_now(d->clock).truth);
}

static void log_measured(void *arg, struct source *s, const struct protocol_measurement *m)
{
	logs_measurement(((struct daemon *)arg)->logs, s, m);
}

static void log_refclock(void *arg, const struct source *s, const struct source_refclock_sample *m)
{
	logs_refclock(((struct daemon *)arg)->logs, s, m);
}

static bool deliver(void *arg, const struct kernel_message *m)
{
	return sources_deliver(((struct daemon *)arg)->sources, m);
}

static void deliver_sent(void *arg, const struct kernel_message *m)
{
	sources_sent(((struct daemon *)arg)->sources, m);
}

static int send_as_server(void *arg, struct kernel_message *m)
{
	return serve_emit(((struct daemon *)arg)->serve, m);
}

static const struct refclock_driver *find_refclock(const char *name)
{
	for (size_t i = 0; refclock_drivers[i] != NULL; i++)
		if (strcmp(refclock_drivers[i]->name, name) == 0)
			return refclock_drivers[i];
	return NULL;
}

/** Whether the source has this refclock driver and the build has not. */
static bool is_left_out(const char *driver)
{
	static const char family[] = "refclock ";

	/* chronyd's for OpenBSD. */
	if (strcmp(driver, "SENSOR") == 0)
		return true;
	for (size_t i = 0; modules_left_out[i] != NULL; i++)
		if (strncmp(modules_left_out[i], family, sizeof(family) - 1) == 0 &&
			text_same_word(modules_left_out[i] + sizeof(family) - 1, driver))
			return true;
	return false;
}

bool daemon_has_refclock(const char *driver)
{
	return find_refclock(driver) != NULL;
}

bool daemon_knows_refclock(
	struct daemon *d, const struct log *log, const struct settings_refclock *s)
{
	if (find_refclock(s->driver) != NULL)
		return true;
	daemon_trouble(d)(log,
		is_left_out(s->driver) ? "refclock driver %s is not compiled in"
				       : "unknown refclock driver %s",
		s->driver);
	return false;
}

int daemon_add_refclock(struct daemon *d, const struct settings_refclock *s)
{
	const struct refclock_driver *driver = find_refclock(s->driver);
	char buffer[LOG_MESSAGE];
	struct text why = text_on(buffer, sizeof(buffer));
	int e;

	if (driver == NULL && s->fudge.type != 0) {
		log_error(d->options.log,
			"REFCLOCK: refclock_newpeer: clock type %d invalid (%s is not in this "
			"program)",
			s->fudge.type, s->fudge.name);
		return 0;
	}
	if (!daemon_knows_refclock(d, d->options.log, s))
		return -ENOENT;
	e = sources_add_refclock(d->sources, s, driver, &why);
	if (e == 0)
		return 0;
	if (why.n > 0)
		log_error(d->options.log, "%s", buffer);
	(s->optional ? log_error : daemon_trouble(d))(
		d->options.log, "Could not initialise refclock %s %s", s->driver, s->parameter);
	return s->optional ? 0 : e;
}

/* Adds the reference clocks, which are made before the sources; their associations are numbered as
 * if all had been made in the order of the configuration, as ntpd does: ntpq sorts by the number.
 */
static int add_refclocks(struct daemon *d)
{
	const struct settings *s = d->settings;
	uint32_t before = 0;
	size_t source = 0;
	int e = 0;

	for (size_t i = 0; i < s->n_refclocks && e == 0; i++) {
		for (; source < s->refclocks[i].after && source < s->n_sources; source++)
			before += sources_slots(&s->sources[source].options);
		sources_number_after(d->sources, before++);
		e = daemon_add_refclock(d, &s->refclocks[i]) < 0 ? -ECANCELED : 0;
	}
	sources_number_after(d->sources, 0);
	return e;
}

int measure_make(struct daemon *d)
{
	static const struct sources_listener listener = {
		.updated = log_sample, .measured = log_measured, .refclock = log_refclock};
	const struct settings *s = d->settings;
	const struct config_dialect *dialect =
		d->options.dialect != NULL ? d->options.dialect : config_dialects[0];
	struct sources_modules modules = {
		.protocol = source_protocols[0],
		.source_line = dialect != NULL ? dialect->source_line : NULL,
		.report_state = select_report_state,
	};
	int e;

	d->protocol_env = (struct protocol_env){
		.kernel = d->options.kernel,
		.loop = d->loop,
		.clock = d->clock,
		.log = d->options.log,
		.settings = s,
		.keys = d->keys,
		.nts = d->nts,
		.pace = &d->pace,
		.cards = d->cards,
	};
	d->protocol_server = (struct protocol_server){send_as_server, d};
	if (d->serve != NULL)
		d->protocol_env.server = &d->protocol_server;
	e = sources_create(&d->protocol_env, &modules, &d->sources);
	if (e < 0)
		return e;
	/* Before discipline: statistics are of the clock as the sample found it. */
	sources_listen(d->sources, &listener, d);
	if (d->serve != NULL)
		serve_forward(d->serve, &(struct serve_listener){deliver, deliver_sent, d});
	e = add_refclocks(d);
	if (e < 0) {
		sources_destroy(d->sources);
		d->sources = NULL;
	}
	return e;
}

bool measure_is_initial(const struct daemon *d)
{
	return !daemon_is_once(d) && !d->options.restarted && d->settings->n_initstep > 0;
}

static int add_configured(struct daemon *d)
{
	const struct settings *s = d->settings;

	for (size_t i = 0; i < s->n_sources; i++) {
		enum sources_status status = sources_add(d->sources, &s->sources[i].options);

		if (status != SOURCES_OK)
			log_error(d->options.log, "Could not add source %s",
				s->sources[i].options.name);
		/* Nobody would ever add it again. */
		if (status == SOURCES_NO_MEMORY)
			return -ENOMEM;
	}
	return 0;
}

int measure_add(struct daemon *d)
{
	return measure_is_initial(d) ? 0 : add_configured(d);
}

int measure_trust(struct daemon *d)
{
	const struct settings *s = d->settings;
	char text[NTS_TRUST_TEXT];
	bool wanted = false;

	words_say(d->options.log, library, d->options.crypto->version());
	for (size_t i = 0; i < s->n_sources; i++)
		wanted |= s->sources[i].options.nts && s->sources[i].options.certset == 0;
	if (wanted)
		nts_shared_trust(d->nts, 0, loop_now(d->loop), text);
	return 0;
}

static int begin_polling(struct daemon *d)
{
	if (d->options.load_dumps)
		sources_load(d->sources);
	if (!daemon_is_once(d))
		sources_remove_dumps(d->sources);
	sources_start(d->sources);
	if (d->rtc != NULL)
		rtc_track(d->rtc);
	d->polling = true;
	return 0;
}

static void end_initial(void *arg)
{
	struct daemon *d = arg;

	sources_end_initial(d->sources);
	if (add_configured(d) < 0 || begin_polling(d) < 0)
		loop_stop(d->loop, 1);
}

static int begin_initial(struct daemon *d)
{
	const struct settings *s = d->settings;

	if (!measure_is_initial(d))
		return begin_polling(d);
	discipline_on_initial(d->discipline, end_initial, d);
	sources_start_initial(d->sources, (const char(*)[SETTINGS_NAME])s->initstep, s->n_initstep);
	return 0;
}

static void end_rtc_slew(void *arg)
{
	struct daemon *d = arg;

	if (begin_initial(d) < 0)
		loop_stop(d->loop, 1);
}

int measure_start(struct daemon *d)
{
	return d->rtc != NULL && rtc_begin(d->rtc, end_rtc_slew, d) ? 0 : begin_initial(d);
}

void measure_stop(struct daemon *d)
{
	if (d->polling && !daemon_is_once(d))
		sources_dump(d->sources);
}

void measure_end(struct daemon *d)
{
	sources_destroy(d->sources);
}
