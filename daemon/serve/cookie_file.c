/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The text of a key file: its kind, the age of the current key, then four lines of ID, key and
 * algorithm from the oldest to the next.
 */
#include "config.h"

#include <errno.h>
#include <math.h>
#include <string.h>

#include "common/text.h"
#include "daemon/serve/cookie_file.h"

/* Words of the longest line, and one more to see that there are too many. */
#define WORDS_MAX 4

/* The longest line: ID, key in hexadecimal, algorithm. */
#define LINE_MAX_TEXT (8 + 1 + 2 * CRYPTO_AEAD_KEY_MAX + 1 + 5 + 2)

/* Ages above this mean nothing, and would not print as they were read: 100 years. */
#define AGE_MAX 3155760000.0

/* Takes a line off the front and splits it. Returns its number of words, or -1. */
static int take_words(struct span *io, char line[LINE_MAX_TEXT], char **ret)
{
	const uint8_t *end = io->n > 0 ? memchr(io->p, '\n', io->n) : NULL;
	size_t n = end ? (size_t)(end - io->p) : io->n;

	if (n == 0 || n >= LINE_MAX_TEXT || memchr(io->p, '\0', n))
		return -1;
	memcpy(line, io->p, n);
	line[n] = '\0';
	n += end != NULL;
	*io = (struct span){io->p + n, io->n - n};
	return (int)text_split(line, ret, WORDS_MAX);
}

/* Reads a word of exactly n bytes. */
static bool take_hex(const char *word, uint8_t *ret, size_t n)
{
	return text_hex(word, ret, n) == n;
}

static bool take_aead(const char *word, uint16_t *ret)
{
	long long number;

	if (text_to_int(word, 1, UINT16_MAX, &number) < 0)
		return false;
	*ret = (uint16_t)number;
	return crypto_aead_key_length(*ret) > 0;
}

static bool take_age(const char *word, double *ret)
{
	return text_to_real(word, ret) == 0 && *ret >= 0 && *ret <= AGE_MAX;
}

/* The two lines before the keys. *ret_aead is the algorithm of all keys, or 0: each has its own. */
static bool take_head(struct span *io, double *ret_age, uint16_t *ret_aead)
{
	char line[LINE_MAX_TEXT], *words[WORDS_MAX];
	bool old;

	if (take_words(io, line, words) != 1)
		return false;
	old = strcmp(words[0], "NKS0") == 0;
	if (!old && strcmp(words[0], "NKS1") != 0)
		return false;
	*ret_aead = 0;
	if (take_words(io, line, words) != (old ? 2 : 1))
		return false;
	return (!old || take_aead(words[0], ret_aead)) && take_age(words[old], ret_age);
}

static bool take_key(struct span *io, uint16_t aead, struct cookie_key *ret)
{
	char line[LINE_MAX_TEXT], *words[WORDS_MAX];
	uint8_t id[COOKIE_KEY_ID];
	bool good;

	if (take_words(io, line, words) != (aead ? 2 : 3))
		return false;
	ret->aead = aead;
	good = (aead || take_aead(words[2], &ret->aead)) && take_hex(words[0], id, sizeof(id)) &&
	       take_hex(words[1], ret->bytes, crypto_aead_key_length(ret->aead));
	ret->id = cookie_key_id((struct span){id, sizeof(id)});
	crypto_wipe(line, sizeof(line));
	return good;
}

int cookie_file_parse(struct span content, struct cookie_keyset *ret, const char **ret_reason)
{
	struct cookie_keyset set = {0};
	uint16_t aead;
	int r = -EBADMSG;

	*ret_reason = "not a file of NTS server keys";
	if (!take_head(&content, &set.age, &aead))
		goto out;
	set.old_file = aead != 0;
	for (size_t i = 0; i < COOKIE_KEYS; i++) {
		*ret_reason = "a key is missing or malformed";
		if (!take_key(&content, aead, &set.keys[i]))
			goto out;
		*ret_reason = "the IDs of the keys are not in order";
		if (i > 0 && ((set.keys[i].id - set.keys[i - 1].id) & 3) != 1)
			goto out;
	}
	*ret_reason = "something follows the keys";
	if (content.n > 0)
		goto out;
	*ret = set;
	r = 0;
out:
	crypto_wipe(&set, sizeof(set));
	return r;
}

/* The algorithm of all four keys, or 0: there are several. */
static uint16_t common_aead(const struct cookie_keyset *set)
{
	for (size_t i = 1; i < COOKIE_KEYS; i++)
		if (set->keys[i].aead != set->keys[0].aead)
			return 0;
	return set->keys[0].aead;
}

int cookie_file_format(const struct cookie_keyset *set, char *ret, size_t room)
{
	struct text t = text_on(ret, room);

	bool old = set->old_file && common_aead(set) != 0;

	if (old)
		text_add(&t, "NKS0\n%u ", (unsigned)common_aead(set));
	else
		text_add(&t, "NKS1\n");
	text_add(&t, "%.1f\n", fmin(fmax(set->age, 0), AGE_MAX));
	for (size_t i = 0; i < COOKIE_KEYS; i++) {
		const struct cookie_key *key = &set->keys[i];

		text_add(&t, "%08X ", key->id);
		for (size_t j = 0; j < crypto_aead_key_length(key->aead); j++)
			text_add(&t, "%02X", key->bytes[j]);
		if (old)
			text_add(&t, "\n");
		else
			text_add(&t, " %u\n", (unsigned)key->aead);
	}
	return t.cut ? -ENOSPC : (int)t.n;
}
