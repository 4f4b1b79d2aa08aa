"""Enrolment, renewal and what a certificate must be before it takes the old one's place."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from edge.base.errors import Refused
from edge.uplink import certificate as judging
from edge.uplink.certificate import DAY_US, Life, check_issued, own_fault, parse_issued, read_life
from edge.wire.certificates import Issuer, dump_certificates, key_hash, load_key, new_tls_key
from tests.uplink.town import NODE, Pki, Town, certificate_of, failure, work


def posts(town: Town) -> list[str]:
    return [request.path for request in town.center.seen if request.method == "POST"]


def renewed(town: Town) -> bool:
    """Whether the certificate on the disk was issued for the node's key just now."""
    found = certificate_of(town.places.certificate)
    assert key_hash(found) == key_hash(load_key(town.places.tls_key).public_key())
    return found.not_valid_after_utc - found.not_valid_before_utc > timedelta(days=89)


def test_node_without_a_certificate_enrols_and_then_sends(town: Town) -> None:
    town.places.certificate.unlink()
    town.center.certificate = town.issue
    town.spool.segments(2)
    town.spool.publish()
    uplink = town.uplink()
    work(uplink, town.clock, town.tls_clock)
    assert posts(town) == ["/v1/enrolments"]
    assert town.center.sequences() == [0, 1]
    assert uplink.progress().certificates == 1


def test_enrolment_sends_ticket_and_enrolment_without_a_client_certificate(town: Town) -> None:
    town.places.certificate.unlink()
    town.center.certificate = town.issue
    town.uplink().step()
    (request,) = town.center.seen[:1]
    assert request.name == ""
    body = json.loads(request.body)
    assert body["ticket"]["kind"] == "enrolment-ticket"
    assert body["enrolment"]["kind"] == "enrolment"


def test_enrolment_is_repeated_as_it_was_after_a_lost_answer(town: Town) -> None:
    answers = iter([(503, failure("unavailable"))])
    town.places.certificate.unlink()
    town.center.certificate = lambda request: next(answers, None) or town.issue(request)
    work(town.uplink(), town.clock, town.tls_clock)
    first, second = (request.body for request in town.center.seen if request.method == "POST")
    assert first == second
    assert renewed(town)


def test_refused_ticket_is_reported_and_asked_again_later(town: Town) -> None:
    town.places.certificate.unlink()
    town.center.certificate = lambda _: (422, failure("ticket-used"))
    uplink = town.uplink()
    uplink.step()
    assert "ticket-used" in uplink.progress().last_error
    uplink.step()
    assert len(posts(town)) == 1
    town.clock.advance(3600)
    uplink.step()
    assert len(posts(town)) == 2


@pytest.mark.parametrize("name", ["ticket", "enrolment", "tls_key"])
def test_missing_file_for_enrolment_is_named(town: Town, name: str) -> None:
    town.places.certificate.unlink()
    uplink = town.uplink()
    path: Path = getattr(town.places, name)
    path.unlink()
    uplink.step()
    assert str(path) in uplink.progress().last_error
    assert posts(town) == []


@pytest.mark.parametrize(
    ("age_days", "expected"),
    [(0, []), (59, []), (61, ["certificate"]), (91, ["certificate"]), (103, ["certificate"]), (105, ["enrolments"])],
)
def test_certificate_is_renewed_in_its_last_third_and_some_days_after(
    town: Town, age_days: int, expected: list[str]
) -> None:
    town.center.certificate = town.issue
    uplink = town.uplink()
    town.tls_clock.advance(age_days * 86_400)
    uplink.step()
    assert [path.rsplit("/", 1)[1] for path in posts(town)] == expected


def test_expired_certificate_is_renewed_without_showing_it(town: Town) -> None:
    town.certify(begins_us=town.center.pki.now_us - 95 * DAY_US)
    town.center.certificate = town.issue
    town.spool.segment()
    town.spool.publish()
    work(town.uplink(), town.clock, town.tls_clock)
    assert posts(town) == [f"/v1/nodes/{NODE}/certificate"]
    assert town.center.seen[0].name == ""
    assert renewed(town)
    assert town.center.sequences() == [0]


def test_nothing_is_sent_under_an_expired_certificate(town: Town) -> None:
    """The center would take a whole batch over the line before it says no, again and again."""
    town.certify(begins_us=town.center.pki.now_us - 95 * DAY_US)
    town.center.certificate = lambda _: (503, failure("unavailable"))
    town.spool.segment()
    town.spool.publish()
    uplink = town.uplink()
    for _ in range(20):
        town.clock.advance(max(60.0, uplink.step()))
    assert {request.method for request in town.center.seen} == {"POST"}
    assert not uplink.progress().connected
    town.center.certificate = town.issue
    town.clock.advance(3600)
    work(uplink, town.clock, town.tls_clock)
    assert town.center.sequences() == [0]


def test_batches_go_in_vain_where_an_expired_certificate_is_not_noticed(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Control of the test above."""
    monkeypatch.setattr(Life, "expired", lambda *_: False)
    town.certify(begins_us=town.center.pki.now_us - 95 * DAY_US)
    town.center.certificate = lambda _: (503, failure("unavailable"))
    town.spool.segment()
    town.spool.publish()
    uplink = town.uplink()
    uplink.step()
    assert "this node's certificate has expired" in uplink.progress().last_error


def test_expired_certificate_that_cannot_be_renewed_is_named(town: Town) -> None:
    town.certify(begins_us=town.center.pki.now_us - 95 * DAY_US)
    town.tls_clock.at_us -= 90 * DAY_US
    town.spool.segment()
    town.spool.publish()
    uplink = town.uplink()
    uplink.step()
    assert "this node's certificate has expired" in uplink.progress().last_error


def test_certificate_of_another_city_is_named(town: Town, tmp_path: Path) -> None:
    foreign = Pki(tmp_path / "foreign", town.center.pki.now_us)
    town.places.certificate.write_bytes(foreign.client(load_key(town.places.tls_key).public_key(), NODE))
    town.spool.segment()
    town.spool.publish()
    uplink = town.uplink()
    uplink.step()
    assert "does not lead to the city's CA" in uplink.progress().last_error


def test_center_of_another_city_is_named(town: Town, tmp_path: Path) -> None:
    foreign = Pki(tmp_path / "foreign", town.center.pki.now_us)
    town.spool.segment()
    town.spool.publish()
    uplink = town.uplink(ca=foreign.folder / "ca.pem")
    uplink.step()
    assert "not of the city's CA" in uplink.progress().last_error
    assert town.center.seen == []


def test_center_under_another_name_is_named(town: Town) -> None:
    town.spool.segment()
    town.spool.publish()
    uplink = town.uplink(center_url=town.center.url.replace("127.0.0.1", "localhost"))
    uplink.step()
    assert "another host name" in uplink.progress().last_error


def test_environment_does_not_choose_the_ca_or_a_proxy(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE"):
        monkeypatch.setenv(name, "/nonexistent.pem")
    for name in ("HTTPS_PROXY", "https_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    town.spool.segment()
    town.spool.publish()
    work(town.uplink(), town.clock)
    assert town.center.sequences() == [0]


def test_renewal_that_is_refused_leaves_the_old_certificate_at_work(town: Town) -> None:
    town.center.certificate = lambda _: (403, failure("revoked"))
    town.tls_clock.advance(61 * 86_400)
    before = town.places.certificate.read_bytes()
    town.spool.segment()
    town.spool.publish()
    uplink = town.uplink()
    for _ in range(3):
        uplink.step()
    assert town.places.certificate.read_bytes() == before
    assert town.center.sequences() == [0]


Make = Callable[[Pki, Town], bytes]


def _own(pki: Pki, town: Town) -> bytes:
    return pki.client(load_key(town.places.tls_key).public_key(), NODE)


def _other_name(pki: Pki, town: Town) -> bytes:
    return pki.client(load_key(town.places.tls_key).public_key(), "demo-2")


def _other_key(pki: Pki, town: Town) -> bytes:
    return pki.client(new_tls_key().public_key(), NODE)


def _without_issuer(pki: Pki, town: Town) -> bytes:
    return _own(pki, town).split(b"-----END CERTIFICATE-----\n")[0] + b"-----END CERTIFICATE-----\n"


def _of_another_city(pki: Pki, town: Town) -> bytes:
    return Pki(town.folder / "foreign", pki.now_us).client(load_key(town.places.tls_key).public_key(), NODE)


def _issued_by_a_node(pki: Pki, town: Town) -> bytes:
    key = new_tls_key()
    rogue = pki.issuer.client(key.public_key(), "demo-2", pki.now_us)
    leaf = Issuer(key, rogue).client(load_key(town.places.tls_key).public_key(), NODE, pki.now_us)
    return dump_certificates(leaf, rogue, pki.issuer.certificate)


@pytest.mark.parametrize(
    ("make", "failure_class"),
    [
        (_own, None),
        (lambda *_: b"", "bad-certificate"),
        (lambda *_: b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n", "bad-certificate"),
        (_other_name, "wrong-node"),
        (_other_key, "foreign-key"),
        (_without_issuer, "foreign-issuer"),
        (_of_another_city, "foreign-issuer"),
        (_issued_by_a_node, "foreign-issuer"),
    ],
)
def test_issued_certificate_must_be_the_nodes_own(town: Town, make: Make, failure_class: str | None) -> None:
    pki = town.center.pki
    pem, key = make(pki, town), load_key(town.places.tls_key)
    if failure_class is None:
        check_issued(pem, key, pki.ca, NODE)
    else:
        with pytest.raises(Refused) as caught:
            check_issued(pem, key, pki.ca, NODE)
        assert caught.value.failure == failure_class


@pytest.mark.parametrize("make", [_other_name, _other_key, _of_another_city])
def test_false_certificate_does_not_replace_the_old_one(town: Town, make: Make) -> None:
    pem = make(town.center.pki, town).decode()
    town.center.certificate = lambda _: (200, json.dumps({"certificate": pem}).encode())
    town.tls_clock.advance(61 * 86_400)
    before = town.places.certificate.read_bytes()
    town.uplink().step()
    assert town.places.certificate.read_bytes() == before


def test_false_certificate_replaces_the_old_one_where_it_is_not_checked(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Control of the test above."""
    monkeypatch.setattr("edge.uplink.renew.check_issued", lambda *_: None)
    pem = _other_key(town.center.pki, town).decode()
    town.center.certificate = lambda _: (200, json.dumps({"certificate": pem}).encode())
    town.tls_clock.advance(61 * 86_400)
    town.uplink().step()
    assert town.places.certificate.read_bytes() == pem.encode()


@pytest.mark.parametrize(
    "body", [b"", b"[]", b"{}", b'{"certificate":1}', b'{"certificate":"x","more":1}', b"x" * 99_999]
)
def test_answer_that_is_no_certificate_document_is_refused(body: bytes) -> None:
    with pytest.raises(Refused):
        parse_issued(body)


def test_certificate_document_gives_its_pem() -> None:
    assert parse_issued(b'{"certificate":"PEM"}') == b"PEM"


@pytest.mark.parametrize("data", [None, b"", b"rubbish"])
def test_unreadable_certificate_counts_as_none(tmp_path: Path, data: bytes | None) -> None:
    path = tmp_path / "certificate.pem"
    if data is not None:
        path.write_bytes(data)
    assert read_life(path) is None


def test_own_fault_names_what_is_wrong(town: Town, tmp_path: Path) -> None:
    ca, now_us = town.center.pki.folder / "ca.pem", town.center.pki.now_us
    assert own_fault(town.places.certificate, ca, now_us) is None
    assert "expired" in (own_fault(town.places.certificate, ca, now_us + 91 * DAY_US) or "")
    assert "cannot be read" in (own_fault(tmp_path / "none.pem", ca, now_us) or "")
    assert "cannot be read" in (own_fault(town.places.certificate, tmp_path / "none.pem", now_us) or "")


def test_life_is_due_in_its_last_third_and_lost_after_grace() -> None:
    life = Life(0, 90 * DAY_US)
    assert [life.due(day * DAY_US) for day in (0, 60, 61, 90, 200)] == [False, False, True, True, True]
    assert [life.lost(day * DAY_US) for day in (0, 90, 104, 105)] == [False, False, False, True]
    assert judging.RENEWAL_AFTER_EXPIRY_US == 14 * DAY_US
