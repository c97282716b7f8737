/* SPDX-License-Identifier: BSD-2-Clause */
/* A node's files: in memory, kept over a restart of its daemon, on a disk that can fail. */
#include "config.h"

#include <errno.h>
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
	struct sim_file *f = sim_alloc(sizeof(*f)), **at = &n->files;
	size_t length = strlen(path) + 1;

	f->path = sim_alloc(length);
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
	size_t keep;

	if (!f)
		f = file_make(n, path);
	keep = append ? f->n : 0;
	f->data = sim_realloc(f->data, keep + content.n + 1);
	if (content.n)
		memcpy(f->data + keep, content.p, content.n);
	f->n = keep + content.n;
	f->time = n->clock.system_ns;
	return 0;
}

void sim_files_free(struct sim_node *n)
{
	while (n->files) {
		struct sim_file *next = n->files->next;

		sim_free(n->files->path);
		sim_free(n->files->data);
		sim_free(n->files);
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

void sim_put_file(struct sim *s, int node, const char *path, struct span content)
{
	sim_clock_advance(&s->nodes[node], s->now_ns);
	sim_file_write(&s->nodes[node], path, content, false);
}

int sim_file_load(struct kernel *k, const char *path, uint8_t *p, size_t room, size_t *ret_n)
{
	const struct sim_file *f = sim_file_find(sim_node_of(k), path);

	if (!f)
		return -ENOENT;
	if (f->n > room)
		return -EFBIG;
	if (f->n)
		memcpy(p, f->data, f->n);
	*ret_n = f->n;
	return 0;
}

int sim_file_time(struct kernel *k, const char *path, int64_t *ret)
{
	const struct sim_file *f = sim_file_find(sim_node_of(k), path);

	if (!f)
		return -ENOENT;
	*ret = f->time;
	return 0;
}

/** Nobody but the daemon lives on a node. */
int sim_file_mode(struct kernel *k, const char *path, unsigned *ret)
{
	if (!sim_file_find(sim_node_of(k), path))
		return -ENOENT;
	*ret = 0600;
	return 0;
}

/** Why nothing can be written now, or 0. A process that was killed writes nothing either. */
static int refuse(struct sim_node *n)
{
	if (n->dead)
		return -EIO;
	if (n->faults.disk_full)
		return -ENOSPC;
	return sim_fault(n, n->faults.write) ? -EIO : 0;
}

int sim_file_save(struct kernel *k, const char *path, struct span content, unsigned mode)
{
	struct sim_node *n = sim_node_of(k);
	int r = refuse(n);

	(void)mode;
	return r ? r : sim_file_write(n, path, content, false);
}

int sim_program(struct kernel *k, const char *const *argv, struct span input)
{
	return sim_file_append(k, argv[0], input, 0644);
}

int sim_file_append(struct kernel *k, const char *path, struct span content, unsigned mode)
{
	struct sim_node *n = sim_node_of(k);
	int r = refuse(n);

	(void)mode;
	if (r == -EIO && !n->dead) {
		content.n = sim_random_u64(&n->fault_random) % (content.n + 1);
		sim_file_write(n, path, content, true);
	}
	return r ? r : sim_file_write(n, path, content, true);
}

int sim_file_remove(struct kernel *k, const char *path)
{
	struct sim_node *n = sim_node_of(k);
	struct sim_file **at = &n->files, *f;

	while (*at && strcmp((*at)->path, path))
		at = &(*at)->next;
	f = *at;
	if (!f)
		return -ENOENT;
	if (n->dead)
		return -EIO;
	*at = f->next;
	sim_free(f->path);
	sim_free(f->data);
	sim_free(f);
	return 0;
}

int sim_file_list(struct kernel *k, const char *directory, const char *suffix,
	void (*each)(void *arg, const char *name), void *arg)
{
	size_t length = strlen(directory), tail = strlen(suffix);
	const struct sim_file *f, *next;

	for (f = sim_node_of(k)->files; f; f = next) {
		const char *name = f->path + length + 1;

		next = f->next;
		if (strncmp(f->path, directory, length) || f->path[length] != '/' ||
			strchr(name, '/') || strlen(name) < tail ||
			strcmp(name + strlen(name) - tail, suffix))
			continue;
		each(arg, name);
	}
	return 0;
}
