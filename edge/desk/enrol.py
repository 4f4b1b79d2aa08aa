"""Enrolment at the desk: a one-time ticket for a new node, and the registration once a person compared its key."""

from __future__ import annotations

import os
from datetime import timedelta

from edge.base.clock import SECOND_US
from edge.base.errors import NotPermitted
from edge.desk.keystore import KeyStore
from edge.desk.office import Office, role_key
from edge.wire import certificates, signed
from edge.wire.authority import Role
from edge.wire.registration import Enrolment, EnrolmentTicket, Registration
from edge.wire.signed import Signed

TICKET_LIFE = timedelta(days=30)


def make_ticket(office: Office, store: KeyStore, node: str, now_us: int) -> Signed[EnrolmentTicket]:
    """Returns a ticket that lets ``node`` present itself once within ``TICKET_LIFE``.

    Raises:
        NotPermitted, BadInput: the registration key is not to be had.
    """
    ticket = EnrolmentTicket(
        ticket=os.urandom(16).hex(),
        node=node,
        issued=now_us,
        expires=now_us + int(TICKET_LIFE.total_seconds()) * SECOND_US,
    )
    return signed.sign("enrolment-ticket", ticket, _registrar(office, store, now_us))


def fingerprint(enrolment: Enrolment) -> str:
    """Returns the signing key's key id in groups of four, as the work order shows it."""
    identifier = signed.key_id(bytes.fromhex(enrolment.signing_key))
    return " ".join(identifier[start : start + 4] for start in range(0, len(identifier), 4))


def require_expected(enrolment: Enrolment, expected: str) -> None:
    """Checks the signing key against what the work order says: its key id or the whole key, in hex, spaces free.

    Raises:
        NotPermitted: another key.
    """
    wanted = "".join(expected.split()).lower()
    if wanted not in (signed.key_id(bytes.fromhex(enrolment.signing_key)), enrolment.signing_key):
        raise NotPermitted(
            f"node {enrolment.node} shows key {fingerprint(enrolment)}, the work order says {expected[:80]!r}; "
            "not registered: find out who presented itself"
        )


def make_registration(office: Office, store: KeyStore, enrolment: Enrolment, now_us: int) -> Signed[Registration]:
    """Returns the city's signed word that these keys are the node's.

    Raises:
        Refused: the certificate request does not hold.
        NotPermitted, BadInput: the registration key is not to be had.
    """
    request = certificates.parse_request(enrolment.csr.encode(), enrolment.node)
    registration = Registration(
        node=enrolment.node,
        signing_key=enrolment.signing_key,
        tls_key=certificates.key_hash(request),
        registered=now_us,
    )
    return signed.sign("registration", registration, _registrar(office, store, now_us))


def _registrar(office: Office, store: KeyStore, now_us: int) -> signed.Signer:
    return role_key(store, office.authority.payload, Role.REGISTRATION, now_us)
