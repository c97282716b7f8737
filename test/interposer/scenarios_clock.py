# SPDX-License-Identifier: BSD-2-Clause
"""Packets, the clock, and reference clocks."""
import re

from lab import LEAP, SERVER, scenario, seconds_of


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
    asked = net.ask(200, 9, "selectdata")
    net.run(3000)
    net.holds("what it says of leap seconds is known all the same",
              re.search(r"M 192\.168\.123\.1 .* N\n", asked.text()), asked.text())
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
        c = net.client("server 192.168.123.1 minpoll 2 maxpoll 2 iburst", "leapsectz right/UTC",
                       "leapsecmode " + mode, "rtcsync", offset=0)
        net.run(before + 60)
        for text in texts:
            net.told(c, text, 1)
        net.told(c, "Selected source", 1)
        net.told(c, "Dropping sample around leap second\n")
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
            "System clock status set to insert leap second\n",
            "System clock status reset after leap second\n", at_once=-1)
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
