/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The Linux kernel object and a directory of the test's own.
 */
#ifndef TEST_UNIT_LINUX_SCENE_H
#define TEST_UNIT_LINUX_SCENE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "daemon/kernel/linux.h"

#define MS INT64_C(1000000)

/** A kernel and a directory. */
struct scene {
	struct kernel *k;
	char directory[64];
	char path[128];
};

static inline int setup(void **state)
{
	struct scene *s = calloc(1, sizeof *s);

	strcpy(s->directory, "/tmp/gnomon-test-XXXXXX");
	*state = s;
	s->k = kernel_linux_create();
	return s->k == NULL || mkdtemp(s->directory) == NULL;
}

static inline void remove_file(void *arg, const char *name)
{
	struct scene *s = arg;
	char path[400];

	snprintf(path, sizeof path, "%s/%s", s->directory, name);
	unlink(path);
}

static inline int teardown(void **state)
{
	struct scene *s = *state;

	s->k->ops->file_list(s->k, s->directory, "", remove_file, s);
	kernel_linux_destroy(s->k);
	rmdir(s->directory);
	free(s);
	return 0;
}

static inline const char *in_directory(struct scene *s, const char *name)
{
	snprintf(s->path, sizeof s->path, "%s/%s", s->directory, name);
	return s->path;
}

static inline int64_t system_now(struct scene *s)
{
	struct kernel_clocks c;

	s->k->ops->clocks(s->k, &c);
	return c.system_ns;
}

static inline int64_t raw_now(struct scene *s)
{
	struct kernel_clocks c;

	s->k->ops->clocks(s->k, &c);
	return c.raw_ns;
}

static inline struct span text(const char *s)
{
	return (struct span){(const uint8_t *)s, strlen(s)};
}

/* As an interposer leaves it: no batches, sockets without flags. */
static inline void poor(struct scene *s)
{
	struct linux_kernel *l = linux_kernel(s->k);

	l->no_recvmmsg = l->no_sendmmsg = true;
	l->socket_flags = false;
}

#define SCENE_TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

#endif
