# SPDX-License-Identifier: BSD-2-Clause
"""A network of programs under test/interposer/net.c, whose time is made up.

Only one program runs at a time: each waits for an event, and the earliest event is next. Node N is
192.168.123.N. True time is in s since the beginning.
"""
import heapq
import os
import random
import re
import socket
import struct
import subprocess
import time

HEAD = struct.Struct("=IId" + "II108s" * 2)
BASE = 0xC0A87B00
END_SLACK = 4  # s that a program told to end may take


class Node:
    """One program."""

    def __init__(self, number, command, directory, name, **clock):
        self.number, self.command, self.directory, self.name = number, command, directory, name
        self.clock = clock
        self.stdin = clock.pop("stdin", None)
        self.start = clock.pop("start", 0)
        self.end = clock.pop("end", None)
        self.process = self.link = None
        self.until = None
        self.ended = False
        self.paths = set()

    def file(self, what):
        return os.path.join(self.directory, f"{self.name}.{what}")

    def text(self, what="log"):
        try:
            with open(self.file(what), errors="replace") as f:
                return f.read()
        except FileNotFoundError:
            return ""

    def errors(self):
        """(s, error of the clock in s, of its frequency in ppm) of every second"""
        return [tuple(map(float, line.split())) for line in self.text("clock").splitlines()]


class Packet:
    """One datagram, as it was sent."""

    def __init__(self, t, source, target, source_port, target_port, data):
        self.time, self.source, self.target = t, source, target
        self.source_port, self.target_port, self.data = source_port, target_port, data


class Network:
    """Nodes, links between them and what happened."""

    def __init__(self, library, directory, seed=1, start=1262304000):
        self.library, self.directory, self.seed, self.start = library, directory, seed, start
        self.random = random.Random(seed)
        self.nodes, self.packets, self.events = [], [], []
        self.delay, self.jitter, self.loss = 1e-4, 1e-5, 0.0
        self.lost = None  # a function of a packet: it is lost
        self.now, self.order = 0.0, 0

    def add(self, number, command, name=None, **clock):
        node = Node(number, command, self.directory, name or str(number), **clock)
        self.nodes.append(node)
        self.at(node.start, "start", node)
        if node.end is not None:
            self.at(node.end, "end", node)
        return node

    def at(self, t, what, *rest):
        self.order += 1
        heapq.heappush(self.events, (t, self.order, what, rest))

    def step(self, t, node, seconds):
        """Someone else steps a node's clock."""
        self.at(t, "step", node, seconds)

    # -------------------------------------------------------------------------- one program
    def _begin(self, node):
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        fd = 900
        os.dup2(theirs.fileno(), fd)
        node.link = ours
        env = dict(os.environ, SIM_FD=str(fd), SIM_NODE=str(node.number),
                   SIM_START=str(self.start), SIM_NOW=repr(self.now),
                   SIM_SEED=str(self.seed * 1000 + node.number), SIM_CLOCK=node.file("clock"))
        for word, value in node.clock.items():
            env["SIM_" + word.upper()] = str(value)
        with open(node.file("log"), "a") as log:
            node.process = subprocess.Popen(
                node.command, env=env, stdout=log, stderr=log, pass_fds=[fd], cwd=node.directory,
                stdin=subprocess.PIPE if node.stdin else subprocess.DEVNULL)
        os.close(fd)
        theirs.close()
        ours.settimeout(10)
        if node.stdin:
            node.process.stdin.write(node.stdin.encode())
            node.process.stdin.close()
        self._listen(node)

    def _listen(self, node):
        """Takes what a program says until it waits or ends."""
        while True:
            try:
                message = node.link.recv(8192)
            except socket.timeout:
                node.process.kill()
                message = b""
                with open(node.file("log"), "a") as log:
                    log.write("network: it does not answer\n")
            except ConnectionResetError:
                message = b""
            if not message:
                node.ended, node.until = True, None
                node.status = node.process.wait()
                node.link.close()
                return
            kind, length, t, ip, port, path, to_ip, to_port, to_path = HEAD.unpack_from(message)
            kind = chr(kind)
            if kind == "W":
                node.until = t
                return
            data = message[HEAD.size:HEAD.size + length]
            self._carry(node, kind, (ip, port, path.rstrip(b"\0")),
                        (to_ip, to_port, to_path.rstrip(b"\0")), data)

    def _carry(self, node, kind, source, target, data):
        delay = 1e-6
        if target[2]:
            targets = self.nodes
            if kind == "P" and source[2]:
                node.paths.add(source[2])
            targets = [n for n in self.nodes if n is not node]
        elif target[0] == 0x7F000001:
            targets = [n for n in self.nodes if n.number == node.number]
        else:
            number = target[0] - BASE
            targets = [n for n in self.nodes if n.number == number or
                       number == 255 and n is not node]
            delay = self.delay + self.random.expovariate(1 / self.jitter) if self.jitter else self.delay
        packet = Packet(self.now, node.number, target[0] - BASE, source[1], target[1], data)
        if kind == "P" and not target[2]:
            self.packets.append(packet)
            if self.random.random() < self.loss or self.lost and self.lost(packet):
                return
        for n in targets:
            # What is of one stream stays in order.
            when = self.now + (delay if kind == "P" else self.delay)
            self.at(when, "packet", n, kind, source, target, data)

    def _tell(self, node, kind, source=(0, 0, b""), target=(0, 0, b""), data=b""):
        if node.ended or node.until is None:
            return
        node.until = None
        message = HEAD.pack(ord(kind), len(data), self.now, *source, *target) + data
        try:
            node.link.send(message)
        except OSError:
            pass
        self._listen(node)

    # -------------------------------------------------------------------------- all
    def run(self, limit):
        """Runs for limit s, then ends all."""
        while True:
            waiting = [n for n in self.nodes if n.until is not None]
            first = min(waiting, key=lambda n: n.until, default=None)
            t = self.events[0][0] if self.events else float("inf")
            if first and first.until < t:
                t = first.until
            if t > limit:
                break
            self.now = max(t, self.now)
            if first and first.until <= t:
                self._tell(first, "T")
                continue
            _, _, what, rest = heapq.heappop(self.events)
            if what == "start":
                self._begin(*rest)
            elif what == "end":
                self._finish(*rest)
            elif what == "step":
                node, seconds = rest
                whole = int(seconds // 1)
                self._tell(node, "J", data=struct.pack("=qq", whole, int((seconds - whole) * 1e9)))
            elif what == "call":
                rest[0]()
            else:
                self._tell(*rest)
        self.now = limit
        for node in self.nodes:
            self._finish(node)

    def _finish(self, node):
        if not node.process or node.ended:
            return
        end = self.now + END_SLACK
        self._tell(node, "Q")
        while not node.ended and node.until <= end:
            self.now = max(self.now, node.until)
            self._tell(node, "T")
        if not node.ended:
            node.link.close()
            try:
                node.process.wait(5)
            except subprocess.TimeoutExpired:
                node.process.kill()
                node.process.wait()
            node.ended, node.until, node.status = True, None, "did not end"
        self.now = min(self.now, end)
