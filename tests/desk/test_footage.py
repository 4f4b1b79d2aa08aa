"""Footage: runs end where pictures change their shape, time runs back, or a gap is too long for an MP4."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest

from edge.base.errors import Refused, StorageFault
from edge.desk.footage import GAP_LIMIT_US, SLEWED_US, write_footage
from edge.desk.opening import OpenedSegment
from tests.desk.scene import film
from tests.encode.samples import SMALL, decode, probe


@pytest.fixture(scope="module")
def segments(tmp_path_factory: pytest.TempPathFactory) -> list[OpenedSegment]:
    """Three segments of one shape, one after another."""
    folder, opened = tmp_path_factory.mktemp("segments"), []
    for number, segment in enumerate(film()[:3]):
        path = folder / f"{number}.mp4"
        path.write_bytes(segment.mp4)
        opened.append(OpenedSegment("c" * 32, number, segment.wall_start_us, segment.wall_end_us, "0" * 64, path))
    return opened


def moved(segment: OpenedSegment, by_us: int) -> OpenedSegment:
    return dataclasses.replace(segment, start_us=segment.start_us + by_us, end_us=segment.end_us + by_us)


def test_one_run_is_one_file(segments: list[OpenedSegment], tmp_path: Path) -> None:
    (footage,) = write_footage(segments, tmp_path)
    assert (footage.path.name, footage.first, footage.last) == ("footage.mp4", 0, 2)
    data = footage.path.read_bytes()
    assert len(decode(data, SMALL)) == 60
    assert float(probe(data, "format=duration")["format"]["duration"]) == pytest.approx(6)
    assert [path.name for path in tmp_path.iterdir()] == ["footage.mp4"]


@pytest.mark.parametrize(
    ("by_us", "files"),
    [(0, 1), (GAP_LIMIT_US, 1), (GAP_LIMIT_US + 1, 2), (-1, 1), (-SLEWED_US, 1), (-SLEWED_US - 1, 2), (-10_000_000, 2)],
)
def test_a_run_ends_where_time_runs_back_or_away(
    segments: list[OpenedSegment], tmp_path: Path, by_us: int, files: int
) -> None:
    written = write_footage([*segments[:2], moved(segments[2], by_us)], tmp_path)
    assert len(written) == files
    assert sum(len(decode(item.path.read_bytes(), SMALL)) for item in written) == 60


def test_nothing_gives_nothing(tmp_path: Path) -> None:
    assert write_footage([], tmp_path) == []


@pytest.mark.parametrize("data", [b"", b"not a video", bytes(10_000)])
def test_what_is_no_video_is_refused(segments: list[OpenedSegment], tmp_path: Path, data: bytes) -> None:
    (tmp_path / "bad.mp4").write_bytes(data)
    with pytest.raises(Refused, match=r"bad\.mp4"):
        write_footage([segments[0], dataclasses.replace(segments[1], path=tmp_path / "bad.mp4")], tmp_path)


def test_segments_that_overlap_whatever_they_claim_are_refused(segments: list[OpenedSegment], tmp_path: Path) -> None:
    short = dataclasses.replace(segments[0], end_us=segments[0].start_us + 1)
    early = dataclasses.replace(segments[1], start_us=segments[0].start_us + 1)
    with pytest.raises(Refused, match="cannot be put together"):
        write_footage([short, early], tmp_path)


def test_a_disk_that_refuses_is_said(segments: list[OpenedSegment], tmp_path: Path) -> None:
    with pytest.raises(StorageFault, match="cannot be written"):
        write_footage(segments, tmp_path / "missing")
