/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The simulator: many whole daemons in one process on simulated clocks and a simulated network, all
 * from one seed. It is the second implementation of struct kernel.
 *
 * True time is the simulator's own and perfect. Every node has an oscillator whose rate wanders,
 * and a system clock that runs on it as adjtimex(2) tells it to.
 */
#ifndef TEST_SIM_SIM_H
#define TEST_SIM_SIM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/address.h"
#include "common/bytes.h"
#include "daemon/daemon.h"

struct sim;

/** How a link delays what it carries, one direction. */
struct sim_link {
	double base;   /**< s, always */
	double jitter; /**< s, mean (exponential) or standard deviation (normal) of what is added */
	bool normal;   /**< normal instead of exponential; cut at zero delay */
	double wild;   /**< probability of `wild_times` the jitter for a packet */
	double wild_times;
	double loss; /**< probability of losing a packet */
};

/** What a node begins with. */
struct sim_node_options {
	const char *config; /**< text of its configuration file */
	double offset;      /**< s, system clock minus true time at start; negative: slow */
	double frequency;   /**< s/s, the oscillator gains this on true time at start */
	double wander;      /**< s/s per sqrt(s), random walk of the rate */
	bool uncontrolled;  /**< run with clock driver none */
	bool verbose;       /**< messages go to stderr */
	enum discipline_mode mode;
};

/** Makes an empty world. True time starts at start_ns since 1970. */
struct sim *sim_create(uint64_t seed, int64_t start_ns);
void sim_destroy(struct sim *s);

/** Adds a node; its address is sim_address(index). Returns its index or -errno. */
int sim_add(struct sim *s, const struct sim_node_options *o);
/** The address of a node: 192.168.123.(index + 1). */
struct address sim_address(int node);
/** Sets the link that carries packets from one node to another; default: 1 ms, no jitter. */
void sim_connect(struct sim *s, int from, int to, const struct sim_link *link);

/** Starts or ends the daemon of a node; its files stay. Returns 0 or -errno. */
int sim_start(struct sim *s, int node);
void sim_stop(struct sim *s, int node);

/** Runs the world for so many seconds of true time; each_second (may be NULL) at every whole one.
 * Returns 0, or -ELOOP when a daemon span without time passing. */
int sim_run(
	struct sim *s, double seconds, void (*each_second)(void *arg, struct sim *s), void *arg);

/** True time passed since the start, s. */
double sim_elapsed(const struct sim *s);
/** System clock minus true time of a node, s. */
double sim_time_error(struct sim *s, int node);
/** Rate of the system clock minus 1, s/s. */
double sim_frequency_error(const struct sim *s, int node);
/** Datagrams sent by a node. */
uint64_t sim_sent(const struct sim *s, int node);
/** Datagrams that a node answered with more bytes than it was sent: must stay 0. */
uint64_t sim_amplified(const struct sim *s);
/** The daemon of a node; NULL when it is not running. */
struct daemon *sim_daemon(struct sim *s, int node);
/** Steps a node's system clock behind its daemon's back. */
void sim_step(struct sim *s, int node, double seconds);
/** A file of a node, or {NULL, 0}. */
struct span sim_file(const struct sim *s, int node, const char *path);

#endif
