"""``make pictures``: README's pictures: the pipeline as ``pipeline.py`` draws it, the fleet page in Chromium.

Those of the installer's page are the installer's guide's (``make guide``).
"""

from __future__ import annotations

import argparse
import io
import sys
import tempfile
from pathlib import Path

from PIL import Image
from sqlalchemy import insert

from edge.base.clock import SystemClock
from edge.base.config import load
from edge.base.files import write_durably
from edge.center.center import Center, open_center
from edge.center.config import CenterConfig
from edge.center.schema import spans
from edge.wire.status import RecorderState
from tests.browsing import launched
from tests.center.city import City
from tests.center.showcase import HOUR, LABELS, MINUTE, beat, enrolled, upload
from tests.center.stack import Stack
from tests.docs.pipeline import THEMES, draw

FOLDER = Path(__file__).resolve().parents[2] / "docs" / "pictures"
_VIEW = {"width": 1200, "height": 800}
_COLOURS = 128
_MOVED = "the camera has moved, the whole picture is painted over"
_DAY = {
    "matsudo-012": [
        ("recorded", -24 * HOUR, -9 * HOUR),
        ("power", -9 * HOUR, -9 * HOUR + 38 * MINUTE),
        ("recorded", -9 * HOUR + 38 * MINUTE, 0),
    ],
    "matsudo-027": [("recorded", -24 * HOUR, -3 * HOUR)],
    "matsudo-044": [("recorded", -24 * HOUR, -6 * HOUR), ("blanked", -6 * HOUR, 0)],
}
"""What a day left of each node: microseconds from now."""


def play(center: Center, city: City, now_us: int) -> None:
    """Makes three nodes: one that lost its power for a while, one whose line is slow, one that was turned away."""
    for name, stretches in _DAY.items():
        node = enrolled(center, city, name, now_us - 4_000_000)
        with center.database.write() as connection:
            for kind, start, end in stretches:
                row = {"node": name, "kind": kind, "start_us": now_us + start, "end_us": now_us + end}
                connection.execute(insert(spans).values(row))
        moved = name == "matsudo-044"
        records = [node.boot(), node.segment(blanked=moved)]
        said: dict[str, object] = {"state": RecorderState.BLANKED, "faults": {"moved": _MOVED}} if moved else {}
        if name == "matsudo-027":
            said = {"backlog_records": 5400, "backlog_bytes": 2_020_000_000}
        else:
            upload(center, node, records)
        beat(center, node, records[-1].header.data, now_us, **said)


def shoot(url: str, path: Path) -> None:
    """Keeps what the fleet page shows, as a small PNG with a palette."""
    with launched() as chromium:
        page = chromium.new_page(viewport=_VIEW)  # type: ignore[arg-type]
        page.goto(f"{url}/?still")
        picture = Image.open(io.BytesIO(page.screenshot())).convert("RGB")
    flat = picture.quantize(_COLOURS, method=Image.Quantize.MAXCOVERAGE, dither=Image.Dither.NONE)
    data = io.BytesIO()
    flat.save(data, "PNG", optimize=True)
    write_durably(path, data.getvalue())


def shoot_fleet(path: Path) -> None:
    """Runs a center behind nginx with three nodes' day, and keeps its page."""
    with tempfile.TemporaryDirectory(prefix="pictures-") as place:
        city = City(Path(place) / "city", extra=LABELS)
        center = open_center(load(city.config_path, CenterConfig))
        stack = Stack(city, Path(place) / "run")
        try:
            play(center, city, SystemClock().now_us())
            stack.start_center()
            stack.start_nginx()
            shoot(stack.staff_url, path)
        finally:
            stack.stop()
            center.close()


def main() -> int:
    parser = argparse.ArgumentParser(prog="make pictures", description="Draw README's pictures anew.")
    parser.add_argument("--out", type=Path, default=FOLDER)
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    for name, theme in THEMES.items():
        write_durably(options.out / f"pipeline-{name}.svg", draw(theme).encode())
    shoot_fleet(options.out / "fleet.png")
    print(f"pipeline-light.svg, pipeline-dark.svg, fleet.png in {options.out}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
