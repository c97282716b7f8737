/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The SHM driver and the segment it is attached to: whose that is, that it may be removed, and that
 * others write to it at the same time.
 */
#include "config.h"

#include <errno.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "common/instant.h"
#include "common/text.h"
#include "daemon/kernel/kernel.h"
#include "refclocks/refclock.h"
#include "refclocks/shm_segment.h"

extern const struct refclock_driver refclock_driver_shm;

struct memory {
	struct kernel kernel; /* first: the kernel handed in is this */
	struct shm_segment segments[2];
	int current; /**< which of them others see */
	int error;   /**< of attaching */
	unsigned attached;
	struct kernel_memory state;
	struct refclock_env env;
	struct refclock_instance *clock;
	unsigned samples, refused;
	enum status_clock_fault kind;
	char trouble[256];
};

static struct memory *memory_of(struct kernel *k)
{
	return (struct memory *)(void *)k;
}

static int attach(struct kernel *k, int32_t key, size_t size, unsigned mode, void **ret)
{
	struct memory *m = memory_of(k);

	(void)mode;
	assert_true(key >= SHM_KEY && size == sizeof(struct shm_segment));
	if (m->error < 0)
		return m->error;
	m->attached++;
	*ret = &m->segments[m->current];
	return m->current;
}

static int state(struct kernel *k, int32_t key, int id, struct kernel_memory *ret)
{
	assert_true(key >= SHM_KEY);
	*ret = memory_of(k)->state;
	return id == memory_of(k)->current ? 0 : -EIDRM;
}

static void detach(struct kernel *k, void *memory)
{
	(void)memory;
	memory_of(k)->attached--;
}

static const struct kernel_ops ops = {
	.memory_attach = attach, .memory_state = state, .memory_detach = detach};

static bool take_sample(
	void *arg, int64_t system, double offset, double dispersion, enum leap leap, bool pulse)
{
	struct memory *m = arg;

	assert_true(system == 1000 * INSTANT_S && offset == 1 && dispersion == 0);
	assert_true(leap == LEAP_NONE && !pulse);
	m->samples++;
	return true;
}

static void take_refused(void *arg, const char *why)
{
	(void)why;
	((struct memory *)arg)->refused++;
}

static void take_trouble(void *arg, enum status_clock_fault kind, const char *what)
{
	struct memory *m = arg;

	m->kind = kind;
	text_copy(m->trouble, sizeof(m->trouble), what != NULL ? what : "");
}

static int create(struct memory *m, const char *parameter, char why[256])
{
	static const struct refclock_sink sink = {
		.sample = take_sample, .refused = take_refused, .trouble = take_trouble};
	struct settings_refclock s = settings_refclock_default();
	struct text t = text_on(why, 256);

	m->kernel.ops = &ops;
	m->env.kernel = &m->kernel;
	text_copy(s.parameter, sizeof(s.parameter), parameter);
	return refclock_driver_shm.create(&m->env, &s, &sink, m, &t, &m->clock);
}

static void leave(struct memory *m)
{
	struct shm_segment *s = &m->segments[m->current];

	s->clock_s = 1001;
	s->receive_s = 1000;
	s->valid = 1;
}

/** Units 0 and 1 are root's: what anybody may write to is not believed. */
static void what_others_may_write_is_refused(void **unused)
{
	static const struct {
		const char *parameter;
		struct kernel_memory state;
		int error;
	} cases[] = {
		{"0", {.mode = 0600}, 0},
		{"1", {.mode = 0644}, 0},
		{"0", {.mode = 0666}, -EKEYREJECTED},
		{"1", {.mode = 0620}, -EKEYREJECTED},
		{"1", {.mode = 0600, .foreign = true}, -EKEYREJECTED},
		{"0:perm=0666", {.mode = 0666, .foreign = true}, 0},
		{"2", {.mode = 0666, .foreign = true}, 0},
	};
	char why[256];

	(void)unused;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct memory m = {.state = cases[i].state};

		assert_int_equal(create(&m, cases[i].parameter, why), cases[i].error);
		if (cases[i].error < 0)
			assert_non_null(strstr(why, "others may write to it: remove it (ipcrm -M "
						    "0x4e54503"));
		else
			refclock_driver_shm.destroy(m.clock);
		assert_int_equal(m.attached, 0);
	}
}

static void another_segment_is_found(void **unused)
{
	struct memory m = {.current = 0};
	char why[256];

	(void)unused;
	assert_int_equal(create(&m, "0", why), 0);
	leave(&m);
	refclock_driver_shm.poll(m.clock);
	assert_int_equal(m.samples, 1);
	/* It is removed, and another one made. */
	m.current = 1;
	leave(&m);
	refclock_driver_shm.poll(m.clock);
	assert_int_equal(m.samples, 2);
	assert_int_equal(m.attached, 1);
	assert_string_equal(m.trouble, "");
	/* Then one that we may not have: said, and tried again. */
	m.current = 0;
	m.error = -EACCES;
	refclock_driver_shm.poll(m.clock);
	assert_string_equal(m.trouble, "shmget() failed : Permission denied: another "
				       "user made it; start gnomond first, or let perm= say more");
	assert_int_equal(m.attached, 0);
	m.error = 0;
	m.state = (struct kernel_memory){.mode = 0666};
	refclock_driver_shm.poll(m.clock);
	assert_non_null(strstr(m.trouble, "others may write to it"));
	assert_int_equal(m.kind, STATUS_CLOCK_FAULT);
	m.state.mode = 0600;
	leave(&m);
	refclock_driver_shm.poll(m.clock);
	assert_string_equal(m.trouble, "");
	assert_int_equal(m.samples, 3);
	refclock_driver_shm.destroy(m.clock);
	assert_int_equal(m.attached, 0);
}

static void samples_are_counted(void **unused)
{
	struct memory m = {.current = 0};
	char why[256], counts[64];
	struct text t = text_on(counts, sizeof(counts));

	(void)unused;
	assert_int_equal(create(&m, "0:limit=0.5", why), 0);
	refclock_driver_shm.poll(m.clock);
	/* One second is more than the limit. */
	leave(&m);
	refclock_driver_shm.poll(m.clock);
	leave(&m);
	m.segments[0].leap = 17;
	refclock_driver_shm.poll(m.clock);
	refclock_driver_shm.count(m.clock, &t);
	assert_string_equal(counts, "  3   0   1   2   0");
	assert_int_equal(m.refused, 2);
	t = text_on(counts, sizeof(counts));
	refclock_driver_shm.count(m.clock, &t);
	assert_string_equal(counts, "  0   0   0   0   0");
	refclock_driver_shm.destroy(m.clock);
}

/** Samples to take while another writes, and looks for them at most. */
#define TAKEN 2000
#define LOOKS 100000000U

struct written {
	struct shm_segment segment;
	atomic_bool enough;
};

/** A writer as chrony-files 5 has it, mode 1, which says first that there is nothing: all fields of
 * one sample are the same number. */
static void *write_on(void *arg)
{
	struct written *w = arg;
	volatile struct shm_segment *s = &w->segment;

	for (int i = 0; !atomic_load(&w->enough); i = (i + 1) % 1000000) {
		s->valid = 0;
		atomic_thread_fence(memory_order_seq_cst);
		s->count++;
		atomic_thread_fence(memory_order_seq_cst);
		s->clock_s = i;
		s->clock_us = s->receive_us = i;
		s->clock_ns = s->receive_ns = (unsigned)i * 1000;
		s->receive_s = i;
		atomic_thread_fence(memory_order_seq_cst);
		s->count++;
		atomic_thread_fence(memory_order_seq_cst);
		s->valid = 1;
		/* Some time to find it. */
		for (int j = 0; j < i % 64; j++)
			atomic_thread_fence(memory_order_seq_cst);
	}
	return NULL;
}

/** Whatever the writer does meanwhile, what is taken is of one sample. */
static void torn_samples_are_not_taken(void **unused)
{
	static struct written w;
	unsigned taken = 0, torn = 0, mixed = 0;
	pthread_t writer;

	(void)unused;
	w.segment.mode = 1;
	assert_int_equal(pthread_create(&writer, NULL, write_on, &w), 0);
	for (unsigned i = 0; i < LOOKS && taken < TAKEN; i++) {
		struct shm_sample m;
		const char *why;
		int e = shm_take(&w.segment, &m, &why);

		torn += e == -EBUSY;
		taken += e == 0;
		mixed += e == 0 &&
			 (m.reference != m.system ||
				 m.reference / INSTANT_S != m.reference % INSTANT_S / 1000);
	}
	atomic_store(&w.enough, true);
	pthread_join(writer, NULL);
	print_message("%u taken, %u torn, %u mixed\n", taken, torn, mixed);
	assert_true(taken > 0);
	assert_int_equal(mixed, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_others_may_write_is_refused),
		cmocka_unit_test(another_segment_is_found),
		cmocka_unit_test(samples_are_counted),
		cmocka_unit_test(torn_samples_are_not_taken),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
