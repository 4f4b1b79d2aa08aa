"""Draws the cases, to be looked at before printing: ``hardware/.venv/bin/python -m hardware.enclosure.render``."""

from __future__ import annotations

from pathlib import Path

import cadquery as cq
import vtkmodules.vtkRenderingOpenGL2
from cadquery.occ_impl.assembly import toVTK
from PIL import Image
from vtkmodules.vtkIOImage import vtkPNGWriter
from vtkmodules.vtkRenderingCore import vtkCamera, vtkRenderer, vtkRenderWindow, vtkWindowToImageFilter

from hardware.enclosure import place
from hardware.enclosure.__main__ import cases
from hardware.enclosure.sizes import FOLDER

PICTURES = FOLDER.parent / "pictures"
SIZE_PX = (900, 640)
Direction = tuple[float, float, float]
_COLOURS = {
    "dome-shell": (0.93, 0.93, 0.9, 1.0),
    "dome-chassis": (0.22, 0.23, 0.25, 1.0),
    "dome-plate": (0.72, 0.74, 0.77, 1.0),
    "pole-body": (0.78, 0.8, 0.81, 1.0),
    "pole-lid": (0.85, 0.86, 0.87, 1.0),
    "pole-shield": (0.95, 0.95, 0.93, 1.0),
    "window": (0.3, 0.5, 0.65, 0.55),
    "zero2w": (0.1, 0.45, 0.2, 1.0),
    "cm4": (0.1, 0.45, 0.2, 1.0),
    "lte-hat": (0.1, 0.25, 0.5, 1.0),
    "imx": (0.1, 0.35, 0.25, 1.0),
    "ir-board": (0.45, 0.15, 0.15, 1.0),
    "view": (1.0, 0.8, 0.2, 0.18),
}
_OTHER = (0.55, 0.5, 0.42, 1.0)
_EXPLODED = {
    "eaves": {"dome-plate": -38.0, "gland-m16": -58.0, "dome-shell": 62.0, "window-26": 78.0},
    "pole": {"pole-lid": 90.0, "window-60": 130.0},
}


def colour(name: str) -> tuple[float, float, float, float]:
    """Returns the colour of a solid, by the longest name that its own begins with."""
    fitting = [known for known in _COLOURS if name.startswith(known)]
    return _COLOURS[max(fitting, key=len)] if fitting else _OTHER


def picture(path: Path, placed: place.Placed, looks_from: Direction, up: Direction) -> None:
    """Writes a PNG of solids in parallel projection, seen from a direction."""
    assembly = cq.Assembly()
    for name, solid in placed.items():
        assembly.add(solid, name=name, color=cq.Color(*colour(name)))
    renderer: vtkRenderer = toVTK(assembly, tolerance=0.05, angularTolerance=0.2)
    renderer.SetBackground(1, 1, 1)
    camera: vtkCamera = renderer.GetActiveCamera()
    camera.SetParallelProjection(1)
    camera.SetFocalPoint(0, 0, 0)
    camera.SetPosition(*(500 * part for part in looks_from))
    camera.SetViewUp(*up)
    renderer.ResetCamera()
    camera.Zoom(1.2)
    for actor in renderer.GetActors():
        actor.GetProperty().SetAmbient(0.35)
        actor.GetProperty().SetDiffuse(0.65)
    window = vtkRenderWindow()
    window.SetOffScreenRendering(1)
    window.SetMultiSamples(8)
    window.SetSize(*SIZE_PX)
    window.AddRenderer(renderer)
    window.Render()
    shot = vtkWindowToImageFilter()
    shot.SetInput(window)
    shot.SetInputBufferTypeToRGB()
    writer = vtkPNGWriter()
    writer.SetFileName(str(path))
    writer.SetInputConnection(shot.GetOutputPort())
    writer.Write()
    with Image.open(path) as drawn:  # few colours are enough, and a tenth of the bytes
        drawn.quantize(96).save(path, optimize=True)


def exploded(build: str, placed: place.Placed) -> place.Placed:
    """Returns everything drawn apart along the case's axis."""
    return {name: solid.translate((0, 0, _EXPLODED[build].get(name, 0.0))) for name, solid in placed.items()}


def half(placed: place.Placed, plane: str) -> place.Placed:
    """Returns what is behind a plane through the axis."""
    keep = cq.Workplane(plane).rect(600, 600).extrude(300 if plane == "YZ" else -300)
    cut = {name: solid.intersect(keep) for name, solid in placed.items()}
    return {name: solid for name, solid in cut.items() if solid.solids().size()}


def main() -> None:
    """Writes every picture of the cases."""
    (eaves, eaves_parts, eaves_view), (pole, pole_parts, pole_view) = cases().values()
    windows = {name: part for name, part in eaves_parts.items() if name.startswith("window")}
    panes = {name: part for name, part in pole_parts.items() if name.startswith("window")}
    down, up = (0.0, 0.0, -1.0), (0.0, 1.0, 0.0)  # the dome hangs: its z points to the street
    picture(PICTURES / "dome.png", eaves | windows, (1.0, -0.62, 0.42), down)
    picture(PICTURES / "dome-below.png", eaves | windows, (0.35, -0.3, 1.0), down)
    picture(PICTURES / "dome-section.png", half(eaves | eaves_parts, "XZ"), (0.0, -1.0, 0.0), down)
    picture(PICTURES / "dome-exploded.png", exploded("eaves", eaves | eaves_parts), (0.75, -1.0, 0.3), down)
    picture(
        PICTURES / "dome-inside.png",
        {k: v for k, v in (eaves | eaves_parts).items() if k not in ("dome-shell", "window-26")},
        (0.6, -0.8, 0.9),
        down,
    )
    picture(PICTURES / "dome-view.png", eaves | windows | {"view": eaves_view}, (0.3, -1.0, 0.15), down)
    picture(PICTURES / "pole.png", pole | panes, (0.75, 0.25, 1.0), up)
    picture(PICTURES / "pole-below.png", pole | panes, (0.5, -0.9, 0.6), up)
    picture(PICTURES / "pole-back.png", pole, (-0.8, 0.3, -1.0), up)
    picture(PICTURES / "pole-section.png", half({**pole, **pole_parts}, "YZ"), (-1.0, 0.0, 0.0), up)
    picture(PICTURES / "pole-exploded.png", exploded("pole", pole | pole_parts), (1.0, 0.35, 0.55), up)
    picture(PICTURES / "pole-view.png", pole | panes | {"view": pole_view}, (1.0, 0.2, 0.3), up)


if __name__ == "__main__":
    assert vtkmodules.vtkRenderingOpenGL2, "chosen by being imported"
    main()
