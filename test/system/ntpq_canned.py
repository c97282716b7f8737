# SPDX-License-Identifier: BSD-2-Clause
"""A daemon of mode 6 that always says the same, for two clients to show.

Usage: ntpq_canned.py ADDRESS...
It ends when nobody has asked for five minutes."""

import select
import socket
import struct
import sys

READ_STATUS, READ_VARIABLES, READ_CLOCK, CONFIGURE, READ_MRU, READ_LIST, NONCE = 1, 2, 4, 8, 10, 11, 12
UNKNOWN_VARIABLE, BAD_ASSOCIATION = 5, 4

# Associations out of order, with every event and selection.
STATUS = {9 - i: (0x80 if i % 2 else 0x14) << 8 | (i % 8) << 8 | i << 4 | i for i in range(9)}
STATUS.update({300: 0xd31d, 301: 0x961b, 302: 0xf61f, 303: 0x801c})
CLOCK = 303

SYSTEM = """ss_uptime=90061 ss_numctlreq=12 ss_reset=1000 ss_reset_r=90061 ss_received=5000
ss_received_r=100 ss_thisver=33 ss_thisver_r=77 ss_oldver=0 ss_oldver_r=5 ss_ver1=0 ss_ver1_r=0
ss_ver1client=0 ss_ver1client_r=1 ss_ver1zero=0 ss_ver1zero_r=0 ss_ver1symm=0 ss_ver1symm_r=0
ss_badformat=1 ss_badformat_r=2 ss_badauth=3 ss_badauth_r=4 ss_declined=5 ss_declined_r=6
ss_restricted=7 ss_restricted_r=8 ss_limited=1234567 ss_limited_r=9 ss_kodsent=10 ss_kodsent_r=11
ss_processed=2500 ss_processed_r=180122 leap=1 stratum=0x3 precision=-24 rootdelay=1234.567
rootdisp=0.000 rootdist=1.5 refid=GPS reftime=0xeeaf8777.0992c8b8 clock=0xeeaf8778.00000001 peer=301
tc=6 mintc=3 offset=-123.456789 frequency=-12.345 sys_jitter=0.00001 clk_jitter=0.000001
clk_wander=0.000000 tai=37 big=123456789012345678 version="a,b" empty= expire=2017-01-01T00:00Z
peeradr=[2001:db8::1]:123 peermode=3 authdelay=0.005 large=1e16 float=1.50e3 plus=+5
mru_enabled=0x3 mru_hashslots=3 mru_depth=3 mru_deepest=4 mru_maxdepth=10922 mru_mindepth=600
mru_maxage=3600 mru_minage=64 mru_mem=0 mru_maxmem=1024 mru_exists=118 mru_new=3 mru_recycleold=0
mru_recyclefull=0 mru_none=0 mru_oldest_age=172801 iostats_reset=98 total_rbuf=10 free_rbuf=9
used_rbuf=0 io_dropped=0 io_ignored=98 io_received=121 io_sent=147 io_sendfailed=1 io_wakeups=124
io_goodwakeups=9 koffset=0 kfreq=0.000 kmaxerr=10.174 kesterr=1 kstflags=unsync ktimeconst=2
kprecis=1e-06 kfreqtol=500 kppsfreq=0 kppsstab=0 kppsjitter=0 kppscalibdur=0 kppscalibs=0
kppsjitexc=0 kppsstbexc=0 kppscaliberrs=0 authreset=99 authkeys=2 authfreek=15 authklookups=58
authknotfound=0 authencrypts=28 authdigestencrypts=28 authcmacencrypts=0 authdecrypts=28
authdigestdecrypts=28 authdigestfails=0 authcmacdecrypts=0 authcmacfails=0 timerstats_reset=264
timer_overruns=0 timer_xmts=93"""
SYSTEM += "".join(" nts_%s=%d" % (name, i) for i, name in enumerate(
    """client_send client_recv_good client_recv_bad server_recv_good server_recv_bad server_send
    cookie_make cookie_decode cookie_decode_old cookie_decode_old2 cookie_decode_older
    cookie_decode_too_old cookie_decode_error ke_probes_good ke_probes_bad ke_serves_good
    ke_serves_bad""".split()))
PEER = """srcadr=10.0.0.%d; srcport=123; dstadr=2001:db8:1234:5678:9abc:def0:1234:5678; dstport=123;
leap=3; hmode=%d; stratum=16; ppoll=10; hpoll=17; refid=%s; reach=0xa5; delay=123.456789;
offset=-1234.567891; jitter=0.000123; dispersion=16000.000000; rootdisp=1.5;
srchost="a.very.long.name.example.org"; timerec=100000; timer=-3; timereach=5; sent=1; received=2;
badauth=0; bogusorg=0; oldpkt=0; seldisp=0; selbroken=0; candidate=1; ntscookies=5; flash=0x1001;
filtdelay= 0.10 0.13 123.45; rec=0x00000000.00000000; headway=0"""
CLOCK_VARIABLES = 'name="LOCAL", timecode="", poll=1, refid=76.79.67.76, device="Undisciplined clock"'
CLIENTS = """nonce=abc, addr.0=[fd77::2]:123, last.0=0xeeae7ef7.9e65ab85, first.0=0xeeae7e00.00000000,
ct.0=134, mv.0=35, rs.0=0xc0, sc.0=0.090, dr.0=0, addr.1=10.91.0.2:124, last.1=0xeeae7efa.00000000,
first.1=0xeeae7ef9.80000000, ct.1=3, mv.1=22, rs.1=0x420, sc.1=1.163, dr.1=1, addr.2=10.9.0.2:125,
last.2=0xeeae7efb.80000000, first.2=0xeeae7ef9.80000000, ct.2=2, mv.2=36, rs.2=0x20, sc.2=0.5,
dr.2=0, now=0xeeae7eff.9e65ab85, last.newest=0xeeae7efb.80000000"""
LISTS = {
    "ifstats": """addr.0=[::]:123, en.0=0, name.0="v6wildcard", flags.0=0x81, rx.0=0, tx.0=0,
txerr.0=0, pc.0=0, up.0=2104, name.1="eth0", addr.1=10.0.0.1:123, en.1=1, flags.1=0x9, rx.1=17,
tx.1=18, txerr.1=1, pc.1=2, up.1=2104""",
    "addr_restrictions": """addr.0=127.0.0.1, mask.0=255.255.255.255, hits.0=132, flags.0=,
addr.1=10.91.0.0, mask.1=255.255.0.0, hits.1=7, flags.1=nomodify kod, addr.2=::1,
mask.2=ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff, hits.2=0, flags.2=ntpport ignore"""}


def variables(association):
    if association == 0:
        return dict(item.split("=", 1) for item in SYSTEM.split())
    text = PEER % (association % 256, 1 + association % 6,
                   "2001:db8::1234:5678:9abc" if association == 300 else "INIT")
    return dict(item.strip().split("=", 1) for item in text.split(";"))


def named(association, names):
    """The text of the variables, or an error."""
    have = variables(association)
    wanted = [n for n in names.split(",") if n] or list(have)
    if any(n not in have for n in wanted):
        return UNKNOWN_VARIABLE
    return ", ".join("%s=%s" % (n, have[n]) for n in wanted)


def answer(opcode, association, data):
    """Status, and the data or an error."""
    if opcode == READ_STATUS:
        return 0x0615, b"".join(struct.pack(">HH", *item) for item in STATUS.items())
    if opcode == READ_CLOCK:
        return 0x0012, CLOCK_VARIABLES if association == CLOCK else BAD_ASSOCIATION
    if opcode == READ_VARIABLES:
        return STATUS.get(association, 0x0615), named(association, data)
    return 0, {CONFIGURE: "Config Succeeded" if data.startswith("setvar") else
               "column 4 syntax error", NONCE: "nonce=abc", READ_MRU: CLIENTS,
               READ_LIST: LISTS.get(data, "")}[opcode]


def reply(datagram):
    """The datagrams of an answer."""
    first, opcode, sequence, _, association, _, count = struct.unpack(">BBHHHHH", datagram[:12])
    status, data = answer(opcode & 31, association, datagram[12:12 + count].decode())
    if isinstance(data, int):
        yield struct.pack(">BBHHHHH", first & 0x3f, 0xc0 | opcode, sequence, data << 8, association,
                          0, 0)
        return
    data = data if isinstance(data, bytes) else data.replace("\n", " ").encode() + b"\r\n"
    for at in range(0, len(data), 468):
        part = data[at:at + 468]
        more = 0x20 if at + 468 < len(data) else 0
        yield struct.pack(">BBHHHHH", first & 0x3f, 0x80 | more | opcode, sequence, status,
                          association, at, len(part)) + part + bytes(-len(part) % 4)


def main():
    sockets = []
    for address in sys.argv[1:]:
        sockets.append(socket.socket(socket.AF_INET, socket.SOCK_DGRAM))
        sockets[-1].bind((address, 123))
    print("ready", flush=True)
    while True:
        asked = select.select(sockets, [], [], 300)[0]
        if not asked:
            return
        for ready in asked:
            datagram, client = ready.recvfrom(1000)
            for part in reply(datagram):
                ready.sendto(part, client)


main()
