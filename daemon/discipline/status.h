/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * ntpd's status words (RFC 9327 3), which its control protocol, its log and its protostats file
 * share. Pure.
 */
#ifndef DAEMON_DISCIPLINE_STATUS_H
#define DAEMON_DISCIPLINE_STATUS_H

#include <stdbool.h>
#include <stdint.h>

#include "common/status_words.h"
#include "common/report.h"

/** The most that a word counts of one event. */
#define STATUS_COUNT_MAX 15

/** What a system follows. */
enum status_clock {
	STATUS_UNSPECIFIED = 0,
	STATUS_PPS = 1,
	STATUS_LF_RADIO = 2,
	STATUS_HF_RADIO = 3,
	STATUS_UHF_RADIO = 4,
	STATUS_LOCAL = 5,
	STATUS_NTP = 6,
	STATUS_OTHER = 7,
	STATUS_WRISTWATCH = 8,
	STATUS_TELEPHONE = 9,
};

/** What a source is, as bits of its word. */
enum status_peer_bit {
	STATUS_CONFIGURED = 0x80,
	STATUS_AUTH_ENABLED = 0x40,
	STATUS_AUTHENTIC = 0x20,
	STATUS_REACHED = 0x10,
	STATUS_BROADCAST = 0x08,
};

/** Why a packet or its source was not used (flash). */
enum status_flash {
	STATUS_FLASH_DUPLICATE = 0x0001,
	STATUS_FLASH_BOGUS = 0x0002,
	STATUS_FLASH_UNSYNCHRONISED = 0x0004,
	STATUS_FLASH_DENIED = 0x0008,
	STATUS_FLASH_AUTH = 0x0010,
	STATUS_FLASH_STRATUM = 0x0020,
	STATUS_FLASH_HEADER = 0x0040,
	STATUS_FLASH_PEER_STRATUM = 0x0200,
	STATUS_FLASH_DISTANCE = 0x0400,
	STATUS_FLASH_LOOP = 0x0800,
	STATUS_FLASH_UNREACHABLE = 0x1000,
};

/** The word of the system. */
uint16_t status_system(enum leap leap, enum status_clock clock, unsigned count, unsigned code);

/** The word of a source; bits: set of enum status_peer_bit. */
uint16_t status_peer(unsigned bits, enum status_selection selection, unsigned count, unsigned code);

/** What a state letter of selection (daemon/select/select.h) is there; pulse: of a source that
 * gives pulses alone. */
enum status_selection status_selection_of(char letter, bool pulse);

/** The class of a reference clock's driver by its name. */
enum status_clock status_clock_of(const char *driver);

/** The flash bits of a response by the tests it passed (set of enum protocol_test). */
unsigned status_flash_of(unsigned passed);

/** Counts an event: one more of the same, up to STATUS_COUNT_MAX, or the first of another. False
 * when it was one too many to be told. */
bool status_count(unsigned *io_code, unsigned *io_count, unsigned code);

#endif
