"""``mimamori node init``: keys are made once, and every ticket but the right one is turned down."""

from __future__ import annotations

from pathlib import Path

import pytest

from edge.base.errors import BadConfiguration, BadInput
from edge.node.credentials import SIGNING_KEY
from edge.node.initialise import ENROLMENT, TICKET, TLS_KEY, initialise
from edge.node.visit.steps import signing_key_of
from edge.wire import signed
from edge.wire.authority import Role
from edge.wire.certificates import parse_request
from edge.wire.keys import SigningKey
from edge.wire.registration import EnrolmentTicket, parse_enrolment
from tests.node.town import DAY_US, NODE, ROLES, START_US, Town, seed


def ticket(node: str = NODE, *, number: int = 1, issued: int = START_US, signer: SigningKey | None = None) -> bytes:
    word = EnrolmentTicket(ticket=f"{number:032x}", node=node, issued=issued, expires=issued + DAY_US)
    return signed.sign("enrolment-ticket", word, signer or ROLES[Role.REGISTRATION]).data


@pytest.fixture
def fresh(town: Town) -> Town:
    """A node without keys."""
    (town.state / SIGNING_KEY).unlink()
    return town


def given(town: Town, data: bytes) -> Path:
    path = town.folder / "given.json"
    path.write_bytes(data)
    return path


def test_keys_and_enrolment_are_made(fresh: Town) -> None:
    assert signing_key_of(fresh.config) is None
    identifier = initialise(fresh.config, given(fresh, ticket() + b"\n"))
    assert signing_key_of(fresh.config) == identifier
    enrolment = parse_enrolment((fresh.uplink / ENROLMENT).read_bytes()).payload
    assert (enrolment.node, enrolment.ticket) == (NODE, f"{1:032x}")
    assert signed.key_id(bytes.fromhex(enrolment.signing_key)) == identifier
    assert parse_request(enrolment.csr.encode(), NODE)
    assert (fresh.uplink / TICKET).read_bytes() == ticket()
    for key in (fresh.state / SIGNING_KEY, fresh.uplink / TLS_KEY):
        assert key.stat().st_mode & 0o777 == 0o600


def test_keys_stay_and_a_fresh_ticket_follows_a_spent_one(fresh: Town) -> None:
    first = initialise(fresh.config, given(fresh, ticket()))
    keys = [(fresh.state / SIGNING_KEY).read_bytes(), (fresh.uplink / TLS_KEY).read_bytes()]
    assert initialise(fresh.config, given(fresh, ticket(number=2))) == first
    assert [(fresh.state / SIGNING_KEY).read_bytes(), (fresh.uplink / TLS_KEY).read_bytes()] == keys
    assert parse_enrolment((fresh.uplink / ENROLMENT).read_bytes()).payload.ticket == f"{2:032x}"


REFUSED = {
    "another node's": (ticket("demo-2"), "this is demo"),
    "expired": (ticket(issued=START_US - 2 * DAY_US), "not valid at this time"),
    "not yet valid": (ticket(issued=START_US + DAY_US), "not valid at this time"),
    "a stranger's": (ticket(signer=seed(99)), "no valid signature"),
    "rubbish": (b"{", "given.json"),
}


@pytest.mark.parametrize(("data", "said"), REFUSED.values(), ids=REFUSED)
def test_other_tickets_are_turned_down_before_keys_are_made(fresh: Town, data: bytes, said: str) -> None:
    with pytest.raises(BadConfiguration, match=said):
        initialise(fresh.config, given(fresh, data))
    assert not (fresh.state / SIGNING_KEY).exists() and not (fresh.uplink / ENROLMENT).exists()


def test_missing_ticket_is_named(fresh: Town) -> None:
    with pytest.raises(BadInput, match=r"none\.json"):
        initialise(fresh.config, fresh.folder / "none.json")


def test_damaged_signing_key_is_never_replaced(town: Town) -> None:
    """A new key would begin a new identity without anybody's word."""
    (town.state / SIGNING_KEY).write_text("damaged")
    with pytest.raises(BadConfiguration, match=r"signing\.pem"):
        initialise(town.config, given(town, ticket()))
    assert (town.state / SIGNING_KEY).read_text() == "damaged"


@pytest.mark.parametrize("damage", [b"", b"rubbish", b"other"])
def test_page_shows_no_key_that_is_not_this_nodes_own(fresh: Town, damage: bytes) -> None:
    initialise(fresh.config, given(fresh, ticket()))
    path = fresh.config.uplink.state / ENROLMENT
    path.write_bytes(path.read_bytes().replace(NODE.encode(), b"other-1") if damage == b"other" else damage)
    assert signing_key_of(fresh.config) is None
