/* SPDX-License-Identifier: BSD-2-Clause */
/* The loop on a kernel whose time moves only while it waits. */
#include "config.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "common/instant.h"
#include "daemon/kernel/kernel.h"
#include "daemon/loop/loop.h"

/** What the next wait() finds ready. */
struct fake {
	struct kernel base;
	int64_t now;
	int ready[8];
	size_t n_ready;
	int64_t timeout;           /**< of the last wait() */
	size_t waited_for;         /**< descriptors in it */
	int error;                 /**< wait() fails with it */
	void (*inside)(void *arg); /**< called in wait() after time has passed */
	void *inside_arg;
};

static void fake_clocks(struct kernel *k, struct kernel_clocks *ret)
{
	*ret = (struct kernel_clocks){((struct fake *)k)->now, 0, 0};
}

static int fake_wait(struct kernel *k, struct kernel_wait *w, size_t n, int64_t timeout_ns)
{
	struct fake *f = (struct fake *)k;
	int ready = 0;

	f->timeout = timeout_ns;
	f->waited_for = n;
	if (f->error != 0)
		return f->error;
	if (f->n_ready == 0 && timeout_ns > 0)
		f->now += timeout_ns;
	if (f->inside != NULL)
		f->inside(f->inside_arg);
	for (size_t i = 0; i < n; i++)
		for (size_t j = 0; j < f->n_ready; j++)
			if (w[i].fd == f->ready[j]) {
				w[i].got = KERNEL_READ | KERNEL_STAMP;
				ready++;
			}
	f->n_ready = 0;
	return ready;
}

static const struct kernel_ops fake_ops = {.clocks = fake_clocks, .wait = fake_wait};

/** A scene: a loop, what ran in it. */
struct scene {
	struct fake kernel;
	struct loop *loop;
	char ran[256];
	size_t n;
};

/** An actor writes its letter, then may act. */
struct actor {
	struct scene *scene;
	struct loop_timer timer;
	char letter;
	int fd;
	unsigned got;
	void (*act)(struct actor *a);
	struct actor *other;
};

static void run(void *arg)
{
	struct actor *a = arg;

	assert_true(a->scene->n < sizeof a->scene->ran - 1);
	a->scene->ran[a->scene->n++] = a->letter;
	if (a->act != NULL)
		a->act(a);
}

static void ready(void *arg, unsigned got)
{
	((struct actor *)arg)->got = got;
	run(arg);
}

static int setup(void **state)
{
	struct scene *s = calloc(1, sizeof *s);

	s->kernel.base.ops = &fake_ops;
	s->kernel.now = 1000;
	s->loop = loop_create(&s->kernel.base);
	*state = s;
	return s->loop == NULL;
}

static int teardown(void **state)
{
	struct scene *s = *state;

	loop_destroy(s->loop);
	free(s);
	return 0;
}

static void timer_actor(struct scene *s, struct actor *a, char letter)
{
	memset(a, 0, sizeof *a);
	a->scene = s;
	a->letter = letter;
	assert_int_equal(loop_timer_init(s->loop, &a->timer, run, a), 0);
}

static void fd_actor(struct scene *s, struct actor *a, char letter, int fd)
{
	memset(a, 0, sizeof *a);
	a->scene = s;
	a->letter = letter;
	a->fd = fd;
	assert_int_equal(loop_watch(s->loop, fd, KERNEL_READ, ready, a), 0);
}

static void test_timer_order(void **state)
{
	struct scene *s = *state;
	struct actor a[5];

	for (int i = 0; i < 5; i++)
		timer_actor(s, &a[i], (char)('a' + i));
	loop_timer_set(s->loop, &a[0].timer, 5000);
	loop_timer_set(s->loop, &a[1].timer, 3000);
	loop_timer_set(s->loop, &a[2].timer, 5000);
	loop_timer_set(s->loop, &a[3].timer, 4000);
	loop_timer_set(s->loop, &a[4].timer, 5000);
	assert_int_equal(loop_turn(s->loop), 0);
	assert_int_equal(s->kernel.timeout, 2000);
	assert_int_equal(loop_now(s->loop), 3000);
	assert_string_equal(s->ran, "b");
	assert_int_equal(loop_turn(s->loop), 0);
	assert_int_equal(loop_turn(s->loop), 0);
	assert_string_equal(s->ran, "bdace");
	assert_int_equal(loop_turn(s->loop), 0);
	assert_int_equal(s->kernel.timeout, -1);
}

static void test_timer_moves(void **state)
{
	struct scene *s = *state;
	struct actor a, b;

	timer_actor(s, &a, 'a');
	timer_actor(s, &b, 'b');
	loop_timer_in(s->loop, &a.timer, 1.0);
	assert_int_equal(a.timer.at, 1000 + INSTANT_S);
	loop_timer_set(s->loop, &b.timer, 2000);
	loop_timer_set(s->loop, &a.timer, 1500);
	loop_timer_stop(s->loop, &b.timer);
	loop_timer_stop(s->loop, &b.timer);
	loop_turn(s->loop);
	loop_turn(s->loop);
	assert_string_equal(s->ran, "a");
	assert_int_equal(a.timer.position, 0);
	loop_timer_done(s->loop, &a.timer);
	loop_timer_done(s->loop, &a.timer);
}

static int compare(const void *x, const void *y)
{
	const struct loop_timer *a = *(struct loop_timer *const *)x;
	const struct loop_timer *b = *(struct loop_timer *const *)y;

	if (a->at != b->at)
		return a->at < b->at ? -1 : 1;
	return a->order < b->order ? -1 : 1;
}

static struct loop_timer *fired[1000];
static size_t n_fired;

static void note(void *arg)
{
	fired[n_fired++] = arg;
}

/* A thousand timers set, moved and stopped at random come out sorted. */
static void test_heap_at_random(void **state)
{
	enum {
		N = 1000
	};
	struct scene *s = *state;
	struct loop_timer *t = calloc(N, sizeof *t), *expected[N];
	size_t n = 0;

	srand(7);
	n_fired = 0;
	for (int i = 0; i < N; i++)
		assert_int_equal(loop_timer_init(s->loop, &t[i], note, &t[i]), 0);
	for (int i = 0; i < 20 * N; i++) {
		struct loop_timer *x = &t[rand() % N];

		if (rand() % 3 == 0)
			loop_timer_stop(s->loop, x);
		else
			loop_timer_set(s->loop, x, 2000 + rand() % 300);
	}
	for (int i = 0; i < N; i++)
		if (t[i].position != 0)
			expected[n++] = &t[i];
	qsort(expected, n, sizeof *expected, compare);
	s->kernel.now = 5000;
	assert_int_equal(loop_turn(s->loop), 0);
	assert_int_equal(n_fired, n);
	for (size_t i = 0; i < n; i++)
		assert_ptr_equal(fired[i], expected[i]);
	for (int i = 0; i < N; i++)
		loop_timer_done(s->loop, &t[i]);
	free(t);
}

static void again_in_the_past(struct actor *a)
{
	loop_timer_set(a->scene->loop, &a->timer, 0);
}

/* A timer that sets itself to the past runs once a turn, and others get their turn too. */
static void test_no_starvation(void **state)
{
	struct scene *s = *state;
	struct actor a, b, c;

	timer_actor(s, &a, 'a');
	timer_actor(s, &b, 'b');
	fd_actor(s, &c, 'c', 5);
	a.act = again_in_the_past;
	loop_timer_set(s->loop, &a.timer, 0);
	loop_timer_set(s->loop, &b.timer, 1000);
	loop_turn(s->loop);
	assert_string_equal(s->ran, "ab");
	s->kernel.ready[0] = 5;
	s->kernel.n_ready = 1;
	loop_turn(s->loop);
	assert_string_equal(s->ran, "abca");
	assert_int_equal(s->kernel.timeout, 0);
}

static void stop_other(struct actor *a)
{
	loop_timer_stop(a->scene->loop, &a->other->timer);
}

static void set_other(struct actor *a)
{
	loop_timer_set(a->scene->loop, &a->other->timer, 0);
}

static void test_set_and_stop_during_dispatch(void **state)
{
	struct scene *s = *state;
	struct actor a, b, c;

	timer_actor(s, &a, 'a');
	timer_actor(s, &b, 'b');
	timer_actor(s, &c, 'c');
	a.act = stop_other;
	a.other = &b;
	loop_timer_set(s->loop, &a.timer, 1000);
	loop_timer_set(s->loop, &b.timer, 1000);
	loop_timer_set(s->loop, &c.timer, 1000);
	c.act = set_other;
	c.other = &b;
	loop_turn(s->loop);
	assert_string_equal(s->ran, "ac");
	loop_turn(s->loop);
	assert_string_equal(s->ran, "acb");
}

static void test_watch(void **state)
{
	struct scene *s = *state;
	struct actor a, b;

	fd_actor(s, &a, 'a', 9);
	fd_actor(s, &b, 'b', 4);
	assert_int_equal(loop_watch(s->loop, 4, KERNEL_READ, ready, &b), -EEXIST);
	assert_int_equal(loop_watch(s->loop, -1, KERNEL_READ, ready, &b), -EBADF);
	memcpy(s->kernel.ready, (int[]){4, 9}, 2 * sizeof(int));
	s->kernel.n_ready = 2;
	loop_turn(s->loop);
	/* in the order they were watched, with what was wanted only */
	assert_string_equal(s->ran, "ab");
	assert_int_equal(a.got, KERNEL_READ);
	loop_rewatch(s->loop, 4, KERNEL_STAMP);
	s->kernel.n_ready = 1;
	loop_turn(s->loop);
	assert_int_equal(b.got, KERNEL_STAMP);
	loop_unwatch(s->loop, 4);
	loop_unwatch(s->loop, 4);
	loop_turn(s->loop);
	assert_int_equal(s->kernel.waited_for, 1);
}

/* Unwatches the other, then opens a "new" descriptor of the same number. */
static void replace_other(struct actor *a)
{
	loop_unwatch(a->scene->loop, a->other->fd);
	a->other->letter = 'n';
	assert_int_equal(loop_watch(a->scene->loop, a->other->fd, KERNEL_READ, ready, a->other), 0);
}

static void test_unwatch_during_dispatch(void **state)
{
	struct scene *s = *state;
	struct actor a, b;

	fd_actor(s, &a, 'a', 3);
	fd_actor(s, &b, 'b', 4);
	a.act = replace_other;
	a.other = &b;
	memcpy(s->kernel.ready, (int[]){3, 4}, 2 * sizeof(int));
	s->kernel.n_ready = 2;
	loop_turn(s->loop);
	/* what was ready was the old one: the new one must not hear of it */
	assert_string_equal(s->ran, "a");
	s->kernel.ready[0] = 4;
	s->kernel.n_ready = 1;
	loop_turn(s->loop);
	assert_string_equal(s->ran, "an");
}

static void unwatch_self(struct actor *a)
{
	loop_unwatch(a->scene->loop, a->fd);
}

static void test_unwatch_self(void **state)
{
	struct scene *s = *state;
	struct actor a, b;

	fd_actor(s, &a, 'a', 3);
	fd_actor(s, &b, 'b', 4);
	a.act = unwatch_self;
	memcpy(s->kernel.ready, (int[]){3, 4}, 2 * sizeof(int));
	for (int i = 0; i < 2; i++) {
		s->kernel.n_ready = 2;
		loop_turn(s->loop);
	}
	assert_string_equal(s->ran, "abb");
}

static void watch_many(void *arg)
{
	struct actor *a = arg;

	a->scene->kernel.inside = NULL;
	for (int i = 100; i < 200; i++)
		assert_int_equal(loop_watch(a->scene->loop, i, KERNEL_READ, ready, a), 0);
	loop_timer_in(a->scene->loop, &a->timer, 1.0);
}

/* Resolved names are delivered inside wait(), after time has passed. */
static void test_act_inside_wait(void **state)
{
	struct scene *s = *state;
	struct actor a, b;

	timer_actor(s, &a, 'a');
	timer_actor(s, &b, 'b');
	loop_timer_in(s->loop, &b.timer, 10.0);
	s->kernel.inside = watch_many;
	s->kernel.inside_arg = &a;
	loop_turn(s->loop);
	assert_int_equal(a.timer.at, 1000 + 11 * INSTANT_S);
	assert_string_equal(s->ran, "b");
	loop_turn(s->loop);
	assert_int_equal(s->kernel.waited_for, 100);
	assert_string_equal(s->ran, "ba");
}

static void stop_loop(struct actor *a)
{
	loop_stop(a->scene->loop, 3);
}

static void test_stop(void **state)
{
	struct scene *s = *state;
	struct actor a, b;
	int status = -1;

	timer_actor(s, &a, 'a');
	timer_actor(s, &b, 'b');
	a.act = stop_loop;
	loop_timer_set(s->loop, &a.timer, 0);
	loop_timer_set(s->loop, &b.timer, 0);
	assert_false(loop_stopped(s->loop, &status));
	assert_int_equal(status, -1);
	loop_turn(s->loop);
	assert_string_equal(s->ran, "a");
	assert_true(loop_stopped(s->loop, &status));
	assert_int_equal(status, 3);
}

static void nothing(void *arg, unsigned got)
{
	(void)arg;
	(void)got;
}

static void test_idle(void **state)
{
	struct scene *s = *state;
	struct actor a;

	assert_true(loop_idle(s->loop));
	timer_actor(s, &a, 'a');
	assert_true(loop_idle(s->loop));
	loop_timer_in(s->loop, &a.timer, 1.0);
	assert_false(loop_idle(s->loop));
	loop_timer_stop(s->loop, &a.timer);
	assert_true(loop_idle(s->loop));
	assert_int_equal(loop_watch(s->loop, 7, KERNEL_READ, nothing, NULL), 0);
	assert_false(loop_idle(s->loop));
	loop_unwatch(s->loop, 7);
	assert_true(loop_idle(s->loop));
	loop_stop(s->loop, 0);
	assert_false(loop_idle(s->loop));
}

static void test_wait_fails(void **state)
{
	struct scene *s = *state;

	s->kernel.error = -ENOMEM;
	assert_int_equal(loop_turn(s->loop), -ENOMEM);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
		TEST(test_timer_order), TEST(test_timer_moves), TEST(test_heap_at_random),
		TEST(test_no_starvation), TEST(test_set_and_stop_during_dispatch), TEST(test_watch),
		TEST(test_unwatch_during_dispatch), TEST(test_unwatch_self),
		TEST(test_act_inside_wait), TEST(test_stop), TEST(test_idle),
		TEST(test_wait_fails)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
