/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Cipher suites and curves that are chosen, between every pair of libraries.
 */
#include "config.h"

#include <errno.h>
#include <string.h>

#include "common/text.h"
#include "test/unit/tls_ends.h"

/* A choice of both lists; "": none of it. */
static struct tls_choice choose(const char *suites, const char *groups)
{
	struct tls_choice c = {.client_order = false};
	char buffer[64];
	struct text unknown = text_on(buffer, sizeof(buffer));

	assert_int_equal(
		tls_numbers_read(TLS_SUITES, suites, &c.suites, &unknown), suites[0] ? 0 : -ENOENT);
	assert_int_equal(
		tls_numbers_read(TLS_GROUPS, groups, &c.groups, &unknown), groups[0] ? 0 : -ENOENT);
	assert_string_equal(buffer, "");
	return c;
}

/* The suites and curves of a side, the order of which counts, and what comes of it. */
static const struct {
	const char *client, *client_groups, *server, *server_groups;
	bool client_order;
	const char *agreed; /* NULL: nothing */
	const char *why;
} choices[] = {
	{"", "", "", "", false, "TLS_AES_128_GCM_SHA256", NULL},
	{"TLS_AES_256_GCM_SHA384", "", "", "", false, "TLS_AES_256_GCM_SHA384", NULL},
	{"", "", "TLS_CHACHA20_POLY1305_SHA256", "", false, "TLS_CHACHA20_POLY1305_SHA256", NULL},
	{"TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256:TLS_AES_128_GCM_SHA256", "", "", "",
		false, "TLS_AES_128_GCM_SHA256", NULL},
	{"TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256:TLS_AES_128_GCM_SHA256", "", "", "",
		true, "TLS_AES_256_GCM_SHA384", NULL},
	{"", "", "TLS_CHACHA20_POLY1305_SHA256:TLS_AES_256_GCM_SHA384", "", false,
		"TLS_CHACHA20_POLY1305_SHA256", NULL},
	{"TLS_AES_128_CCM_SHA256", "", "TLS_AES_256_GCM_SHA384:TLS_AES_128_CCM_SHA256", "", false,
		"TLS_AES_128_CCM_SHA256", NULL},
	{"", "P-384", "", "", false, "TLS_AES_128_GCM_SHA256", NULL},
	{"", "X25519:P-256", "", "P-256", false, "TLS_AES_128_GCM_SHA256", NULL},
	{"TLS_AES_256_GCM_SHA384", "", "TLS_AES_128_GCM_SHA256", "", false, NULL,
		"the client has no cipher suite in common with us"},
	{"", "X25519", "", "P-256", false, NULL, "the client has no curve in common with us"},
};

/* What is chosen is what is used, and with nothing in common there is no session. */
static void chosen(void **state)
{
	(void)state;
	FOR_ALL_PAIRS(cb, sb)
	{
		for (size_t i = 0; i < sizeof(choices) / sizeof(choices[0]); i++) {
			struct setting x = {.client_choice = choose(
						    choices[i].client, choices[i].client_groups),
				.server_choice =
					choose(choices[i].server, choices[i].server_groups)};
			struct tls_info info;
			struct ends e;

			x.server_choice.client_order = choices[i].client_order;
			ends_begin(&e, cb, sb, &x);
			if (choices[i].agreed) {
				assert_int_equal(e.client, 0);
				assert_int_equal(e.server, 0);
				cb->tls_info(e.c, &info);
				assert_string_equal(info.cipher, choices[i].agreed);
			} else {
				assert_int_equal(e.client, -EPROTO);
				assert_int_equal(e.server, -EPROTO);
				assert_string_equal(sb->tls_why(e.s), choices[i].why);
				assert_string_equal(cb->tls_why(e.c),
					"the server refused: handshake failure (alert 40)");
			}
			ends_end(&e);
		}
	}
}

/* Names that are not known are named and left out. */
static void names(void **state)
{
	char buffer[64];
	struct text unknown = text_on(buffer, sizeof(buffer));
	struct tls_numbers l = {.n = 7};
	struct text again;

	(void)state;
	assert_int_equal(tls_numbers_read(TLS_GROUPS, "", &l, &unknown), -ENOENT);
	assert_int_equal(tls_numbers_read(TLS_GROUPS, ":x:", &l, &unknown), -ENOENT);
	assert_int_equal(l.n, 7);
	unknown = text_on(buffer, sizeof(buffer));
	assert_int_equal(
		tls_numbers_read(TLS_GROUPS,
			"x25519:Y:prime256v1:a-name-longer-than-any-other-is:P-256", &l, &unknown),
		0);
	assert_string_equal(buffer, "Y:a-name-longer-than-any-other-is");
	again = text_on(buffer, sizeof(buffer));
	tls_numbers_write(TLS_GROUPS, &l, &again);
	assert_string_equal(buffer, "X25519:P-256");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(chosen),
		cmocka_unit_test(names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
