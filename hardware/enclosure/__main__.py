"""Builds the cases, checks that everything fits and that nothing stands in the view, writes models and pictures.

``hardware/.venv/bin/python -m hardware.enclosure``; ``make hardware`` runs it.
"""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path

import cadquery as cq

from hardware.enclosure import dome, place, pole
from hardware.enclosure.sizes import FOLDER, source_digest

MODELS = FOLDER.parent / "models"
TOUCH_MM3 = 1.0
"""Faces that touch and round corners may share that much."""
THROUGH = {"lens": ("imx219-m12", "lens-1-6", "imx477-ircut", "lens-4-7"), "window": ("window-26", "window-60")}


def clashes(solids: place.Placed, parts: place.Placed, view: cq.Workplane) -> list[str]:
    """Returns what stands in each other's way: parts, parts and case, and whatever is in the view."""
    seeing = {name for names in THROUGH.values() for name in names}
    everything = list((solids | parts).items())
    found = []
    for first, (name, one) in enumerate(everything):
        for other, two in everything[first + 1 :]:
            shared = _shared_mm3(one, two)
            if shared > TOUCH_MM3:
                found.append(f"{name} and {other} share {shared:.1f} mm3")
        if name not in seeing and _shared_mm3(one, view) > 0.01:
            found.append(f"{name} stands {_shared_mm3(one, view):.1f} mm3 deep in the view")
    return found


def _shared_mm3(one: cq.Workplane, two: cq.Workplane) -> float:
    if not _boxes_meet(one.val().BoundingBox(), two.val().BoundingBox()):
        return 0.0
    return float(sum(solid.Volume() for solid in one.intersect(two).solids().vals()))


def _boxes_meet(a: cq.BoundBox, b: cq.BoundBox) -> bool:
    return bool(
        a.xmin < b.xmax
        and b.xmin < a.xmax
        and a.ymin < b.ymax
        and b.ymin < a.ymax
        and a.zmin < b.zmax
        and b.zmin < a.zmax
    )


def cases() -> dict[str, tuple[place.Placed, place.Placed, cq.Workplane]]:
    """Returns each build's solids, parts and view."""
    eye = pole.face()
    eye.setOrigin2d(pole.EYES["camera"], 0)
    return {
        "eaves": (
            {"dome-plate": dome.plate(), "dome-chassis": dome.chassis(), "dome-shell": dome.shell()},
            place.eaves(),
            place.view(dome.facet(), dome.SEAT + dome.LIP + 2.5, "eaves"),
        ),
        "pole": (
            {"pole-body": pole.body(), "pole-lid": pole.lid(), "pole-shield": pole.shield()},
            place.pole_case(),
            place.view(eye, pole.SEAT + pole.LIP + 2.5, "pole"),
        ),
    }


def described(solid: cq.Workplane) -> dict[str, object]:
    """Returns a model's size and volume; sizes are the mesh's, as bounding boxes of curved faces are too large."""
    points, _ = solid.val().tessellate(0.02)
    sides = zip(*(point.toTuple() for point in points), strict=True)
    return {
        "size_mm": [round(max(side) - min(side), 1) for side in sides],
        "volume_cm3": round(sum(part.Volume() for part in solid.solids().vals()) / 1000, 2),
        "solids": solid.solids().size(),
    }


def _write_step(solid: cq.Workplane, path: Path) -> None:
    """Writes a STEP file that says nothing of the hour it was written: the same drawing makes the same file."""
    cq.exporters.export(solid, str(path), opt={"write_pcurves": False})
    written = path.read_text(encoding="utf-8")
    path.write_text(re.sub(r"'\d{4}-\d\d-\d\dT[\d:]+'", "'2000-01-01T00:00:00'", written, count=1), encoding="utf-8")


def write(models: Path) -> int:
    """Writes STL, STEP and ``models.json``; returns 1 where something clashes."""
    summary: dict[str, object] = {"source_sha256": source_digest()}
    failed = 0
    for build, (solids, parts, view) in cases().items():
        found = clashes(solids, parts, view)
        moved = {name: part.translate((0, 0, 9)) for name, part in parts.items()}
        if len(clashes(solids, moved, view)) <= len(found):
            raise AssertionError(f"{build}: parts moved by 9 mm clash no more than in their places; the check is blind")
        print("\n".join(f"{build}: {line}" for line in found) or f"{build}: everything fits, nothing in the view")
        failed |= bool(found)
        for name, solid in solids.items():
            cq.exporters.export(solid, str(models / f"{name}.stl"), tolerance=0.08, angularTolerance=0.3)
            _write_step(solid, models / f"{name}.step")
            summary[name] = described(solid)
            print(name, summary[name])
    (models / "models.json").write_text(json.dumps(summary, indent=1) + "\n", encoding="utf-8")
    return failed


if __name__ == "__main__":
    sys.exit(write(MODELS))
