/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the sessions of TLS may agree on, by number and by name.
 */
#ifndef COMMON_TLS_CHOICE_H
#define COMMON_TLS_CHOICE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/text.h"

/** What lists of names for TLS are about. */
enum tls_kind {
	TLS_SUITES, /**< of TLS 1.3, by the standard's names ("TLS_AES_128_GCM_SHA256") */
	TLS_GROUPS, /**< of key exchange, by names such as "X25519" and "P-256" */
};

/** The most numbers of a list. */
#define TLS_NUMBERS 12

/** Suites or groups by their IANA numbers, the best first; none: as the library likes them. */
struct tls_numbers {
	uint16_t at[TLS_NUMBERS];
	size_t n;
};

/** What sessions agree on. All zero: what is cheap comes first, in the server's order. */
struct tls_choice {
	struct tls_numbers suites; /**< of TLS 1.3 alone, where the library can tell them apart */
	struct tls_numbers groups;
	bool client_order; /**< of a server: what the client likes best is taken */
};

/**
 * Reads names with colons between, in either case. Those that are not known are left out and added
 * to unknown likewise. Returns 0, or -ENOENT when none is known; *ret is then as it was.
 */
int tls_numbers_read(
	enum tls_kind kind, const char *list, struct tls_numbers *ret, struct text *unknown);

/** Adds the names of a list as that reads them. */
void tls_numbers_write(enum tls_kind kind, const struct tls_numbers *l, struct text *ret);

#endif
