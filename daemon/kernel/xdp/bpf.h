/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a program for the kernel's BPF machine needs of the kernel's interface, by the numbers of
 * linux/bpf.h: nothing but a compiler is needed to build it. On another machine (tests) the helpers
 * are functions of whoever includes this.
 */
#ifndef DAEMON_KERNEL_XDP_BPF_H
#define DAEMON_KERNEL_XDP_BPF_H

#include <stdint.h>

/** What becomes of a frame. */
enum xdp_action {
	XDP_DROP = 1,
	XDP_PASS = 2,
	XDP_TX = 3,
};

/** Types and flags of maps. */
#define BPF_MAP_TYPE_ARRAY        2
#define BPF_MAP_TYPE_PERCPU_ARRAY 6
#define BPF_MAP_TYPE_LPM_TRIE     11
#define BPF_NO_PREALLOC           1
#define BPF_MMAPABLE              1024

/** A map in the words that its loader understands. */
#define BPF_MAP(name, kind, entries, flags, key_type, value_type)                                  \
	struct {                                                                                   \
		int (*type)[kind];                                                                 \
		int (*max_entries)[entries];                                                       \
		int (*map_flags)[flags];                                                           \
		key_type *key;                                                                     \
		value_type *value;                                                                 \
	} name BPF_SECTION(".maps")

#ifdef __bpf__
#define BPF_SECTION(name) __attribute__((section(name), used))

/** A frame. */
struct xdp_md {
	uint32_t data, data_end, data_meta, ingress_ifindex, rx_queue_index, egress_ifindex;
};

static void *(*const bpf_map_lookup_elem)(void *map, const void *key) = (void *)1;
static uint32_t (*const bpf_get_prandom_u32)(void) = (void *)7;
static uint64_t (*const bpf_ktime_get_boot_ns)(void) = (void *)125;
#else
#define BPF_SECTION(name)

struct xdp_md {
	uintptr_t data, data_end;
};

static void *bpf_map_lookup_elem(void *map, const void *key);
static uint32_t bpf_get_prandom_u32(void);
static uint64_t bpf_ktime_get_boot_ns(void);
#endif

#endif
