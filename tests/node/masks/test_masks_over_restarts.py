"""Recorders as processes, killed and started again while masks grow, shrink and are spoilt: never one bare frame."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from typing import Any
from zoneinfo import ZoneInfo

from edge.base.frame import Geometry
from edge.mask.raster import rasterise
from edge.mask.text import Stamp
from edge.seal.manifest import Kind
from tests.mask.decoding import decoded, worst
from tests.mask.samples import document, mask, parsed, put, rectangle
from tests.node.processes import Command
from tests.node.town import HEIGHT, PACED, WIDTH, Town, opened

DOOR = mask(id="door", polygon=rectangle(0.05, 0.1, 0.25, 0.3))
WINDOW = mask(id="window", polygon=rectangle(0.6, 0.55, 0.8, 0.8))
SMALL, LARGE = document(DOOR), document(DOOR, WINDOW)
ROUNDS: list[tuple[Any, Any, int]] = [
    (SMALL, LARGE, -signal.SIGKILL),
    (SMALL, None, os.EX_CONFIG),
    (b"{", None, os.EX_CONFIG),
    (LARGE, b"{", -signal.SIGKILL),
    (LARGE, SMALL, -signal.SIGKILL),
    (LARGE, None, 0),
]
"""What the file says at a start, what it says later, and how that run ends."""
RECORDED = Geometry(WIDTH, HEIGHT, WIDTH)
BY_FLOOR = {rasterise(parsed(tree), RECORDED).digest: tree for tree in (SMALL, LARGE)}


def await_kind(town: Town, command: Command, before: int, kind: str) -> None:
    """Waits until a record of that kind stands after so many others."""
    command.await_(lambda: kind in town.kinds_so_far()[before:])


def hidden(floor_digest: str | None) -> int:
    return len(BY_FLOOR[str(floor_digest)]["masks"])


def test_no_frame_of_killed_and_restarted_processes_is_bare(
    make_town: Callable[..., Town], run: Callable[..., Command]
) -> None:
    town = make_town(source=PACED)
    for at_start, later, status in ROUNDS:
        put(town.masks, at_start)
        command, before = run("node", "record", "--config", town.config_path), len(town.kinds_so_far())
        if status != os.EX_CONFIG:
            await_kind(town, command, before, "SEGMENT")
            if later is not None:
                put(town.masks, later)
                await_kind(town, command, before, "MASKS")
            os.kill(command.pid, -status or signal.SIGTERM)
        assert command.wait() == status, command.err
    records = [record for record in town.of(Kind.SEGMENT) if record.header.manifest.segment is not None]
    sizes = [hidden(record.header.manifest.floor) for record in records]
    assert sizes == sorted(sizes) and len(set(sizes)) == 2
    for record in records:
        raster = rasterise(parsed(BY_FLOOR[str(record.header.manifest.floor)]), RECORDED)
        box = Stamp(RECORDED, "demo", ZoneInfo("Asia/Tokyo"), raster).box
        assert worst(decoded(opened(record), RECORDED), raster, box) <= 1, record.header.sequence
