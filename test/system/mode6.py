# SPDX-License-Identifier: BSD-2-Clause
"""Measures what a stranger gets for each request of mode 6 without a key.

Usage: mode6.py SERVER LIMIT ADDRESS: from ADDRESS, which is added to the interface towards SERVER.
Prints a line per request, and fails where an answer is longer than LIMIT times the request; a nonce
may take 44 bytes for 12."""

import socket
import struct
import subprocess
import sys


def request(opcode, association=0, data=b""):
    packet = struct.pack(">BBHHHHH", 0x16, opcode, 1, 0, association, 0, len(data)) + data
    return packet + b"\0" * (-len(packet) % 4)


REQUESTS = [
    ("readstat", request(1)),
    ("readstat of a source", request(1, 2)),
    ("readvar", request(2)),
    ("readvar of a source", request(2, 2)),
    ("readvar of one name", request(2, 0, b"stratum")),
    ("readvar of the list of names", request(2, 0, b"sys_var_list")),
    ("readclock", request(4, 1)),
    ("configure", request(8, 0, b"enable ntp")),
    ("read_mru", request(10, 0, b"frags=32")),
    ("read_ordlist", request(11, 0, b"ifstats")),
    ("req_nonce", request(12)),
    ("unknown", request(20)),
    ("a response", request(0x81)),
]


def main():
    server, limit, address = sys.argv[1], float(sys.argv[2]), sys.argv[3]
    device = subprocess.run(["ip", "-o", "route", "get", server], capture_output=True, text=True,
                            check=True).stdout.split(" dev ")[1].split()[0]
    subprocess.run(["ip", "addr", "add", address + "/24", "dev", device], check=True)
    bad = answered = 0
    for name, packet in REQUESTS:
        s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        s.bind((address, 0))
        s.settimeout(0.3)
        s.sendto(packet, (server, 123))
        got = 0
        try:
            while True:
                got += len(s.recv(2048))
        except socket.timeout:
            pass
        s.close()
        most = 44 if name == "req_nonce" else limit * len(packet)
        answered += got > 0
        bad += got > most
        print("%s: %d bytes for %d (%.1f)%s" % (name, got, len(packet), got / len(packet),
                                               " TOO MANY" if got > most else ""))
    return 1 if bad or not answered else 0


sys.exit(main())
