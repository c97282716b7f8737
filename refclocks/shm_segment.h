/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The segment of shared memory that programs leave samples in (chrony-files 5). Pure: it is told
 * where the segment is.
 */
#ifndef REFCLOCKS_SHM_SEGMENT_H
#define REFCLOCKS_SHM_SEGMENT_H

#include <stdint.h>
#include <time.h>

#include "common/report.h"

/** Key of unit 0; others follow. */
#define SHM_KEY 0x4e545030

/** The segment, in the layout of this machine. */
struct shm_segment {
	int32_t mode;  /**< 0, or 1: count tells of a write underway */
	int32_t count; /**< grows before and after a write */
	time_t clock_s;
	int32_t clock_us;
	time_t receive_s;
	int32_t receive_us;
	int32_t leap;
	int32_t precision, n_samples; /**< not used */
	int32_t valid;                /**< set by the writer, cleared by us */
	uint32_t clock_ns, receive_ns;
	int32_t unused[8];
};

/** What was in it. */
struct shm_sample {
	int64_t reference; /**< true time */
	int64_t system;    /**< system clock then */
	enum leap leap;
};

/**
 * Takes the sample that lies in the segment, while others may be writing to it, and marks it as
 * taken. Returns 0, -EAGAIN when there is none, or with the reason -EBUSY: it is torn, or -EINVAL:
 * it says what nobody can mean.
 */
int shm_take(volatile struct shm_segment *segment, struct shm_sample *ret, const char **ret_why);

#endif
