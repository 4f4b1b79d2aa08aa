"""One trial: the guard learns an undisturbed street, then something happens; what it says is counted."""

from __future__ import annotations

from dataclasses import dataclass, field

from edge.mask.guard import Guard, Verdict
from edge.mask.maskset import MARGIN_PX_DEFAULT
from edge.mask.raster import Raster
from edge.mask.reference import Reference
from edge.mask.sight import Sight
from edge.mask.stand import Stand
from tests.guard.disturb import Disturbance
from tests.guard.scenes import LOOKS_A_SECOND, Pictures, no_text

LEARN_LOOKS = 10
_LOOK_NS = 1_000_000_000 // LOOKS_A_SECOND


@dataclass(slots=True)
class Outcome:
    """What the guard said from the disturbance on, a verdict a look."""

    verdicts: list[Verdict] = field(default_factory=list)

    def share(self, *sights: Sight) -> float:
        """Returns which part of the looks said so."""
        return sum(verdict.look.sight in sights for verdict in self.verdicts) / max(1, len(self.verdicts))

    @property
    def noticed_s(self) -> float | None:
        """Seconds until a look first said moved or lost; None for never."""
        return self._first(lambda verdict: not verdict.look.sight.trusted)

    @property
    def covered_s(self) -> float | None:
        """Seconds until the picture was painted over; None for never."""
        return self._first(lambda verdict: verdict.covered)

    def _first(self, wanted: object) -> float | None:
        assert callable(wanted)
        return next((index / LOOKS_A_SECOND for index, it in enumerate(self.verdicts) if wanted(it)), None)


def new_guard(raster: Raster, reference: Reference | None = None, margin_px: int = MARGIN_PX_DEFAULT) -> Guard:
    """Returns a guard that keeps its reference in memory alone."""
    return Guard(reference, raster, no_text(), margin_px, keep=lambda _: None)


def watch(guard: Guard, pictures: Pictures, disturbance: Disturbance | None = None, *, start_s: float = 0.0) -> Outcome:
    """Shows pictures, disturbed and then painted, one a look, from ``start_s`` on."""
    outcome = Outcome()
    for index, picture in enumerate(pictures):
        shown = picture if disturbance is None else disturbance(picture, index / LOOKS_A_SECOND)
        luma = shown.copy()
        luma[guard.raster.y] = 16
        verdict = guard.look(luma, round(start_s * 1e9) + index * _LOOK_NS)
        assert verdict is not None
        outcome.verdicts.append(verdict)
    return outcome


def trial(pictures: Pictures, raster: Raster, disturbance: Disturbance) -> Outcome:
    """Learns from the first looks, then disturbs the others."""
    guard = new_guard(raster)
    watch(guard, pictures[:LEARN_LOOKS])
    assert guard.stand is Stand.WATCHING, "nothing was learnt"
    return watch(guard, pictures[LEARN_LOOKS:], disturbance, start_s=LEARN_LOOKS / LOOKS_A_SECOND)
