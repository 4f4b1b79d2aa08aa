"""Fixed keys and small records, the same in every run but for age's randomness."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path

from edge.base.clock import ClockQuality
from edge.seal import manifest as m
from edge.seal.chain import Chain, InForce, Stamp, Tip, Writer
from edge.seal.manifest import Detail, Kind
from edge.seal.record import Record
from edge.wire.authority import Authority, Role, RoleKey
from edge.wire.keylist import Pair
from edge.wire.keys import SigningKey
from edge.wire.signed import Signer

NODE, CITY = "demo", "example-city"
CHAIN, OTHER_CHAIN, BOOT = "00112233445566778899aabbccddeeff", "f0" * 16, "b0" * 16
DAY, WEEK = "2026-01-05", "2026-W02"
START_US = 1_767_571_200_000_000
"""2026-01-05 00:00 UTC, which is 09:00 in Japan."""
YEAR_US = 365 * 86_400 * 1_000_000

NODE_KEY, OTHER_NODE_KEY, ROOT, OTHER_ROOT = (SigningKey.from_seed(bytes([number]) * 32) for number in range(1, 5))
ROLES = {role: SigningKey.from_seed(bytes([0x20 + place]) * 32) for place, role in enumerate(Role)}
WRITER = Writer(NODE, BOOT, "mimamori-edge 0.1.0")
FORCE = InForce(masks="aa" * 32, floor="bb" * 32, receipt=None)
STEP_US = 2_000_000


@dataclass(frozen=True, slots=True)
class DayKey:
    """A day key of the vectors: public on purpose, worth nothing."""

    recipient: str
    identity: str


def _day_keys() -> dict[str, DayKey]:
    stored = json.loads((Path(__file__).parent.parent / "vectors" / "day-keys.json").read_text())
    return {name: DayKey(**value) for name, value in stored.items()}


DAY_KEYS = _day_keys()
MANAGER, OPERATOR = DAY_KEYS["manager"], DAY_KEYS["operator"]
PAIR = Pair(period=DAY, manager=MANAGER.recipient, operator=OPERATOR.recipient)


def stamp(number: int, clock: ClockQuality = ClockQuality.SYNCHRONISED) -> Stamp:
    """Returns the times of the record ``number``: 2 s each, one after another."""
    begin, mono = START_US + number * STEP_US, 60_000_000 + number * STEP_US
    return Stamp(begin, begin + STEP_US, mono, mono + STEP_US, clock)


def new_chain(chain: str = CHAIN, key: Signer = NODE_KEY, tip: Tip | None = None) -> Chain:
    return Chain(chain, WRITER, key, tip)


def segment(body: bytes, *, envelope_sha256: str = "cc" * 32, key_list: str = "dd" * 32) -> m.Segment:
    """Returns the detail of a SEGMENT with this body."""
    return m.Segment(
        width=64,
        height=48,
        frames=30,
        frames_missed=0,
        blanked=False,
        day=DAY,
        period=PAIR.period,
        manager=PAIR.manager,
        operator=PAIR.operator,
        key_list=key_list,
        body_sha256=hashlib.sha256(body).hexdigest(),
        body_bytes=len(body),
        envelope_sha256=envelope_sha256,
    )


DETAILS: dict[Kind, Detail] = {
    Kind.BOOT: m.Boot(predecessor=None, resumes=6),
    Kind.GAP: m.Gap(cause=m.Cause.CAMERA, frames_missed=30, note="カメラ応答なし"),
    Kind.CLOCK: m.ClockChange(before=ClockQuality.UNTRUSTED, after=ClockQuality.SYNCHRONISED, offset_us=-1_500_000),
    Kind.MASKS: m.Masks(before="aa" * 32, after=None, valid=False, reason="masks.json: unreadable"),
    Kind.MOVED: m.Notice(state="moved"),
    Kind.TAMPER: m.Notice(state="case-open", note="switch"),
    Kind.VISIT: m.Notice(state="begun", reference="T-0001"),
    Kind.SIGNOFF: m.Notice(state="signed-off", reference="T-0001"),
    Kind.EVICTED: m.Range(chain=CHAIN, first=1, last=4, records=4),
    Kind.EXPIRED: m.Range(chain=OTHER_CHAIN, first=0, last=0, records=1),
    Kind.CONFIG: m.Setting(name="bitrate_bps", value="1000000"),
    Kind.SHUTDOWN: m.Shutdown(reason="SIGTERM"),
}
"""One detail of every kind but SEGMENT, for the record with sequence 7."""

TIP = Tip(CHAIN, 6, "ee" * 32)


def example(kind: Kind, body: bytes = b"") -> Record:
    """Returns record 7 of the example chain; every byte is fixed, for Ed25519 is."""
    detail = segment(body) if kind is Kind.SEGMENT else DETAILS[kind]
    return new_chain(tip=TIP).make(kind, detail, stamp(7), FORCE, body)


def authority_payload(
    roles: tuple[Role, ...] = tuple(Role),
    *,
    demo: bool = False,
    version: int = 1,
    previous: str | None = None,
    root: SigningKey = ROOT,
) -> Authority:
    keys = tuple(
        RoleKey(
            role=role,
            public_key=key.public_key.hex(),
            not_before=START_US - YEAR_US,
            not_after=START_US + YEAR_US,
        )
        for role, key in ROLES.items()
        if role in roles
    )
    return Authority(
        city=CITY,
        demo=demo,
        version=version,
        previous=previous,
        root=root.public_key.hex(),
        issued=START_US - YEAR_US,
        keys=keys,
    )
