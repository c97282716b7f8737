/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One selection from beginning to end, in the order of chrony-behaviour 4.
 */
#include "config.h"

#include <math.h>

#include "daemon/select/choose.h"
#include "daemon/select/judge.h"

/* Ends a selection without a selected source. */
static void fail(struct select_candidate *c, size_t n, enum select_state state,
	enum select_failure failure, struct select_result *ret)
{
	select_all(c, n, state);
	ret->failure = failure;
}

static void count_unreachable(const struct select_candidate *c, size_t n, struct select_result *ret)
{
	for (size_t i = 0; i < n; i++)
		ret->unreachable += !(c[i].effective & SELECT_NOSELECT) && c[i].reach == 0;
}

/* A required source must be among those that are left, if there is any that is required. */
static bool lacks_required(const struct select_candidate *c, size_t n)
{
	bool wanted = false;

	for (size_t i = 0; i < n; i++) {
		if (!(c[i].effective & SELECT_REQUIRE))
			continue;
		if (c[i].state == SELECT_STILL_IN)
			return false;
		wanted = true;
	}
	return wanted;
}

static void leave_preferred(struct select_candidate *c, size_t n)
{
	bool preferred = false;

	for (size_t i = 0; i < n; i++)
		preferred |= c[i].state == SELECT_STILL_IN && c[i].effective & SELECT_PREFER;
	for (size_t i = 0; i < n && preferred; i++) {
		if (c[i].state == SELECT_STILL_IN && !(c[i].effective & SELECT_PREFER))
			c[i].state = SELECT_NONPREFERRED;
	}
}

/* A leap second is believed when more than half of those that may vote announce it. */
static enum leap vote_leap(const struct select_candidate *c, size_t n, bool trusted_only)
{
	unsigned votes[3] = {0}, voters = 0;

	for (size_t i = 0; i < n; i++) {
		if (c[i].state != SELECT_STILL_IN ||
			(trusted_only && !(c[i].effective & SELECT_TRUST)))
			continue;
		voters++;
		if (c[i].figures.last.leap <= LEAP_DELETE)
			votes[c[i].figures.last.leap]++;
	}
	if (votes[LEAP_INSERT] > voters / 2)
		return LEAP_INSERT;
	return votes[LEAP_DELETE] > voters / 2 ? LEAP_DELETE : LEAP_NONE;
}

/* Whether what is left may be used at all. */
static bool find_agreement(const struct select_settings *s, struct select_candidate *c, size_t n,
	struct select_result *ret)
{
	struct select_agreement a = select_intersect(c, n);

	if (a.n == 0) {
		ret->failure = n == 0 ? SELECT_NO_SOURCES : SELECT_NO_SELECTABLE;
		return false;
	}
	ret->trusted_vote = a.n_trusted > 0;
	ret->voting = ret->trusted_vote ? a.n_trusted : a.n;
	ret->agreeing = ret->trusted_vote ? a.trusted : a.depth;
	if (!select_majority(&a)) {
		fail(c, n, SELECT_FALSETICKER, SELECT_NO_MAJORITY, ret);
		return false;
	}
	select_judge_agreement(c, n, &a);
	if (lacks_required(c, n)) {
		fail(c, n, SELECT_WAITS_SOURCES, SELECT_NO_REQUIRED, ret);
		return false;
	}
	if (select_still_in(c, n) < (unsigned)s->minsources) {
		fail(c, n, SELECT_WAITS_SOURCES, SELECT_NOT_ENOUGH, ret);
		return false;
	}
	return true;
}

static void conclude(const struct select_settings *s, struct select_candidate *c, size_t n,
	int previous, struct select_result *ret)
{
	int kept = previous >= 0 && c[previous].state == SELECT_STILL_IN ? previous : -1;
	int chosen = select_choose(s, c, n, kept);

	/* What another one said last may be long ago; its next sample decides. */
	if (chosen != kept && !c[chosen].updated)
		chosen = kept;
	if (chosen < 0) {
		fail(c, n, SELECT_WAITS_UPDATE, SELECT_WAITING, ret);
		return;
	}
	if (chosen != kept)
		select_new_scores(c, n);
	ret->selected = chosen;
	ret->update = c[chosen].updated;
	ret->combined = select_combine(s, c, n, chosen, &ret->estimate);
	ret->bounded = ret->estimate;
	ret->root_delay = c[chosen].figures.last.root_delay + c[chosen].figures.best.delay;
	/* The bound is of the chosen source, but what is followed are all. */
	ret->root_dispersion =
		select_dispersion(s, &c[chosen]) +
		fabs((double)(ret->estimate.offset_ns - c[chosen].estimate.offset_ns)) * 1e-9;
	ret->stratum = c[chosen].figures.last.stratum;
}

void select_run(const struct select_settings *settings, struct select_candidate *c, size_t n,
	int previous, int64_t origin_ns, struct select_result *ret)
{
	*ret = (struct select_result){.selected = -1, .leap = LEAP_UNSYNCHRONISED};
	count_unreachable(c, n, ret);
	select_judge_alone(settings, c, n, origin_ns);
	if ((previous < 0 && select_judge_waiting(c, n)) || select_judge_standing(c, n)) {
		ret->failure = SELECT_WAITING;
		return;
	}
	select_judge_reach(settings, c, n);
	if (!find_agreement(settings, c, n, ret))
		return;
	ret->leap = vote_leap(c, n, ret->trusted_vote);
	leave_preferred(c, n);
	conclude(settings, c, n, previous, ret);
}

void select_auth_options(int mode, struct select_candidate *c, const bool *authenticated, size_t n)
{
	bool some = false, others = false;

	for (size_t i = 0; i < n; i++) {
		c[i].effective = c[i].configured;
		if (c[i].configured & SELECT_NOSELECT)
			continue;
		if (authenticated[i])
			some = true;
		else if (!c[i].refclock)
			others = true;
	}
	for (size_t i = 0; i < n; i++) {
		bool plain = !authenticated[i] && !c[i].refclock;

		if (c[i].configured & SELECT_NOSELECT)
			continue;
		if (plain && (mode == SELECT_AUTH_REQUIRE || (mode == SELECT_AUTH_PREFER && some)))
			c[i].effective |= SELECT_NOSELECT;
		if (!plain && mode == SELECT_AUTH_MIX && some && others)
			c[i].effective |= SELECT_REQUIRE | SELECT_TRUST;
	}
}

enum report_state select_report_state(char state)
{
	switch (state) {
	case SELECT_SELECTED:
		return REPORT_STATE_SELECTED;
	case SELECT_COMBINED:
		return REPORT_STATE_COMBINED;
	case SELECT_FALSETICKER:
		return REPORT_STATE_FALSETICKER;
	case SELECT_JITTERY:
		return REPORT_STATE_JITTERY;
	case SELECT_WAITS_SOURCES:
	case SELECT_NONPREFERRED:
	case SELECT_WAITS_UPDATE:
	case SELECT_DISTANT:
	case SELECT_OUTLIER:
		return REPORT_STATE_NOT_USED;
	default:
		return REPORT_STATE_NOT_SELECTABLE;
	}
}
