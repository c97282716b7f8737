/* SPDX-License-Identifier: BSD-2-Clause */
/* Certificates and keys read from their files. */
#include "config.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "backends/crypto.h"
#include "common/instant.h"
#include "common/log.h"
#include "config/settings.h"
#include "daemon/kernel/kernel.h"
#include "daemon/serve/ke_identity.h"
#include "daemon/words.h"

/* The time of a file that must be looked at again. */
#define NOT_SEEN INT64_MIN

/* A file as it was when it was looked at last. */
struct seen {
	int64_t cert, key; /**< modification times; 0: not there */
};

struct ke_identity {
	const struct settings_nts_server *settings;
	const struct tls_choice *choice;
	struct kernel *kernel;
	const struct crypto_backend *crypto;
	const struct log *log;
	struct tls_identity *identity; /**< NULL: none yet */
	struct seen *seen;             /**< of each pair */
};

int ke_identity_create(const struct settings_nts_server *settings, const struct tls_choice *choice,
	struct kernel *kernel, const struct crypto_backend *crypto, const struct log *log,
	struct ke_identity **ret)
{
	struct ke_identity *i = calloc(1, sizeof(*i));

	if (!i)
		return -ENOMEM;
	i->settings = settings;
	i->choice = choice;
	i->kernel = kernel;
	i->crypto = crypto;
	i->log = log;
	i->seen = calloc(settings->n_certs + 1, sizeof(*i->seen));
	if (!i->seen) {
		ke_identity_destroy(i);
		return -ENOMEM;
	}
	*ret = i;
	return 0;
}

void ke_identity_destroy(struct ke_identity *i)
{
	if (!i)
		return;
	if (i->identity)
		i->crypto->identity_destroy(i->identity);
	free(i->seen);
	free(i);
}

static int64_t file_time(struct ke_identity *i, const char *path)
{
	int64_t time;

	return i->kernel->ops->file_time(i->kernel, path, &time) < 0 ? 0 : time;
}

static struct seen look_at(struct ke_identity *i, size_t pair)
{
	return (struct seen){
		file_time(i, i->settings->certs[pair]), file_time(i, i->settings->keys[pair])};
}

/* Reads a file into fresh memory of TLS_PEM_MAX bytes. */
static int read_file(struct ke_identity *i, const char *path, uint8_t **ret, size_t *ret_n)
{
	uint8_t *p = malloc(TLS_PEM_MAX);
	int r = p ? i->kernel->ops->file_load(i->kernel, path, p, TLS_PEM_MAX, ret_n) : -ENOMEM;

	if (r < 0) {
		log_error(i->log, "Could not set credentials : %s : %s", path, strerror(-r));
		free(p);
		return r;
	}
	*ret = p;
	return 0;
}

static int add_pair(struct ke_identity *i, size_t pair, struct tls_identity *to, int64_t truth)
{
	const char *cert_path = i->settings->certs[pair], *key_path = i->settings->keys[pair];
	uint8_t *cert = NULL, *key = NULL;
	size_t n_cert = 0, n_key = 0;
	struct tls_certificate info;
	char why[TLS_WHY] = "";
	int r;

	i->seen[pair] = look_at(i, pair);
	r = read_file(i, cert_path, &cert, &n_cert);
	if (r == 0)
		r = read_file(i, key_path, &key, &n_key);
	if (r == 0) {
		r = i->crypto->identity_add(
			to, (struct span){cert, n_cert}, (struct span){key, n_key}, &info, why);
		if (r == 0)
			words_say(
				i->log, ke_identity, cert_path, key_path, &info, truth / INSTANT_S);
		else
			log_error(i->log, "Could not set credentials : %s with key %s : %s",
				cert_path, key_path, why[0] ? why : strerror(-r));
	}
	/* What is at fault here is not the files, which will stay as they are. */
	if (kernel_may_recover(r))
		i->seen[pair] = (struct seen){NOT_SEEN, NOT_SEEN};
	if (key)
		crypto_wipe(key, n_key);
	free(key);
	free(cert);
	return r;
}

bool ke_identity_load(struct ke_identity *i, int64_t truth)
{
	struct tls_identity *fresh = NULL;
	size_t good = 0;
	int r;

	r = i->crypto->identity_create(i->choice, &fresh);
	if (r < 0) {
		log_error(i->log, "Could not set credentials : %s",
			r == -ENOTSUP ? "no chosen suite or curve is there" : strerror(-r));
		return false;
	}
	if (!i->identity)
		words_say(i->log, tls_chosen, i->choice);
	for (size_t pair = 0; pair < i->settings->n_certs; pair++)
		good += add_pair(i, pair, fresh, truth) == 0;
	if (good == 0 || (i->identity && good < i->settings->n_certs)) {
		i->crypto->identity_destroy(fresh);
		if (i->identity)
			log_error(i->log, "Keeping the previous NTS server certificates");
		return false;
	}
	if (i->identity)
		i->crypto->identity_destroy(i->identity);
	i->identity = fresh;
	return true;
}

bool ke_identity_look(struct ke_identity *i, int64_t truth)
{
	for (size_t pair = 0; pair < i->settings->n_certs; pair++) {
		struct seen now = look_at(i, pair);

		if (now.cert != i->seen[pair].cert || now.key != i->seen[pair].key)
			return ke_identity_load(i, truth);
	}
	return false;
}

struct tls_identity *ke_identity_get(const struct ke_identity *i)
{
	return i->identity;
}
