/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Tests that change environment variables: all are put back, also when a test fails half-way.
 */
#ifndef TEST_UNIT_ENVIRONMENT_H
#define TEST_UNIT_ENVIRONMENT_H

/** A test between the two fixtures. */
#define ENVIRONMENT_TEST(f)                                                                        \
	cmocka_unit_test_setup_teardown(f, environment_keep, environment_restore)

int environment_keep(void **state);
int environment_restore(void **state);

#endif
