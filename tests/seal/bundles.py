"""Small bundles of a small city: honest ones, and ways to spoil them."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path

from edge.base.clock import ClockQuality
from edge.seal import bundle
from edge.seal.answers import Answer, Outcome, Report, Trust
from edge.seal.chain import Chain, InForce, Stamp, Tip
from edge.seal.manifest import Cause, Gap, Kind, Shutdown
from edge.seal.record import Header, Record
from edge.seal.verify import verify
from edge.wire import signed
from edge.wire.authority import Role
from edge.wire.keylist import KeyList
from edge.wire.keys import SigningKey
from edge.wire.receipt import Receipt
from edge.wire.registration import Registration
from edge.wire.signed import Signed
from tests.seal.samples import (
    CHAIN,
    NODE,
    NODE_KEY,
    PAIR,
    ROLES,
    ROOT,
    START_US,
    STEP_US,
    YEAR_US,
    authority_payload,
    new_chain,
    segment,
    stamp,
)
from tests.vectors.forge import bodies

BODY = bodies()["sealed"]
TRUST = Trust(ROOT.public_key, demo=False)
KEY_LIST = signed.sign(
    "key-list",
    KeyList(
        node=NODE, version=1, previous=None, issued=START_US - 1, expires=START_US + YEAR_US, days=(PAIR,), spares=()
    ),
    ROLES[Role.MANAGER],
    ROLES[Role.OPERATOR],
)
REGISTRATION = signed.sign(
    "registration",
    Registration(node=NODE, signing_key=NODE_KEY.public_key.hex(), tls_key="ab" * 32, registered=START_US - 1),
    ROLES[Role.REGISTRATION],
)


@dataclass
class Recorder:
    """Makes a chain's records one after another, 2 s each."""

    chain: Chain = field(default_factory=new_chain)
    clock: ClockQuality = ClockQuality.SYNCHRONISED
    receipt: str | None = None
    number: int = 0

    def _next(self) -> tuple[Stamp, InForce]:
        self.number += 1
        return stamp(self.number, self.clock), InForce(receipt=self.receipt)

    def boot(self) -> Record:
        return self.chain.boot(None, *self._next())

    def segment(self, body: bytes = BODY, key_list: str = KEY_LIST.sha256) -> Record:
        detail = segment(body, key_list=key_list)
        return self.chain.make(Kind.SEGMENT, detail, *self._next(), body)

    def gap(self) -> Record:
        return self.chain.make(Kind.GAP, Gap(cause=Cause.CAMERA, frames_missed=30), *self._next())

    def shutdown(self) -> Record:
        return self.chain.make(Kind.SHUTDOWN, Shutdown(reason="test"), *self._next())


def story(recorder: Recorder | None = None) -> list[Record]:
    """Returns a whole chain: BOOT, two pictures, a gap, two pictures, SHUTDOWN."""
    r = recorder or Recorder()
    return [r.boot(), r.segment(), r.segment(), r.gap(), r.segment(), r.segment(), r.shutdown()]


def key_list_with(**changes: object) -> Signed[KeyList]:
    payload = KEY_LIST.payload.model_copy(update=changes)
    return signed.sign("key-list", payload, ROLES[Role.MANAGER], ROLES[Role.OPERATOR])


def registration_with(**changes: object) -> bytes:
    payload = REGISTRATION.payload.model_copy(update=changes)
    return signed.sign("registration", payload, ROLES[Role.REGISTRATION]).data


def receipt_for(records: list[Record], *, time: int | None = None, key: SigningKey = ROLES[Role.RECEIPT]) -> bytes:
    first, last = records[0].header, records[-1].header
    payload = Receipt(
        node=NODE,
        chain=first.manifest.chain,
        first=first.sequence,
        last=last.sequence,
        hashes=tuple(record.header.sha256 for record in records),
        time=time or last.manifest.end_us + STEP_US,
    )
    return signed.sign("receipt", payload, key).data


def authority_of_city(*, demo: bool = False, root: SigningKey = ROOT) -> bytes:
    return signed.sign("authority", authority_payload(demo=demo, root=root), root).data


@dataclass(frozen=True)
class Bundle:
    """What a bundle's files hold; ``None``: the file is missing."""

    records: list[bytes] | None
    headers: list[bytes] | None
    receipts: list[bytes] | None
    key_lists: list[bytes] | None = field(default_factory=lambda: [KEY_LIST.data])
    registration: bytes | None = REGISTRATION.data
    authority: bytes | None = field(default_factory=authority_of_city)

    def files(self) -> dict[str, bytes]:
        def lines(items: list[bytes] | None) -> bytes | None:
            return None if items is None else b"".join(item + b"\n" for item in items)

        content = {
            bundle.RECORDS: None if self.records is None else b"".join(self.records),
            bundle.HEADERS: None if self.headers is None else b"".join(self.headers),
            bundle.RECEIPTS: lines(self.receipts),
            bundle.KEY_LISTS: lines(self.key_lists),
            bundle.REGISTRATION: None if self.registration is None else self.registration + b"\n",
            bundle.AUTHORITY: None if self.authority is None else self.authority + b"\n",
        }
        return {name: data for name, data in content.items() if data is not None}

    def write(self, folder: Path) -> Path:
        for name, data in self.files().items():
            (folder / name).write_bytes(data)
        return folder

    def verified(self, folder: Path, trust: Trust | None = TRUST) -> Report:
        return verify(self.write(folder), trust)

    def but(self, **changes: object) -> Bundle:
        return replace(self, **changes)  # type: ignore[arg-type]


def cut(records: list[Record], first: int, last: int) -> Bundle:
    """Returns the excerpt of the records at ``first`` to ``last``, with one header more on each side."""
    inside = records[first : last + 1]
    around = records[max(0, first - 1) : last + 2]
    return Bundle([r.dump() for r in inside], headers_of(around), [receipt_for(inside)])


def headers_of(records: list[Record]) -> list[bytes]:
    return [record.header.data for record in records]


def tip_of(header: Header, sequence: int | None = None) -> Tip:
    return Tip(CHAIN, header.sequence if sequence is None else sequence, header.sha256)


OK, ALTERED, INCOMPLETE, UNKNOWN = Outcome.OK, Outcome.ALTERED, Outcome.INCOMPLETE, Outcome.CANNOT_TELL


def answers(report: Report) -> tuple[Outcome, ...]:
    """Returns authenticity, provenance, completeness, time."""
    return tuple(answer.outcome for answer in _answers(report))


def reasons(report: Report) -> str:
    """Returns every reason of every answer, a line each."""
    return "\n".join(reason for answer in _answers(report) for reason in answer.reasons)


def _answers(report: Report) -> tuple[Answer, ...]:
    return report.authenticity, report.provenance, report.completeness, report.time


STORY = story()
EXCERPT = cut(STORY, 2, 4)
