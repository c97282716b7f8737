/* SPDX-License-Identifier: BSD-2-Clause */
/* Names looked up by helper processes of the Linux kernel object. */
#define _GNU_SOURCE
#include "config.h"

#include <errno.h>
#include <signal.h>
#include <sys/stat.h>

#include "test/unit/linux_scene.h"

/** What resolve() told. */
struct told {
	int times, error;
	size_t n;
	struct address first;
};

static void tell(void *arg, int error, const struct address *addresses, size_t n)
{
	struct told *t = arg;

	t->times++;
	t->error = error;
	t->n = n;
	if (n > 0)
		t->first = addresses[0];
}

static void turn(struct scene *s, const struct told *t, int times)
{
	for (int i = 0; i < 300 && t->times < times; i++)
		assert_int_equal(s->k->ops->wait(s->k, NULL, 0, 100 * MS), 0);
}

static void test_resolve_literal(void **state)
{
	struct scene *s = *state;
	struct told a = {0}, b = {0}, c = {0};
	int64_t start = raw_now(s);

	assert_int_equal(s->k->ops->resolve(s->k, "127.0.0.1", ADDRESS_NONE, tell, &a), 0);
	assert_int_equal(s->k->ops->resolve(s->k, "2001:db8::5", ADDRESS_IP6, tell, &b), 0);
	assert_int_equal(s->k->ops->resolve(s->k, "127.0.0.1", ADDRESS_IP6, tell, &c), 0);
	assert_int_equal(a.times, 0); /* from wait(), not from the call */
	assert_int_equal(s->k->ops->wait(s->k, NULL, 0, 10000 * MS), 0);
	assert_true(raw_now(s) - start < 5000 * MS);
	assert_int_equal(a.times, 1);
	assert_int_equal(a.error, 0);
	assert_int_equal(a.n, 1);
	assert_int_equal(address_u32(&a.first), 0x7f000001);
	assert_int_equal(b.first.family, ADDRESS_IP6);
	assert_int_equal(c.error, -ENOENT);
	assert_int_equal(linux_kernel(s->k)->helpers[0].fd, -1); /* needed no helper */
}

static void names(struct scene *s)
{
	struct told a = {0}, b = {0};
	struct pollfd polls[LINUX_HELPERS];

	assert_int_equal(s->k->ops->resolve(s->k, "localhost", ADDRESS_IP4, tell, &a), 0);
	assert_int_equal(s->k->ops->resolve(s->k, "-no such name-", ADDRESS_NONE, tell, &b), 0);
	turn(s, &a, 1);
	turn(s, &b, 1);
	assert_int_equal(a.times, 1);
	assert_int_equal(a.error, 0);
	assert_int_equal(address_u32(&a.first), 0x7f000001);
	assert_int_equal(b.times, 1);
	assert_true(b.error == -ENOENT || b.error == -EAGAIN);
	assert_int_equal(b.n, 0);
	assert_int_equal(linux_resolve_polls(linux_kernel(s->k), polls), 0);
}

static void test_resolve_name(void **state)
{
	names(*state);
	names(*state); /* the helper is still of use */
}

static void test_resolve_under_interposer(void **state)
{
	struct scene *s = *state;

	poor(s);
	names(s);
	assert_int_equal(linux_kernel(s->k)->helpers[0].fd, -1);
}

static void test_resolve_name_too_long(void **state)
{
	struct scene *s = *state;
	char name[400];
	struct told t = {0};

	memset(name, 'a', sizeof name - 1);
	name[sizeof name - 1] = '\0';
	assert_int_equal(s->k->ops->resolve(s->k, name, ADDRESS_NONE, tell, &t), -ENAMETOOLONG);
}

static void test_resolve_cancel(void **state)
{
	struct scene *s = *state;
	struct told a = {0}, b = {0};

	assert_int_equal(s->k->ops->resolve(s->k, "localhost", ADDRESS_NONE, tell, &a), 0);
	assert_int_equal(s->k->ops->resolve(s->k, "127.0.0.1", ADDRESS_NONE, tell, &a), 0);
	assert_int_equal(s->k->ops->resolve(s->k, "localhost", ADDRESS_IP4, tell, &b), 0);
	s->k->ops->resolve_cancel(s->k, &a);
	turn(s, &b, 1);
	assert_int_equal(a.times, 0);
	assert_int_equal(b.times, 1);
	assert_int_equal(b.error, 0);
}

static void test_resolve_helper_killed(void **state)
{
	struct scene *s = *state;
	struct linux_kernel *l = linux_kernel(s->k);
	struct told a = {0}, b = {0}, c = {0};
	pid_t first;

	/* started, and stopped so that it cannot answer before it is killed */
	assert_int_equal(s->k->ops->resolve(s->k, "localhost", ADDRESS_IP4, tell, &a), 0);
	turn(s, &a, 1);
	first = l->helpers[0].pid;
	assert_int_equal(kill(first, SIGSTOP), 0);
	assert_int_equal(s->k->ops->resolve(s->k, "localhost", ADDRESS_IP4, tell, &b), 0);
	assert_int_equal(s->k->ops->resolve(s->k, "localhost", ADDRESS_IP4, tell, &c), 0);
	assert_int_equal(kill(first, SIGKILL), 0);
	turn(s, &b, 1);
	turn(s, &c, 1);
	assert_int_equal(b.times, 1);
	assert_int_equal(b.error, -EAGAIN);
	assert_int_equal(c.error, 0);         /* was with another */
	assert_int_equal(kill(first, 0), -1); /* and was reaped */
	assert_int_equal(s->k->ops->resolve(s->k, "localhost", ADDRESS_IP4, tell, &b), 0);
	turn(s, &b, 2);
	assert_int_equal(b.error, 0);
	assert_int_not_equal(l->helpers[0].pid, first);
}

/* A helper whose question nobody answers keeps only that one waiting. */
static void test_resolve_dead_name(void **state)
{
	struct scene *s = *state;
	struct linux_kernel *l = linux_kernel(s->k);
	struct told dead = {0}, good[2 * LINUX_HELPERS] = {0};

	assert_int_equal(s->k->ops->resolve(s->k, "localhost", ADDRESS_IP4, tell, &good[0]), 0);
	turn(s, &good[0], 1);
	assert_int_equal(kill(l->helpers[0].pid, SIGSTOP), 0);
	assert_int_equal(s->k->ops->resolve(s->k, "localhost", ADDRESS_IP4, tell, &dead), 0);
	for (int i = 0; i < 2 * LINUX_HELPERS; i++)
		assert_int_equal(
			s->k->ops->resolve(s->k, "localhost", ADDRESS_IP4, tell, &good[i]), 0);
	for (int i = 0; i < 2 * LINUX_HELPERS; i++) {
		turn(s, &good[i], i == 0 ? 2 : 1);
		assert_int_equal(good[i].times, i == 0 ? 2 : 1);
		assert_int_equal(good[i].error, 0);
	}
	assert_int_equal(dead.times, 0);
	for (int i = 1; i < LINUX_HELPERS; i++)
		assert_int_equal(l->helpers[i].fd, -1); /* nothing to do: gone */
	assert_int_equal(kill(l->helpers[0].pid, SIGCONT), 0);
	turn(s, &dead, 1);
	assert_int_equal(dead.error, 0);
}

/* The helper must hold none of the daemon's descriptors, nor any right. */
static void test_helper_is_bare(void **state)
{
	struct scene *s = *state;
	struct kernel_socket udp = {.family = ADDRESS_IP4};
	int extra = s->k->ops->open(s->k, &udp);
	struct told a = {0};
	char path[64], line[256];
	bool seen = false;
	FILE *f;

	assert_int_equal(s->k->ops->resolve(s->k, "localhost", ADDRESS_IP4, tell, &a), 0);
	turn(s, &a, 1);
	snprintf(path, sizeof path, "/proc/%d/fd/%d", (int)linux_kernel(s->k)->helpers[0].pid,
		extra);
	assert_int_equal(readlink(path, line, sizeof line), -1);
	snprintf(path, sizeof path, "/proc/%d/status", (int)linux_kernel(s->k)->helpers[0].pid);
	f = fopen(path, "r");
	assert_non_null(f);
	while (fgets(line, sizeof line, f) != NULL)
		if (strncmp(line, "CapPrm:", 7) == 0 || strncmp(line, "CapEff:", 7) == 0) {
			assert_int_equal(strtoull(line + 7, NULL, 16), 0);
			seen = true;
		}
	fclose(f);
	assert_true(seen);
	s->k->ops->close(s->k, extra);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		SCENE_TEST(test_resolve_literal),
		SCENE_TEST(test_resolve_name),
		SCENE_TEST(test_resolve_under_interposer),
		SCENE_TEST(test_resolve_name_too_long),
		SCENE_TEST(test_resolve_cancel),
		SCENE_TEST(test_resolve_helper_killed),
		SCENE_TEST(test_resolve_dead_name),
		SCENE_TEST(test_helper_is_bare),
	};

	umask(022);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
