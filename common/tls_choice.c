/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Names of cipher suites and groups, as lists of OpenSSL have them: "X25519:P-256".
 */
#include "config.h"

#include <errno.h>
#include <string.h>

#include "common/text.h"
#include "common/tls_choice.h"

struct named {
	uint16_t number; /* IANA's */
	const char *name;
};

/* RFC 8446 B.4. */
static const struct named suites[] = {
	{0x1301, "TLS_AES_128_GCM_SHA256"},
	{0x1302, "TLS_AES_256_GCM_SHA384"},
	{0x1303, "TLS_CHACHA20_POLY1305_SHA256"},
	{0x1304, "TLS_AES_128_CCM_SHA256"},
	{0x1305, "TLS_AES_128_CCM_8_SHA256"},
	{0, NULL},
};

/* RFC 8446 4.2.7; the first name of each is the one to write. */
static const struct named groups[] = {
	{0x0017, "P-256"},
	{0x0017, "prime256v1"},
	{0x0017, "secp256r1"},
	{0x0018, "P-384"},
	{0x0018, "secp384r1"},
	{0x0019, "P-521"},
	{0x0019, "secp521r1"},
	{0x001d, "X25519"},
	{0x001e, "X448"},
	{0x0100, "ffdhe2048"},
	{0x0101, "ffdhe3072"},
	{0x0102, "ffdhe4096"},
	{0x0103, "ffdhe6144"},
	{0x0104, "ffdhe8192"},
	{0, NULL},
};

static const struct named *names_of(enum tls_kind kind)
{
	return kind == TLS_SUITES ? suites : groups;
}

/* 0: there is no such name. */
static uint16_t number_of(enum tls_kind kind, const char *name, size_t n)
{
	const struct named *at = names_of(kind);
	char word[32];
	struct text t = text_on(word, sizeof(word));

	text_add(&t, "%.*s", (int)n, name);
	while (at->name && (t.cut || !text_same_word(at->name, word)))
		at++;
	return at->number;
}

static const char *name_of(enum tls_kind kind, uint16_t number)
{
	const struct named *at = names_of(kind);

	while (at->name && at->number != number)
		at++;
	return at->name ? at->name : "unknown";
}

static bool has(const struct tls_numbers *l, uint16_t number)
{
	for (size_t i = 0; i < l->n; i++)
		if (l->at[i] == number)
			return true;
	return false;
}

int tls_numbers_read(
	enum tls_kind kind, const char *list, struct tls_numbers *ret, struct text *unknown)
{
	struct tls_numbers l = {.n = 0};

	for (const char *p = list, *end; *p; p = *end ? end + 1 : end) {
		size_t n = strcspn(p, ":");
		uint16_t number = number_of(kind, p, n);

		end = p + n;
		if (number == 0)
			text_add(unknown, "%s%.*s", unknown->n > 0 ? ":" : "", (int)n, p);
		else if (!has(&l, number) && l.n < TLS_NUMBERS)
			l.at[l.n++] = number;
	}
	if (l.n == 0)
		return -ENOENT;
	*ret = l;
	return 0;
}

void tls_numbers_write(enum tls_kind kind, const struct tls_numbers *l, struct text *ret)
{
	for (size_t i = 0; i < l->n; i++)
		text_add(ret, "%s%s", i > 0 ? ":" : "", name_of(kind, l->at[i]));
}
