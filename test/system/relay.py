#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Stands between an NTS client and its server: key establishment passes, time may not.

usage: relay.py ADDRESS SERVER MODE-FILE

Listens on ADDRESS, TCP 4460 and UDP 123, for SERVER's. The file says what happens to each request
("MODE" or "MODE N": so many requests, then all pass):
    pass      nothing
    drop      the request is lost
    dropresp  its answer is
    mangle    a bit of its unique identifier is flipped (byte 60)
    cookie    a bit of its cookie is (byte 120)
    tag       a bit of its authenticator is (the last byte)
Prints a line for each datagram: "req MODE LENGTH" or "resp MODE LENGTH".
"""
import asyncio
import sys

address, server, mode_file = sys.argv[1:]
FLIPPED = {"mangle": 60, "cookie": 120, "tag": -1}


class Mode:
    """What the file says, and how often it still holds."""

    def __init__(self):
        self.text = None
        self.left = 0

    def next(self):
        with open(mode_file, encoding="ascii") as f:
            words = f.read().split()
        if words != self.text:
            self.text = words
            self.left = int(words[1]) if len(words) > 1 else -1
        if not words or self.left == 0:
            return "pass"
        self.left -= 1
        return words[0]


class Upstream(asyncio.DatagramProtocol):
    """What comes back from the server."""

    def __init__(self):
        self.down = None
        self.client = None
        self.mode = "pass"

    def datagram_received(self, data, _):
        print("resp", self.mode, len(data), flush=True)
        if self.mode != "dropresp":
            self.down.sendto(data, self.client)


class Downstream(asyncio.DatagramProtocol):
    """What the client sends."""

    def __init__(self, upstream, to_server):
        self.upstream = upstream
        self.to_server = to_server
        self.mode = Mode()

    def datagram_received(self, data, source):
        mode = self.mode.next()
        print("req", mode, len(data), flush=True)
        self.upstream.client = source
        self.upstream.mode = mode
        if mode in FLIPPED:
            changed = bytearray(data)
            changed[FLIPPED[mode]] ^= 1
            data = bytes(changed)
        if mode != "drop":
            self.to_server.sendto(data)


async def copy(reader, writer):
    try:
        while data := await reader.read(4096):
            writer.write(data)
            await writer.drain()
        writer.write_eof()
    except OSError:
        pass


async def connection(reader, writer):
    try:
        server_reader, server_writer = await asyncio.open_connection(server, 4460)
    except OSError:
        writer.close()
        return
    await asyncio.gather(copy(reader, server_writer), copy(server_reader, writer))
    server_writer.close()
    writer.close()


async def main():
    loop = asyncio.get_running_loop()
    to_server, upstream = await loop.create_datagram_endpoint(Upstream, remote_addr=(server, 123),
                                                              local_addr=(address, 0))
    upstream.down, _ = await loop.create_datagram_endpoint(
        lambda: Downstream(upstream, to_server), local_addr=(address, 123))
    listener = await asyncio.start_server(connection, address, 4460)
    await listener.serve_forever()


asyncio.run(main())
