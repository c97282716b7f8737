#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Asks an NTP server more often than it wants, and counts its answers.

usage: flood.py ADDRESS PORT

Prints "burst N" answers of 400 requests at once, "slow N" of 4 requests at the rate of the limit
(8 s, after the bucket was emptied), and what was asked and answered in all.
"""
import select
import socket
import sys
import time

REQUEST = b"\x23\0\6\x20" + bytes(36) + b"gnomon:)"


def answers(s, seconds):
    n = 0
    end = time.monotonic() + seconds
    while True:
        left = end - time.monotonic()
        if left <= 0 or not select.select([s], [], [], left)[0]:
            return n
        n += s.recv(512)[0] & 7 == 4


def main():
    s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    s.connect((sys.argv[1], int(sys.argv[2])))
    burst = 0
    for _ in range(20):
        for _ in range(20):
            s.send(REQUEST)
        burst += answers(s, 0.02)
    burst += answers(s, 0.3)
    slow = 0
    for _ in range(4):
        time.sleep(8.1)
        s.send(REQUEST)
        slow += answers(s, 0.2)
    print("burst", burst)
    print("slow", slow)
    print("asked", 404)
    print("answered", burst + slow)


main()
