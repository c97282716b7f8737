/* SPDX-License-Identifier: BSD-2-Clause */
/* NTP over PTP, by the layout of RFC 10030. */
#include "config.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "daemon/wire/ptp.h"

#define NTP 48

static void layout(void **state)
{
	static const uint8_t before[PTP_OVERHEAD] = {0x01, 0x02, 0, 104, 123, 0, 0x04,
		0x00, [30] = 0x12, 0x34, [44] = 0, 3, 0, 56, 0, 0, 0x5e, 0, 0, 1};
	uint8_t p[PTP_OVERHEAD + NTP];
	struct span ntp;

	(void)state;
	memset(p, 0xaa, sizeof(p));
	assert_int_equal(ptp_wrap(p, NTP, 123, 0x1234), sizeof(p));
	assert_memory_equal(p, before, sizeof(before));
	assert_int_equal(p[PTP_OVERHEAD], 0xaa);
	assert_int_equal(ptp_sequence(p), 0x1234);
	assert_int_equal(ptp_unwrap((struct span){p, sizeof(p)}, 123, &ntp), 0);
	assert_ptr_equal(ntp.p, p + PTP_OVERHEAD);
	assert_int_equal(ntp.n, NTP);
}

/* chrony-behaviour 10: types 0 and 1, versions 2 and 2.1, TLVs 3 and 8000. */
static void section_10_accepted(void **state)
{
	uint8_t p[PTP_OVERHEAD + NTP];
	struct span ntp;

	(void)state;
	for (unsigned at = 0; at < PTP_OVERHEAD; at++) {
		for (unsigned value = 0; value < 256; value++) {
			bool same, good;

			ptp_wrap(p, NTP, 123, 0x1234);
			same = p[at] == value;
			p[at] = (uint8_t)value;
			good = same || (at == 0 && value <= 1) || (at == 1 && value == 0x12) ||
			       at == 5 || (at >= 8 && at < 44);
			assert_int_equal(ptp_unwrap((struct span){p, sizeof(p)}, 123, &ntp),
				good ? 0 : -EBADMSG);
		}
	}
	ptp_wrap(p, NTP, 123, 0);
	p[44] = 0x80;
	p[45] = 0;
	assert_int_equal(ptp_unwrap((struct span){p, sizeof(p)}, 123, &ntp), 0);
	assert_int_equal(ptp_unwrap((struct span){p, sizeof(p)}, 122, &ntp), -EBADMSG);
	for (size_t n = 0; n < sizeof(p); n++)
		assert_int_equal(ptp_unwrap((struct span){p, n}, 123, &ntp), -EBADMSG);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(layout),
		cmocka_unit_test(section_10_accepted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
