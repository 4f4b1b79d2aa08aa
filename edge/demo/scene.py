"""What a demonstration records: its source, and a mask set that fits it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from edge.base.clock import to_datetime
from edge.base.errors import UsageFault
from edge.capture.street.layout import private_places
from edge.demo.places import NODE

Places = tuple[tuple[str, str, tuple[tuple[float, float], ...]], ...]

_FOR_ANY_PICTURE: Places = (
    ("window-1", "window", ((0.42, 0.03), (0.76, 0.03), (0.76, 0.15), (0.42, 0.15))),
    ("window-2", "window", ((0.13, 0.00), (0.28, 0.00), (0.28, 0.06), (0.13, 0.06))),
    ("door-1", "door", ((0.83, 0.06), (0.92, 0.06), (0.93, 0.17), (0.83, 0.18))),
    ("garden-1", "garden", ((0.02, 0.78), (0.20, 0.74), (0.26, 0.93), (0.03, 0.96))),
)
"""A real site's masks are drawn by its installer; these only show on any footage what a mask does."""


@dataclass(frozen=True, slots=True)
class Scene:
    """Where frames come from, as the command line says.

    Attributes:
        source: ``street``, a video file, a device, or ``picamera``.
        size: width and height, or None for the source's own.
        fps: 0 for the source's own.
    """

    source: str
    size: tuple[int, int] | None = None
    fps: int = 0
    fast: bool = False
    rain_percent: int = 0
    seed: int = 1
    behind: str = "a"

    @property
    def kind(self) -> str:
        """Which camera that is."""
        if self.source in ("street", "picamera"):
            return self.source
        return "v4l2" if self.source.startswith("/dev/video") else "file"

    def table(self) -> dict[str, object]:
        """Returns the ``[source]`` table of ``node.toml``.

        Raises:
            UsageFault: no such file.
        """
        table: dict[str, object] = {"kind": self.kind, "fast": self.fast, "fps": self.fps}
        if self.size is not None:
            table |= {"width": self.size[0], "height": self.size[1]}
        if self.kind == "street":
            return table | {"rain_percent": self.rain_percent, "seed": self.seed, "behind": self.behind}
        if self.kind == "picamera":
            return table
        path = Path(self.source).resolve()
        if not path.exists():
            raise UsageFault(f"--source {self.source}: no such file; give street, picamera, a video file or a device")
        return table | {"path": str(path), "loop": self.kind == "file"}


def demonstration_masks(scene: Scene, now_us: int) -> bytes:
    """Returns a signed-off ``masks.json``: the street's own doors and windows, or places that any picture has."""
    places = private_places() if scene.kind == "street" else _FOR_ANY_PICTURE
    masks = [
        {"id": name, "kind": kind, "consent": f"K-{number:04d}", "margin_px": 16, "polygon": [list(p) for p in polygon]}
        for number, (name, kind, polygon) in enumerate(places, start=1)
    ]
    at = to_datetime(now_us).replace(microsecond=0).isoformat()
    tree = {"version": 1, "node": NODE, "masks": masks, "signed_off": {"by": "demonstration", "at": at}}
    return json.dumps(tree, indent=2).encode() + b"\n"
