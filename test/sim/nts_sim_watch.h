/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What must hold of NTS in every world:
 * - a client that is to use NTS sends nothing but requests of NTS, each with a cookie that was
 * never sent before, as many placeholders as cookies are missing and fit, and at most 1232 bytes;
 * - the arithmetic of the counters, which never go back;
 * - no cookies are made but those that were asked for;
 * - when nothing has been wrong for a while, every client gets authentic time, is synchronised, and
 *   has keys that are not older than ntsrefresh says.
 */
#ifndef TEST_SIM_NTS_SIM_WATCH_H
#define TEST_SIM_NTS_SIM_WATCH_H

#include "common/report.h"
#include "daemon/protocol/nts_shared.h"
#include "daemon/wire/nts_field.h"
#include "test/sim/invariants.h"
#include "test/sim/sim.h"

#define NTS_SIM_COOKIES  65536 /**< places for what was sent */
#define NTS_SIM_REQUESTS 1024  /**< requests that may still be answered */

/** A request that was sent. */
struct nts_sim_request {
	uint8_t id[NTS_UNIQUE_ID];
	size_t n;
	unsigned cookies; /**< asked for */
};

/** What is known of a node. */
struct nts_sim_node {
	bool client, server;
	double refresh;   /**< s, ntsrefresh of a client; 0: not judged */
	uint64_t started; /**< how often, when last looked */
	struct report_nts_client used;
	struct report_nts_server served;
	uint64_t asked, sealed; /**< cookies and replies that its replies should have had */
	double good_at;         /**< elapsed s of the last authentic response */
};

/** The checks of a world. */
struct nts_sim_watch {
	struct invariants *invariants;
	struct sim *sim;
	uint16_t port; /**< of the servers */
	double bound;  /**< s in which everybody recovers */
	double quiet;  /**< elapsed s from which on nothing is wrong */
	struct nts_sim_node nodes[INVARIANTS_NODES];
	struct nts_sim_request requests[NTS_SIM_REQUESTS];
	size_t next;
	uint64_t cookies[NTS_SIM_COOKIES]; /**< hashes; 0: free */
	size_t n_cookies;
	bool uncounted; /**< the sums of all are no measure: a daemon ended by itself */
	/* of daemons that have ended too */
	struct report_nts_client all_used;
	struct report_nts_server all_served;
	uint64_t most_placeholders, most_length;
};

/** Begins to watch: bound and nodes are to be set. The invariants were started before. */
void nts_sim_watch_start(struct nts_sim_watch *w, struct invariants *v);
/** Checks a second. */
void nts_sim_watch_second(struct nts_sim_watch *w);
/** A daemon is about to end: its counters are taken. */
void nts_sim_watch_end(struct nts_sim_watch *w, int node);

#endif
