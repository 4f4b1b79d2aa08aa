"""What goes wrong in a soak, and when: drawn from a seed. Restarts come in the first part only, for a life that begins
anew cannot show that it grows."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random

RESTARTS_UNTIL = 0.28
"""Share of the soak in which processes are restarted."""
_PAUSE_S, _LINE_S = (3.0, 9.0), (1.0, 10.0)
"""Between two faults, and how long one of the line lasts; shorter in a soak of less than a minute."""
STALL_S = 8.0
"""Of a slow disk: the recorder's queue fills, and with it the most memory that it ever needs."""
_RESTARTS = ("kill recorder", "stop recorder", "kill uplink", "stop uplink", "kill center")
_OTHERS = {
    "line down": 4,
    "line slow": 3,
    "disk slow": 2,
    "disk write fails": 1,
    "disk sync fails": 1,
    "clock forward": 1,
    "clock back": 1,
}
_DISK_FAULTS_AT_MOST = 6
"""Each costs a reel until the next start."""


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that goes wrong.

    Attributes:
        at_s: since the soak's start.
        lasts_s: how long; 0 for what happens at once.
    """

    at_s: float
    what: str
    lasts_s: float = 0.0


def draw(seconds: float, seed: int) -> list[Fault]:
    """Returns what goes wrong in a soak of that length, in order; a fault is over before the next begins.

    The disk is slow at the beginning, and again once nothing is restarted any more: what a full queue needs is needed
    before sizes are judged.
    """
    random, at_s, faults = Random(seed), 0.0, list[Fault]()
    scale = min(1.0, seconds / 60)
    while True:
        at_s += random.uniform(*_PAUSE_S) * scale
        what = _what(random, faults, at_s, seconds * RESTARTS_UNTIL)
        lasts_s = _lasts_s(random, what) * scale
        if at_s + lasts_s >= seconds:
            return faults
        faults.append(Fault(round(at_s, 2), what, round(lasts_s, 2)))
        at_s += lasts_s


def _what(random: Random, before: list[Fault], at_s: float, settled_s: float) -> str:
    if not before or before[-1].at_s < settled_s <= at_s:
        return "disk slow"
    restarts = dict.fromkeys(_RESTARTS, 1) if at_s < settled_s else {}
    weights = _OTHERS | restarts
    if sum(fault.what.endswith("fails") for fault in before) >= _DISK_FAULTS_AT_MOST:
        weights = {what: weight for what, weight in weights.items() if not what.endswith("fails")}
    return random.choices(list(weights), list(weights.values()))[0]


def _lasts_s(random: Random, what: str) -> float:
    if what == "disk slow":
        return STALL_S
    return random.uniform(*_LINE_S) if what.startswith("line") else 0.0
