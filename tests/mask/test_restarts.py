"""A thousand restarts and reloads, with masks that grow, shrink, vanish and are spoilt between: never one bare frame.

What must be hidden is kept here, apart from the node: the largest set that was ever in force. Real processes are
killed and started again over the same kind of changes in ``tests/node/masks/test_masks_over_restarts.py``.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import accumulate
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from edge.base.errors import BadConfiguration
from edge.base.frame import Geometry, PaintedFrame
from edge.mask import floor
from edge.mask.live import LiveMasks
from edge.mask.raster import Raster, rasterise
from tests.mask.samples import document, frame, mask, parsed, put, rectangle, written

GEOMETRY = Geometry(96, 72, 112)
EVENTS, FRAMES_EACH = 1000, 2
SECOND_NS = 1_000_000_000
PLACES = [(0.05, 0.1), (0.3, 0.5), (0.6, 0.15), (0.75, 0.55), (0.1, 0.75)]
MASKS = [mask(id=f"m-{n}", polygon=rectangle(x, y, x + 0.12, y + 0.12)) for n, (x, y) in enumerate(PLACES)]
SETS = list(accumulate(([item] for item in MASKS), lambda sofar, more: [*sofar, *more]))
"""Each covers the one before it."""
SPOILT: list[Any] = [None, b"", b"{", written(document(*SETS[4]))[:-9], document(signed_off=...), document(masks=[])]


def bare(painted: PaintedFrame, raster: Raster, masks: LiveMasks) -> bool:
    """Whether a sample shows that must be hidden; the text's box is no street."""
    planes, box = painted.frame.planes(), masks.painted_with.text_box.grown(0)
    luma = raster.y & (planes.y != 16)
    luma[box] = False
    return bool(luma.any() or any((plane[raster.chroma] != 128).any() for plane in (planes.u, planes.v)))


@dataclass
class History:
    """How many frames showed a street, how many were painted over as a whole, and which were bare."""

    shown: int = 0
    covered: int = 0
    found: list[str] = field(default_factory=list)


@dataclass
class Site:
    """A node's folder, what its file says (-1: nothing valid), and the largest set that was ever in force."""

    folder: Path
    result: History
    written: int = 0
    authorised: int = -1
    masks: LiveMasks | None = None
    now_ns: int = 0

    def start(self) -> None:
        """Starts the recorder's masks anew; without valid ones there is nothing that could paint a frame."""
        paths = self.folder / "masks.json", self.folder / "floor", self.folder / "guard"
        self.masks = None
        try:
            self.masks = LiveMasks(paths[0], "demo", GEOMETRY, *paths[1:], camera="demo", zone=ZoneInfo("Asia/Tokyo"))
        except BadConfiguration:
            return
        self.authorised = max(self.authorised, self.written)

    def reload(self) -> None:
        """Lets a running recorder look at the file."""
        if self.masks is not None:
            self.masks.poll(self.now_ns)
            self.authorised = max(self.authorised, self.written)

    def write(self, change: random.Random) -> None:
        """Writes larger masks, smaller ones, the same, or nothing that counts."""
        kind = change.random()
        if kind < 0.3:
            data = change.choice(SPOILT)
            self.written = -1
            (self.folder / "masks.json").unlink(missing_ok=True) if data is None else put(
                self.folder / "masks.json", data
            )
            return
        top = min(self.authorised + 1, len(SETS) - 1)
        self.written = top if kind < 0.4 else change.randint(0, max(0, self.authorised))
        put(self.folder / "masks.json", document(*SETS[self.written]))

    def look(self, event: int) -> None:
        """Paints frames, and looks at what must be hidden in each."""
        for _ in range(FRAMES_EACH if self.masks else 0):
            assert self.masks is not None
            self.now_ns += SECOND_NS // 10
            painted = self.masks.paint(frame(GEOMETRY, number=self.now_ns // (SECOND_NS // 10)))
            self.result.shown += not painted.blanked
            self.result.covered += painted.blanked
            if bare(painted, RASTERS[self.authorised], self.masks):
                self.result.found.append(f"event {event}: set {self.authorised} shows, file says {self.written}")


RASTERS = [rasterise(parsed(document(*masks)), GEOMETRY) for masks in SETS]


def history(folder: Path, seed: int, events: int) -> History:
    """Plays events at one node after another."""
    change, result = random.Random(seed), History()
    for number, first in enumerate(range(0, events, 50)):
        site = Site(folder / str(number), result)
        site.folder.mkdir()
        put(site.folder / "masks.json", document(*SETS[0]))
        site.start()
        for event in range(first, first + 50):
            site.look(event)
            if change.random() < 0.7:
                site.write(change)
            site.now_ns += 2 * SECOND_NS
            site.start() if change.random() < 0.5 or site.masks is None else site.reload()
            site.look(event)
    return result


def test_no_frame_is_bare_in_a_thousand_restarts_and_reloads(tmp_path: Path) -> None:
    result = history(tmp_path, seed=20260105, events=EVENTS)
    assert result.found == []
    assert min(result.shown, result.covered) > EVENTS // 5


LEFT_OUT: dict[str, Callable[[pytest.MonkeyPatch], None]] = {
    "the floor is asked": lambda patch: patch.setattr(floor, "refusal", lambda *_, **__: None),
    "the floor is read at a start": lambda patch: patch.setattr(floor, "read", lambda *_, **__: None),
}


@pytest.mark.parametrize("leave_out", LEFT_OUT.values(), ids=LEFT_OUT)
def test_control_without_its_floor_frames_are_bare(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, leave_out: Callable[[pytest.MonkeyPatch], None]
) -> None:
    leave_out(monkeypatch)
    assert history(tmp_path, seed=20260105, events=100).found
