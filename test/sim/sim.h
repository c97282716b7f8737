/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The simulator: many whole daemons in one process on simulated clocks and a simulated network, all
 * from one seed. It is the second implementation of struct kernel.
 *
 * True time is the simulator's own and perfect. Every node has an oscillator whose rate wanders,
 * and a system clock that runs on it as adjtimex(2) tells it to.
 */
#ifndef TEST_SIM_SIM_H
#define TEST_SIM_SIM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/address.h"
#include "common/bytes.h"
#include "daemon/daemon.h"

struct sim;

/** A stretch that comes again: the first `length` of every `period`, s; never with period 0. */
struct sim_window {
	double period, length;
};

/** How a link carries packets, one direction. */
struct sim_link {
	double base;   /**< s, always */
	double jitter; /**< s, mean (exponential) or standard deviation (normal) of what is added */
	bool normal;   /**< normal instead of exponential; cut at zero delay */
	double wild;   /**< probability of `wild_times` the jitter for a packet */
	double wild_times;
	struct sim_window burst; /**< when it is `burst_times` the jitter */
	double burst_times;
	double loss;             /**< probability of losing a packet */
	double duplicate;        /**< probability of a packet coming twice */
	double hold, hold_delay; /**< probability of a packet held back by so many s: overtaken */
	double mangle;           /**< probability of one bit of a datagram being flipped */
	struct sim_window open;  /**< when packets pass; with period 0 always */
	double route_at;         /**< s since start; from then on base is route_base. 0: never */
	double route_base;
	size_t mtu; /**< larger datagrams are lost; 0: all fit */
};

/** Temperature about the crystal's own, and what it does to the rate. */
struct sim_temperature {
	double swing, period;  /**< K and s of a sine */
	double linear, square; /**< s/s per K and per K^2 */
};

#define SIM_TEMPERATURES 2

/** What a node begins with. */
struct sim_node_options {
	const char *config;      /**< text of its configuration file */
	const char *dialect;     /**< that it is in; NULL: the first of config_dialects */
	double offset;           /**< s, system clock minus true time at start; negative: slow */
	double frequency;        /**< s/s, the oscillator gains this on true time at start */
	double wander;           /**< s/s per sqrt(s), random walk of the rate */
	double jump, jump_every; /**< s/s up or down by chance, every so many s */
	double stamp_lag;        /**< s, mean time between a kernel timestamp and the wire */
	struct sim_temperature temperature[SIM_TEMPERATURES];
	bool uncontrolled;                            /**< run with clock driver none */
	bool ip6;                                     /**< it has an IPv6 address too */
	bool load_dumps;                              /**< run with -r */
	bool from_rtc;                                /**< run with -s */
	bool verbose;                                 /**< messages go to stderr */
	void (*hear)(void *arg, const char *message); /**< and here; NULL: nowhere else */
	void *hear_arg;
	enum discipline_mode mode;
	const struct crypto_backend *crypto; /**< NULL: the first of crypto_backends */
};

/** Faults of a node, as probabilities for each call. */
struct sim_faults {
	double allocation;  /**< of memory */
	double write;       /**< saving or appending fails; an append may leave a part behind */
	double resolve;     /**< a look-up fails, now (-EAGAIN) or for good (-ENOENT) */
	double send;        /**< the kernel refuses a datagram */
	double stamp;       /**< a transmit timestamp is missing */
	double reset;       /**< a stream breaks when it is written to */
	bool disk_full;     /**< no file can be written */
	bool resolver_dead; /**< look-ups are never answered before this ends */
};

/** Makes an empty world. True time starts at start_ns since 1970. */
struct sim *sim_create(uint64_t seed, int64_t start_ns);
void sim_destroy(struct sim *s);

/** Adds a node; its address is sim_address(index). Returns its index or -errno. */
int sim_add(struct sim *s, const struct sim_node_options *o);
/** The address of a node: 192.168.123.(index + 1). */
struct address sim_address(int node);
/** The other one of a node that has it: fd00::(index + 1). */
struct address sim_address6(int node);
/** Sets the link that carries packets from one node to another; default: 1 ms, no jitter. */
void sim_connect(struct sim *s, int from, int to, const struct sim_link *link);
/** Cuts a node off from all others, or joins it again. */
void sim_partition(struct sim *s, int node, bool cut);

/** Starts or ends the daemon of a node; its files and its kernel's state stay. Starting one that
 * runs does nothing. Returns 0 or -errno. */
int sim_start(struct sim *s, int node);
void sim_stop(struct sim *s, int node);
/** Puts another configuration in a node's file and has its daemon read it again (daemon_reload()),
 * whose result it returns. */
int sim_reload(struct sim *s, int node, const char *config);
/** Ends a daemon without giving it a chance to leave anything behind. */
void sim_kill(struct sim *s, int node);
/** Kills the daemon and boots the machine: its kernel knows no rate any more, and its clock is off
 * by error s more. */
void sim_reboot(struct sim *s, int node, double error);
/** Puts a machine to sleep for so many s: its oscillator stands, its system clock is off by error s
 * more when it wakes. */
void sim_suspend(struct sim *s, int node, double seconds, double error);
/** The faults of a node from here on. */
void sim_set_faults(struct sim *s, int node, const struct sim_faults *f);
/** Inserts (1) or deletes (-1) a leap second of UTC at an elapsed time, which must be the end of a
 * day: true time and all uncontrolled clocks make the jump by themselves. */
void sim_leap(struct sim *s, double elapsed, int direction);

/** Something that the scenario does at an elapsed time. */
typedef void sim_action(void *arg, struct sim *s);
void sim_at(struct sim *s, double elapsed, sim_action *act, void *arg);

/** Told of every datagram that a node sends; there is room for four of these. */
typedef void sim_sent_hook(void *arg, struct sim *s, int node, const struct endpoint *from,
	const struct endpoint *to, struct span data);
void sim_on_send(struct sim *s, sim_sent_hook *hook, void *arg);

/** Lets a datagram arrive at a node now, as if from the node itself: a visitor at the machine. */
void sim_visit(struct sim *s, int node, uint16_t from_port, uint16_t to_port, struct span data);

/** The same at a Unix socket of the node's, from a socket of this path ("": none). */
void sim_visit_path(struct sim *s, int node, const char *from, const char *path, struct span data);

/** What a receiver is connected by. */
enum sim_receiver_kind {
	SIM_SHM,
	SIM_SOCK,
	SIM_PPS,
	SIM_PHC,
	SIM_NMEA,
	SIM_RTC,
};

/** A reference clock at a node: once in every second of true time it tells the time. What it is
 * like may be changed while the world runs. */
struct sim_receiver {
	enum sim_receiver_kind kind;
	const char *path; /**< of the socket or device */
	int unit;         /**< SHM */
	double noise;     /**< s, standard deviation of what it says */
	double late;      /**< s after the second at which it says it */
	double wild;      /**< probability of a reading that is up to wild_by off */
	double wild_by;   /**< s */
	double lie;       /**< s, added to the time it tells */
	double drift;     /**< s/s, that it gains on true time */
	enum leap leap;   /**< that it announces; unsynchronised: it has no fix */
	bool pulse;       /**< SOCK: what it sends are pulses */
	bool silent;      /**< it tells nothing */
	bool gone;        /**< there is no such device */
	bool forbidden;   /**< its mode does not let the daemon open it */
	bool garbled;     /**< NMEA: what comes is of another baud rate */
	bool dateless;    /**< NMEA: its sentences tell the time of day alone */
};

/** Adds a receiver to a node. Returns the world's own copy. */
struct sim_receiver *sim_add_receiver(struct sim *s, int node, const struct sim_receiver *r);
/** Removes the shared memory of a unit, as ipcrm(1) does: who has it keeps it, others make another.
 */
void sim_memory_remove(struct sim *s, int node, int unit);

/** Runs the world for so many seconds of true time; each_second (may be NULL) at every whole one.
 * Returns 0, or -ELOOP when a daemon span without time passing. */
int sim_run(
	struct sim *s, double seconds, void (*each_second)(void *arg, struct sim *s), void *arg);

/** True time passed since the start, s. */
double sim_elapsed(const struct sim *s);
/** True time as UTC tells it, ns since 1970: with leap seconds. */
int64_t sim_utc(const struct sim *s);
int sim_nodes(const struct sim *s);
/** System clock minus true time of a node, s. */
double sim_time_error(struct sim *s, int node);
/** Rate of the system clock minus 1, s/s. */
double sim_frequency_error(struct sim *s, int node);
/** The two clocks of a node: oscillator (as its daemon's clock numbers it, and 0 when no daemon
 * runs) and system. Reading them here disturbs nothing. */
void sim_clocks(struct sim *s, int node, int64_t *ret_osc, int64_t *ret_system);
/** True when the clock was moved, or the machine slept, since this was last asked. */
bool sim_take_disturbed(struct sim *s, int node);
/** Whether a node's machine sleeps. */
bool sim_asleep(const struct sim *s, int node);
/** Temperature of a node's crystal about its own, K. */
double sim_temperature(const struct sim *s, int node);

/** What a node did. Grows only; allocation faults and daemons that ended by themselves included. */
struct sim_counts {
	uint64_t sent, arrived, turns, started, ended, allocations_failed;
	int64_t blocks, bytes; /**< that its daemon holds now */
};
struct sim_counts sim_counts(const struct sim *s, int node);
/** Datagrams sent by a node. */
uint64_t sim_sent(const struct sim *s, int node);
/** Datagrams that a node answered with more bytes than it was sent: must stay 0. */
uint64_t sim_amplified(const struct sim *s);
/** The daemon of a node; NULL when it is not running. */
struct daemon *sim_daemon(struct sim *s, int node);
/** What adjtimex(2) would say. */
struct kernel *sim_kernel(struct sim *s, int node);
/** Steps a node's system clock behind its daemon's back. */
void sim_step(struct sim *s, int node, double seconds);
/** A file of a node, or {NULL, 0}. */
struct span sim_file(const struct sim *s, int node, const char *path);
/** Writes a file of a node, as somebody at the machine would. */
void sim_put_file(struct sim *s, int node, const char *path, struct span content);

#endif
