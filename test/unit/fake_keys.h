/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The keys of a key file that is nowhere but in a test.
 */
#ifndef TEST_UNIT_FAKE_KEYS_H
#define TEST_UNIT_FAKE_KEYS_H

struct keys;

/** The keys that a key file with this text has; ends the program when they cannot be read. */
struct keys *fake_keys(const char *text);

#endif
