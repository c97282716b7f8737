/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Settings as a chrony.conf: every directive whose value is not the default.
 */
#include "config.h"

#include <errno.h>
#include <string.h>

#include "common/cmdmon.h"
#include "common/option.h"
#include "common/text.h"
#include "config/chrony_parse.h"
#include "config/chrony_write.h"
#include "config/refclock_options.h"
#include "config/writing.h"

/** Whether a text can be a word of a line: there are no quotes. */
static bool is_word(const char *s)
{
	for (const char *p = s; *p; p++) {
		if (text_is_space(*p)) {
			return false;
		}
	}
	return s[0] != '\0';
}

/** Directives with values that say more, or the same as others: they are written otherwise. */
static bool is_special(const char *word)
{
	static const char *const words[] = {"driftfile", "maxchange", "pidfile", "smoothtime",
		"user", "ntscachedir", "initstepslew", NULL};

	return directive_choice(words, word, true) >= 0;
}

/** Writes a directive of the table when one of its values is not the default. */
static void write_values(const struct config_writing *w, const struct directive_rule *d)
{
	const char *s = (const char *)w->s, *otherwise = (const char *)w->otherwise;
	char all[WRITING_LINE], some[WRITING_LINE];
	struct text t = text_on(all, sizeof(all)), said = text_on(some, sizeof(some));

	text_add(&t, "%s", d->word);
	option_write(d->values, s, otherwise, &said);
	if (said.n == 0) {
		return;
	}
	for (const struct option_rule *r = d->values; r->word; r++) {
		if (r->type == OPTION_TEXT && !is_word(s + r->offset)) {
			return;
		}
		option_write_value(r, s + r->offset, &t);
	}
	w->line(w->arg, all);
}

static void write_table(const struct config_writing *w)
{
	for (const struct directive_rule *d = chrony_directives; d->word; d++) {
		if (d->standing == DIRECTIVE_USED && d->values[0].word && !is_special(d->word)) {
			write_values(w, d);
		}
	}
}

/** "WORD a b" with a word for each bit that is set. */
static void write_bits(const struct config_writing *w, const char *directive,
	const char *const *words, unsigned bits)
{
	char buffer[WRITING_LINE];
	struct text t = text_on(buffer, sizeof(buffer));

	text_add(&t, "%s", directive);
	for (int i = 0; words[i]; i++) {
		if ((bits & 1U << i) != 0) {
			text_add(&t, " %s", words[i]);
		}
	}
	w->line(w->arg, buffer);
}

static void write_choices(const struct config_writing *w)
{
	const struct settings *s = w->s, *o = w->otherwise;

	if (s->logs != 0) {
		write_bits(w, "log", chrony_log_words, s->logs);
	}
	if (s->opencommands_set) {
		write_bits(w, "opencommands", cmdmon_group_words, s->opencommands);
	}
	if (s->leapsecmode != o->leapsecmode) {
		config_put(w, "leapsecmode %s", chrony_leap_words[s->leapsecmode]);
	}
	if (s->authselectmode != o->authselectmode) {
		config_put(w, "authselectmode %s", chrony_auth_words[s->authselectmode]);
	}
}

static void write_clock(const struct config_writing *w)
{
	const struct settings *s = w->s;
	char buffer[WRITING_LINE];
	struct text t = text_on(buffer, sizeof(buffer));

	if (is_word(s->driftfile)) {
		text_add(&t, "driftfile %s", s->driftfile);
		if (s->drift_interval != w->otherwise->drift_interval) {
			text_add(&t, " interval %d", s->drift_interval);
		}
		w->line(w->arg, buffer);
	}
	t = text_on(buffer, sizeof(buffer));
	if (s->maxchange_on) {
		text_add(&t, "maxchange ");
		option_write_real(s->maxchange_offset, &t);
		text_add(&t, " %d %d", s->maxchange_start, s->maxchange_ignore);
		w->line(w->arg, buffer);
	}
	t = text_on(buffer, sizeof(buffer));
	if (s->smooth_frequency_ppm > 0.0 || s->smooth_wander_ppm > 0.0) {
		text_add(&t, "smoothtime ");
		option_write_real(s->smooth_frequency_ppm, &t);
		text_add(&t, " ");
		option_write_real(s->smooth_wander_ppm, &t);
		text_add(&t, "%s", s->smooth_leap_only ? " leaponly" : "");
		w->line(w->arg, buffer);
	}
}

static void write_hwtimestamps(const struct config_writing *w)
{
	for (size_t i = 0; i < w->s->n_hwtimestamps; i++) {
		const struct settings_hwtimestamp *h = &w->s->hwtimestamps[i];
		struct settings_hwtimestamp otherwise = settings_hwtimestamp_default();
		char buffer[WRITING_LINE];
		struct text t = text_on(buffer, sizeof(buffer));

		otherwise.maxpoll = h->minpoll + 1;
		text_add(&t, "hwtimestamp %s", h->interface);
		option_write(chrony_hwtimestamp_rules, h, &otherwise, &t);
		w->line(w->arg, buffer);
	}
}

static void write_initstep(const struct config_writing *w)
{
	char buffer[WRITING_LINE];
	struct text t = text_on(buffer, sizeof(buffer));

	if (w->s->n_initstep == 0 && w->s->initstep_threshold == w->otherwise->initstep_threshold) {
		return;
	}
	text_add(&t, "initstepslew ");
	option_write_real(w->s->initstep_threshold, &t);
	for (size_t i = 0; i < w->s->n_initstep; i++) {
		text_add(&t, " %s", w->s->initstep[i]);
	}
	w->line(w->arg, buffer);
}

static void write_tempcomp(const struct config_writing *w)
{
	const struct settings_tempcomp *c = &w->s->tempcomp;
	const double values[] = {c->t0, c->k0, c->k1, c->k2};
	char buffer[WRITING_LINE];
	struct text t = text_on(buffer, sizeof(buffer));

	if (!is_word(c->sensor)) {
		return;
	}
	text_add(&t, "tempcomp %s ", c->sensor);
	option_write_real(c->interval, &t);
	if (c->points[0] != '\0') {
		text_add(&t, " %s", c->points);
	}
	for (size_t i = 0; c->points[0] == '\0' && i < 4; i++) {
		text_add(&t, " ");
		option_write_real(values[i], &t);
	}
	w->line(w->arg, buffer);
}

static void write_local(const struct config_writing *w)
{
	struct settings_local otherwise = settings_local_default();
	const struct settings_local *l = &w->s->local;
	char buffer[WRITING_LINE];
	struct text t = text_on(buffer, sizeof(buffer));

	if (!l->on) {
		return;
	}
	/* What is not said depends on orphan. */
	otherwise.waitunsynced = chrony_wait_unsynced(l->orphan);
	text_add(&t, "local");
	option_write(chrony_local_rules, l, &otherwise, &t);
	w->line(w->arg, buffer);
}

static void write_address(
	const struct config_writing *w, const char *directive, const struct address *a)
{
	char text[ADDRESS_TEXT];

	if (a->family != ADDRESS_NONE) {
		address_format(a, text, sizeof(text));
		config_put(w, "%s %s", directive, text);
	}
}

static void write_addresses(const struct config_writing *w)
{
	const struct settings *s = w->s;

	write_address(w, "bindaddress", &s->bind4);
	write_address(w, "bindaddress", &s->bind6);
	write_address(w, "bindacqaddress", &s->bindacq4);
	write_address(w, "bindacqaddress", &s->bindacq6);
	write_address(w, "bindcmdaddress", &s->bindcmd4);
	write_address(w, "bindcmdaddress", &s->bindcmd6);
	if (strcmp(s->command_socket, w->otherwise->command_socket) != 0) {
		config_put(w, "bindcmdaddress %s", s->command_socket);
	}
}

static void write_monitor(const struct config_writing *w)
{
	char buffer[WRITING_LINE];
	struct text t = text_on(buffer, sizeof(buffer));

	if (is_word(w->s->monitor.path)) {
		text_add(&t, "monitorsocket %s", w->s->monitor.path);
		option_write(chrony_monitor_rules, &w->s->monitor, &w->otherwise->monitor, &t);
		w->line(w->arg, buffer);
	}
}

static void write_access(const struct config_writing *w, const char *prefix,
	const struct settings_access *rules, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		const struct settings_access *a = &rules[i];
		char text[ADDRESS_TEXT + 8] = "";
		const char *verb = a->allow ? "allow" : "deny";

		if (a->prefix.family != ADDRESS_NONE) {
			char address[ADDRESS_TEXT];
			struct text t = text_on(text, sizeof(text));

			address_format(&a->prefix, address, sizeof(address));
			text_add(&t, " %s/%d", address, a->bits);
		}
		config_put(w, "%s%s%s%s", prefix, verb, a->all ? " all" : "", text);
	}
}

static void write_limit(const struct config_writing *w, const char *directive,
	const struct settings_rate_limit *l, const struct settings_rate_limit *otherwise)
{
	char buffer[WRITING_LINE];
	struct text t = text_on(buffer, sizeof(buffer));

	if (l->on) {
		text_add(&t, "%s", directive);
		option_write(chrony_limit_rules, l, otherwise, &t);
		w->line(w->arg, buffer);
	}
}

static void write_clients(const struct config_writing *w)
{
	const struct settings *s = w->s, *o = w->otherwise;

	for (size_t i = 0; i < s->n_broadcasts; i++) {
		char address[ADDRESS_TEXT];

		address_format(&s->broadcasts[i].to.address, address, sizeof(address));
		config_put(w, "broadcast %d %s %u", s->broadcasts[i].interval, address,
			s->broadcasts[i].to.port);
	}
	if (s->clientloglimit != o->clientloglimit) {
		config_put(w, "clientloglimit %zu", s->clientloglimit);
	}
	write_limit(w, "ratelimit", &s->ratelimit, &o->ratelimit);
	write_limit(w, "ntsratelimit", &s->ntsratelimit, &o->ntsratelimit);
	write_limit(w, "cmdratelimit", &s->cmdratelimit, &o->cmdratelimit);
}

static void write_nts(const struct config_writing *w)
{
	const struct settings *s = w->s, *o = w->otherwise;
	char buffer[WRITING_LINE];
	struct text t = text_on(buffer, sizeof(buffer));

	text_add(&t, "ntsaeads");
	for (size_t i = 0; i < s->n_ntsaeads; i++) {
		text_add(&t, " %u", s->ntsaeads[i]);
	}
	if (s->n_ntsaeads != o->n_ntsaeads ||
		memcmp(s->ntsaeads, o->ntsaeads, s->n_ntsaeads * sizeof(s->ntsaeads[0])) != 0) {
		w->line(w->arg, buffer);
	}
	if (s->nts_tls12) {
		config_put(w, "ntsmintls TLS1.2");
	}
	for (size_t i = 0; i < s->nts_server.n_certs && i < s->nts_server.n_keys; i++) {
		if (is_word(s->nts_server.certs[i]) && is_word(s->nts_server.keys[i])) {
			config_put(w, "ntsservercert %s", s->nts_server.certs[i]);
			config_put(w, "ntsserverkey %s", s->nts_server.keys[i]);
		}
	}
	for (size_t i = 0; i < s->nts_client.n_trust; i++) {
		if (is_word(s->nts_client.trust[i].path)) {
			config_put(w, "ntstrustedcerts %u %s", s->nts_client.trust[i].set,
				s->nts_client.trust[i].path);
		}
	}
}

static void write_sources(const struct config_writing *w)
{
	static const char *const words[] = {
		[SOURCE_SERVER] = "server", [SOURCE_PEER] = "peer", [SOURCE_POOL] = "pool"};
	const struct settings_refclock clock = settings_refclock_default();

	for (size_t i = 0; i < w->s->n_sources; i++) {
		const struct source_options *o = &w->s->sources[i].options;
		const struct source_options otherwise = source_options_default(o->kind);
		char buffer[WRITING_LINE];
		struct text t = text_on(buffer, sizeof(buffer));

		text_add(&t, "%s %s", words[o->kind], o->name);
		option_write(source_option_rules, o, &otherwise, &t);
		w->line(w->arg, buffer);
	}
	for (size_t i = 0; i < w->s->n_refclocks; i++) {
		const struct settings_refclock *k = &w->s->refclocks[i];
		char buffer[WRITING_LINE];
		struct text t = text_on(buffer, sizeof(buffer));

		text_add(&t, "refclock %s %s", k->driver, k->parameter);
		option_write(refclock_option_rules, k, &clock, &t);
		if (is_word(k->parameter)) {
			w->line(w->arg, buffer);
		}
	}
	for (size_t i = 0; i < w->s->n_sourcedirs; i++) {
		config_put(w, "sourcedir %s", w->s->sourcedirs[i]);
	}
}

int chrony_write(const struct settings *s, void (*line)(void *arg, const char *text), void *arg)
{
	struct settings *otherwise = settings_create();
	struct config_writing w = {.s = s, .otherwise = otherwise, .line = line, .arg = arg};

	if (!otherwise) {
		return -ENOMEM;
	}
	write_sources(&w);
	write_clock(&w);
	write_initstep(&w);
	write_hwtimestamps(&w);
	write_tempcomp(&w);
	write_table(&w);
	write_choices(&w);
	write_local(&w);
	write_nts(&w);
	write_addresses(&w);
	write_monitor(&w);
	write_access(&w, "", s->access, s->n_access);
	write_access(&w, "cmd", s->cmd_access, s->n_cmd_access);
	write_clients(&w);
	if (strcmp(s->pidfile, otherwise->pidfile) != 0) {
		config_put(&w, "pidfile %s", is_word(s->pidfile) ? s->pidfile : "/");
	}
	if (s->user_set) {
		config_put(&w, "user %s", s->user);
	}
	settings_destroy(otherwise);
	return 0;
}
