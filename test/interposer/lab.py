# SPDX-License-Identifier: BSD-2-Clause
"""A network of time daemons, what is asked of it and looked at afterwards, and the running of
scenarios."""
import os
import re
import shutil
import sys

from network import Network

WORK, LIBRARY = sys.argv[1:3]
STOCK, CHRONYC = os.environ["CHRONYD"], os.environ["CHRONYC"]
OURS, CTL = os.environ["GNOMOND"], os.environ["GNOMONCTL"]
GUARD = ["setpriv", "--bounding-set", "-sys_time", "--inh-caps", "-sys_time"]
SEEDS = {"ours": range(1, int(os.environ.get("SEEDS", 3)) + 1), "stock": (1,)}
PROGRAM = {"ours": OURS, "stock": STOCK}
CLOCK = {"offset": 0.1, "freq": 100, "wander": 1e-3}
SERVER = ("local stratum 1", "allow")
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
