/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Where cookie keys come from: made, rotated and saved; written by others; derived from a secret.
 * On a kernel that has one file and the time that the test says.
 */
#include "config.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "common/instant.h"
#include "common/log.h"
#include "config/settings.h"
#include "daemon/kernel/kernel.h"
#include "daemon/serve/cookie_keys.h"
#include "daemon/words.h"

#define TRUTH (INT64_C(1795424846) * INSTANT_S)

struct world {
	struct kernel kernel;
	struct log log;
	struct settings *settings;
	struct cookie_now now;
	bool there, random_fails;
	char file[2048];
	size_t n;
	int64_t time;
	unsigned mode, saves, loads;
	int save_error, load_error;
	char messages[2000];
};

static struct world *world_of(struct kernel *k)
{
	return (struct world *)k;
}

static int file_load(struct kernel *k, const char *path, uint8_t *p, size_t room, size_t *ret_n)
{
	struct world *w = world_of(k);

	assert_true(strcmp(path, "/d/ntskeys") == 0 || strcmp(path, "/secret") == 0 ||
		    strcmp(path, "/d/nts-keys") == 0);
	w->loads++;
	if (w->load_error)
		return w->load_error;
	if (!w->there)
		return -ENOENT;
	if (w->n > room)
		return -EFBIG;
	memcpy(p, w->file, w->n);
	*ret_n = w->n;
	return 0;
}

static int file_time(struct kernel *k, const char *path, int64_t *ret)
{
	(void)path;
	*ret = world_of(k)->time;
	return world_of(k)->there ? 0 : -ENOENT;
}

static int file_save(struct kernel *k, const char *path, struct span content, unsigned mode)
{
	struct world *w = world_of(k);

	assert_string_equal(path, w->settings->ntp.style ? "/d/nts-keys" : "/d/ntskeys");
	w->saves++;
	if (w->save_error)
		return w->save_error;
	assert_true(content.n < sizeof(w->file));
	memcpy(w->file, content.p, content.n);
	w->file[content.n] = '\0';
	w->n = content.n;
	w->mode = mode;
	w->there = true;
	return 0;
}

static int random_bytes(struct kernel *k, void *p, size_t n)
{
	if (world_of(k)->random_fails)
		return -EIO;
	for (size_t i = 0; i < n; i++)
		((uint8_t *)p)[i] = (uint8_t)rand();
	return 0;
}

static const struct kernel_ops ops = {.file_load = file_load,
	.file_time = file_time,
	.file_save = file_save,
	.random = random_bytes};

static void collect(void *arg, enum log_priority priority, const char *message)
{
	struct world *w = arg;
	size_t n = strlen(w->messages);

	snprintf(w->messages + n, sizeof(w->messages) - n, "%d %s\n", (int)priority, message);
}

static bool said(struct world *w, const char *messages)
{
	bool same = strcmp(w->messages, messages) == 0;

	if (!same)
		print_message("%s", w->messages);
	w->messages[0] = '\0';
	return same;
}

static const struct crypto_backend *library(void)
{
	for (size_t i = 0; crypto_backends[i]; i++)
		if (crypto_has_aead(crypto_backends[i], 15))
			return crypto_backends[i];
	return NULL;
}

static int setup(void **state)
{
	struct world *w = calloc(1, sizeof(*w));

	assert_non_null(w);
	w->kernel.ops = &ops;
	w->log = (struct log){.write = collect, .arg = w, .lowest = LOG_PRIORITY_INFO};
	w->now = (struct cookie_now){5000 * INSTANT_S, TRUTH};
	w->settings = settings_create();
	assert_non_null(w->settings);
	strcpy(w->settings->ntsdumpdir, "/d");
	w->settings->nts_server.rotate = 1000;
	*state = w;
	return 0;
}

static int teardown(void **state)
{
	struct world *w = *state;

	settings_destroy(w->settings);
	free(w);
	return 0;
}

static struct cookie_keys *begin(struct world *w)
{
	struct cookie_keys *k = NULL;

	if (!library())
		skip();
	assert_int_equal(
		cookie_keys_create(w->settings, &w->kernel, library(), &w->log, &w->now, &k), 0);
	return k;
}

static struct cookie_keyset in_force(struct cookie_keys *k)
{
	assert_non_null(cookie_ring_get(cookie_keys_ring(k)));
	return *cookie_ring_get(cookie_keys_ring(k));
}

static void pass(struct world *w, double s)
{
	w->now.raw = instant_add_s(w->now.raw, s);
	w->now.truth = instant_add_s(w->now.truth, s);
}

static void section_9_2_rotation(void **state)
{
	struct world *w = *state;
	struct cookie_keys *k = begin(w);
	struct cookie_keyset first = in_force(k), second;
	double wait;

	assert_true(said(w, ""));
	/* made as root perhaps, so it is not saved before the first tick */
	assert_int_equal(w->saves, 0);
	assert_false(cookie_keys_tick(k, &w->now, &wait));
	assert_int_equal(w->saves, 1);
	assert_int_equal(w->mode, 0600);
	assert_true(wait == 60);
	pass(w, 970);
	assert_false(cookie_keys_tick(k, &w->now, &wait));
	assert_true(wait > 29.9 && wait < 30.1);
	pass(w, 30);
	assert_true(cookie_keys_tick(k, &w->now, &wait));
	second = in_force(k);
	assert_memory_equal(&second.keys[0], &first.keys[1], 3 * sizeof(first.keys[0]));
	assert_int_equal((second.keys[3].id - second.keys[2].id) & 3, 1);
	assert_memory_not_equal(second.keys[3].bytes, first.keys[3].bytes, 16);
	assert_int_equal(w->saves, 2);
	assert_false(cookie_keys_tick(k, &w->now, &wait));
	cookie_keys_destroy(k);
}

/* Over a restart the keys and their age are kept: the next rotation comes when it was due. */
static void test_restart(void **state)
{
	struct world *w = *state;
	struct cookie_keys *k = begin(w);
	struct cookie_keyset before = in_force(k), after;
	double wait;

	pass(w, 400.5);
	cookie_keys_save(k, &w->now);
	cookie_keys_destroy(k);
	assert_non_null(strstr(w->file, "NKS1\n400.5\n"));
	pass(w, -123456); /* another boot */
	k = begin(w);
	assert_true(said(w, "0 Loaded server NTS keys\n"));
	after = in_force(k);
	assert_memory_equal(after.keys, before.keys, sizeof(before.keys));
	pass(w, 599);
	assert_false(cookie_keys_tick(k, &w->now, &wait));
	pass(w, 1);
	assert_true(cookie_keys_tick(k, &w->now, &wait));
	cookie_keys_destroy(k);
}

static void test_corrupt_file(void **state)
{
	struct world *w = *state;
	struct cookie_keys *k;

	w->there = true;
	strcpy(w->file, "NKS1\n1.0\n");
	w->n = strlen(w->file);
	k = begin(w);
	assert_true(said(w, "2 Could not load server NTS keys from /d/ntskeys : a key is missing "
			    "or malformed\n"));
	in_force(k);
	cookie_keys_destroy(k);
}

static void test_nowhere_to_save(void **state)
{
	struct world *w = *state;
	struct cookie_keys *k;
	double wait;

	w->settings->ntsdumpdir[0] = '\0';
	k = begin(w);
	assert_true(said(w, "1 No ntsdumpdir to save server keys\n"));
	cookie_keys_tick(k, &w->now, &wait);
	cookie_keys_save(k, &w->now);
	assert_int_equal(w->saves, 0);
	cookie_keys_destroy(k);
}

static void test_failing_save(void **state)
{
	struct world *w = *state;
	struct cookie_keys *k = begin(w);
	double wait;

	w->save_error = -EACCES;
	for (int i = 0; i < 10; i++)
		cookie_keys_tick(k, &w->now, &wait);
	assert_true(
		said(w, "2 Could not save server NTS keys to /d/ntskeys : Permission denied\n"));
	cookie_keys_destroy(k);
}

/* Without randomness: no new key, the old ones go on. */
static void test_no_randomness(void **state)
{
	struct world *w = *state;
	struct cookie_keys *k = begin(w);
	struct cookie_keyset before = in_force(k), after;
	double wait;

	pass(w, 1000);
	w->random_fails = true;
	assert_false(cookie_keys_tick(k, &w->now, &wait));
	after = in_force(k);
	assert_memory_equal(after.keys, before.keys, sizeof(before.keys));
	cookie_keys_destroy(k);
}

/* Writes the file of a moment as another server would. */
static void others_write(struct world *w, unsigned seed)
{
	struct cookie_keyset set = {.age = 5};
	uint8_t random[COOKIE_KEY_RANDOM];
	int n;

	for (size_t i = 0; i < COOKIE_KEYS; i++) {
		memset(random, (int)(seed + i), sizeof(random));
		set.keys[i] = cookie_key_make(i ? &set.keys[i - 1] : NULL, 15, random);
	}
	n = cookie_file_format(&set, w->file, sizeof(w->file));
	assert_true(n > 0);
	w->n = (size_t)n;
	w->there = true;
}

/* ntsrotate 0: never written; read at the start, on command, and when it changes. */
static void test_foreign_file(void **state)
{
	struct world *w = *state;
	struct cookie_keys *k;
	double wait;

	w->settings->nts_server.rotate = 0;
	others_write(w, 1);
	k = begin(w);
	assert_true(said(w, "0 Loaded server NTS keys\n"));
	assert_int_equal(in_force(k).keys[COOKIE_CURRENT].bytes[0], 3);
	pass(w, 1e7);
	assert_false(cookie_keys_tick(k, &w->now, &wait));
	assert_int_equal(w->loads, 1);
	others_write(w, 50);
	w->time = 9;
	assert_true(cookie_keys_tick(k, &w->now, &wait));
	assert_int_equal(in_force(k).keys[COOKIE_CURRENT].bytes[0], 52);
	others_write(w, 90);
	assert_true(cookie_keys_reload(k, &w->now));
	assert_int_equal(in_force(k).keys[COOKIE_CURRENT].bytes[0], 92);
	w->messages[0] = '\0';
	w->n = 20;
	assert_false(cookie_keys_reload(k, &w->now));
	assert_int_equal(in_force(k).keys[COOKIE_CURRENT].bytes[0], 92);
	assert_non_null(strstr(w->messages, "2 Could not load server NTS keys from /d/ntskeys"));
	cookie_keys_save(k, &w->now);
	assert_int_equal(w->saves, 0);
	cookie_keys_destroy(k);
}

/* A file that cannot be read at one moment is read at another, though it does not change. */
static void test_foreign_file_later(void **state)
{
	struct world *w = *state;
	struct cookie_keys *k;
	double wait;

	w->settings->nts_server.rotate = 0;
	w->time = 7;
	others_write(w, 1);
	w->load_error = -EIO;
	k = begin(w);
	assert_false(cookie_keys_tick(k, &w->now, &wait));
	w->load_error = 0;
	assert_true(cookie_keys_tick(k, &w->now, &wait));
	assert_int_equal(in_force(k).keys[COOKIE_CURRENT].bytes[0], 3);
	assert_false(cookie_keys_tick(k, &w->now, &wait));
	/* one that is bad is not */
	w->n = 20;
	w->time = 8;
	w->loads = 0;
	assert_false(cookie_keys_tick(k, &w->now, &wait));
	assert_false(cookie_keys_tick(k, &w->now, &wait));
	assert_int_equal(w->loads, 1);
	cookie_keys_destroy(k);
}

static void test_foreign_file_missing(void **state)
{
	struct world *w = *state;
	struct cookie_keys *k;

	w->settings->nts_server.rotate = 0;
	k = begin(w);
	assert_true(said(w, "2 Could not load server NTS keys from /d/ntskeys : No such file or "
			    "directory\n"));
	in_force(k);
	cookie_keys_destroy(k);
}

/* A cookie made at one server is opened at another. */
static void assert_agree(struct cookie_keys *maker, struct cookie_keys *opener)
{
	struct cookie_session s = {.aead = 15, .c2s = {1}, .s2c = {2}}, got = {0};
	uint8_t nonce[CRYPTO_AEAD_NONCE_MAX] = {3}, cookie[COOKIE_MAX];
	enum cookie_age age;
	int n = cookie_ring_seal(cookie_keys_ring(maker), nonce, &s, cookie, sizeof(cookie));

	assert_int_equal(n, 100);
	assert_int_equal(cookie_ring_open(cookie_keys_ring(opener),
				 (struct span){cookie, (size_t)n}, &got, &age),
		0);
	assert_memory_equal(&got, &s, sizeof(s));
}

/* Three servers that know one secret, started at different times with clocks some seconds apart,
 * and key establishment on a fourth: over 20 periods each takes the other's cookies. */
static void test_shared_secret(void **state)
{
	struct world *w = *state;
	struct cookie_keys *k[4];
	struct cookie_keyset other;

	strcpy(w->settings->nts_server.secret, "/secret");
	w->there = true;
	strcpy(w->file, "a secret of the whole group\n");
	w->n = strlen(w->file);
	for (int i = 0; i < 4; i++) {
		k[i] = begin(w);
		pass(w, 7);
	}
	for (int step = 0; step < 20; step++) {
		for (int i = 0; i < 4; i++) {
			struct cookie_now theirs = w->now;
			double wait;

			theirs.truth += (int64_t)i * 3 * INSTANT_S;
			cookie_keys_tick(k[i], &theirs, &wait);
			assert_true(wait >= 1 && wait <= 60);
		}
		for (int i = 0; i < 4; i++)
			for (int j = 0; j < 4; j++)
				assert_agree(k[i], k[j]);
		pass(w, 997);
	}
	/* whether the last line ends with a newline does not matter, one character does */
	w->n--;
	assert_true(cookie_keys_reload(k[3], &w->now));
	cookie_keys_reload(k[2], &w->now);
	assert_agree(k[3], k[2]);
	w->file[0] = 'A';
	assert_true(cookie_keys_reload(k[3], &w->now));
	assert_memory_not_equal(in_force(k[3]).keys[2].bytes, in_force(k[2]).keys[2].bytes, 32);
	/* what cannot be used leaves what is in force */
	other = in_force(k[3]);
	w->n = 5;
	assert_false(cookie_keys_reload(k[3], &w->now));
	w->there = false;
	assert_false(cookie_keys_reload(k[3], &w->now));
	assert_memory_equal(in_force(k[3]).keys, other.keys, sizeof(other.keys));
	assert_int_equal(w->saves, 0);
	for (int i = 0; i < 4; i++)
		cookie_keys_destroy(k[i]);
}

static int lacks_memory;

static int create_without_memory(uint16_t number, struct aead **ret)
{
	return lacks_memory ? -ENOMEM : library()->aead_create(number, ret);
}

/* A period whose keys could not be put in force gets them when that can be done. */
static void test_shared_secret_later(void **state)
{
	struct world *w = *state;
	struct crypto_backend poor;
	struct cookie_keys *k;
	uint32_t id;
	double wait;

	if (!library())
		skip();
	poor = *library();
	poor.aead_create = create_without_memory;
	strcpy(w->settings->nts_server.secret, "/secret");
	w->there = true;
	w->n = (size_t)snprintf(w->file, sizeof(w->file), "a secret of the whole group");
	lacks_memory = 0;
	assert_int_equal(
		cookie_keys_create(w->settings, &w->kernel, &poor, &w->log, &w->now, &k), 0);
	id = in_force(k).keys[COOKIE_NEXT].id;
	lacks_memory = 1;
	pass(w, 1000);
	assert_false(cookie_keys_tick(k, &w->now, &wait));
	lacks_memory = 0;
	pass(w, 60);
	assert_true(cookie_keys_tick(k, &w->now, &wait));
	assert_int_equal(in_force(k).keys[COOKIE_CURRENT].id, id);
	cookie_keys_destroy(k);
}

/* Without the secret nothing is made up: others would not know the cookies. */
static void test_no_secret(void **state)
{
	struct world *w = *state;
	struct cookie_keys *k;
	double wait;

	strcpy(w->settings->nts_server.secret, "/secret");
	k = begin(w);
	assert_true(said(w, "2 Could not load shared NTS secret from /secret : No such file or "
			    "directory\n"));
	assert_null(cookie_ring_get(cookie_keys_ring(k)));
	/* it comes later */
	w->there = true;
	strcpy(w->file, "0123456789abcdef");
	w->n = 16;
	w->time = 4;
	assert_true(cookie_keys_tick(k, &w->now, &wait));
	in_force(k);
	cookie_keys_destroy(k);
}

static void test_secret_without_period(void **state)
{
	struct world *w = *state;
	struct cookie_keys *k = NULL;

	if (!library())
		skip();
	strcpy(w->settings->nts_server.secret, "/secret");
	w->settings->nts_server.rotate = 0;
	assert_int_equal(
		cookie_keys_create(w->settings, &w->kernel, library(), &w->log, &w->now, &k),
		-EINVAL);
	assert_true(said(w, "3 ntssharedsecret needs an ntsrotate above 0\n"));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
static size_t keys_of(struct cookie_keys *k)
{
	struct cookie_keyset set = in_force(k);
	size_t n = 0;

	for (size_t i = 0; i < COOKIE_KEYS_ALL; i++)
		n += set.keys[i].aead != 0;
	return n;
}

/* ntpd's file: one key at first, another each period, ten at the most; a restart goes on with them,
 * and after a long one there is one new key all the same. */
static void test_ntpd(void **state)
{
	struct world *w = *state;
	struct cookie_keys *k;
	struct cookie_key first, next;
	double wait;

	w->settings->ntp.style = true;
	strcpy(w->settings->ntp.cookie_file, "/d/nts-keys");
	w->log.words = &words_ntpd;
	k = begin(w);
	assert_int_equal(keys_of(k), 1);
	first = in_force(k).keys[COOKIE_CURRENT];
	assert_true(first.ntpd);
	assert_int_equal(first.aead, 15);
	assert_false(cookie_keys_tick(k, &w->now, &wait));
	assert_true(said(w, ""));
	assert_memory_equal(w->file, "T: ", 3);
	pass(w, 1000);
	assert_true(cookie_keys_tick(k, &w->now, &wait));
	assert_true(said(w, "0 NTS: Wrote new cookie file, 2 keys.\n"));
	assert_int_equal(in_force(k).keys[COOKIE_OLD].id, first.id);
	cookie_keys_destroy(k);
	/* five periods later, and half of one */
	pass(w, 5500);
	k = begin(w);
	assert_true(said(w, "0 NTS: Read cookie file, 2 keys.\n"));
	assert_true(cookie_keys_tick(k, &w->now, &wait));
	assert_true(said(w, "0 NTS: Wrote new cookie file, 3 keys.\n"));
	assert_int_equal(in_force(k).keys[COOKIE_OLD2].id, first.id);
	next = in_force(k).keys[COOKIE_CURRENT];
	assert_false(cookie_keys_tick(k, &w->now, &wait));
	pass(w, 500);
	assert_true(cookie_keys_tick(k, &w->now, &wait));
	assert_int_equal(in_force(k).keys[COOKIE_OLD].id, next.id);
	for (int i = 0; i < 12; i++) {
		pass(w, 1000);
		assert_true(cookie_keys_tick(k, &w->now, &wait));
	}
	assert_int_equal(keys_of(k), 10);
	cookie_keys_destroy(k);
	/* What cannot be read could not be written: clients would lose their cookies each time. */
	w->load_error = -EACCES;
	k = NULL;
	assert_int_equal(
		cookie_keys_create(w->settings, &w->kernel, library(), &w->log, &w->now, &k),
		-EACCES);
	assert_non_null(strstr(w->messages, "NTSs: can't read old cookie file: "
					    "/d/nts-keys=>Permission denied\n"));
	assert_null(strstr(w->messages, "Could not load"));
	w->messages[0] = '\0';
	/* What is no such file is replaced. */
	w->load_error = 0;
	w->n = 3;
	k = begin(w);
	assert_non_null(strstr(w->messages, " ERR: Error parsing cookie keys file\n"));
	w->messages[0] = '\0';
	assert_int_equal(keys_of(k), 1);
	cookie_keys_destroy(k);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(section_9_2_rotation),
		TEST(test_restart),
		TEST(test_corrupt_file),
		TEST(test_nowhere_to_save),
		TEST(test_failing_save),
		TEST(test_no_randomness),
		TEST(test_foreign_file),
		TEST(test_foreign_file_later),
		TEST(test_foreign_file_missing),
		TEST(test_shared_secret),
		TEST(test_shared_secret_later),
		TEST(test_no_secret),
		TEST(test_secret_without_period),
		TEST(test_ntpd),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
