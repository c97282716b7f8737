/* SPDX-License-Identifier: BSD-2-Clause */
/* The world of a mixed scenario and what happens in it; only for mixed*.c. */
#ifndef TEST_SIM_MIXED_WORLD_H
#define TEST_SIM_MIXED_WORLD_H

#include "common/text.h"
#include "test/sim/invariants.h"
#include "test/sim/random.h"
#include "test/sim/sim.h"

struct mixed_world;
struct mixed_receiver;

/** Something that will happen in a world. */
struct mixed_event {
	struct mixed_world *world;
	int node;
	double value;
	struct sim_faults faults;
	struct mixed_receiver *receiver;
};

/** A receiver of the client. */
struct mixed_receiver {
	struct sim_receiver now;     /**< as it begins */
	struct sim_receiver *device; /**< as it goes on */
	double honest;               /**< s, that it is off by though it does not lie */
	char path[32];
};

#define MIXED_RECEIVERS 3

#define MIXED_EVENTS 64

/** A world being drawn, and then run. */
struct mixed_world {
	struct sim_random random;
	struct sim *sim;
	struct invariants *invariants;
	bool verbose;
	struct text words; /**< what was drawn */
	double end;        /**< s */
	int honest, liars; /**< servers: nodes 0 to honest - 1, and then the liars */
	int client;        /**< of these; the node after it is a client of the client */
	int maxpoll;
	int leap;       /**< a second is inserted (1) or deleted (-1); 0: none */
	double leap_at; /**< s */
	struct mixed_event events[MIXED_EVENTS];
	int n_events;
	bool with_receivers;
	struct sim_random receiver_random;
	struct mixed_receiver receivers[MIXED_RECEIVERS];
	int n_receivers;
};

/** Draws everything, adds the nodes, starts them, plans the events. Returns 0 or -errno. */
int mixed_build(struct mixed_world *w);

/** Plans events of all kinds (mixed_events.c). */
void mixed_plan(struct mixed_world *w);

/** Plans what happens at an elapsed time, and says so. NULL: there are too many. */
struct mixed_event *mixed_plan_event(struct mixed_world *w, double at, sim_action *act, int node,
	double value, const char *what);

/** Draws the receivers of the client, if there are to be some (mixed_receivers.c). */
void mixed_draw_receivers(struct mixed_world *w, struct text *config);
/** Connects them to the client. */
void mixed_add_receivers(struct mixed_world *w);
/** Plans what happens to them. */
void mixed_plan_receivers(struct mixed_world *w);

/** True with this probability. */
bool mixed_chance(struct mixed_world *w, double probability);
/** Uniform between low and high. */
double mixed_between(struct mixed_world *w, double low, double high);
/** The same on a logarithmic scale. */
double mixed_log_between(struct mixed_world *w, double low, double high);
/** An integer from low to high, both included. */
int mixed_pick(struct mixed_world *w, int low, int high);

#endif
