/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The tables of ntpq from the texts of mode 6: for people as ntpq prints them, and as CSV and JSON.
 * A report is begun and ended by whoever asks (print_report()).
 */
#ifndef CLI_LAYOUT_NTPQ_H
#define CLI_LAYOUT_NTPQ_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "cli/print.h"

/** How the user wants it. */
struct layout_ntpq_look {
	bool raw;           /**< values as they came */
	bool units;         /**< times with their units */
	int width;          /**< columns of the terminal; 0: 80 */
	const char *server; /**< who is asked, where several are; NULL */
	int server_width;   /**< the longest of their names */
};

/* ------------------------------------------------------------------ layout_ntpq.c */
void layout_ntpq_associations_head(struct printer *p);
void layout_ntpq_association(struct printer *p, size_t i, unsigned id, unsigned status);

/** Variables and where they are from. */
struct layout_ntpq_variables {
	unsigned association, status;
	bool with_status; /**< the status word in words comes first */
	bool clock;       /**< it is that of a clock */
	bool with_number; /**< the number of the association comes first in any case */
	const char *text;
};
void layout_ntpq_variables(struct printer *p, const struct layout_ntpq_look *look,
	const struct layout_ntpq_variables *v);

/** The status word in words, as a line. */
void layout_ntpq_status(struct printer *p, unsigned association, unsigned status);

/* ------------------------------------------------------------------ layout_ntpq_peers.c */
/** The kinds of the table of sources; peers is the first. */
enum layout_ntpq_peers {
	LAYOUT_NTPQ_PEERS,
	LAYOUT_NTPQ_APEERS, /**< with the numbers of the associations */
	LAYOUT_NTPQ_OPEERS, /**< with our own addresses, and dispersions */
	LAYOUT_NTPQ_RPEERS, /**< the names last */
};

/** What a source is called: its address, or its name where it has none. */
void layout_ntpq_remote(const char *text, char *ret, size_t room);
void layout_ntpq_peers_head(
	struct printer *p, const struct layout_ntpq_look *look, enum layout_ntpq_peers kind);

/** A source: text holds its variables. */
struct layout_ntpq_peer {
	unsigned association, status;
	const char *remote, *text;
};
void layout_ntpq_peer(struct printer *p, const struct layout_ntpq_look *look,
	enum layout_ntpq_peers kind, const struct layout_ntpq_peer *peer);

/* ------------------------------------------------------------------ layout_ntpq_summary.c */
/** Reports with a line a variable. */
enum layout_ntpq_summary {
	LAYOUT_NTPQ_SYSINFO,
	LAYOUT_NTPQ_SYSSTATS,
	LAYOUT_NTPQ_MONSTATS,
	LAYOUT_NTPQ_IOSTATS,
	LAYOUT_NTPQ_KERNINFO,
	LAYOUT_NTPQ_AUTHINFO,
	LAYOUT_NTPQ_TIMERSTATS,
	LAYOUT_NTPQ_NTSINFO,
	LAYOUT_NTPQ_PSTATS,
};

/** The name of a report. */
const char *layout_ntpq_summary_name(enum layout_ntpq_summary kind);
/** The most variables of a report, and room for the name of one. */
#define LAYOUT_NTPQ_NAMES 40
#define LAYOUT_NTPQ_NAME  32
/** The names of its variables. Returns how many. */
size_t layout_ntpq_summary_names(enum layout_ntpq_summary kind, char (*ret)[LAYOUT_NTPQ_NAME]);
/** The status word stands at the head of it. */
bool layout_ntpq_summary_has_status(enum layout_ntpq_summary kind);
/** text: its variables; those that are not in it are unknown to the daemon. */
void layout_ntpq_summary(struct printer *p, const struct layout_ntpq_look *look,
	enum layout_ntpq_summary kind, const char *text);

/* ------------------------------------------------------------------ layout_ntpq_lists.c */
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
/** How clients are sorted: by "lstint" and the like, with "-" before it the other way round.
 * Returns false where there is no such order. */
bool layout_ntpq_clients_sort(struct layout_ntpq_client *clients, size_t n, const char *order);
void layout_ntpq_mrulist_head(struct printer *p);
/** now: of the daemon; 0: the day and second of the last packet stand first, as in direct mode. */
void layout_ntpq_client(struct printer *p, const struct layout_ntpq_client *c, uint64_t now);

/** The lists of addresses served and of restrictions, from all of their text. */
void layout_ntpq_ifstats(struct printer *p, const char *text);
void layout_ntpq_reslist(struct printer *p, const char *text);

#endif
