"""``make lab-guard``: how well the moved-camera guard tells, as a table and as a picture.

Detection: shifts in eight directions, turns and zooms, on the street scene by day, dusk and night, dry and in rain, and
on the clips where they are there. Borne: what must not stop a recording. Quiet day: the street scene from ten to ten, a
look every ten seconds; two bad looks in a row count as a false blanking, which is more than the recorder would do.
The clips, where they are there, are shown for hours as ``tests.guard.repeated`` says.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from pathlib import Path

from edge.base.frame import Picture
from edge.mask.raster import Raster
from edge.mask.sight import Sight
from tests.guard.day import quiet_day
from tests.guard.disturb import (
    Disturbance,
    Move,
    covered,
    crowd,
    defocus,
    exposure,
    headlights,
    lens_dirt,
    shifts,
    sway,
)
from tests.guard.picture import draw
from tests.guard.repeated import hours_of
from tests.guard.scenes import Pictures, clip, corner_raster, street, street_raster
from tests.guard.trials import LEARN_LOOKS, Outcome, trial

SHIFTS_PX = (2, 4, 6, 8, 10, 12, 14, 16, 20, 30, 40, 60)
MUST_PX = 16
"""The whole margin: from here on a masked place can show."""
TURNS: dict[str, Move] = {
    **{f"turned by {degrees}°": Move(turn_deg=degrees) for degrees in (0.5, 1, 2, 5)},
    **{f"zoomed by {percent} %": Move(zoom=1 + percent / 100) for percent in (1, 2, 5, 10)},
}


def _same(picture: Picture, _: float) -> Picture:
    return picture


BORNE: dict[str, Disturbance] = {
    "nothing": _same,
    "pole sways by 4 px": sway(4),
    "pole sways by 8 px": sway(8),
    "light halves": exposure(0.5),
    "light rises by 40 %": exposure(1.4, 20),
    "headlights": headlights,
    "people hide a third": crowd(0.33),
    "people hide half": crowd(0.5),
    "people fill the view": crowd(1.0),
    "dirt on a third of the lens": lens_dirt(0.33),
    "lens a little soft": defocus(2),
    "lens covered": covered(),
}
_DETECT_LOOKS = 4
CLIPS_SHOWN = ("campus-pedestrians", "car-park")


def scenes() -> Iterator[tuple[str, Pictures, Raster]]:
    """Yields name, pictures and what is masked."""
    for hour, rain, name in ((10, 0, "day"), (10, 0.8, "day, rain"), (17.5, 0, "dusk"), (21, 0, "night")):
        yield f"street, {name}", street(hour, rain=rain), street_raster()
    yield "street, night, rain", street(21, rain=0.8), street_raster()
    for name in CLIPS_SHOWN:
        pictures = clip(f"{name}.mp4")
        if pictures is not None:
            yield name, pictures, corner_raster((pictures.shape[2], pictures.shape[1]))


def noticed(pictures: Pictures, raster: Raster, moves: list[Move]) -> float:
    """Returns the share of moves after which the first look says that the camera is not in place."""
    outcomes = [trial(pictures[: LEARN_LOOKS + _DETECT_LOOKS], raster, move) for move in moves]
    return sum(outcome.noticed_s == 0 for outcome in outcomes) / len(moves)


def said(outcome: Outcome) -> str:
    """Returns the shares of looks by what they said."""
    shares = ((sight, outcome.share(sight)) for sight in Sight)
    cover = "" if outcome.covered_s is None else f"; covered after {outcome.covered_s:g} s"
    return ", ".join(f"{sight} {share:.0%}" for sight, share in shares if share) + cover


def repeated(hours: float) -> None:
    """Says what the guard takes wrongly in hours of each clip."""
    for name in CLIPS_SHOWN:
        pictures = clip(f"{name}.mp4")
        if pictures is not None:
            looks, bad, coverings = hours_of(pictures, hours)
            print(f"{name}, {hours:g} h: {looks} looks, {bad} bad, {coverings} false blankings", flush=True)


def main() -> int:
    parser = argparse.ArgumentParser(prog="make lab-guard")
    parser.add_argument("--hours", type=float, default=24.0, help="of the quiet day")
    parser.add_argument("--picture", type=Path, help="where to draw the shifts")
    options = parser.parse_args()
    curves: dict[str, list[float]] = {}
    for name, pictures, raster in scenes():
        curves[name] = [noticed(pictures, raster, shifts(by_px)) for by_px in SHIFTS_PX]
        shown = ", ".join(f"{px}: {share:.0%}" for px, share in zip(SHIFTS_PX, curves[name], strict=True))
        print(f"{name}\n  shifts by px noticed at the first look: {shown}", flush=True)
        size = pictures.shape[2], pictures.shape[1]
        for what, move in TURNS.items():
            outcome = trial(pictures[:30], raster, move)
            print(f"  {what} (corner moves {move.reach_px(size):.0f} px): {said(outcome)}", flush=True)
        for what, disturbance in BORNE.items():
            print(f"  {what}: {said(trial(pictures, raster, disturbance))}", flush=True)
    if options.picture:
        draw(options.picture, SHIFTS_PX, curves)
    looks, bad, blankings = quiet_day(options.hours)
    month = blankings * 30 * 24 / options.hours
    print(f"quiet day: {looks} looks, {bad} bad, {blankings} false blankings in {options.hours:g} h, {month:g} a month")
    repeated(options.hours / 12)
    least = min(share for curve in curves.values() for px, share in zip(SHIFTS_PX, curve, strict=True) if px >= MUST_PX)
    print(f"shifts of {MUST_PX} px and more noticed at the first look, in the worst scene and length: {least:.0%}")
    return 0 if least == 1 and not blankings else 1


if __name__ == "__main__":
    sys.exit(main())
