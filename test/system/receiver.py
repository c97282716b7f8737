# SPDX-License-Identifier: BSD-2-Clause
"""A receiver: NMEA sentences of the machine's own time, a tenth of a second late and a bit
unsteady, to whoever connects to a TCP port of 127.0.0.1, and on a pseudo-terminal.
usage: receiver.py PORT LINK"""
import os
import random
import select
import socket
import sys
import time
import tty


def sentence(body):
    total = 0
    for character in body:
        total ^= ord(character)
    return f"${body}*{total:02X}\r\n"


def sentences(second):
    t = time.gmtime(second)
    clock, date = time.strftime("%H%M%S.00", t), time.strftime("%d%m%y", t)
    place = "4807.0380,N,01131.0000,E"
    return "".join(map(sentence, (
        f"GPRMC,{clock},A,{place},0.0,0.0,{date},,,A",
        f"GPGGA,{clock},{place},1,08,0.9,545.4,M,46.9,M,,",
        "GPGSA,A,3,04,05,09,12,24,25,29,31,,,,,1.8,1.0,1.5"))).encode()


listener = socket.socket()
listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
listener.bind(("127.0.0.1", int(sys.argv[1])))
listener.listen()
master, slave = os.openpty()
tty.setraw(slave)
os.set_blocking(master, False)
os.symlink(os.ttyname(slave), sys.argv[2])
clients = []
ends = time.time() + 170
while time.time() < ends:
    second = int(time.time() - 0.1) + 1
    at = second + 0.1 + random.gauss(0, 3e-4)
    while (left := at - time.time()) > 0:
        # A wait may end a millisecond late: the last of it is spent awake.
        if select.select([listener], [], [], max(left - 0.003, 0))[0]:
            clients.append(listener.accept()[0])
    for client in clients[:]:
        try:
            client.send(sentences(second))
        except OSError:
            clients.remove(client)
    try:
        os.write(master, sentences(second))
    except BlockingIOError:
        # Nobody reads there now: what waits is old.
        tty.setraw(slave, tty.TCSAFLUSH)
