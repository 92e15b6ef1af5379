"""A certificate of the bench's own, for the brokers that encrypt; it lives for a day, and nobody trusts it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

__all__ = ["tls_properties"]

_NAME = "localhost"
_LIFE = timedelta(days=1)
_EXPONENT, _KEY_BITS = 65537, 2048


def tls_properties() -> dict[str, str]:
    """Return the Kafka properties of a node whose one client listener encrypts, with a new key, in PEM (KIP-651)."""
    # Imported late: it is for development, and only encrypted load needs it.
    from cryptography import x509  # noqa: PLC0415
    from cryptography.hazmat.primitives import hashes, serialization  # noqa: PLC0415
    from cryptography.hazmat.primitives.asymmetric import rsa  # noqa: PLC0415
    from cryptography.x509.oid import NameOID  # noqa: PLC0415

    key = rsa.generate_private_key(_EXPONENT, _KEY_BITS)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, _NAME)])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - _LIFE)
        .not_valid_after(now + _LIFE)
        .sign(key, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    private = key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    chain = certificate.public_bytes(pem).decode()
    return {
        "ssl.keystore.type": "PEM",
        "ssl.keystore.key": private.decode(),
        "ssl.keystore.certificate.chain": chain,
        "ssl.truststore.type": "PEM",
        "ssl.truststore.certificates": chain,
        "ssl.endpoint.identification.algorithm": "",
        "security.inter.broker.protocol": "SSL",
    }
