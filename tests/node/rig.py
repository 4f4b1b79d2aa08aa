"""A recorder put together as its process does it, with a camera that follows a script."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from fractions import Fraction
from queue import SimpleQueue

import numpy as np

from edge.base.clock import SECOND_US, ClockQuality, SystemClock
from edge.base.frame import Frame, Geometry, Picture
from edge.capture.port import Camera
from edge.encode.h264 import Codec
from edge.node import record as process
from edge.node.credentials import load_authority, load_signing_key
from edge.node.masks.firstmasks import first_masks
from edge.node.masks.maskorders import MaskOrders
from edge.node.recording.bitrate import make_encoder
from edge.node.recording.progress import Progress
from edge.node.recording.recorder import Limits, Recorder
from edge.node.records.tally import Names, Tally
from edge.node.visit.signedoff import SignOffs
from edge.seal.chain import InForce
from tests.mask.samples import soft
from tests.node.town import FPS, HEIGHT, START_US, WIDTH, Town

GEOMETRY = Geometry(WIDTH, HEIGHT, WIDTH)
BRIGHT = 80
"""Every luma sample of an unpainted picture is brighter, decoded too; a painted one is 16."""
Steps = Mapping[int, Callable[[], object]]


class ScriptedClock:
    """Both of the node's clocks, moved by the camera alone; the monotonic one began at ``START_US``."""

    def __init__(self, town: Town, quality: ClockQuality) -> None:
        self._clock, self._quality = town.clock, quality

    def now_us(self) -> int:
        return self._clock.now_us()

    def monotonic_ns(self) -> int:
        return (self.now_us() - START_US) * 1000

    def sleep(self, seconds: float, stop: threading.Event | None = None) -> None:
        """Nobody has to wait for a script."""

    def quality(self) -> ClockQuality:
        return self._quality


class ScriptedCamera(Camera):
    """Gives bright pictures at ten a second, by a clock that only it moves.

    Args:
        frames: how many.
        steps: what happens just before the frame of that number is given.
        begin_us: wall time of the first frame.
        jumps: seconds by which time runs on, without frames, before that frame; counted as missed.
        look: the picture of a frame by its number; a bright one without much in it unless given.
    """

    def __init__(
        self,
        town: Town,
        frames: int,
        *,
        steps: Steps | None = None,
        jumps: Mapping[int, int] | None = None,
        begin_us: int = START_US,
        look: Callable[[int], Picture] | None = None,
    ) -> None:
        plain = soft(GEOMETRY).picture
        self._look, self._brighter = look or (lambda _: plain), np.uint8(0)
        self.geometry, self.fps = GEOMETRY, Fraction(FPS)
        self._frames, self._steps, self._jumps = frames, steps or {}, jumps or {}
        self._given, self._late_us, self._clock = 0, 0, town.clock
        self._begin_us = begin_us

    def read(self) -> Frame | None:
        given = self._given
        if given == self._frames:
            return None
        self._steps.get(given, _nothing)()
        self._late_us += self._jumps.get(given, 0) * SECOND_US
        self._given += 1
        at_us = given * SECOND_US // FPS + self._late_us
        wall_us, mono_us = self._begin_us + at_us, self._begin_us - START_US + at_us
        self._clock.advance_to(wall_us)
        number = given + self._late_us * FPS // SECOND_US
        return Frame(self._look(given) + self._brighter, self.geometry, wall_us, mono_us * 1000, number)

    def change(self, levels: int) -> None:
        """Makes every picture from now on brighter."""
        self._brighter += np.uint8(levels)

    def close(self) -> None:
        """Nothing to give back."""


def _nothing() -> None:
    """The step of most frames."""


class Leaks(SimpleQueue[str]):
    """The sealing thread's word that pixels leaked, which a script can wait for."""

    def __init__(self) -> None:
        self.told = threading.Event()

    def put(self, item: str, block: bool = True, timeout: float | None = None) -> None:
        super().put(item)
        self.told.set()


class Rig:
    """One run over a town's folder."""

    def __init__(self, town: Town, boot: str = "b0" * 16, quality: ClockQuality = ClockQuality.SIMULATED) -> None:
        town.configure(source={"fast": False})
        self.town, config = town, town.config
        self.stop = threading.Event()
        self.leaks = Leaks()
        clock = ScriptedClock(town, quality)
        self.node = node = process._Node(config, clock, load_authority(config), load_signing_key(config), boot)
        self.progress = Progress(clock)
        town.run.mkdir(exist_ok=True)
        self.spool = process._open_spool(node)

    def record(self, camera: ScriptedCamera, seconds: float | None = None) -> Tally:
        """Records what the camera gives, in order and with all threads."""
        config = self.node.config
        try:
            signoffs = SignOffs(config, self.node.authority, self.node.visiting)
            masks, offer = first_masks(config, camera.geometry, self.spool, signoffs)
            names = Names(config.node, self.node.boot, "0.1.0")
            self.tally = tally = Tally(names, config.status, self.spool.capacity_bytes)
            painter = masks.in_force.painter
            digests = InForce(masks=painter.mask_digest, floor=painter.floor_digest)
            sealer = process._make_sealer(self.node, self.spool, tally, digests, self.leaks, offer=offer)
            if offer is not None:
                signoffs.done(offer)
            tally.tell("sign-off", signoffs.refused)
            bitrate, encoder = make_encoder(config, camera, Codec.X264)
            orders = MaskOrders(config, self.node.authority)
            recorder = Recorder(
                camera, masks, encoder, sealer, self.leaks, tally, self.progress, bitrate=bitrate, orders=orders
            )
            self.sealing = recorder._worker
            recorder.run(Limits(seconds, self.stop))
        finally:
            self.spool.close()
        return tally


def until(condition: Callable[[], bool]) -> None:
    """Lets the sealing thread come so far."""
    clock = SystemClock()
    deadline = clock.monotonic_ns() + 30_000_000_000
    while not condition():
        assert clock.monotonic_ns() < deadline
        clock.sleep(0.01)


def play(town: Town, frames: int, steps: Steps | None = None, jumps: Mapping[int, int] | None = None) -> Tally:
    """Records so many frames and returns what was counted."""
    return Rig(town).record(ScriptedCamera(town, frames, steps=steps, jumps=jumps))
