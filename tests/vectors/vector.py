"""What a test vector is, how it lies in a file, and what reads each family of them.

A file ``tests/vectors/<family>/<name>.json`` holds ``name``, ``comment``, ``expect`` (``ok`` or the failure class),
``given`` (what the reader knows beforehand: keys, node, time; documents as ``family/name`` of another vector), and the
bytes: ``base64``, followed by ``zeros`` zero bytes. ``FAMILIES`` says what each family is fed to.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from edge.base import strictjson
from edge.base.errors import NotPermitted, Refused
from edge.seal.envelope import parse_envelope
from edge.seal.record import parse_header, parse_headers, parse_record, parse_records
from edge.seal.reel import parse_reel_header
from edge.seal.sealing import open_layer, require_own_stanzas
from edge.wire import signed
from edge.wire.authority import Authority, accept_successor, parse_authority
from edge.wire.command import parse_command
from edge.wire.heartbeat import parse_heartbeat
from edge.wire.keylist import KeyHalves, KeyList, newer, parse_key_list
from edge.wire.maskorder import parse_mask_order
from edge.wire.receipt import Receipt, parse_receipt, require_match
from edge.wire.registration import parse_enrolment, parse_registration, parse_ticket
from edge.wire.timenote import parse_time_note
from edge.wire.visit import parse_visit_ticket

FOLDER = Path(__file__).parent
Given = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Vector:
    """One vector; ``given`` is what the reader knows beforehand."""

    family: str
    name: str
    comment: str
    data: bytes
    expect: str = "ok"
    given: Given = field(default_factory=dict)

    @property
    def path(self) -> Path:
        return FOLDER / self.family / f"{self.name}.json"

    def dump(self) -> str:
        shown = self.data.rstrip(b"\0")
        tree = {
            "name": self.name,
            "comment": self.comment,
            "expect": self.expect,
            "given": self.given,
            "base64": base64.b64encode(shown).decode(),
            "zeros": len(self.data) - len(shown),
        }
        return json.dumps(tree, indent=1, ensure_ascii=False) + "\n"

    def outcome(self) -> str:
        """Returns ``ok`` or the failure class with which the family's reader refuses the bytes."""
        try:
            FAMILIES[self.family](self.data, self.given)
        except Refused as error:
            return error.failure
        except NotPermitted:
            return "not-permitted"
        return "ok"


def stored() -> Iterator[Vector]:
    """Yields every vector that lies in a file."""
    for path in sorted(FOLDER.glob("*/*.json")):
        yield load(f"{path.parent.name}/{path.stem}")


def load(reference: str) -> Vector:
    """Returns the stored vector ``family/name``."""
    tree = json.loads((FOLDER / f"{reference}.json").read_text())
    data = base64.b64decode(tree["base64"]) + bytes(tree["zeros"])
    family = reference.split("/", maxsplit=1)[0]
    return Vector(family, tree["name"], tree["comment"], data, tree["expect"], tree["given"])


def _record(data: bytes, given: Given) -> None:
    parse_record(data).header.require_signature(bytes.fromhex(given["public_key"]))


def _header(data: bytes, given: Given) -> None:
    parse_header(data).require_signature(bytes.fromhex(given["public_key"]))


def _authority(given: Given) -> Authority:
    return signed.parse("authority", Authority, load(given["authority"]).data).payload


def _read_authority(data: bytes, given: Given) -> None:
    parse_authority(data, bytes.fromhex(given["root"]), demo=given["demo"])


def _successor(data: bytes, given: Given) -> None:
    accept_successor(signed.parse("authority", Authority, load(given["current"]).data), data)


def _key_list(data: bytes, given: Given) -> None:
    offered = parse_key_list(data, _authority(given), given["node"])
    if "current" in given:
        newer(signed.parse("key-list", KeyList, load(given["current"]).data), offered)


def _receipt(data: bytes, given: Given) -> None:
    receipt: Receipt = parse_receipt(data, _authority(given)).payload
    require_match(receipt, given["node"], given["chain"], given["first"], tuple(given["hashes"]))


def _command(data: bytes, given: Given) -> None:
    parse_command(data, _authority(given), given["node"], given["at"], given["last_counter"])


def _visit_ticket(data: bytes, given: Given) -> None:
    parse_visit_ticket(data, _authority(given), given["node"], given["at"], trusted=given["trusted"])


def _mask_order(data: bytes, given: Given) -> None:
    parse_mask_order(data, _authority(given), given["node"], given["last_counter"])


FAMILIES: dict[str, Callable[[bytes, Given], object]] = {
    "record": _record,
    "header": _header,
    "records": lambda data, _: list(parse_records(data)),
    "headers": lambda data, _: list(parse_headers(data)),
    "envelope": lambda data, given: parse_envelope(data, given["chain"], given["sequence"]),
    "layer": lambda data, _: require_own_stanzas(data),
    "open-layer": lambda data, given: open_layer(data, given["identity"]),
    "reel-header": lambda data, _: parse_reel_header(data),
    "json": lambda data, given: strictjson.parse(data, limit_bytes=given["limit_bytes"]),
    "authority": _read_authority,
    "authority-successor": _successor,
    "key-list": _key_list,
    "key-halves": lambda data, _: signed.parse("key-halves", KeyHalves, data),
    "receipt": _receipt,
    "registration": lambda data, given: parse_registration(data, _authority(given)),
    "enrolment-ticket": lambda data, given: parse_ticket(data, _authority(given), given["at"]),
    "enrolment": lambda data, _: parse_enrolment(data),
    "command": _command,
    "visit-ticket": _visit_ticket,
    "mask-order": _mask_order,
    "time-note": lambda data, given: parse_time_note(data, _authority(given), given["node"]),
    "heartbeat": lambda data, given: parse_heartbeat(data, given["node"]),
}
