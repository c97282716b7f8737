#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""The programs that ask chronyd: each one's way to the daemon, its requests byte for byte, and its
own idea of the answers, held field by field against what chronyc prints of the same daemon. The
decoders are written from the description of the protocol and share nothing with ours.

usage: consumers.py SOCKET CHRONYC
"""
import os
import re
import socket
import struct
import subprocess
import sys
import tempfile

PATH, CHRONYC = sys.argv[1:3]

N_SOURCES, SOURCE_DATA, TRACKING, SOURCESTATS = 14, 15, 33, 34
MANUAL, ACTIVITY, SMOOTHING, SERVERSTATS = 41, 44, 51, 54
NTPDATA, NAME, AUTH, CLIENTS, SELECT = 57, 65, 67, 68, 69
# request: reply, length of both in chrony 4.9
KNOWN = {N_SOURCES: (2, 32), SOURCE_DATA: (3, 76), TRACKING: (5, 104), SOURCESTATS: (6, 84),
         MANUAL: (18, 416), ACTIVITY: (12, 48), SMOOTHING: (13, 52), SERVERSTATS: (25, 196),
         NTPDATA: (26, 172), NAME: (19, 284), AUTH: (20, 52), CLIENTS: (21, 520),
         SELECT: (23, 76)}
LEAP = ["Normal", "Insert second", "Delete second", "Not synchronised"]
failed = 0
count = 0


def result(good, name, detail=""):
    global failed, count
    count += 1
    failed += not good
    print("%sok %d - %s" % ("" if good else "not ", count, name))
    if not good:
        print("# " + str(detail).replace("\n", "\n# "))


def real(word):
    """chrony's 32-bit float."""
    exponent, coefficient = word >> 25, word & 0x1ffffff
    exponent -= 128 if exponent >= 64 else 0
    coefficient -= 1 << 25 if coefficient >= 1 << 24 else 0
    return coefficient * 2.0**(exponent - 25)


class Fields:
    """Reads a payload from front to back."""

    def __init__(self, data):
        self.data, self.at = data, 0

    def take(self, form):
        size = struct.calcsize(">" + form)
        value = struct.unpack(">" + form, self.data[self.at:self.at + size])[0]
        self.at += size
        return value

    def real(self):
        return real(self.take("I"))

    def address(self):
        raw, family, _ = self.data[self.at:self.at + 16], *struct.unpack(
            ">HH", self.data[self.at + 16:self.at + 20])
        self.at += 20
        if family == 1:
            return socket.inet_ntop(socket.AF_INET, raw[:4])
        if family == 2:
            return socket.inet_ntop(socket.AF_INET6, raw)
        return "ID#%010d" % struct.unpack(">I", raw[:4]) if family == 3 else ""

    def time(self):
        high, low, ns = (self.take("I") for _ in range(3))
        return (high << 32) + low + ns / 1e9


class Consumer:
    """A connection as one of them makes it."""

    def __init__(self, where, own=None, mode=None, length=None, sequence=1):
        self.length, self.sequence, self.own = length, sequence, None
        if where.startswith("/"):
            self.s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
            self.own = own
            self.s.bind(own)
            os.chmod(own, mode)
            self.s.connect(where)
        else:
            family = socket.AF_INET6 if ":" in where else socket.AF_INET
            self.s = socket.socket(family, socket.SOCK_DGRAM)
            self.s.connect((where, 323))
        self.s.settimeout(2)

    def close(self):
        self.s.close()
        if self.own:
            os.unlink(self.own)

    def send(self, command, payload=b"", length=None, short=False):
        self.sequence += 1
        head = struct.pack(">BBHHHIII", 6, 1, 0, command, 0, self.sequence, 0, 0)
        length = length or self.length or 0
        request = (head + payload).ljust(length if short else max(length, KNOWN[command][1]), b"\0")
        self.s.send(request)
        answer = self.s.recv(2048)
        version, kind, reserved, number, reply, status = struct.unpack(">BBHHHH", answer[:10])
        if (version, kind, reserved, number) != (6, 2, 0, command):
            raise ValueError("header " + answer[:10].hex())
        if struct.unpack(">I", answer[16:20])[0] != self.sequence:
            raise ValueError("sequence")
        if any(answer[10:16]) or any(answer[20:28]):
            raise ValueError("padding of the header")
        if len(answer) > len(request):
            raise ValueError("an answer longer than its request")
        return reply, status, answer[28:]

    def ask(self, command, payload=b""):
        reply, status, data = self.send(command, payload)
        if (reply, status) != (KNOWN[command][0], 0) or len(data) + 28 != KNOWN[command][1]:
            raise ValueError("request %d: reply %d, status %d, %d bytes" %
                             (command, reply, status, len(data) + 28))
        return Fields(data)


# ------------------------------------------------------------------ what chronyc says of the same
def chronyc(*words):
    out = subprocess.run([CHRONYC, "-h", PATH, "-c", "-n", *words], capture_output=True, text=True,
                         timeout=10, check=True).stdout
    return [line.split(",") for line in out.splitlines()]


def compare(what, ours, theirs):
    """Lists of values: texts are the same, numbers as they were rounded."""
    if len(ours) != len(theirs):
        raise ValueError("%s: %s and %s" % (what, ours, theirs))
    for i, (a, b) in enumerate(zip(ours, theirs)):
        if isinstance(a, (str, int)):
            good = str(a) == b
        else:
            good = abs(a - float(b)) <= 0.6 * 10**-len(b.partition(".")[2]) + abs(float(b)) * 1e-6
        if not good:
            raise ValueError("%s, field %d: %r and %r\n%s\n%s" % (what, i, a, b, ours, theirs))


def tracking(c):
    f = c.ask(TRACKING)
    refid, address, stratum, leap = f.take("I"), f.address(), f.take("H"), f.take("H")
    when, reals = f.time(), [f.real() for _ in range(9)]
    theirs = chronyc("tracking")[0]
    compare("tracking", ["%08X" % refid, address, stratum, LEAP[leap]],
            theirs[:3] + theirs[13:])
    # the correction shrinks meanwhile, the dispersion grows
    compare("tracking", [when] + reals[1:7], [theirs[3]] + theirs[5:11])
    if not (abs(reals[0] - float(theirs[4])) < 1e-3 and reals[7] > 0 and reals[8] >= 0):
        raise ValueError("tracking: %s and %s" % (reals, theirs))
    return leap


def n_sources(c):
    n = c.ask(N_SOURCES).take("I")
    if n != len(chronyc("sources", "-a")):
        raise ValueError("%d sources" % n)
    return n


def source_data(c):
    for i in range(n_sources(c)):
        f = c.ask(SOURCE_DATA, struct.pack(">I", i))
        address, poll, stratum = f.address(), f.take("h"), f.take("H")
        state, mode, flags, reach = f.take("H"), f.take("H"), f.take("H"), f.take("H")
        age, reals = f.take("I"), [f.real() for _ in range(3)]
        theirs = chronyc("sources", "-a")[i]
        if mode == 2:
            address = socket.inet_aton(address).rstrip(b"\0").decode()
        compare("source %d" % i, ["^=#"[mode], "*?x~+-"[state], address, stratum, poll,
                                  "%o" % reach], theirs[:6])
        if flags != 0 or abs(age - int(theirs[6])) > 2:
            raise ValueError("source %d: %s" % (i, theirs))
        # measured and adjusted come the other way round than they are printed
        if abs(reals[0] - float(theirs[8])) > 1e-3 or abs(reals[1] - float(theirs[7])) > 1e-3:
            raise ValueError("source %d: %s %s" % (i, reals, theirs))


def sourcestats(c):
    for i in range(n_sources(c)):
        f = c.ask(SOURCESTATS, struct.pack(">I", i))
        refid, address, samples, runs, span = (f.take("I"), f.address(), f.take("I"), f.take("I"),
                                               f.take("I"))
        reals = [f.real() for _ in range(5)]
        theirs = [r for r in chronyc("sourcestats", "-a")][i]
        name = address or struct.pack(">I", refid).rstrip(b"\0").decode()
        compare("statistics %d" % i, [name], theirs[:1])
        if samples and not (0 < runs <= samples and span < 3600 and reals[0] >= 0 <= reals[2]):
            raise ValueError("statistics %d: %s %s" % (i, reals, theirs))
        if not samples and (reals[0], reals[2]) != (4.0, 2000.0):
            raise ValueError("statistics %d without samples: %s" % (i, reals))


def addresses(c):
    return [r[2] for r in chronyc("sources") if r[0] != "#" and "." in r[2]]


def packed(address):
    return socket.inet_aton(address).ljust(16, b"\0") + struct.pack(">HH", 1, 0)


def names(c):
    for address in addresses(c):
        name = c.ask(NAME, packed(address)).data.rstrip(b"\0").decode()
        compare("name", [name], chronyc("sourcename", address)[0])


def activity(c):
    f = c.ask(ACTIVITY)
    compare("activity", [f.take("i") for _ in range(5)], chronyc("activity")[0])


def serverstats(c):
    f = c.ask(SERVERSTATS)
    values = [f.take("Q") for _ in range(21)]
    if values[17:] != [2**64 - 1] * 4:
        raise ValueError("reserved words of serverstats: %s" % values)
    # chronyc prints NTP, command and key establishment in pairs
    order = [0, 3, 2, 5, 6, 1, 4, 7, 8]
    theirs = chronyc("serverstats")[0]
    for printed, i in enumerate(order):
        if not 0 <= int(theirs[printed]) - values[i] <= (50 if i in (0, 2) else 5):
            raise ValueError("serverstats: %s and %s" % (values, theirs))


def ntpdata(c):
    for address in addresses(c):
        f = c.ask(NTPDATA, packed(address))
        remote, local = f.address(), f.address()
        port, leap, version, mode, stratum = (f.take("H"), f.take("B"), f.take("B"), f.take("B"),
                                              f.take("B"))
        poll, precision = f.take("b"), f.take("b")
        theirs = chronyc("ntpdata", address)[0]
        modes = {1: "Symmetric active", 2: "Symmetric passive", 4: "Server", 0: "Invalid"}
        compare("ntpdata", [remote, port, local or "[UNSPEC]", LEAP[leap], version, modes[mode],
                            stratum, poll, precision],
                [theirs[0], theirs[2], theirs[3], theirs[5], theirs[6], theirs[7], theirs[8],
                 theirs[9], theirs[11]])
        if f.data[128:144] != b"\xff" * 16:
            raise ValueError("reserved words of ntpdata")


def selectdata(c):
    for i in range(n_sources(c)):
        f = c.ask(SELECT, struct.pack(">I", i))
        refid, address, state = f.take("I"), f.address(), chr(f.take("B"))
        auth, leap = f.take("B"), f.take("H") >> 8
        theirs = chronyc("selectdata", "-a")[i]
        name = address or struct.pack(">I", refid).rstrip(b"\0").decode()
        compare("selectdata", [state, name, "NY"[auth], LEAP[leap]],
                theirs[:3] + theirs[-1:])


def clients(c):
    f = c.ask(CLIENTS, struct.pack(">IIII", 0, 8, 0, 0))
    size, following, n = f.take("I"), f.take("I"), f.take("I")
    if not (0 < n <= 8 and following <= size):
        raise ValueError("clients: %d of %d, then %d" % (n, size, following))
    hits = {}
    for _ in range(n):
        address = f.address()
        hits[address] = f.take("I")
        f.at += 36
    for r in chronyc("clients"):
        if r[0] not in hits or not 0 <= int(r[1]) - hits[r[0]] <= 50:
            raise ValueError("clients: %s and %s" % (hits, r))


def telegraf_old(c):
    """Older Telegraf: lines of "key : value" of chronyc -n tracking."""
    out = subprocess.run([CHRONYC, "-h", PATH, "-n", "tracking"], capture_output=True, text=True,
                         timeout=10, check=True).stdout
    fields = dict(line.split(":", 1) for line in out.splitlines())
    fields = {k.strip(): v.split()[0] for k, v in fields.items()}
    if len(fields) != 13 or fields["Leap status"] != "Normal":
        raise ValueError(out)
    for key in ("System time", "Last offset", "RMS offset", "Frequency", "Residual freq", "Skew",
                "Root delay", "Root dispersion", "Update interval", "Stratum"):
        float(fields[key])


def text_of(*words):
    return subprocess.run([CHRONYC, "-h", PATH, *words], capture_output=True, text=True,
                          timeout=10, check=True).stdout


def match(text, *patterns):
    for p in patterns:
        if not re.search(p, text, re.MULTILINE):
            raise ValueError("no %s in\n%s" % (p, text))


def ntpstat(_):
    """The script of RHEL: labels of tracking, and the selected source."""
    match(text_of("-n", "tracking"), r"^Reference ID    : [0-9A-F]{8} \(.*\)$",
          r"^Stratum         : \d+$", r"^Ref time \(UTC\)  : .* \d{4}$",
          r"^System time     : [\d.]+ seconds (slow|fast) of NTP time$",
          r"^Root delay      : [\d.]+ seconds$", r"^Root dispersion : [\d.]+ seconds$",
          r"^Update interval : [\d.]+ seconds$", r"^Leap status     : Normal$")
    match(text_of("-n", "sources"), r"^\^\* ")


def zabbix(_):
    match(text_of("tracking"), r"^Last offset     : ([+-][\d.]+) seconds$",
          r"^RMS offset      : ([\d.]+) seconds$", r"^Frequency       : ([\d.]+) ppm (slow|fast)$",
          r"^Leap status     : (.+)$")
    match(text_of("sources"), r"^\^[*+?x~-] \S+ +\d+ +\d+ +[0-7]+ +\S+ +")


def check_chrony(_):
    fields = chronyc("tracking")[0]
    if len(fields) != 14 or not re.match("^[0-9A-F]{8}$", fields[0]):
        raise ValueError(fields)
    for f in fields[2:13]:
        float(f)


def netdata_text(_):
    match(text_of("serverstats"), r"^NTP packets received +: \d+$", r"^NTP packets dropped +: \d+$",
          r"^Command packets received +: \d+$", r"^Command packets dropped +: \d+$",
          r"^NTS-KE connections accepted *: \d+$", r"^NTS-KE connections dropped +: \d+$",
          r"^Authenticated NTP packets +: \d+$", r"^Interleaved NTP packets +: \d+$")


def coprocess(_):
    """A program that keeps one chronyc: with -e each answer ends with a dot."""
    out = subprocess.run([CHRONYC, "-h", PATH, "-e", "-c"], input="tracking\nactivity\n",
                         capture_output=True, text=True, timeout=10, check=True).stdout
    if [line for line in out.splitlines()][1::2] != [".", "."]:
        raise ValueError(out)


def closed(c):
    """By UDP nothing more is open than what is by default: not authorised."""
    for command in (SERVERSTATS, CLIENTS, SELECT, AUTH, NTPDATA):
        reply, status, data = c.send(command)
        if (reply, status, len(data)) != (1, 2, 0):
            raise ValueError("request %d: reply %d, status %d" % (command, reply, status))


def older_serverstats(c):
    """chronyc 4.0 to 4.3, and libraries made for them, ask in shorter requests."""
    for length, reply in ((60, 22), (72, 24), (196, 25)):
        answered, status, data = c.send(SERVERSTATS, length=length, short=True)
        if (answered, status, len(data) + 28) != (reply, 0, length):
            raise ValueError("%d bytes: reply %d, status %d, %d bytes" %
                             (length, answered, status, len(data) + 28))


def run(name, where, parts, **how):
    own = None
    if where.startswith("/"):
        own = os.path.join(os.path.dirname(where), how.pop("own"))
        how.setdefault("mode", 0o666)
    try:
        c = Consumer(where, own, **how)
    except OSError as e:
        result(False, name, e)
        return
    for part in parts:
        # Between a request and what chronyc says the daemon may have learnt something new.
        why = None
        for _ in range(3):
            try:
                part(c)
                why = None
                break
            except (ValueError, OSError, subprocess.SubprocessError, KeyError, IndexError) as e:
                why = repr(e)
        result(why is None, "%s: %s" % (name, part.__name__), why)
    c.close()


def main():
    exporter = [tracking, n_sources, source_data, sourcestats, names]
    run("chrony_exporter by UDP", "::1", exporter)
    run("chrony_exporter by UDP, what is closed", "::1", [closed])
    run("chrony_exporter by socket", PATH, exporter + [serverstats, clients],
        own="chrony_exporter.%d.sock" % os.getpid(), mode=0o666)
    # All requests of this library are of one size, but those that are larger.
    run("facebook/time", PATH, [tracking, source_data, sourcestats, ntpdata, selectdata,
                                serverstats, activity, names, clients],
        own="%d.sock" % os.getpid(), length=416)
    run("facebook/time by UDP", "127.0.0.1", [tracking, source_data, sourcestats, activity],
        length=416)
    run("Telegraf", PATH, [activity, tracking, serverstats, source_data, sourcestats],
        own="chrony-telegraf.sock", mode=0o660)
    run("Telegraf by UDP", "127.0.0.1", [activity, tracking, source_data, sourcestats])
    run("Telegraf by IPv6", "::1", [activity, tracking])
    run("older Telegraf", "127.0.0.1", [telegraf_old])
    run("Netdata", "127.0.0.1", [tracking, activity, netdata_text])
    run("OpenTelemetry", PATH, [tracking], own="otel.sock")
    run("collectd", "127.0.0.1", [tracking, n_sources, source_data, sourcestats])
    run("ClockBound", PATH, [tracking], own="clockboundd.sock", mode=0o700)
    run("older libraries", PATH, [older_serverstats], own="older.sock")
    run("text", "127.0.0.1", [ntpstat, zabbix, check_chrony, coprocess])
    print("%d passed, %d failed" % (count - failed, failed))
    sys.exit(failed > 0)


main()
