/* SPDX-License-Identifier: BSD-2-Clause */
/* What happens to sources and to the system, event by event. */
#include "config.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>

#include "common/instant.h"
#include "common/text.h"
#include "config/settings.h"
#include "daemon/clock/clock.h"
#include "daemon/discipline/events.h"
#include "daemon/loop/loop.h"
#include "daemon/source/source.h"
#include "daemon/wire/packet.h"

/* Room for what an event says besides its name. */
#define TEXT 96

struct events {
	struct sources *sources;
	struct discipline *discipline;
	struct clock *clock;
	struct loop *loop;
	struct {
		events_happened *happened;
		void *arg;
	} listeners[EVENTS_LISTENERS];
	size_t n_listeners;
	unsigned code, count; /* the last event of the system, and how often in a row */
	const struct source *peer;
	bool synchronised;
	bool unknown_frequency; /* it is measured as soon as there is something to follow */
	enum leap leap;
	double jitter;
	int64_t leap_expires; /* of the leap second list that was told of, s since 1970 */
	bool leap_stale;      /* it was told that this is over */
};

static void tell(const struct events *e, const struct source *s, uint16_t word, unsigned code,
	const char *text)
{
	for (size_t i = 0; i < e->n_listeners; i++)
		e->listeners[i].happened(e->listeners[i].arg, s, word, code, text);
}

static bool is_pulse(const struct source *s)
{
	struct source_refclock_report r;

	return source_report_refclock(s, &r) == 0 &&
	       status_clock_of(r.settings->driver) == STATUS_PPS;
}

uint16_t events_peer_word(const struct source *s)
{
	const struct source_event_memory *m = source_events(s);
	char letter = source_stands_in(s) ? (char)SELECT_SELECTED : source_state(s);
	unsigned bits = STATUS_CONFIGURED;

	if (source_authenticated(s))
		bits |= STATUS_AUTH_ENABLED | (m->authentic ? STATUS_AUTHENTIC : 0U);
	if (source_reach(s) != 0)
		bits |= STATUS_REACHED;
	return status_peer(bits, status_selection_of(letter, is_pulse(s)), m->count, m->code);
}

uint16_t events_clock_word(const struct source *s)
{
	const struct source_event_memory *m = source_events(s);

	return m->fault == STATUS_CLOCK_FINE ? 0 : (uint16_t)(m->faults << 4 | m->fault);
}

static enum status_clock followed(const struct events *e)
{
	struct source_refclock_report r;

	if (!clock_get_reference(e->clock)->synchronised)
		return STATUS_UNSPECIFIED;
	if (e->peer == NULL)
		return STATUS_LOCAL;
	return source_report_refclock(e->peer, &r) == 0 ? status_clock_of(r.settings->driver)
							: STATUS_NTP;
}

uint16_t events_system_word(const struct events *e)
{
	return status_system(clock_get_reference(e->clock)->leap, followed(e), e->count, e->code);
}

/* What an event brings about is not in its word yet: the selection by the one, the reach by the
 * other. */
static uint16_t word_before(const struct source *s, unsigned code)
{
	uint16_t word = events_peer_word(s);

	if (code == STATUS_SYS_PEER)
		return word & 0xf8ff;
	return code == STATUS_REACHABLE ? word & 0xe8ff : word;
}

static void peer_event(struct events *e, struct source *s, unsigned code, const char *text)
{
	struct source_event_memory *m = source_event_memory(s);

	if (status_count(&m->code, &m->count, code))
		tell(e, s, word_before(s, code), code, text);
}

static void system_event(struct events *e, unsigned code, const char *text)
{
	if (status_count(&e->code, &e->count, code))
		tell(e, NULL, events_system_word(e), code, text);
}

static bool exists(const struct events *e, const struct source *s)
{
	for (size_t i = 0; i < sources_count(e->sources); i++)
		if (sources_at(e->sources, i) == s)
			return true;
	return false;
}

static void say_association(const struct source *s, char *ret, size_t n)
{
	struct text t = text_on(ret, n);

	text_add(&t, "assoc %u", (unsigned)source_association(s));
}

/* A slot of a pool is told of when it has an address. */
static void source_added(void *arg, struct source *s)
{
	struct events *e = arg;
	char text[TEXT];

	if (source_is_spare(s))
		return;
	source_event_memory(s)->reach_changed = loop_now(e->loop);
	say_association(s, text, sizeof(text));
	peer_event(e, s, STATUS_MOBILIZE, text);
}

static void say_gone(struct events *e, struct source *s)
{
	char text[TEXT];

	if (source_events(s)->code == STATUS_EVENT_NONE)
		return;
	say_association(s, text, sizeof(text));
	peer_event(e, s, STATUS_DEMOBILIZE, text);
}

static void look_at_reach(struct events *e, struct source *s)
{
	struct source_event_memory *m = source_event_memory(s);
	unsigned before = m->reach;

	m->reach = source_reach(s);
	if ((before != 0) == (m->reach != 0))
		return;
	m->reach_changed = loop_now(e->loop);
	/* Nothing else makes it reachable. */
	if (m->reach != 0)
		m->authentic = source_authenticated(s);
	peer_event(e, s, m->reach != 0 ? STATUS_REACHABLE : STATUS_UNREACHABLE, "");
}

/* What a driver knows of its device says more than that nothing came. */
static enum status_clock_fault fault_of(
	const struct source_event_memory *m, const struct source_refclock_report *r)
{
	if (r->bad_format > m->bad_format)
		return STATUS_CLOCK_FORMAT;
	if (r->bad_data > m->bad_data)
		return STATUS_CLOCK_TIME;
	if (r->silent == m->silent)
		return STATUS_CLOCK_FINE;
	return r->fault != STATUS_CLOCK_FINE ? r->fault : STATUS_CLOCK_SILENT;
}

/* What was wrong at the last poll of a reference clock: told when it begins. The first one may come
 * before anything can. */
static void look_at_clock(struct events *e, struct source *s)
{
	struct source_event_memory *m = source_event_memory(s);
	struct source_refclock_report r;
	unsigned before = m->fault;

	if (source_report_refclock(s, &r) < 0 || r.polls == m->polls)
		return;
	if (r.polls > 1)
		m->fault = fault_of(m, &r);
	m->polls = r.polls;
	m->silent = r.silent;
	m->bad_format = r.bad_format;
	m->bad_data = r.bad_data;
	if (m->fault == before || m->fault == STATUS_CLOCK_FINE)
		return;
	m->faults = m->faults < STATUS_COUNT_MAX ? m->faults + 1 : m->faults;
	peer_event(e, s, STATUS_CLOCK_EVENT, status_clock_fault_name(m->fault));
}

static void source_updated(void *arg, struct source *s, bool new_sample)
{
	struct events *e = arg;

	(void)new_sample;
	if (!exists(e, s)) {
		if (e->peer == s)
			e->peer = NULL;
		say_gone(e, s);
		return;
	}
	if (source_events(s)->code == STATUS_EVENT_NONE)
		source_added(e, s);
	look_at_clock(e, s);
	look_at_reach(e, s);
}

static bool is_kiss(const struct protocol_measurement *m)
{
	return m->leap == LEAP_UNSYNCHRONISED && m->stratum == 0;
}

/* A server begins to tell of a leap second. Only what may be used counts. */
static void look_at_leap(struct events *e, struct source *s, const struct protocol_measurement *m)
{
	struct source_event_memory *memory = source_event_memory(s);
	bool before = memory->leap;

	if ((m->tests | PROTOCOL_TEST_B | PROTOCOL_TEST_C) != PROTOCOL_TESTS_ALL)
		return;
	memory->leap = m->leap == LEAP_INSERT || m->leap == LEAP_DELETE;
	if (memory->leap && !before)
		peer_event(e, s, STATUS_PEER_LEAP_ARMED, "");
}

static void source_measured(void *arg, struct source *s, const struct protocol_measurement *m)
{
	struct events *e = arg;
	struct source_event_memory *memory = source_event_memory(s);
	const unsigned noise = PROTOCOL_TEST_B | PROTOCOL_TEST_C;

	memory->flash = status_flash_of(m->tests);
	memory->authentic = source_authenticated(s) && (m->tests & PROTOCOL_TEST_5) != 0;
	look_at_leap(e, s, m);
	if (!(m->tests & PROTOCOL_TEST_5))
		peer_event(e, s, STATUS_BAD_AUTH, "");
	else if (is_kiss(m) && m->refid == PACKET_KISS_RATE)
		peer_event(e, s, STATUS_RATE_EXCEEDED, "");
	else if (is_kiss(m) && (m->refid == PACKET_KISS_DENY || m->refid == PACKET_KISS_RSTR))
		peer_event(e, s, STATUS_ACCESS_DENIED, "");
	else if ((m->tests | noise) == PROTOCOL_TESTS_ALL && m->tests != PROTOCOL_TESTS_ALL)
		peer_event(e, s, STATUS_POPCORN, "");
}

static void discipline_selected(
	void *arg, int64_t truth, const struct select_candidate *c, size_t n)
{
	struct events *e = arg;
	struct source *now = NULL;
	const struct source *before = e->peer;

	(void)truth;
	for (size_t i = 0; i < n; i++)
		if (c[i].state == SELECT_SELECTED)
			now = c[i].source;
	e->peer = now;
	if (now == NULL || now == before)
		return;
	/* Selection comes before us: nobody is followed who is not reached. */
	look_at_reach(e, now);
	source_set_state(now, (char)SELECT_SELECTED);
	peer_event(e, now, STATUS_SYS_PEER, "");
	if (e->unknown_frequency && clock_controls(e->clock))
		system_event(e, STATUS_FREQ_MODE, "");
	e->unknown_frequency = false;
}

static void leap_events(struct events *e, enum leap leap)
{
	bool before = e->leap == LEAP_INSERT || e->leap == LEAP_DELETE;
	bool now = leap == LEAP_INSERT || leap == LEAP_DELETE;

	e->leap = leap;
	if (before != now)
		system_event(e, now ? STATUS_LEAP_ARMED : STATUS_LEAP_DISARMED, "");
}

/* A leap second list was read, anew or at all, or is no longer good. */
static void list_events(struct events *e)
{
	int64_t now = clock_now(e->clock).truth / INSTANT_S;
	char buffer[TEXT], next[INSTANT_TEXT], expires[INSTANT_TEXT];
	struct text t = text_on(buffer, sizeof(buffer));
	struct report_leap r;
	bool stale;

	discipline_report_leap(e->discipline, &r);
	stale = r.expires != 0 && r.expires <= now;
	if (r.expires != e->leap_expires) {
		instant_format_minute(r.next, next);
		instant_format_minute(r.expires, expires);
		text_add(&t, "%d leap %s %s %s", r.tai, next, stale ? "expired" : "expires",
			expires);
		system_event(e, STATUS_TAI, buffer);
	}
	if (stale && !e->leap_stale)
		system_event(e, STATUS_STALE_LEAP, "");
	e->leap_expires = r.expires;
	e->leap_stale = stale;
}

static void discipline_updated(void *arg, const struct discipline_update *u)
{
	struct events *e = arg;
	bool before = e->synchronised;
	char buffer[TEXT];
	struct text text = text_on(buffer, sizeof(buffer));

	e->synchronised = u->source != NULL;
	e->jitter = u->source != NULL ? u->offset_sd : 0;
	if (u->stepped != 0) {
		text_add(&text, "%+.6f s", u->stepped);
		system_event(e, STATUS_CLOCK_STEP, buffer);
	}
	if (e->synchronised && !before)
		system_event(e, STATUS_CLOCK_SYNC, "");
	else if (!e->synchronised && before)
		system_event(e, STATUS_NO_SYS_PEER, "");
	if (!e->synchronised)
		return;
	leap_events(e, u->leap);
	list_events(e);
}

static void discipline_noticed(void *arg, enum discipline_notice what, double offset)
{
	static const unsigned codes[] = {[DISCIPLINE_SPIKE] = STATUS_SPIKE,
		[DISCIPLINE_PANIC] = STATUS_PANIC_STOP,
		[DISCIPLINE_LEAPT] = STATUS_LEAP_EVENT};
	char buffer[TEXT] = "";
	struct text text = text_on(buffer, sizeof(buffer));

	if (what != DISCIPLINE_LEAPT)
		text_add(&text, "%+.6f s", offset);
	system_event(arg, codes[what], buffer);
}

int events_create(struct sources *sources, struct discipline *discipline, struct clock *clock,
	struct loop *loop, struct events **ret)
{
	static const struct sources_listener of_sources = {
		.updated = source_updated, .added = source_added, .measured = source_measured};
	static const struct discipline_listener of_discipline = {.updated = discipline_updated,
		.selected = discipline_selected,
		.noticed = discipline_noticed};
	struct events *e = calloc(1, sizeof(*e));

	if (e == NULL)
		return -ENOMEM;
	*e = (struct events){
		.sources = sources, .discipline = discipline, .clock = clock, .loop = loop};
	sources_listen(sources, &of_sources, e);
	discipline_listen(discipline, &of_discipline, e);
	*ret = e;
	return 0;
}

void events_destroy(struct events *e)
{
	free(e);
}

void events_listen(struct events *e, events_happened *happened, void *arg)
{
	if (e->n_listeners == EVENTS_LISTENERS)
		return;
	e->listeners[e->n_listeners].happened = happened;
	e->listeners[e->n_listeners++].arg = arg;
}

void events_start(struct events *e)
{
	const struct clock_model *m = clock_get_model(e->clock);
	char buffer[TEXT];
	struct text text = text_on(buffer, sizeof(buffer));

	/* Reference clocks were there before anybody listened. */
	for (size_t i = 0; i < sources_count(e->sources); i++)
		if (source_events(sources_at(e->sources, i))->code == STATUS_EVENT_NONE)
			source_added(e, sources_at(e->sources, i));
	system_event(e, STATUS_KERN,
		clock_controls(e->clock) ? "kernel time sync enabled"
					 : "kernel time sync disabled");
	/* The correction that is applied: positive where the clock is slow. No minus before zero.
	 */
	text_add(&text, "kernel %.6f PPM", fabs(m->rate) < 5e-13 ? 0.0 : m->rate * 1e6);
	system_event(e, STATUS_FREQ_SET, buffer);
	e->unknown_frequency = !discipline_frequency_given(e->discipline);
	if (e->unknown_frequency)
		system_event(e, STATUS_FREQ_NOT_SET, "");
	system_event(e, STATUS_RESTART, "");
}

void events_end(struct events *e)
{
	for (size_t i = 0; i < sources_count(e->sources); i++)
		say_gone(e, sources_at(e->sources, i));
}

void events_seen(struct source *s)
{
	source_event_memory(s)->count = 0;
}

unsigned events_flash(const struct source *s)
{
	unsigned flash = source_events(s)->flash;
	char letter = source_state(s);

	if (letter == (char)SELECT_BAD_STRATUM)
		flash |= STATUS_FLASH_PEER_STRATUM;
	if (letter == (char)SELECT_BAD_DISTANCE)
		flash |= STATUS_FLASH_DISTANCE;
	if (source_reach(s) == 0 ||
		((source_select_options(s) & SELECT_NOSELECT) && !source_stands_in(s)))
		flash |= STATUS_FLASH_UNREACHABLE;
	return flash;
}

const struct source *events_system_peer(const struct events *e)
{
	for (size_t i = 0; e->peer == NULL && i < sources_count(e->sources); i++)
		if (source_stands_in(sources_at(e->sources, i)))
			return sources_at(e->sources, i);
	return e->peer;
}

double events_jitter(const struct events *e)
{
	return e->jitter;
}
