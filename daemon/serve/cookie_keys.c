/* SPDX-License-Identifier: BSD-2-Clause */
/* The sources of cookie keys, their rotation and their file. */
#include "config.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "common/instant.h"
#include "common/log.h"
#include "common/text.h"
#include "config/settings.h"
#include "daemon/kernel/kernel.h"
#include "daemon/serve/cookie_keys.h"
#include "daemon/words.h"

/* How often files are looked at, and true time, which may step: s. */
#define LOOK_INTERVAL 60.0

/* No period of derived keys. */
#define NO_PERIOD UINT64_MAX

/* The longest secret file, bytes. */
#define SECRET_MAX 4096

struct cookie_keys {
	const struct settings *settings;
	struct kernel *kernel;
	const struct crypto_backend *crypto;
	const struct log *log;
	struct cookie_ring *ring;
	char path[SETTINGS_PATH]; /**< of the file that is read, and written where it is ours */
	int64_t seen;             /**< its modification time when it was last read; 0: none */
	int64_t born;             /**< raw instant since which the current key is in use */
	bool old_file;            /**< it was found in the older format */
	bool unsaved;             /**< the file does not have these keys */
	bool unreadable;          /**< there is a file, and it cannot be read */
	uint64_t period;          /**< of derived keys */
	uint8_t secret[SECRET_MAX];
	size_t n_secret; /**< 0: none */
};

static bool is_derived(const struct cookie_keys *k)
{
	return k->settings->nts_server.secret[0] != '\0';
}

/* Keys, their file and their cookies are as ntpd's. */
static bool is_ntpd(const struct cookie_keys *k)
{
	return k->settings->ntp.style && !is_derived(k);
}

/* Others make the keys. */
static bool is_foreign(const struct cookie_keys *k)
{
	return !is_derived(k) && k->settings->nts_server.rotate == 0;
}

static uint64_t period_at(const struct cookie_keys *k, int64_t truth)
{
	int64_t s = truth > 0 ? truth / INSTANT_S : 0;

	return (uint64_t)s / (uint64_t)k->settings->nts_server.rotate;
}

/* Seconds until the next period, at least one. */
static double period_left(const struct cookie_keys *k, int64_t truth)
{
	uint64_t next = (period_at(k, truth) + 1) * (uint64_t)k->settings->nts_server.rotate;

	return fmax((double)next - (double)truth / (double)INSTANT_S, 1.0);
}

static int put_in_force(struct cookie_keys *k, const struct cookie_keyset *set)
{
	int r = cookie_ring_set(k->ring, set);

	if (r < 0)
		log_error(k->log, "Could not use server NTS keys : %s",
			r == -ENOTSUP ? "the crypto library has not their algorithm"
				      : strerror(-r));
	return r;
}

/* Notes the time of the file that is read now. */
static void see(struct cookie_keys *k)
{
	if (k->kernel->ops->file_time(k->kernel, k->path, &k->seen) < 0)
		k->seen = 0;
}

/* A file that could not be read for want of something else is looked at again. */
static void unsee(struct cookie_keys *k, int error)
{
	if (kernel_may_recover(error))
		k->seen = 0;
}

static size_t count_keys(const struct cookie_keyset *set)
{
	size_t n = 0;

	for (size_t i = 0; i < COOKIE_KEYS_ALL; i++)
		n += set->keys[i].aead != 0;
	return n;
}

static int parse(const struct cookie_keys *k, struct span content, int64_t truth,
	struct cookie_keyset *ret, const char **ret_reason)
{
	if (!is_ntpd(k))
		return cookie_file_parse(content, ret, ret_reason);
	*ret_reason = "not a file of ntpd's cookie keys";
	return cookie_file_parse_ntpd(content, (double)truth / INSTANT_S, ret);
}

/* Tells why the file gives no keys, in ntpd's words where its file is read. */
static void tell_of_file(const struct cookie_keys *k, int r, const char *reason)
{
	if (is_ntpd(k) && k->unreadable)
		log_error(
			k->log, "NTSs: can't read old cookie file: %s=>%s", k->path, strerror(-r));
	else if (is_ntpd(k) && !kernel_may_recover(r))
		log_error(k->log, "ERR: Error parsing cookie keys file");
	else
		log_error(k->log, "Could not load server NTS keys from %s : %s", k->path,
			reason ? reason : strerror(-r));
}

/* Forgets nothing of the present keys unless the file is good. */
static bool load_file(struct cookie_keys *k, const struct cookie_now *now)
{
	uint8_t content[COOKIE_FILE_MAX];
	struct cookie_keyset set = {0};
	const char *reason = NULL;
	size_t n = 0;
	int r;

	see(k);
	r = k->kernel->ops->file_load(k->kernel, k->path, content, sizeof(content), &n);
	k->unreadable = r < 0 && r != -ENOENT && r != -EFBIG && !kernel_may_recover(r);
	if (r == 0)
		r = parse(k, (struct span){content, n}, now->truth, &set, &reason);
	if (r < 0 && (r != -ENOENT || is_foreign(k)))
		tell_of_file(k, r, reason);
	if (r == 0)
		r = put_in_force(k, &set);
	if (r == 0) {
		k->born = instant_add_s(now->raw, -set.age);
		k->unsaved = false;
		k->old_file = set.old_file;
		words_say(k->log, cookie_keys, count_keys(&set), false);
	}
	unsee(k, r);
	crypto_wipe(content, sizeof(content));
	crypto_wipe(&set, sizeof(set));
	return r == 0;
}

static int random_key(struct cookie_keys *k, const struct cookie_key *before, uint16_t aead,
	struct cookie_key *ret)
{
	uint8_t random[COOKIE_KEY_RANDOM];
	int r = k->kernel->ops->random(k->kernel, random, sizeof(random));

	if (r == 0)
		*ret = is_ntpd(k) ? cookie_key_make_ntpd(random)
				  : cookie_key_make(before, aead, random);
	crypto_wipe(random, sizeof(random));
	return r;
}

static bool generate(struct cookie_keys *k, int64_t raw)
{
	uint16_t aead = cookie_ring_best_aead(k->crypto);
	struct cookie_keyset set = {0};
	bool good = false;
	int r = 0;

	if (is_ntpd(k))
		r = random_key(k, NULL, aead, &set.keys[COOKIE_CURRENT]);
	for (size_t i = 0; i < COOKIE_KEYS && r == 0 && !is_ntpd(k); i++)
		r = random_key(k, i > 0 ? &set.keys[i - 1] : NULL, aead, &set.keys[i]);
	if (r < 0)
		log_error(k->log, "Could not make server NTS keys : %s", strerror(-r));
	else
		good = put_in_force(k, &set) == 0;
	if (good) {
		k->born = raw;
		k->unsaved = true;
	}
	crypto_wipe(&set, sizeof(set));
	return good;
}

/* When the newest key would have been made by a server that was never off. */
static int64_t whole_periods(const struct cookie_keys *k, int64_t raw)
{
	double life = k->settings->nts_server.rotate, age = instant_diff_s(raw, k->born);

	return instant_add_s(k->born, life * floor(age / life));
}

static bool rotate(struct cookie_keys *k, int64_t raw)
{
	struct cookie_keyset set;
	struct cookie_key next;
	bool good = false;

	if (!cookie_ring_get(k->ring))
		return generate(k, raw);
	set = *cookie_ring_get(k->ring);
	/* The new key is of the best algorithm of now: the library may have been replaced. */
	if (random_key(k, &set.keys[COOKIE_NEXT], cookie_ring_best_aead(k->crypto), &next) == 0) {
		(is_ntpd(k) ? cookie_keyset_rotate_ntpd : cookie_keyset_rotate)(&set, &next);
		good = put_in_force(k, &set) == 0;
		k->unsaved = k->unsaved || good;
	}
	k->born = is_ntpd(k) ? whole_periods(k, raw) : raw;
	crypto_wipe(&set, sizeof(set));
	crypto_wipe(&next, sizeof(next));
	return good;
}

/* A new secret replaces the one in memory only when it can be used. */
static bool load_secret(struct cookie_keys *k)
{
	uint8_t content[SECRET_MAX];
	size_t n = 0;
	int r;

	see(k);
	r = k->kernel->ops->file_load(k->kernel, k->path, content, sizeof(content), &n);
	/* Whether an editor ended the last line must not change the keys. */
	while (r == 0 && n > 0 && (content[n - 1] == '\n' || content[n - 1] == '\r'))
		n--;
	if (r < 0) {
		log_error(k->log, "Could not load shared NTS secret from %s : %s", k->path,
			strerror(-r));
	} else if (n < COOKIE_SECRET_MIN) {
		log_error(k->log,
			"Could not load shared NTS secret from %s : shorter than %d bytes", k->path,
			COOKIE_SECRET_MIN);
		r = -EINVAL;
	} else {
		memcpy(k->secret, content, n);
		k->n_secret = n;
		log_info(k->log, "Loaded shared NTS secret");
	}
	unsee(k, r);
	crypto_wipe(content, sizeof(content));
	return r == 0;
}

static bool derive(struct cookie_keys *k, int64_t truth)
{
	uint64_t period = period_at(k, truth);
	struct cookie_keyset set;
	bool good = false;
	int r;

	if (k->n_secret == 0)
		return false;
	r = cookie_keyset_derive(k->crypto, (struct span){k->secret, k->n_secret}, period, &set);
	if (r < 0)
		log_error(k->log, "Could not derive server NTS keys : %s", strerror(-r));
	else
		good = put_in_force(k, &set) == 0;
	/* What failed is tried again. */
	k->period = good ? period : NO_PERIOD;
	crypto_wipe(&set, sizeof(set));
	return good;
}

static int set_path(struct cookie_keys *k)
{
	const char *directory = k->settings->ntsdumpdir;
	struct text t = text_on(k->path, sizeof(k->path));

	if (is_derived(k)) {
		if (k->settings->nts_server.rotate == 0) {
			log_fatal(k->log, "ntssharedsecret needs an ntsrotate above 0");
			return -EINVAL;
		}
		text_add(&t, "%s", k->settings->nts_server.secret);
	} else if (is_ntpd(k)) {
		text_add(&t, "%s", k->settings->ntp.cookie_file);
	} else if (directory[0] != '\0') {
		text_add(&t, "%s/ntskeys", directory);
	} else {
		log_warning(k->log, "No ntsdumpdir to save server keys");
	}
	return t.cut ? -ENAMETOOLONG : 0;
}

int cookie_keys_create(const struct settings *settings, struct kernel *kernel,
	const struct crypto_backend *crypto, const struct log *log, const struct cookie_now *now,
	struct cookie_keys **ret)
{
	struct cookie_keys *k = calloc(1, sizeof(*k));
	int r;

	if (!k)
		return -ENOMEM;
	k->settings = settings;
	k->kernel = kernel;
	k->crypto = crypto;
	k->log = log;
	r = cookie_ring_create(crypto, &k->ring);
	if (r == 0)
		r = set_path(k);
	if (r < 0) {
		cookie_keys_destroy(k);
		return r;
	}
	cookie_keys_reload(k, now);
	/* As ntpd: it could not write there either. */
	if (is_ntpd(k) && k->unreadable) {
		cookie_keys_destroy(k);
		return -EACCES;
	}
	/* Keys of our own keep a server going whose file is bad; its peers will not know them. */
	if (!is_derived(k) && !cookie_ring_get(k->ring))
		generate(k, now->raw);
	*ret = k;
	return 0;
}

void cookie_keys_destroy(struct cookie_keys *k)
{
	if (!k)
		return;
	cookie_ring_destroy(k->ring);
	crypto_wipe(k->secret, sizeof(k->secret));
	free(k);
}

struct cookie_ring *cookie_keys_ring(struct cookie_keys *k)
{
	return k->ring;
}

bool cookie_keys_reload(struct cookie_keys *k, const struct cookie_now *now)
{
	if (is_derived(k))
		return load_secret(k) && derive(k, now->truth);
	/* What we saved ourselves is what we have. */
	if (k->path[0] == '\0' || (!is_foreign(k) && cookie_ring_get(k->ring)))
		return false;
	return load_file(k, now);
}

/* Whether the file is there and is not the one that was read last. */
static bool is_changed(const struct cookie_keys *k)
{
	int64_t time;

	return k->path[0] != '\0' && k->kernel->ops->file_time(k->kernel, k->path, &time) == 0 &&
	       time != k->seen;
}

bool cookie_keys_tick(struct cookie_keys *k, const struct cookie_now *now, double *ret_wait)
{
	double age = instant_diff_s(now->raw, k->born), life = k->settings->nts_server.rotate;
	bool changed = false;

	*ret_wait = LOOK_INTERVAL;
	if (is_derived(k)) {
		*ret_wait = fmin(LOOK_INTERVAL, period_left(k, now->truth));
		if (is_changed(k))
			return cookie_keys_reload(k, now);
		return period_at(k, now->truth) != k->period && derive(k, now->truth);
	}
	if (is_foreign(k))
		return is_changed(k) && load_file(k, now);
	if (age >= life) {
		changed = rotate(k, now->raw);
		age = 0;
	}
	if (k->unsaved)
		cookie_keys_save(k, now);
	*ret_wait = fmin(LOOK_INTERVAL, fmax(life - age, 1.0));
	return changed;
}

void cookie_keys_save(struct cookie_keys *k, const struct cookie_now *now)
{
	const struct cookie_keyset *present = cookie_ring_get(k->ring);
	struct cookie_keyset set;
	char text[COOKIE_FILE_MAX];
	int r;

	if (!present || is_derived(k) || is_foreign(k) || k->path[0] == '\0')
		return;
	set = *present;
	set.age = instant_diff_s(now->raw, k->born);
	set.old_file = k->old_file;
	r = is_ntpd(k) ? cookie_file_format_ntpd(
				 &set, (double)now->truth / INSTANT_S, text, sizeof(text))
		       : cookie_file_format(&set, text, sizeof(text));
	if (r > 0)
		r = k->kernel->ops->file_save(
			k->kernel, k->path, (struct span){(const uint8_t *)text, (size_t)r}, 0600);
	if (r < 0)
		log_error(
			k->log, "Could not save server NTS keys to %s : %s", k->path, strerror(-r));
	else if (k->unsaved && is_ntpd(k))
		words_say(k->log, cookie_keys, count_keys(&set), true);
	/* A directory that cannot be written is complained of at each rotation, not each minute. */
	k->unsaved = false;
	crypto_wipe(text, sizeof(text));
	crypto_wipe(&set, sizeof(set));
}
