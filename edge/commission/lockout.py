"""How often a code may be tried: five times, then a lock-out that doubles with each further five.

Rules:
  1. A try is counted durably before the code is looked at: whoever cuts the power then has spent it all the same.
  2. A lock-out runs down with the monotonic clock while the node runs, and its rest is kept: neither a cut nor a wall
     clock that is set forward shortens it. The time switched off does not count.
  3. Only the right code takes the count back. A damaged count is the longest lock-out.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field

from edge.base.errors import BadInput, Refused
from edge.base.files import write_durably
from edge.base.model import Strict, read_json, to_json

TRIES = 5
FIRST_S, LONGEST_S = 60, 86_400
_LIMIT_BYTES = 256
_KEPT_PARTS = 10
"""The rest is written this often in a lock-out: a cut repeats a tenth of it at most, and the card is spared."""


@dataclass(frozen=True, slots=True)
class Lockout:
    """The count.

    Attributes:
        failed: wrong tries since the last lock-out or right code.
        rounds: lock-outs since the last right code.
        left_s: of the lock-out in force; 0 where one may try.
    """

    failed: int = 0
    rounds: int = 0
    left_s: float = 0.0

    def tried(self) -> Lockout:
        """Returns the count after one more try, taken for a wrong one."""
        if self.failed + 1 < TRIES:
            return replace(self, failed=self.failed + 1)
        return Lockout(0, self.rounds + 1, length_s(self.rounds + 1))

    def passed(self, seconds: float) -> Lockout:
        """Returns the count after so much running time."""
        return replace(self, left_s=max(0.0, self.left_s - max(0.0, seconds)))

    @property
    def tries_left(self) -> int:
        """How many tries are left before the next lock-out; none in one."""
        return 0 if self.left_s > 0 else TRIES - self.failed


def length_s(rounds: int) -> float:
    """Returns how long the lock-out number ``rounds`` lasts."""
    return float(min(LONGEST_S, FIRST_S * 2 ** min(rounds - 1, 16)))


class _Kept(Strict):
    v: Literal[1] = 1
    failed: Annotated[int, Field(ge=0, lt=TRIES)]
    rounds: Annotated[int, Field(ge=0, lt=2**31)]
    left_s: Annotated[int, Field(ge=0, le=LONGEST_S)]


class Tries:
    """The count in a small file.

    Args:
        mono_ns: the monotonic time of now.
    """

    def __init__(self, path: Path, mono_ns: int) -> None:
        self._path, self._at_ns = path, mono_ns
        self.lockout = _read(path)
        self._kept_s = self.lockout.left_s

    def spend(self) -> None:
        """Counts a try.

        Raises:
            StorageFault: it cannot be counted; the code must not be looked at.
        """
        self._keep(self.lockout.tried())

    def give_back(self) -> None:
        """Takes the count back, for the code was right.

        Raises:
            StorageFault: the disk refused; the count stands.
        """
        self._keep(Lockout())

    def tick(self, mono_ns: int) -> None:
        """Lets a lock-out run down to now.

        Raises:
            StorageFault: its rest cannot be kept; it runs down all the same, and begins there again after a cut.
        """
        seconds, self._at_ns = (mono_ns - self._at_ns) / 1e9, mono_ns
        if self.lockout.left_s == 0:
            return
        self.lockout = self.lockout.passed(seconds)
        part_s = length_s(max(1, self.lockout.rounds)) / _KEPT_PARTS
        if self.lockout.left_s == 0 or self._kept_s - self.lockout.left_s >= part_s:
            self._kept_s = self.lockout.left_s  # tried once a part, also where the disk refuses
            self._keep(self.lockout)

    def _keep(self, lockout: Lockout) -> None:
        kept = _Kept(failed=lockout.failed, rounds=lockout.rounds, left_s=-int(-lockout.left_s // 1))
        write_durably(self._path, to_json(kept), mode=0o600)
        self.lockout, self._kept_s = lockout, lockout.left_s


def _read(path: Path) -> Lockout:
    if not path.exists():
        return Lockout()
    try:
        kept = read_json(_Kept, path, limit_bytes=_LIMIT_BYTES)
    except (BadInput, Refused):
        return Lockout(0, 16, LONGEST_S)
    return Lockout(kept.failed, kept.rounds, float(kept.left_s))
