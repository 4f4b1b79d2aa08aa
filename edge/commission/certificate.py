"""The page's own certificate: signed by itself, known by its fingerprint on the work order.

No authority could vouch for an address that every node has on its own access point; the installer compares instead.
The desk makes key and certificate ahead, so that the fingerprint is on paper before the node ever ran, and the card
brings both; a node that was brought none makes its own. It does not expire while a camera hangs, because a node that
renewed it would no longer match the paper: who wants another makes one at the desk (``mimamori fleet on-site``).
"""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from edge.base.errors import BadConfiguration
from edge.base.files import write_durably
from edge.wire.certificates import (
    dump_certificates,
    dump_key,
    key_hash,
    load_certificate,
    load_key,
    new_tls_key,
    save_key,
)

_BEGINS, _ENDS = datetime(2019, 1, 1, tzinfo=UTC), datetime(2050, 1, 1, tzinfo=UTC)
"""A node without a time server has no hour yet. iPhones refuse a certificate of more than 825 days that begins after
1 July 2019 (https://support.apple.com/103769)."""
KEY, CERTIFICATE = "onsite-key.pem", "onsite.pem"


@dataclass(frozen=True, slots=True)
class Pair:
    """Key and certificate of a page, PEM."""

    key: bytes = field(repr=False)
    certificate: bytes

    @property
    def fingerprint(self) -> str:
        """SHA-256 of the certificate, as browsers show it: ``AB:CD:…``."""
        return _fingerprint(x509.load_pem_x509_certificate(self.certificate))

    def is_for(self, node: str, address: str) -> bool:
        """Whether the certificate names that node and that address."""
        return _names(x509.load_pem_x509_certificate(self.certificate)) == (node, address)


@dataclass(frozen=True, slots=True)
class OnSite:
    """Where key (0600) and certificate lie, PEM."""

    key: Path
    certificate: Path

    @property
    def fingerprint(self) -> str:
        """SHA-256 of the certificate, as browsers show it."""
        return _fingerprint(load_certificate(self.certificate))


def make_pair(node: str, address: str) -> Pair:
    """Makes key and certificate of a node's page."""
    key = new_tls_key()
    return Pair(dump_key(key), dump_certificates(_certify(key, node, address)))


def on_site(state: Path, node: str, address: str) -> OnSite:
    """Returns the page's key and certificate in the folder ``state``: those that the card brought, else its own.

    Raises:
        BadConfiguration: a file is there and cannot be read, or the two do not belong together.
        StorageFault: they cannot be written.
    """
    found = OnSite(state / KEY, state / CERTIFICATE)
    if not found.key.exists():
        found.certificate.unlink(missing_ok=True)
        save_key(new_tls_key(), found.key)
    key = load_key(found.key)
    if not found.certificate.exists():
        write_durably(found.certificate, dump_certificates(_certify(key, node, address)))
    if key_hash(load_certificate(found.certificate)) != key_hash(key.public_key()):
        raise BadConfiguration(
            f"{found.certificate}: is not the certificate of {found.key.name}; bring both from the fleet's store again,"
            " or remove both and print a work order with the new fingerprint"
        )
    return found


def _fingerprint(certificate: x509.Certificate) -> str:
    return certificate.fingerprint(hashes.SHA256()).hex(":").upper()


def _names(certificate: x509.Certificate) -> tuple[str, str]:
    node = certificate.subject.get_attributes_for_oid(NameOID.COMMON_NAME)[0].value
    names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    return str(node), str(names.get_values_for_type(x509.IPAddress)[0])


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
