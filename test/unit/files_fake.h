/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A kernel that has nothing but files in memory, and knows one name (known.example, 192.0.2.9), for
 * tests of what reads configurations.
 */
#ifndef TEST_UNIT_FILES_FAKE_H
#define TEST_UNIT_FILES_FAKE_H

#include <stddef.h>

#include "daemon/kernel/kernel.h"

/** The most files and directories. */
#define FILES_FAKE 64

/** A file, or a directory when it has no content. */
struct files_fake_entry {
	const char *path;
	const char *content;
	size_t n;
	int error; /**< reading or listing it fails with this */
};

/** The kernel. Directories exist as far as files lie in them or as they are named. */
struct files_fake {
	struct kernel kernel; /**< first: the kernel is the fake */
	struct files_fake_entry entries[FILES_FAKE];
	size_t n;
	unsigned loads;            /**< calls of file_load */
	kernel_resolved *resolved; /**< what a look-up is to call */
	void *resolved_arg;
	bool known; /**< the name that is looked up */
};

/** Starts without a file. */
void files_fake_start(struct files_fake *f);

/** Adds a file with a text. Both strings must outlive the fake. */
void files_fake_add(struct files_fake *f, const char *path, const char *content);

/** Adds a file of any n bytes. */
void files_fake_add_bytes(struct files_fake *f, const char *path, const void *content, size_t n);

/** Adds what can only fail: error is -EACCES and the like. 0: an empty directory. */
void files_fake_fail(struct files_fake *f, const char *path, int error);

#endif
