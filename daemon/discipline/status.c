/* SPDX-License-Identifier: BSD-2-Clause */
/* Status words: bits put together. */
#include "config.h"

#include "common/text.h"
#include "daemon/discipline/status.h"
#include "daemon/protocol/protocol.h"
#include "daemon/select/select.h"

uint16_t status_system(enum leap leap, enum status_clock clock, unsigned count, unsigned code)
{
	return (uint16_t)(((unsigned)leap & 3) << 14 | ((unsigned)clock & 0x3f) << 8 |
			  (count & 0xf) << 4 | (code & 0xf));
}

uint16_t status_peer(unsigned bits, enum status_selection selection, unsigned count, unsigned code)
{
	return (uint16_t)((bits & 0xf8) << 8 | ((unsigned)selection & 7) << 8 | (count & 0xf) << 4 |
			  (code & 0xf));
}

enum status_selection status_selection_of(char letter, bool pulse)
{
	switch ((enum select_state)letter) {
	case SELECT_SELECTED:
		return pulse ? STATUS_PPS_PEER : STATUS_SYSTEM_PEER;
	case SELECT_COMBINED:
	case SELECT_WAITS_UPDATE:
		return STATUS_CANDIDATE;
	case SELECT_FALSETICKER:
		return STATUS_FALSETICKER;
	case SELECT_NONPREFERRED:
		return STATUS_BACKUP;
	case SELECT_OUTLIER:
	case SELECT_DISTANT:
	case SELECT_JITTERY:
	case SELECT_UNTRUSTED:
	case SELECT_ORPHAN:
		return STATUS_OUTLIER;
	case SELECT_STILL_IN:
	case SELECT_NOSELECT_STATE:
	case SELECT_MISSING_SAMPLES:
	case SELECT_UNSYNCHRONISED:
	case SELECT_BAD_STRATUM:
	case SELECT_BAD_DISTANCE:
	case SELECT_WAITS_STATS:
	case SELECT_STALE:
	case SELECT_WAITS_SOURCES:
		break;
	}
	return STATUS_REJECT;
}

enum status_clock status_clock_of(const char *driver)
{
	if (text_same_word(driver, "PPS"))
		return STATUS_PPS;
	if (text_same_word(driver, "LOCAL"))
		return STATUS_LOCAL;
	if (text_same_word(driver, "MODEM"))
		return STATUS_TELEPHONE;
	if (text_same_word(driver, "RTC"))
		return STATUS_WRISTWATCH;
	/* SHM, SOCK, PHC, GPSD, NMEA: what is behind them is most often a satellite receiver. */
	return STATUS_UHF_RADIO;
}

unsigned status_flash_of(unsigned passed)
{
	static const struct {
		enum protocol_test test;
		enum status_flash flash;
	} map[] = {
		{PROTOCOL_TEST_1, STATUS_FLASH_DUPLICATE},
		{PROTOCOL_TEST_2, STATUS_FLASH_BOGUS},
		{PROTOCOL_TEST_3, STATUS_FLASH_UNSYNCHRONISED},
		{PROTOCOL_TEST_5, STATUS_FLASH_AUTH},
		{PROTOCOL_TEST_6, STATUS_FLASH_STRATUM},
		{PROTOCOL_TEST_7, STATUS_FLASH_HEADER},
		{PROTOCOL_TEST_A, STATUS_FLASH_DISTANCE},
		{PROTOCOL_TEST_D, STATUS_FLASH_LOOP},
	};
	unsigned flash = 0;

	for (size_t i = 0; i < sizeof(map) / sizeof(map[0]); i++)
		if (!(passed & (unsigned)map[i].test))
			flash |= (unsigned)map[i].flash;
	return flash;
}

bool status_count(unsigned *io_code, unsigned *io_count, unsigned code)
{
	if (*io_code != code || *io_count == 0) {
		*io_code = code;
		*io_count = 1;
		return true;
	}
	if (*io_count >= STATUS_COUNT_MAX)
		return false;
	++*io_count;
	return true;
}
