/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The newest samples of a source, as ntpd's clock filter has them (RFC 5905 10): only for people
 * to look at, the estimator has a memory of its own.
 */
#include "config.h"

#include <math.h>
#include <string.h>

#include "common/instant.h"
#include "daemon/clock/clock.h"
#include "daemon/source/internal.h"

/** s/s at which a sample's dispersion grows (RFC 5905 7.1, PHI). */
#define TOLERANCE 15e-6

/** Dispersion of a sample that is missing, s (RFC 5905 7.1, MAXDISP). */
#define MISSING 16.0

/** What the system clock read at an oscillator instant of the recent past. */
static int64_t system_at(struct clock *clock, int64_t osc)
{
	struct clock_now now = clock_now(clock);
	int64_t system = osc + (now.system - now.osc);

	/* The guess is off by what slewing did since: far less than a second time. */
	return system - (clock_osc_from_system(clock, system) - osc);
}

void recent_forget(struct source *s)
{
	memset(&s->recent, 0, sizeof(s->recent));
}

void recent_take(struct source *s, const struct sample *sample)
{
	struct source_register *r = &s->recent;
	int64_t truth = instant_add(sample->osc, sample->offset_ns);
	unsigned i = r->n++ % REPORT_REGISTER;

	r->samples[i].osc = sample->osc;
	r->samples[i].offset =
		instant_diff_s(truth, system_at(s->registry->env->clock, sample->osc));
	r->samples[i].delay = sample->delay;
	r->samples[i].dispersion = sample->dispersion;
}

/** Of the others against the sample of least delay. */
static void judge(struct report_register *r)
{
	double squares = 0;
	int best = 0;

	for (int i = 1; i < r->n; i++)
		if (r->delay[i] < r->delay[best])
			best = i;
	r->best_delay = r->delay[best];
	r->best_offset = r->offset[best];
	for (int i = 0; i < REPORT_REGISTER; i++)
		r->best_dispersion += ldexp(i < r->n ? r->dispersion[i] : MISSING, -(i + 1));
	for (int i = 0; i < r->n; i++)
		squares += pow(r->offset[i] - r->offset[best], 2);
	if (r->n > 1)
		r->jitter = sqrt(squares / (r->n - 1));
}

void source_report_register(const struct source *s, struct report_register *ret)
{
	const struct source_register *r = &s->recent;
	int64_t now = clock_now(s->registry->env->clock).osc;

	memset(ret, 0, sizeof(*ret));
	ret->n = r->n < REPORT_REGISTER ? (int)r->n : REPORT_REGISTER;
	for (int i = 0; i < ret->n; i++) {
		unsigned from = (r->n - 1 - (unsigned)i) % REPORT_REGISTER;
		double age = fmax(instant_diff_s(now, r->samples[from].osc), 0);

		ret->delay[i] = r->samples[from].delay;
		ret->offset[i] = r->samples[from].offset;
		ret->dispersion[i] = r->samples[from].dispersion + TOLERANCE * age;
	}
	if (ret->n > 0)
		judge(ret);
}
