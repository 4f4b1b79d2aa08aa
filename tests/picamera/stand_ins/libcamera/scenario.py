"""What the simulated board and sensor are, and what goes wrong: an object in one process, or a JSON file across two."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass, field
from pathlib import Path

FILE = "SIMULATED_LIBCAMERA"
"""Environment variable: path of a JSON object with some of ``Scenario``'s attributes."""


@dataclass
class Scenario:
    """One board with its sensor.

    Attributes:
        board: ``vc4`` aligns rows to 64 bytes, ``pisp`` to 128.
        behind: what is to be seen behind the private window, and there alone.
        light: brightness of the scene; 1.0 gives the scene as drawn at 10 ms and gain 1.
        stepped: frames come only when ``expose`` asks for one.
        wall_unit_ns: what FrameWallClock counts in; 0 leaves it out.
        cma_bytes: how much contiguous memory there is.
        faults: what goes wrong, by name: see where they are asked for.
        faults_at: from which frame on a fault is there, by its name.
        evidence: file that gets, whenever a request comes back, what lay in the middle of the private window in each
            stream, and what of the buffer the hardware had seen.
    """

    board: str = "vc4"
    model: str = "imx708"
    behind: str = "a"
    light: float = 1.0
    stepped: bool = False
    wall_unit_ns: int = 1
    cma_bytes: int = 128 * 2**20
    cameras: int = 1
    lens: bool = True
    faults: set[str] = field(default_factory=set)
    faults_at: dict[str, int] = field(default_factory=dict)
    evidence: str | None = None

    @property
    def alignment(self) -> int:
        """Bytes that rows are aligned to."""
        return 64 if self.board == "vc4" else 128

    def has(self, fault: str, frame: int = 0) -> bool:
        """Whether a fault is there at a frame."""
        return fault in self.faults or (fault in self.faults_at and frame >= self.faults_at[fault])


def _load() -> Scenario:
    path = os.environ.get(FILE)
    if path is None:
        return Scenario()
    told = json.loads(Path(path).read_text(encoding="utf-8"))
    return Scenario(**(told | {"faults": set(told.get("faults", ()))}))


current = _load()


def reset(**changes: object) -> Scenario:
    """Begins another scenario in this process, in the same object."""
    current.__dict__.update(Scenario(**changes).__dict__)  # type: ignore[arg-type]
    return current
