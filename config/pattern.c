/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * File name patterns.
 */
#include "config.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/text.h"
#include "config/pattern.h"
#include "config/settings.h"
#include "daemon/kernel/kernel.h"

void names_add(struct names *l, const char *name)
{
	char **grown;
	size_t n = strlen(name) + 1;
	char *copy;

	if (l->error < 0) {
		return;
	}
	grown = realloc(l->names, (l->n + 1) * sizeof(*grown));
	if (grown) {
		l->names = grown;
	}
	copy = grown ? malloc(n) : NULL;
	if (!copy) {
		l->error = -ENOMEM;
		return;
	}
	memcpy(copy, name, n);
	l->names[l->n++] = copy;
}

int names_compare(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

void names_sort(struct names *l, int (*compare)(const void *a, const void *b))
{
	if (l->n > 1) {
		qsort(l->names, l->n, sizeof(*l->names), compare);
	}
}

void names_free(struct names *l)
{
	for (size_t i = 0; i < l->n; i++) {
		free(l->names[i]);
	}
	free(l->names);
	*l = (struct names){0};
}

bool pattern_is_magic(const char *pattern)
{
	return strpbrk(pattern, "*?[\\") != NULL;
}

/**
 * Matches c against the bracket expression after '['. Returns what follows its ']', or NULL when it
 * has none and so is no bracket expression.
 */
static const char *match_set(const char *p, char c, bool *ret_match)
{
	bool inverted = *p == '!' || *p == '^';
	bool match = false;
	const char *first;

	p += inverted ? 1 : 0;
	first = p;
	/* A ']' that comes first is a member. */
	while (*p && (*p != ']' || p == first)) {
		unsigned char low = (unsigned char)*p, high = low;

		if (p[1] == '-' && p[2] && p[2] != ']') {
			high = (unsigned char)p[2];
			p += 2;
		}
		match = match || ((unsigned char)c >= low && (unsigned char)c <= high);
		p++;
	}
	if (!*p) {
		return NULL;
	}
	*ret_match = match != inverted;
	return p + 1;
}

/** Matches one character c by the front of p. Returns what follows in p, or NULL: no match. */
static const char *match_one(const char *p, char c)
{
	bool match = false;
	const char *rest;

	if (*p == '?') {
		return p + 1;
	}
	if (*p == '[') {
		rest = match_set(p + 1, c, &match);
		if (rest) {
			return match ? rest : NULL;
		}
	}
	if (*p == '\\' && p[1]) {
		p++;
	}
	return *p == c ? p + 1 : NULL;
}

bool pattern_match(const char *pattern, const char *name)
{
	/* Where to go on when the last star has to take one character more. */
	const char *star = NULL, *taken = NULL;

	if (name[0] == '.' && pattern[0] != '.' && !(pattern[0] == '\\' && pattern[1] == '.')) {
		return false;
	}
	while (*name) {
		const char *rest;

		if (*pattern == '*') {
			star = ++pattern;
			taken = name;
			continue;
		}
		rest = *pattern ? match_one(pattern, *name) : NULL;
		if (rest) {
			pattern = rest;
			name++;
		} else if (star) {
			pattern = star;
			name = ++taken;
		} else {
			return false;
		}
	}
	while (*pattern == '*') {
		pattern++;
	}
	return !*pattern;
}

/** Where the files of a directory are collected. */
struct listing {
	const char *directory;
	struct names *paths;
};

void names_add_path(struct names *l, const char *base, const char *name)
{
	size_t n = strlen(base);
	char path[SETTINGS_PATH];
	struct text t = text_on(path, sizeof(path));

	text_add(&t, "%s%s%s", base, n == 0 || base[n - 1] == '/' ? "" : "/", name);
	/* A path that is too long cannot be opened; no setting could name it either. */
	if (!t.cut) {
		names_add(l, path);
	}
}

static void add_path(void *arg, const char *name)
{
	struct listing *l = arg;

	names_add_path(l->paths, l->directory, name);
}

int names_list(struct names *io, struct kernel *k, const char *directory, const char *suffix)
{
	struct listing l = {directory, io};
	int r = k->ops->file_list(k, directory, suffix, add_path, &l);

	names_sort(io, names_compare);
	return r < 0 ? r : io->error;
}

/** Appends to paths every base/NAME whose NAME matches. */
struct matching {
	const char *pattern;
	const char *base; /**< ends in '/', or is empty */
	struct names *paths;
};

static void add_match(void *arg, const char *name)
{
	struct matching *m = arg;

	if (pattern_match(m->pattern, name)) {
		names_add_path(m->paths, m->base, name);
	}
}

/** Lists the directory of m: its base without the '/' at the end. */
static int list_base(struct kernel *k, struct matching *m)
{
	char directory[SETTINGS_PATH];
	size_t n = strlen(m->base);

	if (text_copy(directory, sizeof(directory), n > 0 ? m->base : ".") < 0) {
		return -ENAMETOOLONG;
	}
	if (n > 1) {
		directory[n - 1] = '\0';
	}
	return k->ops->file_list(k, directory, "", add_match, m);
}

/** Appends component to every path of io; a magic one by searching the directory. */
static int expand_component(
	struct kernel *k, const char *component, bool searched, struct names *io)
{
	struct names found = {0};
	int r = 0;

	for (size_t i = 0; i < io->n && r == 0; i++) {
		struct matching m = {component, io->names[i], &found};

		if (!pattern_is_magic(component)) {
			char path[SETTINGS_PATH];
			struct text t = text_on(path, sizeof(path));

			text_add(&t, "%s%s", m.base, component);
			names_add(&found, path);
			r = t.cut ? -ENAMETOOLONG : 0;
			continue;
		}
		r = list_base(k, &m);
		/* Not everything that an earlier star matched need be a directory. */
		if (searched && (r == -ENOTDIR || r == -ENOENT)) {
			r = 0;
		}
	}
	names_free(io);
	*io = found;
	return r < 0 ? r : found.error;
}

/** Appends a '/' to every path. */
static int add_slashes(struct names *io)
{
	for (size_t i = 0; i < io->n; i++) {
		size_t n = strlen(io->names[i]);
		char *longer = realloc(io->names[i], n + 2);

		if (!longer) {
			return -ENOMEM;
		}
		longer[n] = '/';
		longer[n + 1] = '\0';
		io->names[i] = longer;
	}
	return 0;
}

int pattern_expand(struct kernel *k, const char *pattern, struct names *ret)
{
	struct names paths = {0};
	char component[SETTINGS_PATH];
	bool searched = false;
	int r;

	names_add(&paths, "");
	r = paths.error;
	while (r == 0) {
		size_t n = strcspn(pattern, "/");

		if (n >= sizeof(component)) {
			r = -ENAMETOOLONG;
			break;
		}
		memcpy(component, pattern, n);
		component[n] = '\0';
		r = expand_component(k, component, searched, &paths);
		searched = searched || pattern_is_magic(component);
		pattern += n;
		if (r < 0 || !*pattern) {
			break;
		}
		r = add_slashes(&paths);
		pattern++;
	}
	if (r < 0) {
		names_free(&paths);
		return r;
	}
	names_sort(&paths, names_compare);
	*ret = paths;
	return 0;
}
