#!/usr/bin/env python3
# /// script
# requires-python = ">=3.11"
# dependencies = ["cryptography>=45"]
# ///
"""Makes keys and certificates for the examples with TLS: for development, not for anything that others can reach.

    python3 make_certificates.py FOLDER...     folders of examples; all that need keys when none is named

Each FOLDER gets a folder `secrets` with these files, new each time:

    ca.pem                  the certificate of an authority made for this folder; its key is thrown away
    broker.pem              key and certificate of the brokers: kafka, kafka-1 to -3, controller-1 to -3, localhost
    broker.keystore.p12     the same as a PKCS12 key store
    truststore.p12          the authority as a PKCS12 trust store
    store_password          the password of both stores
    client.pem              key and certificate of a client, CN=client
    client.properties       for Kafka's own command-line tools on this machine
    container.properties    the same for the tools in a container that has the folder at /etc/kafka/secrets

Keys can be read by their owner only. The owner must be the user of the container, so this writes KAFKA_USER into
FOLDER/.env, which Docker Compose reads: run by root, the keys are given to user 1000, that of the image; run by
anybody else, the container runs as that user, in group 0, to which the image's folders are open.

It needs the Python package cryptography; `uv run make_certificates.py` brings it along.
"""

from __future__ import annotations

import datetime as dt
import ipaddress
import os
import secrets
import sys
from pathlib import Path

try:
    from cryptography import x509
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.hazmat.primitives.hashes import SHA256
    from cryptography.hazmat.primitives.serialization import (
        BestAvailableEncryption,
        Encoding,
        NoEncryption,
        PrivateFormat,
        pkcs12,
    )
    from cryptography.x509.oid import ExtendedKeyUsageOID
except ModuleNotFoundError:
    sys.exit("error: the Python package cryptography is missing\nhint: pip install cryptography, or uv run this script")

HOSTS = ("localhost", "kafka", *(f"{kind}-{number}" for kind in ("kafka", "controller") for number in (1, 2, 3)))
VALIDITY = dt.timedelta(days=365)
IMAGE_USER = 1000
HERE = Path(__file__).resolve().parent
IN_CONTAINER = Path("/etc/kafka/secrets")
# The first user of the example with SCRAM.
LOGIN = (
    "sasl.mechanism=SCRAM-SHA-512\n"
    "sasl.jaas.config=org.apache.kafka.common.security.scram.ScramLoginModule required "
    'username="alice" password="alice-secret";\n'
)


def make(folder: Path) -> None:
    """Make the secrets of one example."""
    target = folder / "secrets"
    target.mkdir(mode=0o700, exist_ok=True)
    authority_key = ec.generate_private_key(ec.SECP256R1())
    authority = certificate("kafka-native examples", authority_key)
    key = ec.generate_private_key(ec.SECP256R1())
    broker = certificate("broker", key, authority, authority_key, HOSTS)
    client_key = ec.generate_private_key(ec.SECP256R1())
    client = certificate("client", client_key, authority, authority_key)
    password = secrets.token_urlsafe(24)
    locked = BestAvailableEncryption(password.encode())
    trusted = [pkcs12.PKCS12Certificate(authority, b"ca")]
    write(target / "ca.pem", pem(authority))
    write(target / "broker.pem", private(key) + pem(broker) + pem(authority))
    write(target / "client.pem", private(client_key) + pem(client) + pem(authority))
    store = pkcs12.serialize_key_and_certificates(b"broker", key, broker, [authority], locked)
    write(target / "broker.keystore.p12", store)
    write(target / "truststore.p12", pkcs12.serialize_java_truststore(trusted, locked))
    write(target / "store_password", password.encode())
    login = LOGIN if "SCRAM" in (folder / "compose.yaml").read_text(encoding="utf-8") else ""
    write(target / "client.properties", client_properties(target, login).encode())
    write(target / "container.properties", client_properties(IN_CONTAINER, login).encode())
    give(target, folder)


def certificate(
    name: str,
    key: ec.EllipticCurvePrivateKey,
    issuer: x509.Certificate | None = None,
    issuer_key: ec.EllipticCurvePrivateKey | None = None,
    hosts: tuple[str, ...] = (),
) -> x509.Certificate:
    """Sign a certificate; without an issuer, that of an authority, by itself."""
    subject = x509.Name.from_rfc4514_string(f"CN={name}")
    now = dt.datetime.now(dt.UTC)
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer.subject if issuer else subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(hours=1))
        .not_valid_after(now + VALIDITY)
        .add_extension(x509.BasicConstraints(issuer is None, None), critical=True)
    )
    if issuer:
        usage = [ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.CLIENT_AUTH]
        builder = builder.add_extension(x509.ExtendedKeyUsage(usage), critical=False)
    if hosts:
        names = [*map(x509.DNSName, hosts), x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]
        builder = builder.add_extension(x509.SubjectAlternativeName(names), critical=False)
    return builder.sign(issuer_key or key, SHA256())


def pem(made: x509.Certificate) -> bytes:
    """Return a certificate as PEM text."""
    return made.public_bytes(Encoding.PEM)


def private(key: ec.EllipticCurvePrivateKey) -> bytes:
    """Return a key as PEM text."""
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def client_properties(folder: Path, login: str) -> str:
    """Return what Kafka's own tools take with --command-config; with the properties of a login, if there is one."""
    return (
        f"security.protocol={'SASL_SSL' if login else 'SSL'}\n{login}"
        f"ssl.truststore.type=PEM\nssl.truststore.location={folder / 'ca.pem'}\n"
        f"ssl.keystore.type=PEM\nssl.keystore.location={folder / 'client.pem'}\n"
    )


def write(path: Path, content: bytes) -> None:
    """Write a file that nobody but its owner can read, from its first byte on."""
    path.unlink(missing_ok=True)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)


def give(target: Path, folder: Path) -> None:
    """Make the container's user and the owner of the keys the same, and tell Docker Compose."""
    owner = os.geteuid() or IMAGE_USER
    if os.geteuid() == 0:
        for path in (target, *target.iterdir()):
            os.chown(path, IMAGE_USER, IMAGE_USER)
    (folder / ".env").write_text(f"KAFKA_USER={owner}:0\n", encoding="utf-8")


def main() -> None:
    """Make the secrets of the examples that are named, or of all that need some."""
    if {"-h", "--help"} & set(sys.argv[1:]):
        print(__doc__)
        return
    named = [Path(each).resolve() for each in sys.argv[1:]]
    needing = sorted(path.parent for path in HERE.rglob("compose.yaml") if "/etc/kafka/secrets" in path.read_text())
    for folder in named or needing:
        if not (folder / "compose.yaml").is_file():
            sys.exit(f"error: {folder} is no folder of an example: there is no compose.yaml in it")
        make(folder)
        print(f"made {folder / 'secrets'}")


if __name__ == "__main__":
    main()
