# SPDX-License-Identifier: BSD-2-Clause
"""A client of a server that answers in the network driver.

xdp.py checksums IFACE                 the interface writes whole checksums from now on
xdp.py same SERVER                     answers of driver and socket have the same bytes
xdp.py ask SERVER N KIND WANTED [ADDRESS]   asks N times; prints how many answers came, once
                                       it is the number wanted
xdp.py press SERVER KIND ADDRESS       asks five times at once, and five times more
xdp.py program PID [SECONDS]           nanoseconds and runs of the program of a daemon

What has no checksum of UDP is for the socket: that is how the two are told apart. KIND is plain,
bare (without a checksum), field, mac or interleaved.
"""
import ctypes
import fcntl
import hashlib
import os
import platform
import re
import socket
import struct
import sys
import time

SO_NO_CHECK = 11
SIOCETHTOOL, ETHTOOL_STXCSUM = 0x8946, 0x17
KEY = bytes.fromhex("0123456789abcdef0123456789abcdef01234567")
NTP_UNIX = 2208988800


def checksums(interface):
    """What is left to be filled in by a card is never filled in on a pair of virtual ones."""
    value = ctypes.create_string_buffer(struct.pack("II", ETHTOOL_STXCSUM, 0))
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
        request = struct.pack("16sP16x", interface.encode(), ctypes.addressof(value))
        fcntl.ioctl(s, SIOCETHTOOL, request)


def request(kind, version=4, mode=3, poll=6):
    q = bytearray(os.urandom(48))
    q[0] = version << 3 | mode
    q[2] = poll & 0xff
    q[31] = q[31] | 1 if kind == "interleaved" else q[31] & 0xfe
    if kind == "field":
        q += struct.pack(">HH", 0x2000, 28) + bytes(24)
    if kind == "mac":
        q += struct.pack(">I", 1) + hashlib.sha1(KEY + q).digest()
    return bytes(q)


def client(server, kind, address=None):
    s = socket.socket(socket.AF_INET6 if ":" in server else socket.AF_INET, socket.SOCK_DGRAM)
    if kind == "bare":
        s.setsockopt(socket.SOL_SOCKET, SO_NO_CHECK, 1)
    if address:
        s.bind((address, 0))
    s.connect((server, 123))
    return s


def answer(s, q, patience):
    """The answer to a request and the system's time before and after, or None."""
    s.settimeout(patience)
    before = time.time_ns()
    s.send(q)
    try:
        return s.recv(2000), before, time.time_ns()
    except (socket.timeout, ConnectionError):
        return None


def instant(stamp):
    seconds, fraction = struct.unpack(">II", stamp)
    return (seconds - NTP_UNIX) * 10**9 + (fraction * 10**9 >> 32)


def in_order(r, before, after):
    """The stamps lie between what this machine's clock says, which is the server's, to 1 us."""
    return before - 1000 <= instant(r[32:40]) <= instant(r[40:48]) <= after + 1000


def same(server):
    driver, sock = client(server, "plain"), client(server, "bare")
    n = 0
    for version in range(1, 5):
        for poll in (-6, 0, 3, 6, 10, 17):
            q = request("plain", version, 3, poll)
            got, wanted = answer(driver, q, 10), answer(sock, q, 10)
            if got is None or wanted is None:
                sys.exit("no answer: driver %s, socket %s" % (got, wanted))
            if len(got[0]) != 48 or got[0][:32] != wanted[0][:32]:
                sys.exit("driver %s\nsocket %s" % (got[0].hex(), wanted[0].hex()))
            if not in_order(*got) or not in_order(*wanted) or got[0][39] & 1 != 1:
                sys.exit("stamps: driver %s, socket %s" % (got, wanted))
            n += 1
    print(n)


def is_good(r, asked, kind):
    """An answer to one of these requests, each of which has one."""
    q = asked.pop(r[24:32], None)
    if q is None or len(r) > len(q):
        sys.exit("another's answer: %s" % r.hex())
    if kind == "mac" and r[52:] != hashlib.sha1(KEY + r[:48]).digest():
        sys.exit("not authentic: %s" % r.hex())
    return r[0] >> 6 != 3


def ask(server, n, kind, wanted, address=None):
    s = client(server, kind, address)
    requests = [request(kind) for _ in range(n)]
    asked = {q[40:48]: q for q in requests}
    good = 0
    try:
        for q in requests:
            s.send(q)
        while True:
            # None more than wanted comes either.
            s.settimeout(10 if good < wanted else 0.1)
            good += is_good(s.recv(2000), asked, kind)
    except (socket.timeout, ConnectionError):
        print(good)


def press(server, kind, address):
    """Who asks more often when it gets no answer than before would be let through."""
    s = client(server, kind, address)
    for i in range(10):
        time.sleep(0.15 if i >= 5 else 0)
        s.send(request(kind))


class Bpf:
    """bpf(2): the program of a daemon's link, and the kernel's statistics of it."""

    NUMBERS = {"x86_64": 321, "aarch64": 280}
    PROG_GET_FD_BY_ID, ENABLE_STATS = 13, 32

    def __init__(self):
        self.libc = ctypes.CDLL(None, use_errno=True)
        self.number = self.NUMBERS.get(platform.machine())
        if self.number is None:
            sys.exit("bpf(2) has an unknown number here")

    def call(self, command, value):
        attributes = ctypes.create_string_buffer(struct.pack("I", value), 128)
        r = self.libc.syscall(self.number, command, attributes, 128)
        if r < 0:
            sys.exit("bpf: %s" % os.strerror(ctypes.get_errno()))
        return r

    @staticmethod
    def program_of(pid):
        for fd in os.listdir("/proc/%d/fdinfo" % pid):
            with open("/proc/%d/fdinfo/%s" % (pid, fd), encoding="ascii") as f:
                found = re.search(r"^prog_id:\s*(\d+)", f.read(), re.M)
            if found:
                return int(found.group(1))
        sys.exit("the daemon has no program")

    def statistics(self, pid, seconds):
        self.call(self.ENABLE_STATS, 0)  # as long as this descriptor is open
        fd = self.call(self.PROG_GET_FD_BY_ID, self.program_of(pid))
        time.sleep(seconds)
        with open("/proc/self/fdinfo/%d" % fd, encoding="ascii") as f:
            lines = dict(line.split(":", 1) for line in f.read().splitlines())
        print(int(lines["run_time_ns"]), int(lines["run_cnt"]))


if __name__ == "__main__":
    words = sys.argv[2:]
    if sys.argv[1] == "checksums":
        checksums(words[0])
    elif sys.argv[1] == "same":
        same(words[0])
    elif sys.argv[1] == "ask":
        ask(words[0], int(words[1]), words[2], int(words[3]), *words[4:])
    elif sys.argv[1] == "press":
        press(*words)
    else:
        Bpf().statistics(int(words[0]), float(words[1]) if len(words) > 1 else 0)
