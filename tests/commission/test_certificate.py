"""The page's own certificate: made once, known by its fingerprint."""

from __future__ import annotations

import hashlib
import socket
import ssl
from datetime import UTC, datetime
from pathlib import Path

import pytest
from cryptography import x509

from edge.base.errors import BadConfiguration
from edge.commission.certificate import make_pair, on_site
from tests.commission.house import House


def test_certificate_is_made_once_and_its_key_is_private(tmp_path: Path) -> None:
    first = on_site(tmp_path, "demo", "192.168.70.1")
    pem = first.certificate.read_bytes()
    again = on_site(tmp_path, "demo", "192.168.70.1")
    assert again.certificate.read_bytes() == pem
    assert first.key.stat().st_mode & 0o777 == 0o600
    names = x509.load_pem_x509_certificate(pem).extensions.get_extension_for_class(x509.SubjectAlternativeName)
    assert str(names.value.get_values_for_type(x509.IPAddress)[0]) == "192.168.70.1"


@pytest.mark.parametrize("lost", ["onsite-key.pem", "onsite.pem"])
def test_lost_half_makes_a_whole_pair_again(tmp_path: Path, lost: str) -> None:
    on_site(tmp_path, "demo", "192.168.70.1")
    (tmp_path / lost).unlink()
    found = on_site(tmp_path, "demo", "192.168.70.1")
    ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(found.certificate, found.key)


def test_damaged_key_is_told_and_not_replaced(tmp_path: Path) -> None:
    on_site(tmp_path, "demo", "192.168.70.1")
    (tmp_path / "onsite-key.pem").write_text("rubbish")
    with pytest.raises(BadConfiguration):
        on_site(tmp_path, "demo", "192.168.70.1")


def test_pair_that_the_card_brought_is_used_as_it_is(tmp_path: Path) -> None:
    pair = make_pair("demo", "192.168.70.1")
    (tmp_path / "onsite-key.pem").write_bytes(pair.key)
    (tmp_path / "onsite.pem").write_bytes(pair.certificate)
    assert on_site(tmp_path, "demo", "192.168.70.1").fingerprint == pair.fingerprint
    assert (tmp_path / "onsite.pem").read_bytes() == pair.certificate


def test_halves_of_two_pairs_are_told_and_not_served(tmp_path: Path) -> None:
    one, other = make_pair("demo", "192.168.70.1"), make_pair("demo", "192.168.70.1")
    (tmp_path / "onsite-key.pem").write_bytes(one.key)
    (tmp_path / "onsite.pem").write_bytes(other.certificate)
    with pytest.raises(BadConfiguration, match=r"not the certificate of onsite-key\.pem"):
        on_site(tmp_path, "demo", "192.168.70.1")


def test_certificate_begins_before_iphones_limit_its_length(tmp_path: Path) -> None:
    """https://support.apple.com/103769: 825 days at most for those that begin after 1 July 2019."""
    certificate = x509.load_pem_x509_certificate(make_pair("demo", "192.168.70.1").certificate)
    assert certificate.not_valid_before_utc < datetime(2019, 7, 1, tzinfo=UTC)
    assert certificate.not_valid_after_utc > datetime(2040, 1, 1, tzinfo=UTC)


def test_pair_knows_whom_it_is_for_and_hides_its_key() -> None:
    pair = make_pair("demo", "192.168.70.1")
    assert pair.is_for("demo", "192.168.70.1")
    assert not pair.is_for("other", "192.168.70.1")
    assert not pair.is_for("demo", "192.168.70.2")
    assert "PRIVATE" not in repr(pair)


def test_fingerprint_is_what_a_browser_sees(tmp_path: Path) -> None:
    house = House(tmp_path)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    with (
        socket.create_connection((house.origin.address, house.origin.port), timeout=20) as plain,
        context.wrap_socket(plain) as wrapped,
    ):
        seen = wrapped.getpeercert(binary_form=True)
    house.close()
    assert seen is not None
    assert house.certificate.fingerprint.replace(":", "").lower() == hashlib.sha256(seen).hexdigest()
    assert len(house.certificate.fingerprint) == 95
