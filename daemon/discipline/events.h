/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Watches sources and discipline for what ntpd calls events: they are counted into status words,
 * and told to whoever logs them.
 */
#ifndef DAEMON_DISCIPLINE_EVENTS_H
#define DAEMON_DISCIPLINE_EVENTS_H

#include <stdbool.h>
#include <stdint.h>

#include "daemon/discipline/discipline.h"
#include "daemon/discipline/status.h"

struct clock;
struct events;
struct loop;
struct source;
struct sources;

/** Takes an event: of a source, or with NULL of the system. word: the status word after it; text:
 * what more there is to say, "" for nothing. */
typedef void events_happened(
	void *arg, const struct source *s, uint16_t word, unsigned code, const char *text);

/** The most who may listen. */
#define EVENTS_LISTENERS 4

/** Listens to sources and discipline from here on. All arguments outlive it. Returns 0, -ENOMEM. */
int events_create(struct sources *sources, struct discipline *discipline, struct clock *clock,
	struct loop *loop, struct events **ret);
void events_destroy(struct events *e);
/** Adds a listener, at most EVENTS_LISTENERS. */
void events_listen(struct events *e, events_happened *happened, void *arg);

/** The discipline has started: what is known of the frequency, and that we begin. */
void events_start(struct events *e);

/** The status word of the system now. */
uint16_t events_system_word(const struct events *e);
/** The status word of a source now. */
uint16_t events_peer_word(const struct source *s);
/** What is wrong with a reference clock: 0 while nothing is. */
uint16_t events_clock_word(const struct source *s);
/** The daemon ends: so do all sources. */
void events_end(struct events *e);

/** An authenticated reader saw the events of a source: they are counted anew. */
void events_seen(struct source *s);
/** The flash bits of a source now (set of enum status_flash). */
unsigned events_flash(const struct source *s);

/** The source that the system follows, or that stands in when there is none, or NULL. */
const struct source *events_system_peer(const struct events *e);
/** Standard deviation of what the clock was last set by, and of that offset, s; 0: none yet. */
double events_jitter(const struct events *e);

#endif
