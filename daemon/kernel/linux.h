/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Inside of the Linux kernel implementation: the object and the calls, by the file they are in.
 * Nothing outside daemon/kernel includes this, except the tests.
 */
#ifndef DAEMON_KERNEL_LINUX_H
#define DAEMON_KERNEL_LINUX_H

#include <poll.h>
#include <pthread.h>
#include <sys/socket.h>
#include <sys/types.h>
#include <time.h>

#include "daemon/kernel/kernel.h"

/** Datagrams passed on in one call of the system. */
#define LINUX_BATCH 32

/** Receive buffer of a server's socket, bytes; the system doubles it for its own needs. */
#define LINUX_SERVER_ROOM (1 << 20)

struct linux_lookup;
struct linux_path;
struct linux_process;
struct linux_batch;
struct linux_device;
struct linux_device_calls;
struct linux_kept;

/** Names that are looked up at a time. */
#define LINUX_HELPERS 4

/** A process that looks names up. */
struct linux_helper {
	pid_t pid;
	int fd;         /**< -1: not started */
	uint64_t asked; /**< the look-up that it works on; 0: idle */
};

/** The kernel object. */
struct linux_kernel {
	struct kernel base;

	bool raw_derived; /**< the raw clock is CLOCK_MONOTONIC less what it gains by adjtimex() */
	int64_t derived_from, derived_raw; /**< an instant of both, ns: since then by steered */
	double steered;    /**< s/s that the kernel's clocks but raw gain on it by adjtimex() */
	bool socket_flags; /**< socket() takes SOCK_NONBLOCK and SOCK_CLOEXEC */
	bool no_recvmmsg;  /**< recvmmsg() is missing */
	bool no_sendmmsg;  /**< sendmmsg() is missing, or does not know our sockets */
	bool cards;        /**< network cards have timestamps */
	struct linux_kept *kept; /**< sent datagrams whose stamps are due; NULL: found otherwise */
	int anchor;              /**< keeps the kernel's stamping of received packets on; -1 */
	bool running; /**< wait() was called: files must not keep it waiting from now on */
	struct linux_batch *batch;
	struct kernel_counts counts;
	struct pollfd *polls; /**< of the last wait, less what linux_told() was asked for since */
	size_t n_polls, room_polls;

	struct linux_process *processes; /**< that were started and not closed */
	struct linux_path *paths;        /**< files of open Unix sockets */
	struct linux_device *devices;    /**< that are open */

	/* threads */
	struct kernel_thread *threads; /**< that were started and not stopped */
	pthread_mutex_t exclusion;     /**< of our threads from each other */
	struct linux_kernel *parent;   /**< of a thread's own kernel */

	/* resolving */
	struct linux_lookup *lookups; /**< in the order they were asked for */
	uint64_t next_lookup;
	struct linux_helper helpers[LINUX_HELPERS];
};

/** The kernel object behind the interface. */
struct linux_kernel *linux_kernel(struct kernel *k);

/* linux_clock.c */
/** Chooses the raw clock; after linux_socket_init(). */
void linux_clock_init(struct linux_kernel *l);
/** The system clock, ns since 1970. */
int64_t linux_system_now(void);
/** A time of the system in ns; saturates: files may say any year. */
int64_t linux_ns(const struct timespec *t);
void linux_clocks(struct kernel *k, struct kernel_clocks *ret);
int64_t linux_system(struct kernel *k);
int64_t linux_cpu(struct kernel *k);
void linux_usage(struct kernel *k, struct kernel_usage *ret);
int linux_timex(struct kernel *k, struct kernel_timex *io);
int linux_step(struct kernel *k, int64_t delta_ns);

/* linux_socket.c */
/** Finds out what socket() takes. */
void linux_socket_init(struct linux_kernel *l);
int linux_open(struct kernel *k, const struct kernel_socket *s);
int linux_local(struct kernel *k, int fd, struct endpoint *ret);
void linux_close(struct kernel *k, int fd);
/** Makes a descriptor non-blocking. Returns it, or -errno and closes it. */
int linux_unblock(int fd);
/** A non-blocking socket, or -errno. type: SOCK_DGRAM, SOCK_STREAM. */
int linux_make_socket(struct linux_kernel *l, int domain, int type);
/** Sets what datagrams and streams have in common: reuse, device, DSCP, IPv6 alone. */
int linux_set_ip_options(int fd, int domain, const struct kernel_socket *s);
int linux_bind(struct linux_kernel *l, int fd, const struct kernel_socket *s, int domain);
int linux_connect(int fd, const struct endpoint *remote);
/** AF_INET, AF_INET6, AF_UNIX, or AF_UNSPEC: not to be told. */
int linux_domain(const struct kernel_socket *s);

/* linux.c */
/** What poll() says of a descriptor that was waited for. */
unsigned linux_events(struct linux_kernel *l, const struct pollfd *p, unsigned wanted);

/**
 * Whether a call may take what poll() tells by these events (POLLIN, POLLPRI) from a descriptor. An
 * interposer has one queue for all its sockets, errors and datagrams: there only what the last wait
 * told of is taken, and once. Always elsewhere.
 */
bool linux_told(struct linux_kernel *l, int fd, short events);
/** What is to be waited for, as poll() has it. */
struct pollfd linux_poll(const struct kernel_wait *w);

/* linux_xdp.c */
#ifdef HAVE_LIBBPF
int linux_fast_path(struct kernel *k, const struct fast_path_config *c, struct fast_path **ret);
#else
#define linux_fast_path NULL
#endif

/* linux_share.c */
int linux_share(struct kernel *k, int fd, enum address_family family, unsigned n);

/* linux_thread.c */
int linux_thread_start(
	struct kernel *k, const struct kernel_work *work, struct kernel_thread **ret);
void linux_thread_stop(struct kernel *k, struct kernel_thread *t);
void linux_exclude(struct kernel *own, bool on);
/** Lets the threads work, and keeps them from it again, waiting for what they are at. */
void linux_threads_release(struct linux_kernel *l);
void linux_threads_hold(struct linux_kernel *l);
/** Adds what went through their sockets. */
void linux_threads_count(const struct linux_kernel *l, struct kernel_counts *io);
void linux_threads_done(struct linux_kernel *l);

/* linux_path.c */
/** Binds a Unix socket to s->local.path, which is a, n as the system wants it. -EADDRINUSE when
 * somebody listens there, -EEXIST when something else is there. */
int linux_path_bind(struct linux_kernel *l, int fd, const struct sockaddr_storage *a, socklen_t n,
	const struct kernel_socket *s);
/** Removes the file that a socket made when it was bound, if it is still that file. */
void linux_path_close(struct linux_kernel *l, int fd);
/** Forgets all files, which stay. */
void linux_path_done(struct linux_kernel *l);

/* linux_stream.c */
int linux_stream_connect(struct kernel *k, const struct kernel_socket *s);
int linux_stream_error(struct kernel *k, int fd);
int linux_stream_listen(struct kernel *k, const struct kernel_socket *s, int backlog);
int linux_stream_accept(struct kernel *k, int fd, struct endpoint *ret_peer);
int linux_stream_read(struct kernel *k, int fd, uint8_t *p, size_t room);
int linux_stream_write(struct kernel *k, int fd, struct span data);

/* linux_device.c */
/** How the system is asked about devices: tests answer in its place. All give -errno. */
struct linux_device_calls {
	int (*open)(const char *path, int flags);
	int (*ioctl)(int fd, unsigned long request, void *argument);
	int (*read)(int fd, void *p, size_t room); /**< -EAGAIN: nothing there */
	int (*take)(int fd, void *p, size_t room); /**< of one that was ready, and does not wait */
};
extern const struct linux_device_calls linux_device_calls;
/** An open device. */
struct linux_device {
	struct linux_device *next;
	int fd;
	const struct linux_device_calls *calls;
	struct kernel_device options; /**< path is NULL: it was the caller's */
	int method;                   /**< PHC: the best that is not known to be missing */
	uint32_t pulses;              /**< PHC: so far */
};
int linux_device_open(struct kernel *k, const struct kernel_device *d);
int linux_device_read(struct kernel *k, int fd, uint8_t *p, size_t room);
int linux_device_pulse(struct kernel *k, int fd, struct kernel_pulse *ret);
int linux_device_compare(struct kernel *k, int fd, struct kernel_comparison *ret, size_t n);
int linux_rtc_tick(struct kernel *k, int fd, bool on);
int linux_rtc_read(struct kernel *k, int fd, int64_t *ret_ns);
int linux_rtc_set(struct kernel *k, int fd, int64_t ns);
/** A descriptor is about to be closed: what was known of it is forgotten. */
void linux_device_close(struct linux_kernel *l, int fd);
void linux_device_done(struct linux_kernel *l);

/* linux_pps.c, linux_phc.c, linux_serial.c, linux_rtc.c */
/** Sets the device up after it was opened. Returns 0, -ENOTSUP or -errno. */
int linux_pps_start(struct linux_device *d);
int linux_phc_start(struct linux_device *d);
int linux_serial_start(struct linux_device *d);
int linux_rtc_start(struct linux_device *d);
int linux_rtc_switch(struct linux_device *d, bool on);
int linux_rtc_now(struct linux_device *d, int64_t *ret);
int linux_rtc_adjust(struct linux_device *d, int64_t at);
int linux_pps_pulse(struct linux_device *d, struct kernel_pulse *ret);
int linux_phc_pulse(struct linux_device *d, struct kernel_pulse *ret);
int linux_phc_compare(struct linux_device *d, struct kernel_comparison *ret, size_t n);
int linux_rtc_compare(struct linux_device *d, struct kernel_comparison *ret);
/** Path of the hardware clock of an interface. Returns 0, -ENODEV when it has none, or -errno. */
int linux_phc_of_interface(const char *name, char *ret, size_t n);

/* linux_card.c */
int linux_card_start(struct kernel *k, const struct kernel_card *c, struct kernel_card_state *ret);
double linux_card_speed(struct kernel *k, const char *name);
int linux_interfaces(struct kernel *k, void (*each)(void *arg, const char *name), void *arg);
/** The same on a socket, by calls that tests answer. */
int linux_card_set(const struct linux_device_calls *calls, int fd, const struct kernel_card *c,
	struct kernel_card_state *ret);
double linux_card_ask_speed(const struct linux_device_calls *calls, int fd, const char *name);

/* linux_stamp.c */
struct cmsghdr;
/** What SO_TIMESTAMPING is set to on a socket. transmit: of what is sent too. */
uint32_t linux_stamp_flags(const struct linux_kernel *l, bool transmit);
/** The part of it that asks for the stamp of one datagram. */
uint32_t linux_stamp_request(const struct linux_kernel *l);
/** Takes a control message with timestamps, or about them. */
void linux_stamp_take(const struct cmsghdr *c, struct kernel_message *m);

/* linux_guard.c */
/** Has the system tell who sends to a Unix socket. */
int linux_guard(int fd);
/** Takes the control message that does. */
void linux_guard_take(const struct cmsghdr *c, struct kernel_message *m);
/** What an answer to a guarded message goes to, in place of its path. Returns a descriptor to be
 * closed after it was sent, -EACCES when it is not of whoever asked, or -errno. */
int linux_guard_open(const struct kernel_message *m, struct endpoint *ret);

/* linux_kept.c */
/** The control message that numbers a datagram: SCM_TS_OPT_ID, younger than most headers. */
#define LINUX_STAMP_ID 81
int linux_stamp_ids(struct kernel *k, size_t n);
/** As many as another kernel object's. */
int linux_kept_like(struct linux_kernel *l, const struct linux_kernel *other);
/** Keeps a datagram that is about to be sent. Returns its number. */
uint32_t linux_kept_put(struct linux_kernel *l, int fd, const struct kernel_message *m);
/** The datagram of that number: fills m but its stamp. False when it is not there. */
bool linux_kept_get(struct linux_kernel *l, int fd, uint32_t id, struct kernel_message *m);
void linux_kept_done(struct linux_kernel *l);

/* linux_memory.c */
int linux_memory_attach(struct kernel *k, int32_t key, size_t size, unsigned mode, void **ret);
int linux_memory_state(struct kernel *k, int32_t key, int id, struct kernel_memory *ret);
void linux_memory_detach(struct kernel *k, void *memory);

/* linux_address.c */
/** An endpoint as the system's structure. Returns its length, or 0 when it is neither IP nor a path
 * that fits. */
socklen_t linux_sockaddr(const struct endpoint *e, struct sockaddr_storage *ret);
/** The other way; all zero when the family is not known or the peer has no name. */
void linux_endpoint(const struct sockaddr_storage *a, socklen_t n, struct endpoint *ret);

/* linux_interface.c */
int linux_addresses(struct kernel *k, enum address_family family,
	void (*each)(void *arg, const struct kernel_own_address *own), void *arg);
int linux_watch_addresses(struct kernel *k);

/* linux_datagram.c */
int linux_datagram_init(struct linux_kernel *l);
void linux_datagram_done(struct linux_kernel *l);
int linux_receive(struct kernel *k, int fd, struct kernel_message *m, size_t n);
int linux_send(struct kernel *k, int fd, struct kernel_message *m, size_t n);
int linux_sent(struct kernel *k, int fd, struct kernel_message *m);
int linux_interface_name(struct kernel *k, uint32_t index, char *ret);
/** Empties the error queue of a socket and takes its pending error, so that poll() rests. */
void linux_clear_error(struct linux_kernel *l, int fd);

/* linux_file.c */
int linux_file_load(struct kernel *k, const char *path, uint8_t *p, size_t room, size_t *ret_n);
int linux_file_time(struct kernel *k, const char *path, int64_t *ret);
int linux_file_mode(struct kernel *k, const char *path, unsigned *ret);
int linux_file_save(struct kernel *k, const char *path, struct span content, unsigned mode);
int linux_file_append(struct kernel *k, const char *path, struct span content, unsigned mode);
int linux_file_remove(struct kernel *k, const char *path);
int linux_file_link(struct kernel *k, const char *path, const char *name, const char *aside);
int linux_file_list(struct kernel *k, const char *directory, const char *suffix,
	void (*each)(void *arg, const char *name), void *arg);

/* linux_resolve.c */
void linux_resolve_init(struct linux_kernel *l);
void linux_resolve_done(struct linux_kernel *l);
int linux_resolve(struct kernel *k, const char *name, enum address_family family,
	kernel_resolved *done, void *arg);
void linux_resolve_cancel(struct kernel *k, void *arg);
/** The descriptors on which answers are due, at most LINUX_HELPERS. Returns how many. */
size_t linux_resolve_polls(const struct linux_kernel *l, struct pollfd *ret);
/** Takes the answer that came on one of those. */
void linux_resolve_read(struct linux_kernel *l, int fd);
/** Delivers what is answered. Returns how many. */
size_t linux_resolve_deliver(struct linux_kernel *l);

/* linux_program.c */
int linux_program(struct kernel *k, const char *const *argv, struct span input);

/* linux_process.c */
int linux_process(struct kernel *k, const struct kernel_process *p, int *ret_pid);
/** Ends the process behind a descriptor and closes it. False when there is none behind it. */
bool linux_process_close(struct linux_kernel *l, int fd);
void linux_process_done(struct linux_kernel *l);

/* linux_helper.c */
/** In a new process: ends with its parent, has no rights, no handlers, and no descriptors but the
 * standard ones and those to keep. */
void linux_helper_confine(pid_t parent, const int *keep, size_t n);
/** Closes all descriptors but the standard ones and those to keep. */
void linux_helper_close_all_but(const int *keep, size_t n);
/** What is asked of the helper process, and what it answers: one message each. */
struct linux_question {
	uint64_t id;
	enum address_family family;
	char name[256];
};
struct linux_answer {
	uint64_t id;
	int error; /**< 0, -EAGAIN, -ENOENT */
	size_t n;
	struct address addresses[KERNEL_RESOLVED];
};
/** Looks up one name, blocking. */
void linux_look_up(const struct linux_question *q, struct linux_answer *ret);
/** Starts the helper. Returns 0 or -errno. */
int linux_helper_start(pid_t *ret_pid, int *ret_fd);
/** Ends it. */
void linux_helper_stop(pid_t pid, int fd);

#endif
