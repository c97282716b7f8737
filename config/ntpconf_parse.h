/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Statements of ntp.conf. All are read first, then applied in the order of their groups: what
 * stands in one group is applied in the order of its lines.
 *
 * Errors do not end the reading: what cannot be understood is said, counted and left out.
 */
#ifndef CONFIG_NTPCONF_PARSE_H
#define CONFIG_NTPCONF_PARSE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "config/ntpconf_lexer.h"
#include "config/pattern.h"
#include "config/settings.h"

struct config_watch;
struct kernel;
struct log;
struct ntpconf;
struct ntpconf_statement;
struct text;
struct text_nearest;

/** Groups in the order in which they are applied. */
enum ntpconf_group {
	NTPCONF_LOGFILE,
	NTPCONF_NIC,
	NTPCONF_STATISTICS,
	NTPCONF_KEYS,
	NTPCONF_TOS,
	NTPCONF_RESTRICT,
	NTPCONF_EXTRA,
	NTPCONF_TINKER,
	NTPCONF_NTS,
	NTPCONF_RLIMIT,
	NTPCONF_ENABLE,
	NTPCONF_DISABLE,
	NTPCONF_LOGCONFIG,
	NTPCONF_OTHERS,
	NTPCONF_SOURCES,
	NTPCONF_UNPEER,
	NTPCONF_FUDGE,
	NTPCONF_RESET,
	NTPCONF_GROUPS /**< how many there are */
};

/** One kind of statement. */
struct ntpconf_rule {
	const char *word;
	enum ntpconf_group group;
	/** Applies one. Returns 0, also after a complaint; -ENOMEM; or -EINVAL with a message in
	 * why when the daemon must not start. */
	int (*apply)(struct ntpconf *c, const struct ntpconf_statement *s);
	const char *extra; /**< what tells statements of one function apart, or a text for it */
};

/** All statements; ends with a NULL word. */
extern const struct ntpconf_rule ntpconf_rules[];

/** A statement as it was read. */
struct ntpconf_statement {
	const struct ntpconf_rule *rule;
	struct ntpconf_words line; /**< the first is that of the rule */
	const char *file;
	int number; /**< of the line, from 1 */
};

/** A configuration being read and applied. */
struct ntpconf {
	struct kernel *kernel;
	const struct log *log;
	const struct config_watch *watch; /**< NULL: nobody looks on */
	struct settings *settings;
	struct text *why;
	struct ntpconf_statement *statements;
	size_t n, room;
	struct names names; /**< of the files read */
	int level;          /**< files that are open one in another */
	unsigned files;     /**< in all */
	bool ended;         /**< by `end` */
	unsigned errors;
	/* what is only used once all is applied */
	bool nts_enabled;
	char nts_cert[SETTINGS_PATH], nts_key[SETTINGS_PATH], nts_ca[SETTINGS_PATH];
	uint16_t nts_aead; /**< 0: not said */
	int nts_max_tls;   /**< 12 or 13; others: not said */
	uint32_t sets;     /**< of certificates, made for `ca` of servers */
};

/** Tells who looks on, if anybody, which line the next messages are about. */
void ntpconf_place(struct ntpconf *c, const char *file, int line);

/** Complains of a line at a column, as ntpd does or, to who looks on, in one message with the
 * nearest word, if any, of what could stand there. */
void ntpconf_complain(struct ntpconf *c, const char *file, int line, size_t column,
	const struct text_nearest *nearest);

/** A place in a statement. */
struct ntpconf_cursor {
	struct ntpconf *c;
	const struct ntpconf_statement *s;
	size_t at; /**< index of the word to be looked at */
};

/** The word to be looked at, or NULL at the end. */
const struct ntpconf_word *ntpconf_peek(const struct ntpconf_cursor *u);

/** True when that is this keyword; then it is passed. */
bool ntpconf_take(struct ntpconf_cursor *u, const char *keyword);

/** Takes a word of any kind but marks, or complains. NULL at the end. */
const char *ntpconf_take_text(struct ntpconf_cursor *u);

/* Each takes a number, or complains of the word. Return 0; -EINVAL after a complaint; -ERANGE with
 * a message in why: then the daemon must not start. */
int ntpconf_take_int(struct ntpconf_cursor *u, long long min, long long max, int *ret);
int ntpconf_take_real(struct ntpconf_cursor *u, double *ret);
int ntpconf_take_bool(struct ntpconf_cursor *u, bool *ret);

/** "CONFIG: line L column C syntax error" of the word to be looked at, which is counted. Returns
 * -EINVAL. */
int ntpconf_syntax(struct ntpconf_cursor *u);

/** "CONFIG: line L column C WHAT" of the word that was taken last, which is counted: what is said
 * there is left out, or mended, and reading goes on. */
void ntpconf_fault(struct ntpconf_cursor *u, const char *what);

/** A syntax error of what is behind the statement, or 0 when nothing is. */
int ntpconf_done(struct ntpconf_cursor *u);

/** A message about a statement: "CONFIG: FILE line L: ...". */
void ntpconf_note(struct ntpconf *c, const struct ntpconf_statement *s, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/** What an apply() returns for what a step of it returned: complaints do not end the reading. */
int ntpconf_go_on(int error);

/** A named field: what follows the word is stored. */
struct ntpconf_field {
	const char *word;
	enum {
		NTPCONF_FIELD_INT,
		NTPCONF_FIELD_REAL,
		NTPCONF_FIELD_INERT, /**< a number that is accepted and has no effect */
	} type;
	size_t offset; /**< of an int or a double */
	double min, max;
	bool idle; /**< it is stored, and said to have no effect */
};

/** Reads all that is left as words and numbers into target. Of what is wrong nothing is stored.
 * Returns as ntpconf_take_int(). */
int ntpconf_take_fields(
	struct ntpconf_cursor *u, const struct ntpconf_field *fields, void *target, size_t size);

/* Each is the apply() of the statements named. */
int ntpconf_access(
	struct ntpconf *c, const struct ntpconf_statement *s); /**< restrict, unrestrict */
int ntpconf_limit(struct ntpconf *c, const struct ntpconf_statement *s);   /**< limit */
int ntpconf_discard(struct ntpconf *c, const struct ntpconf_statement *s); /**< discard */
int ntpconf_mru(struct ntpconf *c, const struct ntpconf_statement *s);     /**< mru */
int ntpconf_nic(struct ntpconf *c, const struct ntpconf_statement *s);     /**< interface, nic */
int ntpconf_source(struct ntpconf *c, const struct ntpconf_statement *s); /**< server, pool, peer */
int ntpconf_refclock(struct ntpconf *c, const struct ntpconf_statement *s); /**< refclock */
int ntpconf_fudge(struct ntpconf *c, const struct ntpconf_statement *s);    /**< fudge */
int ntpconf_device(struct ntpconf *c, const struct ntpconf_statement *s);   /**< device */
int ntpconf_unpeer(struct ntpconf *c, const struct ntpconf_statement *s);   /**< unpeer, unconfig */
int ntpconf_tos(struct ntpconf *c, const struct ntpconf_statement *s);      /**< tos */
int ntpconf_tinker(struct ntpconf *c, const struct ntpconf_statement *s);   /**< tinker */
int ntpconf_switch(struct ntpconf *c, const struct ntpconf_statement *s);   /**< enable, disable */
int ntpconf_nts(struct ntpconf *c, const struct ntpconf_statement *s);      /**< nts */
int ntpconf_extra(struct ntpconf *c, const struct ntpconf_statement *s);    /**< extra */
int ntpconf_path(struct ntpconf *c, const struct ntpconf_statement *s);   /**< logfile, keys, ... */
int ntpconf_drift(struct ntpconf *c, const struct ntpconf_statement *s);  /**< driftfile */
int ntpconf_number(struct ntpconf *c, const struct ntpconf_statement *s); /**< dscp, ... */
int ntpconf_statistics(struct ntpconf *c, const struct ntpconf_statement *s);
int ntpconf_filegen(struct ntpconf *c, const struct ntpconf_statement *s);
int ntpconf_logconfig(struct ntpconf *c, const struct ntpconf_statement *s);
int ntpconf_trusted(struct ntpconf *c, const struct ntpconf_statement *s); /**< trustedkey */
int ntpconf_control(struct ntpconf *c, const struct ntpconf_statement *s); /**< controlkey */
int ntpconf_setvar(struct ntpconf *c, const struct ntpconf_statement *s);
int ntpconf_rlimit(struct ntpconf *c, const struct ntpconf_statement *s);
int ntpconf_ignored(struct ntpconf *c, const struct ntpconf_statement *s); /**< extra says why */
int ntpconf_refused(struct ntpconf *c, const struct ntpconf_statement *s); /**< extra says why */

/** ADDR as 127.127.T.U. Returns 0 with T and U, or -EINVAL. */
int ntpconf_clock_address(const char *text, int *ret_type, int *ret_unit);

/** Adds a reference clock whose options follow. Returns 0 or a negative errno after a complaint. */
int ntpconf_add_clock(struct ntpconf_cursor *u, int type, int unit);

/** The type of a driver's name as ntp.conf has it, without regard to case; 0: there is none. */
int ntpconf_driver_type(const char *name);

/** IANA's number of AES_SIV_CMAC_256, 384 or 512; 0: none of these. */
uint16_t ntpconf_aead(const char *name);

/** Settings as ntpd has them before a file is read. Returns 0 or -ENOMEM. */
int ntpconf_begin(struct ntpconf *c);

/** What follows for the engine from a change of one group's statements while it runs. Returns 0 or
 * -ENOMEM. */
int ntpconf_follow(struct ntpconf *c, enum ntpconf_group group);

/** What follows for the engine once all statements are applied. Returns 0, -ENOMEM, or -EINVAL with
 * a message in why. */
int ntpconf_finish(struct ntpconf *c);

#endif
