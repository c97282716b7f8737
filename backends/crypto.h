/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The one header of the crypto backends that the rest may see. Exactly one backend is linked into a
 * build's programs; tests link all of them.
 */
#ifndef BACKENDS_CRYPTO_H
#define BACKENDS_CRYPTO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/bytes.h"

/** Digests and ciphers for message authentication. Values are those of the control protocol. */
enum crypto_mac {
	CRYPTO_MD5 = 1,
	CRYPTO_SHA1 = 2,
	CRYPTO_SHA256 = 3,
	CRYPTO_SHA384 = 4,
	CRYPTO_SHA512 = 5,
	CRYPTO_SHA3_224 = 6,
	CRYPTO_SHA3_256 = 7,
	CRYPTO_SHA3_384 = 8,
	CRYPTO_SHA3_512 = 9,
	CRYPTO_AES128_CMAC = 13,
	CRYPTO_AES256_CMAC = 14,
};

/** The longest digest of any of them, bytes. */
#define CRYPTO_MAC_MAX 64

/** A crypto library. */
struct crypto_backend {
	const char *name;
	/** Name and version of the library in force, for --version. */
	const char *(*version)(void);
	/** Whether this digest or cipher works here (asked, not assumed). */
	bool (*has_mac)(enum crypto_mac mac);
	/**
	 * NTP's message authentication: hash(key || data) for digests, CMAC for ciphers (RFC 5905,
	 * RFC 8573). Returns the length written, -ENOTSUP, or -EINVAL for a key of a wrong length.
	 */
	int (*mac)(
		enum crypto_mac mac, struct span key, struct span data, uint8_t *ret, size_t room);
};

/** All backends that were built, NULL-terminated; the first is the one in use (modules.c). */
extern const struct crypto_backend *const crypto_backends[];

/** Runs the RFC vectors. Returns 0, or -EBADMSG with the failing vector's name in *ret_which. */
int crypto_self_test(const struct crypto_backend *b, const char **ret_which);

/** Name of a mac in key files ("SHA256", "AES128"), or NULL. */
const char *crypto_mac_name(enum crypto_mac mac);

/** The mac of a key file's type word (case-sensitive). Returns 0 or -ENOENT. */
int crypto_mac_from_name(const char *name, enum crypto_mac *ret);

/** Length of a mac's output in bytes. */
size_t crypto_mac_length(enum crypto_mac mac);

#endif
