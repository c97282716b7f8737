/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The backend of a build without a crypto library: MD5 keys only.
 */
#include "config.h"

#include <errno.h>
#include <string.h>

#include "backends/crypto.h"
#include "common/md5.h"

/* Key and data together: a line of the key file and a packet of the largest size taken. */
#define INPUT_MAX 4096

static const char *version(void)
{
	return "none";
}

static bool has_mac(enum crypto_mac mac)
{
	return mac == CRYPTO_MD5;
}

static int mac(enum crypto_mac which, struct span key, struct span data, uint8_t *ret, size_t room)
{
	uint8_t input[INPUT_MAX];

	if (!has_mac(which))
		return -ENOTSUP;
	if (room < 16)
		return -ENOSPC;
	if (key.n > sizeof(input) || data.n > sizeof(input) - key.n)
		return -EMSGSIZE;
	if (key.n > 0)
		memcpy(input, key.p, key.n);
	if (data.n > 0)
		memcpy(input + key.n, data.p, data.n);
	md5(input, key.n + data.n, ret);
	return 16;
}

static int aead_create(uint16_t number, struct aead **ret)
{
	(void)number, (void)ret;
	return -ENOTSUP;
}

const struct crypto_backend crypto_none = {
	.name = "none",
	.version = version,
	.has_mac = has_mac,
	.mac = mac,
	.aead_create = aead_create,
};
