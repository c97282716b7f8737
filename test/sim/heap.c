/* SPDX-License-Identifier: BSD-2-Clause */
/* Counting allocations and making them fail, by the linker's --wrap. */
#include "config.h"

#include <malloc.h>
#include <stdlib.h>

#include "test/sim/heap.h"

/* The names that the linker gives: __wrap_ for what callers reach, __real_ for what was there. */
void *__wrap_malloc(size_t n);
void *__wrap_calloc(size_t n, size_t each);
void *__wrap_realloc(void *p, size_t n);
void __wrap_free(void *p);
void *__real_malloc(size_t n);
void *__real_calloc(size_t n, size_t each);
void *__real_realloc(void *p, size_t n);
void __real_free(void *p);

/* malloc() is told nothing of whom it works for, hence the one variable of its kind. */
static struct heap_account *charged;

struct heap_account *heap_charge(struct heap_account *a)
{
	struct heap_account *before = charged;

	charged = a;
	return before;
}

static int must_fail(void)
{
	if (!charged)
		return 0;
	charged->calls++;
	if (charged->fail <= 0 || sim_random_uniform(&charged->random) >= charged->fail)
		return 0;
	charged->failed++;
	return 1;
}

/** Counts a block in (sign 1) or out (-1). */
static void count(void *p, int sign)
{
	if (!charged || !p)
		return;
	charged->blocks += sign;
	charged->bytes += sign * (int64_t)malloc_usable_size(p);
}

void *__wrap_malloc(size_t n)
{
	void *p = must_fail() ? NULL : __real_malloc(n);

	count(p, 1);
	return p;
}

void *__wrap_calloc(size_t n, size_t each)
{
	void *p = must_fail() ? NULL : __real_calloc(n, each);

	count(p, 1);
	return p;
}

void *__wrap_realloc(void *p, size_t n)
{
	int64_t old = p ? (int64_t)malloc_usable_size(p) : 0;
	void *more;

	if (must_fail())
		return NULL;
	more = __real_realloc(p, n);
	if (charged && more) {
		charged->blocks += p ? 0 : 1;
		charged->bytes += (int64_t)malloc_usable_size(more) - old;
	}
	return more;
}

void __wrap_free(void *p)
{
	count(p, -1);
	__real_free(p);
}

void *sim_alloc(size_t n)
{
	void *p = __real_calloc(1, n);

	if (!p)
		abort();
	return p;
}

void *sim_realloc(void *p, size_t n)
{
	void *more = __real_realloc(p, n);

	if (!more)
		abort();
	return more;
}

void sim_free(void *p)
{
	__real_free(p);
}
