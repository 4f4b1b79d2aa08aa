"""What the bench of peers says is true: leaks are counted, survival is read, and whoever ends by itself is told."""

from __future__ import annotations

import io
import sys
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

from edge.base.frame import Frame, Geometry, Planes, split
from edge.mask import paint
from edge.mask.raster import rasterise
from tests.bench.bench_paint import four_masks
from tests.bench.peers import leaks
from tests.bench.peers.films import played, seconds
from tests.bench.peers.killed import Killed, run_and_kill
from tests.bench.peers.programs import Program
from tests.bench.peers.rows import Left, left, row

SIZE = (320, 240)
GEOMETRY = Geometry(*SIZE, SIZE[0])
MASKS = four_masks()
AREA = leaks.area_of(MASKS, SIZE)
FPS = Fraction(10)
FRAMES, GOP = 40, 10


def picture(number: int = 0) -> Frame:
    """A street without anything black or grey in it."""
    return Frame(np.full(GEOMETRY.shape, 90 + number, np.uint8), GEOMETRY, 0, 0, number)


def masked(number: int = 0) -> Frame:
    frame = picture(number)
    paint.apply(paint.plan(rasterise(MASKS, GEOMETRY)), frame)
    return frame


def private_place() -> tuple[int, int]:
    """Row and column of a pixel in a private place, both even."""
    rows, columns = np.nonzero(AREA.private[::2, ::2])
    return 2 * int(rows[len(rows) // 2]), 2 * int(columns[len(rows) // 2])


def film(*, fragmented: bool, painted: bool = True) -> bytes:
    """Four seconds of H.264 in MP4, an IDR a second."""
    options = {"movflags": "frag_keyframe+empty_moov+default_base_moof"} if fragmented else {}
    file = io.BytesIO()
    with av.open(file, "w", format="mp4", options=options) as container:
        stream = container.add_stream("libx264", rate=FPS, options={"preset": "ultrafast", "bf": "0", "crf": "18"})
        stream.width, stream.height, stream.pix_fmt, stream.gop_size = *SIZE, "yuv420p", GOP
        for number in range(FRAMES):
            frame = (masked if painted else picture)(number)
            container.mux(stream.encode(av.VideoFrame.from_ndarray(frame.picture, format="yuv420p")))
        container.mux(stream.encode(None))
    return file.getvalue()


def of(frame: Frame) -> Planes:
    return split(frame.picture, GEOMETRY)


def test_masked_pictures_show_nothing() -> None:
    leak = leaks.count([of(masked())], AREA)
    assert (leak.masked_px, leak.private_px, leak.leaking, leak.pictures) == (0, 0, 0, 1)


def test_control_an_unmasked_picture_shows_every_private_pixel() -> None:
    leak = leaks.count([of(masked()), of(picture())], AREA)
    assert leak.private_px == leak.places_px > 0
    assert leak.masked_px == leak.area_px > leak.places_px
    assert (leak.leaking, leak.pictures) == (1, 2)


def test_one_pixel_is_noticed_in_luma_and_in_each_chroma_plane() -> None:
    y, x = private_place()
    for plane, place, value, pixels in (
        ("y", (y, x), 41, 1),
        ("u", (y // 2, x // 2), 141, 4),
        ("v", (y // 2, x // 2), 115, 4),
    ):
        planes = of(masked())
        getattr(planes, plane)[place] = value
        assert leaks.count([planes], AREA).masked_px == pixels
        getattr(planes, plane)[place] = {"y": 40, "u": 140, "v": 116}[plane]
        assert leaks.count([planes], AREA).masked_px == 0  # control: as far as "solid" goes


def test_the_margin_counts_as_masked_and_not_as_private() -> None:
    rows, columns = np.nonzero(AREA.masked & ~AREA.private)
    planes = of(masked())
    planes.y[rows[0], columns[0]] = 90
    leak = leaks.count([planes], AREA)
    assert (leak.masked_px, leak.private_px, leak.leaking) == (1, 0, 0)


def test_a_film_cut_off_in_fragments_plays_what_is_whole() -> None:
    whole = film(fragmented=True)
    found = left([whole[: len(whole) * 5 // 8]], AREA, FPS)
    assert 1 <= found.seconds <= 3
    assert left([whole], AREA, FPS).seconds == pytest.approx(FRAMES / FPS)


def test_control_a_film_cut_off_before_its_index_plays_nothing() -> None:
    whole = film(fragmented=False)
    found = left([whole[: len(whole) * 7 // 8]], AREA, FPS)
    assert (found.seconds, found.bits, found.leak.pictures) == (0, 0, 0)
    assert left([whole], AREA, FPS).seconds == pytest.approx(FRAMES / FPS)


def test_decoded_films_are_looked_at_to_their_last_picture() -> None:
    kept, shown = film(fragmented=True), film(fragmented=True, painted=False)
    assert left([kept], AREA, FPS).leak.private_px == 0
    both = left([kept, shown], AREA, FPS)
    assert both.leak.private_px == both.leak.places_px
    assert (both.leak.leaking, both.leak.pictures) == (FRAMES, 2 * FRAMES)
    assert both.seconds == pytest.approx(2 * FRAMES / FPS)


def test_no_picture_is_no_second() -> None:
    assert seconds([], FPS) == 0
    assert list(played(b"no film")) == []


def program(name: str, code: str) -> Program:
    return Program(name, [sys.executable, "-c", code], lambda: [])


def test_what_records_is_watched_and_killed(tmp_path: Path) -> None:
    clip, mark = tmp_path / "clip", tmp_path / "ended"
    clip.touch()
    busy = f"f = open({str(clip)!r})\ntry:\n while True: pass\nfinally: open({str(mark)!r}, 'w')"
    idle = f"import time; f = open({str(clip)!r}); time.sleep(60)"
    hard, light = run_and_kill([program("hard", busy), program("light", idle)], clip, 1.0, tmp_path, settled_s=0.2)
    assert hard.recorded_s >= 1
    assert hard.cpu_ratio > light.cpu_ratio
    assert min(hard.peak, light.peak) > 2**20
    assert not mark.exists()  # nothing that it would have tidied up was


def test_a_program_that_ends_by_itself_is_told_with_its_words(tmp_path: Path) -> None:
    clip = tmp_path / "clip"
    clip.touch()
    with pytest.raises(RuntimeError, match="poor ended by itself with status 3: no such mask"):
        run_and_kill([program("poor", "print('no such mask'); raise SystemExit(3)")], clip, 1.0, tmp_path)


def test_a_row_tells_the_round_that_lost_most() -> None:
    nothing = leaks.count((), AREA)
    rounds = [
        (Killed(program("p", ""), recorded_s, cpu_ratio, 2**20), Left(kept_s, 10, nothing))
        for recorded_s, kept_s, cpu_ratio in ((20.0, 19.0, 0.2), (21.0, 16.0, 0.1), (22.0, 22.0, 0.9))
    ]
    told = row(rounds)
    assert (told.recorded_s, told.survived_s, told.lost_s) == (21.0, 16.0, 2.0)
    assert told.cpu_ratio == 0.2
