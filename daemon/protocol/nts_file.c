/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The file ADDRESS.nts: lines of name, time, server, keys, and one for each cookie (chrony's NNC0).
 */
#include "config.h"

#include <errno.h>
#include <math.h>
#include <string.h>

#include "common/instant.h"
#include "common/text.h"
#include "daemon/protocol/nts_session.h"

#define MAGIC    "NNC0"
#define LINE_MAX 1024 /* the longest line, its NUL included */
#define WORDS    5    /* one more than any line has */

static void add_hex(struct text *t, const uint8_t *p, size_t n)
{
	for (size_t i = 0; i < n; i++)
		text_add(t, "%02X", p[i]);
}

int nts_session_format(const struct nts_session *s, const char *name, char *ret, size_t room)
{
	char address[ADDRESS_TEXT];
	struct text t = text_on(ret, room);

	address_format(&s->server.address, address, sizeof(address));
	text_add(&t, MAGIC "\n%s\n%.1f\n%s %u\n%u %u ", name, (double)s->established * 1e-9,
		address, s->server.port, s->establishments, s->keys.aead);
	add_hex(&t, s->keys.s2c, s->keys.n);
	text_add(&t, " ");
	add_hex(&t, s->keys.c2s, s->keys.n);
	text_add(&t, "\n");
	for (size_t i = 0; i < s->n_cookies; i++) {
		add_hex(&t, s->cookies[i].bytes, s->cookies[i].n);
		text_add(&t, "\n");
	}
	return t.cut ? -ENOSPC : (int)t.n;
}

/* The next line as a string. False at the end, and for one that is too long or has a NUL. */
static bool next_line(struct span *io, char line[LINE_MAX])
{
	const uint8_t *end = io->n > 0 ? memchr(io->p, '\n', io->n) : NULL;
	size_t n = end ? (size_t)(end - io->p) : 0;

	/* A line without its end was not written whole. */
	if (!end || n >= LINE_MAX || memchr(io->p, '\0', n))
		return false;
	memcpy(line, io->p, n);
	line[n] = '\0';
	io->p += n + 1;
	io->n -= n + 1;
	return true;
}

/* The words of the next line when there are exactly n. */
static bool next_words(struct span *io, char line[LINE_MAX], char **words, size_t n)
{
	return next_line(io, line) && text_split(line, words, WORDS) == n;
}

static bool read_server(char **words, struct nts_session *io)
{
	long long port;

	if (address_parse(words[0], &io->server.address) < 0 ||
		address_is_not_unicast(&io->server.address) ||
		text_to_int(words[1], 1, UINT16_MAX, &port) < 0)
		return false;
	io->server.port = (uint16_t)port;
	return true;
}

static bool read_keys(char **words, struct nts_session *io)
{
	long long establishments, aead;

	if (text_to_int(words[0], 0, UINT32_MAX, &establishments) < 0 ||
		text_to_int(words[1], 0, UINT16_MAX, &aead) < 0)
		return false;
	io->establishments = (uint32_t)establishments;
	io->keys.aead = (uint16_t)aead;
	io->keys.n = crypto_aead_key_length(io->keys.aead);
	return io->keys.n > 0 &&
	       text_hex(words[2], io->keys.s2c, sizeof(io->keys.s2c)) == io->keys.n &&
	       text_hex(words[3], io->keys.c2s, sizeof(io->keys.c2s)) == io->keys.n;
}

/* One cookie: 8 at the most, none that nts_response_decode() would leave out. */
static bool read_cookie(const char *word, struct nts_session *io)
{
	struct nts_cookie cookie;
	size_t n = text_hex(word, cookie.bytes, sizeof(cookie.bytes));

	if (n == 0 || n % 4 != 0 || io->n_cookies == NTS_COOKIES)
		return false;
	cookie.n = (uint16_t)n;
	nts_session_put(io, &cookie);
	return true;
}

/* The lines before the cookies. */
static bool read_head(struct span *io, const char *name, struct nts_session *ret)
{
	char line[LINE_MAX], *words[WORDS];
	double established;
	bool good;

	if (!next_line(io, line) || strcmp(line, MAGIC) != 0 || !next_line(io, line) ||
		strcmp(line, name) != 0)
		return false;
	if (!next_words(io, line, words, 1) || text_to_real(words[0], &established) < 0 ||
		!(fabs(established) < 1e11))
		return false;
	ret->established = instant_ns(established);
	good = next_words(io, line, words, 2) && read_server(words, ret) &&
	       next_words(io, line, words, 4) && read_keys(words, ret);
	crypto_wipe(line, sizeof(line));
	return good;
}

int nts_session_parse(struct span file, const char *name, struct nts_session *ret)
{
	char line[LINE_MAX], *words[WORDS];
	struct nts_session s = {0};
	bool good = read_head(&file, name, &s);

	while (good && file.n > 0)
		good = next_words(&file, line, words, 1) && read_cookie(words[0], &s);
	if (good && s.n_cookies > 0)
		*ret = s;
	else
		good = false;
	nts_session_wipe(&s);
	return good ? 0 : -EBADMSG;
}
