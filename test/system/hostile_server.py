#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""An NTP server that turns hostile: how it answers is read from a file at each request.

Everything but "good" carries a time that is 10 s ahead, so whoever believes it can be seen.

usage: hostile_server.py ADDRESS OTHER-ADDRESS MODE-FILE
"""
import hashlib
import socket
import struct
import sys
import time

UNIX = 2208988800
KEY = (1, b"right-key-of-the-test")
WRONG = (1, b"wrong-key-of-the-test")


def stamp(t):
    return struct.pack(">Q", int((t + UNIX) * 2**32) & (2**64 - 1))


def mac(packet, key):
    return struct.pack(">I", key[0]) + hashlib.sha1(key[1] + packet).digest()


def answer(request, ahead, head=b"\x24\x01", origin=None):
    now = time.time() + ahead
    origin = request[40:48] if origin is None else origin
    return (head + bytes([request[2]]) + b"\xe9" + bytes(8) + b"TEST" + stamp(now - 1) + origin +
            stamp(now) + stamp(now + 1e-5))


def main():
    address, other, mode_file = sys.argv[1:4]
    s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    s.bind((address, 123))
    elsewhere = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    elsewhere.bind((other, 123))
    other_port = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    other_port.bind((address, 1123))
    last_good = None
    while True:
        request, peer = s.recvfrom(512)
        with open(mode_file, encoding="ascii") as f:
            mode = f.read().strip()
        keyed = len(request) > 48

        def sign(p, key=KEY):
            return p + mac(p, key) if keyed else p

        bad = answer(request, 10)
        sender, packets = s, []
        if mode == "good":
            last_good = sign(answer(request, 0))
            packets = [last_good]
        elif mode == "duplicate":
            last_good = sign(answer(request, 0))
            packets = [last_good, last_good]
        elif mode == "wrong-key":
            packets = [sign(bad, WRONG)]
        elif mode == "unknown-key":
            packets = [sign(bad, (77, b"whatever"))]
        elif mode == "no-mac":
            packets = [bad]
        elif mode == "wrong-origin":
            packets = [sign(answer(request, 10, origin=b"\1\2\3\4\5\6\7\x08"))]
        elif mode == "zero-origin":
            packets = [sign(answer(request, 10, origin=bytes(8)))]
        elif mode == "replay":
            packets = [last_good]
        elif mode == "truncated":
            packets = [sign(bad)[:n] for n in (0, 1, 24, 40, 47)]
        elif mode == "trailing":
            packets = [sign(bad) + b"\0\4", sign(bad) + bytes(12)]
        elif mode == "wrong-mode":
            packets = [sign(answer(request, 10, head=bytes([0x20 + m, 1]))) for m in (0, 1, 2, 3, 5, 6, 7)]
        elif mode == "wrong-version":
            packets = [sign(answer(request, 10, head=bytes([(v << 3) + 4, 1]))) for v in (0, 5, 6, 7)]
        elif mode == "unsynchronised":
            packets = [sign(answer(request, 10, head=b"\xe4\x01"))]
        elif mode == "stratum":
            packets = [sign(answer(request, 10, head=b"\x24" + bytes([n]))) for n in (0, 16, 255)]
        elif mode == "distance":
            packets = [sign(bad[:4] + b"\0\x20\0\0" + bad[8:])]
        elif mode == "other-port":
            sender, packets = other_port, [sign(bad)]
        elif mode == "other-address":
            sender, packets = elsewhere, [sign(bad)]
        for packet in packets:
            sender.sendto(packet, peer)


main()
