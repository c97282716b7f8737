/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Every effect on the world, as one vtable: clocks, datagrams, waiting, randomness, resolving,
 * files. daemon/kernel/linux*.c is the real one; test/sim is the second. The daemon cannot tell the
 * difference.
 *
 * Calls return 0 or a count, or -errno. None blocks except wait().
 */
#ifndef DAEMON_KERNEL_KERNEL_H
#define DAEMON_KERNEL_KERNEL_H

#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/address.h"
#include "common/bytes.h"

struct kernel;

/** The two clocks read at one moment. */
struct kernel_clocks {
	int64_t raw_ns;    /**< free-running oscillator (CLOCK_MONOTONIC_RAW); any epoch */
	int64_t system_ns; /**< system clock (CLOCK_REALTIME), ns since 1970 */
	double error_s;    /**< half of the time the paired reading took */
};

/** Which fields of struct kernel_timex to apply. */
enum kernel_timex_mode {
	KERNEL_TIMEX_FREQUENCY = 0x1,
	KERNEL_TIMEX_TICK = 0x2,
	KERNEL_TIMEX_STATUS = 0x4,
	KERNEL_TIMEX_MAXERROR = 0x8,
	KERNEL_TIMEX_ESTERROR = 0x10,
	KERNEL_TIMEX_TAI = 0x20,
};

/** Status bits: the meaning of STA_INS, STA_DEL, STA_UNSYNC of adjtimex(2). */
enum kernel_status {
	KERNEL_STATUS_INSERT = 0x1,
	KERNEL_STATUS_DELETE = 0x2,
	KERNEL_STATUS_UNSYNC = 0x4,
	KERNEL_STATUS_MADE = 0x8, /**< a leap second was made (TIME_OOP, TIME_WAIT); only told */
};

/** What adjtimex(2) tells besides: only for reports, never applied. */
struct kernel_pll {
	unsigned status;          /**< its own bits */
	double offset, precision; /**< s */
	double tolerance_ppm;
	long constant; /**< log2 s */
	double pps_frequency_ppm, pps_stability_ppm;
	double pps_jitter; /**< s */
	long pps_shift;    /**< log2 s */
	long pps_jitter_exceeded, pps_calibrations, pps_errors, pps_stability_exceeded;
};

/** Kernel clock discipline, in adjtimex(2)'s own units so that nothing is lost. */
struct kernel_timex {
	unsigned modes;    /**< set of enum kernel_timex_mode to apply; 0 only reads */
	int64_t frequency; /**< 2^-16 ppm, within +-500 ppm */
	int64_t tick_us;   /**< us per tick of 10000: 9000 to 11000 */
	unsigned status;   /**< set of enum kernel_status */
	int64_t maxerror_us, esterror_us;
	int tai; /**< TAI - UTC, s */
	struct kernel_pll pll;
};

/** What to open a datagram socket for. */
struct kernel_socket {
	struct endpoint
		local; /**< address may be ADDRESS_NONE of `family`; port 0: any; or a path */
	enum address_family
		family; /**< ADDRESS_IP4 or ADDRESS_IP6; ADDRESS_NONE for a Unix socket */
	bool connect;   /**< connect to remote: only its datagrams arrive */
	struct endpoint remote;
	const char *device;  /**< bind to this interface; NULL or "": none */
	int dscp;            /**< 0 to 63 */
	bool stamps;         /**< kernel receive and transmit timestamps wanted */
	bool receive_stamps; /**< kernel receive timestamps only: spares a server the error queue */
	bool server;         /**< wants room for bursts, and sends whole datagrams only; wishes */
	bool shared;         /**< others of ours are bound to the same: see share() */
	bool reuse;          /**< SO_REUSEADDR */
	bool broadcast;      /**< may send to broadcast addresses */
	unsigned mode;       /**< permission bits of a Unix socket; 0: by the umask */
	const char *owner;   /**< user whose file a Unix socket becomes; NULL or "": ours */
	bool guarded;        /**< Unix: answers go only to a socket of whoever sent the request */
};

/** What a device is. */
enum kernel_device_kind {
	KERNEL_DEVICE_PPS,    /**< pulses stamped by the system (RFC 2783) */
	KERNEL_DEVICE_PHC,    /**< a PTP hardware clock, or the interface that has one */
	KERNEL_DEVICE_SERIAL, /**< a line that says something */
	KERNEL_DEVICE_RTC,    /**< the clock that runs while the machine is off */
};

/** What to open a device for. */
struct kernel_device {
	enum kernel_device_kind kind;
	const char *path;
	int baud;         /**< serial: bits per second, 8N1 */
	bool clear;       /**< PPS, PHC: the falling edge, instead of the rising one */
	bool echo;        /**< PPS: the device repeats each pulse on its output */
	bool external;    /**< PHC: its pulse input is wanted */
	int pin, channel; /**< PHC: of the pulse input; pin -1: it needs no setting */
	bool no_cross;    /**< PHC: no precise cross timestamps */
	bool local_time;  /**< RTC: it keeps local time, not UTC */
	bool quiet;       /**< RTC: it is not ready when a second begins, before rtc_tick() */
};

/** A pulse. */
struct kernel_pulse {
	uint32_t sequence; /**< another number for every pulse; no order */
	int64_t at_ns;     /**< when; by the system clock (PPS) or the device's own (PHC) */
};

/** A device's clock read between two readings of the system clock. */
struct kernel_comparison {
	int64_t before_ns, after_ns; /**< system clock; equal when the hardware read both at once */
	int64_t device_ns;           /**< the device's clock, ns since its 1970 */
};

/** A segment of shared memory. */
struct kernel_memory {
	bool foreign;  /**< it is neither root's nor of the user that we are */
	unsigned mode; /**< who may read and write it, as of a file */
};

/** The most comparisons of one call. */
#define KERNEL_COMPARISONS 25

/** One datagram with its stamps. */
struct kernel_message {
	struct endpoint peer; /**< whom it came from or goes to (ignored when connected) */
	struct address local; /**< our address it came to, or is to leave from; NONE: any */
	uint32_t interface;   /**< index it came by; 0: not known */
	uint8_t *data;        /**< buffer of the caller */
	size_t n;             /**< bytes in it */
	size_t room;          /**< its size */
	bool cut;             /**< the datagram was longer than room */
	bool to_many;         /**< it came to a broadcast or multicast address */
	int64_t stamp_ns;     /**< system clock at receipt or transmission; of sent(): 0 where only
			       * the card has one */
	char stamp_source;    /**< 'D' daemon, 'K' kernel, 'H' hardware (daemon/clock/cards.h) */
	double stamp_error_s; /**< beyond the clock's precision */
	int64_t card_ns;      /**< the same by the clock of the network card; 0: it has none */
	bool guarded;         /**< it came to such a socket, and is answered there: */
	uint32_t sender;      /**< the user who sent it */
	uint32_t card;        /**< index of its interface, where that is known; 0 */
	uint32_t frame;       /**< bytes of the received frame, without its check; 0: not known */
	bool want_stamp; /**< for send(): on a socket with receive_stamps, sent() is to tell the
			  * kernel's stamp of this one too; on any, it is kept for stamp_ids() */
};

/** What a descriptor is waited for, and what happened to it. */
enum kernel_event {
	KERNEL_READ = 0x1,
	KERNEL_WRITE = 0x2,
	KERNEL_STAMP = 0x4, /**< a transmit timestamp is there (the error queue) */
};

/** Room for the name of a network interface with its NUL. */
#define KERNEL_INTERFACE 16

/** How the timestamps of a network card are to be switched on. */
struct kernel_card {
	char name[KERNEL_INTERFACE]; /**< of the interface */
	const char *filter; /**< none, ntp, ptp or all: what it stamps on receipt at least; "": the
			     * least that does for NTP */
};

/** What came of it. */
struct kernel_card_state {
	uint32_t interface; /**< its index */
	bool receives;      /**< NTP's datagrams are stamped on receipt too */
	char clock[32];     /**< path of the card's clock: a KERNEL_DEVICE_PHC */
};

/** An address of one of our network interfaces. */
struct kernel_own_address {
	char name[KERNEL_INTERFACE]; /**< of the interface */
	uint32_t interface;          /**< its index */
	struct endpoint at;          /**< with its scope; port 0 */
};

/** A descriptor in wait(). */
struct kernel_wait {
	int fd;
	unsigned wanted; /**< set of enum kernel_event */
	unsigned got;
};

/** The most addresses that a resolved name gives. */
#define KERNEL_RESOLVED 16

/** Takes the answer to resolve(): n addresses, or error -EAGAIN (try later) or -ENOENT (no such).
 */
typedef void kernel_resolved(void *arg, int error, const struct address *addresses, size_t n);

/** What a process of its own is to do. */
struct kernel_process {
	/** Its whole life: when it returns the process ends. fd is its end of the stream to us, k
	 * the same object as ours, without what it was looking up. */
	void (*run)(void *arg, struct kernel *k, int fd);
	void *arg;
	const int *keep; /**< descriptors that it keeps besides fd and the standard ones */
	size_t n_keep;
};

/** The most that a program is given to read. */
#define KERNEL_INPUT 4096

/** The most descriptors of a thread. */
#define KERNEL_THREAD_FDS 4

/** What a thread does: it waits for descriptors, and when one of them is ready it calls. */
struct kernel_work {
	struct kernel_wait waits[KERNEL_THREAD_FDS]; /**< got is not used */
	size_t n;
	/** own: a kernel of the thread's own, for clocks, datagrams and randomness; i: of waits. */
	void (*ready)(void *arg, struct kernel *own, size_t i, unsigned got);
	void *arg;
};

struct kernel_thread;
struct fast_path;
struct fast_path_config;

/** What went through datagram sockets; they only grow. */
struct kernel_counts {
	uint64_t received, sent, unsent; /**< datagrams */
	uint64_t reads;                  /**< calls of receive() */
	uint64_t wakeups;                /**< returns of wait() */
	uint64_t useful;                 /**< those with something ready */
	uint64_t unkept; /**< sent ones that were forgotten before their stamp came (stamp_ids()) */
};

/** What this process has used since it began (getrusage(2)), and its number. */
struct kernel_usage {
	long pid;
	double user_s, system_s;
	int64_t minor_faults, major_faults, swaps, blocks_in, blocks_out;
	int64_t voluntary_switches, involuntary_switches, signals;
	int64_t max_rss_kb; /**< the most that ever was resident */
};

/** Names of the system. */
struct kernel_identity {
	char machine[72], system[72], release[72], node[72];
};

/** The vtable. A kernel is a structure that begins with `const struct kernel_ops *ops`. */
struct kernel_ops {
	/** Reads both clocks as close together as can be. */
	void (*clocks)(struct kernel *k, struct kernel_clocks *ret);
	/** Reads the system clock alone, which is cheaper. */
	int64_t (*system)(struct kernel *k);
	/** CPU time that this process has used, ns. */
	int64_t (*cpu)(struct kernel *k);
	/** Applies the chosen fields and fills all of them with what is in force. */
	int (*timex)(struct kernel *k, struct kernel_timex *io);
	/** Steps the system clock by delta_ns. -EPERM without the right to. */
	int (*step)(struct kernel *k, int64_t delta_ns);

	/**
	 * Opens a non-blocking datagram socket. A stale socket at a Unix path is replaced;
	 * -EADDRINUSE when somebody listens there, -EEXIST when something else is there. Returns
	 * the descriptor or -errno.
	 */
	int (*open)(struct kernel *k, const struct kernel_socket *s);
	/** Receives up to n datagrams into the caller's buffers. Returns how many; 0: none there.
	 */
	int (*receive)(struct kernel *k, int fd, struct kernel_message *m, size_t n);
	/** Sends n datagrams; stamps each with the time it was handed over ('D'). Returns how many.
	 */
	int (*send)(struct kernel *k, int fd, struct kernel_message *m, size_t n);
	/** Takes one transmit timestamp: data is the datagram that was sent. 1, or 0 when none is
	 * there. */
	int (*sent)(struct kernel *k, int fd, struct kernel_message *m);

	/**
	 * Switches the timestamps of a network card on: sockets that are opened from now on get
	 * them. -ENOTSUP when the card has none, or not of what filter wants; -EPERM. NULL where no
	 * card has any.
	 */
	int (*card_start)(
		struct kernel *k, const struct kernel_card *c, struct kernel_card_state *ret);
	/** The speed of its link now, bits/s; 0: not known. */
	double (*card_speed)(struct kernel *k, const char *name);
	/** Calls each with every interface's name, once or more. 0 or -errno. */
	int (*interfaces)(struct kernel *k, void (*each)(void *arg, const char *name), void *arg);
	/** Has the stamps of sent datagrams known by numbers, on sockets that are opened from now
	 * on: so many datagrams are kept until theirs come. 0, -ENOTSUP or -ENOMEM; NULL: never. */
	int (*stamp_ids)(struct kernel *k, size_t n);

	/** The name of a network interface by its index: KERNEL_INTERFACE bytes. 0 or -errno. */
	int (*interface_name)(struct kernel *k, uint32_t index, char *ret);

	/** Calls each with every address of a family that our interfaces have, in the system's
	 * order. 0 or -errno. NULL where there is no list. */
	int (*addresses)(struct kernel *k, enum address_family family,
		void (*each)(void *arg, const struct kernel_own_address *own), void *arg);
	/** A descriptor that is ready for KERNEL_READ, and has something to stream_read(), when
	 * addresses have come or gone. -errno. */
	int (*watch_addresses)(struct kernel *k);

	/*
	 * Streams (TCP). They are waited for and closed like datagram sockets.
	 */

	/**
	 * Begins a connection to s->remote, an address or (with connect) the path of a Unix
	 * socket (from s->local, by s->device, where these are set).
	 * Returns the descriptor at once, or -errno. It becomes ready for KERNEL_WRITE when the
	 * connection is made or has failed: stream_error() tells which.
	 */
	int (*stream_connect)(struct kernel *k, const struct kernel_socket *s);
	/** How a connection stands: 0, -EINPROGRESS, or why it failed (-ECONNREFUSED, -ETIMEDOUT,
	 * -EHOSTUNREACH, ...). */
	int (*stream_error)(struct kernel *k, int fd);
	/**
	 * Listens on s->local. At most backlog connections wait to be accepted. Returns the
	 * descriptor, ready for KERNEL_READ when one waits, or -errno.
	 */
	int (*stream_listen)(struct kernel *k, const struct kernel_socket *s, int backlog);
	/** Takes a connection that waits. Returns its descriptor, -EAGAIN when there is none, or
	 * -errno (-EMFILE: wait before you try again). */
	int (*stream_accept)(struct kernel *k, int fd, struct endpoint *ret_peer);
	/** Reads what has arrived. Returns how many bytes, 0: the peer has closed, -EAGAIN: nothing
	 * yet, or -errno (-ECONNRESET). */
	int (*stream_read)(struct kernel *k, int fd, uint8_t *p, size_t room);
	/** Writes what fits. Returns how many bytes, -EAGAIN: none now, or -errno (-EPIPE). */
	int (*stream_write)(struct kernel *k, int fd, struct span data);

	/*
	 * Devices of reference clocks. They are waited for and closed like sockets; all calls give
	 * -ENODEV or -EIO when the device has gone.
	 */

	/** Opens a device. Returns the descriptor; -ENOTSUP when it cannot do what is wanted, or
	 * -errno. */
	int (*device_open)(struct kernel *k, const struct kernel_device *d);
	/** Reads what has arrived (serial). Returns how many bytes, -EAGAIN: nothing. */
	int (*device_read)(struct kernel *k, int fd, uint8_t *p, size_t room);
	/** The newest pulse (PPS), or the next (PHC). Returns 0, or -EAGAIN when there is none. */
	int (*device_pulse)(struct kernel *k, int fd, struct kernel_pulse *ret);
	/**
	 * Compares the device's clock (PHC, RTC) with the system's, up to n times, at most
	 * KERNEL_COMPARISONS. An RTC tells whole seconds: it is ready for KERNEL_READ when one
	 * begins, and is then compared once. Returns how many.
	 */
	int (*device_compare)(struct kernel *k, int fd, struct kernel_comparison *ret, size_t n);
	/** Has an RTC be ready for KERNEL_READ when a second begins, or no more. */
	int (*rtc_tick)(struct kernel *k, int fd, bool on);
	/** Reads an RTC at once: the second that it tells, as ns of UTC since 1970. */
	int (*rtc_read)(struct kernel *k, int fd, int64_t *ret_ns);
	/** Sets an RTC to a whole second of UTC, ns since 1970. */
	int (*rtc_set)(struct kernel *k, int fd, int64_t ns);
	/** Attaches a segment of System V shared memory of at least this size, made with this mode
	 * and all zero when it is missing. Returns its number or -errno (-EINVAL: it is smaller).
	 */
	int (*memory_attach)(struct kernel *k, int32_t key, size_t size, unsigned mode, void **ret);
	/** What has become of the segment of this key and number. Returns 0; -EIDRM: it was
	 * removed, what is attached stays and others see another one; or -errno: -EACCES when it is
	 * there, and we had more rights when it was attached. */
	int (*memory_state)(struct kernel *k, int32_t key, int id, struct kernel_memory *ret);
	/** Detaches it; it stays. */
	void (*memory_detach)(struct kernel *k, void *memory);

	/** The local endpoint of a socket. */
	int (*local)(struct kernel *k, int fd, struct endpoint *ret);
	/** Closes a socket. The file that a Unix socket made goes with it, if it is still that. */
	void (*close)(struct kernel *k, int fd);

	/**
	 * Waits until a descriptor is ready, timeout_ns of raw time have passed (negative: for
	 * ever), or a signal came. Answers of resolve() are delivered from inside. Returns how many
	 * are ready.
	 */
	int (*wait)(struct kernel *k, struct kernel_wait *w, size_t n, int64_t timeout_ns);

	/** What the system calls itself (uname(2)). */
	void (*identity)(struct kernel *k, struct kernel_identity *ret);
	void (*counts)(const struct kernel *k, struct kernel_counts *ret);
	void (*usage)(struct kernel *k, struct kernel_usage *ret);

	/** Fills p with n random bytes fit for cryptography. */
	int (*random)(struct kernel *k, void *p, size_t n);

	/** Looks a name up without blocking; done is called from wait() or never (after cancel). */
	int (*resolve)(struct kernel *k, const char *name, enum address_family family,
		kernel_resolved *done, void *arg);
	/** Forgets all pending look-ups with this arg. */
	void (*resolve_cancel)(struct kernel *k, void *arg);

	/**
	 * Starts a copy of this process that has no capability and ends with us at the latest.
	 * Returns our end of a stream to it, which ends when it does; to close() it kills it.
	 * -ENOTSUP where there are no processes, or -errno. *ret_pid: its number.
	 */
	int (*process)(struct kernel *k, const struct kernel_process *p, int *ret_pid);

	/**
	 * Runs a program by its path argv[0], with input (at most KERNEL_INPUT bytes) to read and
	 * nowhere to write to and without rights of ours, and does not wait for it. Returns 0, or
	 * -errno when it could not be started.
	 */
	int (*program)(struct kernel *k, const char *const *argv, struct span input);

	/*
	 * Threads: NULL where there are none.
	 */

	/**
	 * Divides what comes to several shared sockets that were opened one after the other, the
	 * first of which is fd: requests of clients (mode 3) go to the n others, all of one address
	 * to the same; everything else goes to the first. Returns 0 or -errno.
	 */
	int (*share)(struct kernel *k, int fd, enum address_family family, unsigned n);
	/**
	 * Starts a thread. It calls ready() only while we are inside wait(): what one side reads
	 * and the other writes is never touched by both at once. Threads do run beside each other.
	 * Returns 0 or -errno.
	 */
	int (*thread_start)(
		struct kernel *k, const struct kernel_work *work, struct kernel_thread **ret);
	/** Ends a thread. Outside wait() only; NULL is nothing. */
	void (*thread_stop)(struct kernel *k, struct kernel_thread *t);
	/** For threads: only one of them at a time is between exclude(own, true) and
	 * exclude(own, false). */
	void (*exclude)(struct kernel *own, bool on);

	/**
	 * Answers requests in the driver of a network interface (fast_path.h). Needs rights, what
	 * is made needs none. Returns 0; -ENOTSUP where nothing of the kind is built in, or -errno.
	 * NULL where there is none.
	 */
	int (*fast_path)(
		struct kernel *k, const struct fast_path_config *c, struct fast_path **ret);

	/** Reads a whole file of at most room bytes; -EFBIG when it is larger. After the first
	 * wait() only regular files are read, others give -EINVAL; before it also a pipe, -ENODATA
	 * when nothing comes out of it. */
	int (*file_load)(
		struct kernel *k, const char *path, uint8_t *p, size_t room, size_t *ret_n);
	/** Modification time of a file as a system instant. */
	int (*file_time)(struct kernel *k, const char *path, int64_t *ret);
	/** Permission bits of a file, 0 to 07777. */
	int (*file_mode)(struct kernel *k, const char *path, unsigned *ret);
	/** Writes beside, flushes and renames: the old content stays whole until the new one is. */
	int (*file_save)(struct kernel *k, const char *path, struct span content, unsigned mode);
	/** Appends to a file, made when missing, never through a symbolic link. -EINVAL or -ENXIO
	 * when it is a pipe. */
	int (*file_append)(struct kernel *k, const char *path, struct span content, unsigned mode);
	int (*file_remove)(struct kernel *k, const char *path);
	/** Makes name another name of the file path. What had the name is lost when it has another
	 * one too, and renamed to aside otherwise. -ENOTSUP where files have one name only. */
	int (*file_link)(struct kernel *k, const char *path, const char *name, const char *aside);
	/** Calls each with the name of every entry of a directory that ends in suffix, sorted. */
	int (*file_list)(struct kernel *k, const char *directory, const char *suffix,
		void (*each)(void *arg, const char *name), void *arg);
};

/** What every implementation begins with. */
struct kernel {
	const struct kernel_ops *ops;
};

/** Whether what failed so may work another time though nobody did anything about it. */
static inline bool kernel_may_recover(int error)
{
	return error == -ENOMEM || error == -EMFILE || error == -ENFILE || error == -EIO;
}

/** The Linux implementation. */
struct kernel *kernel_linux_create(void);
void kernel_linux_destroy(struct kernel *k);

#endif
