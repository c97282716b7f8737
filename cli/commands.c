/* SPDX-License-Identifier: BSD-2-Clause */
/* The table of commands. */
#include "config.h"

#include <string.h>

#include "cli/command.h"
#include "cli/command_ntpq.h"
#include "common/text.h"

const struct command commands[] = {
	{"tracking", "", "Show how the system clock follows its reference", .run = run_tracking,
		.group = "System clock"},
	{"makestep", "", "Step the clock by the correction that is left", .run = run_makestep},
	{"makestep", "<threshold> <updates>", "Step when an early correction is large",
		.run = run_makestep},
	{"maxupdateskew", "<ppm>", "Bound the error of a frequency that is used", .run = run_real,
		.number = CMDMON_MODIFY_MAXUPDATESKEW},
	{"waitsync", "[<tries> [<max-correction> [<max-skew> [<interval>]]]]",
		"Wait until the clock is synchronised", .run = run_waitsync},
	{"dfreq", "<ppm>", NULL, .run = run_real, .number = CMDMON_DFREQ},
	{"doffset", "<seconds>", NULL, .run = run_real, .number = CMDMON_DOFFSET},

	{"sources", "[-a] [-v]", "Show the sources and their last measurements", .run = run_sources,
		.complete = "-a -v", .group = "Time sources"},
	{"sourcestats", "[-a] [-v]", "Show the statistics of the sources", .run = run_sourcestats,
		.complete = "-a -v"},
	{"selectdata", "[-a] [-v]", "Show why sources are selected or not", .run = run_selectdata,
		.complete = "-a -v"},
	{"selectopts", "<address|refid> [+|-<option>]...", "Change the selection options",
		.run = run_selectopts, .complete = "@ +noselect +prefer +require +trust"},
	{"reselect", "", "Select anew", .run = run_simple, .number = CMDMON_RESELECT},
	{"reselectdist", "<seconds>", "Set the distance that a better source must win by",
		.run = run_real, .number = CMDMON_RESELECTDISTANCE},
	{"offset", "<address|refid> <seconds>", "Set the offset correction of a source",
		.run = run_offset, .complete = "@"},

	{"activity", "", "Count the sources that are online and offline", .run = run_activity,
		.group = "NTP sources"},
	{"authdata", "[-a] [-v]", "Show how the sources are authenticated", .run = run_authdata,
		.complete = "-a -v"},
	{"ntpdata", "[<address>]", "Show the last valid response", .run = run_ntpdata,
		.complete = "@"},
	{"add server", "<name> [options]", "Add an NTP server", .run = run_add},
	{"add pool", "<name> [options]", "Add a pool of NTP servers", .run = run_add},
	{"add peer", "<name> [options]", "Add an NTP peer", .run = run_add},
	{"delete", "<address>", "Remove a source", .run = run_delete, .number = CMDMON_DEL_SOURCE,
		.complete = "@"},
	{"burst", "<good>/<max> [[<mask>/]<address>]", "Measure quickly", .run = run_burst,
		.number = CMDMON_BURST, .complete = "@"},
	{"maxdelay", "<address> <seconds>", "Set the largest delay of a sample that is used",
		.run = run_real_of_source, .number = CMDMON_MODIFY_MAXDELAY, .complete = "@"},
	{"maxdelayratio", "<address> <ratio>", "Set the largest ratio of delay to least delay",
		.run = run_real_of_source, .number = CMDMON_MODIFY_MAXDELAYRATIO, .complete = "@"},
	{"maxdelaydevratio", "<address> <ratio>", "Set the largest ratio of delay to deviation",
		.run = run_real_of_source, .number = CMDMON_MODIFY_MAXDELAYDEVRATIO,
		.complete = "@"},
	{"minpoll", "<address> <log2-seconds>", "Set the shortest polling interval",
		.run = run_number_of_source, .number = CMDMON_MODIFY_MINPOLL, .complete = "@"},
	{"maxpoll", "<address> <log2-seconds>", "Set the longest polling interval",
		.run = run_number_of_source, .number = CMDMON_MODIFY_MAXPOLL, .complete = "@"},
	{"minstratum", "<address> <stratum>", "Set the least stratum that is believed",
		.run = run_number_of_source, .number = CMDMON_MODIFY_MINSTRATUM, .complete = "@"},
	{"polltarget", "<address> <samples>", "Set how many samples polling aims at",
		.run = run_number_of_source, .number = CMDMON_MODIFY_POLLTARGET, .complete = "@"},
	{"offline", "[[<mask>/]<address>]", "Stop asking sources", .run = run_online,
		.number = CMDMON_OFFLINE, .complete = "@"},
	{"online", "[[<mask>/]<address>]", "Ask sources again", .run = run_online,
		.number = CMDMON_ONLINE, .complete = "@"},
	{"onoffline", "", "Ask just the sources that can be reached", .run = run_simple,
		.number = CMDMON_ONOFFLINE},
	{"refresh", "", "Look up the names of sources again", .run = run_simple,
		.number = CMDMON_REFRESH},
	{"reload config", "", "Read the configuration again and take over what changed",
		.run = run_reload},
	{"reload sources", "", "Read the *.sources files again", .run = run_reload,
		.number = CMDMON_RELOAD_SOURCES},
	{"sourcename", "<address>", "Show the name a source was configured by",
		.run = run_sourcename, .complete = "@"},

	{"manual on", "", "Allow settime", .run = run_manual, .group = "Manual time input"},
	{"manual off", "", "Refuse settime", .run = run_manual},
	{"manual reset", "", "Forget the times that were set", .run = run_manual},
	{"manual list", "", "Show the times that were set", .run = run_manual},
	{"manual delete", "<index>", "Forget one of them", .run = run_manual},
	{"settime", "<time>", "Tell the time (2026-11-23 16:30:05, Nov 23 2026 16:30 or 16:30)",
		.run = run_settime},

	{"accheck", "<address>", "Check whether an address may ask for time", .run = run_check,
		.number = CMDMON_ACCHECK, .group = "NTP access"},
	{"clients", "[-p <packets>] [-k] [-r]", "Show who asked this server", .run = run_clients,
		.complete = "-k -p -r"},
	{"serverstats", "", "Show the counters of the server", .run = run_serverstats},
	{"ntsinfo", "", "Show the counters of NTS, as client and as server", .run = run_ntsinfo,
		.number = CMDMON_NTS_INFO},
	{"refusals", "", "Count the packets that the server did not answer", .run = run_refusals,
		.number = CMDMON_REFUSALS},
	{"allow", "[<subnet>]", "Serve time to a subnet", .run = run_subnet, .number = CMDMON_ALLOW,
		.complete = "all"},
	{"allow all", "[<subnet>]", "Serve time to a subnet whatever was denied within",
		.run = run_subnet, .number = CMDMON_ALLOWALL},
	{"deny", "[<subnet>]", "Refuse time to a subnet", .run = run_subnet, .number = CMDMON_DENY,
		.complete = "all"},
	{"deny all", "[<subnet>]", "Refuse time to a subnet whatever was allowed within",
		.run = run_subnet, .number = CMDMON_DENYALL},
	{"local", "[options]", "Serve time also while not synchronised", .run = run_local,
		.complete = "activate distance off orphan stratum waitsynced waitunsynced"},
	{"local off", "", "Serve time only while synchronised", .run = run_local},
	{"smoothtime activate", "", "Start to smooth the time served", .run = run_smoothtime},
	{"smoothtime reset", "", "Start the smoothing anew", .run = run_smoothtime},
	{"smoothing", "", "Show how the time served is smoothed", .run = run_smoothing},

	{"cmdaccheck", "<address>", "Check whether an address may monitor", .run = run_check,
		.number = CMDMON_CMDACCHECK, .group = "Monitoring access"},
	{"cmdallow", "[<subnet>]", "Let a subnet monitor", .run = run_subnet,
		.number = CMDMON_CMDALLOW, .complete = "all"},
	{"cmdallow all", "[<subnet>]", "Let a subnet monitor whatever was denied within",
		.run = run_subnet, .number = CMDMON_CMDALLOWALL},
	{"cmddeny", "[<subnet>]", "Refuse monitoring to a subnet", .run = run_subnet,
		.number = CMDMON_CMDDENY, .complete = "all"},
	{"cmddeny all", "[<subnet>]", "Refuse monitoring whatever was allowed within",
		.run = run_subnet, .number = CMDMON_CMDDENYALL},

	{"rtcdata", "", "Show what is known of the real-time clock", .run = run_rtcdata,
		.group = "Real-time clock"},
	{"trimrtc", "", "Set the real-time clock by the system clock", .run = run_simple,
		.number = CMDMON_TRIMRTC},
	{"writertc", "", "Save what is known of the real-time clock", .run = run_simple,
		.number = CMDMON_WRITERTC},

	{"cyclelogs", "", "Close and reopen the log files", .run = run_simple,
		.number = CMDMON_CYCLELOGS, .group = "Other daemon commands"},
	{"dump", "", "Save measurements, and keys and cookies of NTS", .run = run_simple,
		.number = CMDMON_DUMP},
	{"rekey", "", "Read the keys again", .run = run_simple, .number = CMDMON_REKEY},
	{"reset sources", "", "Forget all measurements", .run = run_sources_word,
		.number = CMDMON_RESET_SOURCES},
	{"shutdown", "", "Stop the daemon", .run = run_simple, .number = CMDMON_SHUTDOWN},

	{"dns", "-n|+n", "Show addresses or names", .run = run_dns, .complete = "+n -4 -46 -6 -n",
		.group = "Client commands"},
	{"dns", "-4|-6|-46", "Look up names as IPv4, IPv6 or both", .run = run_dns},
	{"timeout", "<milliseconds>", "Set how long the first answer is waited for",
		.run = run_timeout},
	{"retries", "<number>", "Set how often a request is repeated", .run = run_retries},
	{"keygen", "[<id> [<type> [<bits>]]]", "Make a key for the key file", .run = run_keygen},
	{"exit", "", "Leave", .run = run_quit},
	{"quit", "", "Leave", .run = run_quit},
	{"help", "[<command>]", "Show this, or the lines of one command", .run = run_help},
	{"version", "", "Show the version of this program", .run = run_version},
	{"password", "", NULL, .run = run_obsolete},
	{"authhash", "", NULL, .run = run_obsolete},
	{.name = NULL, .next = ntpq_commands},
};

/* Whether the first word of a name of one or two words is word. */
static bool first_word_is(const char *name, const char *word)
{
	size_t n = strcspn(name, " ");

	return strncmp(name, word, n) == 0 && word[n] == '\0';
}

static const struct command *find_in(const struct command *table, const char *name)
{
	for (const struct command *c = table; c->name; c++)
		if (first_word_is(c->name, name))
			return c;
	return NULL;
}

const struct command *command_find(const char *name)
{
	const struct command *c = find_in(commands, name);

	return c ? c : find_in(ntpq_commands, name);
}

/* Whether a line of ntpq's table is of a word that this client has itself. */
static bool is_hidden(const struct command *c)
{
	for (const struct command *o = ntpq_commands; o->name; o++)
		if (o == c)
			return find_in(commands, c->name) != NULL;
	return false;
}

const struct command *command_next(const struct command *c)
{
	c = c ? c + 1 : commands;
	while (!c->name || is_hidden(c)) {
		if (!c->name && !c->next)
			return NULL;
		c = c->name ? c + 1 : c->next;
	}
	return c;
}

static bool unrecognized(struct session *s, const char *word)
{
	struct text_nearest nearest = text_nearest_to(word);
	char detail[COMMAND_LINE + 64];
	struct text text = text_on(detail, sizeof(detail));

	for (const struct command *c = command_next(NULL); c; c = command_next(c)) {
		if (!strchr(c->name, ' '))
			text_nearest_offer(&nearest, c->name);
	}
	text_add(&text, "%s", word);
	text_add_nearest(&text, &nearest);
	return session_complain(s, "Unrecognized command", nearest.word ? detail : NULL);
}

/* Writes the words with one space between. */
static void join(struct text *t, char *const *words, size_t n)
{
	for (size_t i = 0; i < n; i++)
		text_add(t, "%s%s", i > 0 ? " " : "", words[i]);
}

bool command_run(struct session *s, const char *line, bool *ret_ran)
{
	char copy[COMMAND_LINE], rest[COMMAND_LINE], *words[COMMAND_WORDS];
	struct text text = text_on(rest, sizeof(rest));
	const struct command *c;
	size_t n;

	if (s->as_ntpq)
		return command_run_ntpq(s, line, ret_ran);
	*ret_ran = false;
	if (text_copy(copy, sizeof(copy), line) < 0)
		return session_complain(s, "Command too long", NULL);
	n = text_split(copy, words, COMMAND_WORDS);
	if (n == 0 || strchr("!;#%", words[0][0]))
		return true;
	*ret_ran = true;
	c = command_find(words[0]);
	if (!c)
		return unrecognized(s, words[0]);
	join(&text, words + 1, n - 1);
	return c->run(s, c, &(struct command_words){.rest = rest, .word = words + 1, .n = n - 1});
}
