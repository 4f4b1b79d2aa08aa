"""The page's own certificate: made once on the node, signed by itself, known by its fingerprint on the work order.

No authority could vouch for an address that every node has on its own access point; the installer compares instead.
"""

from __future__ import annotations

import hashlib
import ipaddress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from edge.base.files import write_durably
from edge.wire.certificates import dump_certificates, load_certificate, load_key, new_tls_key, save_key

_BEGINS, _ENDS = datetime(2020, 1, 1, tzinfo=UTC), datetime(2050, 1, 1, tzinfo=UTC)
"""A node without a time server has no hour yet, and the fingerprint is on paper for as long as the camera hangs."""


@dataclass(frozen=True, slots=True)
class OnSite:
    """Where key (0600) and certificate lie, PEM."""

    key: Path
    certificate: Path

    @property
    def fingerprint(self) -> str:
        """SHA-256 of the certificate, as browsers show it."""
        digest = hashlib.sha256(load_certificate(self.certificate).public_bytes(Encoding.DER)).hexdigest().upper()
        return ":".join(digest[at : at + 2] for at in range(0, len(digest), 2))


def on_site(state: Path, node: str, address: str) -> OnSite:
    """Returns the page's key and certificate in the folder ``state``, made where one is missing.

    Raises:
        BadConfiguration: a file is there and cannot be read.
        StorageFault: they cannot be written.
    """
    found = OnSite(state / "onsite-key.pem", state / "onsite.pem")
    if not found.key.exists():
        save_key(new_tls_key(), found.key)
        found.certificate.unlink(missing_ok=True)
    key = load_key(found.key)
    if not found.certificate.exists():
        write_durably(found.certificate, dump_certificates(_certify(key, node, address)))
    return found


def _certify(key: EllipticCurvePrivateKey, node: str, address: str) -> x509.Certificate:
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, node)])
    return (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(_BEGINS)
        .not_valid_after(_ENDS)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address(address))]), critical=False)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .sign(key, hashes.SHA256())
    )
