/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Addresses, prefixes and endpoints, without any system header: families are our own numbers, which
 * are also those of the control protocol.
 */
#ifndef COMMON_ADDRESS_H
#define COMMON_ADDRESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** What an address is. The values are those of chrony's control protocol. */
enum address_family {
	ADDRESS_NONE = 0, /**< unspecified: any, both families */
	ADDRESS_IP4 = 1,
	ADDRESS_IP6 = 2,
	ADDRESS_ID = 3, /**< number of a source whose name is not resolved yet */
};

/** An address without a port. */
struct address {
	enum address_family family;
	uint8_t ip[16]; /**< 4 or 16 bytes in network order, the rest zero; an ID is big-endian here
			 */
};

/** Room for address_format() with the final NUL. */
#define ADDRESS_TEXT 48

/** Room for endpoint_format() with the final NUL. */
#define ENDPOINT_TEXT 128

/** The longest path of a Unix socket with its NUL (sun_path on Linux). */
#define ENDPOINT_PATH 108

/** Where a datagram comes from or goes to: an address and port, or a Unix path. */
struct endpoint {
	struct address address;
	uint16_t port;            /**< host order */
	uint32_t scope;           /**< interface of an IPv6 link-local address, else 0 */
	char path[ENDPOINT_PATH]; /**< Unix socket; empty for UDP */
};

/** Parses an IPv4 dotted quad or an IPv6 literal (no brackets). Returns 0 or -EINVAL. */
int address_parse(const char *s, struct address *ret);

/** Writes the address as text: dotted quad, compressed IPv6, or "ID#0000000001". */
void address_format(const struct address *a, char *ret, size_t n);

/** Writes "192.0.2.1:123", "[2001:db8::1]:123" or the path. */
void endpoint_format(const struct endpoint *e, char *ret, size_t n);

bool address_equal(const struct address *a, const struct address *b);

/** True for 127.0.0.0/8 and ::1. */
bool address_is_loopback(const struct address *a);

/** True for addresses no unicast answer may go to: multicast, 255.255.255.255, unspecified. */
bool address_is_not_unicast(const struct address *a);

/** An ID address with this number. */
struct address address_id(uint32_t id);

/** The number of an ID address, or the four bytes of an IPv4 one; else 0. */
uint32_t address_u32(const struct address *a);

/** Reference ID of a source with this address: an IPv4 address itself, the first four bytes of the
 * MD5 of an IPv6 one (RFC 5905 7.3), 0 for everything else. */
uint32_t address_refid(const struct address *a);

/** The family that is asked for by the option -4 or -6: '4' or '6'. */
enum address_family address_family_of(int letter);

/** Bits in an address of this family: 32, 128 or 0. */
int address_bits(enum address_family family);

/** True when the first bits bits of a and prefix agree and both are of one family. */
bool address_in_prefix(const struct address *a, const struct address *prefix, int bits);

/**
 * Parses the SUBNET of allow and deny as chrony writes it: IP, IP/BITS, or a shortened IPv4 "A",
 * "A.B", "A.B.C" with or without /BITS (chrony.conf(5), allow).
 * Returns 0, or -EINVAL when it is no subnet (a host name, perhaps).
 */
int address_parse_prefix(const char *s, struct address *ret_prefix, int *ret_bits);

#endif
