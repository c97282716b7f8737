/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The parameter of a refclock directive: a path, a number or a name, and options of the driver
 * behind colons: "/dev/pps0:clear", "2:perm=0660".
 */
#ifndef REFCLOCKS_PARAMETER_H
#define REFCLOCKS_PARAMETER_H

#include <stddef.h>

#include "common/option.h"

/** The longest name of a user that a driver takes, with its NUL. */
#define PARAMETER_USER 64

/**
 * Copies what stands before the first colon to ret and stores the options after it in target, all
 * by rules (NULL: the driver has none). Returns 0, or -EINVAL with a message in why.
 */
int parameter_parse(const char *parameter, const struct option_rule *rules, void *target,
	size_t target_size, char *ret, size_t n, struct text *why);

struct refclock_instance;

/**
 * Makes a driver's instance: a copy of the size bytes of like, in which the options are stored by
 * rules. What stands before the first colon goes to ret_name. Returns 0, -ENOMEM, or -EINVAL with a
 * message in why.
 */
int parameter_create(const void *like, size_t size, const char *parameter,
	const struct option_rule *rules, char *ret_name, size_t n, struct text *why,
	struct refclock_instance **ret);

#endif
