/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * MS-SNTP: what goes over the socket of Samba's ntp_signd (chrony-files 8), with a made-up one at
 * the other end, and what becomes of answers when it is slow, wrong or gone.
 */
#define _GNU_SOURCE
#include "config.h"

#include <errno.h>
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cmocka.h>

#include "common/bytes.h"
#include "common/log.h"
#include "daemon/loop/loop.h"
#include "daemon/serve/signd.h"
#include "test/unit/linux_scene.h"

/* The program around: a loop, the socket of the made-up Samba, and what was sent. */
struct samba {
	struct scene *scene;
	struct loop *loop;
	struct signd *signd;
	struct log log;
	char messages[1000];
	int listening, stream;
	unsigned sent;
	uint8_t last[200];
	size_t last_n;
};

static void hear(void *arg, enum log_priority priority, const char *message)
{
	struct samba *b = arg;
	size_t n = strlen(b->messages);

	(void)priority;
	snprintf(b->messages + n, sizeof(b->messages) - n, "%s\n", message);
}

static void take(void *arg, struct kernel_message *m)
{
	struct samba *b = arg;

	b->sent++;
	assert_int_equal(m->peer.port, 1234);
	assert_true(m->n <= sizeof(b->last));
	memcpy(b->last, m->data, m->n);
	b->last_n = m->n;
}

static void nothing(void *arg)
{
	(void)arg;
}

/* Turns of the loop for so many seconds at most. */
static void turn(struct samba *b, double seconds)
{
	struct loop_timer end = {0};

	assert_int_equal(loop_timer_init(b->loop, &end, nothing, NULL), 0);
	loop_timer_in(b->loop, &end, seconds);
	while (end.position != 0)
		assert_int_equal(loop_turn(b->loop), 0);
	loop_timer_done(b->loop, &end);
}

static void open_samba(struct samba *b)
{
	struct sockaddr_un a = {.sun_family = AF_UNIX};

	snprintf(a.sun_path, sizeof(a.sun_path), "%s/socket", b->scene->directory);
	b->listening = socket(AF_UNIX, SOCK_STREAM, 0);
	assert_int_equal(bind(b->listening, (struct sockaddr *)&a, sizeof(a)), 0);
	assert_int_equal(listen(b->listening, 5), 0);
}

static int begin(void **state)
{
	struct samba *b = calloc(1, sizeof(*b));
	void *scene;

	if (setup(&scene))
		return -1;
	b->scene = scene;
	b->log = (struct log){.write = hear, .arg = b, .lowest = LOG_PRIORITY_DEBUG};
	b->loop = loop_create(b->scene->k);
	b->listening = b->stream = -1;
	*state = b;
	return signd_create(&(struct signd_env){.kernel = b->scene->k,
				    .loop = b->loop,
				    .log = &b->log,
				    .directory = b->scene->directory,
				    .send = take,
				    .arg = b},
		&b->signd);
}

static int end(void **state)
{
	struct samba *b = *state;
	void *scene = b->scene;

	signd_destroy(b->signd);
	loop_destroy(b->loop);
	close(b->listening);
	close(b->stream);
	free(b);
	return teardown(&scene);
}

static void submit(struct samba *b, uint32_t key, uint8_t mark)
{
	uint8_t packet[48] = {0};
	struct kernel_message m = {.data = packet, .n = sizeof(packet), .peer = {.port = 1234}};

	memset(packet, mark, sizeof(packet));
	signd_submit(b->signd, &m, key);
	/* It is copied. */
	memset(packet, 0, sizeof(packet));
}

/* What Samba reads: a question for this key, about this packet. Returns its number. */
static uint16_t question(struct samba *b, uint32_t key, uint8_t mark)
{
	uint8_t p[68] = {0};
	struct reader r = reader_on(p, sizeof(p));
	uint16_t id;

	turn(b, 0.05);
	if (b->stream < 0)
		b->stream = accept(b->listening, NULL, NULL);
	turn(b, 0.05);
	assert_int_equal(recv(b->stream, p, sizeof(p), MSG_DONTWAIT), sizeof(p));
	assert_int_equal(read_u32(&r), 64);
	assert_int_equal(read_u32(&r), 0);
	assert_int_equal(read_u32(&r), 0);
	id = read_u16(&r);
	assert_int_equal(read_u16(&r), 0);
	assert_int_equal(read_u32(&r), key);
	for (int i = 0; i < 48; i++)
		assert_int_equal(read_u8(&r), mark);
	return id;
}

static void reply(struct samba *b, uint32_t operation, uint32_t id, size_t signed_bytes)
{
	uint8_t p[400] = {0};
	struct writer w = writer_on(p, sizeof(p));

	write_u32(&w, (uint32_t)(12 + signed_bytes));
	write_u32(&w, 0);
	write_u32(&w, operation);
	write_u32(&w, id);
	for (size_t i = 0; i < signed_bytes; i++)
		write_u8(&w, (uint8_t)i);
	assert_int_equal(write(b->stream, p, w.n), w.n);
	turn(b, 0.05);
}

static void is_signed_and_sent(void **state)
{
	struct samba *b = *state;

	assert_string_equal(b->messages, "MS-SNTP authentication enabled\n");
	open_samba(b);
	for (unsigned i = 0; i < 40; i++) {
		submit(b, 0x01020304 + i, (uint8_t)i);
		reply(b, 3, question(b, 0x01020304 + i, (uint8_t)i), 68);
		assert_int_equal(b->sent, i + 1);
		assert_int_equal(b->last_n, 68);
		assert_int_equal(b->last[67], 67);
	}
	/* Samba knows no such key. */
	submit(b, 5, 1);
	reply(b, 4, question(b, 5, 1), 0);
	assert_int_equal(b->sent, 40);
	submit(b, 6, 1);
	reply(b, 3, question(b, 6, 1), 68);
	assert_int_equal(b->sent, 41);
}

/* The others wait, and what is too much is dropped. */
static void waits_in_a_queue(void **state)
{
	struct samba *b = *state;

	open_samba(b);
	for (uint32_t i = 0; i < 40; i++)
		submit(b, i + 1, 7);
	for (uint32_t i = 0; i < 15; i++)
		reply(b, 3, question(b, i + 1, 7), 68);
	assert_int_equal(b->sent, 15);
	turn(b, 0.05);
	assert_int_equal(recv(b->stream, b->last, 1, MSG_DONTWAIT), -1);
	submit(b, 99, 7);
	reply(b, 3, question(b, 99, 7), 68);
	assert_int_equal(b->sent, 16);
}

/* Nobody there is said once, until it works again. */
static void nobody_there(void **state)
{
	struct samba *b = *state;
	char expected[400];

	b->messages[0] = '\0';
	submit(b, 1, 1);
	submit(b, 1, 1);
	turn(b, 0.05);
	snprintf(expected, sizeof(expected),
		"Could not connect to signd socket %s/socket : No such file or directory\n",
		b->scene->directory);
	assert_string_equal(b->messages, expected);
	open_samba(b);
	submit(b, 2, 1);
	reply(b, 3, question(b, 2, 1), 68);
	assert_int_equal(b->sent, 1);
	/* It goes: the next one calls again. */
	close(b->stream);
	b->stream = -1;
	submit(b, 3, 1);
	turn(b, 0.1);
	submit(b, 4, 1);
	reply(b, 3, question(b, 4, 1), 68);
	assert_int_equal(b->sent, 2);
}

/* Answers that are none: nothing is sent, and the stream is given up. */
static void wrong_answers(void **state)
{
	static const struct {
		uint32_t operation, id;
		size_t n;
	} cases[] = {{3, 9, 68}, {3, 0, 69}, {3, 0, 300}, {3, 0, 47}};
	struct samba *b = *state;

	open_samba(b);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		uint16_t id;

		submit(b, 1, 1);
		id = question(b, 1, 1);
		reply(b, cases[i].operation, cases[i].id ? cases[i].id + id : id, cases[i].n);
		assert_int_equal(b->sent, 0);
		close(b->stream);
		b->stream = -1;
		turn(b, 0.05);
	}
	/* One that is short of a byte, and never more. */
	submit(b, 1, 1);
	question(b, 1, 1);
	assert_int_equal(write(b->stream, "\0\0\0\x50\0\0", 6), 6);
	turn(b, 2.5);
	close(b->stream);
	b->stream = -1;
	assert_int_equal(b->sent, 0);
	submit(b, 8, 1);
	reply(b, 3, question(b, 8, 1), 68);
	assert_int_equal(b->sent, 1);
}

/* A path that is cut would be somebody else's. */
static void path_does_not_fit(void **state)
{
	struct samba *b = *state;
	char directory[ENDPOINT_PATH];
	struct signd *s = NULL;

	memset(directory, 'a', sizeof(directory) - 1);
	directory[0] = '/';
	directory[sizeof(directory) - 1] = '\0';
	assert_int_equal(signd_create(&(struct signd_env){.kernel = b->scene->k,
					      .loop = b->loop,
					      .log = &b->log,
					      .directory = directory},
				 &s),
		-ENAMETOOLONG);
	assert_null(s);
}

#define SIGND_TEST(f) cmocka_unit_test_setup_teardown(f, begin, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		SIGND_TEST(is_signed_and_sent),
		SIGND_TEST(waits_in_a_queue),
		SIGND_TEST(nobody_there),
		SIGND_TEST(wrong_answers),
		SIGND_TEST(path_does_not_fit),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
