"""Vectors of authorities and key lists, and how documents are forged."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from edge.base import strictjson
from edge.wire import signed
from edge.wire.authority import Authority, Role
from edge.wire.keylist import Half, KeyHalves, KeyList
from edge.wire.signed import Payload, Signed, Signer, add_signature, key_id
from tests.seal.samples import (
    DAY,
    MANAGER,
    NODE,
    NODE_KEY,
    OPERATOR,
    OTHER_ROOT,
    PAIR,
    ROLES,
    ROOT,
    START_US,
    WEEK,
    YEAR_US,
    authority_payload,
)
from tests.vectors.vector import Vector

AUTHORITY = signed.sign("authority", authority_payload(), ROOT)
GIVEN = {"authority": "authority/ok"}


def forged(kind: signed.Kind, payload: dict[str, Any], *signers: Signer) -> bytes:
    """Returns a document whose payload no model would write, with signatures that hold."""
    message = f"mimamori-edge/{kind}/v1\n".encode() + strictjson.dump(payload)
    signatures = [{"key_id": key_id(s.public_key), "signature": s.sign(message).hex()} for s in signers]
    return strictjson.dump({"kind": kind, "payload": payload, "signatures": signatures})


def altered(payload: Signed[Payload], **changes: object) -> dict[str, Any]:
    """Returns a document's payload as a tree with some fields replaced."""
    return {**payload.payload.model_dump(mode="json"), **changes}


def changed(document: Signed[Payload], **changes: object) -> bytes:
    """Returns a document with its payload changed and its signatures kept."""
    return strictjson.dump({**json.loads(document.data), "payload": altered(document, **changes)})


def authorities() -> Iterator[Vector]:
    def vector(name: str, data: bytes, expect: str, comment: str, *, root: Signer = ROOT, demo: bool = False) -> Vector:
        given = {"root": root.public_key.hex(), "demo": demo}
        return Vector("authority", name, comment, data, expect, given)

    few = (Role.MANAGER,)
    demonstration = signed.sign("authority", authority_payload(few, demo=True), ROOT).data
    own = signed.sign("authority", authority_payload(few), ROOT)
    good = own.data
    twin = altered(own)
    manager = next(key for key in twin["keys"] if key["role"] == "manager")
    twin["keys"] = [*twin["keys"], {**manager, "role": "operator"}]
    yield vector("ok", AUTHORITY.data, "ok", "every role once")
    yield vector("ok-demo", demonstration, "ok", "a demonstration's, read by a demonstration", demo=True)
    yield vector("demonstration", demonstration, "demonstration", "a demonstration's, read by a city")
    yield vector("foreign-root", good, "foreign-root", "of another root", root=OTHER_ROOT)
    yield vector("bad-signature", changed(own, city="elsewhere"), "bad-signature", "city changed")
    yield vector(
        "bad-signature-other",
        signed.sign("authority", authority_payload(few), OTHER_ROOT).data,
        "bad-signature",
        "signed by another root",
    )
    yield vector(
        "bad-signature-none", signed.sign("authority", authority_payload(few)).data, "bad-signature", "no signature"
    )
    yield vector(
        "bad-document",
        forged("authority", altered(own, city="a b"), ROOT),
        "bad-document",
        "a space in the city's id",
    )
    yield vector(
        "bad-document-twin", forged("authority", twin, ROOT), "bad-document", "one key is manager's and operator's"
    )
    yield vector("not-canonical", good.replace(b'"v":1', b'"v": 1'), "not-canonical", "a space")
    yield vector("wrong-kind", forged("receipt", altered(own), ROOT), "wrong-kind", "named a receipt")
    yield vector("duplicate-key", good[:-1] + b',"kind":"authority"}', "duplicate-key", "kind stands twice")
    yield vector("float", good.replace(b'"v":1', b'"v":1.0'), "float", "v is 1.0")
    yield vector("bad-json", good[:-1], "bad-json", "the last brace is missing")
    five = json.loads(good)["signatures"] * 5
    yield vector(
        "bad-document-signatures",
        strictjson.dump({**json.loads(good), "signatures": five}),
        "bad-document",
        "five signatures",
    )


def successors() -> Iterator[Vector]:
    def vector(name: str, payload: Authority, signers: tuple[Signer, ...], expect: str, comment: str) -> Vector:
        data = signed.sign("authority", payload, *signers).data
        return Vector("authority-successor", name, comment, data, expect, {"current": "authority/ok"})

    few = (Role.RECEIPT,)
    second = authority_payload(few, version=2, previous=AUTHORITY.sha256)
    moved = authority_payload(few, version=2, previous=AUTHORITY.sha256, root=OTHER_ROOT)
    yield vector("ok", second, (ROOT,), "ok", "the same root")
    yield vector(
        "ok-skipped", authority_payload(few, version=3, previous="ab" * 32), (ROOT,), "ok", "version 2 was missed"
    )
    yield vector("ok-new-root", moved, (ROOT, OTHER_ROOT), "ok", "signed by the old root and the new one")
    yield vector("bad-signature-new", moved, (ROOT,), "bad-signature", "the new root has not signed")
    yield vector("bad-signature-old", moved, (OTHER_ROOT,), "bad-signature", "the old root has not signed")
    yield vector("old-version", authority_payload(few), (ROOT,), "old-version", "not above the version held")
    yield vector(
        "bad-link", authority_payload(few, version=2, previous="ab" * 32), (ROOT,), "bad-link", "names another one"
    )
    demo = authority_payload(few, version=2, previous=AUTHORITY.sha256, demo=True)
    yield vector("demonstration", demo, (ROOT,), "demonstration", "turns into a demonstration's")


def key_list_payload(version: int = 1, previous: str | None = None) -> KeyList:
    """Returns a list of one day."""
    return KeyList(
        node=NODE,
        version=version,
        previous=previous,
        issued=START_US,
        expires=START_US + YEAR_US,
        days=(PAIR,),
        spares=(),
    )


def key_lists() -> Iterator[Vector]:
    both = ROLES[Role.MANAGER], ROLES[Role.OPERATOR]

    def vector(name: str, data: bytes, expect: str, comment: str, **given: object) -> Vector:
        return Vector("key-list", name, comment, data, expect, {**GIVEN, "node": NODE, **given})

    first = signed.sign("key-list", key_list_payload(), *both)
    second = signed.sign("key-list", key_list_payload(2, first.sha256), *both)
    current = {"current": "key-list/ok"}
    twice = add_signature(first, NODE_KEY)
    pair = PAIR.model_dump()
    week = {**pair, "period": WEEK}
    same = {**pair, "operator": MANAGER.recipient}

    def days(*pairs: dict[str, str], **more: object) -> bytes:
        return forged("key-list", altered(first, days=list(pairs), **more), *both)

    yield vector("ok", first.data, "ok", "signed by both custodians")
    yield vector("ok-next", second.data, "ok", "version 2 after version 1", **current)
    yield vector("ok-same", first.data, "ok", "the list that is held already", **current)
    yield vector(
        "ok-added-signature", twice.data, "ok", "the list held already, a signature added on the way", **current
    )
    yield vector(
        "ok-next-after-added",
        second.data,
        "ok",
        "names version 1, which came with a signature added",
        current="key-list/ok-added-signature",
    )
    yield vector(
        "bad-signature-manager",
        signed.sign("key-list", key_list_payload(), both[0]).data,
        "bad-signature",
        "the manager alone",
    )
    yield vector(
        "bad-signature-operator",
        signed.sign("key-list", key_list_payload(), both[1]).data,
        "bad-signature",
        "the operator alone",
    )
    yield vector(
        "bad-signature-role",
        signed.sign("key-list", key_list_payload(), both[0], ROLES[Role.COMMAND]).data,
        "bad-signature",
        "another role for the operator",
    )
    yield vector("bad-signature-changed", changed(first, expires=START_US), "bad-signature", "expiry changed")
    late = forged("key-list", altered(first, issued=START_US + 2 * YEAR_US), *both)
    yield vector("bad-signature-late", late, "bad-signature", "issued after the role keys' life")
    yield vector("wrong-node", first.data, "wrong-node", "for another node", node="demo-2")
    yield vector(
        "old-version",
        signed.sign("key-list", key_list_payload(1, "ab" * 32), *both).data,
        "old-version",
        "another version 1",
        **current,
    )
    yield vector(
        "bad-link",
        signed.sign("key-list", key_list_payload(2, "ab" * 32), *both).data,
        "bad-link",
        "names another one",
        **current,
    )
    yield vector("bad-document-day", days(pair, pair), "bad-document", "a day stands twice")
    yield vector("bad-document-recipient", days(same), "bad-document", "one recipient is manager's and operator's")
    yield vector("bad-document-week", days(week), "bad-document", "a week among the days")
    yield vector("bad-document-spare", days(spares=[pair]), "bad-document", "a day among the spares")
    yield vector("bad-document-calendar", days({**pair, "period": "2026-02-30"}), "bad-document", "no such day")
    yield vector("wrong-kind", forged("key-halves", altered(first), *both), "wrong-kind", "of another kind")


def halves() -> Iterator[Vector]:
    half = Half(period=DAY, recipient=OPERATOR.recipient)
    payload = KeyHalves(node=NODE, custodian="operator", issued=START_US, halves=(half,))
    good = signed.sign("key-halves", payload, ROLES[Role.OPERATOR])
    twice = forged("key-halves", altered(good, halves=[half.model_dump()] * 2), ROLES[Role.OPERATOR])
    yield Vector("key-halves", "ok", "one day", good.data)
    yield Vector("key-halves", "bad-document", "a day stands twice", twice, "bad-document")


def vectors() -> Iterator[Vector]:
    for family in (authorities, successors, key_lists, halves):
        yield from family()
