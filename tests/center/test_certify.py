from __future__ import annotations

import dataclasses

import pytest
from cryptography import x509

from edge.base.errors import Refused
from edge.center.center import Center
from edge.center.certify import GRACE_US, enrol_node, renew, require_current
from edge.center.nodes import find_node, revoke
from edge.wire.certificates import NODE_LIFE, make_request, new_tls_key
from tests.center.city import DAY_US, NOW, City, Node, enrolment_body
from tests.clocks import WaitlessClock

LIFE_US = int(NODE_LIFE.total_seconds()) * 1_000_000


def refused(failure: str, center: Center, body: bytes) -> None:
    with pytest.raises(Refused) as caught:
        enrol_node(center, body)
    assert caught.value.failure == failure


def serial_of(pem: bytes) -> str:
    return f"{x509.load_pem_x509_certificates(pem)[0].serial_number:x}"


def test_a_ticket_gives_a_certificate_and_a_provisional_node(center: Center, city: City) -> None:
    node, ticket = Node("cam-1"), city.ticket("cam-1")
    leaf, issuing = x509.load_pem_x509_certificates(enrol_node(center, enrolment_body(ticket, node.enrolment(ticket))))
    assert leaf.subject.rfc4514_string() == "CN=cam-1"
    leaf.verify_directly_issued_by(issuing)
    with center.database.read() as connection:
        known = find_node(connection, "cam-1")
    assert known is not None
    assert known.provisional
    assert known.signing_key == node.signing.public_key


def test_a_lost_answer_is_given_again_even_after_the_tickets_end(center: Center, city: City) -> None:
    node, ticket = Node("cam-1"), city.ticket("cam-1")
    body = enrolment_body(ticket, node.enrolment(ticket))
    enrol_node(center, body)
    later = dataclasses.replace(center, clock=WaitlessClock(NOW + 3 * DAY_US))
    assert x509.load_pem_x509_certificates(enrol_node(later, body))


def test_a_ticket_is_taken_once(center: Center, city: City) -> None:
    ticket = city.ticket("cam-1")
    enrol_node(center, enrolment_body(ticket, Node("cam-1").enrolment(ticket)))
    refused("ticket-used", center, enrolment_body(ticket, Node("cam-1").enrolment(ticket)))


def test_bad_tickets_and_enrolments_are_refused(center: Center, city: City) -> None:
    node, ticket = Node("cam-1"), city.ticket("cam-1")
    enrolment = node.enrolment(ticket)
    late = city.ticket("cam-1", expires=NOW - 1)
    refused("expired", center, enrolment_body(late, node.enrolment(late)))
    elsewhere = City(city.folder / "elsewhere").ticket("cam-1")
    refused("bad-signature", center, enrolment_body(elsewhere, node.enrolment(elsewhere)))
    refused("wrong-ticket", center, enrolment_body(city.ticket("cam-1"), enrolment))
    refused("wrong-ticket", center, enrolment_body(ticket, Node("cam-2").enrolment(ticket)))
    refused("bad-document", center, b'{"ticket":{}}')
    refused("bad-json", center, b"\xff")
    refused("wrong-kind", center, enrolment_body(ticket, ticket))  # type: ignore[arg-type]
    assert enrol_node(center, enrolment_body(ticket, enrolment))


def test_a_used_ticket_gives_nothing_once_the_node_was_enrolled_anew(center: Center, city: City) -> None:
    first, second = Node("cam-1"), Node("cam-1")
    old, new = city.ticket("cam-1"), city.ticket("cam-1")
    body = enrolment_body(old, first.enrolment(old))
    certificate = enrol_node(center, body)
    renewed = enrol_node(center, enrolment_body(new, second.enrolment(new)))
    refused("foreign-key", center, body)
    with center.database.read() as connection:
        require_current(connection, "cam-1", serial_of(renewed))
        with pytest.raises(Refused) as caught:
            require_current(connection, "cam-1", serial_of(certificate))
    assert caught.value.failure == "superseded"


@pytest.mark.parametrize(
    ("after_us", "failure"),
    [(0, None), (LIFE_US + GRACE_US - DAY_US, None), (LIFE_US + GRACE_US + DAY_US, "renewal-too-late")],
)
def test_renewal_ends_14_days_after_expiry(center: Center, city: City, after_us: int, failure: str | None) -> None:
    node, ticket = Node("cam-1"), city.ticket("cam-1")
    enrol_node(center, enrolment_body(ticket, node.enrolment(ticket)))
    later = dataclasses.replace(center, tls_clock=WaitlessClock(NOW + after_us))
    request = make_request(node.tls, "cam-1")
    if failure is None:
        assert x509.load_pem_x509_certificates(renew(later, "cam-1", request))
    else:
        with pytest.raises(Refused) as caught:
            renew(later, "cam-1", request)
        assert caught.value.failure == failure


def test_renewal_is_refused_to_others(center: Center, city: City) -> None:
    node, ticket = Node("cam-1"), city.ticket("cam-1")
    enrol_node(center, enrolment_body(ticket, node.enrolment(ticket)))
    cases = [
        ("cam-1", make_request(new_tls_key(), "cam-1"), "foreign-key"),
        ("cam-1", make_request(node.tls, "cam-2"), "wrong-node"),
        ("cam-1", b"rubbish", "bad-request"),
        ("cam-2", make_request(node.tls, "cam-2"), "unknown-node"),
    ]
    for name, request, failure in cases:
        with pytest.raises(Refused) as caught:
            renew(center, name, request)
        assert caught.value.failure == failure
    with center.database.write() as connection:
        revoke(connection, "cam-1", NOW)
    with pytest.raises(Refused) as caught:
        renew(center, "cam-1", make_request(node.tls, "cam-1"))
    assert caught.value.failure == "revoked"
