/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The key file with every message it can give, and MACs against packets seen on the wire.
 */
#include "config.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "common/log.h"
#include "common/text.h"
#include "daemon/kernel/kernel.h"
#include "daemon/protocol/keys.h"

/* A kernel that knows one file, and a log that collects. */
struct world {
	struct kernel kernel;
	const char *content; /* NULL: no such file */
	size_t n;
	unsigned mode; /* besides 0600 */
	struct log log;
	struct text messages;
	char buffer[4096];
};

static int file_load(struct kernel *k, const char *path, uint8_t *p, size_t room, size_t *ret_n)
{
	struct world *w = (struct world *)k;

	assert_string_equal(path, "/keys");
	if (!w->content)
		return -ENOENT;
	if (w->n > room)
		return -EFBIG;
	memcpy(p, w->content, w->n);
	*ret_n = w->n;
	return 0;
}

static void collect(void *arg, enum log_priority priority, const char *message)
{
	struct world *w = arg;

	text_add(&w->messages, "%c %s\n", priority == LOG_PRIORITY_WARNING ? 'W' : 'I', message);
}

static int file_mode(struct kernel *k, const char *path, unsigned *ret)
{
	assert_string_equal(path, "/keys");
	*ret = ((struct world *)k)->mode | 0600;
	return 0;
}

static const struct kernel_ops ops = {.file_load = file_load, .file_mode = file_mode};

static struct keys *load_n(struct world *w, const char *content, size_t n, int result)
{
	struct keys *keys = NULL;

	w->kernel.ops = &ops;
	w->content = content;
	w->n = n;
	w->log = (struct log){.write = collect, .arg = w, .lowest = LOG_PRIORITY_INFO};
	w->messages = text_on(w->buffer, sizeof(w->buffer));
	assert_int_equal(
		keys_load(&w->kernel, crypto_backends[0], "/keys", &w->log, &keys), result);
	assert_non_null(keys);
	return keys;
}

static struct keys *load(struct world *w, const char *content)
{
	return load_n(w, content, strlen(content), 0);
}

/* A build without a crypto library knows only MD5 keys: nothing to see here then. */
/** Another file takes the place of the first, unless it cannot be read. */
static void reloaded(void **state)
{
	struct world w = {.mode = 0};
	struct keys *keys = load(&w, "1 MD5 ASCII:secret1\n");
	enum crypto_mac type;
	int bits;

	(void)state;
	w.content = "2 MD5 ASCII:secret22\n";
	w.n = strlen(w.content);
	assert_int_equal(keys_reload(keys, &w.kernel, "/keys", &w.log), 0);
	assert_false(keys_find(keys, 1, &type, &bits));
	assert_true(keys_find(keys, 2, &type, &bits));
	assert_int_equal(bits, 64);
	w.content = NULL;
	assert_int_equal(keys_reload(keys, &w.kernel, "/keys", &w.log), -ENOENT);
	assert_true(keys_find(keys, 2, &type, &bits));
	keys_destroy(keys);
}

/* A file that others may read or write is read all the same, with a word. */
static void permissions(void **state)
{
	static const struct {
		unsigned mode;
		const char *word;
	} cases[] = {{0171, NULL}, {0004, "World-readable"}, {0006, "World-readable"},
		{0002, "World-writable"}, {04000, "Wrong"}};
	char wanted[80];

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct world w = {.mode = cases[i].mode};

		keys_destroy(load(&w, "1 MD5 ASCII:secret1\n"));
		snprintf(wanted, sizeof(wanted), "W %s permissions on /keys\n",
			cases[i].word ? cases[i].word : "");
		assert_int_equal(strstr(w.buffer, wanted) != NULL, cases[i].word != NULL);
		assert_int_equal(strstr(w.buffer, "permissions") != NULL, cases[i].word != NULL);
	}
}

static void need_library(void)
{
	if (!crypto_backends[0]->has_mac(CRYPTO_AES128_CMAC))
		skip();
}

static void formats(void **state)
{
	struct world w = {.mode = 0};
	enum crypto_mac type;
	int bits;
	struct keys *keys;

	(void)state;
	need_library();
	keys = load(&w, "# comment\n  % comment\n; comment\n\t! comment\n\n"
			"1 MD5 ASCII:abcdefghij\n"
			"2 SHA1 HEX:933F62BE1D604E68A81B557F18CFA200483F5B70\r\n"
			"3 AES128 HEX:7ea62ae64d190114d46d5a082f948EC1\n"
			"4294967295 AES256 "
			"HEX:000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f\n"
			"  5\tSHA3-512   hello\n"
			"10 tulip");

	assert_string_equal(w.buffer, "I Loaded 6 symmetric keys\n");
	assert_true(keys_find(keys, 1, &type, &bits));
	assert_int_equal(type, CRYPTO_MD5);
	assert_int_equal(bits, 80);
	assert_true(keys_find(keys, 3, &type, &bits));
	assert_int_equal(type, CRYPTO_AES128_CMAC);
	assert_int_equal(bits, 128);
	assert_true(keys_find(keys, 4294967295u, &type, &bits));
	assert_int_equal(bits, 256);
	assert_true(keys_find(keys, 10, &type, &bits));
	assert_int_equal(type, CRYPTO_MD5);
	assert_int_equal(bits, 40);
	assert_false(keys_find(keys, 11, &type, &bits));
	assert_int_equal(keys_mac_length(keys, 11, 4), -ENOENT);
	/* Version 4 has room for 20 bytes, older ones for all. */
	assert_int_equal(keys_mac_length(keys, 1, 4), 16);
	assert_int_equal(keys_mac_length(keys, 2, 4), 20);
	assert_int_equal(keys_mac_length(keys, 5, 4), 20);
	assert_int_equal(keys_mac_length(keys, 5, 3), 64);
	keys_destroy(keys);
}

static void messages(void **state)
{
	static const struct {
		const char *line, *message;
	} rows[] = {
		{"4 AES128 HEX:7EA62AE64D190114D46D5A082F948E",
			"W Invalid length of AES128 key 4 (expected 128 bits)"},
		{"4 AES256 HEX:7EA62AE64D190114D46D5A082F948E00",
			"W Invalid length of AES256 key 4 (expected 256 bits)"},
		{"5 SHA1 HEX:933", "W Could not decode key 5"},
		{"6 SHA1 HEX:zz", "W Could not decode key 6"},
		{"6 SHA1 HEX:0g", "W Could not decode key 6"},
		{"13 MD5 HEX:", "W Could not decode key 13"},
		{"14 MD5 ASCII:", "W Could not decode key 14"},
		{"7 WHIRLPOOL abc", "W Unsupported hash function in key 7"},
		{"8 NOPE abc", "W Invalid type in key 8"},
		{"9 md5 abc", "W Invalid type in key 9"},
		{"12", "W Could not parse key at line 2 in file /keys"},
		{"x y", "W Could not parse key at line 2 in file /keys"},
		{"-1 MD5 abc", "W Could not parse key at line 2 in file /keys"},
		{"4294967296 MD5 abc", "W Could not parse key at line 2 in file /keys"},
		{"15 MD5 abc # tail", "W Could not parse key at line 2 in file /keys"},
		{"1 other", "W Detected duplicate key 1"},
	};

	(void)state;
	need_library();
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char content[256], expected[256];
		struct text c = text_on(content, sizeof(content));
		struct text e = text_on(expected, sizeof(expected));
		struct world w = {.mode = 0};
		enum crypto_mac type;
		int bits;
		struct keys *keys;

		text_add(&c, "1 SHA1 first\n%s\n99 MD5 last\n", rows[i].line);
		text_add(&e, "%s\nI Loaded 2 symmetric keys\n", rows[i].message);
		keys = load(&w, content);
		assert_string_equal(w.buffer, expected);
		/* What is good around a bad line is used, the first of two before all. */
		assert_true(keys_find(keys, 1, &type, &bits));
		assert_int_equal(type, CRYPTO_SHA1);
		assert_true(keys_find(keys, 99, &type, &bits));
		keys_destroy(keys);
	}
}

static void odd_files(void **state)
{
	static char line[5000];
	struct world w = {.mode = 0};
	struct keys *keys;
	enum crypto_mac type;
	int bits;

	(void)state;
	memset(line, 'a', sizeof(line));
	memcpy(line, "1 MD5 ", 6);
	memcpy(line + sizeof(line) - 7, "\n2 abc\n", 7);
	keys = load_n(&w, line, sizeof(line), 0);
	assert_string_equal(w.buffer,
		"W Could not parse key at line 1 in file /keys\nI Loaded 1 symmetric keys\n");
	keys_destroy(keys);

	keys = load_n(&w, "1 MD5 ab\0c\n", 11, 0);
	assert_false(keys_find(keys, 1, &type, &bits));
	keys_destroy(keys);

	keys = load(&w, "");
	assert_string_equal(w.buffer, "I Loaded 0 symmetric keys\n");
	keys_destroy(keys);

	keys = load_n(&w, NULL, 0, -ENOENT);
	assert_string_equal(w.buffer, "W Could not open keyfile /keys\n");
	keys_destroy(keys);

	/* No file asked for: nothing to say. */
	w.messages = text_on(w.buffer, sizeof(w.buffer));
	assert_int_equal(keys_load(&w.kernel, crypto_backends[0], "", &w.log, &keys), 0);
	assert_string_equal(w.buffer, "");
	keys_destroy(keys);
	keys_destroy(NULL);
}

/* Header 23 00 06 20, zeros, 01 ... 08: digests computed by an independent program. */
static void packets_seen(void **state)
{
	static const uint8_t results[5][20] = {
		{0x84, 0xbc, 0xdc, 0x61, 0x94, 0xef, 0xb6, 0x25, 0xbd, 0xd8, 0x97, 0xc8, 0xa5, 0xe0,
			0xe7, 0x49},
		{0x01, 0xf1, 0x22, 0xde, 0xda, 0x37, 0xf9, 0x43, 0x5a, 0x66, 0x10, 0x30, 0xf7, 0xa0,
			0xe7, 0xfd, 0x44, 0x7f, 0x35, 0xc8},
		{0x98, 0x13, 0x35, 0x8e, 0xc8, 0xb2, 0xd4, 0x2a, 0x41, 0x8d, 0x66, 0xfb, 0x6f, 0xed,
			0x3b, 0x03, 0x95, 0x26, 0x01, 0xc9},
		{0x96, 0x27, 0x03, 0xd9, 0x6f, 0x6d, 0x62, 0x59, 0xad, 0xce, 0xfb, 0x0b, 0x33, 0xb6,
			0xa6, 0x5c},
		{0x2c, 0x60, 0x45, 0xbf, 0xbd, 0xee, 0xa5, 0x3b, 0x37, 0x42, 0x25, 0x0f, 0x8e, 0x49,
			0x80, 0x9e},
	};
	uint8_t packet[48] = {0x23, 0, 6, 0x20, [40] = 1, 2, 3, 4, 5, 6, 7, 8};
	struct span data = {packet, sizeof(packet)};
	struct world w = {.mode = 0};
	struct keys *keys = load(&w,
		"1 MD5 secret1\n2 SHA1 HEX:0123456789abcdef0123456789abcdef01234567\n"
		"3 SHA256 HEX:0123456789abcdef0123456789abcdef01234567\n"
		"4 AES128 HEX:00112233445566778899aabbccddeeff\n"
		"5 AES256 HEX:000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f\n");

	(void)state;
	for (uint32_t id = 1; id <= 5; id++) {
		uint8_t mac[CRYPTO_MAC_MAX];
		int n = keys_mac_length(keys, id, 4);

		if (n < 0)
			continue; /* not in this backend; the load warned */
		assert_int_equal(keys_sign(keys, id, 4, data, mac, (size_t)n - 1), -ENOSPC);
		assert_int_equal(keys_sign(keys, id, 4, data, mac, sizeof(mac)), n);
		assert_memory_equal(mac, results[id - 1], n);
		assert_int_equal(keys_check(keys, id, 4, data, (struct span){mac, n}), 0);
		for (int bit = 0; bit < 8 * n; bit++) {
			mac[bit / 8] ^= (uint8_t)(1 << bit % 8);
			assert_int_equal(
				keys_check(keys, id, 4, data, (struct span){mac, n}), -EBADMSG);
			mac[bit / 8] ^= (uint8_t)(1 << bit % 8);
		}
		for (int cut = 0; cut < n; cut++)
			assert_int_equal(
				keys_check(keys, id, 4, data, (struct span){mac, cut}), -EBADMSG);
		assert_int_equal(keys_check(keys, 6, 4, data, (struct span){mac, n}), -ENOENT);
		packet[7] ^= 1;
		assert_int_equal(keys_check(keys, id, 4, data, (struct span){mac, n}), -EBADMSG);
		packet[7] ^= 1;
	}
	keys_destroy(keys);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(formats),
		cmocka_unit_test(reloaded),
		cmocka_unit_test(permissions),
		cmocka_unit_test(messages),
		cmocka_unit_test(odd_files),
		cmocka_unit_test(packets_seen),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
