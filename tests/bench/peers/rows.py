"""What each program took and left, over all rounds, as one row; and the rows as a table."""

from __future__ import annotations

import statistics
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from fractions import Fraction

from edge.base.frame import Planes
from tests.bench import watched
from tests.bench.peers import leaks
from tests.bench.peers.films import Film, Played, played, seconds
from tests.bench.peers.killed import Killed
from tests.bench.peers.leaks import Area, Leak

PEER = "ffmpeg"
"""Whose figures the others' are divided by."""
_HEADS = (
    "| program | CPU a second of video | memory, peak | bitrate | plays after kill -9 | masked pixels not solid "
    "| of private places |\n|---|---|---|---|---|---|---|"
)
_OTHER_HEADS = (
    "| output of motion, its privacy mask in force | masked pixels not solid | of private places |\n|---|---|---|"
)


@dataclass(frozen=True, slots=True)
class Left:
    """What a player finds.

    Attributes:
        seconds: of video that plays.
        bits: of the files that play.
    """

    seconds: float
    bits: int
    leak: Leak


@dataclass(frozen=True, slots=True)
class Row:
    """One program: what it took and left, over all rounds.

    Attributes:
        recorded_s, survived_s: of the round that lost most.
        lost_s: mean.
    """

    name: str
    cpu_ratio: float
    peak_mib: float
    recorded_s: float
    survived_s: float
    lost_s: float
    bitrate_bps: float
    leak: Leak


def left(films: Iterable[Film], area: Area, fps: Fraction) -> Left:
    """Plays every film to its end or its first damage."""
    total_s, bits, found = 0.0, 0, [leaks.count((), area)]
    for film in films:
        times_s: list[float] = []
        found.append(leaks.count(_noting(played(film), times_s), area))
        total_s += seconds(times_s, fps)
        bits += 8 * (len(film) if isinstance(film, bytes) else film.stat().st_size) if times_s else 0
    return Left(total_s, bits, leaks.joined(found))


def _noting(pictures: Iterable[Played], times_s: list[float]) -> Iterator[Planes]:
    for picture in pictures:
        times_s.append(picture.at_s)
        yield picture.planes


def row(rounds: list[tuple[Killed, Left]]) -> Row:
    """Returns one program's row of its rounds."""
    lost_s = [killed.recorded_s - found.seconds for killed, found in rounds]
    worst, survived = rounds[lost_s.index(max(lost_s))]
    return Row(
        name=worst.program.name,
        cpu_ratio=statistics.median(killed.cpu_ratio for killed, _ in rounds),
        peak_mib=statistics.median(killed.peak for killed, _ in rounds) / watched.MIB,
        recorded_s=worst.recorded_s,
        survived_s=survived.seconds,
        lost_s=statistics.mean(lost_s),
        bitrate_bps=sum(found.bits for _, found in rounds) / max(1e-9, sum(found.seconds for _, found in rounds)),
        leak=leaks.joined([found.leak for _, found in rounds]),
    )


def table(rows: list[Row], others: dict[str, Leak]) -> str:
    """Returns one line a program, then one for each other output of motion, in Markdown."""
    peer = next(row for row in rows if row.name == PEER)
    lines = [
        f"| {row.name} | {1000 * row.cpu_ratio:.0f} ms, {row.cpu_ratio / peer.cpu_ratio:.2f} × {PEER}"
        f" | {row.peak_mib:.0f} MiB, {row.peak_mib / peer.peak_mib:.2f} × | {row.bitrate_bps / 1e6:.2f} Mbit/s"
        f" | {row.survived_s:.1f} of {row.recorded_s:.1f} s at worst, {row.lost_s:.1f} s lost in the mean"
        f" | {_leak(row.leak)} |"
        for row in rows
    ]
    more = [f"| {name} | {_leak(leak)} |" for name, leak in others.items()]
    return "\n".join([_HEADS, *lines, "", _OTHER_HEADS, *more])


def _leak(leak: Leak) -> str:
    places = f"{leak.private_px:,} of {leak.places_px:,}, in {leak.leaking} of {leak.pictures} pictures"
    return f"{leak.masked_px:,} of {leak.area_px:,} | {places}"
