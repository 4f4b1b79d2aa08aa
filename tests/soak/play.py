"""Plays a soak: ``unshare --net python -m tests.soak.play SECONDS SEED OUT``.

Recorder (as fast as it goes, on a simulated clock), uplink, panel, center, nginx and mosquitto run as in a
demonstration; things go wrong; every process is looked at four times a second. At the end the line is mended,
everything must reach the center, and the sizes are judged. The last line says it in short; status 0 only where all are
flat and nothing is lost.
"""

from __future__ import annotations

import shutil
import sys
import time
from collections import defaultdict
from pathlib import Path

from tests.soak.faults import Fault, draw
from tests.soak.kept import Published, stored_records
from tests.soak.plot import draw as plot
from tests.soak.town import Town
from tests.soak.verdict import Sample, Shape, judge

LOOK_S = 0.25
_ARRIVE_S = 180.0
_STILL_S = 1.0
OURS = ("recorder", "uplink", "center")
"""Judged; the others are drawn only."""


class Soak:
    """One soak.

    Attributes:
        faults: what goes wrong in it.
        published: what the recorder said is recorded.
        samples: of each process, by its name.
    """

    def __init__(self, town: Town, seconds: float, seed: int) -> None:
        self._town, self._seconds = town, seconds
        self.faults = draw(seconds, seed)
        self.published = Published()
        self.samples: dict[str, list[Sample]] = defaultdict(list)
        self._begun = 0.0

    def play(self) -> None:
        """Runs it until its time is over, then lets everything arrive."""
        self._town.begin()
        self._begun = time.monotonic()
        waiting, lasting = list(self.faults), list[Fault]()
        while (now_s := time.monotonic() - self._begun) < self._seconds:
            while lasting and lasting[0].at_s + lasting[0].lasts_s <= now_s:
                self._town.mend(lasting.pop(0))
            if waiting and waiting[0].at_s <= now_s and not lasting:
                self._town.meet(waiting[0])
                lasting += [waiting[0]] if waiting[0].lasts_s else []
                waiting.pop(0)
            self._look(now_s)
            time.sleep(LOOK_S)
        for fault in lasting:
            self._town.mend(fault)
        self._town.finish()
        self._await_arrival()

    def _look(self, now_s: float) -> None:
        self.published.note(self._town.position())
        for name, found in self._town.look(now_s).items():
            self.samples[name].append(found)

    def _await_arrival(self) -> None:
        """Waits until all that was published is receipted and no more receipts come; the rest is found missing."""
        deadline = time.monotonic() + _ARRIVE_S
        before: frozenset[int] | None = None
        while time.monotonic() < deadline:
            receipted = self._town.receipted()
            if self.published.sequences <= receipted == before:
                return
            before = receipted
            time.sleep(_STILL_S)


def main() -> int:
    """Plays, judges, draws and says it."""
    seconds, seed, out = float(sys.argv[1]), int(sys.argv[2]), Path(sys.argv[3])
    shutil.rmtree(out / "town", ignore_errors=True)
    town = Town(out / "town")
    soak = Soak(town, seconds, seed)
    with town:
        soak.play()
    stored = stored_records(town.store)
    lost = soak.published.lost(stored)
    shutil.rmtree(out / "town")
    return _report(soak, len(stored), lost, out, seed)


def _report(soak: Soak, stored: int, lost: list[str], out: Path, seed: int) -> int:
    verdicts = {name: judge(soak.samples[name]) for name in OURS}
    hours = max(sample.footage_s for found in soak.samples.values() for sample in found) / 3600
    minutes = soak.samples["center"][-1].real_s / 60
    title = f"{minutes:.1f} min, {hours:.1f} h of footage, {len(soak.faults)} faults, seed {seed}"
    plot(out / "soak.png", soak.samples, soak.faults, f"Soak: {title}")
    for name, verdict in verdicts.items():
        print(f"{name:9} {verdict}")
    for fault in lost[:20]:
        print(f"LOST: {fault}")
    flat = sum(verdict.shape is Shape.FLAT for verdict in verdicts.values())
    print(f"{title}: {flat} of {len(OURS)} flat, {stored} records stored, {len(lost)} lost; {out / 'soak.png'}")
    return 0 if flat == len(OURS) and not lost else 1


if __name__ == "__main__":
    sys.exit(main())
