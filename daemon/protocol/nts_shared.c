/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Trust roots and algorithms for all NTS associations.
 */
#include "config.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/instant.h"
#include "common/log.h"
#include "common/text.h"
#include "config/settings.h"
#include "daemon/kernel/kernel.h"
#include "daemon/protocol/nts_shared.h"
#include "daemon/words.h"

#define SETS      8     /* kept read; the roots of a system take a tenth of a second to read */
#define FRESH_S   600.0 /* then files are read again: they may have been replaced */
#define PATH_ROOM (SETTINGS_PATH + 256)

/* One set of certificates as it was read. */
struct trust_set {
	uint32_t number;
	struct tls_trust *trust; /* NULL: this place is free */
	int64_t read_at;         /* raw */
	bool stale;              /* the settings or files are others */
	char text[NTS_TRUST_TEXT];
};

struct nts_shared {
	struct kernel *kernel;
	const struct crypto_backend *crypto;
	const struct settings *settings;
	const struct log *log;
	bool asked; /* which algorithms work: */
	uint16_t aeads[SETTINGS_AEADS];
	size_t n_aeads;
	char trouble[CRYPTO_WHY];
	int updates; /* of the clock, as far as they count */
	struct trust_set sets[SETS];
	size_t next_set; /* to be replaced */
	struct report_nts_client counters;
};

/* A file or directory being added to a set. */
struct addition {
	struct nts_shared *shared;
	struct tls_trust *trust;
	const char *directory;
	uint8_t *buffer; /* of TLS_PEM_MAX bytes */
	int added;
};

int nts_shared_create(struct kernel *k, const struct crypto_backend *crypto,
	const struct settings *settings, const struct log *log, struct nts_shared **ret)
{
	struct nts_shared *s = calloc(1, sizeof(*s));

	if (!s)
		return -ENOMEM;
	s->kernel = k;
	s->crypto = crypto;
	s->settings = settings;
	s->log = log;
	*ret = s;
	return 0;
}

static void drop_set(struct nts_shared *s, struct trust_set *set)
{
	if (set->trust)
		s->crypto->trust_destroy(set->trust);
	set->trust = NULL;
	set->stale = false;
}

void nts_shared_destroy(struct nts_shared *s)
{
	if (!s)
		return;
	for (size_t i = 0; i < SETS; i++)
		drop_set(s, &s->sets[i]);
	free(s);
}

/* Asking may load the library, which nobody has to who does without NTS. */
static int ask_aeads(struct nts_shared *s)
{
	int n = s->asked ? (int)s->n_aeads
			 : crypto_working_aeads(s->crypto, s->settings->ntsaeads,
				   s->settings->n_ntsaeads, s->aeads);

	if (n < 0)
		return n;
	s->asked = true;
	s->n_aeads = (size_t)n;
	return 0;
}

bool nts_shared_usable(struct nts_shared *s, const char **ret_why)
{
	if (!crypto_has_tls(s->crypto))
		*ret_why = "this program was built without NTS";
	else if (ask_aeads(s) < 0)
		*ret_why = strerror(ENOMEM);
	else if (s->n_aeads == 0 && s->crypto->check && s->crypto->check(s->trouble) < 0)
		*ret_why = s->trouble;
	else if (s->n_aeads == 0)
		*ret_why = "none of the algorithms of ntsaeads is available";
	else
		return true;
	return false;
}

const struct crypto_backend *nts_shared_crypto(const struct nts_shared *s)
{
	return s->crypto;
}

size_t nts_shared_aeads(const struct nts_shared *s, const uint16_t **ret)
{
	*ret = s->aeads;
	return s->n_aeads;
}

void nts_shared_updated(struct nts_shared *s)
{
	if (s->updates < s->settings->nts_client.no_time_check)
		s->updates++;
}

bool nts_shared_checks_time(const struct nts_shared *s)
{
	return s->updates >= s->settings->nts_client.no_time_check;
}

struct report_nts_client *nts_shared_counters(struct nts_shared *s)
{
	return &s->counters;
}

/* Adds the certificates of one file. Returns how many or -errno. */
static int add_file(struct addition *a, const char *path, char *ret_why)
{
	struct kernel *k = a->shared->kernel;
	struct span pem = {.p = a->buffer};
	int r = k->ops->file_load(k, path, a->buffer, TLS_PEM_MAX, &pem.n);

	snprintf(ret_why, TLS_WHY, "%s", r < 0 ? strerror(-r) : "");
	return r < 0 ? r : a->shared->crypto->trust_add_pem(a->trust, pem, ret_why);
}

/* Whatever in a directory is no certificate is no error: a README may lie beside them. */
static void add_entry(void *arg, const char *name)
{
	struct addition *a = arg;
	char path[PATH_ROOM], why[TLS_WHY];
	int r = snprintf(path, sizeof(path), "%s/%s", a->directory, name);

	if (r < 0 || (size_t)r >= sizeof(path) || name[0] == '.')
		return;
	r = add_file(a, path, why);
	if (r > 0)
		a->added += r;
	else
		log_debug(a->shared->log, "No certificates in %s : %s", path, why);
}

/* Adds a file or all files of a directory. Returns how many certificates. */
static int add_path(struct addition *a, const char *path)
{
	struct kernel *k = a->shared->kernel;
	char why[TLS_WHY];
	int r = add_file(a, path, why);
	bool directory = r == -EISDIR;

	if (directory) {
		a->directory = path;
		a->added = 0;
		r = k->ops->file_list(k, path, "", add_entry, a);
		snprintf(why, sizeof(why), "%s",
			r < 0 ? strerror(-r) : "no certificates in the directory");
		if (r >= 0)
			r = a->added;
	}
	if (r <= 0)
		log_error(a->shared->log, "Could not set credentials : %s : %s", path, why);
	else
		words_say(a->shared->log, roots, path, directory);
	return r > 0 ? r : 0;
}

/* Reads a set from its sources; what is missing is said and left out. */
static void read_set(struct nts_shared *s, struct trust_set *set, uint8_t *buffer)
{
	const struct settings_nts_client *client = &s->settings->nts_client;
	struct addition a = {.shared = s, .trust = set->trust, .buffer = buffer};
	struct text t = text_on(set->text, sizeof(set->text));
	int all = 0, r;

	if (set->number == 0 && !client->no_system) {
		r = s->crypto->trust_add_system(set->trust);
		if (r < 0)
			log_error(s->log, "Could not set credentials : system certificates : %s",
				strerror(-r));
		else
			words_say(s->log, roots, NULL, false);
		all += r > 0 ? r : 0;
		text_add(&t, ", the system's");
	}
	for (size_t i = 0; i < client->n_trust; i++) {
		if (client->trust[i].set != set->number)
			continue;
		all += add_path(&a, client->trust[i].path);
		text_add(&t, ", %s", client->trust[i].path);
	}
	if (all == 0)
		log_warning(s->log, "No trusted certificates in set %u", set->number);
}

/* The place of a set that is fresh enough, or one for it to be read into. */
static struct trust_set *find_set(struct nts_shared *s, uint32_t number, int64_t now_raw)
{
	struct trust_set *set;

	for (size_t i = 0; i < SETS; i++) {
		set = &s->sets[i];
		if (!set->trust || set->number != number)
			continue;
		if (set->stale || instant_diff_s(now_raw, set->read_at) >= FRESH_S)
			drop_set(s, set);
		return set;
	}
	set = &s->sets[s->next_set];
	s->next_set = (s->next_set + 1) % SETS;
	drop_set(s, set);
	return set;
}

void nts_shared_forget_trust(struct nts_shared *s)
{
	for (size_t i = 0; i < SETS; i++)
		s->sets[i].stale = true;
}

struct tls_trust *nts_shared_trust(
	struct nts_shared *s, uint32_t number, int64_t now_raw, char *ret_text)
{
	struct trust_set *set = find_set(s, number, now_raw);
	const char *from;

	if (!set->trust) {
		uint8_t *buffer = malloc(TLS_PEM_MAX);

		int r = buffer ? s->crypto->trust_create(&s->settings->ntp.tls, &set->trust)
			       : -ENOMEM;

		if (r < 0) {
			if (r == -ENOTSUP)
				log_error(s->log, "Could not begin TLS : no chosen suite or curve "
						  "is there");
			free(buffer);
			return NULL;
		}
		words_say(s->log, tls_chosen, &s->settings->ntp.tls);
		set->number = number;
		set->read_at = now_raw;
		read_set(s, set, buffer);
		free(buffer);
	}
	from = set->text[0] != '\0' ? set->text + 2 : "nobody";
	snprintf(ret_text, NTS_TRUST_TEXT, "%s", from);
	return set->trust;
}
