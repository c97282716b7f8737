/* SPDX-License-Identifier: BSD-2-Clause */
/* Broadcasts: a timer each. Nobody can tell whether they are ours, so clients should not use them.
 */
#include "config.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>

#include "common/instant.h"
#include "config/settings.h"
#include "daemon/clock/served.h"
#include "daemon/loop/loop.h"
#include "daemon/serve/broadcast.h"
#include "daemon/serve/internal.h"

struct broadcast {
	struct serve *serve;
	struct settings_broadcast settings; /**< a copy: the list may become another one */
	struct loop_timer timer;
};

struct broadcasts {
	struct serve *serve;
	size_t n;
	struct broadcast list[];
};

static void send_one(struct broadcast *b)
{
	struct serve *s = b->serve;
	struct packet p = {.version = PACKET_VERSION_MAX,
		.mode = PACKET_BROADCAST,
		.poll = (int)lround(log2(b->settings.interval))};
	uint8_t bytes[PACKET_HEADER];
	struct kernel_message m = {
		.peer = b->settings.to, .data = bytes, .n = sizeof(bytes), .room = sizeof(bytes)};
	struct kernel_clocks now;
	struct served served;
	uint32_t random = 0;

	/* Without randomness the bits below the precision are zero. */
	s->kernel->ops->random(s->kernel, &random, sizeof(random));
	served_now(s->clock, s->settings->leapsecmode == SETTINGS_LEAP_SLEW, &served, NULL);
	served_fill(&served, &p);
	s->kernel->ops->clocks(s->kernel, &now);
	p.transmit = served_blur(instant_to_ntp(served_from_system(s->clock, now.system_ns)),
		served.precision, random);
	packet_encode(&p, bytes);
	/* Who is not reached now is by the next. */
	serve_emit(s, &m);
}

static void run(void *arg)
{
	struct broadcast *b = arg;

	send_one(b);
	loop_timer_in(b->serve->loop, &b->timer, b->settings.interval);
}

int broadcasts_create(struct serve *s, struct broadcasts **ret)
{
	const struct settings *set = s->settings;
	struct broadcasts *b = calloc(1, sizeof(*b) + set->n_broadcasts * sizeof(b->list[0]));

	if (!b)
		return -ENOMEM;
	b->serve = s;
	for (; b->n < set->n_broadcasts; b->n++) {
		struct broadcast *one = &b->list[b->n];

		*one = (struct broadcast){.serve = s, .settings = set->broadcasts[b->n]};
		if (loop_timer_init(s->loop, &one->timer, run, one) < 0) {
			broadcasts_destroy(b);
			return -ENOMEM;
		}
		loop_timer_in(s->loop, &one->timer, one->settings.interval);
	}
	*ret = b;
	return 0;
}

void broadcasts_destroy(struct broadcasts *b)
{
	if (!b)
		return;
	for (size_t i = 0; i < b->n; i++)
		loop_timer_done(b->serve->loop, &b->list[i].timer);
	free(b);
}
