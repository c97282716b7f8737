/* SPDX-License-Identifier: BSD-2-Clause */
/* SipHash-2-4 against vectors of its paper. */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "common/siphash.h"

/* Key 00 to 0f, input 00 01 02 ...: the paper's appendix A has that of 15 bytes, its reference
 * vectors the others. */
static void vectors(void **state)
{
	uint8_t key[SIPHASH_KEY], in[16];

	(void)state;
	for (size_t i = 0; i < sizeof(key); i++)
		key[i] = in[i] = (uint8_t)i;
	assert_int_equal(siphash(key, in, 15), UINT64_C(0xa129ca6149be45e5));
	assert_int_equal(siphash(key, in, 0), UINT64_C(0x726fdb47dd0e0e31));
	assert_int_equal(siphash(key, in, 1), UINT64_C(0x74f839c593dc67fd));
	assert_int_equal(siphash(key, in, 8), UINT64_C(0x93f5f5799a932462));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(vectors),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
