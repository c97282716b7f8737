/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The key file and the MACs of NTP packets (RFC 5905 7.3, RFC 7822, RFC 8573).
 */
#include "config.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/log.h"
#include "common/text.h"
#include "daemon/kernel/kernel.h"
#include "daemon/protocol/keys.h"
#include "daemon/protocol/keys_ntp.h"

#define FILE_MAX (1024 * 1024) /* the largest key file that is read */
#define LINE_MAX 2048          /* the longest line, its end included */
#define MAC_V4   20            /* what version 4 has room for (RFC 7822 7.5) */

/* One key. */
struct key {
	uint32_t id;
	enum crypto_mac type;
	uint8_t *secret;
	size_t n;    /* bytes of secret */
	size_t line; /* of the file */
};

struct keys {
	const struct crypto_backend *crypto;
	const struct settings_ntp *ntp; /* the file is ntpd's; NULL: chrony's */
	struct key *table;              /* sorted by id once loaded */
	size_t n, room;
	struct report_keys *counts; /* apart, so that who only uses keys can count */
};

/* Where a line is from, for messages. */
struct place {
	const char *path;
	size_t line;
	const struct log *log;
};

/* A store the compiler may not leave out. */
static void wipe(void *p, size_t n)
{
	volatile uint8_t *bytes = p;

	while (n-- > 0)
		*bytes++ = 0;
}

static int compare(const void *a, const void *b)
{
	const struct key *x = a, *y = b;

	return (x->id > y->id) - (x->id < y->id);
}

static int compare_lines(const void *a, const void *b)
{
	const struct key *x = a, *y = b;
	int r = compare(a, b);

	return r != 0 ? r : (x->line > y->line) - (x->line < y->line);
}

static const struct key *find(const struct keys *keys, uint32_t id)
{
	struct key wanted = {.id = id};

	if (keys->n == 0)
		return NULL;
	return bsearch(&wanted, keys->table, keys->n, sizeof(wanted), compare);
}

/* Decodes "HEX:digits", "ASCII:text" or plain text into ret, which is as long as s. Returns the
 * length, 0 when it is no key. */
static size_t decode(const char *s, uint8_t *ret)
{
	size_t n;

	if (strncmp(s, "HEX:", 4) == 0)
		return text_hex(s + 4, ret, strlen(s));
	if (strncmp(s, "ASCII:", 6) == 0)
		s += 6;
	n = strlen(s);
	memcpy(ret, s, n);
	return n;
}

static size_t cipher_key_length(enum crypto_mac type)
{
	if (type == CRYPTO_AES128_CMAC)
		return 16;
	return type == CRYPTO_AES256_CMAC ? 32 : 0;
}

/* Whether a key of this type can be used here, with a warning when not. */
static bool usable(
	const struct keys *keys, enum crypto_mac type, uint32_t id, size_t n, const struct log *log)
{
	size_t length = cipher_key_length(type);

	if (!keys->crypto->has_mac(type)) {
		log_warning(log, "Unsupported %s in key %u",
			length > 0 ? "cipher" : "hash function", id);
		return false;
	}
	if (length > 0 && n != length) {
		log_warning(log, "Invalid length of %s key %u (expected %zu bits)",
			crypto_mac_name(type), id, length * 8);
		return false;
	}
	return true;
}

/* Reads ID [TYPE] KEY; the secret goes to ret->secret, which has room for the line.
 * Returns 0, or -EINVAL for a line to be left out, already warned about. */
static int read_line(
	const struct keys *keys, char *line, const struct place *place, struct key *ret)
{
	char *words[4];
	size_t n = text_split(line, words, 4);
	long long id;

	if (n < 2 || n > 3 || text_to_int(words[0], 0, UINT32_MAX, &id) < 0) {
		log_warning(place->log, "Could not parse key at line %zu in file %s", place->line,
			place->path);
		return -EINVAL;
	}
	ret->id = (uint32_t)id;
	ret->type = CRYPTO_MD5;
	if (n == 3 && crypto_mac_from_name(words[1], &ret->type) < 0) {
		/* These are hashes too, but none of the libraries here has them. */
		if (strcmp(words[1], "TIGER") == 0 || strcmp(words[1], "WHIRLPOOL") == 0)
			log_warning(place->log, "Unsupported hash function in key %u", ret->id);
		else
			log_warning(place->log, "Invalid type in key %u", ret->id);
		return -EINVAL;
	}
	ret->n = decode(words[n - 1], ret->secret);
	if (ret->n == 0) {
		log_warning(place->log, "Could not decode key %u", ret->id);
		return -EINVAL;
	}
	return usable(keys, ret->type, ret->id, ret->n, place->log) ? 0 : -EINVAL;
}

/* Appends a copy of a key. Returns 0 or -ENOMEM. */
static int append(struct keys *keys, const struct key *key)
{
	struct key copy = *key;

	if (keys->n == keys->room) {
		size_t room = keys->room > 0 ? 2 * keys->room : 16;
		struct key *table = realloc(keys->table, room * sizeof(*table));

		if (!table)
			return -ENOMEM;
		keys->table = table;
		keys->room = room;
	}
	copy.secret = malloc(key->n);
	if (!copy.secret)
		return -ENOMEM;
	memcpy(copy.secret, key->secret, key->n);
	keys->table[keys->n++] = copy;
	return 0;
}

/* Whether a line says nothing: blank, or a comment in chrony's manner. */
static bool is_silent(const char *line)
{
	line += strspn(line, " \t\r\f\v");
	return *line == '\0' || strchr("!;#%", *line) != NULL;
}

static int add_line(struct keys *keys, struct span text, const struct place *place)
{
	char line[LINE_MAX];
	uint8_t secret[LINE_MAX];
	struct key key = {.secret = secret, .line = place->line};
	int r = 0;

	/* A line that is too long, or holds a NUL, says something other than it seems to. */
	if (text.n >= sizeof(line) || memchr(text.p, '\0', text.n)) {
		log_warning(place->log, "Could not parse key at line %zu in file %s", place->line,
			place->path);
		return 0;
	}
	memcpy(line, text.p, text.n);
	line[text.n] = '\0';
	if (keys->ntp && !is_silent(line))
		keys_ntp_line(line, sizeof(line), keys->ntp, place->log);
	if (!is_silent(line) && read_line(keys, line, place, &key) == 0)
		r = append(keys, &key);
	wipe(line, sizeof(line));
	wipe(secret, sizeof(secret));
	return r;
}

static int add_lines(struct keys *keys, struct span file, const char *path, const struct log *log)
{
	struct place place = {path, 0, log};
	int r = 0;

	while (r == 0 && file.n > 0) {
		const uint8_t *end = memchr(file.p, '\n', file.n);
		struct span line = {file.p, end ? (size_t)(end - file.p) : file.n};
		size_t taken = end ? line.n + 1 : line.n;

		place.line++;
		r = add_line(keys, line, &place);
		file.p += taken;
		file.n -= taken;
	}
	return r;
}

static void drop(struct key *key)
{
	wipe(key->secret, key->n);
	free(key->secret);
}

/* Sorts; of keys with one ID the first stays. */
static void order(struct keys *keys, const struct log *log)
{
	size_t kept = 0;

	if (keys->n > 0)
		qsort(keys->table, keys->n, sizeof(*keys->table), compare_lines);
	for (size_t i = 0; i < keys->n; i++) {
		if (kept > 0 && keys->table[kept - 1].id == keys->table[i].id) {
			log_warning(log, "Detected duplicate key %u", keys->table[i].id);
			drop(&keys->table[i]);
		} else {
			keys->table[kept++] = keys->table[i];
		}
	}
	keys->n = kept;
}

/* Who can read keys can forge our time. */
static void check_mode(struct kernel *k, const char *path, const struct log *log)
{
	unsigned mode;

	if (k->ops->file_mode(k, path, &mode) < 0 || (mode & ~0771u) == 0)
		return;
	log_warning(log, "%s permissions on %s",
		(mode & 04)   ? "World-readable"
		: (mode & 02) ? "World-writable"
			      : "Wrong",
		path);
}

/* Reads the file into an already made set. */
static int load(struct kernel *k, struct keys *keys, const char *path, const struct log *log)
{
	uint8_t *file = malloc(FILE_MAX);
	size_t n;
	int r;

	if (!file)
		return -ENOMEM;
	r = k->ops->file_load(k, path, file, FILE_MAX, &n);
	if (r < 0 && keys->ntp) {
		log_warning(log, "AUTH: authreadkeys: file %s: %s", path, strerror(-r));
	} else if (r < 0) {
		log_warning(log, "Could not open keyfile %s", path);
	} else {
		if (keys->ntp)
			log_info(log, "AUTH: authreadkeys: reading %s", path);

		struct span content = {file, n};

		check_mode(k, path, log);
		r = add_lines(keys, content, path, log);
		wipe(file, n);
	}
	free(file);
	return r;
}

/* What was read, in the words of the daemon that is stood in for. */
static void tell_loaded(const struct keys *keys, const struct log *log)
{
	if (!keys->ntp) {
		log_info(log, "Loaded %zu symmetric keys", keys->n);
		return;
	}
	log_info(log, "AUTH: authreadkeys: added %zu keys", keys->n);
	log_info(log, "Found %zu trusted keys.", keys->n);
}

int keys_load(struct kernel *k, const struct crypto_backend *crypto, const char *path,
	const struct log *log, struct keys **ret)
{
	return keys_load_as(k, crypto, path, NULL, log, ret);
}

int keys_load_as(struct kernel *k, const struct crypto_backend *crypto, const char *path,
	const struct settings_ntp *ntp, const struct log *log, struct keys **ret)
{
	struct keys *keys = calloc(1, sizeof(*keys));
	int r = 0;

	if (!keys)
		return -ENOMEM;
	keys->counts = calloc(1, sizeof(*keys->counts));
	if (!keys->counts) {
		free(keys);
		return -ENOMEM;
	}
	keys->crypto = crypto;
	keys->ntp = ntp;
	if (path[0] != '\0')
		r = load(k, keys, path, log);
	if (r == -ENOMEM) {
		keys_destroy(keys);
		return r;
	}
	order(keys, log);
	if (path[0] != '\0' && r == 0)
		tell_loaded(keys, log);
	*ret = keys;
	return r;
}

int keys_reload(struct keys *keys, struct kernel *k, const char *path, const struct log *log)
{
	struct keys *fresh = NULL;
	struct keys old = *keys;
	int r = keys_load_as(k, keys->crypto, path, keys->ntp, log, &fresh);

	/* A file that cannot be read takes no key away. */
	if (r == 0) {
		*keys = *fresh;
		*fresh = old;
		fresh->counts = keys->counts;
		keys->counts = old.counts;
	}
	keys_destroy(fresh);
	return r;
}

void keys_destroy(struct keys *keys)
{
	if (!keys)
		return;
	for (size_t i = 0; i < keys->n; i++)
		drop(&keys->table[i]);
	free(keys->table);
	free(keys->counts);
	free(keys);
}

bool keys_find(const struct keys *keys, uint32_t id, enum crypto_mac *ret_type, int *ret_bits)
{
	const struct key *key = find(keys, id);

	if (!key)
		return false;
	*ret_type = key->type;
	*ret_bits = (int)(8 * key->n);
	return true;
}

int keys_mac_length(const struct keys *keys, uint32_t id, int version)
{
	const struct key *key = find(keys, id);
	size_t n;

	if (!key)
		return -ENOENT;
	n = crypto_mac_length(key->type);
	return version >= 4 && n > MAC_V4 ? MAC_V4 : (int)n;
}

static bool is_cipher(const struct key *key)
{
	return cipher_key_length(key->type) > 0;
}

/* Makes a MAC as it goes over the wire. Returns as keys_sign(); *ret_key: NULL where there is none.
 */
static int make_mac(const struct keys *keys, uint32_t id, int version, struct span data,
	uint8_t *ret, size_t room, const struct key **ret_key)
{
	const struct key *key = *ret_key = find(keys, id);
	int r, n = keys_mac_length(keys, id, version);
	uint8_t mac[CRYPTO_MAC_MAX];

	keys->counts->lookups++;
	if (!key) {
		keys->counts->not_found++;
		return -ENOENT;
	}
	if ((size_t)n > room)
		return -ENOSPC;
	r = keys->crypto->mac(
		key->type, (struct span){key->secret, key->n}, data, mac, sizeof(mac));
	if (r < 0)
		return r;
	memcpy(ret, mac, (size_t)n);
	return n;
}

int keys_sign(const struct keys *keys, uint32_t id, int version, struct span data, uint8_t *ret,
	size_t room)
{
	const struct key *key;
	int n = make_mac(keys, id, version, data, ret, room, &key);

	if (n > 0)
		(is_cipher(key) ? &keys->counts->signs_cmac : &keys->counts->signs_digest)[0]++;
	return n;
}

void keys_report(const struct keys *keys, struct report_keys *ret)
{
	*ret = *keys->counts;
	ret->keys = keys->n;
}

int keys_check(const struct keys *keys, uint32_t id, int version, struct span data, struct span mac)
{
	uint8_t right[CRYPTO_MAC_MAX];
	const struct key *key;
	int n = make_mac(keys, id, version, data, right, sizeof(right), &key);
	bool cipher;

	if (n == -ENOENT)
		return n;
	cipher = is_cipher(key);
	(cipher ? &keys->counts->checks_cmac : &keys->counts->checks_digest)[0]++;
	if (n >= 0 && mac.n == (size_t)n && bytes_equal_secret(right, mac.p, mac.n))
		return 0;
	(cipher ? &keys->counts->fails_cmac : &keys->counts->fails_digest)[0]++;
	return -EBADMSG;
}
