"""The frame loop with its sealing thread: what reaches the card when masks change, pixels leak, frames stay away."""

from __future__ import annotations

import errno
import threading
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from queue import Queue

import numpy as np
import pytest

from edge.base.clock import SystemClock
from edge.base.errors import BadConfiguration, BadInput, Stop, StorageFault, TryAgain
from edge.base.frame import Frame, PaintedFrame, Picture
from edge.capture.file import FileCamera
from edge.capture.pace import Pace
from edge.capture.port import Camera
from edge.capture.street import StreetCamera
from edge.encode.access_unit import AccessUnit
from edge.encode.h264 import PyavEncoder
from edge.health.frozen import FrozenPicture
from edge.mask import maskset, selfcheck
from edge.mask.paint import Painter
from edge.mask.raster import Raster
from edge.mask.selfcheck import Verdict
from edge.mask.text import TextBox
from edge.mask.unpainted import UnpaintedPixels
from edge.node.matters import Finished
from edge.node.recording import recorder as recorder_module
from edge.seal.manifest import Cause, Kind
from edge.seal.record import Record
from edge.spool.disk import LocalReelFile
from edge.spool.spool import Spool
from edge.wire.status import RecorderState
from tests.mask.samples import document, mask, parsed, put, rectangle
from tests.node.rig import BRIGHT, Rig, ScriptedCamera, play
from tests.node.town import START_US, Town

SMALL, LARGE = mask(), mask(id="door-2", polygon=rectangle(0.6, 0.3, 0.9, 0.8))
WITHIN = (slice(40, 56), slice(48, 56))
"""Rows and columns well inside the mask SMALL."""
SECOND = (slice(40, 60), slice(84, 108))
"""The same of LARGE."""
OPEN = (slice(70, 90), slice(4, 24))
"""Rows and columns that no mask covers."""


def digest(*masks: dict[str, object]) -> str:
    return maskset.digest(parsed(document(*masks)))


def solid(pictures: Picture, place: tuple[slice, slice]) -> list[bool]:
    """Whether the place is painted, frame by frame."""
    return [bool(picture[place].max() < 32) for picture in pictures]


def test_masks_are_solid_and_the_rest_is_seen(town: Town) -> None:
    tally = play(town, 50)
    pictures = town.pictures()
    assert all(solid(pictures, WITHIN))
    assert pictures[(slice(None), *OPEN)].min() > BRIGHT
    assert tally.status(START_US).masks == digest(SMALL)


def test_new_masks_hold_from_one_frame_on(town: Town) -> None:
    play(town, 60, steps={25: lambda: put(town.masks, document(SMALL, LARGE))})
    assert town.kinds() == ["BOOT", "SEGMENT", "SEGMENT", "MASKS", "SEGMENT", "SEGMENT", "SHUTDOWN"]
    records = town.require_chained()
    change = records[3].header.manifest
    assert town.details(Kind.MASKS)[0].model_dump() == {
        "before": digest(SMALL), "after": digest(SMALL, LARGE), "valid": True, "reason": "", "reference": None,
    }  # fmt: skip
    before, after = records[2].header.manifest, records[4].header.manifest
    assert (before.masks, after.masks) == (digest(SMALL), digest(SMALL, LARGE))
    assert before.floor != after.floor
    assert before.end_us == change.start_us == after.start_us
    # The file is looked at once a second: it changed at frame 25 and was seen at frame 30.
    assert solid(town.pictures(), SECOND) == [False] * 30 + [True] * 30


@pytest.mark.parametrize(
    ("data", "said"),
    [(b"{", "not a JSON document"), (None, "cannot be read"), (document(masks=[]), "none_needed")],
    ids=["rubbish", "gone", "empty"],
)
def test_invalid_masks_paint_the_whole_picture_over_until_they_are_valid(town: Town, data: object, said: str) -> None:
    def spoil() -> None:
        town.masks.unlink() if data is None else put(town.masks, data)

    play(town, 80, steps={25: spoil, 55: lambda: put(town.masks, document())})
    changes = town.details(Kind.MASKS)
    assert [change.valid for change in changes] == [False, True]
    assert said in changes[0].reason and changes[0].after == digest(SMALL)
    assert solid(town.pictures(), OPEN) == [False] * 30 + [True] * 30 + [False] * 20
    assert [detail.blanked for detail in town.details(Kind.SEGMENT)] == [False, False, True, True, False]
    assert all(solid(town.pictures(), WITHIN))


def test_invalid_masks_stand_in_the_status(town: Town) -> None:
    tally = play(town, 40, steps={15: lambda: put(town.masks, b"{")})
    tally.recording()
    status = tally.status(START_US)
    assert status.state is RecorderState.BLANKED
    assert "not a JSON document" in status.message


def test_no_frame_is_read_before_masks_are_valid(town: Town) -> None:
    def step() -> None:
        raise AssertionError("a frame was asked for")

    put(town.masks, document(signed_off=None))
    with pytest.raises(BadConfiguration, match="not signed off"):
        play(town, 10, steps={0: step})
    assert town.records() == []


# --- self-check


def leaky(monkeypatch: pytest.MonkeyPatch) -> None:
    """A painter that says that it painted, and did not."""
    paint = Painter.paint

    def leave_out(self: Painter, frame: Frame) -> PaintedFrame:
        seen = np.copy(frame.picture)
        painted = paint(self, frame)
        frame.picture[:] = seen
        return painted

    monkeypatch.setattr(Painter, "paint", leave_out)


def test_leak_is_never_sealed_and_the_picture_painted_over(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    leaky(monkeypatch)
    rig = Rig(town)
    tally = rig.record(ScriptedCamera(town, 60, steps={21: lambda: rig.leaks.told.wait(30)}))
    town.require_chained()
    kinds = town.kinds()
    assert kinds.index("GAP") < kinds.index("MASKS") < kinds.index("SEGMENT")
    assert {(gap.cause, gap.note) for gap in town.details(Kind.GAP)} == {(Cause.MASKS, "masked pixels were not solid")}
    assert sum(gap.frames_missed for gap in town.details(Kind.GAP)) == 21
    change = town.details(Kind.MASKS)[0]
    assert not change.valid and "self-check" in change.reason
    assert all(solid(town.pictures(), OPEN)) and len(town.pictures()) == 39
    tally.recording()
    status = tally.status(START_US)
    assert (status.state, status.gaps_24h) == (RecorderState.BLANKED, {"masks": 3})
    assert "not solid" in status.message


def test_leak_would_be_sealed_without_the_self_check(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    """The control of the test above."""
    leaky(monkeypatch)
    monkeypatch.setattr(selfcheck, "check", lambda *_: Verdict(ok=True, worst=None, reason=""))
    play(town, 60)
    assert not any(solid(town.pictures(), WITHIN))


def test_leak_that_begins_later_is_found_within_ten_seconds(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    rig = Rig(town)
    rig.record(ScriptedCamera(town, 170, steps={20: lambda: leaky(monkeypatch), 125: lambda: rig.leaks.told.wait(30)}))
    leaked = [index for index, seen in enumerate(solid(town.pictures(), WITHIN)) if not seen]
    assert leaked and max(leaked) < 100
    assert town.details(Kind.GAP)[0].cause is Cause.MASKS


def test_self_check_looks_at_the_first_segment_a_mask_change_and_every_ten_seconds(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    looked: list[bytes] = []
    check = selfcheck.check

    def note(mp4: bytes, raster: Raster, text_box: TextBox | None) -> Verdict:
        looked.append(mp4)
        return check(mp4, raster, text_box)

    monkeypatch.setattr(selfcheck, "check", note)
    play(town, 290, steps={145: lambda: put(town.masks, document(SMALL, LARGE))})
    films = list(town.films())
    starts = [record.header.manifest.start_us - START_US for record in town.of(Kind.SEGMENT)]
    assert [starts[films.index(mp4)] // 1_000_000 for mp4 in looked] == [0, 10, 15, 25]


# --- frames that stay away


def test_missed_frames_are_counted(town: Town) -> None:
    tally = play(town, 40, jumps={25: 3})
    status = tally.status(START_US)
    assert (status.frames_seen, status.frames_encoded, status.frames_missed) == (40, 40, 30)


def test_pause_becomes_a_signed_gap(town: Town) -> None:
    play(town, 40, jumps={25: 3})
    records = town.require_chained()
    assert town.kinds() == ["BOOT", "SEGMENT", "SEGMENT", "GAP", "SEGMENT", "SHUTDOWN"]
    before, gap, after = (record.header.manifest for record in records[2:5])
    assert (gap.start_us, gap.end_us) == (before.end_us, after.start_us)
    assert town.details(Kind.GAP)[0].cause is Cause.CAMERA


def test_every_numbered_frame_is_accounted_for_once(town: Town) -> None:
    """Before the first, in a pause, in a pause too short for a GAP, within a segment."""
    tally = play(town, 60, jumps={0: 3, 25: 3, 45: 1})
    gaps, segments = town.details(Kind.GAP), town.details(Kind.SEGMENT)
    assert [gap.frames_missed for gap in gaps] == [30, 30]
    assert sum(segment.frames for segment in segments) == 60
    assert sum(segment.frames_missed for segment in segments) == 10
    assert tally.status(START_US).frames_waiting == 0
    assert tally.status(START_US).accounted_until == town.of(Kind.SEGMENT)[-1].header.manifest.end_us


def test_short_pause_is_no_gap(town: Town) -> None:
    play(town, 40, jumps={25: 1})
    assert town.details(Kind.GAP) == []


def test_late_first_frame_is_accounted_for(town: Town) -> None:
    play(town, 20, jumps={0: 5})
    records = town.require_chained()
    gap = records[1].header.manifest
    assert town.details(Kind.GAP)[0].cause is Cause.START
    assert (gap.start_us, gap.end_us) == (START_US, START_US + 5_000_000)


# --- ends


def test_fault_of_the_source_seals_what_was_encoded(town: Town) -> None:
    def fail() -> None:
        raise BadInput("the plug was pulled")

    with pytest.raises(BadInput, match="plug"):
        play(town, 40, steps={35: fail})
    town.require_chained()
    assert len(town.pictures()) == 35
    assert town.details(Kind.SHUTDOWN)[0].reason == "stopped by a fault: the plug was pulled"


def test_fault_of_the_encoder_seals_what_was_encoded(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    encode = PyavEncoder.encode

    def fail_at_35(self: PyavEncoder, painted: PaintedFrame, *, keyframe: bool) -> object:
        if painted.frame.number == 35:
            raise Stop("the encoder gave up")
        return encode(self, painted, keyframe=keyframe)

    monkeypatch.setattr(PyavEncoder, "encode", fail_at_35)
    with pytest.raises(Stop, match="gave up"):
        play(town, 40)
    town.require_chained()
    assert len(town.pictures()) == 35
    assert town.kinds()[-1] == "SHUTDOWN"


def test_encoder_that_fails_at_its_end_still_gives_what_it_had(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(self: PyavEncoder) -> object:
        raise Stop("no end")

    monkeypatch.setattr(PyavEncoder, "flush", fail)
    with pytest.raises(Stop, match="no end"):
        play(town, 35)
    town.require_chained()
    assert len(town.pictures()) == 35
    assert town.kinds()[-1] == "SHUTDOWN"


def test_card_that_hangs_ends_the_run_with_its_message(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    """What waits in memory is bounded; how long is the module's own limit, shortened here."""
    append, free = Spool.append, threading.Event()

    def hang(self: Spool, record: Record) -> object:
        if record.header.kind is Kind.SEGMENT:
            free.wait(60)
            raise BadInput("the test is over")
        return append(self, record)

    monkeypatch.setattr(Spool, "append", hang)
    monkeypatch.setattr(recorder_module, "_HAND_OVER_TIMEOUT_S", 0.1)
    rig = Rig(town)
    frames = 20 * (recorder_module.QUEUE_SEGMENTS + 4)
    step = {frames - 1: lambda: pytest.fail("the camera was read on")}
    monkeypatch.setattr(recorder_module, "_JOIN_TIMEOUT_S", 0.1)
    with pytest.raises(Stop, match="did not end within"):
        rig.record(ScriptedCamera(town, frames, steps=step))
    free.set()
    with pytest.raises(BadInput, match="the test is over"):
        rig.sealing.join(30)


def test_reel_that_fails_is_left_and_recording_goes_on(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    """The status says so from then on: a card that fails is never "ok"."""
    sync, syncs = LocalReelFile.sync, []

    def fail_third(self: LocalReelFile) -> None:
        syncs.append(self)
        if len(syncs) == 3:
            raise OSError(errno.EIO, "Input/output error")
        sync(self)

    monkeypatch.setattr(LocalReelFile, "sync", fail_third)
    tally = play(town, 80)
    kinds = town.kinds()
    assert kinds[0] == "BOOT" and kinds[-1] == "SHUTDOWN" and len(town.pictures()) == 80
    tally.recording()
    status = tally.status(START_US)
    assert status.state is RecorderState.FAULT
    assert status.message == "the card failed: reels 0 are not written any more"


def test_masks_that_come_and_go_are_told_apart(town: Town) -> None:
    """Valid, not valid, valid again: each segment is looked at with the masks that it was painted with."""
    steps = {
        15: lambda: put(town.masks, b"{"),
        35: lambda: put(town.masks, document()),
        55: lambda: put(town.masks, b"["),
        75: lambda: put(town.masks, document(SMALL, LARGE)),
    }
    play(town, 100, steps=steps)
    town.require_chained()
    assert "GAP" not in town.kinds()
    assert solid(town.pictures(), OPEN) == ([False] * 20 + [True] * 20) * 2 + [False] * 20
    assert all(solid(town.pictures(), WITHIN))


def test_stop_ends_before_the_next_frame(town: Town) -> None:
    rig = Rig(town)
    rig.record(ScriptedCamera(town, 100, steps={10: rig.stop.set}))
    assert sum(detail.frames for detail in town.details(Kind.SEGMENT)) == 10


def test_source_without_a_frame_leaves_boot_and_shutdown(town: Town) -> None:
    play(town, 0)
    assert town.kinds() == ["BOOT", "SHUTDOWN"]


# --- what stands still


def test_pause_is_put_down_to_what_took_longest(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    """The encoder takes 3 s for one frame and the queue's end for another; the camera gives all it has."""
    encode, put_in = PyavEncoder.encode, Queue.put

    def slow_at_24(self: PyavEncoder, painted: PaintedFrame, *, keyframe: bool) -> object:
        if painted.frame.number == 24:
            pass_by(town, 3)
        return encode(self, painted, keyframe=keyframe)

    def slow_second(self: Queue[object], item: object, block: bool = True, timeout: float | None = None) -> None:
        if isinstance(item, Finished) and item.segment.wall_start_us == START_US + 5_500_000:
            pass_by(town, 3)
        put_in(self, item, block, timeout)

    monkeypatch.setattr(PyavEncoder, "encode", slow_at_24)
    monkeypatch.setattr(Queue, "put", slow_second)
    play(town, 90, jumps={25: 3, 46: 3, 70: 3})
    assert [gap.cause for gap in town.details(Kind.GAP)] == [Cause.ENCODER, Cause.STORAGE, Cause.CAMERA]


def pass_by(town: Town, seconds: int) -> None:
    town.clock.advance_to(town.clock.now_us() + seconds * 1_000_000)


class Miser(PyavEncoder):
    """Takes every frame and gives none back."""

    def encode(self, painted: PaintedFrame, *, keyframe: bool) -> list[AccessUnit]:
        return []

    def flush(self) -> list[AccessUnit]:
        return []


def test_encoder_that_gives_nothing_is_told_and_ends_the_run(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    """Alarm before the fifth second, end before the tenth; ten frames are a second."""
    rig, told = Rig(town), []
    monkeypatch.setattr(PyavEncoder, "encode", Miser.encode)
    monkeypatch.setattr(PyavEncoder, "flush", Miser.flush)
    steps = {number: lambda: told.append(dict(rig.tally.status(START_US).faults)) for number in range(100)}
    with pytest.raises(Stop, match=r"the encoder took frames for 8\.1 s and gave no segment"):
        rig.record(ScriptedCamera(town, 100, steps=steps))
    assert "encoder" in told[42] and not told[41]
    assert len(told) == 82
    assert rig.progress.blame(Stop("")) is Cause.ENCODER


def test_errors_are_put_down_to_the_stage_that_they_came_from(town: Town) -> None:
    rig = Rig(town)

    def fail() -> None:
        raise TryAgain("no frame for 5 s")

    with pytest.raises(TryAgain):
        rig.record(ScriptedCamera(town, 40, steps={35: fail}))
    assert rig.progress.blame(TryAgain("")) is Cause.CAMERA
    assert rig.progress.blame(StorageFault("")) is Cause.STORAGE
    assert rig.progress.blame(BadConfiguration("")) is None


def test_camera_that_sends_one_picture_again_and_again_is_told_and_recorded(town: Town) -> None:
    """The burnt-in time moves on all the while; the street comes back after 12 s."""
    rig, told = Rig(town), []

    def note() -> None:
        told.append(rig.tally.status(START_US).faults.get("frozen", ""))

    steps: dict[int, Callable[[], object]] = dict.fromkeys(range(0, 150, 10), note)
    camera = ScriptedCamera(town, 150, steps=steps)
    steps[121] = lambda: camera.change(5)
    rig.record(camera)
    assert [bool(words) for words in told] == [False] * 11 + [True] * 3 + [False]
    assert "the same picture for 10 s" in told[11]
    assert sum(detail.frames for detail in town.details(Kind.SEGMENT)) == 150


def test_blanked_picture_is_not_called_frozen(town: Town) -> None:
    tally = play(town, 150, steps={5: lambda: put(town.masks, b"{")})
    assert "frozen" not in tally.status(START_US).faults


@pytest.mark.parametrize("source", ["street", "film"])
def test_pictures_of_a_demonstration_are_never_called_frozen(source: str, film: Path) -> None:
    """The drawn street, by night, and a film that is shown over and over."""
    pace = Pace(SystemClock(), fast=True, start_us=START_US + 16 * 3_600_000_000)
    camera: Camera = (
        StreetCamera(pace, size=(640, 480), fps=Fraction(1))
        if source == "street"
        else FileCamera(film, pace, loop=True)
    )
    geometry, frozen = camera.geometry, FrozenPicture()
    nothing = np.zeros((geometry.height, geometry.width), np.bool_)
    pixels = UnpaintedPixels(Raster(nothing, nothing[::2, ::2], ""), TextBox(0, 0, geometry.width // 2, 24))
    for _ in range(60 if source == "street" else 600):
        frame = camera.read()
        assert frame is not None
        sample = pixels.sample(PaintedFrame(frame, "", "", blanked=False))
        assert frozen.look(sample, frame.mono_ns) == 0
    camera.close()
