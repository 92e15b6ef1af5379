"""An authority, a broker's key store and a client's certificate, made for one test and thrown away after it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from kafka_native._system.files import write_text
from kafka_native.image.sanity.results import NotRunError

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["TestCertificates", "make_certificates"]

_PASSWORD = "only-for-this-test"  # noqa: S105 - protects nothing that outlives the test
_DAYS = 2


@dataclass(frozen=True)
class TestCertificates:
    """Files of one test.

    Args:
        secrets: What a broker sees as /etc/kafka/secrets: key store, trust store, and their passwords in files.
        authority: The authority's certificate, PEM.
        client: The client's certificate and key, PEM.
    """

    secrets: Path
    authority: Path
    client: Path

    def broker_variables(self) -> dict[str, str]:
        """Return the variables by which Apache's images are told of such files; clients must show a certificate."""
        return {
            "KAFKA_SSL_KEYSTORE_FILENAME": "broker.p12",
            "KAFKA_SSL_KEYSTORE_CREDENTIALS": "password",
            "KAFKA_SSL_KEY_CREDENTIALS": "password",
            "KAFKA_SSL_KEYSTORE_TYPE": "PKCS12",
            "KAFKA_SSL_TRUSTSTORE_FILENAME": "trust.p12",
            "KAFKA_SSL_TRUSTSTORE_CREDENTIALS": "password",
            "KAFKA_SSL_TRUSTSTORE_TYPE": "PKCS12",
            "KAFKA_SSL_CLIENT_AUTH": "required",
        }

    def client_config(self) -> dict[str, Any]:
        """Return what kafka-python must be told."""
        return {
            "security_protocol": "SSL",
            "ssl_cafile": str(self.authority),
            "ssl_certfile": str(self.client),
            "ssl_keyfile": str(self.client),
        }


def make_certificates(folder: Path) -> TestCertificates:
    """Make an authority, and certificates of it for "localhost" and for a client.

    Raises:
        NotRunError: When the library `cryptography` is not installed.
    """
    try:
        from cryptography import x509  # noqa: PLC0415 - it is an extra: only this test needs it
        from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, pkcs12  # noqa: PLC0415
    except ImportError as error:
        raise NotRunError("the Python package cryptography is not installed; pip install cryptography") from error
    authority_key, authority = _signed("kafka-native test authority", None, None)
    broker_key, broker = _signed("localhost", authority_key, authority)
    client_key, client = _signed("client", authority_key, authority)
    secrets = folder / "secrets"
    secrets.mkdir(parents=True)
    encryption = BestAvailableEncryption(_PASSWORD.encode())
    key_store = pkcs12.serialize_key_and_certificates(b"broker", broker_key, broker, [authority], encryption)
    entry = pkcs12.PKCS12Certificate(authority, b"authority")
    trust_store = pkcs12.serialize_java_truststore([entry], encryption)
    (secrets / "broker.p12").write_bytes(key_store)
    (secrets / "trust.p12").write_bytes(trust_store)
    write_text(secrets / "password", _PASSWORD)
    assert isinstance(authority, x509.Certificate)  # noqa: S101 - told to the type checker
    write_text(folder / "authority.pem", _pem(authority))
    write_text(folder / "client.pem", _pem(client, client_key), mode=0o600)
    return TestCertificates(secrets, folder / "authority.pem", folder / "client.pem")


def _signed(name: str, issuer_key: Any, issuer: Any) -> tuple[Any, Any]:  # noqa: ANN401 - of an optional library
    """Return a key and its certificate; an authority, signed by itself, when there is no issuer."""
    from cryptography import x509  # noqa: PLC0415 - as above
    from cryptography.hazmat.primitives import hashes  # noqa: PLC0415
    from cryptography.hazmat.primitives.asymmetric import ec  # noqa: PLC0415
    from cryptography.x509.oid import NameOID  # noqa: PLC0415

    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = datetime.now(UTC)
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer.subject if issuer else subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(days=_DAYS))
        .add_extension(x509.BasicConstraints(ca=issuer is None, path_length=None), critical=True)
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name.replace(" ", "-"))]), critical=False)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
    )
    signer = issuer_key or key
    identifier = x509.AuthorityKeyIdentifier.from_issuer_public_key(signer.public_key())
    return key, builder.add_extension(identifier, critical=False).sign(signer, hashes.SHA256())


def _pem(certificate: Any, key: Any = None) -> str:  # noqa: ANN401 - as above
    from cryptography.hazmat.primitives import serialization  # noqa: PLC0415 - as above

    text: str = certificate.public_bytes(serialization.Encoding.PEM).decode()
    if key is None:
        return text
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return text + str(private.decode())
