/* SPDX-License-Identifier: BSD-2-Clause */
/* Memory goes back to the system, and what was read from files comes again when it is wanted. */
#define _GNU_SOURCE
#include "config.h"

#include <link.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "daemon/os/memory.h"

/* A table with addresses in it: written to when the program is loaded, then read only. */
static const char *const relocated[] = {"one", "two", "three"};

/* Pages of files that are in this process's memory. */
static long file_pages(void)
{
	long size, resident, shared;
	FILE *f = fopen("/proc/self/statm", "r");

	assert_non_null(f);
	assert_int_equal(fscanf(f, "%ld %ld %ld", &size, &resident, &shared), 3);
	fclose(f);
	return shared;
}

/* Reads a byte of each page that cannot be written, of all files: also where no variable is. */
__attribute__((no_sanitize("address"))) static int read_pages(
	struct dl_phdr_info *info, size_t size, void *arg)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	unsigned *sum = arg;

	(void)size;
	if (strstr(info->dlpi_name, "vdso") != NULL)
		return 0;
	for (size_t i = 0; i < info->dlpi_phnum; i++) {
		const ElfW(Phdr) *h = &info->dlpi_phdr[i];
		const volatile uint8_t *p = (const uint8_t *)(info->dlpi_addr + h->p_vaddr);

		if (h->p_type == PT_LOAD && (h->p_flags & (PF_R | PF_W)) == PF_R)
			for (size_t at = 0; at < h->p_filesz; at += page)
				*sum += p[at];
	}
	return 0;
}

static void pages_of_files_come_again(void **state)
{
	unsigned before = 0, after = 0;
	long all;

	(void)state;
	memory_begin();
	dl_iterate_phdr(read_pages, &before);
	all = file_pages();
	memory_give_back();
	assert_true(file_pages() < all / 2);
	assert_string_equal(relocated[all > 0 ? 2 : 0], "three");
	dl_iterate_phdr(read_pages, &after);
	assert_int_equal(before, after);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(pages_of_files_come_again),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
