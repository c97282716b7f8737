/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What ntpd calls a reference clock: "SHM(0)", and its address 127.127.28.0.
 */
#ifndef DAEMON_SOURCE_CLOCK_NAME_H
#define DAEMON_SOURCE_CLOCK_NAME_H

#include <stddef.h>

#include "common/address.h"

struct settings_refclock;
struct source;
struct sources;

/** Room for a name with its NUL. */
#define SOURCE_CLOCK_NAME 64

/** The name and the address of a reference clock. The type in the address is 0 for a driver that
 * ntpd has not. Returns 0, or -EINVAL for another source. */
int source_clock_name(struct sources *r, const struct source *s, char *ret, size_t n,
	struct address *ret_address);

/** The name of its driver there. */
const char *source_clock_driver(const struct settings_refclock *settings);

/** What its driver is, in words. */
const char *source_clock_device(const struct settings_refclock *settings);

#endif
