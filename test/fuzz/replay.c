/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A plain main() for fuzz targets: feeds every file of the directories and files named, and every
 * shorter beginning of it, each in a block of its exact size so that a read past the end is seen.
 * Speaks TAP.
 */
#define _GNU_SOURCE
#include "config.h"

#include <dirent.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Longer inputs are fed whole only. */
#define PREFIXES 4096

static bool feed(const uint8_t *data, size_t size)
{
	uint8_t *exact = malloc(size ? size : 1);
	if (!exact)
		return false;
	if (size)
		memcpy(exact, data, size);
	LLVMFuzzerTestOneInput(exact, size);
	free(exact);
	return true;
}

static bool feed_file(const char *path)
{
	static uint8_t data[1 << 20];

	FILE *f = fopen(path, "rb");
	if (!f) {
		printf("# %s: cannot open\n", path);
		return false;
	}
	size_t size = fread(data, 1, sizeof data, f);
	bool whole = feof(f) && !ferror(f);
	fclose(f);
	for (size_t n = 0; whole && n < size && size <= PREFIXES; n++)
		whole = feed(data, n);
	return whole && feed(data, size);
}

/** Feeds a file, or the files of a directory; counts them. Returns whether all could be read. */
static bool replay(const char *path, unsigned *io_files)
{
	struct stat st;
	struct dirent **names;

	if (stat(path, &st) == 0 && !S_ISDIR(st.st_mode)) {
		++*io_files;
		return feed_file(path);
	}
	int n = scandir(path, &names, NULL, alphasort);
	if (n < 0) {
		printf("# %s: cannot read\n", path);
		return false;
	}
	bool fine = true;
	for (int i = 0; i < n; i++) {
		char *file = NULL;
		if (names[i]->d_name[0] != '.' &&
			asprintf(&file, "%s/%s", path, names[i]->d_name) >= 0) {
			++*io_files;
			fine = feed_file(file) && fine;
			free(file);
		}
		free(names[i]);
	}
	free(names);
	return fine;
}

int main(int argc, char **argv)
{
	bool fine = argc > 1;
	for (int i = 1; i < argc; i++) {
		unsigned files = 0;
		bool read = replay(argv[i], &files) && files > 0;
		printf("%sok %d - %s: %u inputs\n", read ? "" : "not ", i, argv[i], files);
		fine = fine && read;
	}
	return fine ? 0 : 1;
}
