/* SPDX-License-Identifier: BSD-2-Clause */
/* The simulator's insides, shared by its own files only. */
#ifndef TEST_SIM_WORLD_H
#define TEST_SIM_WORLD_H

#include "common/log.h"
#include "daemon/kernel/kernel.h"
#include "test/sim/heap.h"
#include "test/sim/random.h"
#include "test/sim/sim.h"

#define SIM_NODES    16
#define SIM_SOCKETS  64
#define SIM_QUEUE    64
#define SIM_DATAGRAM 1500
#define SIM_RESOLVES 32
#define SIM_FD_BASE  100
#define SIM_HOOKS    4

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
	enum address_family family;
	struct endpoint local, remote;
	bool connected, stamps;
	struct sim_queue received, sent;
};

/** A pending look-up. */
struct sim_resolve {
	bool used;
	int64_t ready_at; /**< true instant */
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

/** A node's oscillator and system clock: integer nanoseconds with the fraction kept apart, so that
 * nothing is lost in days. */
struct sim_clock {
	int64_t true_ns; /**< true time that the clocks stand for */
	int64_t raw_ns, system_ns;
	double raw_part, system_part; /**< ns */
	double rate;                  /**< of the oscillator, minus 1 */
	double walk;                  /**< of this, what is not temperature */
	double wander, jump, jump_every;
	struct sim_temperature temperature[SIM_TEMPERATURES];
	bool steady; /**< the rate never changes */
	bool asleep;
	bool leaped; /**< this leap second was made: the flag must be cleared before another */
	struct sim_random random;
	struct kernel_timex timex;
	int64_t error_set_ns; /**< true instant at which timex.maxerror_us was set */
};

/** A segment of a node's shared memory. It stays, also when it was removed: some may have it. */
struct sim_memory {
	int32_t key;
	int id;
	bool removed;
	unsigned mode;
	size_t n;
	struct sim_memory *next;
	_Alignas(16) uint8_t data[];
};

/** Room for what a serial line has said and nobody has read. */
#define SIM_LINE 4096

/** A device of a node, as a receiver plays it. */
struct sim_device {
	struct sim_receiver receiver; /**< first: the world's users are handed this */
	struct sim_node *node;
	struct sim_random random;
	int fd; /**< 0: not open */
	struct kernel_pulse pulse, next;
	bool ticking; /**< RTC: its seconds are waited for */
	bool ticked;  /**< RTC: a second has begun */
	size_t n_line;
	uint8_t line[SIM_LINE];
	struct sim_device *following;
};

/** A node: its clocks, its sockets, its files, its daemon. Begins with a struct kernel. */
struct sim_node {
	struct kernel kernel;
	struct sim *sim;
	int index;
	bool uncontrolled, verbose, ip6, load_dumps, from_rtc;
	void (*hear)(void *arg, const char *message);
	void *hear_arg;
	const char *dialect;
	enum discipline_mode mode;
	const struct crypto_backend *crypto;
	struct log log;
	struct sim_clock clock;
	int64_t shift;     /**< oscillator as the daemon numbers it, minus raw */
	double wake_error; /**< s, of the system clock after a sleep */
	bool disturbed, cut, dead;
	/* scheduling */
	bool runnable, idle, waiting;
	int64_t deadline_raw;
	uint64_t wake_order; /**< only the newest wake-up of a node counts */
	/* sockets and files */
	struct sim_socket sockets[SIM_SOCKETS];
	struct sim_stream *streams;
	int next_port, next_fd;
	struct sim_resolve resolves[SIM_RESOLVES];
	struct sim_file *files;
	struct sim_memory *memories;
	int next_memory;
	struct sim_device *devices;
	double stamp_lag;
	struct sim_random random, lag_random, fault_random;
	struct sim_faults faults;
	struct heap_account heap;
	struct sim_counts counts;
	struct settings *settings;
	struct daemon *daemon;
};

/** What happens. */
enum sim_happening {
	SIM_WAKE,    /**< a daemon's wait is over */
	SIM_ARRIVAL, /**< a datagram */
	SIM_SEGMENT, /**< a piece of a stream */
	SIM_ANSWER,  /**< a look-up */
	SIM_RESUME,  /**< a machine wakes */
	SIM_ACTION,  /**< the scenario does something */
};

/** Something that will happen. */
struct sim_event {
	int64_t at;
	uint64_t order;
	enum sim_happening what;
	int node;
	struct sim_datagram *datagram;
	struct sim_segment *segment;
	sim_action *act;
	void *arg;
};

/** The world. */
struct sim {
	uint64_t seed;
	int64_t start_ns, now_ns, next_second;
	int64_t leap_ns; /**< true instant of the leap second; 0: none */
	int leap_direction;
	uint64_t order;
	struct sim_event *events;
	size_t n_events, room_events;
	struct sim_node nodes[SIM_NODES];
	int n_nodes;
	struct sim_link links[SIM_NODES][SIM_NODES];
	struct sim_random link_random[SIM_NODES][SIM_NODES];
	struct {
		sim_sent_hook *call;
		void *arg;
	} hooks[SIM_HOOKS];
	uint64_t amplified;
};

extern const struct kernel_ops sim_kernel_ops;

/** The node that a daemon sees as its kernel. */
struct sim_node *sim_node_of(struct kernel *k);

/** Sets a node's clocks up as its options say. */
void sim_clock_start(struct sim_node *n, const struct sim_node_options *o);
/** The kernel as it is after a boot. */
void sim_clock_boot(struct sim_node *n);
/** Brings a node's clocks to a true instant. */
void sim_clock_advance(struct sim_node *n, int64_t true_ns);
/** Rate of a node's system clock against its oscillator, minus 1. */
double sim_clock_adjustment(const struct sim_clock *c);
/** True instant at which a node's oscillator will show raw, as far as its rate now tells. */
int64_t sim_clock_true_at(const struct sim_node *n, int64_t raw);
/** Moves a node's system clock. */
void sim_clock_step(struct sim_node *n, int64_t ns);
/** adjtimex(2). */
int sim_clock_timex(struct sim_node *n, struct kernel_timex *io);

/** What becomes of one packet of a link. */
struct sim_fate {
	int copies; /**< 0: lost */
	double delay[2];
	bool mangled[2];
	uint64_t bit[2]; /**< that is flipped then, modulo the bits of the packet */
};
/** Decides on a packet of n bytes at an elapsed time. */
struct sim_fate sim_link_next(
	const struct sim_link *link, struct sim_random *r, double elapsed, size_t n);
/** Whether an elapsed time is within a window. */
bool sim_window_holds(const struct sim_window *w, double elapsed);

/** Puts a datagram on its way. */
void sim_net_send(struct sim_node *from, const struct sim_datagram *d);
/** Hands a datagram that has arrived to a socket of the node. */
void sim_net_deliver(struct sim_node *to, const struct sim_datagram *d);
/** The address of this family of a node. */
struct address sim_net_own(const struct sim_node *n, enum address_family family);
/** Index of the node with this address, or -1. */
int sim_net_find(const struct sim *s, const struct address *a);
bool sim_queue_put(struct sim_queue *q, const struct sim_datagram *d);
bool sim_queue_get(struct sim_queue *q, struct sim_datagram *ret);
struct sim_socket *sim_socket_of(struct sim_node *n, int fd);
void sim_socket_close(struct sim_socket *s);

/** Streams, as struct kernel_ops has them. */
int sim_stream_connect(struct kernel *k, const struct kernel_socket *o);
int sim_stream_error(struct kernel *k, int fd);
int sim_stream_listen(struct kernel *k, const struct kernel_socket *o, int backlog);
int sim_stream_accept(struct kernel *k, int fd, struct endpoint *ret_peer);
int sim_stream_read(struct kernel *k, int fd, uint8_t *p, size_t room);
int sim_stream_write(struct kernel *k, int fd, struct span data);
/** What a stream is ready for; 0 too when fd is none. */
unsigned sim_stream_ready(struct sim_node *n, int fd);
/** The local endpoint of a stream. Returns false when fd is none. */
bool sim_stream_local(struct sim_node *n, int fd, struct endpoint *ret);
void sim_stream_close(struct sim_node *n, int fd);
/** Closes all of a node. */
void sim_streams_close(struct sim_node *n);
/** Takes a segment that has arrived. */
void sim_stream_arrive(struct sim *s, struct sim_segment *g);

/** Devices, as struct kernel_ops has them. */
int sim_device_open(struct kernel *k, const struct kernel_device *o);
int sim_device_read(struct kernel *k, int fd, uint8_t *p, size_t room);
int sim_device_pulse(struct kernel *k, int fd, struct kernel_pulse *ret);
int sim_device_compare(struct kernel *k, int fd, struct kernel_comparison *ret, size_t n);
int sim_rtc_tick(struct kernel *k, int fd, bool on);
int sim_rtc_read(struct kernel *k, int fd, int64_t *ret_ns);
int sim_rtc_set(struct kernel *k, int fd, int64_t ns);
/** s until an RTC begins its next second. */
double sim_rtc_next(const struct sim_device *d);
int sim_memory_attach(struct kernel *k, int32_t key, size_t size, unsigned mode, void **ret);
int sim_memory_state(struct kernel *k, int32_t key, int id, struct kernel_memory *ret);
void sim_memory_detach(struct kernel *k, void *memory);
/** What a device is ready for; 0 too when fd is none. */
unsigned sim_device_ready(struct sim_node *n, int fd);
/** Returns false when fd is no device. */
bool sim_device_close(struct sim_node *n, int fd);
/** Closes all of a node, which stay. */
void sim_devices_close(struct sim_node *n);
void sim_devices_free(struct sim_node *n);

/** Lets e happen at e.at. Returns its place in the order of events of one instant. */
uint64_t sim_schedule(struct sim *s, struct sim_event e);

/** Whether a fault of this probability strikes now. */
bool sim_fault(struct sim_node *n, double probability);

/** Look-ups: "nodeN" is one node, "poolA-B" up to four of the nodes A to B, others each time. */
int sim_resolve(struct kernel *k, const char *name, enum address_family family,
	kernel_resolved *done, void *arg);
void sim_resolve_cancel(struct kernel *k, void *arg);
/** Delivers one answer that is due. Returns false when there is none. */
bool sim_resolve_deliver(struct sim_node *n);

struct sim_file *sim_file_find(const struct sim_node *n, const char *path);
int sim_file_write(struct sim_node *n, const char *path, struct span content, bool append);
void sim_files_free(struct sim_node *n);
int sim_file_load(struct kernel *k, const char *path, uint8_t *p, size_t room, size_t *ret_n);
int sim_file_time(struct kernel *k, const char *path, int64_t *ret);
int sim_file_mode(struct kernel *k, const char *path, unsigned *ret);
int sim_file_save(struct kernel *k, const char *path, struct span content, unsigned mode);
/** What a program reads is found in a file of its own name. */
int sim_program(struct kernel *k, const char *const *argv, struct span input);
int sim_file_append(struct kernel *k, const char *path, struct span content, unsigned mode);
int sim_file_remove(struct kernel *k, const char *path);
int sim_file_list(struct kernel *k, const char *directory, const char *suffix,
	void (*each)(void *arg, const char *name), void *arg);

#endif
