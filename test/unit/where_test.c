/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Mistakes of a configuration in chronyd's words.
 */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "common/text.h"
#include "config/where.h"

static void said(const char *complaint, bool files, const char *wanted)
{
	char buffer[256];
	struct text t = text_on(buffer, sizeof(buffer));

	where_said(complaint, files, &t);
	assert_string_equal(buffer, wanted);
}

static void the_command_line_has_lines(void **state)
{
	(void)state;
	said("command line:2: Invalid directive servr, did you mean server?", false,
		"Invalid directive servr at line 2, did you mean server?");
	said("command line:12: Invalid option in server directive: bogus", true,
		"Invalid option in server directive at line 12: bogus");
	said("command line:1: Missing arguments for log directive", false,
		"Missing arguments for log directive at line 1");
}

static void files_are_named_where_that_is_wanted(void **state)
{
	(void)state;
	said("/etc/a b:c.conf:7: Could not parse makestep directive", true,
		"Could not parse makestep directive at line 7 in file /etc/a b:c.conf");
	said("/etc/a.conf:7: Could not parse makestep directive", false,
		"/etc/a.conf:7: Could not parse makestep directive");
}

/* Scripts look for "Could not open FILE : ERROR" as one text. */
static void what_the_system_says_is_not_cut_off(void **state)
{
	(void)state;
	said("/etc/a.conf:3: Could not open /etc/b.conf : No such file or directory", true,
		"Could not open /etc/b.conf : No such file or directory at line 3 in file "
		"/etc/a.conf");
	said("command line:1: Could not search for files matching /b/* : Permission denied", false,
		"Could not search for files matching /b/* : Permission denied at line 1");
}

static void what_has_no_place_stays(void **state)
{
	static const char *const texts[] = {"Could not open /etc/x : No such file or directory", "",
		": ", "x:: y", "Uneven number of NTS certs and keys"};

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		said(texts[i], true, texts[i]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_command_line_has_lines),
		cmocka_unit_test(files_are_named_where_that_is_wanted),
		cmocka_unit_test(what_the_system_says_is_not_cut_off),
		cmocka_unit_test(what_has_no_place_stays),
	};

	return cmocka_run_group_tests_name("where", tests, NULL, NULL);
}
