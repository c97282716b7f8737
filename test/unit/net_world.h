/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The world of the source tests with sockets: the test puts datagrams in and sees what comes out.
 */
#ifndef TEST_UNIT_NET_WORLD_H
#define TEST_UNIT_NET_WORLD_H

#include "test/unit/source_world.h"

#define NET_SOCKETS   8
#define NET_DATAGRAMS 64
#define NET_BYTES     4096

struct net_datagram {
	int fd;
	struct endpoint peer;
	struct address local;
	bool to_many;
	bool want_stamp;
	int64_t stamp_ns;
	int64_t card_ns; /* by the card of interface 3; 0: it has none */
	size_t n;
	uint8_t data[NET_BYTES];
};

/** The network of the one world that a test has at a time. */
static struct net {
	struct {
		bool open;
		struct kernel_socket asked;
		char device[16];
	} sockets[NET_SOCKETS]; /* descriptor 20 + index */
	struct net_datagram in[NET_DATAGRAMS], out[NET_DATAGRAMS];
	size_t n_in, n_taken, n_out;
	size_t n_stamped;    /* of out, whose stamps of the kernel were taken or are not wanted */
	size_t most_waiting; /* of out, whose stamps waited when something was to be received */
	int64_t stamp_delay; /* ns from the daemon's stamp to the kernel's; 0: none comes */
	int random;          /* what randomness is made of; 0: 5a */
	int open_error;      /* what opening gives; 0: a descriptor */
	int64_t send_ns;     /* that the sending of each datagram takes */
	struct address unreachable; /* nothing can be sent there; as the system does it, what comes
				     * behind in a batch waits for the next call */
} net;

static int net_open(struct kernel *k, const struct kernel_socket *s)
{
	(void)k;
	if (net.open_error)
		return net.open_error;
	for (int i = 0; i < NET_SOCKETS; i++) {
		if (net.sockets[i].open)
			continue;
		net.sockets[i].open = true;
		net.sockets[i].asked = *s;
		snprintf(net.sockets[i].device, sizeof(net.sockets[i].device), "%s",
			s->device ? s->device : "");
		return 20 + i;
	}
	return -EMFILE;
}

static void net_close(struct kernel *k, int fd)
{
	(void)k;
	assert_true(fd >= 20 && fd < 20 + NET_SOCKETS && net.sockets[fd - 20].open);
	net.sockets[fd - 20].open = false;
}

static int net_receive(struct kernel *k, int fd, struct kernel_message *m, size_t n)
{
	size_t got = 0;

	(void)k;
	if (net.stamp_delay && net.n_out - net.n_stamped > net.most_waiting)
		net.most_waiting = net.n_out - net.n_stamped;
	for (; got < n && net.n_taken < net.n_in && net.in[net.n_taken].fd == fd; got++) {
		const struct net_datagram *d = &net.in[net.n_taken++];

		m[got].peer = d->peer;
		m[got].local = d->local;
		m[got].cut = d->n > m[got].room;
		m[got].n = m[got].cut ? m[got].room : d->n;
		m[got].stamp_ns = d->stamp_ns;
		m[got].stamp_source = 'K';
		m[got].card_ns = d->card_ns;
		m[got].interface = d->card_ns ? 3 : 0;
		m[got].to_many = d->to_many;
		memcpy(m[got].data, d->data, m[got].n);
	}
	return (int)got;
}

static int net_send(struct kernel *k, int fd, struct kernel_message *m, size_t n)
{
	(void)k;
	for (size_t i = 0; i < n; i++) {
		struct net_datagram *d;

		if (net.unreachable.family != ADDRESS_NONE &&
			address_equal(&m[i].peer.address, &net.unreachable))
			return i > 0 ? (int)i : -ENETUNREACH;
		assert_true(fd < 20 || net.sockets[fd - 20].open);
		d = &net.out[net.n_out++];
		assert_true(net.n_out <= NET_DATAGRAMS && m[i].n <= NET_BYTES);
		d->fd = fd;
		d->peer = m[i].peer;
		d->local = m[i].local;
		d->n = m[i].n;
		d->want_stamp = m[i].want_stamp;
		d->stamp_ns = m[i].stamp_ns = world_of(k)->system;
		m[i].stamp_source = 'D';
		memcpy(d->data, m[i].data, m[i].n);
		world_of(k)->system += net.send_ns;
		world_of(k)->raw += net.send_ns;
	}
	return (int)n;
}

/* The next datagram whose transmit timestamp waits, or NULL. */
static const struct net_datagram *net_next_stamp(void)
{
	while (net.stamp_delay && net.n_stamped < net.n_out && !net.out[net.n_stamped].want_stamp)
		net.n_stamped++;
	return net.stamp_delay && net.n_stamped < net.n_out ? &net.out[net.n_stamped] : NULL;
}

static int net_sent(struct kernel *k, int fd, struct kernel_message *m)
{
	const struct net_datagram *d = net_next_stamp();

	(void)k;
	if (!d || d->fd != fd)
		return 0;
	net.n_stamped++;
	m->n = d->n;
	m->stamp_ns = d->stamp_ns + net.stamp_delay;
	m->stamp_source = 'K';
	memcpy(m->data, d->data, d->n);
	return 1;
}

static int net_wait(struct kernel *k, struct kernel_wait *w, size_t n, int64_t timeout_ns)
{
	for (size_t i = 0; i < n && (net.n_taken < net.n_in || net_next_stamp()); i++) {
		w[i].got = 0;
		if (net_next_stamp() && net_next_stamp()->fd == w[i].fd &&
			(w[i].wanted & KERNEL_STAMP)) {
			w[i].got = KERNEL_STAMP;
			return 1;
		}
		if (net.n_taken < net.n_in && w[i].fd == net.in[net.n_taken].fd &&
			(w[i].wanted & KERNEL_READ)) {
			w[i].got = KERNEL_READ;
			return 1;
		}
	}
	return world_wait(k, w, n, timeout_ns);
}

static int net_random(struct kernel *k, void *p, size_t n)
{
	(void)k;
	memset(p, net.random ? net.random : 0x5a, n);
	return 0;
}

static int net_setup(void **state)
{
	static struct kernel_ops ops;
	struct world *w;
	int r = world_setup(state);

	memset(&net, 0, sizeof(net));
	ops = world_ops;
	ops.open = net_open;
	ops.close = net_close;
	ops.receive = net_receive;
	ops.send = net_send;
	ops.sent = net_sent;
	ops.wait = net_wait;
	ops.random = net_random;
	w = *state;
	w->kernel.ops = &ops;
	return r;
}

static int net_teardown(void **state)
{
	int r = world_teardown(state);

	for (int i = 0; i < NET_SOCKETS; i++)
		assert_false(net.sockets[i].open);
	return r;
}

/** How many sockets are open. */
static inline unsigned net_opened(void)
{
	unsigned n = 0;

	for (int i = 0; i < NET_SOCKETS; i++)
		n += net.sockets[i].open;
	return n;
}

/** Puts a datagram in a socket's queue. peer: an address, or a path. */
static inline void net_put(
	int fd, const char *peer, uint16_t port, const uint8_t *data, size_t n, int64_t stamp_ns)
{
	struct net_datagram *d = &net.in[net.n_in++];

	assert_true(net.n_in <= NET_DATAGRAMS && n <= NET_BYTES);
	memset(d, 0, sizeof(*d));
	d->fd = fd;
	d->peer.port = port;
	if (peer[0] == '/' || peer[0] == '\0')
		snprintf(d->peer.path, sizeof(d->peer.path), "%s", peer);
	else
		d->peer.address = world_address(peer);
	d->local = world_address("192.0.2.1");
	d->stamp_ns = stamp_ns;
	d->n = n;
	memcpy(d->data, data, n);
}

/** Lets the loop take everything in. */
static inline void net_run(struct world *w)
{
	for (int turns = 0; net.n_taken < net.n_in || net_next_stamp(); turns++) {
		assert_true(turns < 1000);
		assert_int_equal(loop_turn(w->loop), 0);
	}
}

#endif
