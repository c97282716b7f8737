/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Key files of ntpd in the words of chrony's.
 */
#include "config.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "backends/crypto.h"
#include "common/log.h"
#include "common/text.h"
#include "config/settings_ntp.h"
#include "daemon/protocol/keys_ntp.h"

/* A key of more characters is hexadecimal, and then has at most so many octets. */
#define TEXT_MAX 20
#define HEX_MAX  32

#define KEY_MAX 65535

/* A line being rewritten. */
struct rewriting {
	const struct settings_ntp *settings;
	const struct log *log;
	long long id;
	const char *type; /* chrony's word */
	size_t length;    /* that the key must have, octets; 0: any */
	uint8_t secret[HEX_MAX];
	size_t n;
};

/* Names of types without regard to case and hyphens. Ciphers come first, as in ntpd. */
static const struct {
	const char *name, *type;
	size_t length;
} types[] = {
	{"AES", "AES128", 16},
	{"AES128", "AES128", 16},
	{"AES128CMAC", "AES128", 16},
	{"AES256", "AES256", 32},
	{"AES256CMAC", "AES256", 32},
	{"MD5", "MD5", 0},
	{"SHA", "SHA1", 0},
	{"SHA1", "SHA1", 0},
	{"SHA256", "SHA256", 0},
	{"SHA384", "SHA384", 0},
	{"SHA512", "SHA512", 0},
	{"SHA3224", "SHA3-224", 0},
	{"SHA3256", "SHA3-256", 0},
	{"SHA3384", "SHA3-384", 0},
	{"SHA3512", "SHA3-512", 0},
};

static bool find_type(struct rewriting *w, const char *word)
{
	char plain[32];
	size_t n = 0;

	for (const char *p = word; *p && n + 1 < sizeof(plain); p++)
		if (*p != '-')
			plain[n++] = *p;
	plain[n] = '\0';
	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
		if (text_same_word(types[i].name, plain)) {
			w->type = types[i].type;
			w->length = types[i].length;
			return true;
		}
	}
	/* For decades M meant MD5, and so did all that begins with it. */
	w->type = "MD5";
	w->length = 0;
	return plain[0] == 'M' || plain[0] == 'm';
}

static bool take_key(struct rewriting *w, const char *key)
{
	size_t n = strlen(key);

	if (n > TEXT_MAX) {
		w->n = text_hex(key, w->secret, HEX_MAX);
		if (w->n == 0)
			return false;
	} else {
		memcpy(w->secret, key, n);
		w->n = n;
	}
	if (w->length == 0 || w->n == w->length)
		return true;
	log_warning(w->log, "AUTH: CMAC key %lld will be %s %zu=>%zu", w->id,
		w->n < w->length ? "padded" : "truncated", w->n, w->length);
	w->n = w->length;
	return true;
}

/* Reads the number of a key. Returns false when there is none. */
static bool read_number(struct rewriting *w, const char *word)
{
	if (text_to_int(word, INT32_MIN, INT32_MAX, &w->id) < 0 || w->id == 0)
		log_warning(w->log, "AUTH: authreadkeys: cannot change key %s", word);
	else if (w->id < 0 || w->id > KEY_MAX)
		log_warning(w->log, "AUTH: authreadkeys: key %s > %d reserved", word, KEY_MAX);
	else
		return true;
	return false;
}

/* Reads the words of a line. Returns false when it is left out. */
static bool read_words(struct rewriting *w, char *const *words, size_t n)
{
	if (n == 0 || !read_number(w, words[0]) ||
		!settings_trusts_key(w->settings, (uint32_t)w->id))
		return false;
	if (n < 3) {
		log_warning(w->log, "AUTH: authreadkeys: no key%s for key %lld",
			n < 2 ? " type" : "", w->id);
		return false;
	}
	if (!find_type(w, words[1])) {
		log_warning(
			w->log, "AUTH: authreadkeys: unknown auth type %lld, %s", w->id, words[1]);
		return false;
	}
	if (!take_key(w, words[2])) {
		log_warning(w->log, "AUTH: authreadkeys: invalid hex digit for key %lld", w->id);
		return false;
	}
	if (n > 3)
		log_warning(w->log, "AUTH: addresses of key %lld are not looked at", w->id);
	return true;
}

void keys_ntp_line(char *line, size_t room, const struct settings_ntp *s, const struct log *log)
{
	struct rewriting w = {.settings = s, .log = log};
	char *comment = strchr(line, '#'), *words[5];
	bool good;
	struct text t;

	if (comment)
		*comment = '\0';
	good = read_words(&w, words, text_split(line, words, 5));
	t = text_on(line, room);
	if (good) {
		text_add(&t, "%lld %s HEX:", w.id, w.type);
		for (size_t i = 0; i < w.n; i++)
			text_add(&t, "%02x", w.secret[i]);
	}
	crypto_wipe(w.secret, sizeof(w.secret));
}
