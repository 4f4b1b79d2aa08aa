"""What a bench says: one line a figure, with its peer, its budget and whether it is met."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any, Literal

_HEADS = ("what", "measured", "peer", "ratio", "budget", "")


@dataclass(frozen=True, slots=True)
class Figure:
    """One measured thing.

    Attributes:
        unit: of ``measured`` and ``peer``.
        peer: the same of the program it is compared with, in the same run; ``peer_is`` names that.
        bound: what the budget says of the ratio, or of ``measured`` where ``bounded`` says so; None for no budget.
        sense: whether the bound is the most or the least that is allowed.
        note: why there is no figure, or what to know with it.
    """

    what: str
    measured: float | None
    unit: str
    peer: float | None = None
    peer_is: str = ""
    bound: float | None = None
    sense: Literal["at most", "at least"] = "at most"
    bounded: Literal["ratio", "measured"] = "measured"
    note: str = ""

    @property
    def ratio(self) -> float | None:
        """``measured`` over ``peer``."""
        return None if self.measured is None or not self.peer else self.measured / self.peer

    @property
    def met(self) -> bool | None:
        """Whether the budget is met; None where there is none, or no figure."""
        value = self.ratio if self.bounded == "ratio" else self.measured
        if self.bound is None or value is None:
            return None
        return value <= self.bound if self.sense == "at most" else value >= self.bound

    def tree(self) -> dict[str, Any]:
        """Returns everything as JSON takes it."""
        return {**asdict(self), "ratio": self.ratio, "met": self.met}

    def cells(self) -> tuple[str, ...]:
        """Returns what the table shows."""
        sign = {"at most": "<=", "at least": ">="}[self.sense]
        unit = " x peer" if self.bounded == "ratio" else f" {self.unit}"
        verdict = {True: "met", False: "NOT MET", None: ""}[self.met]
        return (
            self.what,
            "-" if self.measured is None else f"{number(self.measured)} {self.unit}",
            f"{number(self.peer)} ({self.peer_is})" if self.peer is not None else "",
            "" if self.ratio is None else f"{self.ratio:.3g}",
            "" if self.bound is None else f"{sign} {self.bound:g}{unit}",
            f"{verdict}{'; ' if verdict and self.note else ''}{self.note}",
        )


def number(value: float) -> str:
    """Returns three significant digits, without an exponent."""
    return f"{value:.0f}" if abs(value) >= 100 else f"{value:.3g}"


def table(figures: Iterable[Figure]) -> str:
    """Returns the figures in columns."""
    rows = [_HEADS, *(figure.cells() for figure in figures)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(_HEADS) - 1)]
    lines = ("  ".join((*map(str.ljust, row[:-1], widths), row[-1])).rstrip() for row in rows)
    return "\n".join(lines)
