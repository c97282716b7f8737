/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The backend that stands in the program for the one in the module: the first call that needs the
 * library loads it. What is loaded belongs to the process, as the libraries of the program do, so
 * it is kept here and not in an object.
 */
#define _POSIX_C_SOURCE 200809L
#include "config.h"

#include <dlfcn.h>
#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <string.h>
#include <unistd.h>

#include "backends/module/module.h"
#include "common/text.h"

/* The longest path of a directory, with the final NUL. */
#define PATH_ROOM 4096

static pthread_mutex_t loading = PTHREAD_MUTEX_INITIALIZER;
static _Atomic(const struct crypto_backend *) loaded;
static char trouble[CRYPTO_WHY]; /* why it could not be loaded, else empty */

/* The directory of the running program, with no slash at its end. */
static int program_directory(char *ret, size_t room)
{
	ssize_t n = readlink("/proc/self/exe", ret, room - 1);
	char *slash;

	if (n < 0)
		return -errno;
	ret[n] = '\0';
	slash = strrchr(ret, '/');
	if (!slash)
		return -ENOENT;
	*slash = '\0';
	return 0;
}

/* Beside the program (where it was built), where it is installed, and there in the tree of DESTDIR
 * if the program runs in one. */
static void *open_file(void)
{
	char at[PATH_ROOM], path[2 * PATH_ROOM];
	size_t n, n_sbin = strlen(GNOMON_SBIN_DIR);
	struct text t = text_on(path, sizeof(path));
	void *handle;

	if (program_directory(at, sizeof(at)) < 0)
		return dlopen(GNOMON_MODULE_DIR "/" MODULE_FILE, RTLD_NOW | RTLD_LOCAL);
	text_add(&t, "%s/" MODULE_FILE, at);
	if (access(path, F_OK) == 0)
		return dlopen(path, RTLD_NOW | RTLD_LOCAL);
	n = strlen(at);
	if (n > n_sbin && strcmp(at + n - n_sbin, GNOMON_SBIN_DIR) == 0) {
		t = text_on(path, sizeof(path));
		text_add(&t, "%.*s" GNOMON_MODULE_DIR "/" MODULE_FILE, (int)(n - n_sbin), at);
		handle = dlopen(path, RTLD_NOW | RTLD_LOCAL);
		if (handle)
			return handle;
	}
	return dlopen(GNOMON_MODULE_DIR "/" MODULE_FILE, RTLD_NOW | RTLD_LOCAL);
}

static void say(const char *what, const char *why)
{
	struct text t = text_on(trouble, sizeof(trouble));

	text_add(&t, "%s%s", what, why);
}

/* Loads it and sees that it is ours and gets the vectors right. NULL, and trouble, if not. */
static const struct crypto_backend *load(void)
{
	void *handle = open_file();
	const struct crypto_module *m = handle ? dlsym(handle, MODULE_SYMBOL) : NULL;
	const char *which = NULL;

	if (!m) {
		const char *why = dlerror();

		say("could not be loaded: ", why ? why : MODULE_FILE);
	} else if (strcmp(m->version, GNOMON_VERSION) != 0 ||
		   m->size != sizeof(struct crypto_backend)) {
		say("could not be loaded: " MODULE_FILE " is of gnomon ", m->version);
	} else if (crypto_self_test(m->backend, &which) < 0) {
		say("failed its self-test: ", which);
	} else {
		return m->backend;
	}
	return NULL;
}

/* The module's backend, or NULL: there is none. */
static const struct crypto_backend *module(void)
{
	const struct crypto_backend *b = atomic_load_explicit(&loaded, memory_order_acquire);

	if (b)
		return b;
	pthread_mutex_lock(&loading);
	b = atomic_load_explicit(&loaded, memory_order_acquire);
	if (!b && trouble[0] == '\0') {
		b = load();
		atomic_store_explicit(&loaded, b, memory_order_release);
	}
	pthread_mutex_unlock(&loading);
	return b;
}

/* Whoever has an object of the module has it from there. */
static const struct crypto_backend *there(void)
{
	return atomic_load_explicit(&loaded, memory_order_acquire);
}

static int check(char *ret_why)
{
	int r = -ELIBACC;

	pthread_mutex_lock(&loading);
	if (trouble[0] == '\0')
		r = 0;
	else
		memcpy(ret_why, trouble, sizeof(trouble));
	pthread_mutex_unlock(&loading);
	return r;
}

static const char *version(void)
{
	const struct crypto_backend *b = module();

	return b ? b->version() : GNOMON_CRYPTO;
}

static bool has_mac(enum crypto_mac mac)
{
	const struct crypto_backend *b = module();

	return b && b->has_mac(mac);
}

static int mac(enum crypto_mac which, struct span key, struct span data, uint8_t *ret, size_t room)
{
	const struct crypto_backend *b = module();

	return b ? b->mac(which, key, data, ret, room) : -ENOTSUP;
}

static int aead_create(uint16_t number, struct aead **ret)
{
	const struct crypto_backend *b = module();

	return b ? b->aead_create(number, ret) : -ENOTSUP;
}

static int aead_rekey(struct aead *a, struct span key)
{
	return there()->aead_rekey(a, key);
}

static int aead_seal(struct aead *a, struct span nonce, struct span ad, struct span plain,
	uint8_t *ret, size_t room)
{
	return there()->aead_seal(a, nonce, ad, plain, ret, room);
}

static int aead_open(struct aead *a, struct span nonce, struct span ad, struct span sealed,
	uint8_t *ret, size_t room)
{
	return there()->aead_open(a, nonce, ad, sealed, ret, room);
}

static int aead_many(struct aead *a, bool seal, struct aead_job *jobs, size_t n)
{
	return there()->aead_many(a, seal, jobs, n);
}

static void aead_destroy(struct aead *a)
{
	if (a)
		there()->aead_destroy(a);
}

static int trust_create(const struct tls_choice *choice, struct tls_trust **ret)
{
	const struct crypto_backend *b = module();

	return b ? b->trust_create(choice, ret) : -ENOTSUP;
}

static int trust_add_system(struct tls_trust *t)
{
	return there()->trust_add_system(t);
}

static int trust_add_pem(struct tls_trust *t, struct span pem, char *ret_why)
{
	return there()->trust_add_pem(t, pem, ret_why);
}

static void trust_destroy(struct tls_trust *t)
{
	if (t)
		there()->trust_destroy(t);
}

static int identity_create(const struct tls_choice *choice, struct tls_identity **ret)
{
	const struct crypto_backend *b = module();

	return b ? b->identity_create(choice, ret) : -ENOTSUP;
}

static int identity_add(struct tls_identity *i, struct span certificates, struct span key,
	struct tls_certificate *ret_info, char *ret_why)
{
	return there()->identity_add(i, certificates, key, ret_info, ret_why);
}

static void identity_destroy(struct tls_identity *i)
{
	if (i)
		there()->identity_destroy(i);
}

static int tls_client(const struct tls_client_settings *s, struct tls **ret)
{
	const struct crypto_backend *b = module();

	return b ? b->tls_client(s, ret) : -ENOTSUP;
}

static int tls_server(const struct tls_server_settings *s, struct tls **ret)
{
	const struct crypto_backend *b = module();

	return b ? b->tls_server(s, ret) : -ENOTSUP;
}

static size_t tls_feed(struct tls *t, struct span bytes)
{
	return there()->tls_feed(t, bytes);
}

static size_t tls_drain(struct tls *t, uint8_t *ret, size_t room)
{
	return there()->tls_drain(t, ret, room);
}

static int tls_step(struct tls *t)
{
	return there()->tls_step(t);
}

static int tls_read(struct tls *t, uint8_t *ret, size_t room)
{
	return there()->tls_read(t, ret, room);
}

static int tls_write(struct tls *t, struct span data)
{
	return there()->tls_write(t, data);
}

static void tls_finish(struct tls *t)
{
	there()->tls_finish(t);
}

static int tls_export(struct tls *t, const char *label, struct span context, uint8_t *ret, size_t n)
{
	return there()->tls_export(t, label, context, ret, n);
}

static void tls_info(struct tls *t, struct tls_info *ret)
{
	there()->tls_info(t, ret);
}

static enum tls_fault tls_fault(const struct tls *t)
{
	return there()->tls_fault(t);
}

static const char *tls_why(const struct tls *t)
{
	return there()->tls_why(t);
}

static void tls_destroy(struct tls *t)
{
	if (t)
		there()->tls_destroy(t);
}

const struct crypto_backend crypto_module = {
	.name = GNOMON_CRYPTO,
	.version = version,
	.check = check,
	.has_mac = has_mac,
	.mac = mac,
	.aead_create = aead_create,
	.aead_rekey = aead_rekey,
	.aead_seal = aead_seal,
	.aead_open = aead_open,
	.aead_many = aead_many,
	.aead_destroy = aead_destroy,
	.trust_create = trust_create,
	.trust_add_system = trust_add_system,
	.trust_add_pem = trust_add_pem,
	.trust_destroy = trust_destroy,
	.identity_create = identity_create,
	.identity_add = identity_add,
	.identity_destroy = identity_destroy,
	.tls_client = tls_client,
	.tls_server = tls_server,
	.tls_feed = tls_feed,
	.tls_drain = tls_drain,
	.tls_step = tls_step,
	.tls_read = tls_read,
	.tls_write = tls_write,
	.tls_finish = tls_finish,
	.tls_export = tls_export,
	.tls_info = tls_info,
	.tls_fault = tls_fault,
	.tls_why = tls_why,
	.tls_destroy = tls_destroy,
};
