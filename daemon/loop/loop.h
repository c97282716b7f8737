/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The scheduler: descriptors and timers on one thread. Timers run on oscillator time (raw_ns of the
 * kernel), so neither a step nor a slew of the system clock moves them.
 */
#ifndef DAEMON_LOOP_LOOP_H
#define DAEMON_LOOP_LOOP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct kernel;
struct loop;

/** A timer, owned by whoever embeds it; zero-initialised is "not set". */
struct loop_timer {
	int64_t at;      /**< raw instant */
	size_t position; /**< in the heap, from 1; 0: not set */
	uint64_t order;  /**< equal instants run in the order they were set */
	void (*run)(void *arg);
	void *arg;
};

struct loop *loop_create(struct kernel *kernel);
void loop_destroy(struct loop *loop);

/** Now on the raw scale: read once per turn, so all of a turn happens at one instant. */
int64_t loop_now(const struct loop *loop);

/** Sets or moves a timer to a raw instant. Cannot fail: the heap holds room for every timer made
 * known by loop_timer_init(). */
void loop_timer_set(struct loop *loop, struct loop_timer *t, int64_t at);
/** Sets a timer s seconds from now. */
void loop_timer_in(struct loop *loop, struct loop_timer *t, double s);
void loop_timer_stop(struct loop *loop, struct loop_timer *t);
/** Makes a timer known and reserves its place. Returns 0 or -ENOMEM. */
int loop_timer_init(struct loop *loop, struct loop_timer *t, void (*run)(void *), void *arg);
/** Stops a timer and gives its place back. */
void loop_timer_done(struct loop *loop, struct loop_timer *t);

/** Watches a descriptor for a set of enum kernel_event. Returns 0, -ENOMEM or -EEXIST. */
int loop_watch(struct loop *loop, int fd, unsigned wanted, void (*ready)(void *arg, unsigned got),
	void *arg);
/** Changes what a watched descriptor is waited for. */
void loop_rewatch(struct loop *loop, int fd, unsigned wanted);
void loop_unwatch(struct loop *loop, int fd);

/** One turn: waits until something is due, then runs what is. Returns 0 or -errno of wait(). */
int loop_turn(struct loop *loop);

/** Whether a turn would wait for ever: it was not asked to end, no timer is set and no descriptor
 * is watched. Names that are being resolved are known to who asked for them. */
bool loop_idle(const struct loop *loop);

/** Asks the loop to end with this status; loop_stopped() tells. */
void loop_stop(struct loop *loop, int status);
bool loop_stopped(const struct loop *loop, int *ret_status);

#endif
