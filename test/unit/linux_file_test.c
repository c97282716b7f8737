/* SPDX-License-Identifier: BSD-2-Clause */
/* Files by the Linux kernel object. */
#define _GNU_SOURCE
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "test/unit/linux_scene.h"

static void test_file_save_and_load(void **state)
{
	struct scene *s = *state;
	const char *path = in_directory(s, "drift");
	char p[16];
	unsigned mode;
	struct stat st;
	int64_t t;
	size_t n = 77;

	assert_int_equal(s->k->ops->file_load(s->k, path, (uint8_t *)p, sizeof p, &n), -ENOENT);
	assert_int_equal(n, 77);
	assert_int_equal(s->k->ops->file_save(s->k, path, text("old content"), 0640), 0);
	assert_int_equal(s->k->ops->file_save(s->k, path, text("new"), 0640), 0);
	assert_int_equal(s->k->ops->file_load(s->k, path, (uint8_t *)p, sizeof p, &n), 0);
	assert_int_equal(n, 3);
	assert_memory_equal(p, "new", 3);
	assert_int_equal(s->k->ops->file_load(s->k, path, (uint8_t *)p, 3, &n), 0);
	assert_int_equal(s->k->ops->file_load(s->k, path, (uint8_t *)p, 2, &n), -EFBIG);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0640);
	assert_int_equal(s->k->ops->file_mode(s->k, path, &mode), 0);
	assert_int_equal(mode, 0640);
	assert_int_equal(s->k->ops->file_time(s->k, path, &t), 0);
	assert_true(llabs(system_now(s) - t) < 5000 * MS);
	assert_int_equal(s->k->ops->file_remove(s->k, path), 0);
	assert_int_equal(s->k->ops->file_remove(s->k, path), -ENOENT);
	assert_int_equal(s->k->ops->file_time(s->k, path, &t), -ENOENT);
}

/* Files may say any year: ext4 knows those to 2446. */
static void test_file_time_far(void **state)
{
	struct scene *s = *state;
	const char *path = in_directory(s, "drift");
	struct timespec far[2] = {
		{.tv_sec = INT64_C(15000000000)}, {.tv_sec = INT64_C(15000000000)}};
	struct stat st;
	int64_t t;

	assert_int_equal(s->k->ops->file_save(s->k, path, text("x"), 0644), 0);
	assert_int_equal(utimensat(AT_FDCWD, path, far, 0), 0);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(s->k->ops->file_time(s->k, path, &t), 0);
	if (st.st_mtim.tv_sec < far[0].tv_sec)
		skip(); /* this file system does not */
	assert_true(t == INT64_MAX);
}

/* A write that fails half-way, as on a full disk: by the limit on the size of files. */
static void test_file_save_keeps_old_content(void **state)
{
	struct scene *s = *state;
	const char *path = in_directory(s, "drift");
	struct rlimit old, small;
	char p[16], beside[160];
	int set, saved, appended;
	size_t n;

	assert_int_equal(s->k->ops->file_save(s->k, path, text("old"), 0644), 0);
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &old), 0);
	small = (struct rlimit){5, old.rlim_max};
	/* Nothing else may fail by the limit, not even a word of a failure. */
	signal(SIGXFSZ, SIG_IGN);
	set = setrlimit(RLIMIT_FSIZE, &small);
	saved = s->k->ops->file_save(s->k, path, text("new content"), 0644);
	appended = s->k->ops->file_append(s->k, path, text(" and new entry"), 0644);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &old), 0);
	signal(SIGXFSZ, SIG_DFL);
	assert_int_equal(set, 0);
	assert_int_equal(saved, -EFBIG);
	assert_int_equal(appended, -EFBIG);
	assert_int_equal(s->k->ops->file_load(s->k, path, (uint8_t *)p, sizeof p, &n), 0);
	assert_int_equal(n, 3);
	assert_memory_equal(p, "old", 3);
	snprintf(beside, sizeof beside, "%s.tmp", path);
	assert_int_equal(access(beside, F_OK), -1);
}

static void test_file_links(void **state)
{
	struct scene *s = *state;
	char target[160], link[160], p[16];
	size_t n;

	snprintf(target, sizeof target, "%s/target", s->directory);
	snprintf(link, sizeof link, "%s/link", s->directory);
	assert_int_equal(s->k->ops->file_save(s->k, target, text("safe"), 0644), 0);
	assert_int_equal(symlink(target, link), 0);
	assert_int_equal(s->k->ops->file_append(s->k, link, text("x"), 0644), -ELOOP);
	/* a link planted where the new content is to be written */
	snprintf(link, sizeof link, "%s/drift.tmp", s->directory);
	assert_int_equal(symlink(target, link), 0);
	assert_int_equal(
		s->k->ops->file_save(s->k, in_directory(s, "drift"), text("new"), 0644), 0);
	assert_int_equal(s->k->ops->file_load(s->k, target, (uint8_t *)p, sizeof p, &n), 0);
	assert_int_equal(n, 4);
}

static void test_file_append(void **state)
{
	struct scene *s = *state;
	const char *path = in_directory(s, "tracking.log");
	char p[16];
	size_t n;

	assert_int_equal(s->k->ops->file_append(s->k, path, text("one\n"), 0644), 0);
	assert_int_equal(s->k->ops->file_append(s->k, path, text("two\n"), 0644), 0);
	assert_int_equal(s->k->ops->file_load(s->k, path, (uint8_t *)p, sizeof p, &n), 0);
	assert_int_equal(n, 8);
	assert_memory_equal(p, "one\ntwo\n", 8);
	assert_int_equal(s->k->ops->file_append(s->k, "/nonexistent/x", text("x"), 0644), -ENOENT);
}

/* A second name: what had it is lost when it has another one, and put aside otherwise. */
static void test_file_link(void **state)
{
	struct scene *s = *state;
	char name[256], aside[256], path[256], p[16];
	const struct kernel_ops *ops = s->k->ops;
	size_t n;

	snprintf(name, sizeof name, "%s/loopstats", s->directory);
	snprintf(aside, sizeof aside, "%s/loopstats.1C0", s->directory);
	snprintf(path, sizeof path, "%s/loopstats.20261123", s->directory);
	assert_int_equal(ops->file_link(s->k, path, name, aside), -ENOENT);
	assert_int_equal(ops->file_save(s->k, name, text("own"), 0644), 0);
	assert_int_equal(ops->file_save(s->k, path, text("first"), 0644), 0);
	assert_int_equal(ops->file_link(s->k, path, name, aside), 0);
	assert_int_equal(ops->file_load(s->k, name, (uint8_t *)p, sizeof p, &n), 0);
	assert_int_equal(n, 5);
	assert_int_equal(ops->file_load(s->k, aside, (uint8_t *)p, sizeof p, &n), 0);
	assert_memory_equal(p, "own", 3);
	assert_int_equal(ops->file_link(s->k, path, name, aside), 0);
	/* The next day: the name moves on, nothing is put aside. */
	assert_int_equal(
		ops->file_save(s->k, in_directory(s, "loopstats.20261124"), text("second"), 0644),
		0);
	assert_int_equal(ops->file_remove(s->k, aside), 0);
	assert_int_equal(
		ops->file_link(s->k, in_directory(s, "loopstats.20261124"), name, aside), 0);
	assert_int_equal(ops->file_load(s->k, name, (uint8_t *)p, sizeof p, &n), 0);
	assert_int_equal(n, 6);
	assert_int_equal(ops->file_load(s->k, aside, (uint8_t *)p, sizeof p, &n), -ENOENT);
	assert_int_equal(ops->file_load(s->k, path, (uint8_t *)p, sizeof p, &n), 0);
}

/* A named pipe that nobody holds the other end of would keep the daemon waiting for ever. */
static void test_file_pipe(void **state)
{
	struct scene *s = *state;
	const char *path = in_directory(s, "pipe");
	uint8_t p[16];
	size_t n = 77;
	int fd;

	assert_int_equal(mkfifo(path, 0600), 0);
	alarm(20);
	assert_int_equal(s->k->ops->file_load(s->k, path, p, sizeof p, &n), -ENODATA);
	assert_int_equal(n, 77);
	assert_int_equal(s->k->ops->file_append(s->k, path, text("x"), 0644), -ENXIO);
	fd = open(path, O_RDWR);
	assert_true(fd >= 0);
	assert_int_equal(s->k->ops->file_append(s->k, path, text("x"), 0644), -EINVAL);
	/* while it runs even one that has something to say is no file */
	assert_int_equal(write(fd, "allow\n", 6), 6);
	assert_int_equal(s->k->ops->wait(s->k, NULL, 0, 0), 0);
	assert_int_equal(s->k->ops->file_load(s->k, path, p, sizeof p, &n), -EINVAL);
	alarm(0);
	close(fd);
}

/* At the start a pipe is read to its end, however long its writer takes. */
static void test_file_pipe_of_shell(void **state)
{
	struct scene *s = *state;
	char path[32], p[16];
	int ends[2];
	size_t n;
	pid_t pid;

	assert_int_equal(pipe(ends), 0);
	pid = fork();
	if (pid == 0) {
		usleep(50000);
		_exit(write(ends[1], "local\n", 6) != 6);
	}
	close(ends[1]);
	snprintf(path, sizeof path, "/dev/fd/%d", ends[0]);
	assert_int_equal(s->k->ops->file_load(s->k, path, (uint8_t *)p, sizeof p, &n), 0);
	assert_int_equal(n, 6);
	assert_memory_equal(p, "local\n", 6);
	assert_int_equal(s->k->ops->file_load(s->k, "/dev/null", (uint8_t *)p, sizeof p, &n), 0);
	assert_int_equal(n, 0);
	assert_int_equal(
		s->k->ops->file_load(s->k, s->directory, (uint8_t *)p, sizeof p, &n), -EISDIR);
	close(ends[0]);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
}

static void collect(void *arg, const char *name)
{
	char *list = arg;

	strcat(list, name);
	strcat(list, " ");
}

static void test_file_list(void **state)
{
	static const char *const names[] = {"b.conf", "a.conf", "c.txt", ".conf", "10.conf"};
	struct scene *s = *state;
	char list[200] = "";

	for (size_t i = 0; i < 5; i++)
		assert_int_equal(
			s->k->ops->file_save(s->k, in_directory(s, names[i]), text(""), 0644), 0);
	assert_int_equal(s->k->ops->file_list(s->k, s->directory, ".conf", collect, list), 0);
	assert_string_equal(list, ".conf 10.conf a.conf b.conf ");
	assert_int_equal(s->k->ops->file_list(s->k, "/nonexistent", "", collect, list), -ENOENT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		SCENE_TEST(test_file_save_and_load),
		SCENE_TEST(test_file_time_far),
		SCENE_TEST(test_file_save_keeps_old_content),
		SCENE_TEST(test_file_links),
		SCENE_TEST(test_file_append),
		SCENE_TEST(test_file_link),
		SCENE_TEST(test_file_pipe),
		SCENE_TEST(test_file_pipe_of_shell),
		SCENE_TEST(test_file_list),
	};

	umask(022);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
