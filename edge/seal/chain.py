"""The chain's writing end: gives each record its sequence and link, signs it, and never uses a sequence twice."""

from __future__ import annotations

import os
from dataclasses import dataclass

from edge.base.clock import ClockQuality
from edge.seal.manifest import Boot, Detail, Kind, Manifest
from edge.seal.record import Record, make_record
from edge.wire.signed import Signer, key_id


@dataclass(frozen=True, slots=True)
class Stamp:
    """When a record's matter happened: UTC and monotonic, microseconds, and how far the clock can be believed."""

    start_us: int
    end_us: int
    mono_start_us: int
    mono_end_us: int
    clock: ClockQuality


@dataclass(frozen=True, slots=True)
class InForce:
    """What holds while a record is made: mask and floor digests, hash of the newest verified receipt."""

    masks: str | None = None
    floor: str | None = None
    receipt: str | None = None


@dataclass(frozen=True, slots=True)
class Tip:
    """Where a chain ends: highest sequence ever seen, and hash of the last record that can be linked to."""

    chain: str
    sequence: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Writer:
    """Who writes: node, boot and firmware, as every manifest repeats them."""

    node: str
    boot: str
    firmware: str


def new_chain_id() -> str:
    """Returns 128 random bits, hex: a new one with each spool."""
    return os.urandom(16).hex()


class Chain:
    """Makes the records of one chain, in order.

    Args:
        tip: where an earlier run ended; none begins the chain at sequence 0.

    A record counts once made: whoever cannot store it makes the next one all the same, so that no sequence is ever
    signed twice.
    """

    def __init__(self, chain: str, writer: Writer, signer: Signer, tip: Tip | None = None) -> None:
        self._chain, self._writer, self._signer = chain, writer, signer
        self._tip = tip

    @property
    def chain(self) -> str:
        """The chain id, hex."""
        return self._chain

    @property
    def tip(self) -> Tip | None:
        """The last record made."""
        return self._tip

    @property
    def next_sequence(self) -> int:
        """The sequence that the next record will have."""
        return 0 if self._tip is None else self._tip.sequence + 1

    def another(self, chain: str, tip: Tip | None) -> Chain:
        """Returns another chain of the same writer and key."""
        return Chain(chain, self._writer, self._signer, tip)

    def boot(self, predecessor: str | None, stamp: Stamp, force: InForce) -> Record:
        """Makes the BOOT record that begins a run."""
        resumes = None if self._tip is None else self._tip.sequence
        return self.make(Kind.BOOT, Boot(predecessor=predecessor, resumes=resumes), stamp, force)

    def make(self, kind: Kind, detail: Detail, stamp: Stamp, force: InForce, body: bytes = b"") -> Record:
        """Makes, links and signs the next record."""
        manifest = Manifest(
            node=self._writer.node,
            chain=self._chain,
            key_id=key_id(self._signer.public_key),
            sequence=self.next_sequence,
            previous=None if self._tip is None else self._tip.sha256,
            boot=self._writer.boot,
            start_us=stamp.start_us,
            end_us=stamp.end_us,
            mono_start_us=stamp.mono_start_us,
            mono_end_us=stamp.mono_end_us,
            clock=stamp.clock,
            masks=force.masks,
            floor=force.floor,
            receipt=force.receipt,
            firmware=self._writer.firmware,
            detail=detail,
        )
        record = make_record(kind, manifest, body, self._signer)
        self._tip = Tip(self._chain, record.header.sequence, record.header.sha256)
        return record
