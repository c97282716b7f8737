/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Memory that the C library would rather keep.
 */
#define _GNU_SOURCE
#include "config.h"

#include <link.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#ifdef __GLIBC__
#include <malloc.h>
#endif

#include "daemon/os/memory.h"

/* Blocks of so many bytes are mapped apart. Without a word of ours the limit rises to the largest
 * block that was ever freed, which is the buffer that files are read into. The buffers of a TLS
 * session, which come and go with each, are a little more than a record of 16 KiB. */
#define APART (24 * 1024)

void memory_begin(void)
{
#ifdef __GLIBC__
	mallopt(M_MMAP_THRESHOLD, APART);
	/* else the first large ones come from what the heap grew by for a small one */
	mallopt(M_TOP_PAD, APART / 4);
#endif
}

/* Whether what is said to be read only was written to when it was loaded. */
static bool has_text_relocations(const struct dl_phdr_info *info)
{
	for (size_t i = 0; i < info->dlpi_phnum; i++) {
		const ElfW(Phdr) *h = &info->dlpi_phdr[i];
		const ElfW(Dyn) *d = (const ElfW(Dyn) *)(info->dlpi_addr + h->p_vaddr);

		if (h->p_type != PT_DYNAMIC)
			continue;
		for (; d->d_tag != DT_NULL; d++)
			if (d->d_tag == DT_TEXTREL ||
				(d->d_tag == DT_FLAGS && (d->d_un.d_val & DF_TEXTREL) != 0))
				return true;
	}
	return false;
}

/* Has the pages of one file that are as they are in the file read again by who wants them. What was
 * relocated is in segments that may be written, until it is protected. */
static int forget_file(struct dl_phdr_info *info, size_t size, void *arg)
{
	const uintptr_t page = *(const uintptr_t *)arg;

	(void)size;
	if (has_text_relocations(info))
		return 0;
	/* from the last on: this table is in the first */
	for (size_t i = info->dlpi_phnum; i-- > 0;) {
		const ElfW(Phdr) *h = &info->dlpi_phdr[i];
		uintptr_t begin = (info->dlpi_addr + h->p_vaddr) & ~(page - 1);
		uintptr_t end = info->dlpi_addr + h->p_vaddr + h->p_filesz;

		/* refused where all memory is locked: then it is meant to stay */
		if (h->p_type == PT_LOAD && (h->p_flags & PF_W) == 0)
			(void)madvise((void *)begin, end - begin, MADV_DONTNEED);
	}
	return 0;
}

void memory_give_back(void)
{
	uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE);

#ifdef __GLIBC__
	malloc_trim(0);
#endif
	dl_iterate_phdr(forget_file, &page);
}
