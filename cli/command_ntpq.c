/* SPDX-License-Identifier: BSD-2-Clause */
/* The table of ntpq's words, and how it finds one of them. */
#define _GNU_SOURCE
#include "config.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "cli/command_ntpq.h"
#include "cli/ntpq_ask.h"
#include "common/text.h"

/* The width that the list of words is laid out for. */
#define HELP_WIDTH 79

#define ASSOCIATION "<association>|&<number>"

const struct command ntpq_commands[] = {
	{"peers", "", "Show the sources", .run = run_ntpq_peers, .number = LAYOUT_NTPQ_PEERS,
		.group = "ntpd's protocol (mode 6)"},
	{"lpeers", "", "Show the sources, configured or not", .run = run_ntpq_peers,
		.number = LAYOUT_NTPQ_PEERS},
	{"apeers", "", "Show the sources with the numbers of their associations",
		.run = run_ntpq_peers, .number = LAYOUT_NTPQ_APEERS},
	{"opeers", "", "Show the sources with the addresses they are asked from",
		.run = run_ntpq_peers, .number = LAYOUT_NTPQ_OPEERS},
	{"lopeers", "", "Show the same of all, configured or not", .run = run_ntpq_peers,
		.number = LAYOUT_NTPQ_OPEERS},
	{"rpeers", "", "Show the sources with their names last", .run = run_ntpq_peers,
		.number = LAYOUT_NTPQ_RPEERS},
	{"associations", "", "Show the status words of the sources", .run = run_ntpq_associations},
	{"lassociations", "", "Show the same of all, configured or not",
		.run = run_ntpq_associations},
	{"passociations", "", "Show the last list of status words again",
		.run = run_ntpq_associations, .number = NTPQ_KNOWN_ONES},
	{"lpassociations", "", "Show the last list of all again", .run = run_ntpq_associations,
		.number = NTPQ_KNOWN_ONES},
	{"rv", "[" ASSOCIATION " [<names>]]", "Show variables of the system or a source",
		.run = run_ntpq_variables},
	{"readvar", "[" ASSOCIATION " [<names>]]", "Show variables of the system or a source",
		.run = run_ntpq_variables},
	{"rl", "[" ASSOCIATION "]", "Show the variables of the list", .run = run_ntpq_variables,
		.number = NTPQ_OF_LIST},
	{"readlist", "[" ASSOCIATION "]", "Show the variables of the list",
		.run = run_ntpq_variables, .number = NTPQ_OF_LIST},
	{"mrv", ASSOCIATION " " ASSOCIATION " [<names>]", "Show variables of several sources",
		.run = run_ntpq_range},
	{"mreadvar", ASSOCIATION " " ASSOCIATION " [<names>]", "Show variables of several sources",
		.run = run_ntpq_range},
	{"mrl", ASSOCIATION " " ASSOCIATION, "Show the variables of the list of several sources",
		.run = run_ntpq_range, .number = NTPQ_OF_LIST},
	{"mreadlist", ASSOCIATION " " ASSOCIATION,
		"Show the variables of the list of several sources", .run = run_ntpq_range,
		.number = NTPQ_OF_LIST},
	{"cv", ASSOCIATION " [<names>]", "Show variables of a reference clock",
		.run = run_ntpq_variables, .number = NTPQ_OF_CLOCK},
	{"clockvar", ASSOCIATION " [<names>]", "Show variables of a reference clock",
		.run = run_ntpq_variables, .number = NTPQ_OF_CLOCK},
	{"cl", "[" ASSOCIATION "]", "Show the variables of the list of a reference clock",
		.run = run_ntpq_variables, .number = NTPQ_OF_CLOCK | NTPQ_OF_LIST},
	{"clocklist", "[" ASSOCIATION "]", "Show the variables of the list of a reference clock",
		.run = run_ntpq_variables, .number = NTPQ_OF_CLOCK | NTPQ_OF_LIST},
	{"pstats", ASSOCIATION, "Show the counters of a source", .run = run_ntpq_pstats},
	{"sysinfo", "", "Show a summary of the system's variables", .run = run_ntpq_summary,
		.number = LAYOUT_NTPQ_SYSINFO},
	{"sysstats", "", "Show the counters of packets", .run = run_ntpq_summary,
		.number = LAYOUT_NTPQ_SYSSTATS},
	{"monstats", "", "Show the counters and limits of the list of clients",
		.run = run_ntpq_summary, .number = LAYOUT_NTPQ_MONSTATS},
	{"iostats", "", "Show the counters of input and output", .run = run_ntpq_summary,
		.number = LAYOUT_NTPQ_IOSTATS},
	{"kerninfo", "", "Show the state of the kernel's clock", .run = run_ntpq_summary,
		.number = LAYOUT_NTPQ_KERNINFO},
	{"authinfo", "", "Show the counters of keys", .run = run_ntpq_summary,
		.number = LAYOUT_NTPQ_AUTHINFO},
	{"timerstats", "", "Show the counters of timers", .run = run_ntpq_summary,
		.number = LAYOUT_NTPQ_TIMERSTATS},
	{"ntsinfo", "", "Show the counters of NTS", .run = run_ntpq_summary,
		.number = LAYOUT_NTPQ_NTSINFO},
	{"mrulist", "[<name>=<value>]... [kod] [limited] [sort=<column>]", "Show who asked last",
		.run = run_ntpq_mrulist,
		.complete = "kod limited sort=addr sort=avgint sort=count sort=drop sort=lstint "
			    "sort=score"},
	{"ifstats", "", "Show the addresses that are served (needs a key)",
		.run = run_ntpq_ifstats},
	{"reslist", "", "Show the restrictions (needs a key)", .run = run_ntpq_reslist},
	{":config", "<line>", "Have the daemon take a line of configuration (needs a key)",
		.run = run_ntpq_config},
	{"config", "<line>", NULL, .run = run_ntpq_config},
	{"config-from-file", "<file>", "Send the lines of a file (needs a key)",
		.run = run_ntpq_config_file},
	{"keyid", "[<number>]", "Set the key that requests are signed with", .run = run_ntpq_keyid},
	{"keytype", "[MD5|SHA1]", "Set the kind of that key", .run = run_ntpq_keytype,
		.complete = "MD5 SHA1"},
	{"passwd", "", "Ask for that key", .run = run_ntpq_passwd},
	{"authenticate", "[yes|no]", "Sign every request", .run = run_ntpq_authenticate,
		.complete = "no yes"},
	{"addvars", "<name>[=<value>][,...]", "Put variables on the list", .run = run_ntpq_addvars},
	{"rmvars", "<name>[,...]", "Take variables from the list", .run = run_ntpq_rmvars},
	{"clearvars", "", "Empty the list", .run = run_ntpq_clearvars},
	{"showvars", "", "Show the list", .run = run_ntpq_showvars},
	{"writelist", "[" ASSOCIATION "]", "Do nothing: daemons take no variables",
		.run = run_ntpq_nothing},
	{"writevar", ASSOCIATION " <name>=<value>", "Do nothing: daemons take no variables",
		.run = run_ntpq_nothing},
	{"host", "[-4|-6] [<name>]", "Show or set which daemon is asked", .run = run_ntpq_host,
		.complete = "-4 -6"},
	{"hostnames", "[yes|no|hostname|hostnum]", "Show names or addresses",
		.run = run_ntpq_hostnames, .complete = "hostname hostnum no yes"},
	{"timeout", "[<milliseconds>]", "Set how long an answer is waited for", .run = run_ntpq_set,
		.number = NTPQ_TIMEOUT},
	{"ntpversion", "[<version>]", "Set the version of NTP that is claimed", .run = run_ntpq_set,
		.number = NTPQ_VERSION_CLAIMED},
	{"delay", "[<milliseconds>]", "Remember a delay that nothing uses", .run = run_ntpq_delay},
	{"raw", "", "Show values as they come", .run = run_ntpq_flag, .number = NTPQ_RAW},
	{"cooked", "", "Show values for people", .run = run_ntpq_flag, .number = NTPQ_COOKED},
	{"units", "", "Show times with their units, or no longer", .run = run_ntpq_flag,
		.number = NTPQ_UNITS},
	{"direct", "", "Show clients as they come, or no longer", .run = run_ntpq_flag,
		.number = NTPQ_DIRECT},
	{"debug", "[no|more|less|<level>]", "Remember a level that nothing uses",
		.run = run_ntpq_debug, .complete = "less more no"},
	{"logfile", "[<file>]", "Do nothing: nothing is logged", .run = run_ntpq_nothing},
	{"doflake", "<probability>", "Do nothing", .run = run_ntpq_nothing},
	{"noflake", "", "Do nothing", .run = run_ntpq_nothing},
	{"poll", "", "Say that this is not done", .run = run_ntpq_poll},
	{"help", "[<command>]", "Show this, or how one is used", .run = run_ntpq_help},
	{"?", "[<command>]", NULL, .run = run_ntpq_help},
	{"version", "", "Show the version of this program", .run = run_ntpq_version},
	{"exit", "", "Leave", .run = run_quit},
	{"quit", "", "Leave", .run = run_quit},
	{"EOF", "", "Leave", .run = run_quit},
	{.name = NULL},
};

/* The word of that name, or the only one that begins so. Returns NULL and says what is wrong. */
static const struct command *find(struct session *s, const char *name)
{
	const struct command *found = NULL;
	size_t n = strlen(name), matches = 0;

	for (const struct command *c = ntpq_commands; c->name; c++) {
		if (strcmp(c->name, name) == 0)
			return c;
		if (strncmp(c->name, name, n) != 0)
			continue;
		found = c;
		matches++;
	}
	if (matches == 1)
		return found;
	ntpq_fail(s, matches > 1 ? "***Command `%s' ambiguous" : "***Command `%s' unknown", name);
	return NULL;
}

/* The length of the word that a line begins with. */
static size_t word_length(const char *line)
{
	size_t n = 0;

	if (line[0] == '?')
		return 1;
	while (isalnum((unsigned char)line[n]) || line[n] == '_' || (line[n] == '-' && n > 0) ||
		(line[n] == ':' && n == 0))
		n++;
	return n;
}

bool command_run_ntpq(struct session *s, const char *line, bool *ret_ran)
{
	char copy[COMMAND_LINE], rest[COMMAND_LINE], name[64], *words[COMMAND_WORDS];
	const struct command *c;
	size_t n;

	*ret_ran = false;
	while (text_is_space(*line))
		line++;
	if (*line == '\0')
		return true;
	*ret_ran = true;
	n = word_length(line);
	snprintf(name, sizeof(name), "%.*s", (int)n, line);
	if (text_copy(rest, sizeof(rest), line + n + strspn(line + n, " \t")) < 0)
		return session_complain(s, "Command too long", NULL);
	for (n = strlen(rest); n > 0 && text_is_space(rest[n - 1]); n--)
		rest[n - 1] = '\0';
	c = find(s, name);
	if (c == NULL)
		return false;
	snprintf(copy, sizeof(copy), "%s", rest);
	n = text_split(copy, words, COMMAND_WORDS);
	return c->run(s, c, &(struct command_words){.rest = rest, .word = words, .n = n});
}

bool ntpq_usage(struct session *s, const struct command *c)
{
	char line[200];
	struct text t = text_on(line, sizeof(line));

	text_add(&t, "usage: %s %s", c->name, c->arguments);
	return ntpq_fail(s, "%s", line);
}

static int by_name(const void *a, const void *b)
{
	const struct command *const *x = a, *const *y = b;

	return strcmp((*x)->name, (*y)->name);
}

/* The width of a column of the list, n words from the first on. */
static size_t width_of(const struct command *const *words, size_t n)
{
	size_t width = 0;

	for (size_t i = 0; i < n; i++)
		if (strlen(words[i]->name) > width)
			width = strlen(words[i]->name);
	return width;
}

/* How many lines n words take in columns. */
static size_t lines_for(const struct command *const *words, size_t n)
{
	size_t lines, width;

	for (lines = 1; lines < n; lines++) {
		width = 0;
		for (size_t at = 0; at < n; at += lines)
			width += width_of(words + at, n - at < lines ? n - at : lines) + 2;
		if (width - 2 <= HELP_WIDTH)
			break;
	}
	return lines;
}

static void list_words(struct printer *p)
{
	const struct command *words[sizeof(ntpq_commands) / sizeof(ntpq_commands[0])];
	size_t n = 0, lines;

	for (const struct command *c = ntpq_commands; c->name; c++)
		if (c->help != NULL)
			words[n++] = c;
	qsort(words, n, sizeof(words[0]), by_name);
	lines = lines_for(words, n);
	fprintf(p->out, "\nDocumented commands (type help <topic>):\n"
			"========================================\n");
	for (size_t line = 0; line < lines; line++) {
		for (size_t at = line; at < n; at += lines) {
			size_t first = at - line, rows = n - first < lines ? n - first : lines;

			fprintf(p->out, "%s%-*s", at > line ? "  " : "",
				(int)width_of(words + first, rows), words[at]->name);
		}
		fputc('\n', p->out);
	}
	fputc('\n', p->out);
}

bool run_ntpq_help(struct session *s, const struct command *c, const struct command_words *a)
{
	if (a->n == 0) {
		list_words(&s->printer);
		return true;
	}
	for (c = ntpq_commands; c->name; c++)
		if (strcmp(c->name, a->word[0]) == 0 && c->help != NULL)
			return ntpq_say(
				s, "function: %s\nusage: %s %s", c->help, c->name, c->arguments);
	ntpq_say(s, "*** No help on %s", a->word[0]);
	return false;
}
