/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The fast path by a BPF program in the network driver (XDP): loaded by libbpf, which is only in
 * memory for that, attached by a link that ends with this process, and told the time through memory
 * that both see.
 */
#define _GNU_SOURCE
#include "config.h"

#ifdef HAVE_LIBBPF
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/if_link.h>
#include <net/if.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "common/instant.h"
#include "daemon/kernel/fast_path.h"
#include "daemon/kernel/linux.h"
#include "daemon/kernel/xdp_slot.h"

/* The most prefixes of access that go into a map. */
#define PREFIXES_MAX 16384

/* How often the clocks are compared at least, and at the most while none was compared well enough,
 * ns; the narrowest pair counts. */
#define COMPARISONS      3
#define COMPARISONS_MOST 16
#define WELL_ENOUGH_NS   1000

/* The program as the compiler left it. */
static const _Alignas(8) uint8_t object_code[] = {
#include "xdp_object.inc"
};

/* What we call of libbpf. */
#define LIBBPF_CALLS(X)                                                                            \
	X(libbpf_set_print)                                                                        \
	X(bpf_object__open_mem)                                                                    \
	X(bpf_object__load)                                                                        \
	X(bpf_object__close)                                                                       \
	X(bpf_object__find_program_by_name)                                                        \
	X(bpf_object__find_map_by_name)                                                            \
	X(bpf_program__fd)                                                                         \
	X(bpf_map__fd)                                                                             \
	X(bpf_map__set_max_entries)                                                                \
	X(bpf_link_create)                                                                         \
	X(bpf_map_lookup_elem)                                                                     \
	X(bpf_map_update_elem)                                                                     \
	X(bpf_map_delete_elem)                                                                     \
	X(bpf_map_get_next_key)                                                                    \
	X(libbpf_num_possible_cpus)

struct libbpf {
	void *handle;
#define CALL(name) __typeof__(name) *name;
	LIBBPF_CALLS(CALL)
#undef CALL
};

struct xdp {
	struct fast_path base;
	struct libbpf bpf;
	char interface[IF_NAMESIZE];
	int link, access4, access6, counts;
	int ioctl; /* a socket to ask for the hardware address */
	int cpus;
	struct xdp_state *state;
	struct xdp_set *sets; /* NULL: no clients are remembered */
	size_t n_sets;
	uint64_t secrets[2];
	struct xdp_slot rules; /* what publications have in common */
	uint64_t number;
};

static int open_library(struct libbpf *b)
{
	b->handle = dlopen("libbpf.so.1", RTLD_NOW | RTLD_LOCAL);
	if (b->handle == NULL)
		return -ELIBACC;
#define CALL(name)                                                                                 \
	b->name = (__typeof__(name) *)dlsym(b->handle, #name);                                     \
	if (b->name == NULL)                                                                       \
		return -ELIBBAD;
	LIBBPF_CALLS(CALL)
#undef CALL
	return 0;
}

static int64_t read_clock(clockid_t id)
{
	struct timespec t;

	clock_gettime(id, &t);
	return instant_from_s(t.tv_sec, t.tv_nsec);
}

static void xdp_read(struct fast_path *f, int64_t *ret_at, int64_t *ret_system)
{
	int64_t best = INT64_MAX;

	(void)f;
	for (int i = 0; i < COMPARISONS_MOST && (i < COMPARISONS || best > WELL_ENOUGH_NS); i++) {
		int64_t before = read_clock(CLOCK_BOOTTIME), system = read_clock(CLOCK_REALTIME);
		int64_t wide = read_clock(CLOCK_BOOTTIME) - before;

		if (wide >= best)
			continue;
		best = wide;
		*ret_at = before + wide / 2;
		*ret_system = system;
	}
}

/* Publishes a slot: whoever finds its number knows that it is whole. */
static void publish(struct xdp *x, struct xdp_slot *slot)
{
	uint32_t next = (x->state->current + 1) % XDP_SLOTS;
	struct xdp_slot *to = &x->state->slots[next];
	uint64_t number = slot->number;

	__atomic_store_n(&to->number, 0, __ATOMIC_SEQ_CST);
	slot->number = 0;
	memcpy(to, slot, sizeof(*to));
	__atomic_store_n(&to->number, number, __ATOMIC_SEQ_CST);
	__atomic_store_n(&x->state->current, next, __ATOMIC_SEQ_CST);
}

static void xdp_tell(struct fast_path *f, const struct fast_path_says *says)
{
	struct xdp *x = (struct xdp *)f;
	struct xdp_slot slot = x->rules;

	if (says != NULL && xdp_slot_tell(&slot, says) == 0)
		slot.number = ++x->number;
	publish(x, &slot);
}

/* Takes everything out of a map of prefixes. */
static int clear_prefixes(struct xdp *x, int map)
{
	struct xdp_prefix6 key;
	int r;

	while ((r = x->bpf.bpf_map_get_next_key(map, NULL, &key)) == 0) {
		r = x->bpf.bpf_map_delete_elem(map, &key);
		if (r < 0)
			return r;
	}
	return r == -ENOENT ? 0 : r;
}

static int put_prefix(struct xdp *x, const struct fast_path_prefix *p)
{
	struct xdp_prefix4 key4 = {.bits = (uint32_t)p->bits};
	struct xdp_prefix6 key6 = {.bits = (uint32_t)p->bits};
	uint32_t allowed = p->allowed;

	memcpy(&key4.ip, p->address.ip, sizeof(key4.ip));
	memcpy(key6.ip, p->address.ip, sizeof(key6.ip));
	return p->address.family == ADDRESS_IP4
		       ? x->bpf.bpf_map_update_elem(x->access4, &key4, &allowed, BPF_ANY)
		       : x->bpf.bpf_map_update_elem(x->access6, &key6, &allowed, BPF_ANY);
}

static int set_access(struct xdp *x, const struct fast_path_rules *rules)
{
	int r = clear_prefixes(x, x->access4);

	if (r == 0)
		r = clear_prefixes(x, x->access6);
	for (size_t i = 0; r == 0 && i < rules->n_prefixes; i++)
		r = put_prefix(x, &rules->prefixes[i]);
	return r;
}

static int find_mac(struct xdp *x)
{
	struct ifreq q = {0};

	memcpy(q.ifr_name, x->interface, sizeof(x->interface));
	if (ioctl(x->ioctl, SIOCGIFHWADDR, &q) < 0)
		return -errno;
	memcpy(x->rules.mac, q.ifr_hwaddr.sa_data, sizeof(x->rules.mac));
	return 0;
}

static int xdp_rules(struct fast_path *f, const struct fast_path_rules *rules)
{
	struct xdp *x = (struct xdp *)f;
	int r;

	xdp_tell(f, NULL);
	xdp_slot_rules(&x->rules, rules, x->n_sets);
	x->rules.secret = x->secrets[0];
	x->rules.salt = x->secrets[1];
	r = find_mac(x);
	return r < 0 ? r : set_access(x, rules);
}

static void xdp_count(struct fast_path *f, struct fast_path_counts *ret)
{
	struct xdp *x = (struct xdp *)f;
	struct xdp_counts *each = calloc((size_t)x->cpus, sizeof(*each));
	uint32_t key = 0;

	*ret = (struct fast_path_counts){0};
	if (each != NULL && x->bpf.bpf_map_lookup_elem(x->counts, &key, each) == 0)
		for (int i = 0; i < x->cpus; i++) {
			for (int v = 0; v < 4; v++)
				ret->hits[v] += each[i].hits[v];
			ret->drops += each[i].drops;
			ret->rate += each[i].rate;
		}
	free(each);
}

static void xdp_clients(
	struct fast_path *f, void (*each)(void *arg, const struct fast_path_client *c), void *arg)
{
	struct xdp *x = (struct xdp *)f;

	for (size_t i = 0; i < x->n_sets; i++)
		xdp_slot_set(&x->sets[i], each, arg);
}

static void close_fd(int fd)
{
	if (fd >= 0)
		close(fd);
}

static void xdp_close(struct fast_path *f)
{
	struct xdp *x = (struct xdp *)f;

	if (x->state != NULL)
		munmap(x->state, sizeof(*x->state));
	if (x->sets != NULL)
		munmap(x->sets, x->n_sets * sizeof(*x->sets));
	close_fd(x->link);
	close_fd(x->access4);
	close_fd(x->access6);
	close_fd(x->counts);
	close_fd(x->ioctl);
	if (x->bpf.handle != NULL)
		dlclose(x->bpf.handle);
	free(x);
}

static const struct fast_path_ops xdp_ops = {
	.read = xdp_read,
	.rules = xdp_rules,
	.tell = xdp_tell,
	.counts = xdp_count,
	.clients = xdp_clients,
	.close = xdp_close,
};

/* A map's descriptor for ourselves. -errno. */
static int keep_map(struct xdp *x, struct bpf_object *o, const char *name)
{
	struct bpf_map *map = x->bpf.bpf_object__find_map_by_name(o, name);
	int fd = map != NULL ? fcntl(x->bpf.bpf_map__fd(map), F_DUPFD_CLOEXEC, 3) : -1;

	return fd < 0 ? -errno : fd;
}

/* A map as memory of ours, or NULL. */
static void *keep_memory(struct xdp *x, struct bpf_object *o, const char *name, size_t n)
{
	int fd = keep_map(x, o, name);
	void *p = MAP_FAILED;

	if (fd >= 0)
		p = mmap(NULL, n, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	close_fd(fd);
	return p != MAP_FAILED ? p : NULL;
}

static int keep_maps(struct xdp *x, struct bpf_object *o)
{
	x->state = keep_memory(x, o, "published", sizeof(*x->state));
	x->access4 = keep_map(x, o, "access4");
	x->access6 = keep_map(x, o, "access6");
	x->counts = keep_map(x, o, "counts");
	if (x->n_sets > 0)
		x->sets = keep_memory(x, o, "clients", x->n_sets * sizeof(*x->sets));
	if (x->state == NULL || x->access4 < 0 || x->access6 < 0 || x->counts < 0 ||
		(x->n_sets > 0 && x->sets == NULL))
		return -EIO;
	return 0;
}

static int set_size(struct xdp *x, struct bpf_object *o, const char *name, size_t n)
{
	struct bpf_map *map = x->bpf.bpf_object__find_map_by_name(o, name);

	return map != NULL ? x->bpf.bpf_map__set_max_entries(map, (uint32_t)n) : -ENOENT;
}

static int load(struct xdp *x, struct bpf_object *o)
{
	int r = set_size(x, o, "access4", PREFIXES_MAX);

	if (r == 0)
		r = set_size(x, o, "access6", PREFIXES_MAX);
	if (r == 0)
		r = set_size(x, o, "clients", x->n_sets > 0 ? x->n_sets : 1);
	return r == 0 ? x->bpf.bpf_object__load(o) : r;
}

/* Where the driver cannot, the system does it for it, later. */
static int attach(struct xdp *x, struct bpf_object *o)
{
	int program = x->bpf.bpf_program__fd(x->bpf.bpf_object__find_program_by_name(o, "answer"));
	int index = (int)if_nametoindex(x->interface);
	LIBBPF_OPTS(bpf_link_create_opts, native, .flags = XDP_FLAGS_DRV_MODE);
	LIBBPF_OPTS(bpf_link_create_opts, generic, .flags = XDP_FLAGS_SKB_MODE);
	int r;

	if (index == 0)
		return -ENODEV;
	x->base.mode = "the driver";
	r = x->bpf.bpf_link_create(program, index, BPF_XDP, &native);
	if (r < 0 && r != -EBUSY && r != -EPERM) {
		x->base.mode = "the kernel, before its network code";
		r = x->bpf.bpf_link_create(program, index, BPF_XDP, &generic);
	}
	x->link = r;
	return r < 0 ? r : 0;
}

static int no_print(enum libbpf_print_level level, const char *format, va_list arguments)
{
	(void)level;
	(void)format;
	(void)arguments;
	return 0;
}

static int make(struct xdp *x, const struct fast_path_config *c)
{
	struct bpf_object *o;
	int r = open_library(&x->bpf);

	if (r < 0)
		return r;
	if (getrandom(x->secrets, sizeof(x->secrets), 0) != sizeof(x->secrets))
		return -EAGAIN;
	x->bpf.libbpf_set_print(no_print);
	x->cpus = x->bpf.libbpf_num_possible_cpus();
	x->n_sets = c->clients / XDP_SET;
	o = x->bpf.bpf_object__open_mem(object_code, sizeof(object_code), NULL);
	if (o == NULL)
		return -errno;
	r = load(x, o);
	if (r == 0)
		r = keep_maps(x, o);
	if (r == 0)
		r = attach(x, o);
	x->bpf.bpf_object__close(o);
	return r;
}

int linux_fast_path(struct kernel *k, const struct fast_path_config *c, struct fast_path **ret)
{
	struct xdp *x = calloc(1, sizeof(*x));
	int r;

	(void)k;
	if (x == NULL)
		return -ENOMEM;
	x->base.ops = &xdp_ops;
	x->link = x->access4 = x->access6 = x->counts = -1;
	strncpy(x->interface, c->interface, sizeof(x->interface) - 1);
	x->ioctl = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	r = x->ioctl < 0 ? -errno : make(x, c);
	if (r < 0) {
		xdp_close(&x->base);
		return r;
	}
	*ret = &x->base;
	return 0;
}
#endif
