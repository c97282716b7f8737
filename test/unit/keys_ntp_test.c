/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Key files of ntpd.
 */
#include "config.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "common/log.h"
#include "common/text.h"
#include "config/settings_ntp.h"
#include "daemon/protocol/keys.h"
#include "daemon/protocol/keys_ntp.h"
#include "test/unit/files_fake.h"

static char messages[2048];

static void hear(void *arg, enum log_priority priority, const char *message)
{
	size_t n = strlen(messages);

	(void)arg;
	(void)priority;
	snprintf(messages + n, sizeof(messages) - n, "%s\n", message);
}

static const struct log log_here = {.write = hear, .lowest = LOG_PRIORITY_INFO};

/* Keys up to 100 are trusted. */
static struct settings_key_range range = {1, 100};
static const struct settings_ntp settings = {.style = true, .trusted = &range, .n_trusted = 1};

static void becomes(const char *line, const char *expected, const char *said)
{
	char buffer[2048];

	snprintf(buffer, sizeof(buffer), "%s", line);
	messages[0] = '\0';
	keys_ntp_line(buffer, sizeof(buffer), &settings, &log_here);
	assert_string_equal(buffer, expected);
	assert_string_equal(messages, said);
}

static void types(void **state)
{
	(void)state;
	becomes("1 MD5 abc", "1 MD5 HEX:616263", "");
	becomes(" 2\tm  abc # x", "2 MD5 HEX:616263", "");
	becomes("3 sha-1 abc", "3 SHA1 HEX:616263", "");
	becomes("4 SHA256 abc", "4 SHA256 HEX:616263", "");
	becomes("5 AES 0123456789abcdef", "5 AES128 HEX:30313233343536373839616263646566", "");
	becomes("6 aes-256 30313233343536373839616263646566"
		"30313233343536373839616263646566",
		"6 AES256 HEX:30313233343536373839616263646566"
		"30313233343536373839616263646566",
		"");
	becomes("7 SHA3-256 a", "7 SHA3-256 HEX:61", "");
	becomes("8 ROT13 a", "", "AUTH: authreadkeys: unknown auth type 8, ROT13\n");
}

/* Twenty characters are a text, more are hexadecimal. */
static void secrets(void **state)
{
	(void)state;
	becomes("1 MD5 01234567890123456789", "1 MD5 HEX:3031323334353637383930313233343536373839",
		"");
	becomes("1 MD5 0123456789012345678901", "1 MD5 HEX:0123456789012345678901", "");
	becomes("1 MD5 012345678901234567890", "",
		"AUTH: authreadkeys: invalid hex digit for key 1\n");
	becomes("1 MD5 012345678901234567890g", "",
		"AUTH: authreadkeys: invalid hex digit for key 1\n");
	becomes("1 MD5 0123456789ABCDEFabcdef", "1 MD5 HEX:0123456789abcdefabcdef", "");
	becomes("1 MD5 "
		"012345678901234567890123456789012345678901234567890123456789012345",
		"", "AUTH: authreadkeys: invalid hex digit for key 1\n");
	becomes("9 AES 0123456789", "9 AES128 HEX:30313233343536373839000000000000",
		"AUTH: CMAC key 9 will be padded 10=>16\n");
	becomes("9 AES 0123456789abcdefgh", "9 AES128 HEX:30313233343536373839616263646566",
		"AUTH: CMAC key 9 will be truncated 18=>16\n");
}

static void bad_lines(void **state)
{
	(void)state;
	becomes("0 MD5 a", "", "AUTH: authreadkeys: cannot change key 0\n");
	becomes("65536 MD5 a", "", "AUTH: authreadkeys: key 65536 > 65535 reserved\n");
	becomes("-5 MD5 a", "", "AUTH: authreadkeys: key -5 > 65535 reserved\n");
	becomes("foo bar baz", "", "AUTH: authreadkeys: cannot change key foo\n");
	becomes("1 MD5", "", "AUTH: authreadkeys: no key for key 1\n");
	becomes("1", "", "AUTH: authreadkeys: no key type for key 1\n");
	becomes("101 MD5 a", "", "");
	becomes("1 MD5 a 10.0.0.1", "1 MD5 HEX:61", "AUTH: addresses of key 1 are not looked at\n");
}

/* The whole file, by the reader of keys. */
static void whole_file(void **state)
{
	struct files_fake f;
	struct keys *keys;
	enum crypto_mac type;
	int bits;

	(void)state;
	files_fake_start(&f);
	files_fake_add(&f, "/keys", "# ntp.keys\n\n1 M abc\n101 M abc\n10 MD5 def\n");
	messages[0] = '\0';
	assert_int_equal(
		keys_load_as(&f.kernel, crypto_backends[0], "/keys", &settings, &log_here, &keys),
		0);
	assert_true(keys_find(keys, 1, &type, &bits));
	assert_int_equal(type, CRYPTO_MD5);
	assert_int_equal(bits, 24);
	assert_true(keys_find(keys, 10, &type, &bits));
	assert_false(keys_find(keys, 101, &type, &bits));
	assert_string_equal(messages, "AUTH: authreadkeys: reading /keys\n"
				      "AUTH: authreadkeys: added 2 keys\nFound 2 trusted keys.\n");
	files_fake_start(&f);
	files_fake_add(&f, "/keys", "2 M abc\n");
	assert_int_equal(keys_reload(keys, &f.kernel, "/keys", &log_here), 0);
	assert_true(keys_find(keys, 2, &type, &bits));
	keys_destroy(keys);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(types),
		cmocka_unit_test(secrets),
		cmocka_unit_test(bad_lines),
		cmocka_unit_test(whole_file),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
