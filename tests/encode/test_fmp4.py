"""The segment's file: which boxes, what is in them, and that nothing else is."""

from __future__ import annotations

import re
import struct

import pytest

from edge.base.errors import Stop
from edge.encode.access_unit import AccessUnit
from edge.encode.fmp4 import fragmented_mp4
from edge.encode.h264 import PyavEncoder
from tests.encode.samples import SETTINGS, SMALL, Box, boxes, decode, durations, painted, probe

DURATIONS_US = [100_000, 33_333, 250_001, 1, 77_777]


@pytest.fixture(scope="module")
def units() -> list[AccessUnit]:
    encoder = PyavEncoder(SETTINGS, 64, 48)
    return [unit for i in range(5) for unit in encoder.encode(painted(i), keyframe=False)]


@pytest.fixture(scope="module")
def mp4(units: list[AccessUnit]) -> bytes:
    return fragmented_mp4(units, DURATIONS_US)


def test_file_is_four_boxes_and_nothing_after_them(mp4: bytes) -> None:
    found = list(boxes(mp4))
    assert [box.kind for box in found] == ["ftyp", "moov", "moof", "mdat"]
    assert sum(8 + len(box.payload) for box in found) == len(mp4)


def test_media_data_is_the_access_units_with_lengths(units: list[AccessUnit], mp4: bytes) -> None:
    (media,) = (box.payload for box in boxes(mp4) if box.kind == "mdat")
    assert b"".join(split_lengths(media)) == b"".join(unit.data for unit in units)


def split_lengths(media: bytes) -> list[bytes]:
    nals, at = [], 0
    while at < len(media):
        (length,) = struct.unpack_from(">I", media, at)
        nals.append(b"\0\0\0\1" + media[at + 4 : at + 4 + length])
        at += 4 + length
    return nals


def test_parameter_sets_are_in_the_header(units: list[AccessUnit], mp4: bytes) -> None:
    description = Box("", mp4)["moov/trak/mdia/minf/stbl/stsd"].payload
    _, sps, pps, _ = units[0].data.split(b"\0\0\0\1", 3)
    head = description[description.index(b"avcC") :]
    assert sps in head and pps in head


def test_times_are_kept_to_the_microsecond(mp4: bytes) -> None:
    packets = probe(mp4, "packet=pts,dts,flags", "stream=time_base")
    assert packets["streams"] == [{"time_base": "1/1000000"}]
    starts = [sum(DURATIONS_US[:i]) for i in range(5)]
    assert [packet["pts"] for packet in packets["packets"]] == starts
    assert [packet["dts"] for packet in packets["packets"]] == starts
    assert durations(mp4) == DURATIONS_US
    assert probe(mp4, "format=duration")["format"] == {"duration": f"{sum(DURATIONS_US) / 1e6:.6f}"}
    assert ["K" in packet["flags"] for packet in packets["packets"]] == [True, False, False, False, False]


def test_file_carries_no_words_and_no_dates(mp4: bytes) -> None:
    head = mp4[mp4.index(b"iso5") : mp4.index(b"mdat")]
    assert not re.search(rb"(?i)lav[cf]|x264|ffmpeg|pyav|encoder", mp4)
    assert Box("", mp4)["moov/mvhd"].payload[4:12] == bytes(8)
    assert Box("", mp4)["moov/trak/mdia/mdhd"].payload[4:12] == bytes(8)
    assert not probe(mp4, "format_tags").get("format", {}).get("tags", {}).keys() - {
        "major_brand",
        "minor_version",
        "compatible_brands",
    }
    words = set(re.findall(rb"[A-Za-z0-9 ]{6,}", head))
    assert words == {b"iso5iso6mp41", b"mdirappl"}


def test_same_units_give_the_same_file(units: list[AccessUnit], mp4: bytes) -> None:
    assert fragmented_mp4(units, DURATIONS_US) == mp4


def test_single_picture_makes_a_file(units: list[AccessUnit]) -> None:
    mp4 = fragmented_mp4(units[:1], [100_000])
    assert decode(mp4, SMALL).shape == (1, 72, 64)
    assert durations(mp4) == [100_000]


def test_segment_without_idr_first_is_refused(units: list[AccessUnit]) -> None:
    for wrong in ([], units[1:]):
        with pytest.raises(Stop, match="must begin with an IDR"):
            fragmented_mp4(wrong, DURATIONS_US[: len(wrong)])


def test_file_without_parameter_sets_is_refused(units: list[AccessUnit]) -> None:
    stripped = AccessUnit(units[1].data, True, units[0].stamp)
    with pytest.raises(Stop, match="without its parameter sets"):
        fragmented_mp4([stripped], [100_000])


def test_muxer_that_leaves_the_parameter_sets_out_is_noticed(
    units: list[AccessUnit], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Older versions of PyAV do, and the file then decodes nowhere."""
    whole = fragmented_mp4(units, DURATIONS_US)
    sps = units[0].data.split(b"\0\0\0\1")[1]
    monkeypatch.setattr("edge.encode.fmp4._mux", lambda *_: whole.replace(sps, bytes(len(sps)), 1))
    with pytest.raises(Stop, match="without its parameter sets"):
        fragmented_mp4(units, DURATIONS_US)


def test_durations_must_fit_the_units(units: list[AccessUnit]) -> None:
    with pytest.raises(Stop, match="cannot be written"):
        fragmented_mp4(units, DURATIONS_US[:-1])
