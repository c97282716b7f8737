#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""A daemon made of fixed answers, for comparing two control clients byte for byte.

It speaks the control protocol (version 6) on a Unix datagram socket and/or a UDP port, and answers
every request of a kind with the same bytes, made up from a named scenario. What it is asked it
writes to a log, one request a line, without the header fields that are drawn at random, so that
the requests of two clients can be compared as well.

    canned_daemon.py --socket PATH [--udp PORT] --scenario NAME [--generation 4.3|4.9] [--log FILE]
    canned_daemon.py --list
"""
import argparse
import math
import os
import random
import select
import signal
import socket
import struct
import sys

NEVER = 0xFFFFFFFF
ACTIONS_43 = {1, 2, 3, 4, 5, 6, 7, 8, 9, 13, 16, 17, 18, 19, 20, 21, 22, 23, 24, 29, 30, 31, 36, 37,
              42, 43, 45, 46, 47, 48, 49, 50, 52, 53, 56, 62, 63, 64, 66, 70, 71}
ACTIONS_49 = (ACTIONS_43 - {56, 64}) | {72, 73, 74, 75}


def f32(x):
    """The protocol's float, normalised, rounded to the nearest."""
    if x == 0 or math.isnan(x):
        return struct.pack('>I', 0)
    mantissa, e = math.frexp(abs(x))
    c = int(mantissa * (1 << 24) + 0.5)
    e += 1
    if c >= 1 << 24:
        c >>= 1
        e += 1
    if e > 63:
        e, c = 63, (1 << 24) - 1
    if e < -64:
        e, c = 0, 0
    if x < 0:
        c = (-c) & 0x1FFFFFF
    return struct.pack('>I', ((e & 0x7F) << 25) | c)


def addr(text):
    """An address field: dotted quad, IPv6, #n for an unresolved source, or '' for none."""
    if not text:
        return bytes(20)
    if text.startswith('#'):
        return struct.pack('>I12xHxx', int(text[1:]), 3)
    if ':' in text:
        return socket.inet_pton(socket.AF_INET6, text) + struct.pack('>Hxx', 2)
    return socket.inet_pton(socket.AF_INET, text) + struct.pack('>12xHxx', 1)


def when(s, ns=0):
    return struct.pack('>IiI', (s >> 32) & 0xFFFFFFFF, struct.unpack('>i', struct.pack(
        '>I', s & 0xFFFFFFFF))[0], ns)


class Source:
    """One source and its answer to every request about it."""

    def __init__(self, address, name='', refid=None, mode=0, state=0, stratum=1, poll=6, reach=0o377,
                 age=12, measured=1e-4, adjusted=-2e-4, error=3e-3, stats=(8, 5, 300), sd=2e-5,
                 freq=0.01, skew=0.1, offset=-1e-6, sel='*', auth=0, leap=0, conf=0, eff=0, score=1.0,
                 low=-1e-3, high=2e-3, keys=(0, 0, 0, 0, 0, NEVER, 0, 0, 0), ntp=None):
        self.is_clock = mode == 2
        self.address = addr(address)
        shown = struct.pack('>I12xHxx', refid, 1) if self.is_clock else self.address
        stats_addr = bytes(20) if self.is_clock else self.address
        rid = refid if refid is not None else 0x7F000001
        self.name = name.encode().ljust(256, b'\0')
        self.data = shown + struct.pack('>hHHHHHI', poll, stratum, state, mode, 0, reach, age) + \
            f32(measured) + f32(adjusted) + f32(error)
        self.stats = struct.pack('>I', rid) + stats_addr + struct.pack('>III', *stats) + f32(sd) + \
            f32(freq) + f32(skew) + f32(offset) + f32(error)
        self.select = struct.pack('>I', rid) + stats_addr + bytes([ord(sel), auth, leap, 0]) + \
            struct.pack('>HHI', conf, eff, age) + f32(score) + f32(low) + f32(high)
        self.auth = struct.pack('>HHIHHIHHHxx', *keys)
        self.ntp = ntp or ntpdata(self.address)


def ntpdata(remote, local='127.0.0.1', port=123, leap=0, version=4, mode=4, stratum=1, poll=6,
            precision=-25, delay=1e-3, dispersion=2e-3, refid=0x47505300, ref=when(1795424673, 536711868),
            offset=-3.6e-7, peer_delay=2e-6, peer_dispersion=1.7e-8, response=8e-5, asymmetry=0.5,
            flags=0x3FF, stamps=b'KK', totals=(77, 77, 77, 76, 77, 77, 0, 0)):
    return remote + addr(local) + struct.pack('>HBBBBbb', port, leap, version, mode, stratum, poll,
                                              precision) + \
        f32(delay) + f32(dispersion) + struct.pack('>I', refid) + ref + f32(offset) + \
        f32(peer_delay) + f32(peer_dispersion) + f32(response) + f32(asymmetry) + \
        struct.pack('>H', flags) + stamps + struct.pack('>8I', *totals) + b'\xff' * 16


def tracking(refid=0x7F000002, address='127.0.0.2', stratum=2, leap=0, ref=when(1795424810, 442772289),
             values=(7.8e-7, 1.6e-7, 2.7e-7, 0.3367, 6.5e-4, 0.0423, 1.089e-4, 2.145e-5, 4.07)):
    return struct.pack('>I', refid) + addr(address) + struct.pack('>HH', stratum, leap) + ref + \
        b''.join(f32(v) for v in values)


def client(address, hits, drops, intervals, ages):
    return addr(address) + struct.pack('>6I', *hits, *drops) + struct.pack('>4b', *intervals) + \
        struct.pack('>3I', *ages)


class World:
    """Everything a scenario answers."""

    def __init__(self):
        self.sources = []
        self.tracking = tracking()
        self.activity = (4, 0, 0, 0, 4)
        self.stats = tuple(range(1, 18))
        self.smoothing = (1, -1.96e-7, 0.051586, 0.01, 0.5, 6.3)
        self.rtc = (when(1432970756, 5), 10, 5, 549, -1.632736, -107.623)
        self.manual = [(when(1795424816, 177051089), -1.82, -1.47, 1e-9),
                       (when(1795424817, 999999937), -1e-3, 2.03, 0)]
        self.stamp = (2.03, 1e6, 1e5)
        self.clients = []
        self.status = {}


def plain():
    w = World()
    w.sources = [Source('127.0.0.2', 'one.example'), Source('127.0.0.1', 'localhost', state=4, sel='+'),
                 Source('127.0.0.9', 'nine.example', state=1, stratum=0, reach=0, age=NEVER, measured=0,
                        adjusted=0, error=0, stats=(0, 0, 0), sd=4, freq=0, skew=2000, offset=0, sel='M',
                        leap=3, low=0, high=0,
                        ntp=ntpdata(addr('127.0.0.9'), '', 123, 0, 0, 0, 0, 0, 0, 0, 0, 0, when(0), 0, 0,
                                    0, 0, 0, 0, b'\0\0', (3, 0, 0, 0, 0, 0, 0, 0)))]
    w.clients = [client('127.0.0.1', (68, 0, 3), (0, 0, 0), (1, 127, -5, 127), (1, NEVER, 49)),
                 client('10.1.2.3', (1, 2, 3), (4, 5, 6), (-3, 4, 11, 12), (1200, 36000, 345600))]
    return w


def states():
    """Every state, mode, leap, selection letter, kind of key and age."""
    w = World()
    letters = 'NMsrd~wSOTxWPUD+*'
    ages = [0, 59, 1199, 1200, 35999, 36000, 345599, 345600, 86400 * 999, 86400 * 1000 - 1,
            86400 * 1000, NEVER - 1, NEVER, 7, 60, 3600, 86400]
    for i, letter in enumerate(letters):
        clock = i % 5 == 4
        w.sources.append(Source(
            f'10.0.{i}.{i + 1}', f'host{i}.example', refid=0x47505330 + i if clock else 0x0A000001 + i,
            mode=2 if clock else i % 2, state=i % 6, stratum=i, poll=i - 7, reach=(37 * i) & 0xFF,
            age=ages[i], stats=(i, i // 2, ages[i]), sel=letter, auth=i % 2, leap=i % 4, conf=i % 16,
            eff=15 - i % 16, keys=(i % 3, i, i * 1000003, 8 * i, i, ages[i], i, 100 * i, i % 2),
            ntp=ntpdata(addr(f'10.0.{i}.{i + 1}'), f'10.9.{i}.1', 123 + i, i % 4, i % 5, i % 6, i, i - 7,
                        -i, flags=(0x3FF ^ (1 << i)) if i < 10 else (i % 4) << 14,
                        stamps=b'DKHx\0'[i % 5:i % 5 + 1] + b'HDK\0y'[i % 5:i % 5 + 1])))
    w.tracking = tracking(leap=1, values=(-7.8e-7, -1.6e-7, 2.7e-7, -0.3367, -6.5e-4, 0.0423, 1.089e-4,
                                          2.145e-5, 4.07))
    w.smoothing = (2, 1.96e-7, -0.051586, -0.01, 0.5, 6.3)
    w.clients = [client(f'10.0.0.{i}', (i, i + 1, i + 2), (i * 1000, 0, i), (i - 6, 127, i, -i),
                        (ages[i], ages[i + 1], ages[i + 2])) for i in range(11)]
    return w


def addresses():
    """IPv6, unresolved sources, reference clocks with odd IDs, long and empty names."""
    w = World()
    long_name = 'a-very-long-host-name.in-a-very-long-domain.example.org'
    refids = [0x47505330, 0x50505300, 0x00000000, 0x41000000, 0x01024142, 0xFFFEFDFC, 0x20202041]
    w.sources = [
        Source('2001:db8::1', 'six.example'), Source('2001:db8:1111:2222:3333:4444:5555:6666', long_name),
        Source('::1', 'localhost'), Source('fe80::1', 'link'), Source('#1', 'pool.example', state=1),
        Source('#4294967295', long_name, state=1), Source('', 'none.example', state=1),
        Source('127.0.0.1', ''), Source('255.255.255.255', 'x' * 255), Source('127.0.0.1', 'x' * 25),
        Source('127.0.0.1', 'x' * 26), Source('127.0.0.1', 'x' * 27), Source('127.0.0.1', 'x' * 28)]
    w.sources += [Source('', f'clock{i}', refid=r, mode=2, stratum=0) for i, r in enumerate(refids)]
    w.tracking = tracking(0x47505330, '', 1)
    w.clients = [client('2001:db8:1111:2222:3333:4444:5555:6666', (1, 2, 3), (4, 5, 6), (1, 2, 3, 4),
                        (5, 6, 7)), client('::1', (1, 0, 0), (0, 0, 0), (127, 127, 127, 127),
                                           (1, NEVER, NEVER))]
    w.smoothing = (3, 0, 0, 0, 0, 0)
    w.manual = []
    return w


def edges():
    """Values at and beside each threshold of the human columns, of both signs."""
    w = World()
    limits = [0, 1e-19, 1e-10, 9999.5e-9, 9999.5e-6, 9999.5e-3, 999.5, 99999.5, 99999.5 * 60,
              99999.5 * 3600, 99999.5 * 86400, 4e18]
    values = [s * v * k for v in limits for k in (0.99, 0.9999, 1, 1.0001, 1.01) for s in (1, -1)]
    ppm = [s * v for v in (0, 1e-9, 5e-4, 4.9e-4, 9.9995, 99999.4, 99999.5, 99999.6, 1e6, 1e12)
           for s in (1, -1)]
    for i, v in enumerate(values):
        u = values[(i * 7 + 3) % len(values)]
        p = ppm[i % len(ppm)]
        w.sources.append(Source(f'10.1.{i // 256}.{i % 256}', measured=v, adjusted=u, error=abs(v),
                                sd=abs(u), freq=p, skew=abs(p), offset=v, low=u, high=v, score=abs(p)))
    w.tracking = tracking(values=(-4e18, 4e18, 1e-19, 99999.5, -99999.5, 1e12, 1e9, 1e-10, 4e9),
                          ref=when(7258118400, 999999999), stratum=65535, leap=2)
    w.activity = (2147483647, 0, 1, 2, 3)
    w.stats = tuple([0xFFFFFFFF] * 17)
    w.rtc = (when(0), 65535, 0, NEVER, 1e9, -1e9)
    w.smoothing = (0, 4e9, -4e9, 1e9, 1e9, 1e9)
    w.manual = [(when(i * 100000000, i), v * 1e6, -v, v) for i, v in enumerate(values[:16])]
    w.stamp = (-2.03, -1e6, 0)
    return w


def unsynchronised():
    w = World()
    w.tracking = tracking(0, '', 0, 3, when(0), (0, 0, 0, 0, 0, 0, 1, 1, 0))
    w.activity = (0, 0, 0, 0, 0)
    w.stats = tuple([0] * 17)
    return w


def local():
    w = plain()
    w.tracking = tracking(0x7F7F0101, '', 10, 0, values=(0,) * 9)
    return w


def six():
    w = plain()
    w.tracking = tracking(0xDEADBEEF, '2001:db8::5', 15, 2, when(-1, 5), (-1e-3,) * 9)
    return w


def chance(seed):
    def make():
        r = random.Random(seed)

        def real():
            return r.choice((1, -1)) * 10 ** r.uniform(-12, 6)

        def age():
            return r.choice((NEVER, int(10 ** r.uniform(0, 9))))
        w = World()
        for i in range(40):
            mode = r.choice((0, 0, 1, 2))
            address = r.choice(('10.%d.%d.%d', '2001:db8:%x:%x::%x')) % (i, r.randrange(256), 1)
            w.sources.append(Source(
                address, f'n{r.randrange(10 ** 9)}.example', refid=r.getrandbits(32), mode=mode,
                state=r.randrange(6), stratum=r.randrange(16), poll=r.randrange(-7, 24),
                reach=r.randrange(256), age=age(), measured=real(), adjusted=real(), error=abs(real()),
                stats=(r.randrange(64), r.randrange(64), age()), sd=abs(real()), freq=real(),
                skew=abs(real()), offset=real(), sel=r.choice('NMsrd~wSOTxWPUD+*'), auth=r.randrange(2),
                leap=r.randrange(4), conf=r.randrange(16), eff=r.randrange(16), score=abs(real()),
                low=real(), high=real(),
                keys=(r.randrange(3), r.randrange(32), r.getrandbits(32), r.randrange(65536),
                      r.randrange(32768), age(), r.randrange(9), r.randrange(200), r.randrange(2)),
                ntp=ntpdata(addr(address), '10.0.0.1', r.randrange(65536), r.randrange(4), r.randrange(8),
                            r.randrange(8), r.randrange(17), r.randrange(-7, 25), r.randrange(-32, 1),
                            abs(real()), abs(real()), r.getrandbits(32),
                            when(r.randrange(1 << 32), r.randrange(10 ** 9)), real(), real(), real(), real(),
                            r.uniform(-0.5, 0.5), r.getrandbits(16) & 0xC3FF,
                            bytes(r.choice(b'DKH') for _ in range(2)),
                            tuple(r.getrandbits(32) for _ in range(8)))))
        w.tracking = tracking(r.getrandbits(32), '10.9.8.7', r.randrange(16), r.randrange(4),
                              when(r.randrange(1 << 33), r.randrange(10 ** 9)),
                              tuple(real() for _ in range(9)))
        w.stats = tuple(r.getrandbits(32) for _ in range(17))
        w.smoothing = (r.randrange(4),) + tuple(real() for _ in range(5))
        w.rtc = (when(r.randrange(1 << 33), 1), r.randrange(64), r.randrange(64), age(), real(), real())
        w.manual = [(when(r.randrange(1 << 33), 7), real(), real(), real()) for _ in range(16)]
        w.stamp = (real(), real(), real())
        w.clients = [client(f'10.{i}.0.1', [r.getrandbits(32) for _ in range(3)],
                            [r.getrandbits(20) for _ in range(3)],
                            [r.choice((127, r.randrange(-7, 24))) for _ in range(4)],
                            [age() for _ in range(3)]) for i in range(30)]
        return w
    return make


def refusing(code):
    """Says the same status to everything."""
    def make():
        w = plain()
        w.status = {number: code for number in range(1, 76)}
        return w
    return make


def half():
    """Counts sources that then are not there, and knows no names."""
    w = plain()
    w.status = {34: 4, 69: 4, 57: 4, 65: 4, 67: 4, 15: 4}
    return w


SCENARIOS = {'plain': plain, 'states': states, 'addresses': addresses, 'edges': edges,
             'unsynchronised': unsynchronised, 'local': local, 'six': six, 'half': half}
SCENARIOS.update({f'chance{i}': chance(i) for i in range(1, 5)})
SCENARIOS.update({f'status{i}': refusing(i) for i in list(range(1, 22)) + [99]})


class Daemon:
    def __init__(self, world, generation):
        self.world = world
        self.old = generation == '4.3'
        self.actions = ACTIONS_43 if self.old else ACTIONS_49
        if world.clients:
            self.first_client = {}

    def by_index(self, payload, what):
        i = struct.unpack('>I', payload[:4])[0]
        return getattr(self.world.sources[i], what) if i < len(self.world.sources) else None

    def by_address(self, payload, what):
        for s in self.world.sources:
            if s.address == payload[:20] and not s.is_clock:
                return getattr(s, what)
        return None

    def server_stats(self):
        if self.old:
            return 24, struct.pack('>11I', *self.world.stats[:11])
        return 25, struct.pack('>17Q', *self.world.stats) + b'\xff' * 32

    def ntp(self, payload):
        data = self.by_address(payload, 'ntp')
        if data is None:
            return None
        return (16, data[:112] + b'\xff' * 12) if self.old else (26, data)

    def client_records(self, payload):
        first, most, least = struct.unpack('>III', payload[:12])
        everyone = self.world.clients
        chosen = [c for c in everyone[first:first + min(most, 8)]
                  if max(struct.unpack('>3I', c[20:32])) >= least]
        reached = min(first + min(most, 8), len(everyone))
        return 21, struct.pack('>III', len(everyone), reached, len(chosen)) + \
            b''.join(chosen).ljust(480, b'\0')

    def manual(self):
        w = self.world
        return 18, struct.pack('>I', len(w.manual)) + b''.join(
            t + f32(a) + f32(b) + f32(c) for t, a, b, c in w.manual).ljust(384, b'\0')

    def answer(self, number, payload):
        """The reply number and payload, a status, or None for "no such source"."""
        w = self.world
        if number in w.status:
            return w.status[number]
        indexed = {15: (3, 'data'), 34: (6, 'stats'), 69: (23, 'select')}
        named = {65: (19, 'name'), 67: (20, 'auth')}
        if number in indexed:
            data = self.by_index(payload, indexed[number][1])
            return (indexed[number][0], data) if data is not None else 4
        if number in named:
            data = self.by_address(payload, named[number][1])
            return (named[number][0], data) if data is not None else 4
        fixed = {
            11: lambda: (17, b''.join(f32(x) for x in w.stamp)),
            14: lambda: (2, struct.pack('>I', len(w.sources))),
            33: lambda: (5, w.tracking),
            35: lambda: (7, w.rtc[0] + struct.pack('>HHI', *w.rtc[1:4]) + f32(w.rtc[4]) + f32(w.rtc[5])),
            41: self.manual,
            44: lambda: (12, struct.pack('>5i', *w.activity)),
            51: lambda: (13, struct.pack('>I', w.smoothing[0]) + b''.join(f32(x) for x in w.smoothing[1:])),
            54: self.server_stats,
            57: lambda: self.ntp(payload) or 4,
            68: lambda: self.client_records(payload),
        }
        if number in fixed:
            return fixed[number]()
        if number in (25, 26):
            return 8 if payload[0] == 127 else 9
        return (1, b'') if number in self.actions else 3

    def reply(self, request):
        if len(request) < 28 or request[:4] != b'\x06\x01\0\0':
            return None
        number, = struct.unpack('>H', request[4:6])
        result = self.answer(number, request[20:].ljust(512, b'\0'))
        status, kind, payload = (result, 1, b'') if isinstance(result, int) else (0, *result)
        return b'\x06\x02\0\0' + struct.pack('>HHHHHH', number, kind, status, 0, 0, 0) + \
            request[8:12] + bytes(8) + payload


def serve(args):
    daemon = Daemon(SCENARIOS[args.scenario](), args.generation)
    sockets = []
    if args.socket:
        if os.path.exists(args.socket):
            os.unlink(args.socket)
        sockets.append(socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM))
        sockets[0].bind(args.socket)
    if args.udp:
        sockets.append(socket.socket(socket.AF_INET, socket.SOCK_DGRAM))
        sockets[-1].bind(('127.0.0.1', args.udp))
    log = open(args.log, 'a', buffering=1) if args.log else None
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    print('ready', flush=True)
    try:
        while True:
            for s in select.select(sockets, [], [])[0]:
                request, sender = s.recvfrom(2048)
                if log:
                    number, attempt = struct.unpack('>HH', request[4:8])
                    log.write(f'{number} {attempt} {len(request)} {request[20:].hex()}\n')
                answer = daemon.reply(request)
                if answer and sender:
                    s.sendto(answer, sender)
    finally:
        if args.socket:
            os.unlink(args.socket)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument('--socket')
    parser.add_argument('--udp', type=int)
    parser.add_argument('--scenario', choices=SCENARIOS, default='plain')
    parser.add_argument('--generation', choices=('4.3', '4.9'), default='4.3')
    parser.add_argument('--log')
    parser.add_argument('--list', action='store_true')
    args = parser.parse_args()
    if args.list:
        print('\n'.join(SCENARIOS))
        return
    serve(args)


if __name__ == '__main__':
    main()
