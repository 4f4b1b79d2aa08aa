"""One update, from a signed release to one that proved itself, or back.

Rules:
  1. What runs is not touched until the new environment lies whole in the other slot and takes the node's configuration.
  2. The trial is kept durably before the link is switched. It ends only when the release has proved itself: a power
     cut, a kill or a fault in between leads back to the slot before, by the next start at the latest.
  3. The services are started anew once a way; the recorder's pause lies between its SHUTDOWN and its BOOT.
  4. A release that was given up may be tried again; its number was not taken.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from edge.base.clock import Clock
from edge.base.errors import MimamoriError, Refused
from edge.node.update.gate import DEADLINE_S, Gate, Sight
from edge.node.update.machine import Machine
from edge.node.update.record import REASON_LIMIT, Failure, Trial, UpdateRecord, read_record, write_record
from edge.node.update.slots import Slots
from edge.wire.authority import Authority
from edge.wire.release import Release, read_release

_log = logging.getLogger(__name__)
LOOK_S = 1.0
CUT_OFF = "the power went, or the update was ended, before it had proved itself"
Say = Callable[[str], None]


class GivenUp(Refused):
    """The release did not prove itself; the node runs the one before.

    Args:
        message: why.
    """

    def __init__(self, message: str) -> None:
        super().__init__("given-up", message)


@dataclass(frozen=True, slots=True)
class Updater:
    """What updates a node.

    Attributes:
        path: of the durable record.
        say: tells a person how far it is.
    """

    slots: Slots
    path: Path
    machine: Machine
    clock: Clock
    say: Say

    def update(self, folder: Path, authority: Authority) -> Release:
        """Installs a release's folder and returns once it has proved itself.

        Raises:
            GivenUp: it did not; the release before runs again.
            Refused, BadInput: no release for this node; nothing was changed.
            StorageFault: no room, or the disk refused; the release before runs.
        """
        with self.machine.writable():
            self.resume()
            record = read_record(self.path)
            document = read_release(folder, authority)
            release = document.payload
            release.require_above(record.highest)
            slot = self.slots.current().other
            self.say(f"release {release.number} ({release.version}): building {slot}; the node goes on meanwhile")
            self.machine.build(slot, folder, document.data, release)
            self.machine.probe(slot, release.version)
            trial = Trial(slot=slot, number=release.number, version=release.version, since=self.clock.now_us())
            before = self.machine.sight()
            write_record(self.path, record.model_copy(update={"trial": trial}))
            self._try(trial, before)
            write_record(self.path, UpdateRecord(highest=max(release.number, record.highest)))
        self.say(f"release {release.number} ({release.version}) has proved itself")
        return release

    def resume(self) -> bool:
        """Leads a trial that was cut off back to the slot before; True where there was one.

        Services that run are started anew; at boot none does yet.
        """
        record = read_record(self.path)
        if record.trial is None:
            return False
        self._back(record.trial, CUT_OFF)
        self.machine.restart(self.machine.sight().active)
        return True

    def _try(self, trial: Trial, before: Sight) -> None:
        try:
            self.machine.settle(trial.slot)
            self.slots.switch(trial.slot)
            self.say(f"starting {', '.join(sorted(before.active)) or 'no service: none ran'}")
            self.machine.restart(before.active)
            self._wait(Gate(before, trial.version))
        except MimamoriError as error:
            self._back(trial, str(error))
            self.machine.restart(before.active)
            raise GivenUp(f"release {trial.number} given up: {error}; the one before runs again") from error

    def _wait(self, gate: Gate) -> None:
        begun_ns = self.clock.monotonic_ns()
        while True:
            elapsed_s = (self.clock.monotonic_ns() - begun_ns) / 1e9
            sight = self.machine.sight()
            lacking = gate.lacking(sight, elapsed_s)
            if not lacking:
                return
            if elapsed_s > DEADLINE_S or gate.hopeless(sight):
                raise Refused("not-well", f"after {elapsed_s:.0f} s: {lacking}")
            self.clock.sleep(LOOK_S)

    def _back(self, trial: Trial, reason: str) -> None:
        """Makes the slot before the one that runs, and forgets the trial last."""
        with self.machine.writable():
            self.machine.settle(trial.slot.other)
            self.slots.switch(trial.slot.other)
            failure = Failure(
                number=trial.number, version=trial.version, at=self.clock.now_us(), reason=reason[:REASON_LIMIT]
            )
            record = read_record(self.path)
            write_record(self.path, record.model_copy(update={"trial": None, "failure": failure}))
        _log.error("release %d (%s) given up: %s", trial.number, trial.version, reason)
