# SPDX-License-Identifier: BSD-2-Clause
"""Scenarios as scripts for chronyd have them, on a made-up clock and network.

Each is run with gnomond under several seeds, and with the stock chronyd under one: what does not
hold for that would be a mistake of the scenario. The words "ours" and "stock" in what follows are
the two programs. All times are of simulated seconds; nothing depends on how fast this runs.
"""
import os
import re
import shutil
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "interposer"))
from network import Network  # noqa: E402

WORK, LIBRARY = sys.argv[1:3]
STOCK, CHRONYC = os.environ["CHRONYD"], os.environ["CHRONYC"]
OURS, CTL = os.environ["GNOMOND"], os.environ["GNOMONCTL"]
GUARD = ["setpriv", "--bounding-set", "-sys_time", "--inh-caps", "-sys_time"]
SEEDS = {"ours": range(1, int(os.environ.get("SEEDS", 3)) + 1), "stock": (1,)}
PROGRAM = {"ours": OURS, "stock": STOCK}
CLOCK = {"offset": 0.1, "freq": 100, "wander": 1e-3}
SERVER = ("local stratum 1", "allow")
DAY = 86400
LEAP = 1230768000  # 2009-01-01, after a leap second
scenarios = []


class Lab(Network):
    """A network whose programs are daemons and clients."""

    def __init__(self, directory, seed, program, **more):
        super().__init__(LIBRARY, directory, seed, **more)
        self.program, self.results = program, []
        self.delay, self.jitter = 1e-4, 5e-5

    def daemon(self, number, program, *lines, flags=(), name=None, **clock):
        name = name or str(number)
        command = GUARD + ["env", "LD_PRELOAD=" + LIBRARY, PROGRAM[program], "-U", "-u", "root",
                           "-d", *flags, f"pidfile {self.directory}/{name}.pid",
                           f"bindcmdaddress {self.directory}/{number}.sock", "cmdport 0"]
        return self.add(number, command + list(lines), name, **clock)

    def server(self, number=1, *lines, **clock):
        return self.daemon(number, "stock", *SERVER, *lines, **clock)

    def client(self, *lines, number=9, flags=(), **clock):
        return self.daemon(number, self.program, *lines, flags=flags, **{**CLOCK, **clock})

    def ask(self, t, number, *commands):
        """By the stock chronyc, or by ours with every other seed."""
        client = 100 + len(self.nodes)
        program = CTL if self.seed % 2 == 0 else CHRONYC
        return self.add(client, ["env", "LD_PRELOAD=" + LIBRARY, program, "-n", "-h",
                                 f"{self.directory}/{number}.sock", "-m", *commands],
                        f"ask{client}", start=t)

    def sent(self, number, after=0):
        return [p for p in self.packets if p.source == number and p.time >= after]

    def times(self, number, after=0):
        return [round(p.time, 1) for p in self.sent(number, after)]

    def intervals(self, number):
        t = [p.time for p in self.sent(number)]
        return [b - a for a, b in zip(t, t[1:])]

    # What is looked at afterwards.
    def holds(self, what, passed, *detail):
        self.results.append((what, bool(passed), detail))

    def told(self, node, pattern, times=None):
        n = len(re.findall(pattern, node.text()))
        self.holds(f"tells {pattern}" if times != 0 else f"does not tell {pattern}",
                   n == times if times is not None else n > 0, n, node.text())

    def right(self, node, since, most):
        worst = max(abs(e) for t, e, _ in node.errors() if t >= since)
        self.holds(f"is right to {most} s from {since} s on", worst < most, worst)

    def every(self, number, least, most):
        gaps = self.intervals(number)
        self.holds(f"sends every {least} to {most} s", gaps and least <= min(gaps) and
                   max(gaps) <= most, len(gaps), min(gaps, default=0), max(gaps, default=0))


def scenario(function):
    """One that is run with each program."""
    scenarios.append(function)
    return function


def seconds_of(errors, t):
    return next(e for s, e, _ in errors if s >= t)


# ------------------------------------------------------------------------------ packets
@scenario
def iburst(net):
    net.server()
    c = net.client("server 192.168.123.1 iburst")
    net.run(600)
    t = net.times(9)
    net.holds("requests at 0.2, 2.2, 4.2, 6.2 s",
              all(abs(a - b) < 0.3 for a, b in zip(t, (0.2, 2.2, 4.2, 6.2))), t[:4])
    net.holds("then polls", len(t) > 8 and
              all(63.9 < b - a < 65.4 for a, b in zip(t[3:8], t[4:9])), t[3:9])
    net.told(c, "Selected source 192.168.123.1\n", 1)
    net.right(c, 300, 5e-4)


@scenario
def polls(net):
    net.server()
    c = net.client("server 192.168.123.1 minpoll 6 maxpoll 6")
    net.run(3000)
    net.every(9, 63.9, 65.3)
    net.told(c, r"00:02:\d\dZ Selected source 192.168.123.1\n", 1)
    net.right(c, 300, 5e-4)
    requests = {p.data[:4] for p in net.sent(9)}
    net.holds("requests say nothing of us", requests == {bytes((0x23, 0, 6, 0x20))} and
              all(p.data[4:40] == bytes(36) for p in net.sent(9)), requests)
    ports = [p.source_port for p in net.sent(9)]
    net.holds("each comes from another port", len(set(ports)) > len(ports) - 2)
    nonces = {p.data[40:48] for p in net.sent(9)}
    net.holds("and has another nonce", len(nonces) == len(ports))


@scenario
def silence(net):
    c = net.client("server 192.168.123.1 minpoll 4 maxpoll 6", "server 192.168.123.2 iburst")
    net.run(1000)
    t = [round(p.time) for p in net.sent(9) if p.target == 1]
    net.holds("five requests at 16 s, four at 32 s, then 64 s",
              len(t) > 12 and max(b - a for a, b in zip(t[:5], t[1:5])) <= 17 and
              all(31 <= b - a <= 34 for a, b in zip(t[4:8], t[5:9])) and
              all(63 <= b - a <= 67 for a, b in zip(t[8:], t[9:])), t)
    t = [p.time for p in net.sent(9) if p.target == 2]
    net.holds("eight of the burst in 15 s, then polls", t[7] < 15.5 and t[8] > 60, t)
    net.told(c, "Selected source", 0)


@scenario
def presend_and_burst(net):
    net.server()
    net.client("server 192.168.123.1 presend 4 minpoll 4 maxpoll 4")
    net.client("server 192.168.123.1 presend 4 minpoll 4 maxpoll 4 xleave", number=10)
    net.client("server 192.168.123.1 burst minpoll 4 maxpoll 6", number=11)
    net.run(1000)
    gaps = net.intervals(9)
    net.holds("pairs 2 s apart every 16 s", all(1.9 < g < 2.2 for g in gaps[::2]) and
              all(15.9 < g < 16.5 for g in gaps[1::2]), gaps[:8])
    gaps = net.intervals(10)
    net.holds("three with xleave", all(1.9 < g < 2.2 for i, g in enumerate(gaps) if i % 3 < 2),
              gaps[:8])
    net.holds("bursts stay few", len(net.sent(11)) < 1000 / 16 + 4, len(net.sent(11)))


@scenario
def ports(net):
    net.daemon(1, net.program, *SERVER, "port 124")
    net.client("server 192.168.123.1 port 124 minpoll 4", "acquisitionport 0")
    net.client("server 192.168.123.1 port 124 minpoll 4", "acquisitionport 123", number=10)
    net.server(2)
    net.client("server 192.168.123.2 minpoll 4", "server 192.168.123.1 port 124 minpoll 4",
               "acquisitionport 123", "allow", number=11)
    net.run(300)
    shared = [p for p in net.packets if p.source == 11 or p.target == 11]
    net.packets = [p for p in net.packets if p not in shared]
    net.holds("two sources and the server share a port", {(p.source, p.target) for p in shared} ==
              {(1, 11), (11, 1), (2, 11), (11, 2)} and all(
              p.source_port == 123 for p in shared if p.source == 11) and len(shared) > 40, len(shared))
    pairs = {(p.source, p.source_port, p.target_port) for p in net.packets if p.source != 1}
    net.holds("each from one port", len(pairs) == 2 and (10, 123, 124) in pairs, pairs)
    net.holds("all are answered from 124", {p.source_port for p in net.sent(1)} == {124} and
              len(net.sent(1)) == len(net.packets) // 2, len(net.packets))


@scenario
def loss(net):
    net.loss = 0.33
    net.server()
    c = net.client("server 192.168.123.1 minpoll 4 maxpoll 4")
    a = net.daemon(2, net.program, *SERVER, "peer 192.168.123.10 minpoll 4 maxpoll 4 xleave")
    b = net.client("peer 192.168.123.2 minpoll 4 maxpoll 4 xleave", number=10)
    net.run(3000)
    net.every(9, 15.9, 16.5)
    net.right(c, 500, 5e-4)
    net.right(b, 500, 5e-4)
    net.told(a, "Selected source", 0)


@scenario
def delays(net):
    net.delay, net.jitter = 1e-3, 1e-6
    net.server()
    far = net.client("server 192.168.123.1 minpoll 4 maxpoll 4 maxdelay 1e-4")
    c = net.client("server 192.168.123.1 minpoll 4 maxpoll 4 filter 5", number=10)
    net.run(3000)
    net.told(far, "Selected source", 0)
    net.every(10, 15.9, 16.5)
    net.right(c, 1500, 5e-4)


# ------------------------------------------------------------------------------ the clock
@scenario
def far_frequency(net):
    net.server()
    for number, freq in enumerate((5e3, -5e3, 5e4, -5e4), 9):
        net.client("server 192.168.123.1 minpoll 6 maxpoll 6", number=number, freq=freq, offset=0)
    net.run(3000)
    for node in net.nodes[1:]:
        net.right(node, 400, 1e-3)


@scenario
def far_time(net):
    net.server()
    slow = net.client("server 192.168.123.1", offset=-10)
    fast = net.client("server 192.168.123.1", number=10, offset=10)
    net.run(1000)
    net.told(slow, r"System clock wrong by (9\.9|10\.0)\d{5} seconds\n", 1)
    net.told(fast, r"System clock wrong by -(9\.9|10\.0)\d{5} seconds\n", 1)
    for node, sign in ((slow, -1), (fast, 1)):
        net.told(node, "stepped", 0)
        net.right(node, 400, 1e-3)
        net.holds("is not slewed too far", min(sign * e for _, e, _ in node.errors()) > -1e-2,
                  min(sign * e for _, e, _ in node.errors()))


@scenario
def makestep(net):
    net.server()
    fast = net.client("server 192.168.123.1 iburst", "makestep 2 1", offset=20)
    slow = net.client("server 192.168.123.1 iburst", "makestep 2 1", number=10, offset=-1e4)
    near = net.client("server 192.168.123.1 iburst", "makestep 2 1", number=11, offset=1.5)
    net.run(600)
    net.told(fast, r"System clock wrong by -20\.00\d{4} seconds\n", 1)
    net.told(fast, r"System clock was stepped by -20\.00\d{4} seconds\n", 1)
    net.told(slow, r"System clock was stepped by (10000\.00|9999\.99)\d{4} seconds\n", 1)
    net.told(near, "stepped", 0)
    for node in (fast, slow):
        net.right(node, 60, 5e-3)


@scenario
def initstepslew(net):
    net.server()
    nodes = [net.client("initstepslew 5 192.168.123.1", "server 192.168.123.1", number=9 + i,
                        offset=offset) for i, offset in enumerate((0.2, -20))]
    none = net.client("initstepslew 5 192.168.123.2", number=11)
    net.run(600)
    net.told(nodes[0], r"System's initial offset : 0\.20\d{4} seconds fast of true \(slew\)\n", 1)
    net.told(nodes[1], r"System's initial offset : (19\.99|20\.00)\d{4} seconds slow of true "
             r"\(step\)\n", 1)
    net.told(none, "00:00:10Z No suitable source for initstepslew\n", 1)
    for node in nodes:
        net.right(node, 25, 2e-2)
        net.right(node, 400, 1e-3)


@scenario
def once(net):
    net.server()
    lines = ("server 192.168.123.1 iburst",)
    sets = net.client(*lines, flags=["-q"], offset=1.5)
    tells = net.client(*lines, number=10, flags=["-Q"], offset=1.5)
    none = net.client("server 192.168.123.2 iburst", number=11, flags=["-Q"])
    unnamed = net.client("pool nosuch.name iburst", number=14, flags=["-q", "-t", "60"])
    timed = net.client(*lines, number=12, flags=["-t", "100"])
    early = net.client(*lines, number=13, flags=["-t", "2"])
    net.run(200)
    net.told(sets, r"System clock wrong by -1\.50\d{4} seconds \(step\)\n", 1)
    net.told(tells, r"System clock wrong by -1\.50\d{4} seconds \(ignored\)\n", 1)
    net.told(none, "No suitable source for synchronisation\n", 1)
    net.told(timed, "Timeout reached\n", 1)
    net.told(unnamed, "00:01:00Z Timeout reached\n", 1)
    status = [n.status for n in (sets, tells, none, timed, early)]
    net.holds("exit statuses", status == [0, 0, 1, 0, 1], status)
    lasted = [len(n.errors()) for n in (sets, tells, none, timed, early)]
    net.holds("after 4, 4, 10, 100 and 2 s", all(abs(a - b) <= 1 for a, b in zip(
        lasted, (4, 4, 10, 100, 2))), lasted)
    sent = [len(net.sent(n)) for n in (9, 10, 11)]
    net.holds("by 3, 3 and 6 requests", sent == [3, 3, 6], sent)


@scenario
def steps_by_others(net):
    net.server()
    small = net.client("server 192.168.123.1 minpoll 4 maxpoll 4")
    tiny = net.client("server 192.168.123.1 minpoll 4 maxpoll 4", "logchange 0.01", offset=0,
                      number=12)
    net.step(1000, tiny, 0.05)
    ahead = net.client("server 192.168.123.1 iburst maxpoll 6", "makestep 1 -1", number=10)
    back = net.client("server 192.168.123.1 iburst maxpoll 6", "makestep 1 -1", number=11)
    for node, by in ((small, 0.3), (ahead, 100), (back, -1e4)):
        net.step(1000, node, by)
    net.run(2500)
    net.told(ahead, "Forward time jump detected!\n", 1)
    net.told(ahead, r"System clock was stepped by -(100\.00|99\.99)\d{4} seconds\n")
    net.told(back, "Backward time jump detected!\n", 1)
    for node in (ahead, back):
        net.told(node, r"jump detected!\n(.*Reset.*\n)?.*Can't synchronise: no selectable sources", 1)
    net.told(tiny, r"00:16:[45]\dZ System clock wrong by -0\.0\d{5} seconds\n")
    net.told(back, r"System clock was stepped by (10000\.00|9999\.99)\d{4} seconds\n")
    net.told(small, "jump detected", 0)
    for node in (small, tiny, ahead, back):
        net.right(node, 2000, 1e-3)


@scenario
def maxchange(net):
    net.server()
    first = net.client("server 192.168.123.1 iburst", "maxchange 0.1 0 0", offset=0.5)
    others = net.client("server 192.168.123.1 iburst minpoll 5 maxpoll 5", "maxchange 0.1 1 3",
                        number=10, offset=0.5)
    net.step(800, others, 0.5)
    net.run(2000)
    text = r"Adjustment of -0\.\d{3} seconds exceeds the allowed maximum of 0\.100 seconds "
    net.told(first, text + r"\(exiting\) \n", 1)
    net.told(others, text + r"\(ignored\) \n", 3)
    net.told(others, text + r"\(exiting\) \n", 1)
    net.holds("both end with status 1", (first.status, others.status) == (1, 1))


@scenario
def without_control(net):
    net.server()
    x = net.client("server 192.168.123.1 minpoll 5 maxpoll 5", "allow", flags=["-x"], offset=0.3)
    c = net.client("server 192.168.123.9 minpoll 5 maxpoll 5", number=10)
    net.run(3000)
    net.told(x, "Disabled control of system clock\n", 1)
    net.holds("the clock is let alone", abs(x.errors()[-1][1] - 0.6) < 1e-3, x.errors()[-1])
    net.right(c, 1000, 1e-3)


@scenario
def drift_file(net):
    path = net.directory + "/drift"
    with open(path, "w") as f:
        f.write("-100.0 1.0\n")
    net.server()
    c = net.client("server 192.168.123.1 minpoll 6 maxpoll 6", "driftfile " + path)
    net.run(3000)
    net.told(c, r"Frequency -100\.000 \+/- 1\.000 ppm read from ", 1)
    net.holds("it is set at once", abs(c.errors()[2][2] - 200) < 0.1, c.errors()[2])
    with open(path) as f:
        text = f.read()
    net.holds("what was learnt is written", re.fullmatch(r" {10,}\d+\.\d{6} {10,}\d+\.\d{6}\n", text)
              and len(text) == 42 and abs(float(text.split()[0]) - 100) < 1, text)


@scenario
def by_hand(net):
    c = net.client("manual", "local stratum 5", offset=3, wander=0)
    for i in range(3):
        net.ask(100 * (i + 1), 9, f"settime Jan 1, 2010 00:0{(i * 100 + 100) // 60}:"
                f"{(i * 100 + 100) % 60:02}")
    asked = net.ask(310, 9, "manual list", "tracking")
    net.run(600)
    net.told(c, r"Making a slew of 3\.01\d{4}\n", 1)
    net.told(c, r"Making a frequency change of (99\.9|100\.0)\d\d ppm and a slew of 0\.0", 1)
    net.holds("three samples are listed", "210 n_samples = 3\n" in asked.text(), asked.text())
    net.holds("and it serves by itself", "Reference ID    : 7F7F0101 ()" in asked.text())
    net.holds("slewing ends where it should", abs(seconds_of(c.errors(), 190)) < 2e-2,
              seconds_of(c.errors(), 190))
    net.right(c, 400, 1e-3)


def leap_second(mode, *texts, at_once):
    def run(net):
        before = 7200
        net.start = LEAP - before
        net.daemon(1, "stock", *SERVER, "leapsecmode ignore")
        c = net.client("server 192.168.123.1 minpoll 5 maxpoll 5 iburst", "leapsectz right/UTC",
                       "leapsecmode " + mode, offset=0)
        net.run(before + 60)
        for text in texts:
            net.told(c, text, 1)
        told = c.text()
        net.holds("where leap seconds come from is told at the start", -1 <
                  told.find("Using right/UTC timezone") < told.find("Selected source"), told)
        errors = c.errors()
        net.holds("nothing before", abs(seconds_of(errors, before - 3)) < 1e-3)
        net.holds("what is to happen at midnight", abs(seconds_of(errors, before + 2) - at_once)
                  < 0.3 * abs(at_once) + 1e-3, seconds_of(errors, before + 2))
    run.__name__ = "leap_second_" + mode
    scenario(run)


leap_second("system", "Using right/UTC timezone to obtain leap second data\n",
            "System clock TAI offset set to 33 seconds\n",
            "System clock status set to insert leap second\n", at_once=-1)
leap_second("step", "System clock was stepped for leap second\n", at_once=-1)
leap_second("slew", "Adjusting system clock for leap second\n", at_once=-0.2)
leap_second("ignore", "Ignoring leap second\n", at_once=0)


# ------------------------------------------------------------------------------ reference clocks
@scenario
def receiver(net):
    logs = "logdir " + net.directory, "log tracking statistics refclocks selection", "logbanner 5"
    c = net.client("refclock SHM 0 refid GPS", *logs, shm=1e-6)
    tai = net.client("refclock SHM 0 tai", "leapsectz right/UTC", number=10, shm=1e-6)
    net.run(600)
    net.told(c, "Selected source GPS\n", 1)
    net.right(c, 120, 2e-5)
    net.told(tai, r"System clock wrong by -34\.10\d{4} seconds\n", 1)
    net.told(tai, "System clock TAI offset set to 34 seconds\n", 1)
    for name, pattern in (
            ("refclocks", r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{6} GPS  [ \d]{5}N 0 [ -]\d\."
             r"\d{6}e[-+]\d\d [ -]\d\.\d{6}e[-+]\d\d {2}\d\.\d{3}e-\d\d"),
            ("tracking", r"\S+ \S+ GPS              1 [ \d.-]{10} [ \d.-]{10} [ -]\d\.\d{3}e\S+ N  1 .*"),
            ("statistics", r"\S+ \S+ GPS( {1,14}[-+.e\d]+){6,11}"),
            ("selection", r"\S+ \S+ GPS             [*M?] -[-NPTR]{4} [ 0-7]{4} {2}1\.00 .*")):
        with open(f"{net.directory}/{name}.log") as f:
            lines = f.read().splitlines()
        entries = [line for line in lines if re.match(r"\d{4}-", line)]
        net.holds(f"{name}.log: columns", entries and re.fullmatch(pattern, entries[-1]), entries[-1:])
        net.holds(f"{name}.log: a banner before each five", lines[0].startswith("===") and
                  sum(line.startswith("===") for line in lines) == 2 * -(-len(entries) // 5),
                  len(lines), len(entries))


@scenario
def pulses(net):
    c = net.client("refclock SHM 0 refid GPS dpoll 3 poll 4", "refclock SHM 1 refid PPS pps lock GPS "
                   "maxlockage 2", "refclock SHM 2 refid OFF pps lock XXX", shm=1e-6)
    net.run(300)
    net.told(c, "PPS maxlockage too small for GPS\n", 1)
    net.told(c, "Invalid lock refid XXX\n", 1)
    net.told(c, "Selected source PPS\n")
    net.right(c, 120, 2e-5)


# ------------------------------------------------------------------------------ selection
@scenario
def selection(net):
    for i, offset in enumerate((0, 0, 0.5), 1):
        net.server(i, offset=offset)
    c = net.client(*(f"server 192.168.123.{i} iburst minpoll 5 maxpoll 5" for i in (1, 2, 3)))
    two = net.client(*(f"server 192.168.123.{i} iburst" for i in (1, 3)), number=10)
    liked = net.client("server 192.168.123.1 iburst noselect", "server 192.168.123.2 iburst prefer",
                       number=11)
    asked, voted = net.ask(900, 9, "sources"), net.ask(900, 10, "sources", "tracking")
    net.run(1000)
    letters = sorted(line[1] for line in asked.text().splitlines() if line.startswith("^"))
    net.holds("letters of three", letters == ["*", "+", "x"], asked.text())
    net.right(c, 300, 1e-3)
    net.holds("two that differ are both false", voted.text().count("^x ") == 2 and
              "Leap status     : Not synchronised" in voted.text(), voted.text())
    net.told(liked, "Selected source 192.168.123.2\n", 1)
    net.told(liked, "Selected source 192.168.123.1\n", 0)
    net.holds("nobody steers by them", abs(two.errors()[-1][1] - 0.2) < 1e-3, two.errors()[-1])


@scenario
def several_are_needed(net):
    net.server(1)
    net.server(2, start=300)
    c = net.client("server 192.168.123.1 iburst maxpoll 6", "server 192.168.123.2 iburst maxpoll 6",
                   "minsources 2")
    net.run(1000)
    times = re.findall(r"00:(\d\d):\d\dZ Selected source", c.text())
    net.holds("not before the second is there", times and int(times[0]) >= 5, times)
    net.right(c, 900, 1e-3)


@scenario
def orphans(net):
    nodes = [net.daemon(i, net.program, "local stratum 5 orphan distance 0.1", "allow",
                        *(f"server 192.168.123.{j} minpoll 5 maxpoll 5" for j in (1, 2, 3) if j != i),
                        freq=10 * i - 20, offset=0.1 * i - 0.2) for i in (1, 2, 3)]
    net.run(3000)
    ends = [n.errors()[-1][1] for n in nodes]
    net.holds("all follow one", max(ends) - min(ends) < 1e-3, ends)
    net.told(nodes[0], "Selected source", 0)
    for node in nodes[1:]:
        net.told(node, "Selected source 192.168.123.1\n", 1)


@scenario
def loops(net):
    net.server(1, end=1000)
    a = net.client("server 192.168.123.1 minpoll 4 maxpoll 4",
                   "server 192.168.123.10 minpoll 4 maxpoll 4", "allow", "cmdport 0")
    b = net.client("server 192.168.123.9 minpoll 4 maxpoll 4", "allow", number=10, freq=-50)
    net.run(3000)
    net.told(a, "Selected source 192.168.123.10", 0)
    net.told(b, "Selected source 192.168.123.9\n", 1)


@scenario
def served_smoothly(net):
    net.server()
    a = net.client("server 192.168.123.1 minpoll 4 maxpoll 4", "smoothtime 400 0.01", "allow",
                   "leapsecmode slew")
    copy = net.client("server 192.168.123.1 minpoll 4 maxpoll 4 copy", number=10)
    smooth, asked = net.ask(2900, 9, "smoothing"), net.ask(2900, 10, "tracking")
    net.run(3000)
    net.holds("smoothing is told", re.search(r"Active +: Yes", smooth.text()), smooth.text())
    net.right(a, 500, 1e-3)
    net.holds("a copy has the server's stratum", "7F7F0101" in asked.text() and
              re.search(r"Stratum +: 1\n", asked.text()), asked.text(), copy.text())


# ------------------------------------------------------------------------------ serving
@scenario
def who_may_ask(net):
    net.daemon(1, net.program, "local stratum 1", "allow 192.168.123.0/28", "deny 192.168.123.10",
               "broadcast 60 192.168.123.255")
    net.daemon(9, "stock", "server 192.168.123.1", **CLOCK)
    net.daemon(10, "stock", "server 192.168.123.1", **CLOCK)
    asked = net.ask(10, 1, "accheck 192.168.123.9", "accheck 192.168.123.10", "accheck 192.168.123.30",
                    "deny 192.168.123.9", "accheck 192.168.123.9", "allow all",
                    "accheck 192.168.123.10")
    net.run(600)
    codes = [line[:3] for line in asked.text().splitlines()]
    net.holds("accheck, allow, deny", codes == ["208", "209", "209", "200", "209", "200", "208"],
              asked.text())
    answered = [sum(p.target == n for p in net.sent(1)) for n in (9, 10)]
    asked = [len(net.sent(n)) for n in (9, 10)]
    net.holds("all but the first are answered", answered[0] == asked[0] and
              0 < answered[1] == asked[1] - 1, answered, asked)
    waves = [p for p in net.sent(1) if p.target == 255]
    net.holds("broadcasts every minute", 8 <= len(waves) <= 10 and
              all(p.data[:2] == b"\x25\x01" and p.source_port == 123 for p in waves), len(waves))


@scenario
def rates(net):
    net.daemon(1, net.program, *SERVER, "ratelimit interval 6 burst 2 leak 4")
    net.daemon(2, net.program, *SERVER, "ratelimit interval 8 burst 2 leak 4 kod 1")
    net.daemon(9, "stock", "server 192.168.123.1 minpoll 3 maxpoll 3", **CLOCK)
    c = net.client("server 192.168.123.2 minpoll 3 maxpoll 3", number=10)
    asked = net.ask(3990, 1, "serverstats")
    net.run(4000)
    answers, requests = len(net.sent(1)), len(net.sent(9))
    net.holds("one of six is answered, a sixteenth of the others leaks",
              requests / 8 < answers < requests / 3.5, answers, requests)
    drops = int(re.search(r"NTP packets dropped +: (\d+)", asked.text()).group(1))
    net.holds("drops are counted", abs(drops - (requests - answers)) <= 2, drops)
    if "kod" in asked.text() or net.program == "ours":
        net.told(c, "Received KoD RATE from 192.168.123.2\n")
        gaps = net.intervals(10)
        net.holds("then there is a long pause", max(gaps) > 38, max(gaps))


# ------------------------------------------------------------------------------ peers, interleaved
@scenario
def peers(net):
    a = net.daemon(1, net.program, *SERVER, "peer 192.168.123.9 minpoll 5 maxpoll 5")
    b = net.client("peer 192.168.123.1 minpoll 5 maxpoll 5", "allow")
    net.run(2000)
    net.holds("both from port 123", {(p.source_port, p.target_port) for p in net.packets} ==
              {(123, 123)})
    net.holds("as active peers", {p.data[0] & 7 for p in net.packets} <= {1, 2})
    net.told(a, "Selected source", 0)
    net.told(b, "Selected source 192.168.123.1\n", 1)
    net.right(b, 300, 1e-3)


@scenario
def interleaved(net):
    net.daemon(1, net.program, *SERVER)
    net.daemon(9, "stock", "server 192.168.123.1 xleave minpoll 4 maxpoll 4",
               "logdir " + net.directory, "log rawmeasurements", **CLOCK)
    os.mkdir(net.directory + "/b")
    net.client("server 192.168.123.1 xleave minpoll 4 maxpoll 4", "logdir " + net.directory + "/b",
               "log rawmeasurements", number=10)
    net.run(500)
    for directory in (net.directory, net.directory + "/b"):
        with open(directory + "/measurements.log") as f:
            lines = [line.split() for line in f if line.startswith("2010")]
        modes = [line[-3] for line in lines]
        net.holds("two basic, then interleaved", modes[:2] == ["4B", "4B"] and
                  set(modes[2:]) == {"4I"} and lines[2][7] == "0111" and
                  {line[7] for line in lines[3:]} <= {"1111", "1101"}, modes, [line[7] for line in lines])


@scenario
def keys(net):
    path = net.directory + "/keys"
    with open(path, "w") as f:
        f.write("1 SHA1 HEX:" + "ab" * 20 + "\n2 MD5 abcdefghij\n3 AES128 HEX:" + "cd" * 16 + "\n")
    net.server(1, "keyfile " + path)
    good = [net.client(f"server 192.168.123.1 key {key} iburst", "keyfile " + path, number=8 + key)
            for key in (1, 2, 3)]
    bad = net.client("server 192.168.123.1 key 4 iburst", "keyfile " + path, number=20)
    net.run(200)
    lengths = [{len(p.data) for p in net.sent(8 + key)} for key in (1, 2, 3)]
    net.holds("lengths of requests", lengths == [{72}, {68}, {68}], lengths)
    for node in good:
        net.told(node, "Selected source 192.168.123.1\n", 1)
    net.told(bad, "Key 4 is missing\n", 1)
    net.told(bad, "Selected source", 0)


# ------------------------------------------------------------------------------ NTS
def certificate(net):
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
         "-keyout", net.directory + "/key.pem", "-out", net.directory + "/cert.pem", "-days", "3650",
         "-subj", "/CN=node-1.net1.clk", "-addext", "subjectAltName=DNS:node-1.net1.clk,DNS:node-2.net1.clk"],
        stderr=subprocess.DEVNULL, check=True)
    net.start = int(time.time()) + 100
    return ("ntsservercert cert.pem", "ntsserverkey key.pem", "ntsprocesses 0")


def nts_of(name, server, client):
    def run(net):
        lines = certificate(net)
        net.daemon(1, server(net), *SERVER, *lines, end=600)
        net.daemon(1, server(net), *SERVER, *lines, start=1000, name="again")
        c = net.daemon(9, client(net), "server node-1.net1.clk nts iburst minpoll 5 maxpoll 5",
                       "ntstrustedcerts cert.pem", "nosystemcert", **CLOCK)
        asked = net.ask(500, 9, "authdata"), net.ask(2900, 9, "authdata")
        net.run(3000)
        net.told(c, r"Selected source 192.168.123.1 \(node-1.net1.clk\)\n")
        fields = [a.text().splitlines()[-1].split() for a in asked]
        net.holds("eight cookies of the first session", fields[0][:4] == ["192.168.123.1", "NTS",
                  "1", "15"] and fields[0][-2:] == ["8", "100"], fields[0])
        net.holds("and of the second, when the first server is gone", fields[1][2] == "2" and
                  fields[1][-2] == "8", fields[1])
        sizes = {len(p.data) for p in net.sent(9)[:6]}
        net.holds("requests of 228 bytes", sizes == {228}, sizes)
        net.right(c, 1900, 1e-3)
    run.__name__ = name
    run.nts = True
    scenario(run)


nts_of("nts_client", lambda net: "stock", lambda net: net.program)
nts_of("nts_server", lambda net: net.program, lambda net: "stock")


@scenario
def nts_elsewhere(net):
    lines = certificate(net)
    net.daemon(1, "stock", *SERVER, *lines, "port 11123")
    net.daemon(2, "stock", *SERVER, *lines, "ntsntpserver 192.168.123.3")
    near = net.client("server node-1.net1.clk nts iburst", "ntstrustedcerts cert.pem")
    far = net.client("server node-2.net1.clk nts iburst", "ntstrustedcerts cert.pem", number=10)
    twice = net.client("server 192.168.123.3 minpoll 4 maxpoll 4",
                       "server node-2.net1.clk nts iburst", "ntstrustedcerts cert.pem", number=11)
    net.run(300)
    net.told(twice, "Could not change 192.168.123.2 to negotiated address 192.168.123.3\n")
    net.told(twice, "changed to", 0)
    net.holds("nor asked twice as often", 15 <= len(net.sent(11)) <= 20, net.times(11))
    net.told(near, r"Source 192.168.123.1 \(node-1.net1.clk\) changed port to 11123\n", 1)
    net.told(far, r"Source 192.168.123.2 changed to 192.168.123.3 \(node-2.net1.clk\)\n", 1)
    net.told(near, r"Selected source 192.168.123.1 \(node-1.net1.clk\)\n", 1)
    net.holds("and it is asked", {p.target for p in net.sent(10)} == {3})


nts_elsewhere.nts = True


@scenario
def nts_without_an_answer(net):
    net.start = int(time.time())
    c = net.client("server node-1.net1.clk nts iburst", "nosystemcert")
    net.run(300)
    net.told(c, r"NTS-KE session with 192.168.123.1:4460 \(node-1.net1.clk\) timed out\n")
    net.holds("no request without NTS", not net.sent(9))


nts_without_an_answer.nts = True


# ------------------------------------------------------------------------------ commands, reloads
@scenario
def activity(net):
    net.server()
    c = net.client("server 192.168.123.1 minpoll 4 maxpoll 4 offline")
    net.ask(100, 9, "online")
    net.ask(200, 9, "offline")
    net.ask(400, 9, "burst 4/4")
    net.ask(500, 9, "online")
    asked = net.ask(600, 9, "activity", "minpoll 192.168.123.1 5", "maxpoll 192.168.123.1 5", "shutdown")
    net.run(700)
    t = net.times(9)
    net.holds("requests while online, and four of a burst", t[0] >= 100 and
              len([x for x in t if x < 200]) == 7 and not [x for x in t if 200 <= x < 400] and
              len([x for x in t if 400 <= x < 500]) == 4 and len([x for x in t if x >= 500]) in
              (6, 7), t)
    net.told(c, "Source 192.168.123.1 online\n", 2)
    net.told(c, "Source 192.168.123.1 offline\n", 1)
    net.told(c, "Can't synchronise: no selectable sources.*\n.*Source 192.168.123.1 offline\n"
             ".*Selected source 192.168.123.1\n.*Can't synchronise: no selectable sources", 1)
    net.told(c, "Source 192.168.123.1 new minpoll 5\n", 1)
    net.told(c, "Received shutdown command\n", 1)
    net.holds("it ends", c.status == 0 and len(c.errors()) <= 601, c.status)
    net.holds("activity", "200 OK\n1 sources online\n0 sources offline\n" in asked.text(), asked.text())


@scenario
def asked_over_the_network(net):
    net.daemon(1, net.program, *SERVER, "cmdport 323", "bindcmdaddress 0.0.0.0",
               "cmdallow 192.168.123.9")
    asked = [net.add(n, ["env", "LD_PRELOAD=" + LIBRARY, program, "-n", "-h", "192.168.123.1",
                         "-m", "tracking", "activity"], start=t)
             for t, n, program in ((10, 9, CHRONYC), (20, 9, CTL), (30, 10, CTL))]
    net.run(60)
    for node in asked[:2]:
        net.holds("reports", node.status == 0 and "7F7F0101" in node.text() and
                  "0 sources online\n" in node.text(), node.status, node.text())
    net.holds("no answer to others", asked[2].status == 1 and "506 Cannot talk to daemon" in
              asked[2].text(), asked[2].status, asked[2].text())


@scenario
def sources_are_read_again(net):
    os.mkdir(net.directory + "/s.d")

    def write(*hosts):
        with open(net.directory + "/s.d/a.sources", "w") as f:
            f.writelines(f"{host} minpoll 4 maxpoll 4\n" for host in hosts)
    for i in (1, 2, 3):
        net.server(i)
    write("server 192.168.123.1", "server 192.168.123.2")
    c = net.client("sourcedir s.d")
    net.at(300, "call", lambda: write("server 192.168.123.2", "server 192.168.123.3"))
    net.ask(301, 9, "reload sources")
    asked = net.ask(500, 9, "sources", "reload sources")
    net.run(600)
    shown = sorted(re.findall(r"^\^. (\S+)", asked.text(), re.M))
    net.holds("one went, one came", shown == ["192.168.123.2", "192.168.123.3"], asked.text())
    count = [sum(p.target == i for p in net.sent(9)) for i in (1, 2, 3)]
    net.holds("the one that stays is not disturbed", 18 <= count[0] <= 20 and 36 <= count[1] <= 38
              and 17 <= count[2] <= 20, count)
    net.right(c, 200, 1e-3)


@scenario
def dumps(net):
    os.mkdir(net.directory + "/dump")
    lines = ("server 192.168.123.1 minpoll 6 maxpoll 6", f"dumpdir {net.directory}/dump",
             f"driftfile {net.directory}/drift")
    net.server()
    a = net.client(*lines, end=1000)
    b = net.daemon(9, "stock" if net.program == "ours" else "ours", *lines, flags=["-r"], freq=100,
                   start=1005, name="again")
    net.run(1200)
    net.told(a, "exiting\n", 1)
    net.told(b, "Loaded dump file for 192.168.123.1\n", 1)
    net.told(b, "Selected source 192.168.123.1\n", 1)
    net.right(b, 1010, 1e-3)
    first = b.text().split("Loaded")[0].count("\n")
    net.holds("it is selected before it is asked", "Selected" in b.text().splitlines()[first + 1],
              b.text())


def read(path):
    with open(path) as f:
        return f.read()


@scenario
def rtc(net):
    """What one learnt of the RTC sets the clock of the other after it."""
    rtcfile = net.directory + "/rtc"
    lines = ("server 192.168.123.1 minpoll 4 maxpoll 4", "rtcfile " + rtcfile, "rtconutc",
             f"logdir {net.directory}", "log rtc")
    # The RTC is 12.3 s ahead at first, and gains 80 ppm.
    clock = {"rtc": 12.3, "rtc_rate": 80, "freq": 10}
    net.server()
    a = net.client(*lines, end=1500, **{**clock, "offset": 0})
    asked = net.ask(1400, 9, "rtcdata")
    b = net.daemon(9, "stock" if net.program == "ours" else "ours", *lines[1:], flags=["-s"],
                   start=2000, name="again", offset=-1000, **clock)
    left = []
    net.at(1900, "call", lambda: left.append(read(rtcfile)))
    net.run(2060)
    text = left[0]
    net.told(a, "exiting\n", 1)
    fast = re.search(r"RTC is fast by +: +(-?\d+\.\d{6}) seconds\n"
                     r"RTC gains time at +: +(-?\d+\.\d{3}) ppm\n", asked.text())
    net.holds("rtcdata", fast and abs(float(fast[1]) - 12.3 - 1400 * 80e-6) < 0.05
              and abs(float(fast[2]) - 80) < 5, asked.text())
    words = text.split()
    net.holds("rtcfile", re.fullmatch(r"1 \d+ -?\d+\.\d{6} -?\d+\.\d{3}\n", text)
              and abs(float(words[2]) - 12.3 - (int(words[1]) - net.start) * 80e-6) < 0.05
              and abs(float(words[3]) - 80) < 5, text)
    net.told(b, "System time set from RTC\n", 1)
    net.told(b, r"System clock off from RTC by -?\d+\.\d{6} seconds \(slew\)\n", 1)
    worst = max(abs(e) for t, e, _ in b.errors() if t >= 2030)
    net.holds("its clock is right without any source", worst < 0.02, worst)


def by_card(net, *lines, name):
    """The error of a client whose kernel stamps are up to 0.2 ms late."""
    c = net.client("server 192.168.123.1 minpoll 4 maxpoll 4", *lines, f"logdir {net.directory}",
                   "log measurements", number={"with": 9, "without": 10}[name], phc=30, late=2e-4,
                   offset=0.01, wander=1e-4)
    return c


@scenario
def cards(net):
    net.server()
    net.jitter = 1e-6
    c = by_card(net, "hwtimestamp eth0", name="with")
    asked = net.ask(1800, 9, "ntpdata 192.168.123.1")
    net.run(2000)
    net.told(c, "Enabled HW timestamping on eth0\n", 1)
    net.holds("both are the card's", "TX timestamping : Hardware\n" in asked.text() and
              "RX timestamping : Hardware\n" in asked.text(), asked.text())
    kinds = re.findall(r" 4B (.) (.)\n", read(net.directory + "/measurements.log"))
    net.holds("most are", kinds.count(("H", "H")) > 0.5 * len(kinds) > 40,
              len(kinds), kinds[:10])
    net.right(c, 500, 2e-5)


@scenario
def cards_that_are_not(net):
    net.server()
    c = by_card(net, "hwtimestamp lo", name="with")
    all_of_them = by_card(net, "hwtimestamp *", name="without")
    net.run(100)
    net.told(c, "Fatal error : Could not enable HW timestamping on lo\n", 1)
    net.told(c, "Fatal error", 1)
    net.holds("ends with status 1", c.status == 1, c.status)
    net.told(all_of_them, "Enabled HW timestamping on eth0\n", 1)
    net.told(all_of_them, "Fatal", 0)


@scenario
def pools(net):
    for i in range(1, 7):
        net.server(i)
    c = net.client("pool nodes-1-2-3-4-5-6.net1.clk iburst maxsources 3", "server nosuch.name")
    asked = net.ask(400, 9, "activity")
    keyed = net.ask(410, 9, "authdata -a")
    net.run(500)
    net.holds("authdata has the one without an address too", keyed.status == 0 and re.search(
        r"^ID#00000000\d\d +- +0 +0 +0 +- +0 +0 +0 +0$", keyed.text(), re.M), keyed.text())
    used = {p.target for p in net.sent(9, 100)}
    net.holds("three of six are used", len(used) == 3, used)
    net.told(c, r"Selected source 192\.168\.123\.[1-6] \(nodes-1-2-3-4-5-6\.net1\.clk\)\n")
    net.holds("activity", "3 sources online\n" in asked.text() and
              "1 sources with unknown address\n" in asked.text(), asked.text())


# ------------------------------------------------------------------------------ running them
def run_one(function, program, seed):
    directory = os.path.join(WORK, f"{function.__name__}.{program}.{seed}")
    os.mkdir(directory, 0o750)
    net = Lab(directory, seed, program)
    try:
        function(net)
    except Exception as error:  # noqa: BLE001: told as a failure
        net.holds(f"runs: {error!r}", False, *(n.text() for n in net.nodes))
    for node in net.nodes:
        if "interposer:" in node.text() or "network:" in node.text():
            net.holds("nothing is called that must not be", False, node.name, node.text())
    if all(passed for _, passed, _ in net.results):
        shutil.rmtree(directory)
    return net.results


def main():
    passed = failed = 0
    wanted = sys.argv[3:]
    for function in scenarios:
        if wanted and function.__name__ not in wanted:
            continue
        if getattr(function, "nts", False) and os.environ.get("NTS") != "yes":
            continue
        for program, seeds in SEEDS.items():
            results = [(seed, *r) for seed in seeds for r in run_one(function, program, seed)]
            wrong = [r for r in results if not r[2]]
            number = passed + failed + 1
            name = f"{program}: {function.__name__} ({len(results)} checks, {len(seeds)} seeds)"
            print("not ok" if wrong else "ok", number, "-", name, flush=True)
            for seed, what, _, detail in wrong:
                print(f"# seed {seed}: {what}")
                for line in "\n".join(map(str, detail)).splitlines()[:12]:
                    print("#   " + line)
            passed, failed = passed + (not wrong), failed + bool(wrong)
    print(f"{passed} passed, {failed} failed")
    return failed > 0


if __name__ == "__main__":
    sys.exit(main())
