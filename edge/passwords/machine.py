"""The machine that this runs on: its state folder and systemd's timer."""

from __future__ import annotations

import os
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from edge.base import strictjson
from edge.base.clock import SystemClock
from edge.base.errors import BadInput, Refused, StorageFault
from edge.base.files import Lock, durable_directory, read_bounded, version_of, write_durably
from edge.passwords import programs
from edge.passwords.turn import Account, Standing, Trial

STATE = Path("/var/lib/mimamori/rotation")
DATE = Path("/var/lib/mimamori/password-date")
UNIT = "mimamori-rotation-revert"
_BOOT_ID = Path("/proc/sys/kernel/random/boot_id")
_LIMIT_BYTES = 128 * 1024


class ThisMachine:
    """The real ``Machine``.

    Args:
        folder: of its state, on the partition that is writable; readable by root alone.
        date: what the heartbeat reads.

    Raises:
        AlreadyRunning: somebody else is at it.
        StorageFault: the state folder cannot be made.
    """

    def __init__(self, accounts: Mapping[str, Account], folder: Path = STATE, date: Path = DATE) -> None:
        self.accounts = accounts
        self.boot = _BOOT_ID.read_text(encoding="ascii").strip()
        self._file, self._date, self._clock = durable_directory(folder) / "turn.json", date, SystemClock()
        self.lock = Lock(folder / "lock", "change of this machine's passwords")

    def uptime_ns(self) -> int:
        return self._clock.monotonic_ns()

    def load(self) -> Standing:
        if version_of(self._file) is None:
            return Standing()
        try:
            tree = strictjson.parse(read_bounded(self._file, limit_bytes=_LIMIT_BYTES), limit_bytes=_LIMIT_BYTES)
            trial = tree["trial"]
            return Standing(tree["confirmed"], tree["made"], None if trial is None else Trial(**trial))
        except (BadInput, Refused, KeyError, TypeError) as error:
            raise StorageFault(f"{self._file}: damaged; the passwords are as they are, remove the file") from error

    def save(self, standing: Standing) -> None:
        trial = standing.trial
        tree = {
            "confirmed": standing.confirmed,
            "made": standing.made,
            "trial": None if trial is None else {n: _plain(getattr(trial, n)) for n in Trial.__slots__},
        }
        write_durably(self._file, strictjson.dump(tree), mode=0o600)

    def arm(self, seconds: int) -> None:
        self.disarm()
        programs.require(
            [
                "systemd-run",
                "--quiet",
                f"--on-active={seconds}s",
                "--timer-property=AccuracySec=1s",
                f"--unit={UNIT}.service",
            ]
        )
        programs.require(["systemctl", "is-active", "--quiet", f"{UNIT}.timer"])

    def disarm(self) -> None:
        with suppress(StorageFault):
            programs.run(["systemctl", "stop", f"{UNIT}.timer"])

    def settle(self) -> None:
        os.sync()

    def tell_date(self, made: int) -> None:
        text = f"{made}\n".encode()
        with suppress(StorageFault, OSError):  # an age that is not told is a gap on the fleet page, no lock-out
            if version_of(self._date) is None or self._date.read_bytes() != text:
                write_durably(self._date, text)


def _plain(value: object) -> object:
    return dict(value) if isinstance(value, Mapping) else value
