"""A demonstration that things go wrong in: its processes are killed, its line goes down, its disk and clock misbehave.

It runs in a network of its own (``unshare --net``), so that its loopback may fail.
"""

from __future__ import annotations

import hashlib
import os
import signal
import sys
from pathlib import Path
from unittest.mock import patch

import pyrage

from edge.base.clock import SECOND_US, from_iso
from edge.demo.cast import mimamori
from edge.demo.places import Places
from edge.demo.processes import Child
from edge.demo.scene import Scene
from edge.demo.stage import Plan, Stage
from edge.seal.reel import Position
from edge.wire.receipts import ReceiptTail
from tests.bench.loopdisk import run
from tests.soak.faults import Fault
from tests.soak.sampling import sample
from tests.soak.verdict import Sample

SCENE = Scene("street", size=(320, 240), fps=5, fast=True)
START_US = from_iso("2026-01-05T10:00:00+09:00")
SLOW_LINE_BPS = 2_000_000
_STEP_US = 600 * SECOND_US


class Unstretched:
    """Stands in for ``pyrage.passphrase`` while the city is founded: key stores, which no soak is about, cost a second
    of scrypt each."""

    _HEAD = b"age-encryption.org/v1\n-> scrypt " + b"A" * 22 + b" 18\n"

    @classmethod
    def encrypt(cls, secret: bytes, passphrase: str) -> bytes:
        """Returns the secret with a head that claims work, and the passphrase's hash before it."""
        return cls._HEAD + hashlib.sha256(passphrase.encode()).digest() + secret

    @classmethod
    def decrypt(cls, sealed: bytes, passphrase: str) -> bytes:
        """Returns the secret; raises DecryptError for another passphrase."""
        head = cls._HEAD + hashlib.sha256(passphrase.encode()).digest()
        if not sealed.startswith(head):
            raise pyrage.DecryptError("another passphrase")
        return sealed.removeprefix(head)


class Town(Stage):
    """One node and its center."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True)
        super().__init__(Plan(Places(folder, folder / "city"), SCENE, None, START_US))
        self._children: dict[str, Child] = {}
        self._fault = folder / "fault"
        self._tail: ReceiptTail | None = None
        self._receipted: set[int] = set()

    def begin(self) -> None:
        """Starts everything, and waits for the first record: on a busy machine that takes longer than a short soak."""
        run("ip", "link", "set", "lo", "up")
        with patch.object(pyrage, "passphrase", Unstretched):
            self.set_up()
        self._children = {child.name: child for child in self._cast.children}
        self._start("recorder")
        self._cast.wait_for(self._plan.places.node / "run" / "position", "the recorder's first record")

    def meet(self, fault: Fault) -> None:
        """Lets it go wrong."""
        verb, _, name = fault.what.partition(" ")
        if verb in ("kill", "stop"):
            self._restart(name, signal.SIGKILL if verb == "kill" else signal.SIGTERM)
        elif verb == "disk":
            self._fault.write_text(f"slow {fault.lasts_s}" if name == "slow" else name.removesuffix(" fails"))
        elif verb == "clock":
            self._step(_STEP_US if name == "forward" else -_STEP_US)
        elif name == "down":
            run("ip", "link", "set", "lo", "down")
        else:
            slow = ("rate", str(SLOW_LINE_BPS), "burst", "64kb", "latency", "200ms")
            run("tc", "qdisc", "replace", "dev", "lo", "root", "tbf", *slow)

    def mend(self, fault: Fault) -> None:
        """Ends what lasts."""
        if fault.what == "line down":
            run("ip", "link", "set", "lo", "up")
        elif fault.what == "line slow":
            run("tc", "qdisc", "del", "dev", "lo", "root")

    def look(self, real_s: float) -> dict[str, Sample]:
        """Samples every process.

        Raises:
            Ended: one has gone that nobody ended.
        """
        for child in self._children.values():
            child.require_running()
        footage_s = (self._clock.now_us() - START_US) / SECOND_US
        found = {name: sample(child.pid, real_s, footage_s) for name, child in self._children.items()}
        return {name: one for name, one in found.items() if one is not None}

    def position(self) -> Position | None:
        """Returns what the recorder publishes now."""
        return self._watch.look().position

    def receipted(self) -> frozenset[int]:
        """Returns the sequences that have receipts, of the chain that is written."""
        position = self.position()
        if position is not None:
            self._tail = self._tail or ReceiptTail(self._plan.places.node / "uplink" / "receipts", position.chain, 0)
            for receipt in self._tail.new():
                self._receipted.update(range(receipt.payload.first, receipt.payload.last + 1))
        return frozenset(self._receipted)

    def finish(self) -> None:
        """Ends recording in order."""
        self._fault.unlink(missing_ok=True)
        self._children.pop("recorder")
        self._cast.stop("recorder")

    @property
    def store(self) -> Path:
        """The center's."""
        return self._plan.places.center / "store"

    def _restart(self, name: str, how: signal.Signals) -> None:
        if how is signal.SIGKILL:
            os.kill(self._children[name].pid, how)
        self._cast.stop(name)
        self._start(name)

    def _start(self, name: str) -> None:
        center = self._plan.places.center.resolve()
        commands = {
            "recorder": [sys.executable, "-m", "tests.soak.recorder", str(self._config), str(self._fault)],
            "uplink": [*mimamori(), "node", "uplink", "--config", str(self._config)],
            "center": [*mimamori(), "center", "serve", "--config", str(center / "center.toml")],
        }
        self._children[name] = self._cast.start(name, commands[name])

    def _step(self, by_us: int) -> None:
        """Sets the clock that all processes share; it is set, not moved on, so it may run back."""
        with self._plan.places.clock.open("r+b") as file:
            file.write((self._clock.now_us() + by_us).to_bytes(8, sys.byteorder))
