"""The city's certificates: chains that a verifier and TLS itself take or refuse, names, lives, requests."""

from __future__ import annotations

import ipaddress
import ssl
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509 import verification

from edge.base.clock import SystemClock, to_datetime
from edge.base.errors import BadConfiguration
from edge.wire import certificates
from edge.wire.certificates import NODE_LIFE, Issuer, dump_certificates, make_ca

NOW_US = 1_767_571_200_000_000
HOSTS = ("center.example", "127.0.0.1", "::1")


@dataclass(frozen=True)
class City:
    """A city's CA, its issuing CA, a server and a node."""

    ca: Issuer
    issuing: Issuer
    server_key: ec.EllipticCurvePrivateKey
    server: x509.Certificate
    node_key: ec.EllipticCurvePrivateKey
    node: x509.Certificate


def found(now_us: int = NOW_US) -> City:
    keys = [certificates.new_tls_key() for _ in range(4)]
    ca = Issuer(keys[0], make_ca(keys[0], "city", now_us))
    issuing = Issuer(keys[1], ca.issuing_ca(keys[1], "issuing", now_us))
    server = ca.server(keys[2].public_key(), "center", HOSTS, now_us)
    return City(ca, issuing, keys[2], server, keys[3], issuing.client(keys[3].public_key(), "demo", now_us))


CITY = found()
OTHER_CITY = found()


def client_chain(leaf: x509.Certificate, between: list[x509.Certificate], root: x509.Certificate, at_us: int) -> None:
    """Verifies as a TLS server does: names of clients stand in the subject, so no alternative name is asked for."""
    store = verification.Store([root])
    policy = verification.ExtensionPolicy.webpki_defaults_ee().may_be_present(
        x509.SubjectAlternativeName, verification.Criticality.AGNOSTIC, None
    )
    builder = verification.PolicyBuilder().store(store).time(to_datetime(at_us))
    ca_policy = verification.ExtensionPolicy.webpki_defaults_ca()
    builder = builder.extension_policies(ee_policy=policy, ca_policy=ca_policy)
    builder.build_client_verifier().verify(leaf, between)


def server_chain(leaf: x509.Certificate, name: x509.GeneralName, root: x509.Certificate, at_us: int) -> None:
    builder = verification.PolicyBuilder().store(verification.Store([root])).time(to_datetime(at_us))
    builder.build_server_verifier(name).verify(leaf, [])  # type: ignore[arg-type]


def test_node_verifies_through_the_issuing_ca() -> None:
    client_chain(CITY.node, [CITY.issuing.certificate], CITY.ca.certificate, NOW_US)


@pytest.mark.parametrize("at_us", [NOW_US - 3_600_000_000, NOW_US + int(NODE_LIFE.total_seconds()) * 1_000_000])
def test_certificate_holds_from_an_hour_before_to_the_end_of_its_life(at_us: int) -> None:
    client_chain(CITY.node, [CITY.issuing.certificate], CITY.ca.certificate, at_us)


@pytest.mark.parametrize(
    ("leaf", "between", "root", "at_us"),
    [
        (CITY.node, [], CITY.ca.certificate, NOW_US),
        (CITY.node, [OTHER_CITY.issuing.certificate], CITY.ca.certificate, NOW_US),
        (CITY.node, [CITY.issuing.certificate], OTHER_CITY.ca.certificate, NOW_US),
        (CITY.server, [], CITY.ca.certificate, NOW_US),
        (CITY.node, [CITY.issuing.certificate], CITY.ca.certificate, NOW_US + 90 * 86_400_000_000 + 1_000_000),
        (CITY.node, [CITY.issuing.certificate], CITY.ca.certificate, NOW_US - 3_601_000_000),
    ],
    ids=["no issuing CA", "foreign issuing CA", "foreign root", "server as client", "expired", "not yet"],
)
def test_chain_is_refused(
    leaf: x509.Certificate, between: list[x509.Certificate], root: x509.Certificate, at_us: int
) -> None:
    with pytest.raises(verification.VerificationError):
        client_chain(leaf, between, root, at_us)


def test_issuing_ca_makes_no_further_ca() -> None:
    key = certificates.new_tls_key()
    further = Issuer(key, CITY.issuing.issuing_ca(key, "further", NOW_US))
    leaf = further.client(key.public_key(), "demo", NOW_US)
    with pytest.raises(verification.VerificationError):
        client_chain(leaf, [further.certificate, CITY.issuing.certificate], CITY.ca.certificate, NOW_US)


def test_node_issues_nothing() -> None:
    leaf = Issuer(CITY.node_key, CITY.node).client(CITY.node_key.public_key(), "other", NOW_US)
    with pytest.raises(verification.VerificationError):
        client_chain(leaf, [CITY.node, CITY.issuing.certificate], CITY.ca.certificate, NOW_US)


def names() -> Iterator[x509.GeneralName]:
    yield x509.DNSName("center.example")
    yield x509.IPAddress(ipaddress.ip_address("127.0.0.1"))
    yield x509.IPAddress(ipaddress.ip_address("::1"))


@pytest.mark.parametrize("name", list(names()), ids=str)
def test_server_verifies_under_each_of_its_names(name: x509.GeneralName) -> None:
    server_chain(CITY.server, name, CITY.ca.certificate, NOW_US)


def test_server_is_refused_under_another_name_or_as_a_node() -> None:
    other = x509.DNSName("elsewhere.example")
    for leaf in (CITY.server, CITY.node):
        with pytest.raises(verification.VerificationError):
            server_chain(leaf, other, CITY.ca.certificate, NOW_US)


def test_server_without_a_host_would_be_a_client_and_is_not_made() -> None:
    with pytest.raises(ValueError, match="without a host"):
        CITY.ca.server(CITY.server_key.public_key(), "center", (), NOW_US)


def handshake(folder: Path, client: City, server: City) -> dict[str, object]:
    """Lets OpenSSL shake hands in memory, both sides strict as Python 3.13 is; returns the client's subject."""
    contexts = []
    for city, purpose in ((server, ssl.Purpose.CLIENT_AUTH), (client, ssl.Purpose.SERVER_AUTH)):
        is_server = purpose is ssl.Purpose.CLIENT_AUTH
        key, chain = (
            (city.server_key, [city.server]) if is_server else (city.node_key, [city.node, city.issuing.certificate])
        )
        (folder / "chain.pem").write_bytes(dump_certificates(*chain))
        certificates.save_key(key, folder / "key.pem")
        context = ssl.create_default_context(purpose, cadata=dump_certificates(city.ca.certificate).decode())
        context.verify_flags |= ssl.VERIFY_X509_STRICT
        context.verify_mode = ssl.CERT_REQUIRED
        context.load_cert_chain(folder / "chain.pem", folder / "key.pem")
        contexts.append(context)
    up, down = ssl.MemoryBIO(), ssl.MemoryBIO()
    sides = [
        contexts[0].wrap_bio(up, down, server_side=True),
        contexts[1].wrap_bio(down, up, server_hostname="center.example"),
    ]
    for _ in range(4):
        for side in reversed(sides):
            try:
                side.do_handshake()
            except ssl.SSLWantReadError:
                continue
    return dict(item[0] for item in (sides[0].getpeercert() or {})["subject"])  # type: ignore[misc]


@pytest.fixture(scope="module")
def living() -> City:
    """A city whose certificates hold today: OpenSSL asks the machine's clock."""
    return found(SystemClock().now_us())


def test_tls_takes_node_and_server_and_names_the_node(tmp_path: Path, living: City) -> None:
    assert handshake(tmp_path, living, living) == {"commonName": "demo"}


def test_tls_refuses_a_server_of_another_city(tmp_path: Path, living: City) -> None:
    with pytest.raises(ssl.SSLCertVerificationError):
        handshake(tmp_path, living, found(SystemClock().now_us()))


def test_lives_are_as_promised() -> None:
    assert CITY.node.not_valid_after_utc == to_datetime(NOW_US) + timedelta(days=90)
    assert certificates.expires_us(CITY.node) == NOW_US + 90 * 86_400_000_000


def test_serial_numbers_are_new_each_time() -> None:
    again = CITY.issuing.client(CITY.node_key.public_key(), "demo", NOW_US)
    assert again.serial_number != CITY.node.serial_number


def test_first_certificate_of_a_file_is_read(tmp_path: Path) -> None:
    path = tmp_path / "certificate.pem"
    path.write_bytes(dump_certificates(CITY.node, CITY.issuing.certificate))
    assert certificates.load_certificate(path) == CITY.node


@pytest.mark.parametrize("data", [b"", b"rubbish", b"x" * 65_537, None])
def test_file_without_certificate_is_bad_configuration(tmp_path: Path, data: bytes | None) -> None:
    path = tmp_path / "certificate.pem"
    if data is not None:
        path.write_bytes(data)
    with pytest.raises(BadConfiguration, match="no readable certificate there"):
        certificates.load_certificate(path)
