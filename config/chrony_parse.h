/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Directives of chrony.conf whose arguments are more than a row of values.
 */
#ifndef CONFIG_CHRONY_PARSE_H
#define CONFIG_CHRONY_PARSE_H

#include "config/directive.h"

/** All directives; ends with a NULL word. */
extern const struct directive_rule chrony_directives[];

/* Each is the read() of the directives named. */
int chrony_source(struct directive_line *l);   /**< server, pool, peer */
int chrony_refclock(struct directive_line *l); /**< refclock */
int chrony_local(struct directive_line *l);    /**< local */
int chrony_access(struct directive_line *l);   /**< allow, deny, cmdallow, cmddeny */
int chrony_bind(struct directive_line *l);     /**< bindaddress, bindacqaddress, bindcmdaddress */
int chrony_log(struct directive_line *l);      /**< log */
int chrony_open(struct directive_line *l);     /**< opencommands */
int chrony_leap(struct directive_line *l);     /**< leapsecmode */
int chrony_smooth(struct directive_line *l);   /**< smoothtime */
int chrony_auth_select(struct directive_line *l); /**< authselectmode */
int chrony_drift(struct directive_line *l);       /**< driftfile */
int chrony_maxchange(struct directive_line *l);   /**< maxchange */
int chrony_user(struct directive_line *l);        /**< user */
int chrony_sourcedir(struct directive_line *l);   /**< sourcedir */
int chrony_skew(struct directive_line *l);        /**< maxupdateskew */
int chrony_precision(struct directive_line *l);   /**< clockprecision */
int chrony_aeads(struct directive_line *l);       /**< ntsaeads */
int chrony_min_tls(struct directive_line *l);     /**< ntsmintls */
int chrony_nts_file(struct directive_line *l);    /**< ntsservercert, ntsserverkey */
int chrony_monitor(struct directive_line *l);     /**< monitorsocket */
int chrony_trust(struct directive_line *l);       /**< ntstrustedcerts */
int chrony_log_limit(struct directive_line *l);   /**< clientloglimit */
int chrony_broadcast(struct directive_line *l);   /**< broadcast */
int chrony_initstep(struct directive_line *l);    /**< initstepslew */
int chrony_hwtimestamp(struct directive_line *l); /**< hwtimestamp */
int chrony_tempcomp(struct directive_line *l);    /**< tempcomp */
int chrony_rate_limit(struct directive_line *l);  /**< ratelimit, ntsratelimit, cmdratelimit */

/** Reads the words from the skipped ones on as options into target. */
int chrony_options(struct directive_line *l, size_t skip, const struct option_rule *rules,
	void *target, size_t size);

/* Words of directives, each list NULL-terminated. */
extern const char *const chrony_log_words[];  /**< bit i of enum settings_log belongs to word i */
extern const char *const chrony_leap_words[]; /**< enum settings_leap_mode */
extern const char *const chrony_auth_words[]; /**< enum settings_auth_select */

/** Options of hwtimestamp into a struct settings_hwtimestamp. */
extern const struct option_rule chrony_hwtimestamp_rules[];
/** Options of local into a struct settings_local. */
extern const struct option_rule chrony_local_rules[];
/** Options of monitorsocket into a struct settings_monitor. */
extern const struct option_rule chrony_monitor_rules[];
/** Options of ratelimit and its like into a struct settings_rate_limit. */
extern const struct option_rule chrony_limit_rules[];

/** What waitunsynced is when nothing is said, s. */
double chrony_wait_unsynced(bool orphan);

/** server, pool or peer as an enum source_kind, or -ENOENT. */
int chrony_source_kind(const char *word);

/**
 * Reads the n (at least 1) words of a server, pool or peer line. Returns 0; -ENOENT when the first
 * is none of these; -EINVAL with a message in why, -ENOMEM. With 0 why may hold a warning.
 */
int chrony_parse_source(char *const *words, size_t n, struct source_options *ret, struct text *why);

#endif
