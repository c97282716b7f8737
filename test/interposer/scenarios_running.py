# SPDX-License-Identifier: BSD-2-Clause
"""Commands, reloads, files, devices, and names."""
import os
import re

from lab import CHRONYC, CTL, LIBRARY, SERVER, scenario


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
def nothing_to_do(net):
    c = net.client("port 0", "bindcmdaddress /")
    net.run(100)
    net.told(c, "Fatal error : Nothing to do", 1)
    net.holds("it ends", c.status == 1, c.status)


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
def sources_begin_anew(net):
    net.server()
    c = net.client("server 192.168.123.1 minpoll 4 maxpoll 4", "allow")
    before, _, after, later = (net.ask(t, 9, command) for t, command in (
        (399, "tracking"), (400, "reset sources"), (401, "tracking"), (480, "tracking")))
    net.run(500)
    for asked, leap in ((before, "Normal"), (after, "Not synchronised"), (later, "Normal")):
        net.holds("the time is known until then, and soon again",
                  f"Leap status     : {leap}\n" in asked.text(), asked.text())
    net.told(c, "Selected source", 2)
    net.right(c, 300, 1e-3)


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
