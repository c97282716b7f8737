/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Files in memory.
 */
#include "config.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "test/unit/files_fake.h"

static struct files_fake_entry *find(struct files_fake *f, const char *path)
{
	for (size_t i = 0; i < f->n; i++) {
		if (strcmp(f->entries[i].path, path) == 0) {
			return &f->entries[i];
		}
	}
	return NULL;
}

static int fake_load(struct kernel *k, const char *path, uint8_t *p, size_t room, size_t *ret_n)
{
	struct files_fake *f = (struct files_fake *)k;
	struct files_fake_entry *e = find(f, path);

	f->loads++;
	if (!e || e->error < 0) {
		return e ? e->error : -ENOENT;
	}
	if (!e->content) {
		return -EISDIR;
	}
	if (e->n > room) {
		return -EFBIG;
	}
	memcpy(p, e->content, e->n);
	*ret_n = e->n;
	return 0;
}

/** The part of path after directory and '/', without more of them; NULL when it lies elsewhere. */
static const char *entry_name(const char *directory, const char *path)
{
	size_t n = strcmp(directory, "/") == 0 ? 0 : strlen(directory);

	if (strcmp(directory, ".") == 0 && path[0] != '/') {
		return path;
	}
	if (strncmp(path, directory, n) != 0 || path[n] != '/' || !path[n + 1]) {
		return NULL;
	}
	return path + n + 1;
}

static int compare(const void *a, const void *b)
{
	return strcmp(a, b);
}

/** Room for the name of an entry. */
#define NAME_ROOM 64

static int fake_list(struct kernel *k, const char *directory, const char *suffix,
	void (*each)(void *arg, const char *name), void *arg)
{
	struct files_fake *f = (struct files_fake *)k;
	struct files_fake_entry *e = find(f, directory);
	char names[FILES_FAKE][NAME_ROOM];
	bool exists = e != NULL;
	size_t n = 0;

	if (e && (e->error < 0 || e->content)) {
		return e->error < 0 ? e->error : -ENOTDIR;
	}
	for (size_t i = 0; i < f->n; i++) {
		const char *name = entry_name(directory, f->entries[i].path);
		size_t length = name ? strcspn(name, "/") : 0;

		exists = exists || name;
		if (length == 0 || length >= NAME_ROOM) {
			continue;
		}
		memcpy(names[n], name, length);
		names[n][length] = '\0';
		if (length >= strlen(suffix) &&
			strcmp(names[n] + length - strlen(suffix), suffix) == 0) {
			n++;
		}
	}
	qsort(names, n, NAME_ROOM, compare);
	for (size_t i = 0; i < n; i++) {
		if (i == 0 || strcmp(names[i], names[i - 1]) != 0) {
			each(arg, names[i]);
		}
	}
	return exists ? 0 : -ENOENT;
}

/** What is there is its owner's alone. */
static int fake_mode(struct kernel *k, const char *path, unsigned *ret)
{
	struct files_fake *f = (struct files_fake *)k;

	for (size_t i = 0; i < f->n; i++) {
		if (strcmp(f->entries[i].path, path) == 0) {
			*ret = 0600;
			return 0;
		}
	}
	return -ENOENT;
}

/* The resolver knows one name, and answers from wait(). */
static int fake_resolve(struct kernel *k, const char *name, enum address_family family,
	kernel_resolved *done, void *arg)
{
	struct files_fake *f = (struct files_fake *)k;

	(void)family;
	f->known = strcmp(name, "known.example") == 0;
	f->resolved = done;
	f->resolved_arg = arg;
	return 0;
}

static int fake_wait(struct kernel *k, struct kernel_wait *w, size_t n, int64_t timeout_ns)
{
	struct files_fake *f = (struct files_fake *)k;
	struct address a[] = {{ADDRESS_IP4, {192, 0, 2, 9}}, {ADDRESS_IP4, {192, 0, 2, 10}}};

	(void)w;
	(void)n;
	(void)timeout_ns;
	if (f->resolved != NULL) {
		f->resolved(f->resolved_arg, f->known ? 0 : -ENOENT, a, f->known ? 2 : 0);
		f->resolved = NULL;
	}
	return 0;
}

void files_fake_start(struct files_fake *f)
{
	static const struct kernel_ops ops = {.file_load = fake_load,
		.file_mode = fake_mode,
		.file_list = fake_list,
		.resolve = fake_resolve,
		.wait = fake_wait};

	memset(f, 0, sizeof(*f));
	f->kernel.ops = &ops;
}

void files_fake_add_bytes(struct files_fake *f, const char *path, const void *content, size_t n)
{
	if (f->n >= FILES_FAKE) {
		abort();
	}
	f->entries[f->n++] = (struct files_fake_entry){path, content, n, 0};
}

void files_fake_add(struct files_fake *f, const char *path, const char *content)
{
	files_fake_add_bytes(f, path, content, strlen(content));
}

void files_fake_fail(struct files_fake *f, const char *path, int error)
{
	if (f->n >= FILES_FAKE) {
		abort();
	}
	f->entries[f->n++] = (struct files_fake_entry){path, NULL, 0, error};
}
