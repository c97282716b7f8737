/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The layout of every report, in chronyc's columns and order. A name is what the user asked sources
 * to be called by; NULL or empty where there is none.
 */
#ifndef CLI_LAYOUT_H
#define CLI_LAYOUT_H

#include "cli/print.h"
#include "common/cmdmon.h"
#include "common/report.h"

/** What a source is called: its address, or for a reference clock its ID. */
struct layout_source {
	const char *name;
	const struct address *address; /**< ADDRESS_NONE for a reference clock */
};

/* Headers and legends of the tables of sources. */
void layout_sources_header(struct printer *p, bool legend);
void layout_sourcestats_header(struct printer *p, bool legend);
void layout_selectdata_header(struct printer *p, bool legend);
void layout_authdata_header(struct printer *p, bool legend);

/* One line a source. */
void layout_source(
	struct printer *p, const struct layout_source *who, const struct report_source *r);
void layout_sourcestats(
	struct printer *p, const struct layout_source *who, const struct report_sourcestats *r);
void layout_selectdata(
	struct printer *p, const struct layout_source *who, const struct report_select *r);
void layout_authdata(
	struct printer *p, const struct layout_source *who, const struct report_auth *r);

/** The block of one source; old: a daemon that does not count the stamps (before 4.6). */
void layout_ntpdata(struct printer *p, const struct report_ntpdata *r, bool old);

void layout_tracking(
	struct printer *p, const struct layout_source *who, const struct report_tracking *r);
void layout_activity(struct printer *p, const struct report_activity *r);
/** kind: of the reply; older daemons have fewer counters. */
void layout_serverstats(struct printer *p, const struct report_serverstats *r, uint16_t kind);
/** The lines of ntpq -c nts, and two more. */
void layout_ntsinfo(struct printer *p, const struct report_nts *r);
void layout_refusals(struct printer *p, const struct report_refused *r);
void layout_rtcdata(struct printer *p, const struct report_rtc *r);
void layout_smoothing(struct printer *p, const struct report_smoothing *r);
void layout_manual_list(struct printer *p, const struct report_manual_sample *samples, uint32_t n);
/** nke: the last four columns are of NTS-KE instead of commands. */
void layout_clients_header(struct printer *p, bool nke);
void layout_client(struct printer *p, const struct layout_source *who,
	const struct report_client *r, bool nke);
/** One try of waitsync. */
void layout_waitsync(struct printer *p, int try, const struct report_tracking *r);

/** The ASCII of a reference ID into ret (at least 5 bytes); unprintable bytes are left out. */
void layout_refid_text(uint32_t refid, char *ret);

#endif
