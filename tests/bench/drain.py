"""Drains a backlog over a slow line, in a network of its own: ``unshare --net python -m tests.bench.drain FOLDER``.

A real recorder fills the card while the uplink is away; then the loopback of this network becomes as slow as an LTE
line (tbf), the uplink comes, and what reaches the center's store is compared with what the line could have carried.
Prints one JSON object.
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path

from edge.base.clock import from_iso
from edge.demo.places import Places
from edge.demo.scene import Scene
from edge.demo.stage import Plan, Stage
from tests.bench import clips
from tests.bench.loopdisk import run

RATE_BPS = 8_000_000
_FOOTAGE_S = 240.0
_LOOK_S = 0.02
_PATIENCE_S = 180.0
_MTU = 1500
_START_US = from_iso("2026-01-05T10:00:00+09:00")


class SlowLine(Stage):
    """A demonstration whose uplink comes late."""

    def fill(self) -> int:
        """Records without an uplink; returns how many records wait."""
        self._cast.stop("uplink")
        recorder = self._cast.start_recorder(self._config, _FOOTAGE_S)
        if not recorder.wait(self._real, within_s=_PATIENCE_S) or recorder.status != 0:
            raise RuntimeError(f"the recorder did not end in order: {recorder.tail()}")
        self._cast.stop("recorder")
        return self._watch.look().records

    def drain(self) -> tuple[int, float]:
        """Starts the uplink; returns the bytes that were stored after the first receipt, and the seconds it took."""
        store = self._plan.places.center / "store"
        self._cast.start_uplink(self._config)
        deadline = time.monotonic() + _PATIENCE_S
        begin: tuple[int, float] | None = None
        while not (progress := self._watch.look()).all_receipted:
            if begin is None and progress.receipted:
                begin = _stored(store), time.monotonic()
            if time.monotonic() > deadline:
                raise RuntimeError(f"{progress.receipted} of {progress.records} records after {_PATIENCE_S:.0f} s")
            self._cast.require_running()
            time.sleep(_LOOK_S)
        assert begin is not None
        return _stored(store) - begin[0], time.monotonic() - begin[1]


def main() -> None:
    """Plays it and prints what came of it."""
    run("ip", "link", "set", "lo", "mtu", str(_MTU), "up")
    folder = Path(sys.argv[1])
    clip = clips.native(folder)
    places = Places(folder / "drain", folder / "drain" / "city")
    places.out.mkdir()
    stage = SlowLine(Plan(places, Scene(str(clip.path), fast=True), None, _START_US))
    with stage:
        stage.set_up()
        waiting = stage.fill()
        run(
            "tc", "qdisc", "add", "dev", "lo", "root", "tbf", "rate", str(RATE_BPS), "burst", "16kb", "latency", "200ms"
        )
        size, seconds = stage.drain()
    print(json.dumps({"records": waiting, "bytes": size, "seconds": seconds, "share": size * 8 / RATE_BPS / seconds}))


def _stored(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.rglob("*.records"))


if __name__ == "__main__":
    main()
