/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Load of plain requests for a server on this computer, from many addresses (127.1.0.0 and up), and
 * what it costs the server. test/bench/serve runs it.
 *
 *	serve_load plain PID PORT SECONDS WINDOW CLIENTS [any] [to ADDRESS from ADDRESS]
 *	serve_load stamps PID PORT SECONDS WINDOW CLIENTS [any] [to ADDRESS from ADDRESS]
 *	serve_load interleaved PID PORT SECONDS WINDOW CLIENTS [any] [to ADDRESS from ADDRESS]
 *	serve_load burst PID PORT COUNT SIZE CLIENTS [any] [to ADDRESS from ADDRESS]
 *	serve_load first PORT COMMAND...
 *
 * to and from: the server's address, and the first of the clients', which must be of this computer.
 *
 * plain, stamps and interleaved keep WINDOW requests outstanding; burst sends SIZE requests as fast
 * as they go, COUNT times. All print
 *
 *	GOOD CPU-SECONDS SECONDS LOST WRONG MEDIAN P99.9 LATE SAMPLES MEDIAN P99.9 MEDIAN P99.9
 *
 * A request is lost that has no answer when the load ends, PATIENCE_MS after the last answer; it is
 * late when its answer came more than LATE_MS after it, in a burst BURST_MS after all others, and
 * neither good nor lost then. As soon as it is late another takes its place, so that what a server
 *loses does not make its load smaller.
 *
 * The first median and 99.9 % are how far the transmit timestamps were from the kernel's stamp of
 * the answer's arrival, us: what a client at the other end of the wire sees as an error of the
 * server. stamps has the kernel stamp one request of each batch when it leaves besides: SAMPLES of
 * them, how far the receive timestamps were from these stamps, and how far off the server's clock,
 * which is the load's own, seems to a client with such stamps; us.
 *
 * An answer is good when everything in it is right: it must come from the server's address to the
 * client's, answer a request that is outstanding, be synchronised (but for "any") and as long as
 * the request, and tell times that this computer's clock confirms; in interleaved mode most have to
 * be. first prints the milliseconds from starting a server to its first good answer, and ends it.
 */
#define _GNU_SOURCE
#include "config.h"

#include <arpa/inet.h>
#include <linux/errqueue.h>
#include <linux/net_tstamp.h>
#include <math.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/instant.h"
#include "daemon/wire/packet.h"
#include "test/bench/load.h"

#define BATCH       64 /* datagrams in one system call */
#define WINDOW_MAX  4096
#define CLIENTS_MAX (1 << 20)
#define FIRST       0x7f010000u /* the first client's address, if no other is given */
#define PATIENCE_MS 3000        /* a thread may have to wait for a processor */
#define LATE_MS     1000
#define BURST_MS    300 /* without an answer, until the next burst */
#define LATE_MAX    (1 << 16)
#define LATE_TURNS  64 /* batches from one look for late ones to the next */
#define AGES        (1 << 20)
#define SAMPLES     (1 << 18)
#define FRAME       256             /* more than a request with what is before it on the wire */
#define CLOSE_NS    (3 * INSTANT_S) /* between the server's word and ours */

/* A request without an answer. */
struct outstanding {
	uint64_t transmit; /* 0: none */
	uint64_t origin;   /* that an interleaved answer has */
	int64_t sent;      /* system instant */
	int64_t left;      /* likewise, by the kernel; 0: not known */
	uint32_t client;
};

struct load {
	int fd;
	struct sockaddr_in to;
	bool interleaved;
	bool stamps;
	bool any;       /* a server that is not synchronised will do */
	uint32_t first; /* client's address */
	uint32_t window, clients, next_client;
	uint64_t serial;
	struct outstanding slots[WINDOW_MAX];
	uint64_t memory[CLIENTS_MAX]; /* of interleaved clients: the last receive timestamp; or 0 */
	uint32_t ready[WINDOW_MAX];   /* slots without a request */
	size_t n_ready;
	struct outstanding late[LATE_MAX]; /* whose slots others have */
	size_t n_late;
	unsigned turns;
	double last; /* when the last answer came */
	long good, lost, wrong, came_late;
	long followed;       /* interleaved answers */
	uint32_t ages[AGES]; /* ns, of the newest answers */
	long samples;
	uint32_t receive[SAMPLES], offset[SAMPLES]; /* ns, of the newest */
};

static int64_t system_now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_REALTIME, &t);
	return instant_from_s(t.tv_sec, t.tv_nsec);
}

static int set_int(int fd, int level, int option, int value)
{
	return setsockopt(fd, level, option, &value, sizeof(value));
}

static void load_init(struct load *l, int port, uint32_t window, uint32_t clients)
{
	struct sockaddr_in any = {.sin_family = AF_INET};

	check(window >= 1 && window <= WINDOW_MAX && clients >= 1 && clients <= CLIENTS_MAX,
		"window or clients out of range");
	l->window = window;
	l->clients = clients;
	l->first = FIRST;
	l->to = (struct sockaddr_in){.sin_family = AF_INET,
		.sin_port = htons((uint16_t)port),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	l->serial = (uint64_t)system_now() << 20;
	l->fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	check(l->fd >= 0 && bind(l->fd, (struct sockaddr *)&any, sizeof(any)) == 0 &&
			set_int(l->fd, IPPROTO_IP, IP_PKTINFO, 1) == 0 &&
			set_int(l->fd, SOL_SOCKET, SO_TIMESTAMPNS, 1) == 0,
		"socket");
	if (l->stamps)
		check(set_int(l->fd, SOL_SOCKET, SO_TIMESTAMPING, SOF_TIMESTAMPING_SOFTWARE) == 0,
			"stamps");
	if (set_int(l->fd, SOL_SOCKET, SO_RCVBUFFORCE, 16 << 20) < 0)
		set_int(l->fd, SOL_SOCKET, SO_RCVBUF, 1 << 20);
	for (uint32_t i = 0; i < window; i++)
		l->ready[l->n_ready++] = i;
}

/* Clients take turns in an order that no table likes better than another. */
static uint32_t take_client(struct load *l)
{
	l->next_client = (uint32_t)(((uint64_t)l->next_client + 514229) % l->clients);
	return l->next_client;
}

static void make_request(struct load *l, uint32_t slot, int64_t now, uint8_t *ret)
{
	struct outstanding *o = &l->slots[slot];
	struct packet p = {.version = 4, .mode = PACKET_CLIENT, .poll = 6};

	/* The slot is in the lowest bits, and the serial number makes each the only one. A server
	 * only sends them back. */
	*o = (struct outstanding){.transmit = (++l->serial * WINDOW_MAX) | slot,
		.sent = now,
		.client = take_client(l)};
	p.transmit = o->transmit;
	if (l->memory[o->client]) {
		p.origin = l->memory[o->client];
		p.receive = o->origin = (++l->serial * WINDOW_MAX) | slot;
		l->memory[o->client] = 0;
	}
	packet_encode(&p, ret);
}

/* What the system is to do with a request: it leaves from its client's address. */
struct control {
	_Alignas(struct cmsghdr)
		uint8_t bytes[CMSG_SPACE(sizeof(struct in_pktinfo)) + CMSG_SPACE(sizeof(uint32_t))];
};

static size_t add_control(
	struct control *c, size_t at, int level, int type, const void *p, size_t n)
{
	struct cmsghdr *h = (struct cmsghdr *)(c->bytes + at);

	h->cmsg_level = level;
	h->cmsg_type = type;
	h->cmsg_len = CMSG_LEN(n);
	memcpy(CMSG_DATA(h), p, n);
	return at + CMSG_SPACE(n);
}

/* Returns how long it is. */
static size_t make_control(uint32_t address, bool stamp, struct control *ret)
{
	const uint32_t flags = SOF_TIMESTAMPING_TX_SOFTWARE;
	struct in_pktinfo from = {.ipi_spec_dst.s_addr = htonl(address)};
	size_t n;

	*ret = (struct control){{0}};
	n = add_control(ret, 0, IPPROTO_IP, IP_PKTINFO, &from, sizeof(from));
	return stamp ? add_control(ret, n, SOL_SOCKET, SO_TIMESTAMPING, &flags, sizeof(flags)) : n;
}

/* Takes from the error queue when requests left. */
static void take_left(struct load *l)
{
	uint8_t frame[FRAME];
	_Alignas(struct cmsghdr) uint8_t control[FRAME];
	struct iovec io = {frame, sizeof(frame)};
	struct scm_timestamping stamps = {0};
	struct packet p;
	ssize_t n;

	for (;;) {
		struct msghdr h = {.msg_iov = &io,
			.msg_iovlen = 1,
			.msg_control = control,
			.msg_controllen = sizeof(control)};

		n = recvmsg(l->fd, &h, MSG_ERRQUEUE | MSG_DONTWAIT);
		if (n < PACKET_HEADER)
			return;
		for (struct cmsghdr *c = CMSG_FIRSTHDR(&h); c; c = CMSG_NXTHDR(&h, c))
			if (c->cmsg_level == SOL_SOCKET && c->cmsg_type == SCM_TIMESTAMPING)
				memcpy(&stamps, CMSG_DATA(c), sizeof(stamps));
		if (packet_decode((struct span){frame + n - PACKET_HEADER, PACKET_HEADER}, &p) ==
				0 &&
			l->slots[p.transmit % WINDOW_MAX].transmit == p.transmit)
			l->slots[p.transmit % WINDOW_MAX].left =
				instant_from_s(stamps.ts[0].tv_sec, stamps.ts[0].tv_nsec);
	}
}

/* Sends from so many of the free slots. Returns how many. */
static size_t send_some(struct load *l, size_t n)
{
	uint8_t bytes[BATCH][PACKET_HEADER];
	struct control control[BATCH];
	struct mmsghdr m[BATCH] = {0};
	struct iovec io[BATCH];
	int64_t now = system_now();
	int r;

	n = n < BATCH ? n : BATCH;
	n = n < l->n_ready ? n : l->n_ready;
	for (size_t i = 0; i < n; i++) {
		uint32_t slot = l->ready[l->n_ready - 1 - i];

		make_request(l, slot, now, bytes[i]);
		io[i] = (struct iovec){bytes[i], PACKET_HEADER};
		m[i].msg_hdr = (struct msghdr){.msg_name = &l->to,
			.msg_namelen = sizeof(l->to),
			.msg_iov = &io[i],
			.msg_iovlen = 1,
			.msg_control = control[i].bytes,
			.msg_controllen = make_control(l->first + l->slots[slot].client,
				l->stamps && i == l->serial % n, &control[i])};
	}
	r = n > 0 ? sendmmsg(l->fd, m, (unsigned)n, 0) : 0;
	check(r == (int)n, "send");
	l->n_ready -= n;
	if (l->stamps)
		take_left(l);
	return n;
}

/* Where an answer came to, and when. */
static void take_control(struct msghdr *h, uint32_t *ret_address, int64_t *ret_at)
{
	*ret_address = 0;
	*ret_at = 0;
	for (struct cmsghdr *c = CMSG_FIRSTHDR(h); c; c = CMSG_NXTHDR(h, c)) {
		if (c->cmsg_level == IPPROTO_IP && c->cmsg_type == IP_PKTINFO) {
			struct in_pktinfo i;

			memcpy(&i, CMSG_DATA(c), sizeof(i));
			*ret_address = ntohl(i.ipi_addr.s_addr);
		} else if (c->cmsg_level == SOL_SOCKET && c->cmsg_type == SCM_TIMESTAMPNS) {
			struct timespec t;

			memcpy(&t, CMSG_DATA(c), sizeof(t));
			*ret_at = instant_from_s(t.tv_sec, t.tv_nsec);
		}
	}
}

static bool is_near(uint64_t ntp, int64_t now)
{
	int64_t ns = instant_ntp_diff(ntp, instant_to_ntp(now));

	return ns > -CLOSE_NS && ns < CLOSE_NS;
}

/* Whether every field of an answer is right. */
static bool is_right(
	const struct load *l, const struct packet *p, const struct outstanding *o, int64_t at)
{
	if (p->mode != PACKET_SERVER || p->version != 4)
		return false;
	if (!l->any && (p->leap == LEAP_UNSYNCHRONISED || p->stratum < 1 || p->stratum > 15))
		return false;
	if (!is_near(p->receive, at) || instant_ntp_diff(p->receive, instant_to_ntp(o->sent)) < 0)
		return false;
	/* An interleaved answer tells when the last one left. */
	return is_near(p->transmit, at) &&
	       (p->origin == o->origin || instant_ntp_diff(p->transmit, p->receive) >= 0);
}

static uint32_t distance(int64_t ns)
{
	return (uint32_t)(ns < 0 ? -ns : ns);
}

/* What a client with the kernel's stamps of both ends makes of an answer. */
static void take_sample(
	struct load *l, const struct outstanding *o, const struct packet *p, int64_t at)
{
	int64_t there = instant_from_ntp(p->receive, at) - o->left;
	int64_t back = instant_from_ntp(p->transmit, at) - at;

	l->receive[l->samples % SAMPLES] = distance(there);
	l->offset[l->samples++ % SAMPLES] = distance((there + back) / 2);
}

/* Whether an answer is of a request that was given up. */
static bool take_late(struct load *l, const struct packet *p, uint32_t to)
{
	for (size_t i = 0; i < l->n_late; i++) {
		struct outstanding *o = &l->late[i];

		if ((p->origin != o->transmit && p->origin != o->origin) ||
			to != l->first + o->client)
			continue;
		*o = l->late[--l->n_late];
		l->came_late++;
		return true;
	}
	return false;
}

/* Has others take the place of requests that were sent before then and not answered. */
static void set_aside(struct load *l, int64_t then)
{
	for (uint32_t i = 0; i < l->window && l->n_late < LATE_MAX; i++) {
		if (l->slots[i].transmit == 0 || l->slots[i].sent > then)
			continue;
		l->late[l->n_late++] = l->slots[i];
		l->slots[i] = (struct outstanding){0};
		l->ready[l->n_ready++] = i;
	}
}

static void take_answer(struct load *l, struct mmsghdr *m, const struct sockaddr_in *from)
{
	struct msghdr *h = &m->msg_hdr;
	struct span datagram = {h->msg_iov->iov_base, m->msg_len};
	struct outstanding *o = l->slots;
	struct packet p = {0};
	uint32_t to;
	int64_t at;

	take_control(h, &to, &at);
	if (m->msg_len == PACKET_HEADER && packet_decode(datagram, &p) == 0)
		o = &l->slots[p.origin % WINDOW_MAX];
	if (p.origin != 0 && take_late(l, &p, to))
		return;
	if (p.origin == 0 || (p.origin != o->transmit && p.origin != o->origin) ||
		to != l->first + o->client || from->sin_addr.s_addr != l->to.sin_addr.s_addr ||
		from->sin_port != l->to.sin_port || !is_right(l, &p, o, at)) {
		l->wrong++;
		return;
	}
	l->ages[l->good++ % AGES] = distance(at - instant_from_ntp(p.transmit, at));
	if (o->left != 0)
		take_sample(l, o, &p, at);
	l->followed += p.origin == o->origin;
	if (l->interleaved)
		l->memory[o->client] = p.receive;
	l->ready[l->n_ready++] = (uint32_t)(o - l->slots);
	*o = (struct outstanding){0};
}

/* Takes the answers that are there, waiting so long for one. Returns how many came. */
static int receive_some(struct load *l, int patience_ms)
{
	uint8_t bytes[BATCH][PACKET_ROOM];
	_Alignas(struct cmsghdr) uint8_t control[BATCH][256];
	struct sockaddr_in from[BATCH];
	struct mmsghdr m[BATCH] = {0};
	struct iovec io[BATCH];
	struct pollfd p = {.fd = l->fd, .events = POLLIN};
	int got;

	for (size_t i = 0; i < BATCH; i++) {
		io[i] = (struct iovec){bytes[i], PACKET_ROOM};
		m[i].msg_hdr = (struct msghdr){.msg_name = &from[i],
			.msg_namelen = sizeof(from[i]),
			.msg_iov = &io[i],
			.msg_iovlen = 1,
			.msg_control = control[i],
			.msg_controllen = sizeof(control[i])};
	}
	if (poll(&p, 1, patience_ms) <= 0)
		return 0;
	got = recvmmsg(l->fd, m, BATCH, MSG_DONTWAIT, NULL);
	for (int i = 0; i < got; i++)
		take_answer(l, &m[i], &from[i]);
	if (got > 0)
		l->last = now_s();
	return got > 0 ? got : 0;
}

/* Nothing comes any more: what is outstanding is lost. */
static void give_up(struct load *l)
{
	l->lost += (long)l->n_late;
	l->n_late = 0;
	for (uint32_t i = 0; i < l->window; i++) {
		if (l->slots[i].transmit == 0)
			continue;
		l->lost++;
		l->slots[i] = (struct outstanding){0};
		l->ready[l->n_ready++] = i;
	}
}

/* What is still to come. */
static void drain(struct load *l)
{
	while ((l->n_ready < l->window || l->n_late > 0) && receive_some(l, PATIENCE_MS) > 0)
		;
	give_up(l);
}

static void run(struct load *l, double seconds)
{
	double until = now_s() + seconds;

	while (now_s() < until) {
		while (send_some(l, BATCH) > 0)
			;
		if (receive_some(l, LATE_MS) == 0 || ++l->turns % LATE_TURNS == 0)
			set_aside(l, system_now() - LATE_MS * (INSTANT_S / 1000));
	}
	drain(l);
}

static void burst(struct load *l, long count)
{
	while (count-- > 0) {
		while (send_some(l, BATCH) > 0)
			;
		while (l->n_ready < l->window && receive_some(l, BURST_MS) > 0)
			;
		set_aside(l, INT64_MAX);
	}
	drain(l);
}

static int compare(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return (x > y) - (x < y);
}

/* Median and 99.9 % of the newest of so many, at most room, as us. */
static void print_spread(uint32_t *list, long count, size_t room)
{
	size_t n = (size_t)count < room ? (size_t)count : room;

	qsort(list, n, sizeof(*list), compare);
	printf(" %.1f %.1f", n > 0 ? list[n / 2] / 1e3 : 0,
		n > 0 ? list[n - n / 1000 - 1] / 1e3 : 0);
}

static void print(struct load *l, double cpu, double seconds)
{
	printf("%ld %.6f %.3f %ld %ld", l->good, cpu, seconds, l->lost, l->wrong);
	print_spread(l->ages, l->good, AGES);
	printf(" %ld %ld", l->came_late, l->samples);
	print_spread(l->receive, l->samples, SAMPLES);
	print_spread(l->offset, l->samples, SAMPLES);
	printf("\n");
}

/* Milliseconds from starting a server to its first good answer. */
static void first(struct load *l, char **command)
{
	double start = now_s(), spent;
	pid_t pid = fork();

	check(pid >= 0, "fork");
	if (pid == 0) {
		execvp(command[0], command);
		_exit(127);
	}
	/* Whichever request it answers: those of before it was there are many. */
	do {
		set_aside(l, INT64_MAX);
		send_some(l, 1);
		nanosleep(&(struct timespec){.tv_nsec = 50000}, NULL);
		while (receive_some(l, 0) > 0)
			;
		spent = now_s() - start;
	} while (l->good + l->came_late == 0 && spent < 10);
	kill(pid, SIGTERM);
	waitpid(pid, NULL, 0);
	check(l->good + l->came_late > 0, "no answer");
	printf("%.2f\n", spent * 1e3);
}

/* What comes after the numbers. */
static void take_options(struct load *l, char **argv)
{
	if (*argv && strcmp(*argv, "any") == 0) {
		l->any = true;
		argv++;
	}
	if (!*argv)
		return;
	check(strcmp(argv[0], "to") == 0 && argv[1] && argv[2] && strcmp(argv[2], "from") == 0 &&
			argv[3] && !argv[4] && inet_pton(AF_INET, argv[1], &l->to.sin_addr) == 1 &&
			inet_pton(AF_INET, argv[3], &l->first) == 1,
		"usage");
	l->first = ntohl(l->first);
}

int main(int argc, char **argv)
{
	static struct load l;
	double cpu, start;
	int pid;

	check(argc >= 4, "usage");
	if (strcmp(argv[1], "first") == 0) {
		load_init(&l, atoi(argv[2]), 1, 1);
		first(&l, argv + 3);
		return 0;
	}
	check(argc >= 7, "usage");
	pid = atoi(argv[2]);
	l.interleaved = strcmp(argv[1], "interleaved") == 0;
	l.stamps = strcmp(argv[1], "stamps") == 0;
	load_init(&l, atoi(argv[3]), (uint32_t)atoi(argv[5]), (uint32_t)atoi(argv[6]));
	take_options(&l, argv + 7);
	settle();
	cpu = server_cpu_s(pid);
	start = now_s();
	if (strcmp(argv[1], "burst") == 0)
		burst(&l, atol(argv[4]));
	else
		run(&l, atof(argv[4]));
	settle();
	print(&l, server_cpu_s(pid) - cpu, fmax(l.last - start, 0));
	return l.wrong > 0 || l.good == 0 || (l.interleaved && l.followed < l.good / 2);
}
