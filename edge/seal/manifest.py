"""The manifest: what a record says of itself, in strict JSON, with one schema a kind.

All schemas stand in this one module, as ``FORMAT.md`` has them in one table; hence its length.
"""

from __future__ import annotations

from enum import IntEnum, StrEnum
from typing import Annotated, Literal

from pydantic import Field, ValidationError, model_validator

from edge.base import strictjson
from edge.base.clock import ClockQuality
from edge.base.errors import Refused
from edge.base.model import AgeRecipient, Day, Hex16, Hex32, NodeId, OpaqueId, Strict, Utc, faults, to_json
from edge.wire.keylist import Period, week_of

MANIFEST_LIMIT_BYTES = 8192
ENVELOPE_LIMIT_BYTES = 32 * 1024 * 1024

Count = Annotated[int, Field(ge=0, lt=2**31)]
Sequence = Annotated[int, Field(ge=0, lt=2**53)]
Moment = Annotated[int, Field(ge=0, lt=2**53)]


class Kind(IntEnum):
    """What a record is; the number stands in the preamble."""

    BOOT = 1
    SEGMENT = 2
    GAP = 3
    CLOCK = 4
    MASKS = 5
    MOVED = 6
    TAMPER = 7
    VISIT = 8
    SIGNOFF = 9
    EVICTED = 10
    EXPIRED = 11
    CONFIG = 12
    SHUTDOWN = 13


class Cause(StrEnum):
    """Why seconds are missing, as the node claims."""

    START = "start"
    POWER = "power"
    VISIT = "visit"
    CAMERA = "camera"
    ENCODER = "encoder"
    STORAGE = "storage"
    MASKS = "masks"
    MOVED = "moved"
    CLOCK = "clock"
    OVERLOAD = "overload"
    UPDATE = "update"
    KEYS = "keys"
    UNKNOWN = "unknown"


class Segment(Strict):
    """SEGMENT: the sealed picture.

    Attributes:
        period: day or, where the clock was not trusted, week of the pair that it is sealed to.
        body_sha256: of the sealed bytes that follow the signature.
        envelope_sha256: of the salted plain envelope, so that an opened picture can be tied to this record.
        blanked: the whole picture was painted over.
    """

    width: Annotated[int, Field(ge=2, le=8192)]
    height: Annotated[int, Field(ge=2, le=8192)]
    frames: Annotated[int, Field(ge=1, lt=2**31)]
    frames_missed: Count
    blanked: bool
    day: Day
    period: Period
    manager: AgeRecipient
    operator: AgeRecipient
    key_list: Hex32
    body_sha256: Hex32
    body_bytes: Annotated[int, Field(ge=1, le=ENVELOPE_LIMIT_BYTES + 65536)]
    envelope_sha256: Hex32

    @model_validator(mode="after")
    def _period_is_of_its_day(self) -> Segment:
        if self.period not in (self.day, week_of(self.day)):
            raise ValueError(f"sealed to {self.period}, which is neither the day {self.day} nor its week")
        return self


class Boot(Strict):
    """BOOT: the recorder started.

    Attributes:
        predecessor: an earlier chain of this node, where one is known.
        resumes: the highest sequence known from before, the one below this record's; none for sequence 0. What lies
            above the record that ``previous`` names was signed but never synced.
    """

    predecessor: Hex16 | None
    resumes: Sequence | None


class Gap(Strict):
    """GAP: no footage between the record's start and end."""

    cause: Annotated[Cause, Field(strict=False)]
    frames_missed: Count
    note: Annotated[str, Field(max_length=200)] = ""


class ClockChange(Strict):
    """CLOCK: wall time was corrected or its quality changed; ``offset_us`` is new minus old."""

    before: Annotated[ClockQuality, Field(strict=False)]
    after: Annotated[ClockQuality, Field(strict=False)]
    offset_us: Annotated[int, Field(gt=-(2**53), lt=2**53)]


class Masks(Strict):
    """MASKS: another mask set is in force, or none is valid and the whole picture is painted over.

    Attributes:
        reference: of the city's order that changed them; none where something else did.
    """

    before: Hex32 | None
    after: Hex32 | None
    valid: bool
    reason: Annotated[str, Field(max_length=400)] = ""
    reference: OpaqueId | None = None


class Notice(Strict):
    """MOVED, TAMPER, VISIT, SIGNOFF: what was noticed, and an opaque reference such as a ticket id."""

    state: OpaqueId
    reference: OpaqueId | None = None
    note: Annotated[str, Field(max_length=200)] = ""


class Range(Strict):
    """EVICTED, EXPIRED: which records' bodies are gone from the card."""

    chain: Hex16
    first: Sequence
    last: Sequence
    records: Count

    @model_validator(mode="after")
    def _runs_forward(self) -> Range:
        if self.last < self.first:
            raise ValueError("last lies before first")
        return self


class Setting(Strict):
    """CONFIG: one setting changed."""

    name: OpaqueId
    value: Annotated[str, Field(max_length=200)]


class Shutdown(Strict):
    """SHUTDOWN: the recorder ended on purpose."""

    reason: Annotated[str, Field(max_length=200)]


Detail = Segment | Boot | Gap | ClockChange | Masks | Notice | Range | Setting | Shutdown

DETAILS: dict[Kind, type[Detail]] = {
    Kind.BOOT: Boot,
    Kind.SEGMENT: Segment,
    Kind.GAP: Gap,
    Kind.CLOCK: ClockChange,
    Kind.MASKS: Masks,
    Kind.MOVED: Notice,
    Kind.TAMPER: Notice,
    Kind.VISIT: Notice,
    Kind.SIGNOFF: Notice,
    Kind.EVICTED: Range,
    Kind.EXPIRED: Range,
    Kind.CONFIG: Setting,
    Kind.SHUTDOWN: Shutdown,
}


class Common(Strict):
    """What every manifest carries.

    Attributes:
        previous: record hash of the record before; none for sequence 0 only.
        boot: the kernel's boot id.
        mono_start_us, mono_end_us: monotonic clock, microseconds.
        receipt: document hash of the newest verified receipt whose time is not after ``end_us``.
        masks, floor: digests in force.
    """

    v: Literal[1] = 1
    node: NodeId
    chain: Hex16
    key_id: Hex16
    sequence: Sequence
    previous: Hex32 | None
    boot: Hex16
    start_us: Utc
    end_us: Utc
    mono_start_us: Moment
    mono_end_us: Moment
    clock: Annotated[ClockQuality, Field(strict=False)]
    masks: Hex32 | None
    floor: Hex32 | None
    receipt: Hex32 | None
    firmware: Annotated[str, Field(min_length=1, max_length=64)]

    @model_validator(mode="after")
    def _first_has_no_previous(self) -> Common:
        if (self.sequence == 0) != (self.previous is None):
            raise ValueError("previous is null for sequence 0 and for no other")
        if self.end_us < self.start_us or self.mono_end_us < self.mono_start_us:
            raise ValueError("the record ends before it starts")
        return self


class Manifest(Common):
    """The common part with the kind's own detail."""

    detail: Detail

    @property
    def segment(self) -> Segment | None:
        """The detail, where the record is a SEGMENT."""
        return self.detail if isinstance(self.detail, Segment) else None


class _Raw(Common):
    detail: dict[str, object]


def dump_manifest(manifest: Manifest) -> bytes:
    """Returns the manifest's one encoding."""
    return to_json(manifest)


def parse_manifest(kind: Kind, data: bytes) -> Manifest:
    """Parses a manifest of ``kind``.

    Raises:
        Refused: strict JSON's failures or ``bad-manifest``.
    """
    tree = strictjson.parse_loose(data, limit_bytes=MANIFEST_LIMIT_BYTES)
    try:
        raw = _Raw.model_validate(tree)
        detail = DETAILS[kind].model_validate(raw.detail)
    except ValidationError as error:
        raise Refused("bad-manifest", f"{kind.name} manifest: " + "; ".join(faults(error)[:5])) from error
    if isinstance(detail, Boot) and detail.resumes != (raw.sequence - 1 if raw.sequence else None):
        raise Refused("bad-manifest", f"BOOT manifest: resumes {detail.resumes} does not fit sequence {raw.sequence}")
    fields = {name: getattr(raw, name) for name in Common.model_fields}
    manifest = Manifest.model_construct(**fields, detail=detail)
    if dump_manifest(manifest) != data:
        raise Refused("not-canonical", f"{kind.name} manifest is not in its one encoding")
    return manifest
