"""Certificate requests: what a node may ask for, and every way to ask for more."""

from __future__ import annotations

import base64

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.x509.oid import NameOID

from edge.base.errors import Refused
from edge.wire import certificates
from edge.wire.certificates import dump_certificates, make_request, parse_request
from tests.wire.test_certificates import CITY, NOW_US


@pytest.mark.parametrize("name", ["demo", "@desk", "matsudo-0042"])
def test_request_is_read_and_keeps_its_key(name: str) -> None:
    request = parse_request(make_request(CITY.node_key, name), name)
    assert certificates.key_hash(request) == certificates.key_hash(CITY.node_key.public_key())
    assert certificates.key_hash(CITY.node) == certificates.key_hash(request)


def pem_of(request: x509.CertificateSigningRequest) -> bytes:
    return request.public_bytes(serialization.Encoding.PEM)


def subject(*pairs: tuple[x509.ObjectIdentifier, str]) -> x509.CertificateSigningRequestBuilder:
    return x509.CertificateSigningRequestBuilder().subject_name(
        x509.Name([x509.NameAttribute(oid, value) for oid, value in pairs])
    )


def signed_by_node(*pairs: tuple[x509.ObjectIdentifier, str]) -> bytes:
    return pem_of(subject(*pairs).sign(CITY.node_key, hashes.SHA256()))


DEMO_NAME = (NameOID.COMMON_NAME, "demo")
DEMO = subject(DEMO_NAME)
GOOD = make_request(CITY.node_key, "demo")


def der_changed(pem: bytes, place: int) -> bytes:
    der = bytearray(x509.load_pem_x509_csr(pem).public_bytes(serialization.Encoding.DER))
    der[place] ^= 1
    body = base64.encodebytes(bytes(der))
    return b"-----BEGIN CERTIFICATE REQUEST-----\n" + body + b"-----END CERTIFICATE REQUEST-----\n"


P384 = ec.generate_private_key(ec.SECP384R1())
REQUESTS: dict[str, tuple[bytes, str]] = {
    "other name": (make_request(CITY.node_key, "demo-2"), "wrong-node"),
    "service's name": (make_request(CITY.node_key, "@center"), "wrong-node"),
    "name with more": (make_request(CITY.node_key, "demo\nevil"), "wrong-node"),
    "two names": (signed_by_node(DEMO_NAME, (NameOID.COMMON_NAME, "@center")), "wrong-node"),
    "organisation": (signed_by_node(DEMO_NAME, (NameOID.ORGANIZATION_NAME, "x")), "wrong-node"),
    "no name": (signed_by_node(), "wrong-node"),
    "P-384": (pem_of(DEMO.sign(P384, hashes.SHA256())), "bad-signature"),
    "RSA": (pem_of(DEMO.sign(rsa.generate_private_key(65537, 2048), hashes.SHA256())), "bad-signature"),
    "Ed25519": (pem_of(DEMO.sign(ed25519.Ed25519PrivateKey.generate(), None)), "bad-signature"),
    "signature": (der_changed(GOOD, -1), "bad-signature"),
    "unknown curve": (der_changed(GOOD, 63), "bad-request"),
    "no PEM": (b"rubbish", "bad-request"),
    "empty": (b"", "bad-request"),
    "cut": (GOOD[:200], "bad-request"),
    "certificate": (dump_certificates(CITY.node), "bad-request"),
    "too long": (GOOD + b"\n" * 4096, "too-long"),
}


@pytest.mark.parametrize("case", REQUESTS)
def test_request_is_refused(case: str) -> None:
    pem, failure = REQUESTS[case]
    with pytest.raises(Refused) as error:
        parse_request(pem, "demo")
    assert error.value.failure == failure


def test_every_changed_byte_of_a_request_is_refused_or_changes_nothing_that_was_signed() -> None:
    """One may change: how many bits of the signature's bit string are unused, which the library does not look at."""
    good = x509.load_pem_x509_csr(GOOD)
    taken = []
    for place in range(len(good.public_bytes(serialization.Encoding.DER))):
        try:
            taken.append(parse_request(der_changed(GOOD, place), "demo"))
        except Refused:
            continue
    assert len(taken) <= 1
    assert all(request.tbs_certrequest_bytes == good.tbs_certrequest_bytes for request in taken)


def test_extensions_that_a_request_asks_for_are_not_granted() -> None:
    asking = DEMO.add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
    request = parse_request(pem_of(asking.sign(CITY.node_key, hashes.SHA256())), "demo")
    public = request.public_key()
    assert isinstance(public, ec.EllipticCurvePublicKey)
    issued = CITY.issuing.client(public, "demo", NOW_US)
    assert issued.extensions.get_extension_for_class(x509.BasicConstraints).value.ca is False
