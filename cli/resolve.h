/* SPDX-License-Identifier: BSD-2-Clause */
/* Names and addresses, asked from the system's resolver or from a test. */
#ifndef CLI_RESOLVE_H
#define CLI_RESOLVE_H

#include <stddef.h>

#include "common/address.h"

/** Who knows names. */
struct resolver {
	/**
	 * The addresses of a name, at most max; family ADDRESS_NONE: both. An address as text is
	 * its own name. Returns how many, 0 when there is none.
	 */
	size_t (*forward)(void *arg, const char *name, enum address_family family,
		struct address *ret, size_t max);
	/** The name of an address. Returns 0 or -ENOENT. */
	int (*reverse)(void *arg, const struct address *a, char *ret, size_t n);
	void *arg;
};

/** The resolver of the system (transport_resolve.c). */
extern const struct resolver resolver_system;

#endif
