/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What all backends share: names and lengths of the message authentication codes, and the vectors
 * every backend must reproduce before it is used.
 */
#include "config.h"

#include <errno.h>
#include <string.h>

#include "backends/shared.h"
#include "common/text.h"

/* What is known of each code. */
struct mac_row {
	enum crypto_mac mac;
	const char *name;
	size_t length;
};

static const struct mac_row macs[] = {
	{CRYPTO_MD5, "MD5", 16},
	{CRYPTO_SHA1, "SHA1", 20},
	{CRYPTO_SHA256, "SHA256", 32},
	{CRYPTO_SHA384, "SHA384", 48},
	{CRYPTO_SHA512, "SHA512", 64},
	{CRYPTO_SHA3_224, "SHA3-224", 28},
	{CRYPTO_SHA3_256, "SHA3-256", 32},
	{CRYPTO_SHA3_384, "SHA3-384", 48},
	{CRYPTO_SHA3_512, "SHA3-512", 64},
	{CRYPTO_AES128_CMAC, "AES128", 16},
	{CRYPTO_AES256_CMAC, "AES256", 16},
};

#define N_MACS (sizeof(macs) / sizeof(macs[0]))

/* The message and keys of RFC 4493 4 and NIST SP 800-38B D.3. */
#define CMAC_MESSAGE                                                                               \
	"\x6b\xc1\xbe\xe2\x2e\x40\x9f\x96\xe9\x3d\x7e\x11\x73\x93\x17\x2a"                         \
	"\xae\x2d\x8a\x57\x1e\x03\xac\x9c\x9e\xb7\x6f\xac\x45\xaf\x8e\x51"                         \
	"\x30\xc8\x1c\x46\xa3\x5c\xe4\x11\xe5\xfb\xc1\x19\x1a\x0a\x52\xef"                         \
	"\xf6\x9f\x24\x45\xdf\x4f\x9b\x17\xad\x2b\x41\x7b\xe6\x6c\x37\x10"
#define CMAC_KEY_128 "\x2b\x7e\x15\x16\x28\xae\xd2\xa6\xab\xf7\x15\x88\x09\xcf\x4f\x3c"
#define CMAC_KEY_256                                                                               \
	"\x60\x3d\xeb\x10\x15\xca\x71\xbe\x2b\x73\xae\xf0\x85\x7d\x77\x81"                         \
	"\x1f\x35\x2c\x07\x3b\x61\x08\xd7\x2d\x98\x10\xa3\x09\x14\xdf\xf4"

/* A vector. The message of a digest is "abc" with its first letter as the key. */
struct vector {
	enum crypto_mac mac;
	const char *name; /* where it is from */
	const char *key;
	uint8_t key_n, message_n;
	const char *message, *result;
};

static const struct vector vectors[] = {
	{CRYPTO_MD5, "MD5 (RFC 1321 A.5)", "a", 1, 2, "bc",
		"\x90\x01\x50\x98\x3c\xd2\x4f\xb0\xd6\x96\x3f\x7d\x28\xe1\x7f\x72"},
	{CRYPTO_SHA1, "SHA1 (RFC 3174 7.3)", "a", 1, 2, "bc",
		"\xa9\x99\x3e\x36\x47\x06\x81\x6a\xba\x3e\x25\x71\x78\x50\xc2\x6c\x9c\xd0\xd8\x9d"},
	{CRYPTO_SHA256, "SHA256 (RFC 6234 8.5)", "a", 1, 2, "bc",
		"\xba\x78\x16\xbf\x8f\x01\xcf\xea\x41\x41\x40\xde\x5d\xae\x22\x23"
		"\xb0\x03\x61\xa3\x96\x17\x7a\x9c\xb4\x10\xff\x61\xf2\x00\x15\xad"},
	{CRYPTO_SHA384, "SHA384 (RFC 6234 8.5)", "a", 1, 2, "bc",
		"\xcb\x00\x75\x3f\x45\xa3\x5e\x8b\xb5\xa0\x3d\x69\x9a\xc6\x50\x07"
		"\x27\x2c\x32\xab\x0e\xde\xd1\x63\x1a\x8b\x60\x5a\x43\xff\x5b\xed"
		"\x80\x86\x07\x2b\xa1\xe7\xcc\x23\x58\xba\xec\xa1\x34\xc8\x25\xa7"},
	{CRYPTO_SHA512, "SHA512 (RFC 6234 8.5)", "a", 1, 2, "bc",
		"\xdd\xaf\x35\xa1\x93\x61\x7a\xba\xcc\x41\x73\x49\xae\x20\x41\x31"
		"\x12\xe6\xfa\x4e\x89\xa9\x7e\xa2\x0a\x9e\xee\xe6\x4b\x55\xd3\x9a"
		"\x21\x92\x99\x2a\x27\x4f\xc1\xa8\x36\xba\x3c\x23\xa3\xfe\xeb\xbd"
		"\x45\x4d\x44\x23\x64\x3c\xe8\x0e\x2a\x9a\xc9\x4f\xa5\x4c\xa4\x9f"},
	{CRYPTO_SHA3_224, "SHA3-224 (FIPS 202)", "a", 1, 2, "bc",
		"\xe6\x42\x82\x4c\x3f\x8c\xf2\x4a\xd0\x92\x34\xee\x7d\x3c"
		"\x76\x6f\xc9\xa3\xa5\x16\x8d\x0c\x94\xad\x73\xb4\x6f\xdf"},
	{CRYPTO_SHA3_256, "SHA3-256 (FIPS 202)", "a", 1, 2, "bc",
		"\x3a\x98\x5d\xa7\x4f\xe2\x25\xb2\x04\x5c\x17\x2d\x6b\xd3\x90\xbd"
		"\x85\x5f\x08\x6e\x3e\x9d\x52\x5b\x46\xbf\xe2\x45\x11\x43\x15\x32"},
	{CRYPTO_SHA3_384, "SHA3-384 (FIPS 202)", "a", 1, 2, "bc",
		"\xec\x01\x49\x82\x88\x51\x6f\xc9\x26\x45\x9f\x58\xe2\xc6\xad\x8d"
		"\xf9\xb4\x73\xcb\x0f\xc0\x8c\x25\x96\xda\x7c\xf0\xe4\x9b\xe4\xb2"
		"\x98\xd8\x8c\xea\x92\x7a\xc7\xf5\x39\xf1\xed\xf2\x28\x37\x6d\x25"},
	{CRYPTO_SHA3_512, "SHA3-512 (FIPS 202)", "a", 1, 2, "bc",
		"\xb7\x51\x85\x0b\x1a\x57\x16\x8a\x56\x93\xcd\x92\x4b\x6b\x09\x6e"
		"\x08\xf6\x21\x82\x74\x44\xf7\x0d\x88\x4f\x5d\x02\x40\xd2\x71\x2e"
		"\x10\xe1\x16\xe9\x19\x2a\xf3\xc9\x1a\x7e\xc5\x76\x47\xe3\x93\x40"
		"\x57\x34\x0b\x4c\xf4\x08\xd5\xa5\x65\x92\xf8\x27\x4e\xec\x53\xf0"},
	{CRYPTO_AES128_CMAC, "AES128 (RFC 4493, example 1)", CMAC_KEY_128, 16, 0, CMAC_MESSAGE,
		"\xbb\x1d\x69\x29\xe9\x59\x37\x28\x7f\xa3\x7d\x12\x9b\x75\x67\x46"},
	{CRYPTO_AES128_CMAC, "AES128 (RFC 4493, example 2)", CMAC_KEY_128, 16, 16, CMAC_MESSAGE,
		"\x07\x0a\x16\xb4\x6b\x4d\x41\x44\xf7\x9b\xdd\x9d\xd0\x4a\x28\x7c"},
	{CRYPTO_AES128_CMAC, "AES128 (RFC 4493, example 3)", CMAC_KEY_128, 16, 40, CMAC_MESSAGE,
		"\xdf\xa6\x67\x47\xde\x9a\xe6\x30\x30\xca\x32\x61\x14\x97\xc8\x27"},
	{CRYPTO_AES128_CMAC, "AES128 (RFC 4493, example 4)", CMAC_KEY_128, 16, 64, CMAC_MESSAGE,
		"\x51\xf0\xbe\xbf\x7e\x3b\x9d\x92\xfc\x49\x74\x17\x79\x36\x3c\xfe"},
	{CRYPTO_AES256_CMAC, "AES256 (SP 800-38B, empty)", CMAC_KEY_256, 32, 0, CMAC_MESSAGE,
		"\x02\x89\x62\xf6\x1b\x7b\xf8\x9e\xfc\x6b\x55\x1f\x46\x67\xd9\x83"},
	{CRYPTO_AES256_CMAC, "AES256 (SP 800-38B, 16 bytes)", CMAC_KEY_256, 32, 16, CMAC_MESSAGE,
		"\x28\xa7\x02\x3f\x45\x2e\x8f\x82\xbd\x4b\xf2\x8d\x8c\x37\xc3\x5c"},
	{CRYPTO_AES256_CMAC, "AES256 (SP 800-38B, 40 bytes)", CMAC_KEY_256, 32, 40, CMAC_MESSAGE,
		"\xaa\xf3\xd8\xf1\xde\x56\x40\xc2\x32\xf5\xb1\x69\xb9\xc9\x11\xe6"},
	{CRYPTO_AES256_CMAC, "AES256 (SP 800-38B, 64 bytes)", CMAC_KEY_256, 32, 64, CMAC_MESSAGE,
		"\xe1\x99\x21\x90\x54\x9f\x6e\xd5\x69\x6a\x2c\x05\x6c\x31\x54\x10"},
};

static const struct mac_row *find(enum crypto_mac mac)
{
	for (size_t i = 0; i < N_MACS; i++) {
		if (macs[i].mac == mac)
			return &macs[i];
	}
	return NULL;
}

const char *crypto_mac_name(enum crypto_mac mac)
{
	const struct mac_row *row = find(mac);

	return row ? row->name : NULL;
}

int crypto_mac_from_name(const char *name, enum crypto_mac *ret)
{
	for (size_t i = 0; i < N_MACS; i++) {
		if (strcmp(macs[i].name, name) == 0) {
			*ret = macs[i].mac;
			return 0;
		}
	}
	return -ENOENT;
}

size_t crypto_mac_length(enum crypto_mac mac)
{
	const struct mac_row *row = find(mac);

	return row ? row->length : 0;
}

bool crypto_has_tls(const struct crypto_backend *b)
{
	return b->tls_client != NULL;
}

static bool vector_holds(const struct crypto_backend *b, const struct vector *v)
{
	struct span key = {(const uint8_t *)v->key, v->key_n};
	struct span message = {(const uint8_t *)v->message, v->message_n};
	size_t n = crypto_mac_length(v->mac);
	uint8_t result[CRYPTO_MAC_MAX];

	return b->mac(v->mac, key, message, result, sizeof(result)) == (int)n &&
	       memcmp(result, v->result, n) == 0;
}

int crypto_self_test(const struct crypto_backend *b, const char **ret_which)
{
	for (size_t i = 0; i < sizeof(vectors) / sizeof(vectors[0]); i++) {
		/* A library may refuse a code by policy; one it offers has to be right. */
		if (b->has_mac(vectors[i].mac) && !vector_holds(b, &vectors[i])) {
			*ret_which = vectors[i].name;
			return -EBADMSG;
		}
	}
	return crypto_aead_self_test(b, ret_which);
}

int crypto_check(const struct crypto_backend *b, char *ret_why)
{
	struct text t = text_on(ret_why, CRYPTO_WHY);
	const char *which = NULL;
	int r;

	if (b->check)
		return b->check(ret_why);
	r = crypto_self_test(b, &which);
	if (r < 0)
		text_add(&t, "failed its self-test: %s", which);
	return r;
}
