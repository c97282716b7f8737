/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a session may use, in GnuTLS's words.
 */
#include "config.h"

#include <errno.h>
#include <stddef.h>

#include "backends/gnutls/tls.h"
#include "common/text.h"

/* What is cheap comes first: the shorter cipher, the shorter hash, the faster curve. */
#define CIPHERS ":+AES-128-GCM:+CHACHA20-POLY1305:+AES-256-GCM"
#define GROUPS  ":+GROUP-X25519:+GROUP-SECP256R1:+GROUP-SECP384R1:+GROUP-SECP521R1"

/* By IANA's numbers. A suite of TLS 1.3 is a cipher to the library: its hash follows from that. */
static const struct {
	uint16_t number;
	const char *words;
} known[] = {
	{0x1301, ":+AES-128-GCM"},
	{0x1302, ":+AES-256-GCM"},
	{0x1303, ":+CHACHA20-POLY1305"},
	{0x1304, ":+AES-128-CCM"},
	{0x1305, ":+AES-128-CCM-8"},
	{0x0017, ":+GROUP-SECP256R1"},
	{0x0018, ":+GROUP-SECP384R1"},
	{0x0019, ":+GROUP-SECP521R1"},
	{0x001d, ":+GROUP-X25519"},
	{0x001e, ":+GROUP-X448"},
	{0x0100, ":+GROUP-FFDHE2048"},
	{0x0101, ":+GROUP-FFDHE3072"},
	{0x0102, ":+GROUP-FFDHE4096"},
	{0x0103, ":+GROUP-FFDHE6144"},
	{0x0104, ":+GROUP-FFDHE8192"},
};

static void add_all(struct text *t, const struct tls_numbers *l, const char *otherwise)
{
	if (l->n == 0)
		text_add(t, "%s", otherwise);
	for (size_t i = 0; i < l->n; i++)
		for (size_t j = 0; j < sizeof(known) / sizeof(known[0]); j++)
			if (known[j].number == l->at[i])
				text_add(t, "%s", known[j].words);
}

void gnutls_backend_priority(const struct tls_choice *choice, size_t way, char *ret)
{
	static const struct tls_numbers none;
	static const char *const versions[TLS_WAYS] = {[TLS_WAY_13] = ":+VERS-TLS1.3",
		[TLS_WAY_BOTH] = ":+VERS-TLS1.3:+VERS-TLS1.2",
		[TLS_WAY_12] = ":+VERS-TLS1.2"};
	struct text t = text_on(ret, TLS_PRIORITY);

	text_add(&t, "-GROUP-ALL");
	add_all(&t, &choice->groups, GROUPS);
	text_add(&t, ":-CIPHER-ALL");
	add_all(&t, way == TLS_WAY_12 ? &none : &choice->suites, CIPHERS);
	text_add(&t, ":-RSA:-DHE-RSA%s:-VERS-ALL%s",
		choice->client_order ? "" : ":%SERVER_PRECEDENCE", versions[way]);
}

int gnutls_backend_has_choice(const struct tls_choice *choice)
{
	char words[TLS_PRIORITY];
	gnutls_priority_t p;

	if (!choice)
		return 0;
	gnutls_backend_priority(choice, TLS_WAY_13, words);
	if (gnutls_priority_init2(&p, words, NULL, GNUTLS_PRIORITY_INIT_DEF_APPEND) < 0)
		return -ENOTSUP;
	gnutls_priority_deinit(p);
	return 0;
}
