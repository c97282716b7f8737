/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The tables of ntpq, from the texts of mode 6.
 */
#ifndef CLI_LAYOUT_NTPQ_H
#define CLI_LAYOUT_NTPQ_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "cli/print.h"

/* peers: text holds the variables of a source. */
void layout_ntpq_peers_head(struct printer *p);
/** What a source is called: its address, or its name where it has none. */
void layout_ntpq_remote(const char *text, char *ret, size_t room);
void layout_ntpq_peer(struct printer *p, unsigned status, const char *remote, const char *text);

/* associations */
void layout_ntpq_associations_head(struct printer *p);
void layout_ntpq_association(struct printer *p, size_t i, unsigned id, unsigned status);

/** rv; with_status: the status word in words comes first. */
void layout_ntpq_variables(
	struct printer *p, unsigned id, unsigned status, bool with_status, const char *text);

/** Counters of NTS. */
void layout_ntpq_ntsinfo(struct printer *p, const char *text);
/** The names of their variables, with commas between. */
#define LAYOUT_NTPQ_NTS                                                                            \
	"nts_client_send,nts_client_recv_good,nts_client_recv_bad,nts_server_recv_good,"           \
	"nts_server_recv_bad,nts_server_send,nts_cookie_make,nts_cookie_decode,"                   \
	"nts_cookie_decode_old,nts_cookie_decode_old2,nts_cookie_decode_older,"                    \
	"nts_cookie_decode_too_old,nts_cookie_decode_error,nts_ke_probes_good,"                    \
	"nts_ke_probes_bad,nts_ke_serves_good,nts_ke_serves_bad"

void layout_ntpq_sysinfo(struct printer *p, unsigned status, const char *text);

/** A client of mrulist. */
struct layout_ntpq_client {
	char address[128];    /**< with its port */
	uint64_t first, last; /**< NTP timestamps */
	unsigned mode, version, restricts;
	unsigned long long count, drops;
	double score;
};

/** Takes an item "ct.5=12" of an entry. */
void layout_ntpq_client_take(struct layout_ntpq_client *c, const char *name, const char *value);
/** Sorts them, the last to have asked first, and prints them; now: of the daemon. */
void layout_ntpq_mrulist(
	struct printer *p, struct layout_ntpq_client *clients, size_t n, uint64_t now);

#endif
