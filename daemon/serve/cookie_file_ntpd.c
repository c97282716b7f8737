/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * ntpd's file of cookie keys: when the newest was made, how long they are, and then each one's
 * number and bytes, the newest first.
 */
#include "config.h"

#include <errno.h>
#include <math.h>
#include <string.h>

#include "common/text.h"
#include "daemon/serve/cookie_file.h"

/* The longest line, with its NUL. */
#define LINE_ROOM (3 + 2 * CRYPTO_AEAD_KEY_MAX + 2)

/* The latest year that files may say, s since 1970: 9999. */
#define TIME_MAX 253402300799

static const enum cookie_age order[] = {COOKIE_CURRENT, COOKIE_OLD, COOKIE_OLD2, COOKIE_OLDER,
	COOKIE_OLDER + 1, COOKIE_OLDER + 2, COOKIE_OLDER + 3, COOKIE_OLDER + 4, COOKIE_OLDER + 5,
	COOKIE_OLDER + 6};

/* Takes the line that begins with a letter off the front. Its word is in line then. */
static bool take_line(struct span *io, char letter, char line[LINE_ROOM])
{
	const uint8_t *end = io->n > 0 ? memchr(io->p, '\n', io->n) : NULL;
	size_t n = end ? (size_t)(end - io->p) : 0;

	if (n < 4 || n >= LINE_ROOM || memchr(io->p, '\0', n) || io->p[0] != (uint8_t)letter ||
		io->p[1] != ':' || io->p[2] != ' ')
		return false;
	memcpy(line, io->p + 3, n - 3);
	line[n - 3] = '\0';
	*io = (struct span){io->p + n + 1, io->n - n - 1};
	return true;
}

static bool take_number(struct span *io, char letter, long long max, long long *ret)
{
	char line[LINE_ROOM];

	return take_line(io, letter, line) && text_to_int(line, 0, max, ret) == 0;
}

static uint16_t aead_of_length(long long n)
{
	static const uint16_t numbers[] = {
		CRYPTO_AEAD_SIV_256, CRYPTO_AEAD_SIV_384, CRYPTO_AEAD_SIV_512};

	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++)
		if ((long long)crypto_aead_key_length(numbers[i]) == n)
			return numbers[i];
	return 0;
}

static bool take_key(struct span *io, uint16_t aead, struct cookie_key *ret)
{
	size_t n = crypto_aead_key_length(aead);
	uint8_t id[COOKIE_KEY_ID];
	char line[LINE_ROOM];
	uint32_t native;
	long long number;
	bool good = take_number(io, 'I', UINT32_MAX, &number) && take_line(io, 'K', line) &&
		    text_hex(line, ret->bytes, n) == n;

	if (!good)
		return false;
	/* The ID is in the byte order of the machine. */
	native = (uint32_t)number;
	memcpy(id, &native, sizeof(id));
	ret->id = cookie_key_id((struct span){id, sizeof(id)});
	ret->aead = aead;
	ret->ntpd = true;
	crypto_wipe(line, sizeof(line));
	return true;
}

int cookie_file_parse_ntpd(struct span content, double now_s, struct cookie_keyset *ret)
{
	const size_t most = sizeof(order) / sizeof(order[0]);
	struct cookie_keyset set = {0};
	long long time, length;
	size_t n = 0;
	uint16_t aead = 0;
	bool good;

	if (take_number(&content, 'T', TIME_MAX, &time) &&
		take_number(&content, 'L', CRYPTO_AEAD_KEY_MAX, &length))
		aead = aead_of_length(length);
	good = aead != 0 && content.n > 0;
	while (good && n < most && content.n > 0) {
		good = take_key(&content, aead, &set.keys[order[n]]);
		n++;
	}
	good = good && content.n == 0;
	if (good) {
		set.age = fmax(now_s - (double)time, 0);
		*ret = set;
	}
	crypto_wipe(&set, sizeof(set));
	return good ? 0 : -EBADMSG;
}

int cookie_file_format_ntpd(const struct cookie_keyset *set, double now_s, char *ret, size_t room)
{
	size_t length = crypto_aead_key_length(set->keys[COOKIE_CURRENT].aead);
	struct text t = text_on(ret, room);

	text_add(&t, "T: %lld\nL: %zu\n", llround(now_s - set->age), length);
	for (size_t i = 0; i < sizeof(order) / sizeof(order[0]); i++) {
		const struct cookie_key *key = &set->keys[order[i]];
		uint8_t id[COOKIE_KEY_ID];
		struct writer w = writer_on(id, sizeof(id));
		uint32_t native;

		/* One length for all: a library that got better does not mix them. */
		if (crypto_aead_key_length(key->aead) != length)
			continue;
		write_u32(&w, key->id);
		memcpy(&native, id, sizeof(native));
		text_add(&t, "I: %u\nK: ", native);
		for (size_t j = 0; j < length; j++)
			text_add(&t, "%02x", key->bytes[j]);
		text_add(&t, "\n");
	}
	return t.cut ? -ENOSPC : (int)t.n;
}
