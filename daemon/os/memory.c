/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Memory that the C library would rather keep.
 */
#define _GNU_SOURCE
#include "config.h"

#include <stdlib.h>

#ifdef __GLIBC__
#include <malloc.h>
#endif

#include "daemon/os/memory.h"

/* Blocks of so many bytes are mapped apart. Without a word of ours the limit rises to the largest
 * block that was ever freed, which is the buffer that files are read into. */
#define APART (16 * 1024)

void memory_begin(void)
{
#ifdef __GLIBC__
	mallopt(M_MMAP_THRESHOLD, APART);
	/* else the first large ones come from what the heap grew by for a small one */
	mallopt(M_TOP_PAD, APART / 4);
#endif
}

void memory_give_back(void)
{
#ifdef __GLIBC__
	malloc_trim(0);
#endif
}
