"""Twins: two recordings of sources that differ only behind the masks and in the padding, and all that each leaves.

A recording is made by the recorder as its process puts it together (``tests.node.rig``). The camera lets the sealing
thread catch up before each frame, so that what is left depends on the pictures alone and not on how threads took turns.
"""

from __future__ import annotations

import functools
import logging
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import cv2
import numpy as np
from hypothesis import assume
from hypothesis import strategies as st

from edge.base import strictjson
from edge.base.frame import Frame, Geometry, Picture, split
from edge.mask.polygon import MICRO, fault
from edge.mask.raster import Raster, rasterise
from edge.mask.text import Stamp, TextBox
from edge.seal.manifest import dump_manifest
from edge.seal.reel import read_position
from edge.uplink.heartbeat import Heart, Vitals
from edge.uplink.newest import NewestHeader
from edge.uplink.progress import Progress
from tests.mask.samples import NODE, document, mask, parsed, put
from tests.mask.test_raster import around_their_middle
from tests.node.rig import Rig, ScriptedCamera, until
from tests.node.town import Town

FRAMES = 42
CHANGE_AT = 22
RANDOM = ("previous", "chain")
"""Of a manifest: random from run to run, or a hash of what is."""
RANDOM_DETAIL = ("body_sha256", "body_bytes", "envelope_sha256")
"""The length of sealed bytes is random, too: age adds a stanza that means nothing, of any length."""

Turn = Callable[[Picture], Picture]
TURNS: dict[str, Turn] = {
    "as it is": np.asarray,
    "mirrored": np.fliplr,
    "upside down": np.flipud,
    "half turned": lambda plane: np.rot90(plane, 2),
    "quarter turned": np.rot90,
    "three quarters turned": lambda plane: np.rot90(plane, 3),
}
_BACK = {"quarter turned": "three quarters turned", "three quarters turned": "quarter turned"}


@dataclass(frozen=True)
class Case:
    """One site: size and stride of its pictures, its masks, one more mask later, and how its camera hangs."""

    geometry: Geometry
    masks: tuple[dict[str, Any], ...]
    later: dict[str, Any]
    turn: str
    seed: int

    @property
    def raster(self) -> Raster:
        """What is hidden from the first frame on."""
        return rasterise(parsed(document(*self.masks)), self.geometry)

    @property
    def raster_later(self) -> Raster:
        """What is hidden in the end."""
        return rasterise(parsed(document(*self.masks, self.later)), self.geometry)

    def text_box(self, raster: Raster) -> TextBox:
        """Where the text stands beside these masks, or on them where they leave it no place."""
        return Stamp(self.geometry, NODE, ZoneInfo("Asia/Tokyo"), raster).box

    def picture(self, number: int, behind: str) -> Picture:
        """Returns a frame's picture: a lively street, and behind the masks and in the padding dark or bright noise."""
        generator = np.random.default_rng((self.seed, number, behind == "bright"))
        low, high = (150, 235) if behind == "bright" else (30, 100)
        picture = generator.integers(low, high, self.geometry.shape, dtype=np.uint8)
        seen, scene = split(picture, self.geometry), _scene(self, number)
        raster, turn = self.raster, TURNS[self.turn]
        for plane, drawn, bits in (
            (seen.y, scene[0], raster.y),
            (seen.u, scene[1], raster.chroma),
            (seen.v, scene[2], raster.chroma),
        ):
            plane[...] = np.where(bits, plane, turn(drawn))
        return picture


@st.composite
def outlines(draw: st.DrawFn) -> list[list[float]]:
    """Draws a sound polygon of some extent."""
    x, y, reach = draw(st.integers(50, 950)), draw(st.integers(50, 950)), draw(st.integers(20, 250))
    near = st.tuples(
        st.integers(max(0, x - reach), min(1000, x + reach)), st.integers(max(0, y - reach), min(1000, y + reach))
    )
    points = around_their_middle(draw(st.lists(near, min_size=3, max_size=7, unique=True)))
    assume(fault(tuple((px * MICRO // 1000, py * MICRO // 1000) for px, py in points)) is None)
    return [[px / 1000, py / 1000] for px, py in points]


@st.composite
def cases(draw: st.DrawFn) -> Case:
    """Draws a site whose masks leave something to see."""
    width, height = 2 * draw(st.integers(48, 90)), 2 * draw(st.integers(36, 70))
    masks = tuple(
        mask(id=f"m-{number}", polygon=polygon, margin_px=draw(st.integers(4, 9)))
        for number, polygon in enumerate(draw(st.lists(outlines(), min_size=2, max_size=4)))
    )
    geometry = Geometry(width, height, width + 2 * draw(st.sampled_from((0, 0, 1, 5, 32))))
    case = Case(geometry, masks[1:], masks[0], draw(st.sampled_from(sorted(TURNS))), draw(st.integers(0, 999)))
    assume(case.raster_later.share <= 0.5)
    return case


def _scene(case: Case, number: int) -> tuple[Picture, Picture, Picture]:
    """Draws the street as the camera's sensor sees it: much to recognise, and something that moves along."""
    width, height = case.geometry.width, case.geometry.height
    if case.turn in _BACK:
        width, height = height, width
    luma, u, v = (plane.copy() for plane in _still(width, height, case.seed))
    left = 5 * number % width
    luma[height // 2 : height // 2 + 9, left : left + 14] = 60
    u[height // 4 : height // 4 + 4, left // 2 : left // 2 + 7] = 180
    return luma, u, v


@functools.lru_cache(maxsize=4)
def _still(width: int, height: int, seed: int) -> tuple[Picture, Picture, Picture]:
    noise = np.random.default_rng(seed).normal(0, 1, (height, width)).astype(np.float32)
    luma = np.where(cv2.GaussianBlur(noise, (0, 0), 1.4) > 0, 200, 110).astype(np.uint8)
    chroma = np.full((height // 2, width // 2), 120, np.uint8)
    return luma, chroma, chroma + 10


class TwinCamera(ScriptedCamera):
    """Waits for the sealing thread before it gives the next frame."""

    def __init__(self, rig: Rig, case: Case, behind: str) -> None:
        later = document(*case.masks, case.later)
        steps = {CHANGE_AT: lambda: put(rig.town.masks, later)}
        super().__init__(rig.town, FRAMES, steps=steps, look=lambda number: case.picture(number, behind))
        self.geometry, self._progress = case.geometry, rig.progress

    def read(self) -> Frame | None:
        until(lambda: self._progress.done == self._progress.handed_over)
        return super().read()


@contextmanager
def heard() -> Iterator[list[str]]:
    """Gathers what the program logs, each thread's words in their order; the list is filled at the end."""
    said: list[tuple[str, str]] = []
    handler, logger, lines = logging.Handler(), logging.getLogger("edge"), list[str]()
    handler.emit = lambda record: said.append((threading.current_thread().name, record.getMessage()))  # type: ignore[method-assign]
    before = logger.level
    logger.addHandler(handler)
    logger.setLevel(logging.DEBUG)
    try:
        yield lines
    finally:
        logger.removeHandler(handler)
        logger.setLevel(before)
        lines += [f"{thread}: {text}" for thread, text in sorted(said, key=lambda item: item[0])]


@dataclass(frozen=True)
class Left:
    """What a recording leaves.

    Attributes:
        films: the MP4 of each segment, opened with both private halves.
        rest: records without what is random in them, every other file, what the log said, the heartbeat.
    """

    films: tuple[bytes, ...]
    rest: dict[str, Any]

    def differences(self, other: Left) -> list[str]:
        """Returns the names of what differs."""
        names = self.rest.keys() | other.rest.keys()
        found = [name for name in sorted(names) if self.rest.get(name) != other.rest.get(name)]
        return found + (["films"] if self.films != other.films else [])


def recorded(folder: Path, case: Case, behind: str) -> Left:
    """Records a case's source and returns what is left of it."""
    town = Town(folder)
    put(town.masks, document(*case.masks))
    rig = Rig(town)
    with heard() as said:
        rig.record(TwinCamera(rig, case, behind))
    records = town.require_chained()
    chain = records[0].header.manifest.chain
    rest: dict[str, Any] = {f"record {record.header.sequence}": _record(record) for record in records}
    rest |= {path: data.replace(chain.encode(), b"") for path, data in _files(folder)}
    rest["log"] = [line.replace(str(folder), "").replace(chain, "") for line in said]
    rest["position"], rest["heartbeat"] = _position(town), _heartbeat(town)
    return Left(tuple(town.films()), rest)


def _record(record: Any) -> tuple[str, Any]:
    tree = strictjson.parse_loose(dump_manifest(record.header.manifest), limit_bytes=2**16)
    kept = {key: value for key, value in tree.items() if key not in RANDOM}
    kept["detail"] = {key: value for key, value in tree["detail"].items() if key not in RANDOM_DETAIL}
    return record.header.kind.name, kept


def _files(folder: Path) -> Iterator[tuple[str, bytes]]:
    """Yields every file but the reels and the position, which are looked at by what they hold."""
    for path in sorted(folder.rglob("*")):
        if path.is_file() and not path.name.startswith("reel-") and path.name != "position":
            yield str(path.relative_to(folder)), path.read_bytes()


def _position(town: Town) -> dict[str, Any]:
    position = read_position(town.run / "position")
    assert position is not None
    return {key: value for key, value in position.model_dump().items() if key not in ("chain", "sha256")}


def _heartbeat(town: Town) -> Any:
    """Returns the heartbeat as the uplink sends it, but for the signed header, which stands among the records."""
    heart = Heart(
        node=town.config.node,
        upload="all",
        firmware="0.1.0",
        newest=NewestHeader((town.spool,), town.run / "position"),
        status=town.config.status,
        progress=Progress,
        vitals=Vitals,
        clock=town.clock,
    )
    tree = strictjson.parse(heart.beat(), limit_bytes=2**16)
    assert tree.pop("header") is not None and tree["recorder"] is not None
    return tree
