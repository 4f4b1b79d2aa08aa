"""Real footage in real records: two picture sizes, a gap of ten seconds, sealed to both custodians."""

from __future__ import annotations

import base64
import hashlib
import os
from dataclasses import dataclass

from edge.base.clock import ClockQuality
from edge.base.frame import Geometry
from edge.encode.segments import Segment
from edge.seal import manifest as m
from edge.seal.chain import Chain, InForce, Stamp, Writer
from edge.seal.envelope import Envelope
from edge.seal.manifest import Kind
from edge.seal.record import Record
from edge.seal.sealing import seal
from edge.wire import certificates, signed
from edge.wire.keylist import KeyList
from edge.wire.keys import SigningKey
from edge.wire.registration import Enrolment, EnrolmentTicket
from edge.wire.signed import Signed
from tests.encode.samples import SMALL, START_US, encode, painted

NODE = "cam-1"
DAY, WEEK = "2026-01-05", "2026-W02"
LARGE = Geometry(96, 64, 96)
SECOND_US = 1_000_000
GAP_US = 10 * SECOND_US


@dataclass(frozen=True, slots=True)
class Taken:
    """A record with the MP4 that is sealed in it, for SEGMENT records."""

    record: Record
    segment: Segment | None


class Camera:
    """A node: its keys and the records that it made."""

    def __init__(self) -> None:
        self.signing = SigningKey.generate()
        self.tls = certificates.new_tls_key()

    def enrolment(self, ticket: Signed[EnrolmentTicket]) -> Signed[Enrolment]:
        word = Enrolment(
            ticket=ticket.payload.ticket,
            node=NODE,
            signing_key=self.signing.public_key.hex(),
            csr=certificates.make_request(self.tls, NODE).decode(),
        )
        return signed.sign("enrolment", word, self.signing)

    def record(self, key_list: Signed[KeyList]) -> list[Taken]:
        """BOOT 0, small SEGMENTs 1 to 3, large SEGMENT 4, GAP 5, large SEGMENT 6, SHUTDOWN 7."""
        chain = Chain(os.urandom(16).hex(), Writer(NODE, "b0" * 16, "0.1.0"), self.signing)
        force = InForce(masks="aa" * 32, floor="bb" * 32)
        segments = film()
        begin, end = segments[0].wall_start_us, segments[-1].wall_end_us
        taken = [Taken(chain.boot(None, moment(begin, begin), force), None)]
        for segment in segments[:-1]:
            taken.append(sealed(chain, segment, key_list, force))
        gap = m.Gap(cause=m.Cause.CAMERA, frames_missed=100)
        stamp = moment(segments[-2].wall_end_us, segments[-1].wall_start_us)
        taken.append(Taken(chain.make(Kind.GAP, gap, stamp, force), None))
        taken.append(sealed(chain, segments[-1], key_list, force))
        down = m.Shutdown(reason="SIGTERM")
        taken.append(Taken(chain.make(Kind.SHUTDOWN, down, moment(end, end), force), None))
        return taken


def film() -> list[Segment]:
    """Three segments of a small picture, one of a larger, and after ten seconds another of the larger."""
    small = [painted(index) for index in range(60)]
    large = [painted(index, LARGE) for index in (*range(60, 80), *range(180, 200))]
    return encode([*small, *large])


def sealed(chain: Chain, segment: Segment, key_list: Signed[KeyList], force: InForce) -> Taken:
    pair = key_list.payload.day(DAY)
    assert pair is not None
    body = seal(Envelope(chain.chain, chain.next_sequence, segment.mp4), pair)
    detail = m.Segment(
        width=segment.width,
        height=segment.height,
        frames=segment.frames,
        frames_missed=segment.frames_missed,
        blanked=False,
        day=DAY,
        period=DAY,
        manager=pair.manager,
        operator=pair.operator,
        key_list=key_list.sha256,
        body_sha256=body.body_sha256,
        body_bytes=len(body.body),
        envelope_sha256=body.envelope_sha256,
    )
    stamp = moment(segment.wall_start_us, segment.wall_end_us)
    return Taken(chain.make(Kind.SEGMENT, detail, stamp, force, body.body), segment)


def moment(start_us: int, end_us: int) -> Stamp:
    mono = start_us - START_US + 60 * SECOND_US
    return Stamp(start_us, end_us, mono, mono + end_us - start_us, ClockQuality.SIMULATED)


def digest_of(data: bytes) -> str:
    return f"sha-256=:{base64.b64encode(hashlib.sha256(data).digest()).decode()}:"


def joined(taken: list[Taken]) -> bytes:
    return b"".join(item.record.dump() for item in taken)


__all__ = ["DAY", "LARGE", "NODE", "SMALL", "START_US", "WEEK", "Camera", "Taken", "digest_of", "joined"]
