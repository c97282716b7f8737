#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Freezes a daemon's control socket: the first answer to each request is given again to whoever
asks the same, so that two clients can be compared on one state. SIGUSR1 thaws it.

usage: freeze.py LISTEN-SOCKET DAEMON-SOCKET
"""
import os
import signal
import socket
import sys


def main():
    listen_path, daemon_path = sys.argv[1:3]
    own_path = listen_path + ".up"
    answers = {}
    signal.signal(signal.SIGUSR1, lambda *_: answers.clear())
    front = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    back = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    front.bind(listen_path)
    back.bind(own_path)
    os.chmod(listen_path, 0o666)
    os.chmod(own_path, 0o666)
    back.settimeout(2)
    back.connect(daemon_path)
    while True:
        request, peer = front.recvfrom(2048)
        # Attempt and sequence differ from client to client, and how many zeros fill the request up:
        # who knows newer reports asks for more, and is given what the first one asked for.
        key = request[:6] + request[12:].rstrip(b"\0")
        if key not in answers:
            back.send(request)
            try:
                answers[key] = back.recv(2048)
            except socket.timeout:
                continue
        answer = bytearray(answers[key])
        answer[16:20] = request[8:12]
        if peer:
            front.sendto(answer, peer)


main()
