#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Asks an NTP server once and prints "leap stratum refid offset" of its answer.

usage: query.py ADDRESS [PORT]
"""
import socket
import struct
import sys
import time

UNIX = 2208988800


def main():
    address = sys.argv[1]
    port = int(sys.argv[2]) if len(sys.argv) > 2 else 123
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    s = socket.socket(family, socket.SOCK_DGRAM)
    s.settimeout(1)
    s.connect((address, port))
    sent = time.time()
    cookie = b"gnomon:)"
    s.send(b"\x23\0\6\x20" + bytes(36) + cookie)
    p = s.recv(512)
    got = time.time()
    if len(p) != 48 or p[0] & 7 != 4 or p[24:32] != cookie:
        sys.exit("not an answer: " + p.hex())
    received, transmitted = (a - UNIX + b / 2**32 for a, b in
                             (struct.unpack(">II", p[i:i + 8]) for i in (32, 40)))
    offset = ((received - sent) + (transmitted - got)) / 2
    print(p[0] >> 6, p[1], ".".join(str(b) for b in p[12:16]), "%.6f" % offset)


main()
