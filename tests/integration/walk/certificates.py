"""A certificate authority of a test's own, and the key and trust stores that brokers and clients read.

Keys and PKCS12 stores are made by `cryptography`; JKS stores by the JDK's `keytool`, since only Java writes them.

    authority = Authority(tmp_path)
    broker = authority.issue("CN=broker")
    properties = broker.pkcs12().as_key_store() | authority.pkcs12().as_trust_store()

`Authority.pem().path` is the CA file of the Python clients, `Identity.pem().path` their certificate and key in one.
"""

from __future__ import annotations

import datetime as dt
import ipaddress
import os
import subprocess
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    KeySerializationEncryption,
    NoEncryption,
    PrivateFormat,
    pkcs12,
)
from cryptography.x509.oid import ExtendedKeyUsageOID

if TYPE_CHECKING:
    from pathlib import Path

    from ..java_tools import JavaTools

__all__ = ["LOCAL_HOSTS", "STORE_PASSWORD", "Authority", "Identity", "PrivateKey", "Store", "rsa_key", "to_jks"]

PrivateKey = ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey

LOCAL_HOSTS = ("localhost", "127.0.0.1")
STORE_PASSWORD = "store-password"
_VALIDITY = dt.timedelta(days=30)
_CLOCK_SKEW = dt.timedelta(hours=1)
_RSA_BITS = 2048


@dataclass(frozen=True)
class Store:
    """A key store or trust store, as a file.

    Args:
        path: The file.
        type: What Kafka calls its format: JKS, PKCS12 or PEM.
        password: What opens it; of a PEM file, what its private key is encrypted with.
    """

    path: Path
    type: str
    password: str | None = STORE_PASSWORD

    def as_key_store(self) -> dict[str, str]:
        """Return the properties that make it the key store of a broker or of a Java client."""
        found = {"ssl.keystore.location": str(self.path), "ssl.keystore.type": self.type}
        if self.password is None:
            return found
        key_password = {"ssl.key.password": self.password}
        # Kafka refuses a store password with PEM: such a file has a password for its key only.
        return found | key_password | ({} if self.type == "PEM" else {"ssl.keystore.password": self.password})

    def as_trust_store(self) -> dict[str, str]:
        """Return the properties that make it the trust store of a broker or of a Java client."""
        found = {"ssl.truststore.location": str(self.path), "ssl.truststore.type": self.type}
        return found if self.password is None else found | {"ssl.truststore.password": self.password}


@dataclass(frozen=True)
class Identity:
    """A private key and its certificate, with what writes them as stores named after it.

    Args:
        name: The file name of its stores, without the suffix.
        folder: Where they are written.
        key: The private key.
        certificate: The certificate that the authority signed.
        issuer: The authority's certificate.
    """

    name: str
    folder: Path
    key: PrivateKey
    certificate: x509.Certificate
    issuer: x509.Certificate

    @property
    def principal(self) -> str:
        """The name under which Kafka knows who shows this certificate, without `User:`."""
        return self.certificate.subject.rfc4514_string()

    @property
    def serial(self) -> int:
        """The serial number of the certificate."""
        return self.certificate.serial_number

    @property
    def chain(self) -> str:
        """The certificate and its issuer's as PEM text, such as for `ssl.keystore.certificate.chain`."""
        return _pem(self.certificate) + _pem(self.issuer)

    def private_key(self, password: str | None = None) -> str:
        """Return the key as PEM text of PKCS #8, such as for `ssl.keystore.key`."""
        return self.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, _encryption(password)).decode()

    def pem(self, password: str | None = None) -> Store:
        """Write the key and the chain into one PEM file."""
        path = self.folder / f"{self.name}.pem"
        return Store(_write(path, (self.private_key(password) + self.chain).encode()), "PEM", password)

    def pkcs12(self, password: str = STORE_PASSWORD) -> Store:
        """Write a PKCS12 key store, replacing the one that is there."""
        name, secret = self.name.encode(), _encryption(password)
        data = pkcs12.serialize_key_and_certificates(name, self.key, self.certificate, [self.issuer], secret)
        return Store(_write(self.folder / f"{self.name}.p12", data), "PKCS12", password)


@dataclass(frozen=True)
class Authority:
    """A certificate authority that signs itself.

    Args:
        folder: Where all stores are written.
        name: Its name, and the file name of its trust stores.
    """

    folder: Path
    name: str = "authority"
    key: ec.EllipticCurvePrivateKey = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))
    certificate: x509.Certificate = field(init=False)

    def __post_init__(self) -> None:
        subject = x509.Name.from_rfc4514_string(f"CN={self.name}")
        builder = _builder(subject, subject, self.key).add_extension(x509.BasicConstraints(True, 0), critical=True)
        object.__setattr__(self, "certificate", builder.sign(self.key, SHA256()))

    def issue(
        self,
        subject: str,
        hosts: tuple[str, ...] = LOCAL_HOSTS,
        *,
        name: str | None = None,
        key: PrivateKey | None = None,
        expired: bool = False,
    ) -> Identity:
        """Make a key, unless one is given, and sign a certificate for servers and clients.

        Args:
            subject: The distinguished name as Kafka writes it, such as `CN=alice,OU=Engineering`.
            hosts: The host names and addresses that it is valid for.
            name: The file name of its stores; the common name when left out.
            key: The private key.
            expired: Whether its time is over already.
        """
        distinguished = x509.Name.from_rfc4514_string(subject)
        own = key or ec.generate_private_key(ec.SECP256R1())
        usage = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.CLIENT_AUTH])
        builder = _builder(distinguished, self.certificate.subject, own, expired=expired).add_extension(
            usage, critical=False
        )
        if hosts:
            builder = builder.add_extension(x509.SubjectAlternativeName(list(map(_host, hosts))), critical=False)
        common = str(distinguished.get_attributes_for_oid(x509.NameOID.COMMON_NAME)[0].value)
        return Identity(name or common, self.folder, own, builder.sign(self.key, SHA256()), self.certificate)

    @property
    def text(self) -> str:
        """The certificate as PEM text, such as for `ssl.truststore.certificates`."""
        return _pem(self.certificate)

    def pem(self) -> Store:
        """Write a PEM trust store."""
        return Store(_write(self.folder / f"{self.name}.pem", self.text.encode()), "PEM", None)

    def pkcs12(self, password: str = STORE_PASSWORD) -> Store:
        """Write a PKCS12 trust store with the mark that makes Java trust its entries."""
        entry = pkcs12.PKCS12Certificate(self.certificate, self.name.encode())
        data = pkcs12.serialize_java_truststore([entry], _encryption(password))
        return Store(_write(self.folder / f"{self.name}.p12", data), "PKCS12", password)


def rsa_key() -> rsa.RSAPrivateKey:
    """Make an RSA key; keys are of an elliptic curve otherwise, since those are made at once."""
    return rsa.generate_private_key(public_exponent=65537, key_size=_RSA_BITS)


def to_jks(store: Store, tools: JavaTools) -> Store:
    """Write what is in a PKCS12 store into a JKS store beside it, replacing the one that is there."""
    target = Store(store.path.with_suffix(".jks"), "JKS", store.password)
    target.path.unlink(missing_ok=True)
    source = ["-srckeystore", str(store.path), "-srcstoretype", store.type, "-srcstorepass", str(store.password)]
    destination = ["-destkeystore", str(target.path), "-deststoretype", "JKS", "-deststorepass", str(store.password)]
    keytool = tools.java.with_name("keytool")
    subprocess.run([keytool, "-importkeystore", "-noprompt", *source, *destination], capture_output=True, check=True)
    target.path.chmod(0o600)
    return target


def _builder(
    subject: x509.Name, issuer: x509.Name, key: PrivateKey, *, expired: bool = False
) -> x509.CertificateBuilder:
    now = dt.datetime.now(dt.UTC) - (2 * _VALIDITY if expired else dt.timedelta())
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - _CLOCK_SKEW)
        .not_valid_after(now + _VALIDITY)
    )


def _host(text: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(text))
    except ValueError:
        return x509.DNSName(text)


def _pem(certificate: x509.Certificate) -> str:
    return certificate.public_bytes(Encoding.PEM).decode()


def _encryption(password: str | None) -> KeySerializationEncryption:
    return BestAvailableEncryption(password.encode()) if password else NoEncryption()


def _write(path: Path, data: bytes) -> Path:
    """Write a file that only its owner may read, at once or not at all: a broker may be reading it."""
    path.parent.mkdir(exist_ok=True)
    partial = path.with_name(f".{path.name}.partial")
    descriptor = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(data)
    return partial.replace(path)
