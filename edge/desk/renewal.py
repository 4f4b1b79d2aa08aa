"""New certificates for the city's servers and services, before the old ones end; every key and name stays.

Rules:
  1. All have the keys, names and hosts that they had, so that old and new may stand side by side.
  2. Only public halves travel: of a place that was carried away, its ``certificate.pem`` is enough.
"""

from __future__ import annotations

from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec

from edge.base.errors import NotPermitted
from edge.base.files import write_durably
from edge.desk.keystore import KeyStore
from edge.wire import certificates
from edge.wire.certificates import SERVICE_LIFE, Issuer, load_certificate

PLACES = ("center", "desk", "manager", "operator")


def renew_city(city: Path, safe: KeyStore, now_us: int) -> list[Path]:
    """Replaces the certificates in the folders that ``desk init`` made, and returns what was written.

    Args:
        safe: the city's root folder, unlocked.

    Raises:
        NotPermitted: the root is another city's.
        BadConfiguration: the center's certificates or the issuing key are not there.
        StorageFault: the disk refused.
    """
    center = city / "center"
    ca = _city_ca(safe, load_certificate(center / "ca.pem"))
    key, old = certificates.load_key(center / "issuing-key.pem"), load_certificate(center / "issuing.pem")
    issuing = Issuer(key, ca.issuing_ca(key, _name_of(old), now_us))
    old_server = load_certificate(center / "server.pem")
    server = ca.server(_public(old_server), _name_of(old_server), _hosts_of(old_server), now_us)
    written = {
        center / "issuing.pem": (issuing.certificate,),
        center / "client-ca.pem": (ca.certificate, issuing.certificate),
        center / "server.pem": (server,),
    }
    for place in PLACES:
        path = city / place / "certificate.pem"
        if path.exists():
            written[path] = (_client(issuing, load_certificate(path), now_us), issuing.certificate)
    for path, chain in written.items():
        write_durably(path, certificates.dump_certificates(*chain))
    return list(written)


def _city_ca(safe: KeyStore, certificate: x509.Certificate) -> Issuer:
    key = certificates.parse_key(safe.read("ca"), "the root's key store")
    if certificates.key_hash(key.public_key()) != certificates.key_hash(certificate):
        raise NotPermitted("the root is another city's than the center's ca.pem; give the root of this city")
    return Issuer(key, certificate)


def _client(issuing: Issuer, old: x509.Certificate, now_us: int) -> x509.Certificate:
    return issuing.client(_public(old), _name_of(old), now_us, SERVICE_LIFE)


def _public(certificate: x509.Certificate) -> ec.EllipticCurvePublicKey:
    key = certificate.public_key()
    if not isinstance(key, ec.EllipticCurvePublicKey):
        raise NotPermitted(f"{_name_of(certificate)}: its certificate has another kind of key than this city makes")
    return key


def _name_of(certificate: x509.Certificate) -> str:
    (name,) = certificate.subject.get_attributes_for_oid(x509.NameOID.COMMON_NAME)
    return str(name.value)


def _hosts_of(certificate: x509.Certificate) -> tuple[str, ...]:
    names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    return tuple(str(name.value) for name in names)
