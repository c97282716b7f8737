/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * nts of ntp.conf, and extra.
 */
#include "config.h"

#include <errno.h>
#include <string.h>

#include "backends/crypto.h"
#include "common/log.h"
#include "common/text.h"
#include "config/ntpconf_parse.h"
#include "config/ntpconf_write.h"

static const struct {
	const char *name;
	uint16_t number;
} aeads[] = {
	{"AES_SIV_CMAC_256", CRYPTO_AEAD_SIV_256},
	{"AES_SIV_CMAC_384", CRYPTO_AEAD_SIV_384},
	{"AES_SIV_CMAC_512", CRYPTO_AEAD_SIV_512},
};

const char *ntpconf_aead_name(uint16_t number)
{
	for (size_t i = 0; i < sizeof(aeads) / sizeof(aeads[0]); i++) {
		if (aeads[i].number == number) {
			return aeads[i].name;
		}
	}
	return NULL;
}

uint16_t ntpconf_aead(const char *name)
{
	for (size_t i = 0; i < sizeof(aeads) / sizeof(aeads[0]); i++) {
		if (strcmp(aeads[i].name, name) == 0) {
			return aeads[i].number;
		}
	}
	return 0;
}

static int read_aead(struct ntpconf_cursor *u)
{
	const char *name = ntpconf_take_text(u);
	uint16_t number = name ? ntpconf_aead(name) : 0;

	if (!name) {
		return -EINVAL;
	}
	if (number == 0) {
		log_error(u->c->log, "CONFIG: Invalid AEAD parameter: %s", name);
		u->c->errors++;
		return 0;
	}
	u->c->nts_aead = number;
	return 0;
}

/** A version of TLS. Returns 12 or 13, or -EINVAL after a complaint. */
static int read_version(struct ntpconf_cursor *u)
{
	const char *version = ntpconf_take_text(u);

	if (!version) {
		return -EINVAL;
	}
	if (strcmp(version, "TLS1.3") == 0) {
		return 13;
	}
	if (strcmp(version, "TLS1.2") == 0) {
		return 12;
	}
	log_error(u->c->log, "NTS: TLS unrecognized version string: %s.", version);
	u->c->errors++;
	return -EINVAL;
}

static int read_min_tls(struct ntpconf_cursor *u)
{
	int version = read_version(u);

	if (version < 0) {
		return 0;
	}
	u->c->settings->nts_tls12 = version == 12;
	if (version == 12) {
		ntpconf_note(u->c, u->s, "NTS over TLS 1.2 is not what RFC 8915 allows");
	}
	return 0;
}

static int read_max_tls(struct ntpconf_cursor *u)
{
	u->c->nts_max_tls = read_version(u);
	return 0;
}

/** Replaces a path of one option by another. */
static int read_path(struct ntpconf_cursor *u, char *ret)
{
	const char *path = ntpconf_take_text(u);

	if (!path || text_copy(ret, SETTINGS_PATH, path) < 0) {
		return -EINVAL;
	}
	return 0;
}

/** A list of names for TLS. Returns 0, or -EINVAL after a complaint; -ERANGE with a message in why
 * when there is none that is known: what was asked for cannot be had, and ntpd ends then too. */
static int read_names(
	struct ntpconf_cursor *u, enum tls_kind kind, const char *word, struct tls_numbers *ret)
{
	const char *list = ntpconf_take_text(u);
	char buffer[256];
	struct text unknown = text_on(buffer, sizeof(buffer));

	if (!list) {
		return -EINVAL;
	}
	if (tls_numbers_read(kind, list, ret, &unknown) < 0) {
		text_add(u->c->why, "%s line %d: NTS: troubles setting %s %s.", u->s->file,
			u->s->number, word, list);
		return -ERANGE;
	}
	if (unknown.n > 0) {
		ntpconf_note(u->c, u->s, "%s that are not known are left out: %s", word, buffer);
	}
	return 0;
}

static int read_port(struct ntpconf_cursor *u)
{
	int port, r = ntpconf_take_int(u, 1, 65535, &port);

	if (r == 0) {
		u->c->settings->ntp.extra_port = port;
	}
	return r;
}

static int read_option(struct ntpconf_cursor *u)
{
	struct ntpconf *c = u->c;
	int number;

	if (ntpconf_take(u, "enable")) {
		c->nts_enabled = true;
	} else if (ntpconf_take(u, "disable")) {
		c->nts_enabled = false;
	} else if (ntpconf_take(u, "cert")) {
		return read_path(u, c->nts_cert);
	} else if (ntpconf_take(u, "key")) {
		return read_path(u, c->nts_key);
	} else if (ntpconf_take(u, "ca")) {
		return read_path(u, c->nts_ca);
	} else if (ntpconf_take(u, "cookie")) {
		return read_path(u, c->settings->ntp.cookie_file);
	} else if (ntpconf_take(u, "aead")) {
		return read_aead(u);
	} else if (ntpconf_take(u, "mintls")) {
		return read_min_tls(u);
	} else if (ntpconf_take(u, "maxtls")) {
		return read_max_tls(u);
	} else if (ntpconf_take(u, "tlsciphersuites")) {
		return read_names(u, TLS_SUITES, "ciphersuites", &c->settings->ntp.tls.suites);
	} else if (ntpconf_take(u, "tlsecdhcurves")) {
		return read_names(u, TLS_GROUPS, "ecdhcurves", &c->settings->ntp.tls.groups);
	} else if (ntpconf_take(u, "tlscipherserverpreference")) {
		c->settings->ntp.tls.client_order = false;
	} else if (ntpconf_take(u, "port")) {
		return read_port(u);
	} else if (ntpconf_take(u, "pool")) {
		return ntpconf_take_int(u, 0, UINT32_MAX, &number);
	} else {
		return ntpconf_syntax(u);
	}
	return 0;
}

int ntpconf_nts(struct ntpconf *c, const struct ntpconf_statement *s)
{
	struct ntpconf_cursor u = {.c = c, .s = s, .at = 1};
	int r = ntpconf_peek(&u) ? 0 : ntpconf_syntax(&u);

	while (r == 0 && ntpconf_peek(&u)) {
		r = read_option(&u);
	}
	return ntpconf_go_on(r);
}

int ntpconf_extra(struct ntpconf *c, const struct ntpconf_statement *s)
{
	struct ntpconf_cursor u = {.c = c, .s = s, .at = 1};
	int r = ntpconf_take(&u, "port") ? read_port(&u) : ntpconf_syntax(&u);

	return ntpconf_go_on(r == 0 ? ntpconf_done(&u) : r);
}
