/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What all backends share of authenticated encryption: lengths and names, and the vectors that an
 * algorithm must reproduce before it is offered to anybody.
 */
#include "config.h"

#include <errno.h>
#include <string.h>

#include "backends/shared.h"

/* The longest packet of the vectors: header, identifier and the cookie of AEAD 17. */
#define PACKET_MAX 256

/* What is known of each algorithm. */
struct aead_row {
	uint16_t number;
	uint8_t key_n, nonce_n;
	bool tag_first; /* else the tag follows the ciphertext */
	const char *name;
};

static const struct aead_row algorithms[] = {
	{CRYPTO_AEAD_SIV_256, 32, 16, true, "AEAD_AES_SIV_CMAC_256"},
	{CRYPTO_AEAD_SIV_384, 48, 16, true, "AEAD_AES_SIV_CMAC_384"},
	{CRYPTO_AEAD_SIV_512, 64, 16, true, "AEAD_AES_SIV_CMAC_512"},
	{CRYPTO_AEAD_GCM_SIV_128, 16, 12, false, "AEAD_AES_128_GCM_SIV"},
};

#define N_ALGORITHMS (sizeof(algorithms) / sizeof(algorithms[0]))

/* A vector of an RFC. */
struct aead_vector {
	uint16_t number;
	uint8_t nonce_n, ad_n, plain_n;
	const char *name; /* where it is from */
	const char *key, *nonce, *ad, *plain, *sealed;
};

#define GCM_SIV_KEY   "\1\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"
#define GCM_SIV_NONCE "\3\0\0\0\0\0\0\0\0\0\0\0"

static const struct aead_vector aead_vectors[] = {
	{CRYPTO_AEAD_SIV_256, 0, 24, 14, "AES-SIV-CMAC-256 (RFC 5297 A.1)",
		"\xff\xfe\xfd\xfc\xfb\xfa\xf9\xf8\xf7\xf6\xf5\xf4\xf3\xf2\xf1\xf0"
		"\xf0\xf1\xf2\xf3\xf4\xf5\xf6\xf7\xf8\xf9\xfa\xfb\xfc\xfd\xfe\xff",
		"",
		"\x10\x11\x12\x13\x14\x15\x16\x17\x18\x19\x1a\x1b"
		"\x1c\x1d\x1e\x1f\x20\x21\x22\x23\x24\x25\x26\x27",
		"\x11\x22\x33\x44\x55\x66\x77\x88\x99\xaa\xbb\xcc\xdd\xee",
		"\x85\x63\x2d\x07\xc6\xe8\xf3\x7f\x95\x0a\xcd\x32\x0a\x2e\xcc\x93"
		"\x40\xc0\x2b\x96\x90\xc4\xdc\x04\xda\xef\x7f\x6a\xfe\x5c"},
	{CRYPTO_AEAD_GCM_SIV_128, 12, 0, 0, "AES-128-GCM-SIV (RFC 8452 C.1, empty)", GCM_SIV_KEY,
		GCM_SIV_NONCE, "", "",
		"\xdc\x20\xe2\xd8\x3f\x25\x70\x5b\xb4\x9e\x43\x9e\xca\x56\xde\x25"},
	{CRYPTO_AEAD_GCM_SIV_128, 12, 0, 8, "AES-128-GCM-SIV (RFC 8452 C.1, 8 bytes)", GCM_SIV_KEY,
		GCM_SIV_NONCE, "", "\1\0\0\0\0\0\0\0",
		"\xb5\xd8\x39\x33\x0a\xc7\xb7\x86\x57\x87\x82\xff\xf6\x01\x3b\x81"
		"\x5b\x28\x7c\x22\x49\x3a\x36\x4c"},
	{CRYPTO_AEAD_GCM_SIV_128, 12, 1, 12, "AES-128-GCM-SIV (RFC 8452 C.1, with data)",
		GCM_SIV_KEY, GCM_SIV_NONCE, "\1", "\2\0\0\0\0\0\0\0\0\0\0\0",
		"\x29\x6c\x78\x89\xfd\x99\xf4\x19\x17\xf4\x46\x20\x08\x29\x9c\x51"
		"\x02\x74\x5a\xaa\x3a\x0c\x46\x9f\xad\x9e\x07\x5a"},
};

/*
 * Tags of a whole NTS request and response (RFC 8915 5) of fixed content, from an implementation
 * of its own: the RFCs have no vectors for AEAD 16 and 17, nor for SIV with a nonce and one string.
 */
struct packet_vector {
	uint16_t number;
	uint8_t cookie_n;
	const char *name;
	const char *request, *response;
};

static const struct packet_vector packet_vectors[] = {
	{CRYPTO_AEAD_SIV_256, 100, "AES-SIV-CMAC-256 (NTS packets)",
		"\xfa\x2b\x40\xf0\xc0\xbc\x8a\xcc\x71\x29\x9e\x74\x2e\x3d\xfa\x13",
		"\x71\x2c\xac\x0c\x21\x01\xff\x72\xaf\xfd\x2b\xc2\xcd\x05\x03\x0b"},
	{CRYPTO_AEAD_SIV_384, 132, "AES-SIV-CMAC-384 (NTS packets)",
		"\xa7\x20\x22\xe3\x3a\x98\xbe\x9d\x6c\x4e\xb3\x1c\xd3\x5a\x31\xbc",
		"\x17\xdf\xfc\x10\x5a\xa1\xc4\xee\x3b\xec\x3c\x7e\x7e\x54\x48\xcc"},
	{CRYPTO_AEAD_SIV_512, 164, "AES-SIV-CMAC-512 (NTS packets)",
		"\x93\xbd\x11\x72\x80\x68\x68\x67\x5c\x94\xcb\x95\x93\x3d\xaa\x15",
		"\x13\x94\x8d\x1e\xfc\xff\xb4\x16\xed\x0f\x43\xda\xe1\xbf\xea\xdd"},
	{CRYPTO_AEAD_GCM_SIV_128, 68, "AES-128-GCM-SIV (NTS packets)",
		"\xeb\xef\x85\xb8\x8b\x0b\x00\x7e\x79\x59\x59\x3a\x9d\xb1\x6f\x62",
		"\x6c\x68\x48\x15\xd7\xc4\x11\xd5\x54\x56\x0b\x88\x02\x35\xee\xc1"},
};

static const struct aead_row *find(uint16_t number)
{
	for (size_t i = 0; i < N_ALGORITHMS; i++) {
		if (algorithms[i].number == number)
			return &algorithms[i];
	}
	return NULL;
}

size_t crypto_aead_key_length(uint16_t number)
{
	const struct aead_row *row = find(number);

	return row ? row->key_n : 0;
}

size_t crypto_aead_nonce_length(uint16_t number)
{
	const struct aead_row *row = find(number);

	return row ? row->nonce_n : 0;
}

const char *crypto_aead_name(uint16_t number)
{
	const struct aead_row *row = find(number);

	return row ? row->name : NULL;
}

static int do_job(
	const struct crypto_backend *b, struct aead *a, bool seal, const struct aead_job *job)
{
	if (job->key.n > 0 && b->aead_rekey(a, job->key) < 0)
		return -EINVAL;
	return seal ? b->aead_seal(a, job->nonce, job->ad, job->text, job->ret, job->room)
		    : b->aead_open(a, job->nonce, job->ad, job->text, job->ret, job->room);
}

void crypto_aead_many(
	const struct crypto_backend *b, struct aead *a, bool seal, struct aead_job *jobs, size_t n)
{
	if (b->aead_many && b->aead_many(a, seal, jobs, n) == 0)
		return;
	for (size_t i = 0; i < n; i++)
		jobs[i].result = do_job(b, a, seal, &jobs[i]);
}

static struct span bytes(const char *p, size_t n)
{
	return (struct span){(const uint8_t *)p, n};
}

/* Appends first, first + 1, ... */
static void write_sequence(struct writer *w, uint8_t first, size_t n)
{
	while (n-- > 0)
		write_u8(w, first++);
}

static void write_identifier(struct writer *w)
{
	write_u16(w, 0x0104);
	write_u16(w, 36);
	write_sequence(w, 0x20, 32);
}

static void write_cookie(struct writer *w, uint8_t first, size_t n)
{
	write_u16(w, 0x0204);
	write_u16(w, (uint16_t)(4 + n));
	write_sequence(w, first, n);
}

static struct span made(const struct writer *w)
{
	return (struct span){w->p, w->n};
}

/* What a request authenticates. */
static struct span request_of(uint8_t *p, size_t cookie_n)
{
	struct writer w = writer_on(p, PACKET_MAX);

	write_bytes(&w, (const uint8_t *)"\x23\x00\x00\x20", 4);
	write_zeros(&w, 36);
	write_sequence(&w, 0x01, 8);
	write_identifier(&w);
	write_cookie(&w, 0x40, cookie_n);
	return made(&w);
}

/* What a response authenticates. */
static struct span response_of(uint8_t *p)
{
	struct writer w = writer_on(p, PACKET_MAX);

	write_bytes(&w, (const uint8_t *)"\x24\x01\x06\xe9\0\0\0\0\0\0\0\x10LOCL", 16);
	write_sequence(&w, 0x10, 8);
	write_sequence(&w, 0x01, 8);
	write_sequence(&w, 0x18, 16);
	write_identifier(&w);
	return made(&w);
}

/* Seals, compares the tag, opens, and sees that one wrong bit is noticed. */
static bool tag_holds(const struct crypto_backend *b, struct aead *a, const struct aead_row *row,
	struct span nonce, struct span ad, struct span plain, const char *tag)
{
	uint8_t sealed[PACKET_MAX], opened[PACKET_MAX];
	struct span back = {sealed, plain.n + CRYPTO_AEAD_TAG};
	int n = (int)plain.n;

	if (b->aead_seal(a, nonce, ad, plain, sealed, sizeof(sealed)) != n + CRYPTO_AEAD_TAG ||
		memcmp(row->tag_first ? sealed : sealed + n, tag, CRYPTO_AEAD_TAG) != 0 ||
		b->aead_open(a, nonce, ad, back, opened, sizeof(opened)) != n ||
		(n > 0 && memcmp(opened, plain.p, plain.n) != 0))
		return false;
	sealed[plain.n] ^= 0x40;
	return b->aead_open(a, nonce, ad, back, opened, sizeof(opened)) == -EBADMSG;
}

/* Whether several at once, by the key that a has or by keys of their own, come to what one does,
 * and one wrong bit is noticed where it is. */
static bool many_hold(const struct crypto_backend *b, struct aead *a, bool own, struct span key,
	struct aead_job job)
{
	uint8_t alone[PACKET_MAX], sealed[3][PACKET_MAX], opened[3][PACKET_MAX];
	int n = b->aead_seal(a, job.nonce, job.ad, job.text, alone, sizeof(alone));
	struct aead_job jobs[3];
	bool good = n > 0;

	job.room = PACKET_MAX;
	job.key = (struct span){key.p, own ? key.n : 0};
	for (size_t i = 0; i < 3; i++) {
		jobs[i] = job;
		jobs[i].ret = sealed[i];
	}
	crypto_aead_many(b, a, true, jobs, 3);
	for (size_t i = 0; i < 3 && good; i++) {
		good = jobs[i].result == n && memcmp(sealed[i], alone, (size_t)n) == 0;
		jobs[i].text = (struct span){sealed[i], (size_t)n};
		jobs[i].ret = opened[i];
	}
	if (!good)
		return false;
	sealed[1][n - 1] ^= 1;
	crypto_aead_many(b, a, false, jobs, 3);
	for (size_t i = 0; i < 3; i += 2)
		good = good && jobs[i].result == (int)job.text.n &&
		       (job.text.n == 0 || memcmp(opened[i], job.text.p, job.text.n) == 0);
	return good && jobs[1].result == -EBADMSG;
}

static bool packets_hold(
	const struct crypto_backend *b, struct aead *a, const struct packet_vector *v)
{
	const struct aead_row *row = find(v->number);
	uint8_t packet[PACKET_MAX], cookie[PACKET_MAX], key[CRYPTO_AEAD_KEY_MAX];
	uint8_t nonce[CRYPTO_AEAD_NONCE_MAX];
	struct writer k = writer_on(key, sizeof(key)), n = writer_on(nonce, sizeof(nonce));
	struct writer c = writer_on(cookie, sizeof(cookie));
	struct aead_job job;

	write_sequence(&k, 0x80, row->key_n);
	write_sequence(&n, 0xc0, row->nonce_n);
	if (b->aead_rekey(a, made(&k)) < 0 ||
		!tag_holds(b, a, row, made(&n), request_of(packet, v->cookie_n),
			(struct span){cookie, 0}, v->request))
		return false;
	k.n = n.n = 0;
	write_sequence(&k, 0x00, row->key_n);
	write_sequence(&n, 0xd0, row->nonce_n);
	write_cookie(&c, 0x90, v->cookie_n);
	job = (struct aead_job){.nonce = made(&n), .ad = response_of(packet), .text = made(&c)};
	return b->aead_rekey(a, made(&k)) == 0 &&
	       tag_holds(b, a, row, job.nonce, job.ad, job.text, v->response) &&
	       many_hold(b, a, false, made(&k), job) && many_hold(b, a, true, made(&k), job);
}

static bool vector_holds(
	const struct crypto_backend *b, struct aead *a, const struct aead_vector *v)
{
	struct span nonce = bytes(v->nonce, v->nonce_n), ad = bytes(v->ad, v->ad_n);
	struct span plain = bytes(v->plain, v->plain_n);
	uint8_t sealed[PACKET_MAX];
	int n = v->plain_n + CRYPTO_AEAD_TAG;

	return b->aead_rekey(a, bytes(v->key, crypto_aead_key_length(v->number))) == 0 &&
	       b->aead_seal(a, nonce, ad, plain, sealed, sizeof(sealed)) == n &&
	       memcmp(sealed, v->sealed, (size_t)n) == 0;
}

/* The first vector of an algorithm that does not hold, or NULL. */
static const char *failing(const struct crypto_backend *b, struct aead *a, uint16_t number)
{
	for (size_t i = 0; i < sizeof(aead_vectors) / sizeof(aead_vectors[0]); i++) {
		if (aead_vectors[i].number == number && !vector_holds(b, a, &aead_vectors[i]))
			return aead_vectors[i].name;
	}
	for (size_t i = 0; i < sizeof(packet_vectors) / sizeof(packet_vectors[0]); i++) {
		if (packet_vectors[i].number == number && !packets_hold(b, a, &packet_vectors[i]))
			return packet_vectors[i].name;
	}
	return NULL;
}

/* Returns 0, -ENOTSUP, -ENOMEM, or -EBADMSG with the vector's name. */
static int try_aead(const struct crypto_backend *b, uint16_t number, const char **ret_which)
{
	int r = find(number) ? 0 : -ENOTSUP;
	struct aead *a;
	const char *name;

	if (r == 0)
		r = b->aead_create(number, &a);
	if (r < 0)
		return r == -ENOMEM ? r : -ENOTSUP;
	name = failing(b, a, number);
	b->aead_destroy(a);
	if (!name)
		return 0;
	*ret_which = name;
	return -EBADMSG;
}

bool crypto_has_aead(const struct crypto_backend *b, uint16_t number)
{
	const char *which;

	return try_aead(b, number, &which) == 0;
}

int crypto_working_aeads(
	const struct crypto_backend *b, const uint16_t *wanted, size_t n, uint16_t *ret)
{
	const char *which;
	int found = 0;

	for (size_t i = 0; i < n; i++) {
		int r = try_aead(b, wanted[i], &which);

		if (r == -ENOMEM)
			return r;
		if (r == 0)
			ret[found++] = wanted[i];
	}
	return found;
}

int crypto_aead_self_test(const struct crypto_backend *b, const char **ret_which)
{
	for (size_t i = 0; i < N_ALGORITHMS; i++) {
		/* SIV wrong is AES wrong. GCM-SIV is young in libraries: a wrong one is not
		 * offered, and no reason to do without the rest. One that is missing is no fault at
		 * all. */
		if (algorithms[i].tag_first &&
			try_aead(b, algorithms[i].number, ret_which) == -EBADMSG)
			return -EBADMSG;
	}
	return 0;
}
