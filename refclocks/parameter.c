/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Parameters of refclock directives.
 */
#include "config.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/text.h"
#include "config/settings.h"
#include "refclocks/parameter.h"

/** The most words of all options: each is one or two. */
#define WORDS 32

/** Cuts ":word=value:word" into words. Returns how many; WORDS + 1 when there are too many. */
static size_t cut(char *options, char *words[WORDS])
{
	size_t n = 0;

	while (options != NULL) {
		char *next = strchr(options, ':'), *value;

		if (next != NULL)
			*next++ = '\0';
		value = strchr(options, '=');
		if (value != NULL)
			*value++ = '\0';
		if (n + 2 > WORDS)
			return WORDS + 1;
		words[n++] = options;
		if (value != NULL)
			words[n++] = value;
		options = next;
	}
	return n;
}

int parameter_parse(const char *parameter, const struct option_rule *rules, void *target,
	size_t target_size, char *ret, size_t n, struct text *why)
{
	static const struct option_rule none = {NULL, OPTION_FLAG, 0, 0, 0, NULL};
	char options[SETTINGS_PATH], *words[WORDS];
	size_t length = strcspn(parameter, ":"), n_words, at;

	if (length >= n) {
		text_add(why, "refclock parameter is too long: %s", parameter);
		return -EINVAL;
	}
	memcpy(ret, parameter, length);
	ret[length] = '\0';
	if (parameter[length] == '\0')
		return 0;
	if (text_copy(options, sizeof(options), parameter + length + 1) < 0)
		return -EINVAL;
	n_words = cut(options, words);
	if (n_words > WORDS) {
		text_add(why, "Invalid refclock driver option: there are too many");
		return -EINVAL;
	}
	text_add(why, "Invalid refclock driver option ");
	if (option_parse(rules != NULL ? rules : &none, target, target_size, words, n_words, &at,
		    why) < 0)
		return -EINVAL;
	*why = text_on(why->s, why->room);
	return 0;
}

int parameter_create(const void *like, size_t size, const char *parameter,
	const struct option_rule *rules, char *ret_name, size_t n, struct text *why,
	struct refclock_instance **ret)
{
	void *i = malloc(size);
	int e;

	if (i == NULL)
		return -ENOMEM;
	memcpy(i, like, size);
	e = parameter_parse(parameter, rules, i, size, ret_name, n, why);
	if (e < 0) {
		free(i);
		return e;
	}
	*ret = i;
	return 0;
}
