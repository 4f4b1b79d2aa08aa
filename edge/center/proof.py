"""Whether a heartbeat proves that its node records: a pure decision over signed headers.

Rules:
  1. Only a SEGMENT's header, signed by the node's key, proves anything; what the node says of itself is a claim.
  2. The proof moves on when the sequence rises within a chain, or another chain's record ends later. The same header
     again, or an older one, proves nothing new.
"""

from __future__ import annotations

from dataclasses import dataclass

from edge.base.errors import Refused
from edge.seal.record import Header, parse_header
from edge.wire.heartbeat import Heartbeat


@dataclass(frozen=True, slots=True)
class Proof:
    """The newest signed segment that is known of a node.

    Attributes:
        end_us: UTC of its last frame, by the node's clock.
        blanked: its whole picture was painted over.
        moved_us: the center's UTC when it moved on to this one.
    """

    chain: str
    sequence: int
    end_us: int
    blanked: bool
    moved_us: int


def read_proof(heartbeat: Heartbeat, signing_key: bytes) -> Header | None:
    """Returns the signed header that a heartbeat carries; None where it carries none.

    Raises:
        Refused: the header's failures, ``foreign-key``, ``bad-signature`` or ``wrong-node``.
    """
    data = heartbeat.header_bytes()
    if data is None:
        return None
    header = parse_header(data)
    header.require_signature(signing_key)
    if header.manifest.node != heartbeat.node:
        raise Refused("wrong-node", f"heartbeat of {heartbeat.node} carries a record of {header.manifest.node}")
    return header


def moved_on(known: Proof | None, header: Header | None, now_us: int) -> Proof | None:
    """Returns the new proof, or None where nothing moved on."""
    if header is None or header.manifest.segment is None:
        return None
    manifest = header.manifest
    blanked = header.manifest.segment.blanked
    offered = Proof(manifest.chain, manifest.sequence, manifest.end_us, blanked, now_us)
    if known is None:
        return offered
    if known.chain == offered.chain:
        return offered if offered.sequence > known.sequence else None
    return offered if offered.end_us > known.end_us else None
