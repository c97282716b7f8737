/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Timestamps of network cards (chrony-config 2.4, chrony-behaviour 12) without a card: what drivers
 * are asked, in the layouts of the system's own headers, what is made of the stamps and of the
 * clocks that they are by, and what an association has of it.
 */
#define _GNU_SOURCE
#include "config.h"

#include <linux/ethtool.h>
#include <linux/net_tstamp.h>
#include <linux/sockios.h>
#include <math.h>
#include <net/if.h>
#include <sys/socket.h>

#include "daemon/clock/card.h"
#include "daemon/clock/cards.h"
#include "daemon/kernel/linux.h"
#include "daemon/wire/packet.h"
#include "test/unit/net_world.h"

#define US INT64_C(1000)
#define MS INT64_C(1000000)

/* The first part: a driver. */
static struct {
	struct ethtool_ts_info can;
	struct hwtstamp_config now, more; /* more: what it does when it is asked for now */
	unsigned sets;
	int set_error;
	uint32_t mbps;
} driver;

static int driver_ioctl(int fd, unsigned long request, void *argument)
{
	struct ifreq *r = argument;
	uint32_t command;

	assert_int_equal(fd, 77);
	assert_string_equal(r->ifr_name, "eth7");
	switch (request) {
	case SIOCETHTOOL:
		memcpy(&command, r->ifr_data, sizeof(command));
		if (command == ETHTOOL_GET_TS_INFO) {
			memcpy(r->ifr_data, &driver.can, sizeof(driver.can));
			return 0;
		}
		assert_int_equal(command, ETHTOOL_GSET);
		ethtool_cmd_speed_set((struct ethtool_cmd *)(void *)r->ifr_data, driver.mbps);
		return 0;
	case SIOCGHWTSTAMP:
		memcpy(r->ifr_data, &driver.now, sizeof(driver.now));
		return 0;
	case SIOCSHWTSTAMP:
		if (driver.set_error != 0)
			return driver.set_error;
		driver.sets++;
		memcpy(&driver.now, r->ifr_data, sizeof(driver.now));
		if (driver.more.rx_filter != 0)
			memcpy(r->ifr_data, &driver.more, sizeof(driver.more));
		return 0;
	case SIOCGIFINDEX:
		r->ifr_ifindex = 7;
		return 0;
	}
	return -ENOTTY;
}

static const struct linux_device_calls driver_calls = {.ioctl = driver_ioctl};

/* A card as most are: it stamps all that is sent, and of what is received what filters say. */
static void driver_with(uint32_t filters)
{
	memset(&driver, 0, sizeof(driver));
	driver.can.so_timestamping = SOF_TIMESTAMPING_TX_HARDWARE | SOF_TIMESTAMPING_RX_HARDWARE |
				     SOF_TIMESTAMPING_RAW_HARDWARE;
	driver.can.tx_types = 1U << HWTSTAMP_TX_ON;
	driver.can.rx_filters = 1U << HWTSTAMP_FILTER_NONE | filters;
	driver.can.phc_index = 2;
}

static int start(const char *filter, struct kernel_card_state *ret)
{
	const struct kernel_card card = {.name = "eth7", .filter = filter};

	memset(ret, 0, sizeof(*ret));
	return linux_card_set(&driver_calls, 77, &card, ret);
}

#define ALL    (1U << HWTSTAMP_FILTER_ALL)
#define NTP    (1U << HWTSTAMP_FILTER_NTP_ALL)
#define PTP    (1U << HWTSTAMP_FILTER_PTP_V2_L4_EVENT)
#define ANYPTP (1U << HWTSTAMP_FILTER_PTP_V2_EVENT)

static void rxfilter_is_the_most_specific(void **state)
{
	static const struct {
		const char *wanted;
		uint32_t can;
		int r, set;
		bool receives;
	} cases[] = {
		{"", ALL | NTP | PTP, 0, HWTSTAMP_FILTER_NTP_ALL, true},
		{"", ALL | PTP, 0, HWTSTAMP_FILTER_ALL, true},
		{"", PTP, 0, HWTSTAMP_FILTER_NONE, false},
		{"none", ALL | NTP, 0, HWTSTAMP_FILTER_NONE, false},
		{"ntp", ALL | NTP, 0, HWTSTAMP_FILTER_NTP_ALL, true},
		{"ntp", ALL, -ENOTSUP, 0, false},
		{"all", ALL | NTP, 0, HWTSTAMP_FILTER_ALL, true},
		{"ptp", ALL | PTP, 0, HWTSTAMP_FILTER_PTP_V2_L4_EVENT, false},
		{"ptp", ALL | ANYPTP, 0, HWTSTAMP_FILTER_PTP_V2_EVENT, false},
		{"ptp", ALL, -ENOTSUP, 0, false},
	};
	struct kernel_card_state got;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		driver_with(cases[i].can);
		assert_int_equal(start(cases[i].wanted, &got), cases[i].r);
		if (cases[i].r < 0)
			continue;
		assert_int_equal(driver.sets, 1);
		assert_int_equal(driver.now.tx_type, HWTSTAMP_TX_ON);
		assert_int_equal(driver.now.rx_filter, cases[i].set);
		assert_int_equal(got.receives, cases[i].receives);
		assert_int_equal(got.interface, 7);
		assert_string_equal(got.clock, "/dev/ptp2");
	}
	/* a card that does more than it was asked to says so */
	driver_with(PTP);
	driver.more = (struct hwtstamp_config){
		.tx_type = HWTSTAMP_TX_ON, .rx_filter = HWTSTAMP_FILTER_ALL};
	assert_int_equal(start("ptp", &got), 0);
	assert_true(got.receives);
}

static void cards_that_cannot(void **state)
{
	struct kernel_card_state got;

	(void)state;
	driver_with(ALL);
	driver.can.phc_index = -1;
	assert_int_equal(start("", &got), -ENOTSUP);
	driver_with(ALL);
	driver.can.so_timestamping &= ~(unsigned)SOF_TIMESTAMPING_RAW_HARDWARE;
	assert_int_equal(start("", &got), -ENOTSUP);
	driver_with(ALL);
	driver.set_error = -EPERM;
	assert_int_equal(start("", &got), -EPERM);
	/* what is set already needs no right */
	driver.now = (struct hwtstamp_config){
		.tx_type = HWTSTAMP_TX_ON, .rx_filter = HWTSTAMP_FILTER_ALL};
	assert_int_equal(start("", &got), 0);
	assert_true(got.receives);
	driver.mbps = 2500;
	assert_true(linux_card_ask_speed(&driver_calls, 77, "eth7") == 2.5e9);
	driver.mbps = (uint32_t)SPEED_UNKNOWN;
	assert_true(linux_card_ask_speed(&driver_calls, 77, "eth7") == 0);
}

/* The second part: what a socket tells. */
static void take(struct kernel_message *io, int type, const void *p, size_t n)
{
	_Alignas(struct cmsghdr) uint8_t room[128] = {0};
	struct cmsghdr *c = (struct cmsghdr *)room;

	*c = (struct cmsghdr){.cmsg_level = SOL_SOCKET, .cmsg_type = type, .cmsg_len = CMSG_LEN(n)};
	memcpy(CMSG_DATA(c), p, n);
	linux_stamp_take(c, io);
}

static void both_stamps_are_told(void **state)
{
	const struct timespec software[3] = {{5, 6}}, both[3] = {{5, 6}, {0}, {7, 8}},
			      hardware[3] = {{0}, {0}, {7, 8}};
	const uint32_t about[4] = {3, 90};
	struct kernel_message m = {.stamp_source = 'D', .stamp_ns = 1};
	struct linux_kernel l = {.cards = false};

	(void)state;
	take(&m, SCM_TIMESTAMPING, hardware, sizeof(hardware));
	assert_true(m.stamp_source == 'D' && m.stamp_ns == 1 && m.card_ns == 7 * INSTANT_S + 8);
	m.card_ns = 0;
	take(&m, SCM_TIMESTAMPING, software, sizeof(software));
	assert_true(m.stamp_source == 'K' && m.stamp_ns == 5 * INSTANT_S + 6 && m.card_ns == 0);
	take(&m, SCM_TIMESTAMPING, both, sizeof(both));
	take(&m, SCM_TIMESTAMPING_PKTINFO, about, sizeof(about));
	assert_true(m.stamp_ns == 5 * INSTANT_S + 6 && m.card_ns == 7 * INSTANT_S + 8);
	assert_true(m.card == 3 && m.frame == 90);
	/* cut ones tell nothing */
	m.card = 0;
	take(&m, SCM_TIMESTAMPING_PKTINFO, about, sizeof(about) - 1);
	assert_int_equal(m.card, 0);
	/* without a card no socket asks for its stamps */
	assert_int_equal(linux_stamp_flags(&l, true), SOF_TIMESTAMPING_SOFTWARE |
							      SOF_TIMESTAMPING_RX_SOFTWARE |
							      SOF_TIMESTAMPING_TX_SOFTWARE);
	l.cards = true;
	assert_int_equal(linux_stamp_flags(&l, false) &
				 (SOF_TIMESTAMPING_RAW_HARDWARE | SOF_TIMESTAMPING_RX_HARDWARE |
					 SOF_TIMESTAMPING_TX_HARDWARE),
		SOF_TIMESTAMPING_RAW_HARDWARE | SOF_TIMESTAMPING_RX_HARDWARE);
	assert_int_equal(linux_stamp_request(&l),
		SOF_TIMESTAMPING_TX_HARDWARE | SOF_TIMESTAMPING_TX_SOFTWARE);
}

/* The third part: the clock of a card, which gains 40 ppm and is 37 s ahead (TAI). */
static int64_t card_reads(int64_t osc)
{
	return osc + 37 * INSTANT_S + (osc - 1000 * INSTANT_S) / 25000;
}

static void a_line_through_comparisons(void **state)
{
	struct card c = {0};
	uint32_t random = 1;
	int64_t osc = 1000 * INSTANT_S, got;
	double error;

	(void)state;
	card_limits(&c, 3, 0);
	assert_true(c.least == 3 && c.most == LINE_MOST);
	card_limits(&c, 20, 8);
	assert_true(c.least == 8 && c.most == 8);
	card_limits(&c, 0, 16);
	for (int i = 0; i < 40; i++) {
		int64_t noise;

		random = random * 1103515245 + 12345;
		noise = (int64_t)(random >> 16) % 101 - 50;
		card_compared(&c, osc, card_reads(osc) + noise, 200e-9);
		assert_int_equal(card_to_osc(&c, card_reads(osc), &got, &error), i > 0);
		if (i >= 16) {
			/* before and after the newest */
			for (int64_t at = osc - INSTANT_S; at <= osc + INSTANT_S;
				at += INSTANT_S / 4) {
				assert_true(card_to_osc(&c, card_reads(at), &got, &error));
				assert_true(llabs(got - at) < 60);
				assert_true(error == 200e-9);
			}
		}
		osc += INSTANT_S;
	}
	assert_int_equal(c.n, 16);
	/* nothing is known of long ago, nor of what the same instant was read twice for */
	assert_false(card_to_osc(&c, card_reads(osc - 300 * INSTANT_S), &got, &error));
	card_compared(&c, osc - INSTANT_S, card_reads(osc), 0);
	assert_int_equal(c.n, 16);
	/* somebody sets it: what was before is forgotten, and two are needed again */
	card_compared(&c, osc, card_reads(osc) + 2 * MS, 200e-9);
	assert_int_equal(c.n, 1);
	assert_false(card_to_osc(&c, card_reads(osc), &got, &error));
	osc += INSTANT_S;
	card_compared(&c, osc, card_reads(osc) + 2 * MS, 200e-9);
	assert_true(card_to_osc(&c, card_reads(osc) + 2 * MS, &got, &error));
	assert_true(llabs(got - osc) < 10);
}

/* The fourth part: a world whose interface 3, eth3, has such a card. */
static struct {
	char names[64]; /* that were asked to begin */
	unsigned compared;
	bool crossed; /* precise cross timestamps were allowed */
	double speed;
	int compare_error;
	size_t ids; /* that were asked for */
	int ids_error;
	uint64_t unkept;
	int64_t leave_after;         /* the card's stamp of sending comes so long after; 0: with the
				      * kernel's */
	struct kernel_message stamp; /* of it */
	int64_t due;                 /* raw */
	uint8_t sent[PACKET_HEADER];
	bool told; /* the kernel's own */
} box;

static int box_start(struct kernel *k, const struct kernel_card *c, struct kernel_card_state *ret)
{
	(void)k;
	snprintf(box.names + strlen(box.names), sizeof(box.names) - strlen(box.names), "%s/%s ",
		c->name, c->filter);
	if (strcmp(c->name, "eth3") != 0 && strcmp(c->name, "eth4") != 0)
		return -ENOTSUP;
	*ret = (struct kernel_card_state){.interface = (uint32_t)(c->name[3] - '0'),
		.receives = c->name[3] == '3',
		.clock = "/dev/ptp0"};
	return 0;
}

static double box_speed(struct kernel *k, const char *name)
{
	(void)k;
	assert_true(strcmp(name, "eth3") == 0 || strcmp(name, "eth4") == 0);
	return box.speed;
}

static int box_interfaces(struct kernel *k, void (*each)(void *arg, const char *name), void *arg)
{
	(void)k;
	each(arg, "lo");
	each(arg, "eth3");
	each(arg, "eth4");
	return 0;
}

static int box_open(struct kernel *k, const struct kernel_device *d)
{
	(void)k;
	assert_int_equal(d->kind, KERNEL_DEVICE_PHC);
	assert_string_equal(d->path, "/dev/ptp0");
	box.crossed = !d->no_cross;
	return 20 + NET_SOCKETS;
}

static void box_close(struct kernel *k, int fd)
{
	if (fd != 20 + NET_SOCKETS)
		net_close(k, fd);
}

static int box_compare(struct kernel *k, int fd, struct kernel_comparison *ret, size_t n)
{
	const struct world *w = world_of(k);

	assert_int_equal(fd, 20 + NET_SOCKETS);
	assert_true(n >= 3);
	if (box.compare_error != 0)
		return box.compare_error;
	box.compared++;
	for (int i = 0; i < 3; i++) {
		/* The second was interrupted between the readings. */
		int64_t late = i == 1 ? 50 * US : 0;

		ret[i].before_ns = w->system - US;
		ret[i].device_ns = card_reads(w->raw);
		ret[i].after_ns = w->system + US + late;
	}
	return 3;
}

static int box_ids(struct kernel *k, size_t n)
{
	(void)k;
	box.ids = n;
	return box.ids_error;
}

static void box_counts(const struct kernel *k, struct kernel_counts *ret)
{
	(void)k;
	*ret = (struct kernel_counts){.unkept = box.unkept};
}

static int box_send(struct kernel *k, int fd, struct kernel_message *m, size_t n)
{
	struct world *w = world_of(k);

	assert_int_equal(n, 1);
	assert_int_equal(m->want_stamp, box.ids > 0);
	box.stamp = (struct kernel_message){.n = PACKET_HEADER,
		.interface = 3,
		.stamp_source = 'D',
		.card_ns = card_reads(w->raw + 1500)};
	box.due = w->raw + box.leave_after;
	box.told = false;
	memcpy(box.sent, m->data, PACKET_HEADER);
	return net_send(k, fd, m, n);
}

/* The kernel's own stamp is a microsecond off, and comes at once. */
static int box_sent(struct kernel *k, int fd, struct kernel_message *m)
{
	uint8_t *data = m->data;
	size_t room = m->room;

	(void)fd;
	if (box.stamp.n == 0 || (box.told && world_of(k)->raw < box.due))
		return 0;
	*m = box.stamp;
	m->data = data;
	m->room = room;
	memcpy(data, box.sent, PACKET_HEADER);
	if (!box.told) {
		m->stamp_ns = world_of(k)->system + 2500;
		m->stamp_source = 'K';
		m->card_ns = 0;
		box.told = true;
	} else {
		box.stamp.n = 0;
	}
	return 1;
}

/* The descriptor is ready when the card's stamp comes. */
static int box_wait(struct kernel *k, struct kernel_wait *w, size_t n, int64_t timeout_ns)
{
	struct world *world = world_of(k);
	int64_t left = box.due - world->raw;

	if (box.stamp.n == 0 || !box.told || net.n_taken < net.n_in || left > timeout_ns)
		return net_wait(k, w, n, timeout_ns);
	if (left > 0) {
		world->raw += left;
		world->system += left;
	}
	for (size_t i = 0; i < n; i++) {
		w[i].got = w[i].fd == net.out[net.n_out - 1].fd ? KERNEL_STAMP : 0;
		if (w[i].got != 0)
			return 1;
	}
	return net_wait(k, w, n, timeout_ns);
}

static int box_local(struct kernel *k, int fd, struct endpoint *ret)
{
	(void)k;
	(void)fd;
	*ret = (struct endpoint){.address = world_address("192.0.2.1"), .port = 40000};
	return 0;
}

static int box_setup(void **state)
{
	static struct kernel_ops ops;
	int r = net_setup(state);
	struct world *w = *state;

	memset(&box, 0, sizeof(box));
	ops = *w->kernel.ops;
	ops.card_start = box_start;
	ops.card_speed = box_speed;
	ops.interfaces = box_interfaces;
	ops.stamp_ids = box_ids;
	ops.counts = box_counts;
	ops.device_open = box_open;
	ops.device_compare = box_compare;
	ops.close = box_close;
	ops.send = box_send;
	ops.sent = box_sent;
	ops.local = box_local;
	ops.wait = box_wait;
	w->kernel.ops = &ops;
	w->messages[0] = '\0';
	return r;
}

/* Adds a line hwtimestamp. */
static struct settings_hwtimestamp *name_card(struct world *w, const char *interface)
{
	struct settings_hwtimestamp h = settings_hwtimestamp_default();

	snprintf(h.interface, sizeof(h.interface), "%s", interface);
	assert_int_equal(settings_add_hwtimestamp(w->settings, &h), 0);
	return &w->settings->hwtimestamps[w->settings->n_hwtimestamps - 1];
}

static struct cards *create(struct world *w, int r)
{
	struct cards *c;

	assert_int_equal(cards_create(w->settings, &w->kernel, w->loop, w->clock, &w->log, &c), r);
	return c;
}

static void run_for(struct world *w, double s)
{
	int64_t end = w->raw + instant_ns(s);

	loop_timer_in(w->loop, &w->end, s);
	while (w->raw < end)
		assert_int_equal(loop_turn(w->loop), 0);
}

static void catalogue_3_4_texts(void **state)
{
	struct world *w = *state;
	struct kernel_ops ops = *w->kernel.ops;
	const struct kernel_ops *before = w->kernel.ops;
	struct cards *c;

	assert_null(create(w, 0));
	name_card(w, "*");
	memcpy(name_card(w, "eth4")->rxfilter, "none", 5);
	c = create(w, 0);
	assert_non_null(c);
	/* named ones first, with what is said of them; then all that can */
	assert_string_equal(box.names, "eth4/none lo/ eth3/ ");
	world_logged(w, "0 Enabled HW timestamping (TX only) on eth4\n"
			"0 Enabled HW timestamping on eth3\n");
	assert_true(box.crossed);
	cards_destroy(c);
	name_card(w, "lo");
	w->messages[0] = '\0';
	assert_null(create(w, -ENOTSUP));
	world_logged(w, "0 Enabled HW timestamping (TX only) on eth4\n"
			"3 Could not enable HW timestamping on lo\n");
	name_card(w, "eth0123456789abcdef")->nocrossts = true;
	w->settings->hwtimestamps[0] = w->settings->hwtimestamps[3];
	w->messages[0] = '\0';
	assert_null(create(w, -ENOTSUP));
	world_logged(w, "3 Could not enable HW timestamping on eth0123456789abcdef\n");
	ops.card_start = NULL;
	w->kernel.ops = &ops;
	w->messages[0] = '\0';
	assert_null(create(w, -ENOTSUP));
	world_logged(w, "3 HW timestamping not supported\n");
	w->kernel.ops = before;
}

static void maxtxbuffers_numbers_what_is_sent(void **state)
{
	struct world *w = *state;
	struct cards *c;

	w->settings->maxtxbuffers = 64;
	c = create(w, 0);
	assert_int_equal(box.ids, 64);
	run_for(w, 20);
	world_logged(w, "");
	box.unkept = 1;
	run_for(w, 100);
	world_logged(w, "1 maxtxbuffers too small\n"); /* once */
	cards_destroy(c);
	box.ids_error = -ENOTSUP;
	w->messages[0] = '\0';
	c = create(w, 0);
	world_logged(w, "1 Transmit ID not supported\n");
	cards_destroy(c);
}

static void minpoll_and_maxpoll_say_how_often(void **state)
{
	struct world *w = *state;
	struct settings_hwtimestamp *h = name_card(w, "eth3");
	struct cards *c;

	h->minpoll = -2;
	h->maxpoll = 3;
	h->maxsamples = 4;
	h->nocrossts = true;
	c = create(w, 0);
	assert_false(box.crossed);
	run_for(w, 0.9);
	assert_int_equal(box.compared, 4);
	run_for(w, 40);
	assert_int_equal(box.compared, 9);
	cards_destroy(c);
}

static void stamps_become_the_systems(void **state)
{
	struct world *w = *state;
	struct settings_hwtimestamp *h = name_card(w, "eth3");
	struct kernel_message m, as = {.stamp_source = 'K', .card = 3, .n = 48, .frame = 90};
	struct cards *c;

	h->txcomp = 20e-6;
	h->rxcomp = 3e-6;
	h->precision = 1e-6;
	box.speed = 1e8;
	c = create(w, 0);
	run_for(w, 0.5);
	as.stamp_ns = w->system;
	as.card_ns = card_reads(w->raw - 40 * MS);
	m = as;
	/* one comparison tells nothing */
	cards_stamp(c, &m, true);
	assert_int_equal(m.stamp_source, 'K');
	assert_false(cards_stamp_sent(c, &m));
	run_for(w, 5);
	assert_true(cards_stamp_sent(c, &m));
	as.stamp_ns = w->system;
	as.card_ns = card_reads(w->raw - 40 * MS);
	m = as;
	cards_stamp(c, &m, true);
	assert_int_equal(m.stamp_source, 'H');
	assert_true(llabs(m.stamp_ns - (w->system - 40 * MS + 20 * US)) < 20);
	/* half of the quickest reading, and the precision */
	assert_true(m.stamp_error_s > 1.99e-6 && m.stamp_error_s < 2.01e-6);
	/* received: 94 bytes at 100 Mbit/s take 7.52 us */
	m = as;
	cards_stamp(c, &m, false);
	assert_true(llabs(m.stamp_ns - (w->system - 40 * MS - 3 * US + 7520)) < 20);
	/* known by the interface alone */
	m = as;
	m.card = m.frame = 0;
	m.interface = 3;
	cards_stamp(c, &m, false);
	assert_true(llabs(m.stamp_ns - (w->system - 40 * MS - 3 * US + 7520)) < 20);
	/* of another card, of another second, none at all, no cards */
	m = as;
	m.card = 5;
	cards_stamp(c, &m, false);
	assert_int_equal(m.stamp_source, 'K');
	m = as;
	m.card_ns += 2 * INSTANT_S;
	cards_stamp(c, &m, false);
	assert_int_equal(m.stamp_source, 'K');
	m = as;
	cards_stamp(NULL, &m, false);
	assert_true(m.stamp_source == 'K' && m.stamp_ns == as.stamp_ns);
	/* it was pulled out */
	box.compare_error = -ENODEV;
	run_for(w, 3);
	m = as;
	cards_stamp(c, &m, true);
	assert_int_equal(m.stamp_source, 'K');
	cards_destroy(c);
}

/* The last part: an association. */
extern const struct source_protocol source_protocol_ntp;

#define SERVER "192.0.2.9"
#define WAY    (3 * MS)

static struct sample sampled;
static unsigned n_sampled;

static unsigned on_sample(void *arg, const struct sample *s)
{
	(void)arg;
	sampled = *s;
	n_sampled++;
	return PROTOCOL_TEST_B | PROTOCOL_TEST_C;
}

static void on_reach(void *arg, bool synchronised)
{
	(void)arg;
	(void)synchronised;
}

static int on_poll(void *arg, int poll)
{
	(void)arg;
	return poll;
}

static void on_measured(void *arg, const struct protocol_measurement *m)
{
	(void)arg;
	(void)m;
}

static const struct source_sink sink = {
	.sample = on_sample, .reach = on_reach, .poll = on_poll, .measured = on_measured};

/* Answers the last request: it took WAY each way, and the clocks are the same. */
static void answer(struct world *w)
{
	const struct net_datagram *d = &net.out[net.n_out - 1];
	uint8_t bytes[PACKET_HEADER];
	struct packet request, p;
	int64_t sent = w->system + 1500;

	assert_int_equal(packet_decode((struct span){d->data, d->n}, &request), 0);
	p = (struct packet){.version = request.version,
		.mode = PACKET_SERVER,
		.stratum = 2,
		.precision = -30,
		.refid = 0xc0000263,
		.reference = instant_to_ntp(sent - INSTANT_S),
		.origin = request.transmit,
		.receive = instant_to_ntp(sent + WAY),
		.transmit = instant_to_ntp(sent + WAY)};
	packet_encode(&p, bytes);
	net_put(d->fd, SERVER, 123, bytes, sizeof(bytes), sent + 2 * WAY + 700);
	net.in[net.n_in - 1].card_ns = card_reads(w->raw + 1500 + 2 * WAY);
	net_run(w);
}

static void exchange(struct world *w, struct report_ntpdata *ret)
{
	struct source_options options = source_options_default(SOURCE_SERVER);
	struct address a = world_address(SERVER);
	struct protocol_instance *i;
	struct cards *c;

	name_card(w, "eth3")->precision = 0;
	c = create(w, 0);
	w->env.cards = c;
	run_for(w, 5);
	n_sampled = 0;
	assert_int_equal(source_protocol_ntp.create(&w->env, &options, &a, &sink, NULL, &i), 0);
	source_protocol_ntp.start(i);
	for (int turns = 0; net.n_out < 1; turns++) {
		assert_true(turns < 1000);
		assert_int_equal(loop_turn(w->loop), 0);
	}
	answer(w);
	if (box.leave_after != 0) {
		/* it is held, and so is its socket */
		assert_int_equal(n_sampled, 0);
		assert_int_equal(net_opened(), 1);
		run_for(w, fmin(w->settings->hwtstimeout, 1e-9 * (double)box.leave_after));
	}
	assert_int_equal(n_sampled, 1);
	assert_int_equal(net_opened(), 0);
	source_protocol_ntp.report(i, ret);
	source_protocol_ntp.destroy(i);
	cards_destroy(c);
	w->env.cards = NULL;
}

static void samples_by_the_card(void **state)
{
	struct report_ntpdata report;

	exchange(*state, &report);
	assert_true(report.tx_stamp == 'H' && report.rx_stamp == 'H');
	assert_true(report.total_hw_tx == 1 && report.total_hw_rx == 1);
	/* the kernel's stamps are off by 1 us and 0.7 us */
	assert_true(fabs(report.offset) < 20e-9);
	assert_true(fabs(sampled.delay - 2e-9 * WAY) < 20e-9);
	/* what reading the card's clock leaves open */
	assert_true(sampled.dispersion >= 1e-6);
}

static void hwtstimeout_holds_the_answer(void **state)
{
	struct world *w = *state;
	struct report_ntpdata report;

	w->settings->hwtstimeout = 0.05;
	box.leave_after = 20 * MS;
	exchange(w, &report);
	assert_true(report.tx_stamp == 'H' && report.rx_stamp == 'H');
	assert_true(fabs(report.offset) < 20e-9);
}

static void hwtstimeout_ends(void **state)
{
	struct world *w = *state;
	struct report_ntpdata report;

	box.leave_after = 2 * MS;
	exchange(w, &report);
	assert_true(report.tx_stamp == 'K' && report.rx_stamp == 'H');
	/* half of the microsecond that the kernel's stamp is late */
	assert_true(fabs(report.offset) > 400e-9 && fabs(report.offset) < 600e-9);
}

#define IN_A_BOX(test) cmocka_unit_test_setup_teardown(test, box_setup, net_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rxfilter_is_the_most_specific),
		cmocka_unit_test(cards_that_cannot),
		cmocka_unit_test(both_stamps_are_told),
		cmocka_unit_test(a_line_through_comparisons),
		IN_A_BOX(catalogue_3_4_texts),
		IN_A_BOX(maxtxbuffers_numbers_what_is_sent),
		IN_A_BOX(minpoll_and_maxpoll_say_how_often),
		IN_A_BOX(stamps_become_the_systems),
		IN_A_BOX(samples_by_the_card),
		IN_A_BOX(hwtstimeout_holds_the_answer),
		IN_A_BOX(hwtstimeout_ends),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
