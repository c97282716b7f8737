# SPDX-License-Identifier: BSD-2-Clause
"""A key establishment client for tests, and one that only takes up room.

ask HOST CA [AEAD...]       one session; prints "aead N cookies N length N seconds S cn NAME
                            VERSION"; of TLS 1.2 at the most if TLS12 is set; if NAME is set, the
                            server is asked for by it, and no matter what its certificate says
flood HOST N SECONDS [FROM] holds N connections that say nothing or little; what is closed is
                            opened again, from the address FROM
naks HOST N                 sends N requests with a cookie that nobody made at once; prints how
                            many negative acknowledgements came in what time, and fails at
                            anything else
"""
import os
import select
import signal
import socket
import ssl
import struct
import sys
import time

PORT = 4460


def request(aeads):
    body = b"".join(struct.pack(">H", a) for a in aeads)
    message = struct.pack(">HHH", 0x8001, 2, 0)
    message += struct.pack(">HH", 0x8004, len(body)) + body
    if 30 in aeads:
        message += struct.pack(">HH", 1024, 0)
    return message + struct.pack(">HH", 0x8000, 0)


def records(data):
    while len(data) >= 4:
        kind, n = struct.unpack(">HH", data[:4])
        yield kind & 0x7FFF, data[4:4 + n]
        data = data[4 + n:]


def ask(host, ca, aeads):
    began = time.monotonic()
    context = ssl.create_default_context(cafile=ca)
    context.set_alpn_protocols(["ntske/1"])
    if "TLS12" in os.environ:
        context.maximum_version = ssl.TLSVersion.TLSv1_2
    context.check_hostname = "NAME" not in os.environ
    name = os.environ.get("NAME", "nts.test") or None
    with socket.create_connection((host, PORT), timeout=20) as raw:
        with context.wrap_socket(raw, server_hostname=name) as s:
            names = [v for rdn in s.getpeercert()["subject"] for k, v in rdn if k == "commonName"]
            version = s.version()
            s.sendall(request(aeads))
            data = b""
            while True:
                part = s.recv(4096)
                if not part:
                    break
                data += part
    took = time.monotonic() - began
    aead, cookies = -1, []
    for kind, body in records(data):
        if kind == 4 and len(body) == 2:
            aead = struct.unpack(">H", body)[0]
        elif kind == 5:
            cookies.append(body)
        elif kind == 2:
            print("error", body.hex())
    print("aead", aead, "cookies", len(cookies), "length", len(cookies[0]) if cookies else 0,
          "seconds %.3f" % took, "cn", names[0], version)
    return 0 if cookies and len(set(cookies)) == len(cookies) else 1


def flood(host, n, seconds, source):
    hello = bytes.fromhex("1603010200010001fc0303")
    poller = select.poll()
    held = {}
    opened = 0

    def open_one():
        s = socket.socket()
        s.setblocking(False)
        s.bind((source, 0))
        s.connect_ex((host, PORT))
        held[s.fileno()] = [s, False]
        poller.register(s, select.POLLIN | select.POLLOUT)

    signal.signal(signal.SIGTERM, lambda *_: sys.exit("opened %d" % opened))
    end = time.monotonic() + seconds
    for _ in range(n):
        open_one()
        opened += 1
    print("holding", n, flush=True)
    while time.monotonic() < end:
        for fd, what in poller.poll(100):
            s, spoke = held[fd]
            if what & select.POLLOUT and not spoke:
                if fd % 2:
                    try:
                        s.send(hello)
                    except OSError:
                        pass
                held[fd][1] = True
                poller.modify(s, select.POLLIN)
            elif what & (select.POLLIN | select.POLLHUP | select.POLLERR):
                poller.unregister(s)
                del held[fd]
                s.close()
                open_one()
                opened += 1
    print("opened", opened)
    return 0


def naks(host, n):
    s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    began = last = time.monotonic()
    s.connect((host, 123))
    s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 20)
    for i in range(n):
        packet = bytes([0x23, 0, 6, 0x20]) + bytes(36) + struct.pack(">Q", i + 1)
        packet += struct.pack(">HH", 0x0104, 36) + struct.pack(">Q", i) * 4
        packet += struct.pack(">HH", 0x0204, 104) + bytes(range(100))
        packet += struct.pack(">HHHH", 0x0404, 40, 16, 16) + bytes(32)
        s.send(packet)
    got = 0
    # Silence after the last one ends it.
    s.settimeout(2)
    try:
        while got < n:
            reply = s.recv(2048)
            i = struct.unpack(">Q", reply[24:32])[0] - 1
            wanted = struct.pack(">HH", 0x0104, 36) + struct.pack(">Q", i) * 4
            if len(reply) != 84 or reply[0] != 0xe4 or reply[12:16] != b"NTSN" or \
                    reply[48:] != wanted:
                print("not a NAK:", reply.hex())
                return 1
            got += 1
            last = time.monotonic()
    except socket.timeout:
        pass
    print("naks", got, "seconds %.3f" % (last - began))
    return 0


def main(argv):
    if len(argv) >= 4 and argv[1] == "ask":
        return ask(argv[2], argv[3], [int(a) for a in argv[4:]] or [15])
    if len(argv) in (5, 6) and argv[1] == "flood":
        return flood(argv[2], int(argv[3]), float(argv[4]), argv[5] if len(argv) == 6 else "")
    if len(argv) == 4 and argv[1] == "naks":
        return naks(argv[2], int(argv[3]))
    print(__doc__)
    return 2


sys.exit(main(sys.argv))
