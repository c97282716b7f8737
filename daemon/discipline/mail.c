/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * mailonchange: somebody hears by mail of a large correction. The text is chrony's.
 */
#include "config.h"

#include <math.h>
#include <time.h>

#include "common/instant.h"
#include "common/log.h"
#include "common/text.h"
#include "daemon/discipline/state.h"

/* Room for the date and the time in the sentence that tells them. */
#define DATE_ROOM 128

static void add_date(struct text *t, int64_t system)
{
	time_t s = (time_t)instant_floor_s(system);
	const struct tm *tm = localtime(&s);
	char date[DATE_ROOM];

	if (tm == NULL ||
		strftime(date, sizeof(date),
			"On %A, %d %B %Y\n  with the system clock reading %H:%M:%S (%Z)\n\n",
			tm) == 0)
		return;
	text_add(t, "%s", date);
}

void discipline_mail(struct discipline *d, double offset, int64_t system)
{
	static const char *const argv[] = {GNOMON_SENDMAIL, "-t", NULL};
	const struct settings *s = d->settings;
	char message[KERNEL_INPUT];
	struct text t = text_on(message, sizeof(message));
	struct kernel_identity names;

	if (s->mail_to[0] == '\0' || !(fabs(offset) > s->mail_change))
		return;
	d->kernel->ops->identity(d->kernel, &names);
	text_add(&t, "To: %s\nSubject: chronyd reports change to system clock on node [%s]\n\n",
		s->mail_to, names.node);
	add_date(&t, system);
	text_add(&t,
		"chronyd started to apply an adjustment of %.3f seconds to it,\n"
		"  which exceeded the reporting threshold of %.3f seconds\n\n",
		offset, s->mail_change);
	if (d->kernel->ops->program(d->kernel, argv, (struct span){(const uint8_t *)message, t.n}) <
		0)
		log_error(d->log, "Could not send mail notification to user %s", s->mail_to);
}
