/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Reading a segment that others write to at the same time.
 */
#include "config.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdbool.h>

#include "common/instant.h"
#include "refclocks/shm_segment.h"

#define US_MAX 999999

_Static_assert(sizeof(time_t) != 8 || sizeof(struct shm_segment) == 96, "known to all writers");

/** Each field once: what is judged is what is used, whatever the writer does meanwhile. */
static struct shm_segment copy(const volatile struct shm_segment *s)
{
	return (struct shm_segment){
		.mode = s->mode,
		.clock_s = s->clock_s,
		.clock_us = s->clock_us,
		.receive_s = s->receive_s,
		.receive_us = s->receive_us,
		.leap = s->leap,
		.clock_ns = s->clock_ns,
		.receive_ns = s->receive_ns,
	};
}

static bool is_us(int32_t us)
{
	return us >= 0 && us <= US_MAX;
}

/** Nanoseconds count only where both say the same as the microseconds beside them: older writers
 * leave anything there. */
static int64_t rest_ns(const struct shm_segment *s, bool clock)
{
	bool fine = s->clock_ns / 1000 == (uint32_t)s->clock_us &&
		    s->receive_ns / 1000 == (uint32_t)s->receive_us;

	if (fine)
		return clock ? s->clock_ns : s->receive_ns;
	return (int64_t)(clock ? s->clock_us : s->receive_us) * 1000;
}

int shm_take(volatile struct shm_segment *segment, struct shm_sample *ret, const char **ret_why)
{
	int32_t before = segment->count, after;
	struct shm_segment s;

	/* In this order: who looks for a sample while one is written must not find the mark of the
	 * last one. A writer that leaves that mark there can be caught by nobody. */
	atomic_thread_fence(memory_order_acquire);
	if (segment->valid == 0)
		return -EAGAIN;
	atomic_thread_fence(memory_order_acquire);
	s = copy(segment);
	atomic_thread_fence(memory_order_acquire);
	after = segment->count;
	segment->valid = 0;
	*ret_why = NULL;
	if (s.mode != 0 && s.mode != 1)
		*ret_why = "mode is neither 0 nor 1";
	else if (s.mode == 1 && before != after)
		*ret_why = "it was being written";
	else if (!is_us(s.clock_us) || !is_us(s.receive_us))
		*ret_why = "microseconds are no fraction of a second";
	else if (s.leap == LEAP_UNSYNCHRONISED)
		*ret_why = "its clock is not synchronised";
	else if (s.leap < LEAP_NONE || s.leap > LEAP_UNSYNCHRONISED)
		*ret_why = "leap is none of 0 to 3";
	if (*ret_why != NULL)
		return s.mode == 1 && before != after ? -EBUSY : -EINVAL;
	*ret = (struct shm_sample){
		.reference = instant_from_s(s.clock_s, rest_ns(&s, true)),
		.system = instant_from_s(s.receive_s, rest_ns(&s, false)),
		.leap = (enum leap)s.leap,
	};
	return 0;
}
