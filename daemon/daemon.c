/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One daemon: its parts in the order in which they are made and started. They end in the reverse
 * order.
 */
#include "config.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/log.h"
#include "daemon/clock/cards.h"
#include "daemon/clock/clock.h"
#include "daemon/clock/rtc.h"
#include "daemon/control/control.h"
#include "daemon/daemon.h"
#include "daemon/discipline/events.h"
#include "daemon/kernel/kernel.h"
#include "daemon/logs/logs.h"
#include "daemon/logs/statistics.h"
#include "daemon/loop/loop.h"
#include "daemon/measure.h"
#include "daemon/modules.h"
#include "daemon/named.h"
#include "daemon/parts.h"
#include "daemon/protocol/keys.h"
#include "daemon/protocol/nts_shared.h"
#include "daemon/serve/serve.h"
#include "daemon/source/source.h"
#include "daemon/words.h"

bool daemon_is_once(const struct daemon *d)
{
	return d->options.mode != DISCIPLINE_NORMAL;
}

/** Modes that leave no trace in the system. */
static bool is_silent(const struct daemon *d)
{
	return d->options.mode == DISCIPLINE_PRINT_ONCE;
}

static int make_loop(struct daemon *d)
{
	d->loop = loop_create(d->options.kernel);
	return d->loop != NULL ? 0 : -ENOMEM;
}

static void end_loop(struct daemon *d)
{
	loop_destroy(d->loop);
}

/** The first driver that moves the clock, or with -Q the first that does not. */
static const struct clock_driver *choose_driver(const struct daemon *d)
{
	if (d->options.driver != NULL)
		return d->options.driver;
	for (size_t i = 0; clock_drivers[i] != NULL; i++)
		if (clock_drivers[i]->controls == !is_silent(d))
			return clock_drivers[i];
	return clock_drivers[0];
}

/** A library that gets a published vector wrong is not one to keep time by. One that is loaded when
 * it is needed was, if it was, when the other parts were made. */
static int check_crypto(struct daemon *d)
{
	char why[CRYPTO_WHY];
	int e = crypto_check(d->options.crypto, why);

	if (e < 0)
		log_fatal(d->options.log, "Crypto library %s (%s) %s", d->options.crypto->name,
			d->options.crypto->version(), why);
	return e;
}

static int make_clock(struct daemon *d)
{
	const struct clock_driver *driver = choose_driver(d);

	if (driver == NULL) {
		log_fatal(d->options.log, "No clock driver is compiled in");
		return -ENOTSUP;
	}
	if (!driver->controls)
		log_info(d->options.log, "Disabled control of system clock");
	return clock_create(d->options.kernel, d->loop, driver, d->options.log, &d->clock);
}

static void end_clock(struct daemon *d)
{
	clock_destroy(d->clock);
}

static void log_rtc(void *arg, const struct rtc_measurement *m)
{
	logs_rtc(((struct daemon *)arg)->logs, m);
}

static int make_rtc(struct daemon *d)
{
	const struct rtc_env env = {
		.settings = d->settings,
		.kernel = d->options.kernel,
		.loop = d->loop,
		.clock = d->clock,
		.log = d->options.log,
		.measured = log_rtc,
		.arg = d,
	};

	return daemon_is_once(d) ? 0 : rtc_create(&env, d->options.from_rtc, &d->rtc);
}

static void end_rtc(struct daemon *d)
{
	rtc_destroy(d->rtc);
}

/* Cards are switched on while there are rights to, and before sockets are opened. */
static int make_cards(struct daemon *d)
{
	int e = cards_create(
		d->settings, d->options.kernel, d->loop, d->clock, d->options.log, &d->cards);

	return e == -ENOTSUP ? -ECANCELED : e;
}

static void end_cards(struct daemon *d)
{
	cards_destroy(d->cards);
}

static int make_keys(struct daemon *d)
{
	const struct settings *s = d->settings;
	int e = keys_load_as(d->options.kernel, d->options.crypto, s->keyfile,
		s->ntp.style ? &s->ntp : NULL, d->options.log, &d->keys);

	return e == -ENOMEM ? e : 0;
}

static void end_keys(struct daemon *d)
{
	keys_destroy(d->keys);
}

void (*daemon_trouble(const struct daemon *d))(const struct log *log, const char *format, ...)
{
	return d->polling ? log_error : log_fatal;
}

bool daemon_can_nts(struct daemon *d, const struct log *log, const char *name)
{
	const char *why;

	if (nts_shared_usable(d->nts, &why))
		return true;
	daemon_trouble(d)(log, "Could not use NTS with %s : %s", name, why);
	return false;
}

static int make_nts(struct daemon *d)
{
	const struct settings *s = d->settings;
	int e = nts_shared_create(d->options.kernel, d->options.crypto, s, d->options.log, &d->nts);

	for (size_t i = 0; i < s->n_sources && e == 0; i++) {
		if (!s->sources[i].options.nts ||
			daemon_can_nts(d, d->options.log, s->sources[i].options.name))
			continue;
		nts_shared_destroy(d->nts);
		e = -ENOTSUP;
	}
	return e;
}

static void end_nts(struct daemon *d)
{
	nts_shared_destroy(d->nts);
}

static void write_session(void *arg, enum log_priority priority, const char *columns)
{
	struct daemon *d = arg;

	(void)priority;
	statistics_line(d->statistics, NTP_NTSKELOG, columns);
}

static int make_serve(struct daemon *d)
{
	int e;

	if (is_silent(d))
		return 0;
	e = serve_create(d->settings, d->options.kernel, d->loop, d->clock, d->keys,
		d->options.crypto, d->options.log, &d->serve);
	if (e == 0)
		serve_stamp_by(d->serve, d->cards);
	if (e < 0 || !d->settings->ntp.filegens[NTP_NTSKELOG].enable)
		return e;
	d->ntskelog = (struct log){.write = write_session, .arg = d, .words = &words_ntskelog};
	serve_tell_sessions(d->serve, &d->ntskelog);
	return 0;
}

static int start_serve(struct daemon *d)
{
	return d->serve != NULL ? serve_start(d->serve) : 0;
}

static void end_serve(struct daemon *d)
{
	serve_destroy(d->serve);
}

static int make_logs(struct daemon *d)
{
	return logs_create(d->settings, d->options.kernel, d->options.log, &d->logs);
}

static void end_logs(struct daemon *d)
{
	logs_destroy(d->logs);
}

static void log_update(void *arg, const struct discipline_update *u)
{
	struct daemon *d = arg;

	if (u->source == NULL || !source_between_polls(u->source))
		logs_tracking(d->logs, u);
	if (u->source != NULL)
		nts_shared_updated(d->nts);
}

static void log_selected(void *arg, int64_t truth, const struct select_candidate *c, size_t n)
{
	logs_selection(((struct daemon *)arg)->logs, truth, c, n);
}

static void log_warmed(void *arg, int64_t truth, double temperature, double ppm)
{
	logs_temperature(((struct daemon *)arg)->logs, truth, temperature, ppm);
}

static int make_discipline(struct daemon *d)
{
	static const struct discipline_listener listener = {
		.updated = log_update, .selected = log_selected, .warmed = log_warmed};
	int e = discipline_create(d->settings, d->options.kernel, d->loop, d->clock, d->sources,
		d->options.log, measure_is_initial(d) ? DISCIPLINE_INITIAL : d->options.mode,
		d->options.restarted, &d->discipline);

	if (e == 0)
		discipline_listen(d->discipline, &listener, d);
	return e;
}

static int start_discipline(struct daemon *d)
{
	discipline_start(d->discipline);
	return 0;
}

static int make_events(struct daemon *d)
{
	return events_create(d->sources, d->discipline, d->clock, d->loop, &d->events);
}

static int start_events(struct daemon *d)
{
	events_start(d->events);
	return 0;
}

static void end_events(struct daemon *d)
{
	events_destroy(d->events);
}

static int make_statistics(struct daemon *d)
{
	const struct statistics_env env = {
		.settings = d->settings,
		.kernel = d->options.kernel,
		.loop = d->loop,
		.clock = d->clock,
		.sources = d->sources,
		.discipline = d->discipline,
		.events = d->events,
		.log = d->options.log,
	};

	return statistics_create(&env, &d->statistics);
}

static void end_statistics(struct daemon *d)
{
	events_end(d->events);
	statistics_destroy(d->statistics);
	d->statistics = NULL;
}

static void end_discipline(struct daemon *d)
{
	discipline_destroy(d->discipline);
}

static void end_control(struct daemon *d)
{
	for (; d->n_controls > 0; d->n_controls--)
		d->controls[d->n_controls - 1].protocol->destroy(
			d->controls[d->n_controls - 1].instance);
}

static int reload(void *arg)
{
	return daemon_reload(arg);
}

static void change(void *arg, struct settings *now)
{
	daemon_change(arg, now);
}

static int make_control(struct daemon *d)
{
	if (is_silent(d))
		return 0;
	d->control_env = (struct control_env){
		.settings = d->settings,
		.kernel = d->options.kernel,
		.loop = d->loop,
		.clock = d->clock,
		.sources = d->sources,
		.discipline = d->discipline,
		.events = d->events,
		.serve = d->serve,
		.nts = d->nts,
		.keys = d->keys,
		.logs = d->logs,
		.statistics = d->statistics,
		.rtc = d->rtc,
		.log = d->options.log,
		.reopen_log = d->options.reopen_log,
		.reopen_log_arg = d->options.reopen_log_arg,
		.change = change,
		.change_arg = d,
		.reload = reload,
		.reload_trouble = daemon_reload_trouble,
		.reload_arg = d,
	};
	for (size_t i = 0; control_protocols[i] != NULL && i < CONTROLS_MAX; i++) {
		int e = control_protocols[i]->create(
			&d->control_env, &d->controls[d->n_controls].instance);

		if (e < 0) {
			end_control(d);
			return e;
		}
		d->controls[d->n_controls++].protocol = control_protocols[i];
	}
	return 0;
}

static int start_control(struct daemon *d)
{
	for (size_t i = 0; i < d->n_controls; i++) {
		int e = d->controls[i].protocol->start(d->controls[i].instance);

		if (e < 0)
			return e;
	}
	return 0;
}

static void run_timeout(void *arg)
{
	struct daemon *d = arg;
	const struct clock_reference *r = clock_get_reference(d->clock);

	log_info(d->options.log, "Timeout reached");
	loop_stop(d->loop, daemon_is_once(d) || r->stratum >= 16 ? 1 : 0);
}

static int make_timeout(struct daemon *d)
{
	return loop_timer_init(d->loop, &d->timeout, run_timeout, d);
}

static int start_timeout(struct daemon *d)
{
	if (d->options.timeout > 0)
		loop_timer_in(d->loop, &d->timeout, d->options.timeout);
	return 0;
}

static void end_timeout(struct daemon *d)
{
	loop_timer_done(d->loop, &d->timeout);
}

/** A part of the daemon. */
struct part {
	const char *name;
	int (*make)(struct daemon *d);  /**< NULL: nothing to make; -ECANCELED: it said why */
	int (*start)(struct daemon *d); /**< NULL: nothing to start */
	void (*end)(struct daemon *d);  /**< when it was made; NULL: nothing to end */
};

/**
 * The one list. Polling starts last: the command socket answers before any name is resolved
 * (chrony-config 4.1, step 14).
 */
static const struct part parts[] = {
	{"crypto", check_crypto, check_crypto, NULL},
	{"loop", make_loop, NULL, end_loop},
	{"clock", make_clock, NULL, end_clock},
	{"network cards", make_cards, NULL, end_cards},
	{"RTC", make_rtc, NULL, end_rtc},
	{"keys", make_keys, NULL, end_keys},
	{"NTS", make_nts, NULL, end_nts},
	{"server", make_serve, start_serve, end_serve},
	{"logs", make_logs, NULL, end_logs},
	{"timeout", make_timeout, start_timeout, end_timeout},
	{"sources", measure_make, measure_add, measure_end},
	{"discipline", make_discipline, start_discipline, end_discipline},
	{"events", make_events, start_events, end_events},
	{"statistics", make_statistics, NULL, end_statistics},
	{"control", make_control, start_control, end_control},
	{"trust", NULL, measure_trust, NULL},
	{"names", named_make, named_start, named_end},
	{"polling", NULL, measure_start, measure_stop},
};

#define PARTS (sizeof(parts) / sizeof(parts[0]))

int daemon_create(const struct daemon_options *options, struct daemon **ret)
{
	struct daemon *d = calloc(1, sizeof(*d));

	if (d == NULL)
		return -ENOMEM;
	d->options = *options;
	d->settings = settings_copy(options->settings);
	if (d->settings == NULL) {
		free(d);
		return -ENOMEM;
	}
	for (; d->made < PARTS; d->made++) {
		int e = parts[d->made].make != NULL ? parts[d->made].make(d) : 0;

		if (e < 0) {
			if (e != -ECANCELED)
				log_fatal(options->log, "Could not set up %s : %s",
					parts[d->made].name, strerror(-e));
			daemon_destroy(d);
			return e;
		}
	}
	*ret = d;
	return 0;
}

int daemon_start(struct daemon *d)
{
	for (size_t i = 0; i < PARTS; i++) {
		int e = parts[i].start != NULL ? parts[i].start(d) : 0;

		if (e < 0) {
			log_fatal(d->options.log, "Could not start %s : %s", parts[i].name,
				strerror(-e));
			return e;
		}
	}
	return 0;
}

bool daemon_turn(struct daemon *d)
{
	int e, status;

	if (d->serve != NULL)
		serve_publish(d->serve);
	e = loop_turn(d->loop);
	if (e < 0) {
		log_fatal(d->options.log, "Could not wait for events : %s", strerror(-e));
		loop_stop(d->loop, 1);
	}
	return !loop_stopped(d->loop, &status);
}

bool daemon_idle(const struct daemon *d)
{
	const struct settings *s = d->settings;

	/* Names may be on their way, and workers answer clients without this loop. */
	return loop_idle(d->loop) && s->n_sources == 0 && s->n_refclocks == 0 &&
	       (s->serverthreads == 0 || s->port == 0);
}

void daemon_stop(struct daemon *d)
{
	loop_stop(d->loop, 0);
}

void daemon_refresh(struct daemon *d)
{
	if (d->serve != NULL)
		serve_rekey(d->serve);
	sources_refresh(d->sources);
	discipline_refresh(d->discipline);
}

bool daemon_ready(const struct daemon *d)
{
	return d->polling;
}

bool daemon_synchronised(const struct daemon *d)
{
	return clock_get_reference(d->clock)->synchronised;
}

int daemon_status(const struct daemon *d)
{
	int status;

	return loop_stopped(d->loop, &status) ? status : 0;
}

void daemon_destroy(struct daemon *d)
{
	if (d == NULL)
		return;
	while (d->made-- > 0)
		if (parts[d->made].end != NULL)
			parts[d->made].end(d);
	settings_destroy(d->settings);
	free(d);
}

const struct settings *daemon_settings(const struct daemon *d)
{
	return d->settings;
}

struct clock *daemon_clock(struct daemon *d)
{
	return d->clock;
}

struct rtc *daemon_rtc(struct daemon *d)
{
	return d->rtc;
}

struct discipline *daemon_discipline(struct daemon *d)
{
	return d->discipline;
}

struct sources *daemon_sources(struct daemon *d)
{
	return d->sources;
}

struct loop *daemon_loop(struct daemon *d)
{
	return d->loop;
}

struct nts_shared *daemon_nts(struct daemon *d)
{
	return d->nts;
}

struct serve *daemon_serve(struct daemon *d)
{
	return d->serve;
}
