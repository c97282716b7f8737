/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The NTP server: access, the responder (pure), the sockets.
 */
#ifndef DAEMON_SERVE_SERVE_H
#define DAEMON_SERVE_SERVE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/report.h"

struct clock;
struct kernel;
struct kernel_message;
struct keys;
struct log;
struct loop;
struct serve;
struct settings;
struct settings_access;

/** A table of allowed and denied prefixes; the longest match decides, default deny. */
struct access;
struct access *access_create(void);
void access_destroy(struct access *a);
/** Applies a rule. Returns 0, -EINVAL for a bad prefix length, -ENOMEM. */
int access_set(struct access *a, const struct settings_access *rule);
bool access_allowed(const struct access *a, const struct address *address);
/** Whether any address of the family is allowed. */
bool access_any(const struct access *a, enum address_family family);

/** Opens what the settings ask for; sockets exist only while something is allowed. */
int serve_create(const struct settings *settings, struct kernel *kernel, struct loop *loop,
	struct clock *clock, const struct keys *keys, const struct log *log, struct serve **ret);
void serve_destroy(struct serve *s);
/** Datagrams of modes 2 and 4 on the server's socket go here. */
void serve_forward(
	struct serve *s, void (*deliver)(void *arg, const struct kernel_message *m), void *arg);
/** Access by command; opens and closes sockets accordingly. */
int serve_access(struct serve *s, const struct settings_access *rule);
bool serve_allowed(const struct serve *s, const struct address *a);
/** The NTP part of serverstats. */
void serve_report(const struct serve *s, struct report_serverstats *ret);

#endif
