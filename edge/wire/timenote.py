"""A note of the time: the desk's signed word that it held a record's header at a time, for a node without a line.

Rules:
  1. It names a record that the node made, so that it cannot have been signed before that one, and an old note cannot
     pass for a new one in a later run.
  2. One over a later record replaces one over an earlier, whatever their times say: so a true one mends a false one.
  3. It says nothing of whether the record is kept anywhere: that is a receipt's word, which no desk can give.
"""

from __future__ import annotations

from typing import Literal

from edge.base.errors import Refused
from edge.base.model import Hex16, Hex32, NodeId, Strict, Utc
from edge.wire import signed
from edge.wire.authority import Authority, Role
from edge.wire.receipt import Sequence
from edge.wire.signed import Signed

NOTE_LIMIT_BYTES = 4096


class TimeNote(Strict):
    """The payload that the command role signs.

    Attributes:
        chain, sequence, sha256: the newest record that the node showed.
        time: the desk's UTC then.
    """

    v: Literal[1] = 1
    node: NodeId
    chain: Hex16
    sequence: Sequence
    sha256: Hex32
    time: Utc


def is_later(note: TimeNote, kept: TimeNote | None) -> bool:
    """Whether a note may replace the kept one (rule 2)."""
    return kept is None or note.chain != kept.chain or note.sequence > kept.sequence


def parse_time_note(data: bytes, authority: Authority, node: str) -> Signed[TimeNote]:
    """Parses a note and checks signer and node.

    Raises:
        Refused: ``wrong-node``, ``bad-signature`` or the parser's failures.
    """
    if len(data) > NOTE_LIMIT_BYTES:
        raise Refused("too-long", f"time note of {len(data)} bytes; one has at most {NOTE_LIMIT_BYTES}")
    document = signed.parse("time-note", TimeNote, data)
    authority.require(document, Role.COMMAND, document.payload.time)
    if document.payload.node != node:
        raise Refused("wrong-node", f"time note is for node {document.payload.node!r}, not {node!r}")
    return document
