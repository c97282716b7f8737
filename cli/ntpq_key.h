/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A key that requests of mode 6 are signed with, and the file that holds it (ntp.keys(5)). MD5 and
 * SHA-1 only: the client has no crypto library.
 */
#ifndef CLI_NTPQ_KEY_H
#define CLI_NTPQ_KEY_H

#include <stddef.h>
#include <stdint.h>

/** The longest secret, and the longest digest with the number before it. */
#define NTPQ_SECRET_MAX 64
#define NTPQ_MAC_MAX    24

enum ntpq_digest {
	NTPQ_MD5,
	NTPQ_SHA1,
};

struct ntpq_key {
	uint32_t id; /**< 0: none */
	enum ntpq_digest digest;
	uint8_t secret[NTPQ_SECRET_MAX];
	size_t n; /**< length of the secret; 0: not known yet */
};

/** "MD5", "SHA1". */
const char *ntpq_digest_name(enum ntpq_digest digest);
/** The digest of a name, in any case, with or without hyphen. Returns 0 or -EINVAL. */
int ntpq_digest_parse(const char *name, enum ntpq_digest *ret);

/** Takes a secret as it is written: hexadecimal when it is longer than 20 characters. Returns 0 or
 * -EINVAL. */
int ntpq_key_secret(struct ntpq_key *key, const char *text);

/** Finds key->id in a key file. Returns 0, -errno of the file, -ENOKEY where it has no such key, or
 * -ENOTSUP where the key is of another kind. */
int ntpq_key_read(const char *path, struct ntpq_key *key);

/** Number and digest over n bytes. Returns the length. */
size_t ntpq_key_sign(
	const struct ntpq_key *key, const uint8_t *p, size_t n, uint8_t ret[NTPQ_MAC_MAX]);

#endif
