/* SPDX-License-Identifier: BSD-2-Clause */
/* The world of an nts scenario and what happens in it; only for nts_sim*.c. */
#ifndef TEST_SIM_NTS_SIM_WORLD_H
#define TEST_SIM_NTS_SIM_WORLD_H

#include "common/text.h"
#include "test/sim/nts_sim_watch.h"
#include "test/sim/random.h"

struct crypto_backend;
struct nts_sim_world;

/** Where the servers' cookie keys come from. */
enum nts_sim_keys {
	NTS_SIM_OWN,    /**< each server has its own */
	NTS_SIM_FILE,   /**< the first makes them, its key file is copied to the second */
	NTS_SIM_SECRET, /**< they derive from a secret that all have */
};

/** Something that will happen in a world. */
struct nts_sim_event {
	struct nts_sim_world *world;
	int node;
	double value;
	struct sim_faults faults;
};

#define NTS_SIM_EVENTS 64

/** A world being drawn, and then run. */
struct nts_sim_world {
	struct sim_random random;
	struct sim *sim;
	struct invariants invariants;
	struct nts_sim_watch watch;
	bool verbose;
	struct text words;                      /**< what was drawn */
	const struct crypto_backend *crypto[4]; /**< to choose from */
	size_t n_crypto;
	enum nts_sim_keys keys;
	int servers, clients; /**< nodes 0 to servers - 1, and then the clients */
	double rotate;        /**< s, ntsrotate */
	double span, end;     /**< s, in which things happen; of all */
	struct nts_sim_event events[NTS_SIM_EVENTS];
	int n_events;
};

/** Draws everything, adds the nodes, starts them, plans the events. Returns 0 or -errno. */
int nts_sim_build(struct nts_sim_world *w);

/** Plans what happens (nts_sim_events.c). */
void nts_sim_plan(struct nts_sim_world *w);

/** Writes a text into a file of a node. */
void nts_sim_write(struct sim *s, int node, const char *path, const char *content);

/** Gives a node the files of a server and of a client: certificate, key, secret, root. */
void nts_sim_equip(struct sim *s, int node);

/** What a server's and a client's configuration have in common, with a line end. */
#define NTS_SIM_SERVER                                                                             \
	"local stratum 1\nallow\n" INVARIANTS_CONFIG "ntsservercert " NTS_SIM_CERT                 \
	"\nntsserverkey " NTS_SIM_KEY "\n"
#define NTS_SIM_CLIENT                                                                             \
	INVARIANTS_CONFIG "ntstrustedcerts " NTS_SIM_ROOT "\nnosystemcert\nmakestep 0.1 3\n"

#define NTS_SIM_CERT      "/etc/nts.crt"
#define NTS_SIM_KEY       "/etc/nts.key"
#define NTS_SIM_ROOT      "/etc/root.crt"
#define NTS_SIM_SHARED    "/etc/secret"
#define NTS_SIM_KEYS_FILE "/nts/ntskeys"

#endif
