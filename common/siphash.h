/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * SipHash-2-4 (Aumasson and Bernstein, 2012): a hash whose collisions nobody can choose without its
 * key. Pure.
 */
#ifndef COMMON_SIPHASH_H
#define COMMON_SIPHASH_H

#include <stddef.h>
#include <stdint.h>

#define SIPHASH_KEY 16

/** The hash of n bytes under a key. */
uint64_t siphash(const uint8_t key[SIPHASH_KEY], const void *p, size_t n);

#endif
