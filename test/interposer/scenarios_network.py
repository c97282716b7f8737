# SPDX-License-Identifier: BSD-2-Clause
"""Who is believed, who is served, peers, and NTS."""
import math
import os
import re
import subprocess
import time

from lab import CLOCK, SERVER, scenario


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
def peers_interleaved(net):
    net.daemon(1, net.program, *SERVER, "peer 192.168.123.9 xleave")
    c = net.client("peer 192.168.123.1 xleave", "allow")
    net.run(16000)
    for number in (1, 9):
        net.holds("polls lengthen", 40 <= len(net.sent(number)) <= 75, len(net.sent(number)))
    net.told(c, "Selected source 192.168.123.1\n", 1)
    net.right(c, 2000, 2e-3)


@scenario
def polls_lengthen(net):
    net.server()
    net.client("server 192.168.123.1 iburst", wander=1e-4)
    net.run(4500)
    gaps = [round(math.log2(gap)) for gap in net.intervals(9)][3:]
    net.holds("as known", all(15 + least <= gaps.count(6 + i) + 15 * (i > 0) <= 15 + most
                              for i, (least, most) in enumerate(((0, 4), (4, 6), (3, 5), (2, 4)))),
              gaps)


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
