/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Everything the administrator can say, whatever the dialect it was said in. Read once before
 * anything starts; nothing in the daemon writes it.
 */
#ifndef CONFIG_SETTINGS_H
#define CONFIG_SETTINGS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/address.h"
#include "common/source_options.h"
#include "config/settings_ntp.h"

/** Room for a path with its NUL. */
#define SETTINGS_PATH 1024

/** The most directories that confdir or sourcedir may name together. */
#define SETTINGS_DIRS 64

/** The most AEAD algorithms that ntsaeads may list. */
#define SETTINGS_AEADS 16

/** Room for a host name with its NUL. */
#define SETTINGS_NAME 256

/** Measurement logs as bits (chrony.conf(5), log). */
enum settings_log {
	SETTINGS_LOG_MEASUREMENTS = 0x1,
	SETTINGS_LOG_RAW_MEASUREMENTS = 0x2,
	SETTINGS_LOG_STATISTICS = 0x4,
	SETTINGS_LOG_TRACKING = 0x8,
	SETTINGS_LOG_RTC = 0x10,
	SETTINGS_LOG_REFCLOCKS = 0x20,
	SETTINGS_LOG_TEMPCOMP = 0x40,
	SETTINGS_LOG_SELECTION = 0x80,
};

/** How a leap second is applied (leapsecmode). */
enum settings_leap_mode {
	SETTINGS_LEAP_SYSTEM,
	SETTINGS_LEAP_SLEW,
	SETTINGS_LEAP_STEP,
	SETTINGS_LEAP_IGNORE,
};

/** authselectmode */
enum settings_auth_select {
	SETTINGS_AUTH_MIX,
	SETTINGS_AUTH_REQUIRE,
	SETTINGS_AUTH_PREFER,
	SETTINGS_AUTH_IGNORE,
};

/** One allow, deny, cmdallow or cmddeny line. */
struct settings_access {
	bool allow;
	bool all;              /**< overrides what is more specific */
	struct address prefix; /**< ADDRESS_NONE: both families */
	int bits;
};

/** One refclock line. Options that only one driver knows are kept as text for it. */
struct settings_refclock {
	char driver[16];
	char parameter[SETTINGS_PATH]; /**< as written, with its ":option" suffixes */
	int poll, dpoll;               /**< log2 s */
	int filter;                    /**< readings of a poll made one sample; under 2: none */
	int minsamples, maxsamples;    /**< -1: the global setting */
	int maxunreach;
	int rate, maxlockage;
	int stratum;
	double delay, offset, precision, maxdispersion, width; /**< s */
	uint32_t refid, lock;                                  /**< 0: automatic; none */
	bool pps, tai, local, optional;
	unsigned select; /**< set of enum select_option */
	struct settings_fudge fudge;
	size_t after; /**< how many servers, pools and peers were configured before it */
};

/** The largest *.sources file that is read. */
#define SETTINGS_SOURCES_FILE 65536

/** One hwtimestamp line. */
struct settings_hwtimestamp {
	char interface[64];   /**< "*": all that can; longer than any is one that there is not */
	int minpoll, maxpoll; /**< log2 s, of looks at the card's clock */
	int minsamples, maxsamples;
	double precision, txcomp, rxcomp; /**< s */
	bool nocrossts;
	char rxfilter[8]; /**< none, ntp, ptp or all; empty: the least that does */
};

/** tempcomp: what the oscillator's temperature does to its rate. */
struct settings_tempcomp {
	char sensor[SETTINGS_PATH]; /**< file that begins with the temperature; empty: off */
	double interval;            /**< s */
	double t0, k0, k1, k2;      /**< ppm = k0 + (T - t0) * k1 + (T - t0)^2 * k2 */
	char points[SETTINGS_PATH]; /**< file of points in place of these; empty: none */
};

/** local (chrony.conf(5)) */
struct settings_local {
	bool on;
	int stratum;
	bool orphan;
	double distance, activate, waitsynced, waitunsynced; /**< s */
};

/** ratelimit, ntsratelimit or cmdratelimit. */
struct settings_rate_limit {
	bool on;
	int interval; /**< log2 s between answers, -19 to 12 */
	int burst;    /**< answers at once, 1 to 255 */
	int leak;     /**< log2 of how many of what is too much come to one answer, 1 to 4 */
	int kod;      /**< log2 of how many of what is too much come to one RATE; 0: none */
};

/** One broadcast line. */
struct settings_broadcast {
	int interval; /**< s, 1 to 2^24 */
	struct endpoint to;
};

/** One configured source with where it was said, for messages. */
struct settings_source {
	struct source_options options;
	char origin[SETTINGS_PATH]; /**< "FILE:LINE" */
};

/** The NTS server (chrony.conf(5), ntsservercert and the like). */
struct settings_nts_server {
	/** PEM files; certificate i belongs to key i. There is a server when there is one. */
	char (*certs)[SETTINGS_PATH], (*keys)[SETTINGS_PATH];
	size_t n_certs, n_keys;
	int port;            /**< TCP, of key establishment */
	int processes;       /**< helpers; 0: all in the main process */
	int max_connections; /**< sessions at a time in each process */
	int rotate;          /**< s, life of a cookie key; 0: others write the key file */
	char ntp_server[SETTINGS_NAME]; /**< where clients are to ask for time; empty: here */
	char secret[SETTINGS_PATH];     /**< file from which all cookie keys derive; empty: none */
};

/** One ntstrustedcerts line. */
struct settings_trust {
	uint32_t set;             /**< certset of the sources that believe these */
	char path[SETTINGS_PATH]; /**< file of certificates, or directory of such */
};

/** The NTS client (chrony.conf(5), ntstrustedcerts and the like). */
struct settings_nts_client {
	struct settings_trust *trust;
	size_t n_trust;
	bool no_system;    /**< the system's certificates are not in set 0 */
	int no_time_check; /**< dates of certificates count after so many updates of the clock */
	int refresh;       /**< s, life of a client's keys */
};

/** monitorsocket: a second command socket, that only tells. */
struct settings_monitor {
	char path[ENDPOINT_PATH]; /**< empty: none */
	char group[64];           /**< of the socket and its directory; empty: the user's own */
	int mode;                 /**< permission bits of the socket */
};

/** All settings. Paths are empty where not set. */
struct settings {
	/* sources */
	struct settings_source *sources;
	size_t n_sources;
	struct settings_refclock *refclocks;
	size_t n_refclocks;
	char sourcedirs[SETTINGS_DIRS][SETTINGS_PATH];
	size_t n_sourcedirs;

	/* clock */
	double makestep_threshold;       /**< s */
	int makestep_limit;              /**< updates; 0 off, negative always */
	double initstep_threshold;       /**< s */
	char (*initstep)[SETTINGS_NAME]; /**< servers of initstepslew */
	size_t n_initstep;
	double maxslewrate_ppm;
	double corrtimeratio;
	double maxdrift_ppm;
	double maxclockerror_ppm;
	double maxupdateskew_ppm;
	double maxchange_offset; /**< s */
	int maxchange_start, maxchange_ignore;
	bool maxchange_on;
	double logchange;            /**< s */
	char mail_to[SETTINGS_NAME]; /**< who hears of corrections above mail_change; empty: none */
	double mail_change;          /**< s */
	double clockprecision;       /**< s; 0: measured */
	bool manual;                 /**< settime is allowed */
	int fallbackdrift_min, fallbackdrift_max;
	enum settings_leap_mode leapsecmode;
	double smooth_frequency_ppm, smooth_wander_ppm; /**< ppm, ppm/s; 0: no smoothing */
	bool smooth_leap_only;
	char leapsectz[64];
	char leapseclist[SETTINGS_PATH];
	char driftfile[SETTINGS_PATH];
	int drift_interval; /**< s */
	struct settings_tempcomp tempcomp;
	bool rtcsync;
	char rtcfile[SETTINGS_PATH], rtcdevice[SETTINGS_PATH], hwclockfile[SETTINGS_PATH];
	bool rtconutc;
	double rtcautotrim; /**< s; 0: not */
	struct settings_local local;

	/* selection */
	double maxdistance, maxjitter, combinelimit, reselectdist, stratumweight; /**< s */
	int minsources, minsamples, maxsamples;
	int minstratum, maxstratum;
	enum settings_auth_select authselectmode;
	int refresh; /**< s; 0 off */

	/* network */
	int port;                          /**< 0: no server */
	int ptpport;                       /**< of NTP over PTP; 0: none */
	int ptpdomain;                     /**< 0 to 255 */
	int acquisition_port;              /**< -1: a random one for each request */
	struct address bind4, bind6;       /**< server; ADDRESS_NONE: any */
	struct address bindacq4, bindacq6; /**< client */
	char binddevice[16], bindacqdevice[16], bindcmddevice[16];
	int dscp;
	bool ip4, ip6; /**< families in use; both unless -4 or -6 */
	struct settings_access *access;
	size_t n_access;

	struct settings_broadcast *broadcasts;
	size_t n_broadcasts;
	struct settings_hwtimestamp *hwtimestamps;
	size_t n_hwtimestamps;
	double hwtstimeout; /**< s that an answer waits for the card's stamp of its request */
	int maxtxbuffers;   /**< sent datagrams that are kept until their stamp comes; 0: none */
	char xdp[16];       /**< interface in whose driver requests are answered */
	char ntpsigndsocket[SETTINGS_PATH]; /**< directory of the socket that signs for MS-SNTP */

	/* clients */
	int serverthreads;     /**< that answer clients; 0: the main loop does */
	size_t clientloglimit; /**< bytes, of records and of timestamps for interleaved mode */
	bool noclientlog;
	struct settings_rate_limit ratelimit, ntsratelimit, cmdratelimit;

	/* NTS: what has no role in its name is for both */
	uint16_t ntsaeads[SETTINGS_AEADS]; /**< IANA's numbers, the best first */
	size_t n_ntsaeads;
	char ntsdumpdir[SETTINGS_PATH];
	bool nts_no_tls13; /**< TLS 1.2 only; needs nts_tls12 */
	bool nts_tls12;    /**< TLS 1.2 is good enough (RFC 8915 3 says it is not) */
	struct settings_nts_server nts_server;
	struct settings_nts_client nts_client;

	/* control */
	int cmdport;                        /**< 0: no UDP */
	struct address bindcmd4, bindcmd6;  /**< ADDRESS_NONE: loopback */
	char command_socket[ENDPOINT_PATH]; /**< "/": none */
	struct settings_monitor monitor;
	struct settings_access *cmd_access;
	size_t n_cmd_access;
	unsigned opencommands; /**< set of bits: see daemon/control/control.h */
	bool opencommands_set;

	/* files and process */
	char keyfile[SETTINGS_PATH];
	char pidfile[SETTINGS_PATH]; /**< "/": none */
	char dumpdir[SETTINGS_PATH];
	char logdir[SETTINGS_PATH];
	unsigned logs; /**< set of enum settings_log */
	int logbanner; /**< lines between banners, 0 none */
	char user[64];
	bool user_set; /**< named in the configuration or by -u */
	bool lock_all;
	int sched_priority;

	/* what only ntp.conf says */
	struct settings_ntp ntp;
};

/** All settings at their defaults, or NULL without memory. */
struct settings *settings_create(void);

/** Frees settings; NULL is nothing. */
void settings_destroy(struct settings *s);

/** A copy that shares nothing with s, or NULL without memory. */
struct settings *settings_copy(const struct settings *s);

/** Puts what from holds in the place of what to holds, and frees from. */
void settings_move(struct settings *to, struct settings *from);

/* Whether two say the same. */
bool settings_same_local(const struct settings_local *a, const struct settings_local *b);
bool settings_same_access(
	const struct settings_access *a, size_t n_a, const struct settings_access *b, size_t n_b);
bool settings_same_rate_limit(
	const struct settings_rate_limit *a, const struct settings_rate_limit *b);

/** A monitorsocket directive without options. */
struct settings_monitor settings_monitor_default(void);

/** A hwtimestamp directive without options. */
struct settings_hwtimestamp settings_hwtimestamp_default(void);

/** A local directive without options, off. */
struct settings_local settings_local_default(void);

/** Brings what was written into the ranges that take effect. */
void settings_rate_limit_clamp(struct settings_rate_limit *l);

/** A refclock directive without options. */
struct settings_refclock settings_refclock_default(void);

/* Each appends a copy. Returns 0 or -ENOMEM. */
int settings_add_source(struct settings *s, const struct settings_source *source);
int settings_add_refclock(struct settings *s, const struct settings_refclock *refclock);
/** command: to cmdallow and cmddeny's list instead of allow and deny's. */
/** Another ntsservercert, or with key an ntsserverkey. -ENAMETOOLONG. */
int settings_add_nts_file(struct settings *s, bool key, const char *path);
/** Another server of initstepslew. -ENAMETOOLONG. */
int settings_add_initstep(struct settings *s, const char *host);
/** Another ntstrustedcerts. */
int settings_add_trust(struct settings *s, const struct settings_trust *trust);
int settings_add_access(struct settings *s, bool command, const struct settings_access *rule);
int settings_add_hwtimestamp(struct settings *s, const struct settings_hwtimestamp *h);
int settings_add_broadcast(struct settings *s, const struct settings_broadcast *broadcast);

#endif
