#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""True time for daemons whose clock is slow and loses: an NTP server on some addresses, and samples
for sockets of reference clocks, 200 ms ahead of this machine's clock and gaining 500 ppm on it.

usage: ahead.py ADDRESS... SOCKET...
"""
import select
import socket
import struct
import sys
import time

UNIX = 2208988800
BEGIN = time.time()


def ahead(now):
    return 0.2 + 500e-6 * (now - BEGIN)


def stamp(t):
    return struct.pack(">Q", int((t + UNIX) * 2**32) & (2**64 - 1))


def answer(request, received):
    now = time.time()
    return (b"\x24\x01" + request[2:3] + b"\xec" + bytes(8) + b"TEST" + stamp(received) +
            request[40:48] + stamp(received + ahead(received)) + stamp(now + ahead(now)))


def main():
    servers = []
    for address in [a for a in sys.argv[1:] if not a.startswith("/")]:
        servers.append(socket.socket(socket.AF_INET, socket.SOCK_DGRAM))
        servers[-1].bind((address, 123))
    clocks = [a for a in sys.argv[1:] if a.startswith("/")]
    feeder = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    due = time.monotonic()
    while True:
        ready = select.select(servers, [], [], max(0, due - time.monotonic()))[0]
        for s in ready:
            request, peer = s.recvfrom(512)
            s.sendto(answer(request, time.time()), peer)
        if time.monotonic() < due:
            continue
        due += 0.5
        us = time.time_ns() // 1000
        for path in clocks:
            try:
                feeder.sendto(struct.pack("@qqdiiii", *divmod(us, 10**6), ahead(us / 1e6), 0, 0, 0,
                                          0x534f434b), path)
            except OSError:
                pass


main()
