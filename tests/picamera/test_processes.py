"""The recorder's own process over the simulated board: what it records, what it says when something goes wrong."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from edge.base.frame import Geometry
from edge.mask.raster import rasterise
from edge.seal.manifest import Kind
from tests.mask.samples import document, mask, parsed, put, rectangle
from tests.node.town import Town, decoded
from tests.picamera import board
from tests.picamera.footage import WINDOW

CHECKOUT = Path(__file__).parents[2]
SIZE, SMALL = (320, 240), (96, 72)
PATIENCE_S = 120.0
MASKS = document(mask(polygon=rectangle(*WINDOW)))


class Process:
    """One run of the recorder."""

    def __init__(self, town: Town, seconds: float, **scenario: Any) -> None:
        told = town.folder / "scenario.json"
        told.write_text(json.dumps(scenario))
        for name in ("vc4", "pisp"):
            board.tuning_at(town.folder, name)
        environment = {
            **os.environ,
            "HOME": str(town.folder),
            "SIMULATED_LIBCAMERA": str(told),
            "PYTHONPATH": os.pathsep.join((str(board.STAND_INS), str(CHECKOUT))),
        }
        command = [sys.executable, "-m", "edge.cli", "node", "record", "--config", str(town.config_path)]
        self.process = subprocess.Popen(
            [*command, "--seconds", str(seconds)], env=environment, stderr=subprocess.PIPE, text=True
        )

    def end(self) -> tuple[int, str]:
        """Returns the exit status and what was said."""
        try:
            said = self.process.communicate(timeout=PATIENCE_S)[1]
        finally:
            self.process.kill()
        return self.process.returncode, said


@pytest.fixture
def town(tmp_path: Path) -> Iterator[Town]:
    """A node with a Raspberry Pi's camera."""
    small = {"small_width": SMALL[0], "small_height": SMALL[1]}
    source = {"kind": "picamera", "path": None, "fast": False, "loop": False, "width": SIZE[0], "height": SIZE[1]}
    it = Town(
        tmp_path / "node",
        source=source | {"fps": 20, "picamera": small},
        encoder={"bitrate_bps": 1_000_000},
    )
    put(it.masks, MASKS)
    yield it


@pytest.mark.parametrize("name", ["vc4", "pisp"])
def test_recorded_sealed_and_opened_footage_is_solid_behind_masks_in_both_pictures(town: Town, name: str) -> None:
    evidence = town.folder / "evidence"
    status, said = Process(town, 5, board=name, evidence=str(evidence)).end()
    assert status == 0, said
    town.require_chained()
    films = list(town.films())
    assert len(films) >= 2
    pictures = np.concatenate([decoded(film, *SIZE) for film in films])
    masked = rasterise(parsed(MASKS), Geometry(*SIZE, SIZE[0])).y
    inner = masked & np.roll(masked, 9, 0) & np.roll(masked, -9, 0) & np.roll(masked, 9, 1) & np.roll(masked, -9, 1)
    assert np.abs(pictures[:, inner].astype(int) - 16).max() <= 24
    assert (pictures[:, ~masked].max(axis=1) > 100).all()
    looks = [json.loads(line) for line in evidence.read_text().splitlines()]
    assert {tuple(look) for both in looks for look in both} == {(SIZE[0], 16, 16), (SMALL[0], 16, 16)}
    assert json.loads((town.run / "recorder.json").read_bytes())["night"] is False


def test_the_same_look_at_the_buffers_finds_what_nobody_paints(town: Town) -> None:
    """The control: masks that lie elsewhere leave the window as the sensor saw it."""
    evidence = town.folder / "evidence"
    put(town.masks, document(mask(polygon=rectangle(0.1, 0.6, 0.3, 0.9))))
    status, said = Process(town, 2, evidence=str(evidence)).end()
    assert status == 0, said
    looks = [json.loads(line) for line in evidence.read_text().splitlines()]
    assert any(look[2] > 100 for both in looks for look in both)


@pytest.mark.parametrize(
    ("scenario", "status", "told", "cause"),
    [
        ({"faults_at": {"no timestamp": 20}}, 70, "SensorTimestamp", "camera"),
        ({"faults_at": {"codec stalls": 20}}, 70, "encoder has given nothing", "encoder"),
        ({"faults_at": {"frames stop": 20}}, 75, "no frame for 5 s", "camera"),
    ],
)
def test_a_fault_ends_the_process_with_its_status_so_that_systemd_starts_it_again(
    town: Town, scenario: dict[str, Any], status: int, told: str, cause: str
) -> None:
    got, said = Process(town, 60, **scenario).end()
    assert (got, told in said) == (status, True), said
    assert "Traceback" not in said.replace("Exception during process_requests", "")
    ended = json.loads((town.run / "recorder.json").read_bytes())
    assert (ended["state"], next(iter(ended["faults"]))) == ("fault", cause)
    assert town.of(Kind.SEGMENT)  # what had been encoded before is sealed


def test_the_recorders_unit_has_a_watchdog_outside_of_the_process_and_may_open_what_libcamera_opens() -> None:
    unit = (CHECKOUT / "deploy/systemd/system/mimamori-recorder.service").read_text()
    aim = (CHECKOUT / "deploy/systemd/system/mimamori-aim.service").read_text()
    assert "WatchdogSec=45\n" in unit
    for kind in ("video4linux", "media", "dma_heap"):  # /dev/v4l-subdev* are video4linux, too
        assert f"DeviceAllow=char-{kind} rw\n" in unit and f"DeviceAllow=char-{kind} rw\n" in aim
