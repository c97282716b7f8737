/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Any bytes as a configuration: a failure says why and changes nothing, and what -p prints of a
 * good one means the same.
 */
#include "config.h"

#include <string.h>

#include "config/lexer.h"
#include "test/fuzz/config_world.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

extern const struct config_dialect config_dialect_chrony;

/** Everything that is no pointer and no place is the same. */
static void compare(const struct settings *a, const struct settings *b)
{
	check(a->n_sources == b->n_sources && a->n_refclocks == b->n_refclocks);
	check(a->n_access == b->n_access && a->n_cmd_access == b->n_cmd_access);
	check(a->n_sourcedirs == b->n_sourcedirs && a->logs == b->logs && a->port == b->port);
	check(a->local.on == b->local.on && a->local.stratum == b->local.stratum);
	check(memcmp(&a->makestep_threshold, &b->makestep_threshold, sizeof(double)) == 0);
	for (size_t i = 0; i < a->n_sources; i++) {
		check(strcmp(a->sources[i].options.name, b->sources[i].options.name) == 0);
		check(a->sources[i].options.minpoll == b->sources[i].options.minpoll);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct config_world w = {.kernel = {&config_ops}, .directory = "d", .input = {data, n}};
	struct settings *s = config_read_input(&w, &config_dialect_chrony, NULL), *again;

	if (!s) {
		return 0;
	}
	config_keep_printed(&w, &config_dialect_chrony, NULL);
	for (size_t i = 0; i < w.n_lines && i < CONFIG_LINES; i++) {
		check(strlen(w.lines[i]) <= LEXER_LINE_MAX);
	}
	again = config_read_lines(&w, &config_dialect_chrony, NULL);
	if (again) {
		compare(s, again);
	}
	settings_destroy(again);
	settings_destroy(s);
	return 0;
}
