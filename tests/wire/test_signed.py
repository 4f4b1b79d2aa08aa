"""Signed documents: what a signature covers, what the hash covers, and hostile bytes. Tables: tests/vectors."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from edge.base import strictjson
from edge.base.errors import Refused
from edge.wire import signed
from edge.wire.authority import Authority, Role, parse_authority
from edge.wire.command import parse_command
from edge.wire.heartbeat import command_topic, heartbeat_topic, link_topic, parse_heartbeat
from edge.wire.keylist import KeyHalves, KeyList, newer, parse_key_list, week_of
from edge.wire.receipt import Receipt, parse_receipt
from edge.wire.registration import parse_enrolment, parse_registration, parse_ticket
from edge.wire.signed import add_signature, key_id
from tests.seal.samples import DAY, NODE, NODE_KEY, OTHER_NODE_KEY, PAIR, ROLES, ROOT, START_US, WEEK
from tests.vectors.vector import load

AUTHORITY = signed.parse("authority", Authority, load("authority/ok").data).payload
KEY_LIST = signed.parse("key-list", KeyList, load("key-list/ok").data)

PARSERS: dict[str, Callable[[bytes], object]] = {
    "authority/ok": lambda data: parse_authority(data, ROOT.public_key, demo=False),
    "key-list/ok": lambda data: parse_key_list(data, AUTHORITY, NODE),
    "key-halves/ok": lambda data: signed.parse("key-halves", KeyHalves, data).require(
        ROLES[Role.OPERATOR].public_key, "operator's"
    ),
    "receipt/ok": lambda data: parse_receipt(data, AUTHORITY),
    "registration/ok": lambda data: parse_registration(data, AUTHORITY),
    "enrolment/ok": parse_enrolment,
    "enrolment-ticket/ok": lambda data: parse_ticket(data, AUTHORITY, START_US),
    "command/ok": lambda data: parse_command(data, AUTHORITY, NODE, START_US, 4),
}


@pytest.mark.parametrize("name", PARSERS)
def test_every_changed_byte_of_a_document_is_refused(name: str) -> None:
    data = load(name).data
    PARSERS[name](data)
    for place in range(len(data)):
        with pytest.raises(Refused):
            PARSERS[name](data[:place] + bytes([data[place] ^ 1]) + data[place + 1 :])


@pytest.mark.parametrize("name", PARSERS)
def test_every_cut_of_a_document_is_refused(name: str) -> None:
    data = load(name).data
    for length in range(0, len(data), 5):
        with pytest.raises(Refused):
            PARSERS[name](data[:length])


def _heartbeat(data: bytes) -> object:
    return parse_heartbeat(data, NODE)


@settings(max_examples=60)
@given(st.data())
@pytest.mark.parametrize("name", [*PARSERS, "heartbeat/ok"])
def test_hostile_documents_are_refused_and_never_worse(name: str, draw: st.DataObject) -> None:
    parse = PARSERS.get(name) or _heartbeat
    text = bytearray(load(name).data)
    for _ in range(draw.draw(st.integers(1, 3))):
        place = draw.draw(st.integers(0, len(text)))
        text[place : place + draw.draw(st.integers(0, 3))] = draw.draw(st.binary(max_size=3))
    if bytes(text) != load(name).data:
        try:
            parse(bytes(text))
        except Refused:
            return
        assert name == "heartbeat/ok"


SHAPES: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)


@settings(max_examples=60)
@given(SHAPES)
def test_documents_of_any_shape_are_refused_and_never_worse(tree: Any) -> None:
    as_payload = {"kind": "receipt", "payload": tree, "signatures": []}
    as_envelope = {"kind": tree, "payload": {}, "signatures": tree}
    for shape in (tree, as_payload, as_envelope):
        with pytest.raises(Refused):
            parse_receipt(json.dumps(shape).encode(), AUTHORITY)


def receipt() -> Receipt:
    return Receipt(node=NODE, chain="ab" * 16, first=0, last=0, hashes=("cd" * 32,), time=START_US)


def test_signature_added_on_the_way_changes_bytes_but_not_the_hash() -> None:
    document = signed.sign("receipt", receipt(), ROLES[Role.RECEIPT])
    more = add_signature(document, OTHER_NODE_KEY)
    assert more.data != document.data
    assert more.sha256 == document.sha256
    assert parse_receipt(more.data, AUTHORITY).sha256 == document.sha256


def test_control_key_list_chain_would_break_if_the_hash_covered_signatures() -> None:
    """A center that adds a signature to version 1 must not be able to make the node refuse version 2."""
    both = ROLES[Role.MANAGER], ROLES[Role.OPERATOR]
    held = add_signature(KEY_LIST, OTHER_NODE_KEY)
    following = KEY_LIST.payload.model_copy(update={"version": 2, "previous": KEY_LIST.sha256})
    assert newer(held, signed.sign("key-list", following, *both)).payload.version == 2
    whole = following.model_copy(update={"previous": hashlib.sha256(KEY_LIST.data).hexdigest()})
    with pytest.raises(Refused, match="does not name the one before it"):
        newer(held, signed.sign("key-list", whole, *both))


def test_hash_tells_payloads_and_kinds_apart() -> None:
    one = signed.sign("receipt", receipt())
    other = signed.sign("receipt", receipt().model_copy(update={"time": START_US + 1}))
    kind = signed.sign("command", receipt())
    assert len({one.sha256, other.sha256, kind.sha256}) == 3


def test_document_cannot_pass_for_one_of_another_kind() -> None:
    document = signed.sign("receipt", receipt(), NODE_KEY)
    renamed = signed.Signed("command", document.payload, document.signatures, document.data)
    assert document.signed_by(NODE_KEY.public_key)
    assert not renamed.signed_by(NODE_KEY.public_key)


def test_signature_of_the_same_key_is_replaced_and_others_stay() -> None:
    document = signed.sign("receipt", receipt(), NODE_KEY, OTHER_NODE_KEY)
    again = add_signature(document, NODE_KEY)
    assert [item.key_id for item in again.signatures] == [
        key_id(OTHER_NODE_KEY.public_key),
        key_id(NODE_KEY.public_key),
    ]
    assert again.signed_by(NODE_KEY.public_key)
    assert again.signed_by(OTHER_NODE_KEY.public_key)


def test_signature_under_anothers_key_id_does_not_hold() -> None:
    document = signed.sign("receipt", receipt(), NODE_KEY)
    tree = json.loads(document.data)
    tree["signatures"][0]["key_id"] = key_id(OTHER_NODE_KEY.public_key)
    parsed = signed.parse("receipt", Receipt, strictjson.dump(tree))
    assert not parsed.signed_by(NODE_KEY.public_key)
    assert not parsed.signed_by(OTHER_NODE_KEY.public_key)
    with pytest.raises(Refused, match=f"not signed by the node's key {key_id(NODE_KEY.public_key)}"):
        parsed.require(NODE_KEY.public_key, "node's")


def test_public_key_that_is_none_validates_nothing() -> None:
    assert not signed.is_valid(b"short", bytes(64), b"message")
    assert not signed.is_valid(NODE_KEY.public_key, b"short", b"message")


def test_document_over_the_limit_is_refused_before_it_is_parsed() -> None:
    with pytest.raises(Refused) as error:
        signed.parse("receipt", Receipt, b" " * (512 * 1024 + 1))
    assert error.value.failure == "too-long"


@pytest.mark.parametrize("moment", ["before", "after"])
def test_role_counts_within_its_keys_life_alone(moment: str) -> None:
    key = next(key for key in AUTHORITY.keys if key.role is Role.COMMAND)
    outside = key.not_before - 1 if moment == "before" else key.not_after + 1
    assert list(AUTHORITY.holders(Role.COMMAND, outside)) == []
    for edge in (key.not_before, key.not_after):
        assert list(AUTHORITY.holders(Role.COMMAND, edge)) == [bytes.fromhex(key.public_key)]


def test_one_person_cannot_be_both_custodians() -> None:
    manager = next(key for key in AUTHORITY.keys if key.role is Role.MANAGER)
    twin = manager.model_copy(update={"role": Role.OPERATOR})
    with pytest.raises(ValidationError, match="manager's and operator's"):
        Authority.model_validate({**AUTHORITY.model_dump(), "keys": (manager, twin)})


@pytest.mark.parametrize(
    ("day", "week"), [(DAY, WEEK), ("2027-01-01", "2026-W53"), ("2024-12-30", "2025-W01"), ("2026-01-11", "2026-W02")]
)
def test_week_is_the_iso_week(day: str, week: str) -> None:
    assert week_of(day) == week


def test_pairs_are_found_by_day_and_by_week() -> None:
    spare = PAIR.model_copy(update={"period": WEEK})
    key_list = KEY_LIST.payload.model_copy(update={"spares": (spare,)})
    assert (key_list.day(DAY), key_list.spare(WEEK)) == (PAIR, spare)
    assert (key_list.day(WEEK), key_list.day("2026-01-06"), key_list.spare(DAY)) == (None, None, None)


def test_first_key_list_is_taken_as_it_is() -> None:
    assert newer(None, KEY_LIST) is KEY_LIST


def test_list_that_skips_versions_is_taken() -> None:
    later = signed.sign("key-list", KEY_LIST.payload.model_copy(update={"version": 9, "previous": "ab" * 32}))
    assert newer(KEY_LIST, later) is later


def test_topics_are_the_nodes_own() -> None:
    assert [f(NODE) for f in (heartbeat_topic, link_topic, command_topic)] == [
        "nodes/demo/heartbeat",
        "nodes/demo/link",
        "nodes/demo/commands",
    ]


def test_heartbeat_gives_its_headers_bytes() -> None:
    heartbeat = parse_heartbeat(load("heartbeat/ok").data, NODE)
    assert heartbeat.header_bytes() == b"MIMA"
    assert heartbeat.model_copy(update={"header": None}).header_bytes() is None
