/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Time by hand (manual, settime): what is typed is a sample, and a line through the samples moves
 * the clock (chrony-behaviour 7). They lie on the oscillator's scale, so what was corrected between
 * them needs no account.
 */
#include "config.h"

#include <errno.h>
#include <math.h>
#include <string.h>

#include "common/instant.h"
#include "common/log.h"
#include "common/source_options.h"
#include "daemon/clock/line.h"
#include "daemon/discipline/state.h"

/* Entries are so far apart at least, s. */
#define APART 1.0
/* Who types a time that far off what was typed before, s, means it: the rest was another clock. */
#define FAR 10.0

/* What was typed against what is thought now; x is counted from now. */
static void fit(const struct discipline *d, int64_t now, struct line *ret)
{
	const struct manual *m = &d->manual;
	struct line_point p[REPORT_MANUAL_MAX] = {{0}};

	for (size_t i = 0; i < m->n; i++) {
		const struct manual_sample *s = &m->samples[i];

		p[i].x = instant_diff_s(s->osc, now);
		p[i].y = instant_diff_s(s->truth, clock_true_from_osc(d->clock, s->osc));
	}
	line_fit(p, m->n, ret);
	if (fabs(p[m->n - 1].y - line_at(ret, p[m->n - 1].x)) > FAR)
		line_fit(&p[m->n - 1], 1, ret);
}

/* Moves the clock by all samples. */
static void apply(struct discipline *d, struct report_manual *ret)
{
	struct clock_now now = clock_now(d->clock);
	double rate = clock_get_model(d->clock)->rate;
	struct line l;

	fit(d, now.osc, &l);
	/* Adding zero turns -0.0 into 0.0. */
	*ret = (struct report_manual){
		.offset = -l.offset + 0.0,
		.frequency_ppm = -l.slope * 1e6 + 0.0,
	};
	if (l.n > 1)
		log_info(d->log, "Making a frequency change of %.3f ppm and a slew of %.6f",
			ret->frequency_ppm, ret->offset);
	else
		log_info(d->log, "Making a slew of %.6f", ret->offset);
	discipline_take_by_hand(d, l.offset, rate + l.slope);
	ret->new_frequency_ppm = discipline_frequency_ppm(d, clock_get_model(d->clock)->rate);
}

int discipline_settime(struct discipline *d, int64_t truth, struct report_manual *ret)
{
	struct manual *m = &d->manual;
	struct clock_now now = clock_now(d->clock);

	if (!m->on)
		return -ENOTSUP;
	if (!discipline_can_be(truth) || fabs(instant_diff_s(truth, now.truth)) > SOURCE_OFFSET_MAX)
		return -EINVAL;
	if (m->n > 0 && instant_diff_s(now.osc, m->samples[m->n - 1].osc) < APART)
		return -EAGAIN;
	if (m->n == REPORT_MANUAL_MAX)
		memmove(m->samples, m->samples + 1, --m->n * sizeof(m->samples[0]));
	m->samples[m->n++] = (struct manual_sample){
		.osc = now.osc, .truth = truth, .original = instant_diff_s(now.truth, truth)};
	apply(d, ret);
	return 0;
}

void discipline_set_manual(struct discipline *d, bool on)
{
	d->manual.on = on;
}

void discipline_reset_manual(struct discipline *d)
{
	d->manual.n = 0;
}

size_t discipline_report_manual(
	const struct discipline *d, struct report_manual_sample ret[REPORT_MANUAL_MAX])
{
	const struct manual *m = &d->manual;
	struct line l;

	if (m->n == 0)
		return 0;
	fit(d, m->samples[m->n - 1].osc, &l);
	for (size_t i = 0; i < m->n; i++) {
		const struct manual_sample *s = &m->samples[i];
		double x = instant_diff_s(s->osc, m->samples[m->n - 1].osc);

		ret[i].when = clock_true_from_osc(d->clock, s->osc);
		ret[i].slewed = instant_diff_s(ret[i].when, s->truth);
		ret[i].original = s->original;
		ret[i].residual = ret[i].slewed + line_at(&l, x);
	}
	return m->n;
}

int discipline_delete_manual(struct discipline *d, int i)
{
	struct manual *m = &d->manual;
	struct report_manual ignored;

	if (i < 0 || (size_t)i >= m->n)
		return -ERANGE;
	m->n--;
	memmove(m->samples + i, m->samples + i + 1, (m->n - (size_t)i) * sizeof(m->samples[0]));
	if (m->n > 0)
		apply(d, &ignored);
	return 0;
}
