/* SPDX-License-Identifier: BSD-2-Clause */
/* Keys of mode 6 for the client: a digest over the secret and the request. */
#define _GNU_SOURCE
#include "config.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "cli/ntpq_key.h"
#include "common/bytes.h"
#include "common/md5.h"
#include "common/sha1.h"
#include "common/text.h"

/* Secrets longer than this are written in hexadecimal. */
#define PLAIN_MAX 20

/* The longest request without its digest. */
#define SIGNED_MAX 512

static const char *const digests[] = {[NTPQ_MD5] = "MD5", [NTPQ_SHA1] = "SHA1"};

const char *ntpq_digest_name(enum ntpq_digest digest)
{
	return digests[digest];
}

int ntpq_digest_parse(const char *name, enum ntpq_digest *ret)
{
	if (text_same_word(name, "SHA-1"))
		name = digests[NTPQ_SHA1];
	for (int i = NTPQ_MD5; i <= NTPQ_SHA1; i++) {
		if (!text_same_word(name, digests[i]))
			continue;
		*ret = (enum ntpq_digest)i;
		return 0;
	}
	return -EINVAL;
}

int ntpq_key_secret(struct ntpq_key *key, const char *text)
{
	size_t n = strlen(text);

	if (n == 0)
		return -EINVAL;
	if (n <= PLAIN_MAX) {
		memcpy(key->secret, text, n);
		key->n = n;
		return 0;
	}
	n = text_hex(text, key->secret, sizeof(key->secret));
	if (n == 0)
		return -EINVAL;
	key->n = n;
	return 0;
}

/* Takes a line "NUMBER TYPE SECRET". Returns 1 when it is the key, 0 when it is not, or -ENOTSUP.
 */
static int take_line(char *line, struct ntpq_key *key)
{
	char *words[4];
	long long id;

	line[strcspn(line, "#\n")] = '\0';
	if (text_split(line, words, 4) < 3 || text_to_int(words[0], 1, UINT32_MAX, &id) < 0 ||
		(uint32_t)id != key->id)
		return 0;
	if (ntpq_digest_parse(words[1], &key->digest) < 0 || ntpq_key_secret(key, words[2]) < 0)
		return -ENOTSUP;
	return 1;
}

int ntpq_key_read(const char *path, struct ntpq_key *key)
{
	FILE *f = fopen(path, "re");
	char line[512];
	int r = 0;

	if (f == NULL)
		return -errno;
	while (r == 0 && fgets(line, sizeof(line), f) != NULL)
		r = take_line(line, key);
	explicit_bzero(line, sizeof(line));
	fclose(f);
	return r == 0 ? -ENOKEY : r < 0 ? r : 0;
}

size_t ntpq_key_sign(
	const struct ntpq_key *key, const uint8_t *p, size_t n, uint8_t ret[NTPQ_MAC_MAX])
{
	uint8_t all[NTPQ_SECRET_MAX + SIGNED_MAX], digest[SHA1_LENGTH];
	size_t length = key->digest == NTPQ_MD5 ? 16 : SHA1_LENGTH;
	struct writer w = writer_on(all, sizeof(all)), mac = writer_on(ret, NTPQ_MAC_MAX);

	write_bytes(&w, key->secret, key->n);
	write_bytes(&w, p, n);
	if (key->digest == NTPQ_MD5)
		md5(all, w.n, digest);
	else
		sha1(all, w.n, digest);
	write_u32(&mac, key->id);
	write_bytes(&mac, digest, length);
	explicit_bzero(all, sizeof(all));
	return mac.n;
}
