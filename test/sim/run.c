/* SPDX-License-Identifier: BSD-2-Clause */
/* Runs of scenarios, and what is measured in them. */
#include "config.h"

#include <errno.h>
#include <math.h>
#include <string.h>

#include "common/text.h"
#include "test/sim/look.h"
#include "test/sim/scenario.h"

/** Sums up a run. */
struct watch {
	const struct scenario *scenario;
	scenario_second *each;
	void *arg;
	int client;
	double squares, frequency_squares, max;
	double own_squares, sd_squares; /**< of the estimate's true error, and as it is believed */
	double above_1ms, above_100us;  /**< last second at which the error was above */
	double closest;
	unsigned n, outside;
	uint64_t sent_before; /**< the end of the warm-up */
};

/** Adds one second's errors to the sums. */
static void sum_up(struct watch *w, struct sim *sim, const struct scenario_instant *now)
{
	double own = now->error - now->estimate;

	if (w->n++ == 0)
		w->sent_before = sim_sent(sim, w->client);
	w->squares += now->error * now->error;
	w->frequency_squares += now->frequency * now->frequency;
	w->max = fmax(w->max, fabs(now->error));
	w->own_squares += own * own;
	w->sd_squares += now->sd * now->sd;
}

static void watch_second(void *arg, struct sim *sim)
{
	struct watch *w = arg;
	struct scenario_instant now = {.elapsed = sim_elapsed(sim),
		.error = sim_time_error(sim, w->client),
		.frequency = sim_frequency_error(sim, w->client)};
	struct look look = look_at(sim, w->client);

	if (w->scenario->step != 0)
		now.error -= sim_time_error(sim, 0);
	now.estimate = look.correction;
	now.sd = look.sd;
	now.bound = look.synchronised ? look.distance : -1;
	if (w->each)
		w->each(w->arg, &now);
	if (fabs(now.error) > 1e-3)
		w->above_1ms = now.elapsed;
	if (fabs(now.error) > 1e-4)
		w->above_100us = now.elapsed;
	if (look.synchronised && w->scenario->step == 0) {
		w->outside += fabs(look.error) > look.distance;
		w->closest = fmax(w->closest, fabs(look.error) / look.distance);
	}
	if (now.elapsed >= w->scenario->warm_up)
		sum_up(w, sim, &now);
}

static void step_server(void *arg, struct sim *sim)
{
	const struct scenario *s = arg;

	sim_step(sim, 0, s->step);
}

/** Adds servers and client to the world and starts them; the client is node `servers`. */
static int build(struct sim *sim, const struct scenario *s, bool verbose)
{
	char buffer[2048];
	struct text config = text_on(buffer, sizeof(buffer));
	struct sim_node_options client = s->client;
	int i, r = 0;

	client.config = buffer;
	client.verbose = verbose;
	for (i = 0; i < s->servers && r >= 0; i++) {
		struct sim_node_options server = {.config = "local stratum 1\nallow\ncmdport 0\n",
			.offset = s->lie[i],
			.uncontrolled = true};

		r = sim_add(sim, &server);
		text_add(&config, "server 192.168.123.%d minpoll %d maxpoll %d%s\n", i + 1,
			s->minpoll, s->maxpoll, s->iburst ? " iburst" : "");
		sim_connect(sim, s->servers, i, &s->out[i]);
		sim_connect(sim, i, s->servers, &s->back[i]);
	}
	text_add(&config, "cmdport 0\n%s", s->refclocks ? s->refclocks : "");
	if (r >= 0)
		r = sim_add(sim, &client);
	for (i = 0; i < s->n_receivers && r >= 0; i++)
		sim_add_receiver(sim, r, &s->receivers[i]);
	for (i = 0; i <= s->servers && r >= 0; i++)
		r = sim_start(sim, i);
	return r < 0 ? r : 0;
}

/** Seconds from the beginning (or the step) to when the error was above for the last time; negative
 * when that is the end. */
static double settled(const struct scenario *s, double above)
{
	double from = s->step != 0 ? s->step_at : 0;

	if (above + 1 > s->end)
		return -1;
	return above > from ? above - from : 0;
}

int scenario_run(const struct scenario *s, uint64_t seed, bool verbose, scenario_second *each,
	void *arg, struct scenario_result *ret)
{
	struct sim *sim = sim_create(seed, SCENARIO_START);
	struct scenario scenario = *s;
	struct watch w = {.scenario = s, .each = each, .arg = arg, .client = s->servers};
	int r = build(sim, s, verbose);

	if (s->step != 0)
		sim_at(sim, s->step_at, step_server, &scenario);
	if (!r)
		r = sim_run(sim, s->end, watch_second, &w);
	if (!r && !w.n)
		r = -EINVAL;
	if (!r) {
		uint64_t measured = sim_sent(sim, w.client) - w.sent_before;

		*ret = (struct scenario_result){
			.rms = sqrt(w.squares / w.n),
			.max = w.max,
			.frequency = sqrt(w.frequency_squares / w.n),
			.to_1ms = settled(s, w.above_1ms),
			.to_100us = settled(s, w.above_100us),
			.packets = sim_sent(sim, w.client),
			.interval = measured ? w.n * s->servers / (double)measured : 0,
			.sd_ratio = sqrt(w.sd_squares / w.own_squares),
			.outside = w.outside,
			.closest = w.closest,
			.amplified = sim_amplified(sim),
		};
	}
	sim_destroy(sim);
	return r;
}
