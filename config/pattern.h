/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * File name patterns with * ? [] (glob(7)), expanded through the kernel vtable.
 */
#ifndef CONFIG_PATTERN_H
#define CONFIG_PATTERN_H

#include <stdbool.h>
#include <stddef.h>

struct kernel;

/** Names in the order they were added or sorted. */
struct names {
	char **names;
	size_t n;
	int error; /**< -ENOMEM once an addition failed */
};

/** Appends a copy; remembers the error when there is no memory. */
void names_add(struct names *l, const char *name);

/** Appends the path of a name in a directory, which may be empty: the working directory. A path
 * that is too long for a setting is left out. */
void names_add_path(struct names *l, const char *base, const char *name);

/** Sorts; compare gets pointers to two names. */
void names_sort(struct names *l, int (*compare)(const void *a, const void *b));

/** The order of strcmp. */
int names_compare(const void *a, const void *b);

void names_free(struct names *l);

/** Adds the paths of all in a directory that end in suffix, and sorts. Returns 0, -errno when it
 * cannot be read, or -ENOMEM. */
int names_list(struct names *io, struct kernel *k, const char *directory, const char *suffix);

/** True when the pattern has a character with a meaning of its own. */
bool pattern_is_magic(const char *pattern);

/** True when name (of one path component) matches. A leading dot matches only a dot. */
bool pattern_match(const char *pattern, const char *name);

/**
 * Expands the pattern of a path to the sorted paths that match; one without magic gives itself.
 * Returns 0; -errno when a directory to be searched cannot be read; -ENOMEM; -ENAMETOOLONG.
 */
int pattern_expand(struct kernel *k, const char *pattern, struct names *ret);

#endif
