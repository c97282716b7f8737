/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Signals by a flag each.
 *
 * A signal between the look at the flag and poll() would be noticed only when poll() ends. So the
 * handler asks for SIGALRM a second later, again and again until the flag was seen: one of them
 * falls into poll().
 */
#define _GNU_SOURCE
#include "config.h"

#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <unistd.h>

#include "daemon/os/signals.h"

/** Seconds between reminders. */
#define REMINDER_S 1

/** Signals are below this. */
#define SIGNALS 32

/** The one mutable global: a handler can be given nothing else. */
static volatile sig_atomic_t caught[SIGNALS];

static bool any_caught(void)
{
	for (int i = 0; i < SIGNALS; i++)
		if (caught[i])
			return true;
	return false;
}

static void on_signal(int signal)
{
	if (signal != SIGALRM && signal < SIGNALS)
		caught[signal] = 1;
	if (any_caught())
		alarm(REMINDER_S);
}

/* Somebody sent it: an end as any other. Else it is a fault, and what failed is tried again without
 * us: that ends it. */
static void on_bus(int signal, siginfo_t *info, void *context)
{
	struct sigaction otherwise = {.sa_handler = SIG_DFL};

	(void)context;
	if (info->si_code <= 0)
		on_signal(signal);
	else
		sigaction(signal, &otherwise, NULL);
}

void signals_catch(bool users)
{
	static const int signals[] = {SIGTERM, SIGINT, SIGQUIT, SIGHUP, SIGALRM, SIGUSR1, SIGUSR2};
	struct sigaction catch = {.sa_handler = on_signal}; /* no SA_RESTART: poll() must end */
	struct sigaction ignore = {.sa_handler = SIG_IGN};
	struct sigaction bus = {.sa_sigaction = on_bus, .sa_flags = SA_SIGINFO};

	for (size_t i = 0; i < sizeof signals / sizeof *signals - (users ? 0 : 2); i++)
		sigaction(signals[i], &catch, NULL);
	if (users)
		sigaction(SIGBUS, &bus, NULL);
	sigaction(SIGPIPE, &ignore, NULL);
	sigaction(SIGXFSZ, &ignore, NULL);
}

int signals_caught(void)
{
	int found = 0;

	for (int i = 0; i < SIGNALS && found == 0; i++)
		if (caught[i])
			found = i;
	if (found != 0)
		caught[found] = 0;
	if (found != 0 && !any_caught())
		alarm(0);
	return found;
}
