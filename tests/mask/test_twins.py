"""No pixel behind a mask leaves a trace: twins leave the same bytes, and every masked pixel of every frame is solid.

Each test of the promise has its control, which lets one row or one chroma sample through and must be noticed.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from unittest import mock

from hypothesis import Phase, assume, given, settings
from hypothesis import strategies as st

from edge.base.frame import Frame, Geometry
from edge.commission.preview import Preview
from edge.commission.previewlink import Shown
from edge.commission.previewrule import Sight
from edge.mask import paint, selfcheck
from edge.mask.paint import PaintPlan
from edge.mask.raster import Raster
from edge.mask.selfcheck import Verdict
from tests.mask.anatomy import foreign
from tests.mask.decoding import decoded, worst
from tests.mask.sabotage import leaking_rows, leaking_samples
from tests.mask.samples import NODE, document, mask, rectangle, written
from tests.mask.twins import CHANGE_AT, Case, Left, cases, recorded

ONCE = (Phase.explicit, Phase.reuse, Phase.generate)
"""What is found is told as it is: making a case smaller takes a recording at each step."""
PLAIN = Case(Geometry(128, 96, 128), (mask(),), mask(id="m-1", polygon=rectangle(0.7, 0.7, 0.9, 0.9)), "as it is", 1)
SOUND_PLAN = paint.plan
PASSED = Verdict(ok=True, worst=None, reason="")
Leak = Callable[[PaintPlan], Iterator[tuple[str, PaintPlan]]]


def twins(case: Case) -> tuple[Left, Left]:
    """Records the two, each in a folder of its own."""
    with tempfile.TemporaryDirectory(prefix="twins-") as folder:
        return recorded(Path(folder) / "a", case, "dark"), recorded(Path(folder) / "b", case, "bright")


@given(cases())
@settings(max_examples=12, phases=ONCE)
def test_what_is_behind_masks_changes_no_byte_and_no_word_that_is_left(case: Case) -> None:
    dark, bright = twins(case)
    assert dark.differences(bright) == []
    pictures = [decoded(film, case.geometry) for film in dark.films]
    before, after = pictures[:-1], pictures[-1]
    assert sum(len(film) for film in pictures) > CHANGE_AT and before
    for film in before:
        assert worst(film, case.raster, case.text_box(case.raster)) <= 1
    assert worst(after, case.raster_later, case.text_box(case.raster_later)) <= 1
    assert [foreign(film) for film in dark.films] == [[]] * len(dark.films)


@contextmanager
def leaking(leak: Leak, index: int) -> Iterator[None]:
    """Lets the painter leave something out, always in the same place, and the self-check look away."""

    def leave_out(raster: Raster) -> PaintPlan:
        plans = list(leak(SOUND_PLAN(raster)))
        return plans[index % len(plans)][1]

    with mock.patch.object(paint, "plan", leave_out), mock.patch.object(selfcheck, "check", lambda *_: PASSED):
        yield


@given(cases(), st.integers(0, 2**16), st.sampled_from((leaking_rows, leaking_samples)))
@settings(max_examples=8, phases=ONCE)
def test_control_one_row_or_one_chroma_sample_that_leaks_shows_in_the_footage(
    case: Case, index: int, leak: Leak
) -> None:
    assume(not case.raster.y[case.text_box(case.raster).grown(0)].any())  # nothing shows through the text
    with leaking(leak, index):
        dark, bright = twins(case)
    assert "films" in dark.differences(bright)


def test_control_a_painter_that_leaks_a_rectangle_is_not_solid() -> None:
    def leave_out(raster: Raster) -> PaintPlan:
        sound = SOUND_PLAN(raster)
        largest = max(sound.y, key=lambda area: (area[0].stop - area[0].start) * (area[1].stop - area[1].start))
        return replace(sound, y=tuple(area for area in sound.y if area is not largest))

    with mock.patch.object(paint, "plan", leave_out), mock.patch.object(selfcheck, "check", lambda *_: PASSED):
        _, bright = twins(PLAIN)
    box = PLAIN.text_box(PLAIN.raster)
    assert all(worst(decoded(film, PLAIN.geometry), PLAIN.raster, box) > 1 for film in bright.films[:-1])


# --- previews


def previews(case: Case, behind: str) -> tuple[Shown | None, Shown | None]:
    """Returns what a visit sees of a source's frame: with the floor burnt in, and with a draft of the same masks."""
    preview = Preview(NODE, case.geometry, case.raster)
    preview.draft(written(document(*case.masks)))
    frames = [Frame(case.picture(number, behind), case.geometry, 0, 0, number) for number in range(2)]
    return preview.show(frames[0], Sight.FLOOR), preview.show(frames[1], Sight.DRAFT)


@given(cases())
@settings(max_examples=30, phases=ONCE)
def test_previews_of_twins_are_the_same_bytes(case: Case) -> None:
    dark = previews(case, "dark")
    assert None not in dark
    assert dark == previews(case, "bright")


@given(cases(), st.integers(0, 2**16), st.sampled_from((leaking_rows, leaking_samples)))
@settings(max_examples=30, phases=ONCE)
def test_control_one_row_or_one_chroma_sample_that_leaks_shows_in_previews(case: Case, index: int, leak: Leak) -> None:
    with leaking(leak, index):
        dark, bright = previews(case, "dark"), previews(case, "bright")
    assert all(one != other for one, other in zip(dark, bright, strict=True))


# --- what a segment's file holds beside its pictures


def sound_film() -> bytes:
    with tempfile.TemporaryDirectory(prefix="twins-") as folder:
        return recorded(Path(folder) / "a", PLAIN, "dark").films[0]


def with_comment(mp4: bytes) -> bytes:
    """Says something of its maker in an SEI, as encoders do."""
    at = mp4.index(b"mdat")
    length = int.from_bytes(mp4[at - 4 : at], "big")
    nal = b"\x06\x05\x10" + b"made by somebody"
    grown = (length + 4 + len(nal)).to_bytes(4, "big")
    return mp4[: at - 4] + grown + b"mdat" + len(nal).to_bytes(4, "big") + nal + mp4[at + 4 :]


SPOILT: dict[str, tuple[Callable[[bytes], bytes], str]] = {
    "a byte after the end": (lambda mp4: mp4 + b"\0", "1 bytes outside of boxes"),
    "a box after the end": (lambda mp4: mp4 + b"\0\0\0\x0cfree" + bytes(4), "box 'free'"),
    "a tag": (lambda mp4: mp4.replace(b"\x08ilst", b"\x09ilst"), "tags: "),
    "a name": (
        lambda mp4: mp4.replace(b"vide" + bytes(12) + b"video", b"vide" + bytes(12) + b"maker"),
        "words in hdlr",
    ),
    "a date": (lambda mp4: mp4.replace(b"mvhd" + bytes(8), b"mvhd" + bytes(7) + b"\1"), "a date in mvhd"),
    "an SEI": (with_comment, "NAL unit 6"),
}


def test_control_anything_more_in_a_file_is_found() -> None:
    film = sound_film()
    assert foreign(film) == []
    for name, (spoil, said) in SPOILT.items():
        spoilt = spoil(film)
        assert spoilt != film, name
        assert any(said in line for line in foreign(spoilt)), name
