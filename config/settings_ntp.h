/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What only ntp.conf can say (ntp.conf(5)); what both dialects can say is in settings.h.
 */
#ifndef CONFIG_SETTINGS_NTP_H
#define CONFIG_SETTINGS_NTP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/address.h"
#include "common/tls_choice.h"

/** Room for the name or the value of a variable of setvar with its NUL. */
#define NTP_VARIABLE 256

/** What a restriction takes away. The bits are those that mode 6 reports. */
enum ntp_restrict {
	NTP_RESTRICT_IGNORE = 0x0001,    /**< everything */
	NTP_RESTRICT_NOSERVE = 0x0002,   /**< all but mode 6 */
	NTP_RESTRICT_NOTRUST = 0x0004,   /**< what is not authentic */
	NTP_RESTRICT_VERSION = 0x0008,   /**< what is not version 4 */
	NTP_RESTRICT_NOPEER = 0x0010,    /**< reported only */
	NTP_RESTRICT_LIMITED = 0x0020,   /**< what comes too often */
	NTP_RESTRICT_NOQUERY = 0x0040,   /**< mode 6 */
	NTP_RESTRICT_NOMODIFY = 0x0080,  /**< changes by mode 6 */
	NTP_RESTRICT_NOTRAP = 0x0100,    /**< reported only */
	NTP_RESTRICT_KOD = 0x0400,       /**< RATE tells those who are limited */
	NTP_RESTRICT_MSSNTP = 0x0800,    /**< MS-SNTP is signed, by ntpsigndsocket */
	NTP_RESTRICT_FLAKE = 0x1000,     /**< one in ten is lost */
	NTP_RESTRICT_NOMRULIST = 0x2000, /**< the list of clients by mode 6 */
};

/** One entry of the restrict list. */
struct settings_restrict {
	struct address address; /**< masked */
	struct address mask;    /**< of the same family; its bits need not be in a row */
	bool ntpport;           /**< only what comes from port 123 */
	unsigned flags;         /**< set of enum ntp_restrict */
};

/** A restrict or unrestrict line about a host's name: once its addresses are known, it is the same
 * line with each of them. */
struct settings_named {
	bool undo;      /**< unrestrict */
	char name[256]; /**< of the host */
	bool ip4, ip6;  /**< families to look for */
	char rest[256]; /**< mask and flags, a blank before each; empty: none */
};

/** Files of statistics. */
enum ntp_statistics {
	NTP_CLOCKSTATS,
	NTP_LOOPSTATS,
	NTP_NTSKELOG,
	NTP_NTSKESTATS,
	NTP_NTSSTATS,
	NTP_PEERSTATS,
	NTP_PROTOSTATS,
	NTP_RAWSTATS,
	NTP_SYSSTATS,
	NTP_USESTATS,
	NTP_STATISTICS /**< how many there are */
};

/** Words of enum ntp_statistics in its order, NULL-terminated. */
extern const char *const ntp_statistics_words[];

/** When a file of statistics gets a new name. */
enum ntp_filegen_type {
	NTP_FILEGEN_NONE,
	NTP_FILEGEN_PID,
	NTP_FILEGEN_DAY,
	NTP_FILEGEN_WEEK,
	NTP_FILEGEN_MONTH,
	NTP_FILEGEN_YEAR,
	NTP_FILEGEN_AGE,
};

/** One filegen. */
struct settings_filegen {
	char file[256]; /**< name in statsdir, without the suffix of the type; never with ".." */
	enum ntp_filegen_type type;
	bool link;   /**< the current one is to be found by its name without suffix too */
	bool enable; /**< by `statistics` or `filegen` */
};

/** Classes of log lines by logconfig, and what each is shifted by. */
enum ntp_log_class {
	NTP_LOG_SYS = 0,
	NTP_LOG_PEER = 4,
	NTP_LOG_CLOCK = 8,
	NTP_LOG_SYNC = 12,
};

/** Kinds of log lines in each class: (kind << class) is a bit of the mask. */
enum ntp_log_kind {
	NTP_LOG_INFO = 1,
	NTP_LOG_EVENTS = 2,
	NTP_LOG_STATUS = 4,
	NTP_LOG_STATISTICS = 8,
};

/** interface or nic: what an address that matches is for. */
enum ntp_nic_action {
	NTP_NIC_LISTEN,
	NTP_NIC_IGNORE, /**< no socket */
	NTP_NIC_DROP,   /**< a socket whose datagrams are dropped */
};

/** interface or nic: what a rule matches. */
enum ntp_nic_match {
	NTP_NIC_ALL, /**< neither loopback nor wildcard */
	NTP_NIC_IP4,
	NTP_NIC_IP6,
	NTP_NIC_WILDCARD,
	NTP_NIC_NAME, /**< of the interface, a pattern */
	NTP_NIC_ADDRESS,
};

/** One interface or nic line. The last that matches decides. */
struct settings_nic {
	enum ntp_nic_action action;
	enum ntp_nic_match match;
	char name[64];
	struct address address;
	int bits;
};

/** One setvar: a variable of the system that mode 6 reports. */
struct settings_variable {
	char name[NTP_VARIABLE], value[NTP_VARIABLE];
	bool by_default; /**< reported when no names are asked for */
};

/** Types of reference clocks: the third number of 127.127.t.u. */
enum ntp_clock {
	NTP_CLOCK_LOCAL = 1,
	NTP_CLOCK_NMEA = 20,
	NTP_CLOCK_PPS = 22,
	NTP_CLOCK_SHM = 28,
	NTP_CLOCK_GPSD = 46,
	NTP_CLOCK_SOCK = 250, /**< of ours: ntpd has none, and no driver of this number */
};

/** flag1 to flag4. */
enum ntp_flag {
	NTP_FLAG1 = 1,
	NTP_FLAG2 = 2,
	NTP_FLAG3 = 4,
	NTP_FLAG4 = 8,
};

/** Bit of NMEA's mode: clockstats has its counts too. */
#define NTP_NMEA_COUNTS 0x10000

/** How ntp.conf names and tunes a reference clock. What the engine has under another name is in
 * struct settings_refclock too. */
struct settings_fudge {
	int type, unit;      /**< it is 127.127.TYPE.UNIT and NAME(UNIT); type 0: said otherwise */
	const char *name;    /**< of the driver as ntpd shows it; NULL with type 0 */
	double time1, time2; /**< NAN: not said */
	double bias;         /**< s, of the clock's own line */
	unsigned flags;      /**< bit i: flag i+1 is set */
	unsigned flags_said; /**< bit i: flag i+1 was said */
	int stratum;         /**< of the clock itself, 0 to 16; -1: not said */
	uint32_t refid;      /**< that ntpd shows for it, left-aligned */
	int mode;            /**< mode or subtype */
	int baud;            /**< 0: the driver's default */
	bool paired;         /**< the pulses that flag1 of a receiver asks for */
	bool last_resort;    /**< a local clock that serves when nothing else is left */
	char path[256], ppspath[256]; /**< devices; empty: by the unit */
};

/** trustedkey: first to last. */
struct settings_key_range {
	uint32_t first, last;
};

/** tos, as said; what the engine has under another name is there too (minsources, maxdistance,
 * ...).
 */
struct settings_tos {
	int floor, ceiling;               /**< strata */
	double minclock;                  /**< sources that are combined; 0: not said */
	double maxclock;                  /**< associations of pools */
	int minsane;                      /**< survivors */
	double mindist, maxdist, maxdisp; /**< s */
	int orphan;                       /**< stratum; 17: off */
	double orphanwait;                /**< s */
};

/** tinker, as said. */
struct settings_tinker {
	double allan; /**< log2 s */
	double dispersion_ppm;
	double freq_ppm;          /**< NAN: from the drift file */
	double huffpuff;          /**< s; 0: off */
	double panic;             /**< s; 0: never */
	double stepback, stepfwd; /**< s; 0: never */
	double stepout;           /**< s */
};

/** limit. */
struct settings_limit {
	double average; /**< packets/s */
	double burst;   /**< s */
	double kod;     /**< packets/s above average that are told */
};

/** mru. */
struct settings_mru {
	int maxdepth;            /**< entries; negative: no limit */
	int mindepth;            /**< entries */
	int maxage, minage;      /**< s */
	int initalloc, incalloc; /**< entries */
};

/** All of it. */
struct settings_ntp {
	/** ntp.conf was read: the daemon's log lines, statistics and control protocol are ntpd's.
	 */
	bool style;
	unsigned errors; /**< lines and words that could not be read, and were skipped */

	/** Most specific first: the first that matches an address decides. Empty unless style. */
	struct settings_restrict *restricts;
	size_t n_restricts;
	/** Lines about hosts whose addresses are still to be found. */
	struct settings_named *named;
	size_t n_named;
	/** restrict source: flags for configured servers that another entry blocks. */
	bool restrict_source;
	struct settings_restrict source; /**< ntpport and flags count */

	struct settings_tos tos;
	struct settings_tinker tinker;
	struct settings_limit limit;
	struct settings_mru mru;

	/* keys; settings.keyfile names the file */
	struct settings_key_range *trusted; /**< only these are believed */
	size_t n_trusted;
	uint32_t control_key; /**< may change things by mode 6; 0: none */

	/* statistics */
	bool stats; /**< disable stats: no file is written */
	char statsdir[1024];
	struct settings_filegen filegens[NTP_STATISTICS];
	unsigned logconfig; /**< bits kind << class */
	char logfile[1024];

	/* clock */
	bool discipline;    /**< disable ntp: the clock is left alone */
	bool panicgate;     /**< -g: the first correction may be larger than tinker.panic */
	bool step_first;    /**< -G: the first correction is a step, however small */
	bool kernel;        /**< disable kernel: reported only */
	bool monitor;       /**< disable monitor: no list of clients */
	double leapsmear;   /**< s before a leap second; 0: no smearing */
	double nonvolatile; /**< s/s, change of the frequency that is worth a write */

	/* network */
	struct settings_nic *nics;
	size_t n_nics;
	int extra_port; /**< a second port to serve on; 0: none */

	/* NTS */
	char cookie_file[1024]; /**< nts cookie: master keys of cookies; empty: the default */
	struct tls_choice tls;

	struct settings_variable *variables;
	size_t n_variables;
};

/** As a daemon without ntp.conf has it. The values of tos, tinker and so on are ntpd's defaults. */
struct settings_ntp settings_ntp_default(void);

bool settings_same_restrict(const struct settings_restrict *a, const struct settings_restrict *b);
/** Whether two clocks show and tell the same. */
bool settings_same_fudge(const struct settings_fudge *a, const struct settings_fudge *b);

/** Frees what it points to. */
void settings_ntp_release(struct settings_ntp *s);

/** A copy that shares nothing with from. Returns 0, or -ENOMEM with *ret released. */
int settings_ntp_copy(const struct settings_ntp *from, struct settings_ntp *ret);

/* Each appends a copy. Returns 0 or -ENOMEM. */
int settings_add_restrict(struct settings_ntp *s, const struct settings_restrict *entry);
int settings_add_named(struct settings_ntp *s, const struct settings_named *named);
int settings_add_nic(struct settings_ntp *s, const struct settings_nic *nic);
int settings_add_trusted(struct settings_ntp *s, const struct settings_key_range *range);
int settings_add_variable(struct settings_ntp *s, const struct settings_variable *variable);

/** Whether a key is believed: any is without ntp.conf, else those of trustedkey. */
bool settings_trusts_key(const struct settings_ntp *s, uint32_t key);

/**
 * The entry of the restrict list that decides for packets from an address and port: the first that
 * matches. NULL: nothing is said (without ntp.conf).
 */
const struct settings_restrict *settings_find_restrict(
	const struct settings_ntp *s, const struct address *address, uint16_t port);

/** The flags of that entry, a set of enum ntp_restrict; 0 without ntp.conf. */
unsigned settings_restricts(
	const struct settings_ntp *s, const struct address *address, uint16_t port);

/**
 * The flags for answers of a configured source: those of the entry, or where that would block it
 * (ignore, noserve, notrust) those of `restrict source` if that was said (ntp.conf(5)). ret_hole:
 * whether they are.
 */
unsigned settings_restricts_source(
	const struct settings_ntp *s, const struct address *address, uint16_t port, bool *ret_hole);

#endif
