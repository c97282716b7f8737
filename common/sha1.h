/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * SHA-1 (RFC 3174), for what is neither secret nor to be kept from being forged: lists of leap
 * seconds carry one against damage. Pure.
 */
#ifndef COMMON_SHA1_H
#define COMMON_SHA1_H

#include <stddef.h>
#include <stdint.h>

#define SHA1_LENGTH 20

/** The hash of n bytes. */
void sha1(const uint8_t *data, size_t n, uint8_t ret[SHA1_LENGTH]);

#endif
