/* SPDX-License-Identifier: BSD-2-Clause */
/* The simulator's insides, shared by its own files only. */
#ifndef TEST_SIM_WORLD_H
#define TEST_SIM_WORLD_H

#include "common/log.h"
#include "daemon/kernel/kernel.h"
#include "test/sim/random.h"
#include "test/sim/sim.h"

#define SIM_NODES    16
#define SIM_SOCKETS  64
#define SIM_QUEUE    64
#define SIM_DATAGRAM 1500
#define SIM_RESOLVES 32
#define SIM_FD_BASE  100

/** A datagram in flight or waiting in a socket. */
struct sim_datagram {
	struct endpoint from, to;
	size_t n;
	int64_t stamp;
	uint8_t data[SIM_DATAGRAM];
};

/** A bounded queue of datagrams. */
struct sim_queue {
	struct sim_datagram *slot;
	size_t first, n;
};

/** A socket; not in use while fd is 0. */
struct sim_socket {
	int fd;
	struct endpoint local, remote;
	bool connected, stamps;
	struct sim_queue received, sent;
};

/** A pending look-up. */
struct sim_resolve {
	bool used;
	char name[256];
	enum address_family family;
	kernel_resolved *done;
	void *arg;
};

/** A file of a node. */
struct sim_file {
	char *path;
	uint8_t *data;
	size_t n;
	int64_t time;
	struct sim_file *next;
};

/** A node: its clocks, its sockets, its files, its daemon. Begins with a struct kernel. */
struct sim_node {
	struct kernel kernel;
	struct sim *sim;
	int index;
	bool exists, uncontrolled, verbose;
	enum discipline_mode mode;
	struct log log;
	/* clocks: integer nanoseconds with the fraction kept apart, so that nothing is lost in days
	 */
	int64_t true_ns; /**< true time that the clocks below stand for */
	int64_t raw_ns, system_ns;
	double raw_part, system_part; /**< ns */
	double rate;                  /**< of the oscillator, minus 1 */
	double wander;
	struct sim_random wander_random, random;
	struct kernel_timex timex;
	/* scheduling */
	bool runnable, idle, waiting;
	int64_t deadline_raw;
	uint64_t wake_order; /**< only the newest wake-up of a node counts */
	/* sockets and files */
	struct sim_socket sockets[SIM_SOCKETS];
	int next_port, next_fd;
	struct sim_resolve resolves[SIM_RESOLVES];
	struct sim_file *files;
	uint64_t sent;
	struct settings *settings;
	struct daemon *daemon;
};

/** Something that will happen. */
struct sim_event {
	int64_t at;
	uint64_t order;
	int node;
	struct sim_datagram *datagram; /**< NULL: a wake-up */
};

/** The world. */
struct sim {
	uint64_t seed;
	int64_t start_ns, now_ns, next_second;
	uint64_t order;
	struct sim_event *events;
	size_t n_events, room_events;
	struct sim_node nodes[SIM_NODES];
	int n_nodes;
	struct sim_link links[SIM_NODES][SIM_NODES];
	struct sim_random link_random[SIM_NODES][SIM_NODES];
	uint64_t amplified;
};

extern const struct kernel_ops sim_kernel_ops;

/** Brings a node's clocks to a true instant. */
void sim_clock_advance(struct sim_node *n, int64_t true_ns);
/** Rate of a node's system clock against its oscillator, minus 1. */
double sim_clock_adjustment(const struct sim_node *n);
/** True instant at which a node's oscillator will show raw, as far as its rate now tells. */
int64_t sim_clock_true_at(const struct sim_node *n, int64_t raw);

/** Puts a datagram on its way. */
void sim_net_send(struct sim_node *from, const struct sim_datagram *d);
/** Hands a datagram that has arrived to a socket of the node. */
void sim_net_deliver(struct sim_node *to, const struct sim_datagram *d);
/** Index of the node with this address, or -1. */
int sim_net_find(const struct sim *s, const struct address *a);
bool sim_queue_put(struct sim_queue *q, const struct sim_datagram *d);
bool sim_queue_get(struct sim_queue *q, struct sim_datagram *ret);
struct sim_socket *sim_socket_of(struct sim_node *n, int fd);
void sim_socket_close(struct sim_socket *s);

void sim_schedule(struct sim *s, int64_t at, int node, struct sim_datagram *d, uint64_t order);

struct sim_file *sim_file_find(const struct sim_node *n, const char *path);
int sim_file_write(struct sim_node *n, const char *path, struct span content, bool append);
void sim_files_free(struct sim_node *n);

#endif
