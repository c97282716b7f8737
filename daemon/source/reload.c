/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Sources of the *.sources files in sourcedirs: read at the start and again by command. What is
 * unchanged keeps its state (chrony-config 1.1, 1.2).
 */
#include "config.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/bytes.h"
#include "common/log.h"
#include "common/text.h"
#include "daemon/kernel/kernel.h"
#include "daemon/source/internal.h"

/** The longest line of a *.sources file with a NUL. */
#define LINE_ROOM 2049

/** Room for a reason inside a message. */
#define REASON_TEXT 512

/** One file to read. */
struct file {
	char name[SOURCE_FILE];
	size_t directory;
	bool unread; /**< there, but it cannot be read: its sources stay as they are */
};

/** What a line says, and the file it is in. */
struct said {
	struct source_options options;
	size_t file;
};

/** Everything that the files say. */
struct reading {
	struct sources *r;
	size_t directory; /**< being listed */
	struct file *files;
	size_t n_files, files_room;
	struct said *lines;
	size_t n_lines, lines_room;
	bool unlisted; /**< a directory cannot be listed: nothing is removed */
	bool failed;   /**< no memory: nothing is changed */
};

/** Room for one more element in *array. */
static bool make_room(void **array, size_t n, size_t *room, size_t size)
{
	size_t more = *room == 0 ? 8 : *room * 2;
	void *p;

	if (n < *room)
		return true;
	p = realloc(*array, more * size);
	if (p == NULL)
		return false;
	*array = p;
	*room = more;
	return true;
}

static void note_file(void *arg, const char *name)
{
	struct reading *g = arg;
	void *p = g->files;

	/* A file hides those of the same name in later directories. */
	for (size_t i = 0; i < g->n_files; i++)
		if (strcmp(g->files[i].name, name) == 0)
			return;
	if (!make_room(&p, g->n_files, &g->files_room, sizeof(*g->files))) {
		g->failed = true;
		return;
	}
	g->files = p;
	g->files[g->n_files] = (struct file){.directory = g->directory};
	if (text_copy(g->files[g->n_files].name, sizeof(g->files[0].name), name) == 0)
		g->n_files++;
}

static int compare_files(const void *a, const void *b)
{
	return strcmp(((const struct file *)a)->name, ((const struct file *)b)->name);
}

/** Takes a line of a file, number and path for the message about one that says nothing good. */
static void note_line(
	struct reading *g, size_t file, const char *path, unsigned number, struct span content)
{
	const struct log *log = g->r->env->log;
	char line[LINE_ROOM], reason[REASON_TEXT];
	struct text why = text_on(reason, sizeof(reason));
	struct source_options o;
	void *array = g->lines;
	int e = -EINVAL;

	if (content.n >= sizeof(line)) {
		text_add(&why, "line too long");
	} else if (memchr(content.p, '\0', content.n) != NULL) {
		text_add(&why, "NUL byte in line");
	} else {
		memcpy(line, content.p, content.n);
		line[content.n] = '\0';
		e = g->r->modules.source_line(line, &o, &why);
	}
	if (why.n > 0)
		log_warning(log, "%s:%u: %s", path, number, reason);
	if (e < 0)
		return;
	if (!make_room(&array, g->n_lines, &g->lines_room, sizeof(*g->lines))) {
		g->failed = true;
		return;
	}
	g->lines = array;
	source_options_clamp(&o);
	g->lines[g->n_lines++] = (struct said){.options = o, .file = file};
}

static void read_file(struct reading *g, size_t file, uint8_t *buffer)
{
	struct file *f = &g->files[file];
	struct kernel *k = g->r->env->kernel;
	const struct log *log = g->r->env->log;
	char path[SETTINGS_PATH + SOURCE_FILE];
	struct text t = text_on(path, sizeof(path));
	size_t n, at = 0;
	int e;

	text_add(&t, "%s/%s", g->r->env->settings->sourcedirs[f->directory], f->name);
	e = t.cut ? -ENAMETOOLONG : k->ops->file_load(k, path, buffer, SETTINGS_SOURCES_FILE, &n);
	if (e < 0) {
		log_error(log, "Could not read %s : %s", path, strerror(-e));
		f->unread = true;
		return;
	}
	for (unsigned number = 1; at < n; number++) {
		const uint8_t *end = memchr(buffer + at, '\n', n - at);

		if (end == NULL) {
			log_warning(log, "%s:%u: no newline: the line may be half written", path,
				number);
			return;
		}
		note_line(g, file, path, number,
			(struct span){buffer + at, (size_t)(end - buffer) - at});
		at = (size_t)(end - buffer) + 1;
	}
}

static void list_directory(struct reading *g)
{
	struct kernel *k = g->r->env->kernel;
	const char *directory = g->r->env->settings->sourcedirs[g->directory];
	int e = k->ops->file_list(k, directory, ".sources", note_file, g);

	if (e == 0 || e == -ENOENT)
		return;
	log_error(g->r->env->log, "Could not read %s : %s", directory, strerror(-e));
	g->unlisted = true;
}

static void read_all(struct reading *g)
{
	const struct settings *settings = g->r->env->settings;
	uint8_t *buffer = malloc(SETTINGS_SOURCES_FILE);

	if (buffer == NULL) {
		g->failed = true;
		return;
	}
	for (g->directory = 0; g->directory < settings->n_sourcedirs; g->directory++)
		list_directory(g);
	if (g->n_files > 0)
		qsort(g->files, g->n_files, sizeof(*g->files), compare_files);
	for (size_t i = 0; i < g->n_files; i++)
		read_file(g, i, buffer);
	free(buffer);
}

/* By the table of options, so that no option is forgotten here. */
bool reload_says_same(const struct source_options *a, const struct source_options *b)
{
	return a->kind == b->kind && strcmp(a->name, b->name) == 0 &&
	       option_same(source_option_rules, a, b);
}

/** Whether the entry is of a file that is there but cannot be read. */
static bool is_unread(const struct reading *g, const struct source_entry *entry)
{
	for (size_t i = 0; i < g->n_files; i++)
		if (g->files[i].unread && strcmp(g->files[i].name, entry->file) == 0)
			return true;
	return false;
}

/** Marks what is there already: the entry as kept, and takes the line out of the list. */
static void keep_unchanged(struct reading *g)
{
	struct sources *r = g->r;
	size_t left = 0;

	for (size_t i = 0; i < r->n_entries; i++)
		r->entries[i]->kept = false;
	for (size_t i = 0; i < g->n_lines; i++) {
		size_t j = 0;

		while (j < r->n_entries &&
			(r->entries[j]->file[0] == '\0' || r->entries[j]->kept ||
				!reload_says_same(&r->entries[j]->options, &g->lines[i].options)))
			j++;
		if (j == r->n_entries) {
			g->lines[left++] = g->lines[i];
			continue;
		}
		r->entries[j]->kept = true;
		(void)text_copy(r->entries[j]->file, sizeof(r->entries[j]->file),
			g->files[g->lines[i].file].name);
	}
	g->n_lines = left;
	for (size_t i = 0; i < r->n_entries; i++)
		if (g->unlisted || is_unread(g, r->entries[i]))
			r->entries[i]->kept = true;
}

void reload_remove(struct sources *r, const struct source_entry *entry)
{
	char text[SOURCE_NAME + ADDRESS_TEXT + 4] = "";
	bool pool = entry->named && entry->options.kind == SOURCE_POOL;
	unsigned left = entry->slots;

	if (pool)
		snprintf(text, sizeof(text), "%s", entry->options.name);
	for (size_t i = r->n; i-- > 0 && left > 0;) {
		if (r->all[i]->entry != entry)
			continue;
		if (!pool)
			source_text_long(r->all[i], text, sizeof(text));
		left--;
		registry_drop(r->all[i]);
	}
	log_info(r->env->log, "Removed %s %s", pool ? "pool" : "source", text);
}

static void remove_missing(struct sources *r)
{
	for (size_t i = r->n_entries; i-- > 0;)
		if (r->entries[i]->file[0] != '\0' && !r->entries[i]->kept)
			reload_remove(r, r->entries[i]);
}

const char *reload_reason(enum sources_status status)
{
	switch (status) {
	case SOURCES_ALREADY:
		return "Already in use";
	case SOURCES_TOO_MANY:
		return "Too many sources";
	case SOURCES_BAD_FAMILY:
		return "Invalid address";
	case SOURCES_NO_MEMORY:
		return "Out of memory";
	default:
		return "Invalid name";
	}
}

static bool was_refused(const struct sources *r, const struct source_options *o)
{
	for (size_t i = 0; i < r->n_refused; i++)
		if (reload_says_same(&r->refused[i], o))
			return true;
	return false;
}

/** Adds what is new; what is refused is remembered, and logged when it was not before. */
static void add_new(struct reading *g)
{
	struct sources *r = g->r;
	struct source_options *refused = NULL;
	size_t n = 0, room = 0;

	for (size_t i = 0; i < g->n_lines; i++) {
		const struct source_options *o = &g->lines[i].options;
		enum sources_status status = registry_add(r, o, g->files[g->lines[i].file].name);
		void *array = refused;

		if (status == SOURCES_OK)
			continue;
		if (!was_refused(r, o))
			log_error(r->env->log, "Could not add source %s : %s", o->name,
				reload_reason(status));
		/* Without memory it is only logged again at the next reload. */
		if (!make_room(&array, n, &room, sizeof(*refused)))
			continue;
		refused = array;
		refused[n++] = *o;
	}
	free(r->refused);
	r->refused = refused;
	r->n_refused = n;
}

void sources_reload(struct sources *r)
{
	struct reading g = {.r = r};

	if (r->modules.source_line == NULL)
		return;
	read_all(&g);
	if (!g.failed) {
		keep_unchanged(&g);
		remove_missing(r);
		add_new(&g);
	}
	free(g.files);
	free(g.lines);
}

void reload_free(struct sources *r)
{
	free(r->refused);
}
