"""The city's certificates: one CA, names, lives, requests.

Rules:
  1. The city's CA signs the center's issuing CA and every server; the issuing CA signs nodes and services.
  2. A node's common name is its id; a service's begins with ``@`` (``@center``, ``@manager``), which no node id can.
  3. TLS keys are ECDSA P-256. A node keeps its key and renews the certificate.
"""

from __future__ import annotations

import hashlib
import ipaddress
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from edge.base.clock import to_datetime
from edge.base.errors import BadConfiguration, BadInput, Refused
from edge.base.files import read_bounded, write_durably

NODE_LIFE = timedelta(days=90)
SERVICE_LIFE = timedelta(days=397)
CA_LIFE = timedelta(days=3650)
_BACKDATE = timedelta(hours=1)
_CSR_LIMIT = 4096


def new_tls_key() -> ec.EllipticCurvePrivateKey:
    """Makes a P-256 key."""
    return ec.generate_private_key(ec.SECP256R1())


def save_key(key: ec.EllipticCurvePrivateKey, path: Path) -> None:
    """Writes an unencrypted PEM file, readable by its owner alone."""
    write_durably(path, dump_key(key), mode=0o600)


def dump_key(key: ec.EllipticCurvePrivateKey) -> bytes:
    """Returns an unencrypted PEM."""
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


def load_key(path: Path) -> ec.EllipticCurvePrivateKey:
    """Reads a TLS key.

    Raises:
        BadConfiguration: missing, or another kind of key.
    """
    try:
        return parse_key(read_bounded(path, limit_bytes=_CSR_LIMIT), str(path))
    except BadInput as error:
        raise BadConfiguration(f"{path}: no readable TLS key there") from error


def parse_key(pem: bytes, where: str) -> ec.EllipticCurvePrivateKey:
    """Parses a TLS key.

    Raises:
        BadConfiguration: unreadable, or another kind of key.
    """
    try:
        key = serialization.load_pem_private_key(pem, password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise BadConfiguration(f"{where}: no readable TLS key there") from error
    if not isinstance(key, ec.EllipticCurvePrivateKey) or not isinstance(key.curve, ec.SECP256R1):
        raise BadConfiguration(f"{where}: holds another kind of key; a P-256 key is needed")
    return key


def make_request(key: ec.EllipticCurvePrivateKey, name: str) -> bytes:
    """Returns a PEM certificate request for the common name ``name``."""
    builder = x509.CertificateSigningRequestBuilder().subject_name(_name(name))
    return builder.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)


def parse_request(pem: bytes, name: str) -> x509.CertificateSigningRequest:
    """Parses a request, checks that its own key signed it and that it asks for ``name`` alone.

    Raises:
        Refused: ``too-long``, ``bad-request``, ``wrong-node`` or ``bad-signature``.
    """
    if len(pem) > _CSR_LIMIT:
        raise Refused("too-long", f"certificate request of {len(pem)} bytes is over the limit of {_CSR_LIMIT}")
    try:
        request = x509.load_pem_x509_csr(pem)
        key = request.public_key()
        valid = request.is_signature_valid
        subject = request.subject
    except (ValueError, TypeError, InvalidSignature, UnsupportedAlgorithm, x509.InvalidVersion) as error:
        raise Refused("bad-request", f"certificate request cannot be read: {error}") from error
    if not valid or not isinstance(key, ec.EllipticCurvePublicKey) or not isinstance(key.curve, ec.SECP256R1):
        raise Refused("bad-signature", "certificate request is not signed by a P-256 key of its own")
    if subject != _name(name):
        raise Refused("wrong-node", f"certificate request is for {subject.rfc4514_string()[:120]!r}, not CN={name}")
    return request


def key_hash(key: ec.EllipticCurvePublicKey | x509.CertificateSigningRequest | x509.Certificate) -> str:
    """Returns SHA-256 of the SubjectPublicKeyInfo, hex."""
    public = key if isinstance(key, ec.EllipticCurvePublicKey) else key.public_key()
    data = public.public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    return hashlib.sha256(data).hexdigest()


def make_ca(key: ec.EllipticCurvePrivateKey, name: str, now_us: int) -> x509.Certificate:
    """Returns the city's self-signed CA certificate."""
    return _build(_name(name), _name(name), key.public_key(), key, now_us=now_us, life=CA_LIFE, ca_depth=1)


class Issuer:
    """A CA's key and certificate, and what it may issue."""

    def __init__(self, key: ec.EllipticCurvePrivateKey, certificate: x509.Certificate) -> None:
        self._key = key
        self.certificate = certificate

    def issuing_ca(self, key: ec.EllipticCurvePrivateKey, name: str, now_us: int) -> x509.Certificate:
        """Returns a certificate for the center's issuing CA."""
        return self._sign(name, key.public_key(), now_us, SERVICE_LIFE, ca_depth=0)

    def server(
        self, public: ec.EllipticCurvePublicKey, name: str, hosts: tuple[str, ...], now_us: int
    ) -> x509.Certificate:
        """Returns a server's certificate for DNS names and IP addresses, one at least."""
        if not hosts:
            raise ValueError(f"server {name}: without a host the certificate would be a client's")
        return self._sign(name, public, now_us, SERVICE_LIFE, hosts=hosts)

    def client(
        self, public: ec.EllipticCurvePublicKey, name: str, now_us: int, life: timedelta = NODE_LIFE
    ) -> x509.Certificate:
        """Returns a client's certificate for a node or service."""
        return self._sign(name, public, now_us, life)

    def revoked(self, serials: Mapping[int, int], now_us: int) -> bytes:
        """Returns a list of revoked certificates, PEM: serial numbers, and since when, UTC microseconds.

        It is good for as long as a CA: where it had expired, OpenSSL would refuse every client.
        """
        now = to_datetime(now_us).replace(microsecond=0)
        builder = (
            x509.CertificateRevocationListBuilder()
            .issuer_name(self.certificate.subject)
            .last_update(now - _BACKDATE)
            .next_update(now + CA_LIFE)
            .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(self._key.public_key()), critical=False)
        )
        for serial, since_us in sorted(serials.items()):
            since = to_datetime(since_us).replace(microsecond=0)
            one = x509.RevokedCertificateBuilder().serial_number(serial).revocation_date(since)
            builder = builder.add_revoked_certificate(one.build())
        return builder.sign(self._key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)

    def _sign(
        self,
        name: str,
        public: ec.EllipticCurvePublicKey,
        now_us: int,
        life: timedelta,
        *,
        ca_depth: int | None = None,
        hosts: tuple[str, ...] = (),
    ) -> x509.Certificate:
        return _build(
            _name(name),
            self.certificate.subject,
            public,
            self._key,
            now_us=now_us,
            life=life,
            ca_depth=ca_depth,
            hosts=hosts,
        )


def dump_certificates(*certificates: x509.Certificate) -> bytes:
    """Returns PEM, one after another."""
    return b"".join(certificate.public_bytes(serialization.Encoding.PEM) for certificate in certificates)


def load_certificate(path: Path) -> x509.Certificate:
    """Reads the first certificate of a PEM file.

    Raises:
        BadConfiguration: missing or unreadable.
    """
    try:
        return x509.load_pem_x509_certificates(read_bounded(path, limit_bytes=65536))[0]
    except (BadInput, ValueError, IndexError, x509.InvalidVersion) as error:
        raise BadConfiguration(f"{path}: no readable certificate there") from error


def expires_us(certificate: x509.Certificate) -> int:
    """Returns the end of a certificate's life, UTC microseconds."""
    return int(certificate.not_valid_after_utc.timestamp()) * 1_000_000


def _name(name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])


def _build(
    subject: x509.Name,
    issuer: x509.Name,
    public: ec.EllipticCurvePublicKey,
    signer: ec.EllipticCurvePrivateKey,
    *,
    now_us: int,
    life: timedelta,
    ca_depth: int | None = None,
    hosts: tuple[str, ...] = (),
) -> x509.Certificate:
    now = to_datetime(now_us).replace(microsecond=0)
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(public)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - _BACKDATE)
        .not_valid_after(now + life)
        .add_extension(x509.BasicConstraints(ca=ca_depth is not None, path_length=ca_depth), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(public), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(signer.public_key()), critical=False)
        .add_extension(_usage(ca=ca_depth is not None), critical=True)
    )
    if ca_depth is None:
        usage = ExtendedKeyUsageOID.SERVER_AUTH if hosts else ExtendedKeyUsageOID.CLIENT_AUTH
        builder = builder.add_extension(x509.ExtendedKeyUsage([usage]), critical=False)
    if hosts:
        builder = builder.add_extension(x509.SubjectAlternativeName([_host(host) for host in hosts]), critical=False)
    return builder.sign(signer, hashes.SHA256())


def _usage(*, ca: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not ca,
        key_cert_sign=ca,
        crl_sign=ca,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )


def _host(host: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(host))
    except ValueError:
        return x509.DNSName(host)
