/* SPDX-License-Identifier: BSD-2-Clause */
/* A node's files: in memory, kept over a restart of its daemon. */
#include "config.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "test/sim/world.h"

struct sim_file *sim_file_find(const struct sim_node *n, const char *path)
{
	struct sim_file *f;

	for (f = n->files; f; f = f->next)
		if (!strcmp(f->path, path))
			return f;
	return NULL;
}

static struct sim_file *file_make(struct sim_node *n, const char *path)
{
	struct sim_file *f = calloc(1, sizeof(*f)), **at = &n->files;
	size_t length = strlen(path) + 1;

	if (!f)
		return NULL;
	f->path = malloc(length);
	if (!f->path) {
		free(f);
		return NULL;
	}
	memcpy(f->path, path, length);
	while (*at && strcmp((*at)->path, path) < 0)
		at = &(*at)->next;
	f->next = *at;
	*at = f;
	return f;
}

int sim_file_write(struct sim_node *n, const char *path, struct span content, bool append)
{
	struct sim_file *f = sim_file_find(n, path);
	size_t keep = f && append ? f->n : 0;
	uint8_t *data = malloc(keep + content.n + 1);

	if (!data)
		return -ENOMEM;
	if (!f)
		f = file_make(n, path);
	if (!f) {
		free(data);
		return -ENOMEM;
	}
	if (keep)
		memcpy(data, f->data, keep);
	if (content.n)
		memcpy(data + keep, content.p, content.n);
	free(f->data);
	f->data = data;
	f->n = keep + content.n;
	f->time = n->system_ns;
	return 0;
}

void sim_files_free(struct sim_node *n)
{
	while (n->files) {
		struct sim_file *next = n->files->next;

		free(n->files->path);
		free(n->files->data);
		free(n->files);
		n->files = next;
	}
}

struct span sim_file(const struct sim *s, int node, const char *path)
{
	const struct sim_file *f = sim_file_find(&s->nodes[node], path);
	struct span none = {NULL, 0};

	if (!f)
		return none;
	return (struct span){f->data, f->n};
}
