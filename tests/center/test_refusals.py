"""The list of certificates that the broker refuses."""

from __future__ import annotations

from pathlib import Path

import pytest
from cryptography import x509

from edge.base.clock import SystemClock, to_datetime
from edge.base.config import load
from edge.center.center import Center
from edge.center.certify import enrol_node
from edge.center.config import CenterConfig
from edge.center.refusals import refusals
from edge.cli import main
from edge.wire.certificates import CA_LIFE, new_tls_key
from tests.center.city import City, Node, enrolment_body


def certificate(center: Center, city: City, node: Node) -> int:
    """Enrols a node; returns its certificate's number."""
    ticket = city.ticket(node.name)
    pem = enrol_node(center, enrolment_body(ticket, node.enrolment(ticket)))
    return x509.load_pem_x509_certificates(pem)[0].serial_number


def listed(city: City) -> x509.CertificateRevocationList:
    return x509.load_pem_x509_crl(refusals(load(city.config_path, CenterConfig)))


def test_nodes_in_service_are_not_on_it_and_those_out_of_service_are(center: Center, city: City) -> None:
    gone, stays = certificate(center, city, Node("cam-1")), certificate(center, city, Node("cam-2"))
    assert [one.serial_number for one in listed(city)] == []
    assert main(["center", "revoke", "--config", str(city.config_path), "--node", "cam-1"]) == 0
    assert [one.serial_number for one in listed(city)] == [gone]
    assert listed(city).get_revoked_certificate_by_serial_number(stays) is None


def test_certificate_for_a_key_that_is_no_longer_the_nodes_is_on_it(center: Center, city: City) -> None:
    node = Node("cam-1")
    first = certificate(center, city, node)
    node.tls = new_tls_key()
    certificate(center, city, node)
    assert [one.serial_number for one in listed(city)] == [first]


def test_it_is_signed_by_the_issuing_ca_and_outlives_every_certificate(city: City) -> None:
    found, now = listed(city), to_datetime(SystemClock().now_us())
    public = city.issuer.certificate.public_key()
    assert found.is_signature_valid(public)  # type: ignore[arg-type]
    assert found.issuer == city.issuer.certificate.subject
    assert found.last_update_utc < now
    assert found.next_update_utc is not None and found.next_update_utc > now + CA_LIFE * 0.99


def test_command_writes_it_before_there_is_an_index(city: City, tmp_path: Path) -> None:
    out = tmp_path / "clients.crl"
    assert main(["center", "refusals", "--config", str(city.config_path), "--out", str(out)]) == 0
    assert len(x509.load_pem_x509_crl(out.read_bytes())) == 0
    assert not (city.folder / "index.db").exists(), "whoever lays files out as root must not own it"


def test_command_says_what_it_cannot_read_or_write_and_keeps_the_list_before(
    city: City, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "clients.crl"
    out.write_text("the list before")
    words = ["center", "refusals", "--config", str(city.config_path), "--out"]
    assert main([*words, str(tmp_path / "nowhere" / "clients.crl")]) == 74
    assert "nowhere" in capsys.readouterr().err
    (city.folder / "index.db").write_bytes(b"no index" * 1000)
    assert main([*words, str(out)]) == 78
    said = capsys.readouterr().err
    assert "index.db" in said and "Traceback" not in said
    assert out.read_text() == "the list before"
