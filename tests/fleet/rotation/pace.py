"""How long a rotation takes: three real machines, up to 500 simulated ones; prints it and draws how it grows.

Simulated machines answer after ``ANSWER_S`` on each connection; controller, store and their syncs are the real ones.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from edge.base.clock import SystemClock
from edge.fleet.rotation.fleet import WORKERS, Report, Rotation
from edge.fleet.rotation.link import SshLink
from edge.fleet.rotation.store import Store, write_private
from edge.fleet.rotation.targets import Target, read_targets
from edge.passwords.messages import Answer, Request
from tests.docs.growth import draw_growth
from tests.fleet.rotation.city import open_city
from tests.fleet.rotation.world import World

ANSWER_S = 0.1
SIZES = (50, 100, 200, 300, 400, 500)
PICTURE = Path("docs/pictures/rotation.svg")


@dataclass(frozen=True, slots=True)
class SlowLink:
    """Machines of a world, each connection taking its time."""

    world: World
    clock: SystemClock

    def ask(self, target: Target, request: Request) -> Answer:
        """Waits, then asks."""
        self.clock.sleep(ANSWER_S)
        return self.world.ask(target, request)


def main() -> int:
    """Measures, prints, draws."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--real", action="store_true", help="the three real machines, too; as root")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="mimamori-rotation-pace-") as folder:
        points = [(size, _simulated(Path(folder) / str(size), size)) for size in SIZES]
        for size, seconds in points:
            print(f"{size} simulated machines, {ANSWER_S} s a connection, {WORKERS} at once: {seconds:.1f} s")
        if options.real:
            print(f"3 real machines: {_real(Path(folder) / 'real'):.1f} s")
    draw_growth(points, f"one round with its audit, {ANSWER_S} s a connection, {WORKERS} at once", PICTURE)
    print(f"drawn: {PICTURE}")
    return 0


def _simulated(folder: Path, size: int) -> float:
    world, clock = World(folder, size, ()), SystemClock()
    store = Store(world.seen.folder, world.key, write_private)
    seconds, report = _timed(Rotation(store, world.targets, SlowLink(world, clock), clock), clock)
    assert not report.stopped
    world.require_all_new()
    return seconds


def _real(folder: Path) -> float:
    folder.mkdir()
    with open_city(folder) as city, city.lab.network():
        clock = SystemClock()
        rotation = Rotation(city.store(), read_targets(city.ways[0]), SshLink(city.ways[1]), clock)
        seconds, report = _timed(rotation, clock)
        assert not report.stopped and not report.bad
    return seconds


def _timed(rotation: Rotation, clock: SystemClock) -> tuple[float, Report]:
    begun_ns = clock.monotonic_ns()
    report = rotation.run()
    return (clock.monotonic_ns() - begun_ns) / 1e9, report


if __name__ == "__main__":
    sys.exit(main())
