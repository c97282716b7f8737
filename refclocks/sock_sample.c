/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Samples by datagram: a structure of C as the sender's compiler lays it out, which is on the same
 * machine. Where long has 32 bits time_t has either size.
 */
#include "config.h"

#include <errno.h>
#include <math.h>
#include <string.h>

#include "common/instant.h"
#include "refclocks/sock_sample.h"

#define MAGIC  0x534f434b
#define US_MAX 999999
/** Length of a sample with seconds and microseconds of 64 bits each, and of 32. */
#define LENGTH_64 40
#define LENGTH_32 32

/** What follows the time. */
struct rest {
	double offset;
	int32_t pulse, leap, padding, magic;
};

static int fail(const char *why, const char **ret_why)
{
	*ret_why = why;
	return -EINVAL;
}

int sock_sample_parse(const uint8_t *p, size_t n, struct sock_sample *ret, const char **ret_why)
{
	int64_t wide[2];
	int32_t narrow[2];
	struct rest rest;

	if (n == LENGTH_64) {
		memcpy(wide, p, sizeof(wide));
	} else if (n == LENGTH_32 && sizeof(long) == 4) {
		memcpy(narrow, p, sizeof(narrow));
		wide[0] = narrow[0];
		wide[1] = narrow[1];
	} else {
		return fail("length", ret_why);
	}
	memcpy(&rest, p + n - sizeof(rest), sizeof(rest));
	if (rest.magic != MAGIC)
		return fail("magic number", ret_why);
	if (wide[1] < 0 || wide[1] > US_MAX)
		return fail("microseconds are no fraction of a second", ret_why);
	if (!isfinite(rest.offset))
		return fail("offset is no number", ret_why);
	if (rest.leap == LEAP_UNSYNCHRONISED)
		return fail("its clock is not synchronised", ret_why);
	if (rest.leap < LEAP_NONE || rest.leap > LEAP_UNSYNCHRONISED)
		return fail("leap is none of 0 to 3", ret_why);
	*ret = (struct sock_sample){
		.system = instant_from_s(wide[0], wide[1] * 1000),
		.offset = rest.offset,
		.pulse = rest.pulse != 0,
		.leap = (enum leap)rest.leap,
	};
	return 0;
}
