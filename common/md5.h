/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * MD5 (RFC 1321). Daemon and client both need it for the reference IDs of IPv6 addresses (RFC 5905
 * 7.3), also where the crypto library refuses it or where there is none. Never for security.
 */
#ifndef COMMON_MD5_H
#define COMMON_MD5_H

#include <stddef.h>
#include <stdint.h>

void md5(const uint8_t *p, size_t n, uint8_t ret[16]);

#endif
