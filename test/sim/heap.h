/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the daemons of a world allocate. Programs that link the simulator do so with
 * -Wl,--wrap=malloc and its like: while an account is open, every allocation of the code under test
 * is counted in it and may be made to fail. This works under the sanitizers too. The simulator
 * itself takes its memory by sim_alloc() and its like, which are neither counted nor fail.
 */
#ifndef TEST_SIM_HEAP_H
#define TEST_SIM_HEAP_H

#include <stddef.h>
#include <stdint.h>

#include "test/sim/random.h"

/** What one daemon holds. */
struct heap_account {
	int64_t blocks, bytes; /**< allocated and not freed */
	uint64_t calls;        /**< allocations asked for */
	uint64_t failed;       /**< of these, made to fail */
	double fail;           /**< probability of failing, 0 to 1 */
	struct sim_random random;
};

/** Charges what is allocated and freed from here on to a; NULL: to nobody. Returns the account
 * charged before: hand it back when done. */
struct heap_account *heap_charge(struct heap_account *a);

/** Zeroed memory for the simulator itself; ends the program when there is none. */
void *sim_alloc(size_t n);
/** realloc() for the same. */
void *sim_realloc(void *p, size_t n);
void sim_free(void *p);

#endif
