/* SPDX-License-Identifier: BSD-2-Clause */
/* Commands that no daemon hears of. */
#define _GNU_SOURCE
#include "config.h"

#include <string.h>
#include <sys/random.h>

#include "cli/command.h"
#include "cli/transport.h"
#include "common/text.h"

bool run_help(struct session *s, const struct command *c, const struct command_words *a)
{
	(void)c;
	return command_help(&s->printer, a->n > 0 ? a->word[0] : NULL) ||
	       session_complain(s, "Unrecognized command", NULL);
}

bool run_quit(struct session *s, const struct command *c, const struct command_words *a)
{
	(void)c;
	(void)a;
	s->quit = true;
	return true;
}

bool run_version(struct session *s, const struct command *c, const struct command_words *a)
{
	(void)c;
	(void)a;
	print_report(&s->printer, "version", false);
	print_row(&s->printer);
	print_text(&s->printer, "gnomonctl (gnomon) ", "gnomonctl", GNOMON_VERSION, 0);
	print_row_end(&s->printer, "\n");
	print_report_end(&s->printer);
	return true;
}

bool run_obsolete(struct session *s, const struct command *c, const struct command_words *a)
{
	(void)c;
	(void)a;
	/* Scripts for old daemons begin with these: not a failure. */
	session_complain(s, "Authentication is no longer supported", NULL);
	return true;
}

bool run_dns(struct session *s, const struct command *c, const struct command_words *a)
{
	(void)c;
	if (strcmp(a->rest, "-n") == 0)
		s->numeric = true;
	else if (strcmp(a->rest, "+n") == 0)
		s->numeric = false;
	else if (strcmp(a->rest, "-4") == 0)
		s->family = ADDRESS_IP4;
	else if (strcmp(a->rest, "-6") == 0)
		s->family = ADDRESS_IP6;
	else if (strcmp(a->rest, "-46") == 0)
		s->family = ADDRESS_NONE;
	else
		return session_complain(s, "Unrecognized dns command", NULL);
	return true;
}

bool run_timeout(struct session *s, const struct command *c, const struct command_words *a)
{
	char message[COMMAND_LINE + 32];
	long long ms;

	(void)c;
	if (a->n != 1 || text_to_int(a->word[0], TRANSPORT_TIMEOUT_MIN_MS, INT32_MAX, &ms) < 0) {
		snprintf(message, sizeof(message), "Timeout %s is too short", a->n ? a->rest : "0");
		return session_complain(s, message, NULL);
	}
	s->daemon.set_timeout(s->daemon.arg, (int)ms);
	return true;
}

bool run_retries(struct session *s, const struct command *c, const struct command_words *a)
{
	long long n;

	(void)c;
	if (a->n != 1 || text_to_int(a->word[0], 0, TRANSPORT_RETRIES_MAX, &n) < 0)
		return session_complain(s, "Invalid maximum number of retries", NULL);
	s->daemon.set_retries(s->daemon.arg, (int)n);
	return true;
}

/* The bytes of a key: what the type demands, or enough for the bits asked. */
#define KEY_MIN 10
#define KEY_MAX 512

/* Types of keys that the daemon's key file knows; bytes 0: any length. */
static const struct key_type {
	const char *name;
	size_t bytes;
} key_types[] = {{"MD5", 0}, {"SHA1", 0}, {"SHA256", 0}, {"SHA384", 0}, {"SHA512", 0},
	{"AES128", 16}, {"AES256", 32}};

static const struct key_type *find_key_type(const char *name)
{
	for (size_t i = 0; i < sizeof(key_types) / sizeof(key_types[0]); i++) {
		if (strcmp(key_types[i].name, name) == 0)
			return &key_types[i];
	}
	return NULL;
}

static size_t key_bytes(const struct key_type *type, long long bits)
{
	long long n = (bits + 7) / 8;

	if (type->bytes)
		return type->bytes;
	return n < KEY_MIN ? KEY_MIN : n > KEY_MAX ? KEY_MAX : (size_t)n;
}

bool run_keygen(struct session *s, const struct command *c, const struct command_words *a)
{
	const struct key_type *type = find_key_type(a->n > 1 ? a->word[1] : "SHA1");
	long long id = 1, bits = 160;
	uint8_t key[KEY_MAX];
	char message[COMMAND_LINE + 64], hex[2 * KEY_MAX + 1];
	size_t n;

	(void)c;
	if (a->n > 3 || (a->n > 0 && text_to_int(a->word[0], 0, UINT32_MAX, &id) < 0) ||
		(a->n > 2 && text_to_int(a->word[2], 0, INT32_MAX, &bits) < 0))
		return session_complain(s, "Invalid syntax for keygen command", NULL);
	if (!type) {
		snprintf(
			message, sizeof(message), "Unknown hash function or cipher %s", a->word[1]);
		return session_complain(s, message, NULL);
	}
	n = key_bytes(type, bits);
	if (getrandom(key, n, 0) != (ssize_t)n)
		return session_complain(s, "Could not get random bytes", NULL);
	for (size_t i = 0; i < n; i++)
		snprintf(hex + 2 * i, 3, "%02X", key[i]);
	print_report(&s->printer, "keygen", false);
	print_row(&s->printer);
	print_int(&s->printer, "", "id", id, 0);
	print_text(&s->printer, " ", "type", type->name, 0);
	print_text(&s->printer, " HEX:", "key_hex", hex, 0);
	print_row_end(&s->printer, "\n");
	print_report_end(&s->printer);
	return true;
}
