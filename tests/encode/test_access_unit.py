"""Access units: what passes, what is dropped, what is refused."""

from __future__ import annotations

import pytest

from edge.base.errors import Stop
from edge.encode.access_unit import FrameStamp, ParameterSets, clean, split_nals
from tests.encode.samples import painted, stamp

CODE, LONG = b"\0\0\1", b"\0\0\0\1"
SPS, PPS, IDR, SLICE = b"\x67\x64", b"\x68\xee", b"\x65\x88\x80", b"\x41\x9a\x01"
SEI, DELIMITER, FILLER = b"\x06\x05\x02\x61\x62\x80", b"\x09\x10", b"\x0c\xff\x80"
SETS = ParameterSets(SPS, PPS)


def unit(*nals: bytes, code: bytes = LONG) -> bytes:
    return b"".join(code + nal for nal in nals)


ACCEPTED = {
    "an IDR": (unit(SPS, PPS, IDR), None, unit(SPS, PPS, IDR), SETS),
    "an IDR of two slices": (unit(SPS, PPS, IDR, IDR), None, unit(SPS, PPS, IDR, IDR), SETS),
    "short start codes": (unit(SPS, PPS, IDR, code=CODE), None, unit(SPS, PPS, IDR), SETS),
    "a slice": (unit(SLICE), None, unit(SLICE), None),
    "a slice that nothing refers to": (unit(b"\x01\x9a"), None, unit(b"\x01\x9a"), None),
    "two slices": (unit(SLICE, SLICE), None, unit(SLICE, SLICE), None),
    "a slice with zeros behind it": (unit(SLICE) + b"\0\0", None, unit(SLICE), None),
    "an IDR with SEI, delimiter, filler": (
        unit(DELIMITER, SPS, PPS, SEI, IDR, FILLER),
        None,
        unit(SPS, PPS, IDR),
        SETS,
    ),
    "a slice with SEI": (unit(SEI, SLICE), SETS, unit(SLICE), None),
    "an IDR whose sets came before": (unit(IDR), SETS, unit(SPS, PPS, IDR), SETS),
    "an IDR with new sets": (unit(b"\x67\x42", PPS, IDR), SETS, unit(b"\x67\x42", PPS, IDR), None),
}

REJECTED = {
    "nothing": (b"", "start code"),
    "no start code": (SLICE, "start code"),
    "bytes before the start code": (b"\x01" + unit(SLICE), "start code"),
    "an empty NAL unit": (unit(b"", SLICE), "damaged"),
    "a start code at the end": (unit(SLICE) + LONG, "damaged"),
    "the forbidden bit": (unit(b"\xc1\x9a"), "damaged"),
    "an IDR without sets": (unit(IDR), "IDR of NAL types"),
    "an IDR without PPS": (unit(SPS, IDR), "IDR of NAL types"),
    "an IDR with two SPS": (unit(SPS, SPS, PPS, IDR), "IDR of NAL types"),
    "sets behind the IDR": (unit(IDR, SPS, PPS), "IDR of NAL types"),
    "IDR and other slices": (unit(SPS, PPS, IDR, SLICE), "IDR of NAL types"),
    "sets before a slice": (unit(SPS, PPS, SLICE), "neither"),
    "sets alone": (unit(SPS, PPS), "neither"),
    "SEI alone": (unit(SEI), "neither"),
    "a data partition": (unit(b"\x42\x9a"), "neither"),
    "an unknown type": (unit(SLICE, b"\x1e\x01"), "neither"),
}


@pytest.mark.parametrize("name", ACCEPTED)
def test_units_are_cleaned(name: str) -> None:
    data, known, cleaned, sets = ACCEPTED[name]
    found = clean(data, known)
    assert found[0] == cleaned
    if name == "an IDR with new sets":
        assert found[1] == ParameterSets(b"\x67\x42", PPS)
    else:
        assert found[1] == sets


@pytest.mark.parametrize("name", REJECTED)
def test_faulty_units_are_refused(name: str) -> None:
    data, words = REJECTED[name]
    with pytest.raises(Stop, match=words):
        clean(data)


def test_nal_units_are_split_at_either_start_code() -> None:
    assert split_nals(unit(SPS, PPS) + unit(IDR, code=CODE)) == [SPS, PPS, IDR]


def test_stamp_says_what_the_painted_frame_says() -> None:
    assert FrameStamp.of(painted(3)) == stamp(3)
    assert FrameStamp.of(painted(3, blanked=True)).masks == ("a" * 64, "b" * 64, True)
