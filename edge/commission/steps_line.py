"""The line step: what is known of line, server and time, whether it is enough, and what to do where it is not."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from edge.base.clock import ClockQuality
from edge.commission import steps_words as say
from edge.commission.steps_words import Words
from edge.wire.line import Access, Way

SIGNAL_GOOD_DBM = -70
SIGNAL_POOR_DBM = -85
SIGNAL_GOOD_PERCENT, SIGNAL_POOR_PERCENT = 50, 25
"""By ModemManager's own scale."""
ROUND_TRIP_GOOD_MS = 500
RATE_RESERVE = 1.2
"""The line carries heartbeats and what was held back, too."""


class Standing(StrEnum):
    """How a fact stands."""

    GOOD = "good"
    POOR = "poor"
    """It works, but badly."""
    BAD = "bad"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Line:
    """What is known of the line; None where nobody can tell.

    Attributes:
        connected: the center or its broker has answered of late.
        access: how the node is joined to its line.
        line_bps: what the line carries at least.
        clock: how far the node's time can be believed.
    """

    connected: bool | None
    access: Access
    round_trip_ms: int | None
    line_bps: int | None
    clock: ClockQuality


@dataclass(frozen=True, slots=True)
class Fact:
    """One line of the step.

    Attributes:
        advice: what to do; None where nothing needs doing.
    """

    name: Words
    value: Words
    standing: Standing
    advice: Words | None = None


def facts(line: Line, bitrate_bps: int) -> list[Fact]:
    """Returns every fact, held against footage of ``bitrate_bps``."""
    return [
        _server(line.connected),
        _signal(line.access),
        _round_trip(line.round_trip_ms),
        _rate(line.line_bps, bitrate_bps),
        _time(line.clock),
    ]


def _server(connected: bool | None) -> Fact:
    if connected is None:
        return Fact(say.SERVER, say.UNKNOWN, Standing.UNKNOWN, say.NO_REPORT)
    if connected:
        return Fact(say.SERVER, say.CONNECTED, Standing.GOOD)
    return Fact(say.SERVER, say.DISCONNECTED, Standing.BAD, say.NO_SERVER)


def _signal(access: Access) -> Fact:
    if access.way is Way.CABLE:
        return Fact(say.SIGNAL, say.CABLE, Standing.GOOD)
    if access.dbm is not None:
        return _graded(f"{access.dbm} dBm", access.dbm, SIGNAL_GOOD_DBM, SIGNAL_POOR_DBM)
    if access.percent is not None:
        return _graded(f"{access.percent} %", access.percent, SIGNAL_GOOD_PERCENT, SIGNAL_POOR_PERCENT)
    return Fact(say.SIGNAL, say.UNKNOWN, Standing.UNKNOWN, say.SIGNAL_UNKNOWN)


def _graded(text: str, value: int, good: int, poor: int) -> Fact:
    if value >= good:
        return Fact(say.SIGNAL, Words(text, text), Standing.GOOD)
    return Fact(say.SIGNAL, Words(text, text), Standing.POOR if value >= poor else Standing.BAD, say.WEAK_SIGNAL)


def _round_trip(milliseconds: int | None) -> Fact:
    if milliseconds is None:
        return Fact(say.ROUND_TRIP, say.UNKNOWN, Standing.UNKNOWN, say.ROUND_TRIP_UNKNOWN)
    value = Words(f"{milliseconds} ミリ秒", f"{milliseconds} ms")
    if milliseconds <= ROUND_TRIP_GOOD_MS:
        return Fact(say.ROUND_TRIP, value, Standing.GOOD)
    return Fact(say.ROUND_TRIP, value, Standing.POOR, say.SLOW_ROUND_TRIP)


def _rate(line_bps: int | None, bitrate_bps: int) -> Fact:
    if line_bps is None:
        return Fact(say.RATE, say.UNKNOWN, Standing.UNKNOWN, say.RATE_UNKNOWN)
    text = f"{line_bps / 1e6:.1f} Mbit/s"
    need = f"{RATE_RESERVE * bitrate_bps / 1e6:.1f}"
    if line_bps >= RATE_RESERVE * bitrate_bps:
        return Fact(say.RATE, Words(text, text), Standing.GOOD)
    standing = Standing.POOR if line_bps >= bitrate_bps else Standing.BAD
    return Fact(say.RATE, Words(text, text), standing, say.SLOW_RATE.filled(need=need))


def _time(clock: ClockQuality) -> Fact:
    if clock is ClockQuality.UNTRUSTED:
        return Fact(say.TIME, say.CLOCK_UNTRUSTED, Standing.BAD, say.NO_TIME)
    return Fact(say.TIME, say.CLOCK_TRUSTED, Standing.GOOD)
