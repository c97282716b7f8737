/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Signals by one flag.
 *
 * A signal between the look at the flag and poll() would be noticed only when poll() ends. So the
 * handler asks for SIGALRM a second later, again and again until the flag was seen: one of them
 * falls into poll().
 */
#define _GNU_SOURCE
#include "config.h"

#include <signal.h>
#include <stddef.h>
#include <unistd.h>

#include "daemon/os/signals.h"

/** Seconds between reminders. */
#define REMINDER_S 1

/** The one mutable global: a handler can be given nothing else. */
static volatile sig_atomic_t caught;

static void on_signal(int signal)
{
	if (signal != SIGALRM)
		caught = signal;
	if (caught != 0)
		alarm(REMINDER_S);
}

void signals_catch(void)
{
	static const int signals[] = {SIGTERM, SIGINT, SIGQUIT, SIGHUP, SIGALRM};
	struct sigaction catch = {.sa_handler = on_signal}; /* no SA_RESTART: poll() must end */
	struct sigaction ignore = {.sa_handler = SIG_IGN};

	for (size_t i = 0; i < sizeof signals / sizeof *signals; i++)
		sigaction(signals[i], &catch, NULL);
	sigaction(SIGPIPE, &ignore, NULL);
	sigaction(SIGXFSZ, &ignore, NULL);
}

int signals_caught(void)
{
	int signal = caught;

	if (signal != 0) {
		alarm(0);
		caught = 0;
	}
	return signal;
}
