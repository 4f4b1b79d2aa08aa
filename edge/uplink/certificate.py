"""The node's certificate: what is there, when it must be renewed, and whether a new one may take its place."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec
from pydantic import Field

from edge.base.errors import BadConfiguration, BadInput, Refused
from edge.base.files import read_bounded
from edge.base.model import Strict, from_json
from edge.wire.certificates import expires_us, key_hash, load_certificate

PEM_LIMIT_BYTES = 64 * 1024
DAY_US = 86_400_000_000
RENEWAL_AFTER_EXPIRY_US = 14 * DAY_US


@dataclass(frozen=True, slots=True)
class Life:
    """When a certificate counts, UTC microseconds."""

    begins_us: int
    ends_us: int

    def due(self, now_us: int) -> bool:
        """Tells whether less than a third of its life is left."""
        return self.ends_us - now_us < (self.ends_us - self.begins_us) // 3

    def expired(self, now_us: int) -> bool:
        """Tells whether it counts no more."""
        return now_us > self.ends_us

    def lost(self, now_us: int) -> bool:
        """Tells whether it expired too long ago to be renewed; the node must be enrolled again."""
        return now_us > self.ends_us + RENEWAL_AFTER_EXPIRY_US


class _Issued(Strict):
    certificate: Annotated[str, Field(max_length=PEM_LIMIT_BYTES)]


def read_life(path: Path) -> Life | None:
    """Returns the life of the certificate in ``path``; none where there is none that can be read."""
    try:
        leaf = x509.load_pem_x509_certificates(read_bounded(path, limit_bytes=PEM_LIMIT_BYTES))[0]
    except (BadInput, ValueError, IndexError):
        return None
    return Life(int(leaf.not_valid_before_utc.timestamp()) * 1_000_000, expires_us(leaf))


def own_fault(path: Path, ca: Path, now_us: int) -> str | None:
    """Returns what is wrong with the certificate this node shows; none where nothing is.

    A server that refuses a certificate often just breaks off, so the reason has to be found here.
    """
    try:
        chain = x509.load_pem_x509_certificates(read_bounded(path, limit_bytes=PEM_LIMIT_BYTES))
        issuers = [*chain[1:], load_certificate(ca)]
        for certificate, issuer in zip(chain, issuers, strict=True):
            _require_issued(certificate, issuer)
    except (BadInput, BadConfiguration, ValueError) as error:
        return f"this node's certificate cannot be read ({error})"
    except Refused:
        return f"this node's certificate ({path}) does not lead to the city's CA ({ca})"
    if expires_us(chain[0]) < now_us:
        return "this node's certificate has expired"
    return None


def parse_issued(body: bytes) -> bytes:
    """Returns the PEM in the center's answer.

    Raises:
        Refused: ``bad-document`` or strict JSON's failures.
    """
    limit_bytes = PEM_LIMIT_BYTES + 4096
    return from_json(_Issued, body, "certificate answer", limit_bytes=limit_bytes, loose=True).certificate.encode()


def check_issued(pem: bytes, key: ec.EllipticCurvePrivateKey, ca: x509.Certificate, node: str) -> None:
    """Checks that a certificate is this node's: its name, its key, and a chain to the city's CA.

    Raises:
        Refused: ``bad-certificate``, ``wrong-node``, ``foreign-key`` or ``foreign-issuer``.
    """
    try:
        chain = x509.load_pem_x509_certificates(pem)
    except ValueError as error:
        raise Refused("bad-certificate", f"answer holds no certificate: {error}") from error
    leaf = chain[0]
    if leaf.subject.rfc4514_string() != f"CN={node}":
        raise Refused("wrong-node", f"certificate is for {leaf.subject.rfc4514_string()[:80]}, not CN={node}")
    if key_hash(leaf) != key_hash(key.public_key()):
        raise Refused("foreign-key", "certificate is for another key than tls.pem")
    for certificate, issuer in zip(chain, [*chain[1:], ca], strict=True):
        _require_issued(certificate, issuer)


def _require_issued(certificate: x509.Certificate, issuer: x509.Certificate) -> None:
    try:
        certificate.verify_directly_issued_by(issuer)
        is_ca = issuer.extensions.get_extension_for_class(x509.BasicConstraints).value.ca
    except (ValueError, TypeError, InvalidSignature, x509.ExtensionNotFound) as error:
        raise Refused("foreign-issuer", "certificate does not lead to the city's CA (ca.pem)") from error
    if not is_ca:
        raise Refused("foreign-issuer", "certificate was issued by a certificate that is no CA")
