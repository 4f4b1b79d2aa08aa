"""What a seed decides: the setting of a history, and the list of what happens in it, drawn before anything runs.

Every decision holds in any state of the world (where it does not apply, nothing happens) and brings its own chance with
it, so that a history with some of them taken out is a history too: that is what makes shrinking possible.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from random import Random
from typing import Literal

What = Literal[
    "record", "pause", "off", "cut", "cut-at", "kill-at", "kill-recorder", "kill-uplink", "kill-in-request",
    "step", "ntp", "line", "trouble", "keys", "ask", "mode", "quiet", "budget", "refuse-write", "refuse-sync",
    "bad-sector", "heal", "masks", "nightly", "twin", "settle",
]  # fmt: skip

HOUR_S, DAY_S = 3600, 86_400
MODES = ("all", "on_request", "none")
TROUBLES = (
    "lost-request", "lost-answer", "twice", "late", "cut-off", "500", "503", "429", "401", "400", "html-400",
    "html-413", "fork", "disk-full", "crash-unindexed", "rubbish", "empty", "other-hash", "other-signer",
    "other-range", "other-node",
)  # fmt: skip
"""What becomes of a request; ``tests/simulation/line.py`` says it of each."""


@dataclass(frozen=True, slots=True)
class Setting:
    """What holds throughout a history.

    Attributes:
        pace_s: length of a segment; the node's code does not care, and long ones make days pass soon.
        body_bytes: mean of a segment's picture.
        delivered: a key list is there from the beginning.
        timed: a time service answers, until a decision says otherwise.
    """

    seed: int
    reels: int
    pace_s: int
    body_bytes: int
    retention_days: int
    mode: str
    delivered: bool
    timed: bool

    def __str__(self) -> str:
        keys = "there" if self.delivered else "not yet there"
        return (
            f"{self.reels} reels of 1 MiB, segments of {self.pace_s} s and about {self.body_bytes} bytes, retention "
            f"{self.retention_days} days, upload {self.mode}, key list {keys}, "
            f"time service {'there' if self.timed else 'not there'}"
        )


@dataclass(frozen=True, slots=True)
class Decision:
    """One thing that happens.

    Attributes:
        value: seconds, a count, a place; ``_VALUES`` says which.
        salt: seed of what chance decides in carrying it out.
    """

    what: What
    value: int
    salt: int

    def __str__(self) -> str:
        return f"{self.what} {_SAID[self.what].format(value=self.value, **_words(self))}".rstrip()


_SAID: dict[What, str] = {
    "record": "{value} segments long",
    "pause": "of the camera, {value} s",
    "off": "in order, {value} s; clock at boot: {clock}",
    "cut": "of the power, {value} s; clock at boot: {clock}",
    "cut-at": "call {value} of the card from here: the power goes",
    "kill-at": "call {value} of the card from here: the recorder is killed",
    "kill-recorder": "now",
    "kill-uplink": "now",
    "kill-in-request": "the uplink, {value} requests from here",
    "step": "the untrusted clock by {value} s",
    "ntp": "{ntp}",
    "line": "{line}",
    "trouble": "{trouble}",
    "keys": "published, {value} days ahead",
    "ask": "for the last {value} s",
    "mode": "{mode}",
    "quiet": "hours {quiet}",
    "budget": "of {value} bytes a month",
    "refuse-write": "at reel {value}",
    "refuse-sync": "at reel {value}",
    "bad-sector": "in {sector}",
    "heal": "the card's calls",
    "masks": "changed",
    "nightly": "expiry at the center",
    "twin": "of the node's newest stored record comes to the center, signed with the node's key",
    "settle": "the center's alarms",
}

CLOCKS = ("right", "1970", "a minute slow", "years behind", "years ahead", "as of the last shutdown")
QUIET = ("none", "00:00-23:59", "08:00-20:00")


def clock_at_boot(decision: Decision) -> str:
    """Returns what the clock says when the power is back."""
    return CLOCKS[decision.salt % len(CLOCKS)]


def _words(decision: Decision) -> dict[str, str]:
    times = 1 + decision.salt % 6
    return {
        "clock": clock_at_boot(decision),
        "ntp": ("goes", "comes")[decision.value % 2],
        "line": f"at {decision.value} bit/s" if decision.value else "down",
        "trouble": f"{TROUBLES[decision.value % len(TROUBLES)]}, {times} requests",
        "mode": MODES[decision.value % len(MODES)],
        "quiet": QUIET[decision.value % len(QUIET)],
        "sector": "the newest record" if decision.salt % 2 else f"reel {decision.value}",
    }


_STEPS_S = (-315_360_000, -4 * DAY_S, -2 * DAY_S, -HOUR_S, -15, -1, 1, 15, HOUR_S, 2 * DAY_S, 40 * DAY_S, 315_360_000)
_VALUES: dict[What, tuple[int, Callable[[Random], int]]] = {
    "record": (30, lambda random: random.choice((1, 2, 3, 5, 8, 13, 21, 34))),
    "pause": (3, lambda random: random.choice((2, 5, 30, 600, 5 * HOUR_S, 3 * DAY_S, 12 * DAY_S))),
    "off": (2, lambda random: random.choice((10, 600, 9 * HOUR_S, 2 * DAY_S, 9 * DAY_S))),
    "cut": (4, lambda random: random.choice((5, 5, 60, HOUR_S, DAY_S, 9 * DAY_S))),
    "cut-at": (4, lambda random: random.randint(1, 40)),
    "kill-at": (3, lambda random: random.randint(1, 40)),
    "kill-recorder": (2, lambda random: 0),
    "kill-uplink": (2, lambda random: 0),
    "kill-in-request": (2, lambda random: random.randint(1, 3)),
    "step": (4, lambda random: random.choice(_STEPS_S)),
    "ntp": (3, lambda random: random.randrange(2)),
    "line": (6, lambda random: random.choice((0, 0, 64_000, 500_000, 1_500_000, 20_000_000))),
    "trouble": (8, lambda random: random.randrange(len(TROUBLES))),
    "keys": (2, lambda random: random.choice((0, 1, 7, 40))),
    "ask": (2, lambda random: random.choice((60, HOUR_S, DAY_S))),
    "mode": (1, lambda random: random.randrange(3)),
    "quiet": (1, lambda random: random.randrange(3)),
    "budget": (1, lambda random: random.choice((1_000_000, 3_000_000))),
    "refuse-write": (2, lambda random: random.randrange(8)),
    "refuse-sync": (2, lambda random: random.randrange(8)),
    "bad-sector": (2, lambda random: random.randrange(8)),
    "heal": (2, lambda random: 0),
    "masks": (1, lambda random: 0),
    "nightly": (2, lambda random: 0),
    "twin": (1, lambda random: 0),
    "settle": (1, lambda random: 0),
}
"""How often each is drawn, and its value."""

LENGTH = 45


def draw(seed: int, among: frozenset[What] = frozenset()) -> tuple[Setting, tuple[Decision, ...]]:
    """Returns the history of a seed.

    Each history draws from some of the kinds only: with all of them in every history, each would hide the others
    (swarm testing; Groce et al., ISSTA 2012).

    Args:
        among: draws from these kinds alone, and each as often as the others.
    """
    random = Random(seed)
    setting = Setting(
        seed=seed,
        reels=random.randint(3, 6),
        pace_s=random.choice((2, 2, 10, 60, 600, 1800)),
        body_bytes=random.choice((2_000, 20_000, 60_000, 120_000)),
        retention_days=random.choice((2, 3, 5)),
        mode=random.choice(("all", "all", "all", "on_request", "none")),
        delivered=random.random() < 0.8,
        timed=random.random() < 0.8,
    )
    kinds: list[What] = [what for what in _VALUES if what == "record" or random.random() < 0.5]
    weights = [_VALUES[what][0] for what in kinds]
    if among:
        kinds = [what for what in _VALUES if what in among]
        weights = [1] * len(kinds)
    chosen = random.choices(kinds, weights, k=random.randint(LENGTH // 3, LENGTH))
    return setting, tuple(Decision(what, _VALUES[what][1](random), random.randrange(2**32)) for what in chosen)
