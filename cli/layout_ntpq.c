/* SPDX-License-Identifier: BSD-2-Clause */
/* Associations and variables as ntpq has them. */
#define _GNU_SOURCE
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "cli/layout_ntpq.h"
#include "cli/ntpq_cook.h"
#include "cli/ntpq_wire.h"
#include "common/status_words.h"
#include "common/text.h"

/* Width of lines of variables, whatever the terminal's. */
#define COLUMNS 77

void layout_ntpq_associations_head(struct printer *p)
{
	print_literal(p, "\n");
	print_header(p, "ind assid status  conf reach auth condition  last_event cnt", NULL);
}

/* What the table calls the last event: it has no words for the late ones. */
static const char *event_name(unsigned code)
{
	if (code == STATUS_CLOCK_EVENT)
		return "clock_alarm";
	return code < STATUS_CLOCK_EVENT ? status_peer_event_name(code) : "";
}

void layout_ntpq_association(struct printer *p, size_t i, unsigned id, unsigned status)
{
	static const struct print_choice auth[] = {
		{"none", "none", "none"}, {"ok ", "ok", "ok"}, {"bad", "bad", "bad"}};
	static const struct print_choice truth[] = {{"no", "0", NULL}, {"yes", "1", NULL}};
	bool configured = (status & 0x8000) != 0, reachable = (status & 0x1000) != 0;
	char word[8];

	snprintf(word, sizeof(word), "%04x", status);
	print_row(p);
	print_int(p, "", "index", (long long)i, 3);
	print_int(p, " ", "association", id, 5);
	print_text(p, "  ", "status", word, 0);
	print_choice(p, " ", NULL, &truth[configured], 5);
	print_json_bool(p, "configured", configured);
	print_choice(p, " ", NULL, &truth[reachable], 5);
	print_json_bool(p, "reachable", reachable);
	print_choice(p, " ", "authentication",
		&auth[!(status & 0x4000)  ? 0
			: status & 0x2000 ? 1
					  : 2],
		5);
	print_text(p, " ", "condition", status_selection_name(status >> 8 & 7), 9);
	print_text(p, " ", "last_event", event_name(status & 0xf), 11);
	print_int(p, " ", "events", status >> 4 & 0xf, 2);
	print_row_end(p, "\n");
}

void layout_ntpq_status(struct printer *p, unsigned association, unsigned status)
{
	char line[256];

	ntpq_cook_status(association, status, false, line, sizeof(line));
	print_literal(p, line);
	print_literal(p, "\n");
}

/* An item "name=value" as people see it; of the values of samples the name has ten columns. */
static void item_of(const struct layout_ntpq_look *look, const char *name, const char *value,
	char *ret, size_t room)
{
	char cooked[NTPQ_ITEM_MAX];

	ntpq_cook(name, value, look->units, cooked, sizeof(cooked));
	if (ntpq_is_array(name))
		snprintf(ret, room, "%10s =%s", name, cooked);
	else
		snprintf(ret, room, "%s=%s", name, cooked);
}

/* One more item on the line, or on the next. */
static void add_item(struct printer *p, size_t *io_column, const char *item)
{
	size_t n = strlen(item);

	if (*io_column > 0 && *io_column + 2 + n >= COLUMNS) {
		print_literal(p, ",\n");
		*io_column = 0;
	} else if (*io_column > 0) {
		print_literal(p, ", ");
		*io_column += 2;
	}
	print_literal(p, item);
	*io_column += n;
}

/* The text as it came, line by line. */
static void put_raw(struct printer *p, const char *text)
{
	char line[1024];
	size_t n;

	for (; *text != '\0'; text += n + strspn(text + n, "\r\n")) {
		n = strcspn(text, "\r\n");
		if (n >= sizeof(line))
			n = sizeof(line) - 1;
		snprintf(line, sizeof(line), "%.*s", (int)n, text);
		text_tame(line);
		print_literal(p, line);
		if (strchr("\r\n", text[n]) != NULL)
			print_literal(p, "\n");
	}
}

static void begin_lines(struct printer *p, const struct layout_ntpq_look *look,
	const struct layout_ntpq_variables *v)
{
	char line[256] = "", status[sizeof(line) - 1], number[32];

	if (look->server != NULL) {
		snprintf(line, sizeof(line), "server=%s ", look->server);
		print_literal(p, line);
	}
	if (v->with_status && look->raw)
		snprintf(line, sizeof(line), "associd=%u status=0x%04x,\n", v->association,
			v->status);
	else if (v->with_status) {
		ntpq_cook_status(v->association, v->status, v->clock, status, sizeof(status));
		snprintf(line, sizeof(line), "%s\n", status);
	} else {
		snprintf(number, sizeof(number), "associd=%u ", v->association);
		snprintf(line, sizeof(line), "%s", v->with_number ? number : "");
	}
	print_literal(p, line);
}

void layout_ntpq_variables(struct printer *p, const struct layout_ntpq_look *look,
	const struct layout_ntpq_variables *v)
{
	char name[64], value[1024], item[NTPQ_ITEM_MAX + 80], plain[1024];
	const char *text = v->text;
	size_t column = 0;

	begin_lines(p, look, v);
	if (look->raw && p->mode == PRINT_HUMAN) {
		put_raw(p, text);
		return;
	}
	while (ntpq_next(&text, name, sizeof(name), value, sizeof(value))) {
		if (name[0] == '\0')
			continue;
		if (p->mode == PRINT_HUMAN) {
			item_of(look, name, value, item, sizeof(item));
			add_item(p, &column, item);
			continue;
		}
		ntpq_cook_plain(name, value, plain, sizeof(plain));
		print_row(p);
		print_int(p, NULL, "association", v->association, 0);
		print_text(p, NULL, "name", name, 0);
		if (ntpq_is_array(name))
			print_numbers_as(p, NULL, "value", NULL, plain);
		else
			print_as(p, NULL, "value", NULL, plain, 0);
		print_row_end(p, "");
	}
	print_literal(p, "\n");
}
