"""A node's chain for the spool's tests: real keys, real records, bodies of any size."""

from __future__ import annotations

import hashlib

from edge.base.clock import ClockQuality
from edge.seal.chain import Chain, InForce, Stamp, Tip, Writer
from edge.seal.manifest import Cause as GapCause
from edge.seal.manifest import Gap, Kind, Range, Segment
from edge.seal.record import Record
from edge.wire.keys import SigningKey

KEY = SigningKey.from_seed(bytes(range(32)))
CHAIN = "0123456789abcdef0123456789abcdef"
DAY_US = 86_400_000_000
START_US = 1_767_571_200_000_000
"""2026-01-05T00:00:00Z."""
SEGMENT_US = 2_000_000


class Node:
    """Makes records one after another, 2 s apart.

    Args:
        now_us: UTC of the next record.
    """

    def __init__(
        self,
        chain: str = CHAIN,
        tip: Tip | None = None,
        now_us: int = START_US,
        clock: ClockQuality = ClockQuality.SYNCHRONISED,
        key: SigningKey = KEY,
    ) -> None:
        self.chain = Chain(chain, Writer("node-1", "ab" * 16, "0.1.0"), key, tip)
        self.now_us, self.clock = now_us, clock

    def boot(self, predecessor: str | None = None) -> Record:
        return self.chain.boot(predecessor, self._stamp(), InForce())

    def gap(self) -> Record:
        return self.chain.make(Kind.GAP, Gap(cause=GapCause.CAMERA, frames_missed=30), self._stamp(), InForce())

    def notice(self, kind: Kind, detail: Range) -> Record:
        return self.chain.make(kind, detail, self._stamp(), InForce())

    def segment(self, body_bytes: int = 100_000) -> Record:
        body = hashlib.shake_128(str(self.chain.next_sequence).encode()).digest(body_bytes)
        return self.chain.make(Kind.SEGMENT, _segment(body), self._stamp(), InForce(), body)

    def _stamp(self) -> Stamp:
        start, self.now_us = self.now_us, self.now_us + SEGMENT_US
        mono = max(0, start - START_US + DAY_US * 400)
        return Stamp(start, self.now_us, mono, mono + SEGMENT_US, self.clock)


def _segment(body: bytes) -> Segment:
    recipient = "age1" + "q" * 58
    return Segment(
        width=1280,
        height=960,
        frames=30,
        frames_missed=0,
        blanked=False,
        day="2026-01-05",
        period="2026-01-05",
        manager=recipient,
        operator=recipient,
        key_list="cd" * 32,
        body_sha256=hashlib.sha256(body).hexdigest(),
        body_bytes=len(body),
        envelope_sha256="ef" * 32,
    )
