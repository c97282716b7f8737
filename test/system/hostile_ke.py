#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""A server of NTS key establishment that misbehaves: hostile_ke.py ADDRESS CERTIFICATE KEY KIND."""
import os
import socket
import ssl
import struct
import sys
import threading
import time

HEAD = bytes.fromhex("800100020000") + bytes.fromhex("80040002000f")
END = bytes.fromhex("80000000")


def record(kind, body, critical=False):
    return struct.pack(">HH", kind | (0x8000 if critical else 0), len(body)) + body


COOKIE = record(5, bytes(100))
ANSWERS = {
    "junk": record(0x4000, bytes(12)) * 8192,
    "critical": HEAD + record(0x4000, b"", True) + COOKIE + END,
    "thousand": HEAD + record(5, bytes(56)) * 1000 + END,
    "none": HEAD + END,
    "port0": HEAD + COOKIE + record(7, bytes(2), True) + END,
    "name255": HEAD + COOKIE + record(6, b"n" * 255, True) + END,
    "close": HEAD + COOKIE,
    "slow": HEAD + COOKIE * 8 + END,
}


def serve(connection, context, kind):
    try:
        if kind == "stall":
            time.sleep(60)
            return
        tls = context.wrap_socket(connection, server_side=True)
        tls.recv(4096)
        if kind == "slow":
            for byte in ANSWERS[kind]:
                tls.send(bytes([byte]))
                time.sleep(0.25)
        else:
            tls.sendall(ANSWERS[kind])
        if kind != "close":
            tls.recv(4096)
        tls.close()
    except OSError:
        pass
    finally:
        connection.close()


def main():
    address, certificate, key, kind = sys.argv[1:]
    listener = socket.create_server((address, 4460))
    # The certificate may be replaced until the first connection comes.
    while True:
        connection, _ = listener.accept()
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.minimum_version = ssl.TLSVersion.TLSv1_3
        context.set_alpn_protocols(["ntske/1"])
        context.load_cert_chain(certificate, key)
        threading.Thread(
            target=serve, args=(connection, context, kind), daemon=True
        ).start()


if __name__ == "__main__":
    sys.stdout = open(os.devnull, "w")
    main()
