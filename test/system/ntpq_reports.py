# SPDX-License-Identifier: BSD-2-Clause
"""Compares what the stock ntpq shows of two daemons with the same configuration.

Usage: ntpq_reports.py COMMAND THEIRS OURS: files of what ntpq printed of ntpd and of gnomond.
Every name and every column to which ntpd has a value must have one in ours; no complaint."""

import re
import sys

# What ntpq says where something could not be had.
COMPLAINTS = ("***", "one at a time", "?")
PAIR = re.compile(r'([a-z_]\w*) ?=(?:"([^"]*)"|([^,=]*?))(?=,|$|\r|\n)', re.S)


def pairs(text):
    """name=value lists."""
    return {m.group(1): (m.group(2) if m.group(2) is not None else m.group(3)).strip()
            for m in PAIR.finditer(text)}


def labels(text):
    """Lines of "label: value", or a label without a colon in 28 columns."""
    found = {}
    for line in text.splitlines():
        m = re.match(r"\s*([A-Za-z][^:=]*?)(?::\s+|\s{2,})(\S.*)?$", line)
        if m and "status=" not in line:
            found[m.group(1).strip()] = (m.group(2) or "").strip()
    return found


def table(text):
    """Rows below a line of =, each as a list of words; and the heading."""
    lines = text.splitlines()
    bar = next((i for i, line in enumerate(lines) if line.strip().startswith("=====")), None)
    if bar is None:
        return None
    rows = [line for line in lines[bar + 1:] if line.strip() and not line.startswith("#")]
    return lines[bar - 1].split(), [row.split() for row in rows]


def compare_tables(theirs, ours):
    bad = []
    if theirs[0] != ours[0]:
        bad.append("heading: %s, not %s" % (ours[0], theirs[0]))
    if theirs[1] and not ours[1]:
        bad.append("no row")
    # A row without some column is one that is shorter than all of theirs. The name of an event that
    # ntpq has no word for is blank, whoever tells of it.
    full = [row for row in ours[1] if not re.match(r"[0-9a-f]{3}d$", (row + [""] * 3)[2])]
    if theirs[1] and full and min(map(len, full)) < min(map(len, theirs[1])):
        bad.append("a row is too short: %s" % min(full, key=len))
    return bad


def compare_names(theirs, ours):
    bad = ["%s: missing, ntpd has %r" % (n, v) for n, v in theirs.items() if v and n not in ours]
    bad += ["%s: blank, ntpd has %r" % (n, v) for n, v in theirs.items()
            if v and n in ours and not ours[n]]
    return bad


def read(name):
    with open(name, encoding="ascii", errors="replace") as f:
        # ntpq tells of its own trouble with signed answers, whoever gives them.
        return "".join(line for line in f if not line.startswith("AUTH - packet too short"))


def main():
    command = sys.argv[1]
    theirs, ours = map(read, sys.argv[2:4])
    # ntpd itself has not all that its ntpq asks for.
    bad = ["complaint: " + line for line in ours.splitlines()
           if any(c in line for c in COMPLAINTS)]
    theirs = "".join(line + "\n" for line in theirs.splitlines() if "one at a time" not in line)
    if not ours.strip():
        bad.append("nothing printed")
    tables = table(theirs), table(ours)
    if tables[0] and tables[1]:
        counted = "%d rows" % len(tables[1][1])
        bad += compare_tables(*tables)
    elif tables[0]:
        counted = "no table"
        bad.append("no table")
    else:
        names = [dict(labels(t), **pairs(t)) for t in (theirs, ours)]
        counted = "%d names of ntpd's, %d of gnomond's" % tuple(map(len, names))
        bad += compare_names(*names)
        if not names[0] and theirs != ours:
            bad.append("other words than %r" % theirs)
    print("%s: %s" % (command, counted))
    for line in bad:
        print("  " + line)
    return 1 if bad else 0


sys.exit(main())
