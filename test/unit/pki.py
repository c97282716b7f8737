#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Writes pki.c: throw-away certificates and keys for tests, good from 2020 to 2099 unless their
name says something else. Needs the cryptography package; its output is kept, so tests do not.

    python3 pki.py > pki.c
"""
import datetime
import ipaddress

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID


def day(year):
    return datetime.datetime(year, 1, 1, tzinfo=datetime.timezone.utc)


def name(common):
    return x509.Name([
        x509.NameAttribute(NameOID.COUNTRY_NAME, "DE"),
        x509.NameAttribute(NameOID.ORGANIZATION_NAME, "Gnomon"),
        x509.NameAttribute(NameOID.COMMON_NAME, common),
    ])


def new_key():
    return ec.generate_private_key(ec.SECP256R1())


def make(common, key, signer=None, signer_key=None, names=(), addresses=(), ca=False, years=(2020, 2100),
         usage=ExtendedKeyUsageOID.SERVER_AUTH, identifiers=True):
    """signer: a certificate, or a name alone for a forged one."""
    issuer = name(common) if signer is None else getattr(signer, "subject", signer)
    b = x509.CertificateBuilder().subject_name(name(common)).issuer_name(issuer)
    b = b.public_key(key.public_key()).serial_number(x509.random_serial_number())
    b = b.not_valid_before(day(years[0])).not_valid_after(
        day(years[1]) - datetime.timedelta(seconds=1))
    b = b.add_extension(x509.BasicConstraints(ca=ca, path_length=None), critical=True)
    if ca:
        b = b.add_extension(x509.KeyUsage(False, False, False, False, False, True, True, False, False),
                            critical=True)
    else:
        b = b.add_extension(x509.ExtendedKeyUsage([usage]), critical=False)
    alternatives = [x509.DNSName(n) for n in names] + [
        x509.IPAddress(ipaddress.ip_address(a)) for a in addresses]
    if alternatives:
        b = b.add_extension(x509.SubjectAlternativeName(alternatives), critical=False)
    if identifiers:
        b = b.add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()),
                            critical=False)
        own = signer_key or key
        b = b.add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(own.public_key()),
                            critical=False)
    return b.sign(signer_key or key, hashes.SHA256())


def show(symbol, *things):
    text = ""
    for thing in things:
        if isinstance(thing, x509.Certificate):
            text += thing.public_bytes(serialization.Encoding.PEM).decode()
        else:
            lock = serialization.BestAvailableEncryption(b"secret") if "locked" in symbol \
                else serialization.NoEncryption()
            text += thing.private_bytes(serialization.Encoding.PEM,
                                        serialization.PrivateFormat.PKCS8, lock).decode()
    print(f"\nconst char {symbol}[] =")
    lines = text.splitlines()
    for line in lines:
        print(f'\t"{line}\\n"' + (";" if line is lines[-1] else ""))


def main():
    print("/* SPDX-License-Identifier: BSD-2-Clause */")
    print("/* Made by pki.py: certificates and keys for tests. None of these keys is a secret. */")
    print('#include "config.h"\n\n#include "test/unit/pki.h"')
    root_key, other_key, middle_key, key, key_b = (new_key() for _ in range(5))
    root = make("Test Root", root_key, ca=True)
    other = make("Other Root", other_key, ca=True)
    middle = make("Test Intermediate", middle_key, root, root_key, ca=True)
    old_root_key = new_key()
    old_root = make("Old Root", old_root_key, ca=True, years=(2000, 2010))
    rsa_key = rsa.generate_private_key(public_exponent=65537, key_size=2048)

    def server(common, **more):
        more.setdefault("names", [common])
        return make(common, key, more.pop("signer", root), more.pop("signer_key", root_key), **more)

    a = server("a.test", names=["a.test", "*.wild.test"], addresses=["192.0.2.1", "2001:db8::1"])
    show("pki_root", root)
    show("pki_other_root", other)
    show("pki_old_root", old_root)
    show("pki_middle", middle)
    show("pki_key", key)
    show("pki_key_b", key_b)
    show("pki_rsa_key", rsa_key)
    show("pki_locked_key", key)
    show("pki_a", a)
    show("pki_b", make("b.test", key_b, root, root_key, names=["b.test"]))
    show("pki_rsa", make("rsa.test", rsa_key, root, root_key, names=["rsa.test"]))
    show("pki_chain", server("c.test", signer=middle, signer_key=middle_key), middle)
    show("pki_expired", server("a.test", years=(2020, 2021)))
    show("pki_future", server("a.test", years=(2090, 2100)))
    show("pki_self", make("a.test", key, names=["a.test"]))
    show("pki_unknown", server("a.test", signer=other, signer_key=other_key))
    show("pki_unknown_chain", server("a.test", signer=other, signer_key=other_key), other)
    show("pki_old_signer", server("a.test", signer=old_root, signer_key=old_root_key))
    show("pki_forged", make("a.test", key, root.subject, new_key(), names=["a.test"],
                            identifiers=False))
    show("pki_client_only", server("a.test", usage=ExtendedKeyUsageOID.CLIENT_AUTH))
    show("pki_no_authority",
         make("b.test", key_b, a, key, names=["b.test"]), a)
    show("pki_common_name", server("cn.test", names=[]))
    show("pki_nodes", make("nodes", key, root, root_key,
                           names=[f"node{i}" for i in range(1, 17)]))


main()
