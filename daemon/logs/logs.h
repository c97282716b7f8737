/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The measurement logs in chrony's columns (measurements, statistics, tracking, selection,
 * refclocks, tempcomp, rtc).
 */
#ifndef DAEMON_LOGS_LOGS_H
#define DAEMON_LOGS_LOGS_H

#include "daemon/clock/rtc.h"
#include "daemon/discipline/discipline.h"
#include "daemon/source/source.h"

struct kernel;
struct logs;

/** Nothing is opened before a line is to be written. Arguments outlive it. Returns 0 or -ENOMEM. */
int logs_create(const struct settings *settings, struct kernel *kernel, const struct log *log,
	struct logs **ret);
void logs_destroy(struct logs *l);
/** Starts every file anew with a banner, and says anew what cannot be written (cyclelogs). */
void logs_cycle(struct logs *l);

/* One line each, when the settings ask for it. */

void logs_measurement(struct logs *l, const struct source *s, const struct protocol_measurement *m);
void logs_statistics(struct logs *l, struct sources *r, const struct source *s, int64_t truth);
void logs_tracking(struct logs *l, const struct discipline_update *u);
void logs_selection(struct logs *l, int64_t truth, const struct select_candidate *c, size_t n);
void logs_refclock(struct logs *l, const struct source *s, const struct source_refclock_sample *m);
void logs_temperature(struct logs *l, int64_t truth, double temperature, double ppm);
void logs_rtc(struct logs *l, const struct rtc_measurement *m);

#endif
