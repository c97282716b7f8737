/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Authenticated encryption: every backend against the vectors, against each other, and against
 * somebody who changes what is under way.
 */
#include "config.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "backends/crypto.h"

#define TEXT_MAX 300

static const uint16_t numbers[] = {
	CRYPTO_AEAD_SIV_256, CRYPTO_AEAD_SIV_384, CRYPTO_AEAD_SIV_512, CRYPTO_AEAD_GCM_SIV_128};

#define N_NUMBERS (sizeof(numbers) / sizeof(numbers[0]))

static bool is_none(const struct crypto_backend *b)
{
	return strcmp(b->name, "none") == 0;
}

static void fill(uint8_t *p, size_t n)
{
	for (size_t i = 0; i < n; i++)
		p[i] = (uint8_t)rand();
}

/* kind: number, perhaps with CRYPTO_AEAD_BY_LIBRARY. */
static struct aead *cipher(
	const struct crypto_backend *b, uint16_t number, int kind, const uint8_t *key)
{
	struct aead *a = NULL;

	assert_int_equal(b->aead_create((uint16_t)kind, &a), 0);
	assert_int_equal(b->aead_rekey(a, (struct span){key, crypto_aead_key_length(number)}), 0);
	return a;
}

static void lengths_and_names(void **state)
{
	static const size_t keys[] = {32, 48, 64, 16}, nonces[] = {16, 16, 16, 12};

	(void)state;
	for (size_t i = 0; i < N_NUMBERS; i++) {
		assert_int_equal(crypto_aead_key_length(numbers[i]), keys[i]);
		assert_int_equal(crypto_aead_nonce_length(numbers[i]), nonces[i]);
		assert_in_range(keys[i], 1, CRYPTO_AEAD_KEY_MAX);
		assert_in_range(nonces[i], 1, CRYPTO_AEAD_NONCE_MAX);
	}
	assert_string_equal(crypto_aead_name(15), "AEAD_AES_SIV_CMAC_256");
	for (uint16_t number = 0; number < 100; number++) {
		if ((number >= 15 && number <= 17) || number == 30)
			continue;
		assert_int_equal(crypto_aead_key_length(number), 0);
		assert_int_equal(crypto_aead_nonce_length(number), 0);
		assert_null(crypto_aead_name(number));
		for (size_t i = 0; crypto_backends[i]; i++)
			assert_false(crypto_has_aead(crypto_backends[i], number));
	}
}

/* Both libraries have the three SIVs; GCM-SIV is newer than what some systems have. */
static void vectors_hold(void **state)
{
	const char *which = "none";

	(void)state;
	for (size_t i = 0; crypto_backends[i]; i++) {
		bool siv = !is_none(crypto_backends[i]);

		for (size_t j = 0; j < 3; j++)
			assert_int_equal(crypto_has_aead(crypto_backends[i], numbers[j]), siv);
		assert_int_equal(crypto_self_test(crypto_backends[i], &which), 0);
		assert_string_equal(which, "none");
	}
}

static int wrong_seal(struct aead *a, struct span nonce, struct span ad, struct span plain,
	uint8_t *ret, size_t room)
{
	int n = crypto_backends[0]->aead_seal(a, nonce, ad, plain, ret, room);

	if (n > 0)
		ret[n - 1] ^= 1;
	return n;
}

/* Opens what is spoilt. */
static int wrong_many(struct aead *a, bool seal, struct aead_job *jobs, size_t n)
{
	struct crypto_backend plain = *crypto_backends[0];

	plain.aead_many = NULL;
	crypto_aead_many(&plain, a, seal, jobs, n);
	for (size_t i = 0; i < n; i++)
		if (jobs[i].result == -EBADMSG)
			jobs[i].result = (int)(jobs[i].text.n - CRYPTO_AEAD_TAG);
	return 0;
}

static int believing_open(struct aead *a, struct span nonce, struct span ad, struct span sealed,
	uint8_t *ret, size_t room)
{
	int n = crypto_backends[0]->aead_open(a, nonce, ad, sealed, ret, room);

	return n == -EBADMSG ? (int)(sealed.n - CRYPTO_AEAD_TAG) : n;
}

/* A library that is wrong in one bit, or that believes everything, is not used. */
static void wrong_library_is_found(void **state)
{
	struct crypto_backend wrong = *crypto_backends[0];
	const char *which = NULL;

	(void)state;
	if (is_none(crypto_backends[0]))
		skip();
	wrong.aead_seal = wrong_seal;
	assert_false(crypto_has_aead(&wrong, 15));
	assert_int_equal(crypto_self_test(&wrong, &which), -EBADMSG);
	assert_string_equal(which, "AES-SIV-CMAC-256 (RFC 5297 A.1)");
	wrong = *crypto_backends[0];
	wrong.aead_many = wrong_many;
	assert_int_equal(crypto_self_test(&wrong, &which), -EBADMSG);
	assert_string_equal(which, "AES-SIV-CMAC-256 (NTS packets)");
	wrong = *crypto_backends[0];
	wrong.aead_open = believing_open;
	assert_int_equal(crypto_self_test(&wrong, &which), -EBADMSG);
	assert_string_equal(which, "AES-SIV-CMAC-256 (NTS packets)");
}

/* What one seals any other opens, and all seal alike: of every length, by keys changed each time.
 */
static void backends_agree(void **state)
{
	uint8_t key[CRYPTO_AEAD_KEY_MAX], nonce[40], ad[TEXT_MAX], plain[TEXT_MAX];
	uint8_t first[TEXT_MAX + 16], other[TEXT_MAX + 16], opened[TEXT_MAX];
	struct aead *a[8];

	(void)state;
	srand(15);
	fill(key, sizeof(key));
	for (size_t i = 0; i < N_NUMBERS; i++) {
		const struct crypto_backend *having[8];
		size_t n = 0;

		for (size_t j = 0; crypto_backends[j]; j++) {
			if (!crypto_has_aead(crypto_backends[j], numbers[i]))
				continue;
			a[n] = cipher(crypto_backends[j], numbers[i], numbers[i], key);
			having[n++] = crypto_backends[j];
			assert_int_equal(crypto_backends[j]->aead_create(
						 numbers[i] | CRYPTO_AEAD_BY_LIBRARY, &a[n]),
				0);
			having[n++] = crypto_backends[j];
		}
		for (size_t length = 0; length < TEXT_MAX; length++) {
			struct span k = {key, crypto_aead_key_length(numbers[i])};
			struct span no = {nonce, numbers[i] == 30 ? 12 : length % 40};
			struct span d = {ad, (size_t)rand() % TEXT_MAX}, p = {plain, length};
			int want = (int)length + CRYPTO_AEAD_TAG;

			fill(key, sizeof(key));
			fill(nonce, sizeof(nonce));
			fill(ad, sizeof(ad));
			fill(plain, sizeof(plain));
			for (size_t j = 0; j < n; j++) {
				uint8_t *to = j == 0 ? first : other;

				assert_int_equal(having[j]->aead_rekey(a[j], k), 0);
				assert_int_equal(
					having[j]->aead_seal(a[j], no, d, p, to, (size_t)want),
					want);
				assert_memory_equal(to, first, want);
			}
			for (size_t j = 0; j < n; j++) {
				assert_int_equal(
					having[j]->aead_open(a[j], no, d,
						(struct span){first, (size_t)want}, opened, length),
					(int)length);
				assert_memory_equal(opened, plain, length);
			}
		}
		for (size_t j = 0; j < n; j++)
			having[j]->aead_destroy(a[j]);
	}
}

#define JOBS_MAX 20

/* Jobs with all that they point to. */
struct jobs {
	struct aead_job jobs[JOBS_MAX], alone[JOBS_MAX];
	uint8_t key[JOBS_MAX][CRYPTO_AEAD_KEY_MAX], nonce[JOBS_MAX][40], ad[JOBS_MAX][TEXT_MAX];
	uint8_t plain[JOBS_MAX][TEXT_MAX], sealed[JOBS_MAX][TEXT_MAX + 16];
	uint8_t opened[JOBS_MAX][TEXT_MAX + 16], other[JOBS_MAX][TEXT_MAX + 16];
};

/* Lengths: often the same for all, as packets are, or all different. */
static size_t some_length(size_t usual, size_t most)
{
	return rand() % 3 ? usual % most : (size_t)rand() % most;
}

static void make_jobs(struct jobs *j, size_t n, uint16_t number, bool own)
{
	size_t usual[3] = {(size_t)rand(), (size_t)rand(), (size_t)rand()};

	memset(j, 0, sizeof(*j));
	for (size_t i = 0; i < n; i++) {
		struct aead_job *job = &j->jobs[i];

		fill(j->key[i], sizeof(j->key[i])), fill(j->nonce[i], sizeof(j->nonce[i]));
		fill(j->ad[i], TEXT_MAX), fill(j->plain[i], TEXT_MAX);
		*job = (struct aead_job){
			.key = {j->key[i], own ? crypto_aead_key_length(number) : 0},
			.nonce = {j->nonce[i], number == 30 ? 12 : some_length(usual[0], 40)},
			.ad = {j->ad[i], some_length(usual[1], TEXT_MAX)},
			.text = {j->plain[i], some_length(usual[2], TEXT_MAX)},
			.ret = j->sealed[i]};
		/* Some that cannot be done. */
		job->room = job->text.n + CRYPTO_AEAD_TAG - (rand() % 8 == 0);
		if (own && rand() % 8 == 0)
			job->key.n--;
	}
}

/* What became of jobs, and all that they wrote, is what becomes of each alone by the library. */
static void same_as_alone(const struct crypto_backend *b, struct aead *a, struct aead *library,
	bool seal, struct jobs *j, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		j->jobs[i].result = 12345;
		j->alone[i] = j->jobs[i];
		j->alone[i].ret = j->other[i];
		memcpy(j->other[i], j->jobs[i].ret, TEXT_MAX + 16);
	}
	crypto_aead_many(b, a, seal, j->jobs, n);
	for (size_t i = 0; i < n; i++) {
		crypto_aead_many(b, library, seal, &j->alone[i], 1);
		assert_int_equal(j->jobs[i].result, j->alone[i].result);
		assert_memory_equal(j->jobs[i].ret, j->other[i], TEXT_MAX + 16);
	}
}

/* Turns jobs of sealing into those of opening what they made, most of it as it was. Returns how
 * many of them must fail. */
static size_t open_again(struct jobs *j, size_t n)
{
	size_t bad = 0;

	memset(j->opened, 0, sizeof(j->opened));
	for (size_t i = 0; i < n; i++) {
		struct aead_job *job = &j->jobs[i];
		bool whole = job->result > 0;

		job->text = (struct span){j->sealed[i], whole ? (size_t)job->result : 5};
		job->room = whole ? job->text.n - CRYPTO_AEAD_TAG : 0;
		job->ret = j->opened[i];
		if (whole && rand() % 4 == 0) {
			j->sealed[i][(size_t)rand() % job->text.n] ^= (uint8_t)(1 << rand() % 8);
			whole = false;
		} else if (whole && job->room > 0 && rand() % 8 == 0) {
			job->room--;
			whole = false;
		}
		bad += !whole;
	}
	return bad;
}

static void try_many(const struct crypto_backend *b, uint16_t number, bool own, size_t n)
{
	static struct jobs j;
	uint8_t key[CRYPTO_AEAD_KEY_MAX];
	struct aead *a, *library;
	size_t bad, failed = 0;

	fill(key, sizeof(key));
	a = cipher(b, number, number, key);
	library = cipher(b, number, number | CRYPTO_AEAD_BY_LIBRARY, key);
	make_jobs(&j, n, number, own);
	same_as_alone(b, a, library, true, &j, n);
	bad = open_again(&j, n);
	same_as_alone(b, a, library, false, &j, n);
	for (size_t i = 0; i < n; i++) {
		failed += j.jobs[i].result < 0;
		if (j.jobs[i].result > 0)
			assert_memory_equal(j.opened[i], j.plain[i], j.jobs[i].result);
	}
	assert_int_equal(failed, bad);
	b->aead_destroy(a);
	b->aead_destroy(library);
}

/* Many at once are what they are one by one: of lengths that differ, with keys of their own or one
 * for all, and with some among them that are spoilt, too long for their room, or no keys. */
static void many_as_one(void **state)
{
	(void)state;
	srand(17);
	for (size_t i = 0; crypto_backends[i]; i++)
		for (size_t j = 0; j < N_NUMBERS; j++)
			for (size_t n = 0; n < 10 * JOBS_MAX &&
					   crypto_has_aead(crypto_backends[i], numbers[j]);
				n++)
				try_many(crypto_backends[i], numbers[j], n % 2, n / 10 + 1);
}

/* A cipher without a key does nothing, and one that had keys of jobs has none of its own. */
static void many_without_key(void **state)
{
	uint8_t bytes[CRYPTO_AEAD_KEY_MAX] = {1}, out[2][32];
	struct aead_job jobs[2];
	struct aead *a;

	(void)state;
	for (size_t i = 0; crypto_backends[i]; i++) {
		const struct crypto_backend *b = crypto_backends[i];

		if (!crypto_has_aead(b, CRYPTO_AEAD_SIV_256))
			continue;
		for (size_t j = 0; j < 2; j++)
			jobs[j] = (struct aead_job){.nonce = {bytes, 16},
				.text = {bytes, 9},
				.ret = out[j],
				.room = 32};
		assert_int_equal(b->aead_create(CRYPTO_AEAD_SIV_256, &a), 0);
		crypto_aead_many(b, a, true, jobs, 2);
		assert_int_equal(jobs[0].result, -EINVAL);
		assert_int_equal(jobs[1].result, -EINVAL);
		jobs[0].key = jobs[1].key = (struct span){bytes, 32};
		crypto_aead_many(b, a, true, jobs, 2);
		assert_int_equal(jobs[1].result, 9 + CRYPTO_AEAD_TAG);
		assert_memory_equal(out[0], out[1], 9 + CRYPTO_AEAD_TAG);
		crypto_aead_many(b, a, true, jobs, 0);
		b->aead_destroy(a);
	}
}

/* Any bit of anything changed, anything cut off: not authentic, and nothing of it is given out. */
static void each_byte_matters(void **state)
{
	uint8_t key[CRYPTO_AEAD_KEY_MAX], nonce[16], ad[20], plain[40], sealed[56], opened[60];
	const uint8_t nothing[40] = {0};

	(void)state;
	srand(16);
	for (size_t i = 0; i < 4 * N_NUMBERS && crypto_backends[i / 4]; i++) {
		const struct crypto_backend *b = crypto_backends[i / 4];
		uint16_t number = numbers[i % 4];
		struct span k = {key, crypto_aead_key_length(number)};
		struct span no = {nonce, crypto_aead_nonce_length(number)}, d = {ad, 20};
		struct span s = {sealed, sizeof(sealed)};
		struct {
			uint8_t *p;
			size_t n;
		} parts[] = {{key, k.n}, {nonce, no.n}, {ad, 20}, {sealed, sizeof(sealed)}};
		struct aead *a;

		if (!crypto_has_aead(b, number))
			continue;
		fill(key, sizeof(key)), fill(nonce, 16), fill(ad, 20), fill(plain, 40);
		a = cipher(b, number, number, key);
		assert_int_equal(b->aead_seal(a, no, d, (struct span){plain, 40}, sealed, 56), 56);
		for (size_t part = 0; part < 4; part++) {
			for (size_t at = 0; at < parts[part].n; at++) {
				uint8_t bit = (uint8_t)(1 << at % 8);

				parts[part].p[at] ^= bit;
				memset(opened, 0, sizeof(opened));
				assert_int_equal(b->aead_rekey(a, k), 0);
				assert_int_equal(b->aead_open(a, no, d, s, opened, 60), -EBADMSG);
				assert_memory_equal(opened, nothing, 40);
				parts[part].p[at] ^= bit;
			}
		}
		assert_int_equal(b->aead_rekey(a, k), 0);
		for (size_t n = 0; n < sizeof(sealed); n++)
			assert_int_equal(
				b->aead_open(a, no, d, (struct span){sealed, n}, opened, 60),
				-EBADMSG);
		assert_int_equal(b->aead_open(a, no, d, s, opened, 60), 40);
		assert_memory_equal(opened, plain, 40);
		b->aead_destroy(a);
	}
}

/* What cannot be done is said, and rooms that are too small stay as they were. */
static void limits(void **state)
{
	uint8_t key[80] = {0}, out[64];
	struct span nonce = {key, 12}, d = {key, 5};
	struct aead *a;

	(void)state;
	for (size_t i = 0; i < 4 * N_NUMBERS && crypto_backends[i / 4]; i++) {
		const struct crypto_backend *b = crypto_backends[i / 4];
		uint16_t number = numbers[i % 4];

		if (!crypto_has_aead(b, number)) {
			assert_int_equal(b->aead_create(number, &a), -ENOTSUP);
			continue;
		}
		assert_int_equal(b->aead_create(12345, &a), -ENOTSUP);
		assert_int_equal(b->aead_create(number, &a), 0);
		assert_int_equal(b->aead_seal(a, nonce, d, d, out, sizeof(out)), -EINVAL);
		assert_int_equal(b->aead_open(a, nonce, d, d, out, sizeof(out)), -EINVAL);
		for (size_t n = 0; n <= sizeof(key); n++)
			assert_int_equal(b->aead_rekey(a, (struct span){key, n}),
				n == crypto_aead_key_length(number) ? 0 : -EINVAL);
		memset(out, 0xaa, sizeof(out));
		for (size_t n = 0; n < 5 + CRYPTO_AEAD_TAG; n++)
			assert_int_equal(b->aead_seal(a, nonce, d, d, out, n), -ENOSPC);
		assert_int_equal(
			b->aead_open(a, nonce, d, (struct span){key, 40}, out, 23), -ENOSPC);
		for (size_t n = 0; n < sizeof(out); n++)
			assert_int_equal(out[n], 0xaa);
		if (number == CRYPTO_AEAD_GCM_SIV_128) {
			nonce.n = 11;
			assert_int_equal(b->aead_seal(a, nonce, d, d, out, 64), -EINVAL);
			assert_int_equal(b->aead_open(a, nonce, d, d, out, 64), -EINVAL);
			nonce.n = 12;
		}
		b->aead_destroy(a);
		b->aead_destroy(NULL);
	}
}

/* RFC 5869 A.1 and A.2 (as far as 82 bytes go), and the ratchet of cookie keys. */
static void key_derivation(void **state)
{
	static const uint8_t first[42] = "\x3c\xb2\x5f\x25\xfa\xac\xd5\x7a\x90\x43\x4f\x64\xd0\x36"
					 "\x2f\x2a\x2d\x2d\x0a\x90\xcf\x1a\x5a\x4c\x5d\xb0\x2d\x56"
					 "\xec\xc4\xc5\xbf\x34\x00\x72\x08\xd5\xb8\x87\x18\x58\x65";
	static const uint8_t second[82] =
		"\xb1\x1e\x39\x8d\xc8\x03\x27\xa1\xc8\xe7\xf7\x8c\x59\x6a\x49\x34\x4f\x01\x2e\xda"
		"\x2d\x4e\xfa\xd8\xa0\x50\xcc\x4c\x19\xaf\xa9\x7c\x59\x04\x5a\x99\xca\xc7\x82\x72"
		"\x71\xcb\x41\xc6\x5e\x59\x0e\x09\xda\x32\x75\x60\x0c\x2f\x09\xb8\x36\x77\x93\xa9"
		"\xac\xa3\xdb\x71\xcc\x30\xc5\x81\x79\xec\x3e\x87\xc1\x4c\x01\xd5\xc1\xf3\x43\x4f"
		"\x1d\x87";
	static const uint8_t ratchet[32] =
		"\x8c\x31\x8b\x2a\xe0\x77\x2a\x3f\x98\xf4\xf8\xfb\x92\x03\x95\x0b"
		"\xbc\xbc\xe0\x06\xe6\x8c\xe5\x98\x35\x4b\xa9\x86\xf4\xa6\x95\x55";
	uint8_t secret[22], many[256], out[255 * 32];

	(void)state;
	memset(secret, 0x0b, sizeof(secret));
	for (size_t i = 0; i < sizeof(many); i++)
		many[i] = (uint8_t)i;
	for (size_t i = 0; crypto_backends[i]; i++) {
		const struct crypto_backend *b = crypto_backends[i];
		struct span empty = {many, 0}, s = {secret, 22};

		if (is_none(b)) {
			assert_int_equal(crypto_hkdf(b, s, s, empty, out, 32), -ENOTSUP);
			continue;
		}
		assert_int_equal(crypto_hkdf(b, (struct span){many, 13}, s,
					 (struct span){many + 0xf0, 10}, out, 42),
			0);
		assert_memory_equal(out, first, 42);
		assert_int_equal(
			crypto_hkdf(b, (struct span){many + 0x60, 80}, (struct span){many, 80},
				(struct span){many + 0xb0, 80}, out, 82),
			0);
		assert_memory_equal(out, second, 82);
		assert_int_equal(crypto_hkdf(b, (struct span){(const uint8_t *)"\0\0\0\1", 4},
					 (struct span){many, 32}, empty, out, 32),
			0);
		assert_memory_equal(out, ratchet, 32);
		assert_int_equal(crypto_hkdf(b, empty, s, empty, out, sizeof(out)), 0);
		assert_int_equal(crypto_hkdf(b, empty, s, empty, out, sizeof(out) + 1), -EINVAL);
	}
}

static int create_error;

static int create_fails(uint16_t number, struct aead **ret)
{
	return number == CRYPTO_AEAD_SIV_512 ? create_error
					     : crypto_backends[0]->aead_create(number, ret);
}

/** What is not there is left out; what cannot be told for want of memory is not said to be absent.
 */
static void those_that_work(void **state)
{
	static const uint16_t wanted[] = {99, CRYPTO_AEAD_SIV_512, CRYPTO_AEAD_SIV_256};
	struct crypto_backend b = *crypto_backends[0];
	uint16_t found[3];

	(void)state;
	if (is_none(&b))
		skip();
	assert_int_equal(crypto_working_aeads(&b, wanted, 3, found), 2);
	assert_int_equal(found[0], CRYPTO_AEAD_SIV_512);
	assert_int_equal(found[1], CRYPTO_AEAD_SIV_256);
	b.aead_create = create_fails;
	create_error = -ENOTSUP;
	assert_int_equal(crypto_working_aeads(&b, wanted, 3, found), 1);
	assert_int_equal(found[0], CRYPTO_AEAD_SIV_256);
	create_error = -ENOMEM;
	assert_int_equal(crypto_working_aeads(&b, wanted, 3, found), -ENOMEM);
	assert_int_equal(crypto_working_aeads(&b, wanted, 0, found), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lengths_and_names),
		cmocka_unit_test(vectors_hold),
		cmocka_unit_test(wrong_library_is_found),
		cmocka_unit_test(backends_agree),
		cmocka_unit_test(many_as_one),
		cmocka_unit_test(many_without_key),
		cmocka_unit_test(each_byte_matters),
		cmocka_unit_test(limits),
		cmocka_unit_test(key_derivation),
		cmocka_unit_test(those_that_work),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
