"""Access units: one coded picture as Annex B bytes, checked and cleaned of what an encoder adds about itself.

Rules (ITU-T H.264, 7.4.1 and Annex B):
1. The bytes begin with a start code; each NAL unit has at least its header and the forbidden bit is zero.
2. SEI (encoders write their name and settings there), delimiters and filler are dropped.
3. What is left is SPS, PPS and slices; data partitions, extensions and unknown types are refused.
4. An IDR picture has one SPS and one PPS before its slices; any other picture has neither.
5. There is a slice, and slices are all IDR or none.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

from edge.base.errors import Stop
from edge.base.frame import PaintedFrame


class Nal(IntEnum):
    """NAL unit types of H.264, table 7-1."""

    SLICE = 1
    IDR = 5
    SEI = 6
    SPS = 7
    PPS = 8
    DELIMITER = 9
    FILLER = 12


_DROPPED = frozenset({Nal.SEI, Nal.DELIMITER, Nal.FILLER})
_PARAMETERS = frozenset({Nal.SPS, Nal.PPS})
_CODE = b"\0\0\1"
_START = b"\0\0\0\1"
_ONE_SLICE = tuple(_START + bytes([importance << 5 | Nal.SLICE]) for importance in range(4))


@dataclass(frozen=True, slots=True)
class FrameStamp:
    """What is said of a frame once its picture is encoded; the attributes are those of the painted frame."""

    number: int
    wall_us: int
    mono_ns: int
    width: int
    height: int
    mask_digest: str
    floor_digest: str
    blanked: bool

    @property
    def mono_us(self) -> int:
        """Monotonic time of exposure, microseconds."""
        return self.mono_ns // 1000

    @classmethod
    def of(cls, painted: PaintedFrame) -> FrameStamp:
        """Returns the stamp of ``painted``."""
        frame = painted.frame
        return cls(
            number=frame.number,
            wall_us=frame.wall_us,
            mono_ns=frame.mono_ns,
            width=frame.geometry.width,
            height=frame.geometry.height,
            mask_digest=painted.mask_digest,
            floor_digest=painted.floor_digest,
            blanked=painted.blanked,
        )

    @property
    def masks(self) -> tuple[str, str, bool]:
        """What a segment never mixes."""
        return self.mask_digest, self.floor_digest, self.blanked


@dataclass(frozen=True, slots=True)
class AccessUnit:
    """One coded picture.

    Attributes:
        data: Annex B with four-byte start codes, cleaned by ``clean``.
        keyframe: an IDR picture, with its SPS and PPS in front.
        stamp: of the frame it shows.
    """

    data: bytes
    keyframe: bool
    stamp: FrameStamp


@dataclass(frozen=True, slots=True)
class ParameterSets:
    """A stream's SPS and PPS, without start codes."""

    sps: bytes
    pps: bytes


def split_nals(data: bytes) -> list[bytes]:
    """Returns the NAL units of Annex B ``data``, without start codes and the zeros around them.

    Raises:
        Stop: against rule 1.
    """
    at = data.find(_CODE)
    if at < 0 or data[:at].strip(b"\0"):
        raise Stop(f"access unit of {len(data)} bytes does not begin with a start code; the encoder is at fault")
    nals = [nal.rstrip(b"\0") for nal in data[at + len(_CODE) :].split(_CODE)]
    if any(not nal or nal[0] & 0x80 for nal in nals):
        raise Stop("access unit holds an empty or damaged NAL unit; the encoder is at fault")
    return nals


def clean(data: bytes, known: ParameterSets | None = None) -> tuple[bytes, ParameterSets | None]:
    """Returns an encoder's packet without SEI, delimiters and filler, and its parameter sets when it is an IDR.

    Args:
        data: one access unit, Annex B.
        known: put in front of an IDR that has none (hardware encoders send them once).

    Raises:
        Stop: against one of the rules.
    """
    if _is_one_slice(data):
        return data, None
    nals = [nal for nal in split_nals(data) if _kind(nal) not in _DROPPED]
    kinds = [_kind(nal) for nal in nals]
    if Nal.IDR not in kinds:
        if set(kinds) != {Nal.SLICE}:
            raise Stop(f"access unit of NAL types {kinds} is neither an IDR nor slices alone; the encoder is at fault")
        return _join(nals), None
    if known is not None and not _PARAMETERS.intersection(kinds):
        nals, kinds = [known.sps, known.pps, *nals], [Nal.SPS, Nal.PPS, *kinds]
    if kinds[:2] != [Nal.SPS, Nal.PPS] or set(kinds[2:]) != {Nal.IDR}:
        raise Stop(f"IDR of NAL types {kinds} must be one SPS, one PPS and IDR slices; the encoder is at fault")
    return _join(nals), ParameterSets(nals[0], nals[1])


def _is_one_slice(data: bytes) -> bool:
    """Whether there is nothing to do, as for 29 frames of 30: one pass over the bytes and no copy."""
    return data.startswith(_ONE_SLICE) and data.find(_CODE, len(_START)) < 0 and data[-1] != 0


def _kind(nal: bytes) -> int:
    return nal[0] & 0x1F


def _join(nals: list[bytes]) -> bytes:
    return _START + _START.join(nals)
