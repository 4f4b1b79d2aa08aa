"""The printed pieces: whole, of the promised size, and of today's drawing."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from hardware.bom import FOLDER, read_bom
from hardware.enclosure import sizes

MODELS = FOLDER / "models"
SUMMARY: dict[str, Any] = json.loads((MODELS / "models.json").read_text())
NAMES = sorted(part.model for part in read_bom().part.values() if part.model)
LIMIT_BYTES = 2_000_000
FACET_MM = 0.2
"""How far a circle's facets may fall short of it, as the assembly guide says."""
Mesh = np.ndarray[Any, np.dtype[np.float32]]
_RECORD = np.dtype([("normal", "<f4", 3), ("corners", "<f4", (3, 3)), ("rest", "<u2")])


def mesh(name: str) -> Mesh:
    """Returns a binary STL's triangles, (n, 3, 3), mm."""
    data = (MODELS / f"{name}.stl").read_bytes()
    triangles = np.frombuffer(data, _RECORD, offset=84)
    assert len(triangles) == int.from_bytes(data[80:84], "little")
    corners: Mesh = triangles["corners"]
    return corners


def open_edges(triangles: Mesh) -> int:
    """Returns how many edges have no neighbour that runs the other way: none in a watertight mesh."""
    points = [[tuple(np.round(corner, 4)) for corner in triangle] for triangle in triangles]
    flat = [points_ for points_ in points if len(set(points_)) == 3]
    edges = Counter((a, b) for a_, b_, c_ in flat for a, b in ((a_, b_), (b_, c_), (c_, a_)))
    return sum(count != edges[(b, a)] for (a, b), count in edges.items())


def volume_cm3(triangles: Mesh) -> float:
    a, b, c = (triangles[:, corner].astype(float) for corner in range(3))
    return float(np.einsum("ij,ij->", a, np.cross(b, c)) / 6000)


@pytest.mark.parametrize("name", NAMES)
def test_a_model_is_watertight_and_as_large_as_written(name: str) -> None:
    triangles = mesh(name)
    assert open_edges(triangles) == 0
    extent = triangles.reshape(-1, 3).max(0) - triangles.reshape(-1, 3).min(0)
    assert extent == pytest.approx(SUMMARY[name]["size_mm"], abs=2 * FACET_MM)
    assert volume_cm3(triangles) == pytest.approx(SUMMARY[name]["volume_cm3"], rel=0.02)
    assert SUMMARY[name]["solids"] == 1


def test_a_hole_in_a_mesh_is_noticed() -> None:
    """Control of the test above."""
    assert open_edges(mesh("dome-plate")[1:]) > 0


def test_the_eaves_case_is_109_by_47_mm() -> None:  # R-MATSUDO-08
    shell, plate = SUMMARY["dome-shell"]["size_mm"], SUMMARY["dome-plate"]["size_mm"]
    assert [shell[0], shell[1], plate[2] + shell[2]] == pytest.approx([109, 109, 47], abs=0.1)


@pytest.mark.parametrize("name", NAMES)
def test_the_bill_has_the_models_size(name: str) -> None:
    part = next(part for part in read_bom().part.values() if part.model == name)
    if name == "pole-body":  # its envelope in the bill is the room that it takes, without ears and saddles
        assert [have - said for have, said in zip(SUMMARY[name]["size_mm"], part.size_mm.value, strict=True)] == [
            20,
            0,
            19,
        ]
    else:
        assert sorted(SUMMARY[name]["size_mm"]) == pytest.approx(sorted(part.size_mm.value), abs=1.0)


def test_models_are_of_todays_drawing() -> None:
    assert SUMMARY["source_sha256"] == sizes.source_digest(), "run make hardware"


def test_another_board_makes_models_stale(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Control of the test above."""
    bill = sizes.bill()
    bill["part"]["zero2w"]["size_mm"]["is"] = [65.0, 31.0, 5.5]
    monkeypatch.setattr(sizes, "bill", lambda: bill)
    assert SUMMARY["source_sha256"] != sizes.source_digest()


def test_models_are_small_and_each_has_its_step() -> None:
    files = list(MODELS.iterdir())
    assert {file.name for file in files} == {"models.json", *(f"{n}.{kind}" for n in NAMES for kind in ("stl", "step"))}
    assert sum(file.stat().st_size for file in files) < LIMIT_BYTES
    for name in NAMES:
        assert (MODELS / f"{name}.step").read_text().startswith("ISO-10303-21;")
