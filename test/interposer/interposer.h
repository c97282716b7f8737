/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A libc between a time daemon and the kernel, to be preloaded, whose clock and network are made
 * up: time moves only inside an event wait or a sleep, and a server (test/interposer/network.py) on
 * the descriptor SIM_FD says to when, and what arrived. The system clock begins SIM_OFFSET s ahead
 * of true time; its oscillator gains SIM_FREQ ppm, which wander by SIM_WANDER ppm each second. How
 * far off it is goes to SIM_CLOCK every second. With SIM_LATE the timestamps of the kernel are late
 * by up to so many s.
 *
 * What simulators of this kind do not have, it refuses as they do: flags in the type of a socket,
 * several datagrams at once, other event waits than poll() and select(), raw system calls, and any
 * of it in a child. A descriptor of the real world that is waited for is ready at once.
 */
#ifndef TEST_INTERPOSER_INTERPOSER_H
#define TEST_INTERPOSER_INTERPOSER_H

#include <dlfcn.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/types.h>
#include <time.h>

#define REAL(type, name, ...)                                                                      \
	static type (*real)(__VA_ARGS__);                                                          \
	if (!real)                                                                                 \
	real = (type(*)(__VA_ARGS__))dlsym(RTLD_NEXT, #name)

#define DATA_MAX 4000

/* What the server says, and what it is told. Those of streams go both ways: asked for, accepted,
 * refused, bytes, the end. */
enum {
	EVENT_TIME = 'T',
	EVENT_END = 'Q',
	EVENT_STEP = 'J',
	SAY_WAIT = 'W',
	DATAGRAM = 'P'
};
enum {
	STREAM_ASK = 'C',
	STREAM_ACCEPT = 'A',
	STREAM_REFUSE = 'R',
	STREAM_DATA = 'D',
	STREAM_END = 'F'
};

/* An endpoint: of the network, in host byte order, or a path. */
struct place {
	uint32_t ip, port;
	char path[108];
};

struct message {
	uint32_t kind, length;
	double time; /* s of true time since the beginning */
	struct place from, to;
	uint8_t data[DATA_MAX];
};

#define HEAD offsetof(struct message, data)

/* What there is of one process. */
struct simulation {
	bool ready;
	pid_t pid;
	int fd;
	uint32_t ip;
	int64_t start; /* s since 1970 */
	long double now, began;
	unsigned port; /* the next one that is given out */
	uint64_t random;
};
extern struct simulation sim;

/* clock.c */
void begin(void);
void stop(const char *what);
int bad(int error);
uint64_t random64(void);
void to_timespec(int64_t whole, long double s, struct timespec *ret);
/* Waits until a true time for what the server says. Returns 0 when something arrived, 1 at that
 * time, -1 with errno. */
int wait_until(long double until);
/* True time after s of the system clock. */
long double after(long double s);
void say(struct message *m);

struct arrived {
	struct arrived *next;
	struct message m;
	struct timespec at, card;
};

struct simulated {
	bool used, stream, reused, listening, connected, asked, refused, ended, info, stamps_sent,
		card;
	int family;
	struct place own, peer;
	struct arrived *first, **last;
	bool sent_kept; /* the last datagram sent waits in the error queue */
	struct message sent;
	struct timespec sent_at, sent_card;
};

#define SOCKETS_MAX 1024

/* devices.c */
bool is_device(int fd);
bool device_ready(int fd);
void device_close(int fd);
/* True time at which one will be ready. */
long double device_next(void);
/* Whether the card's stamps are on, and its clock. */
bool has_card(void);
void card_time(struct timespec *ret);

/* sockets.c: by descriptor */
extern struct simulated *sockets[SOCKETS_MAX];
struct simulated *of(int fd);
/* Gives a socket a port, if it has none. */
void own_port(struct simulated *s);
void to_place(const struct sockaddr *a, struct place *ret);
void from_place(const struct place *p, struct sockaddr *ret, socklen_t *io_length);
void say_of(struct simulated *s, uint32_t kind, const void *data, size_t n);
/* What arrived first, or NULL. */
struct arrived *take(struct simulated *s);

/* traffic.c */
void deliver(const struct message *m);

#endif
