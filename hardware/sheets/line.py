"""The line: what a profile sends in a month, and what data plans leave for footage."""

from __future__ import annotations

from dataclasses import dataclass

from edge.fleet.profile import Profile
from hardware.assumptions import Assumptions

MONTH_S = 730 * 3600


@dataclass(frozen=True, slots=True)
class LineSheet:
    """One profile: bytes a month of heartbeats, of all footage, of what it may send, and hours of footage that fit."""

    city: str
    heartbeat_bytes: float
    footage_bytes: float
    budget_bytes: float | None
    hours_in_budget: float | None


@dataclass(frozen=True, slots=True)
class PlanSheet:
    """A data plan with one profile: hours of footage a month that it carries beside heartbeats."""

    name: str
    name_ja: str
    yen_a_month: float
    source: str
    hours: float
    covers_all: bool


def on_line(payload_bytes: float, assumed: Assumptions) -> float:
    """Returns the bytes on the line for a payload."""
    return payload_bytes * (1 + assumed.line.overhead_share.value)


def heartbeats(assumed: Assumptions) -> float:
    """Returns the bytes a month of heartbeats, on the line."""
    return on_line(assumed.line.heartbeat_bytes.value * MONTH_S / assumed.line.heartbeat_s.value, assumed)


def hours_of_footage(room_bytes: float, bitrate_bps: int, assumed: Assumptions) -> float:
    """Returns the hours that fit beside heartbeats."""
    return max(0.0, room_bytes - heartbeats(assumed)) / on_line(bitrate_bps / 8, assumed) / 3600


def line_sheet(profile: Profile, assumed: Assumptions) -> LineSheet:
    """Computes a profile's sheet."""
    bitrate, budget = profile.encoder.bitrate_bps, profile.uplink.monthly_budget_bytes
    footage = on_line(bitrate / 8 * MONTH_S, assumed)
    fits = None if budget is None else hours_of_footage(budget, bitrate, assumed)
    beats = 0.0 if profile.network.kind == "none" else heartbeats(assumed)
    return LineSheet(profile.city, beats, footage, budget, fits)


def plan_sheets(profile: Profile, assumed: Assumptions) -> list[PlanSheet]:
    """Computes each data plan with a profile's bitrate."""
    sheets = []
    for plan in assumed.line.plan:
        hours = hours_of_footage(plan.bytes_a_month, profile.encoder.bitrate_bps, assumed)
        fee = plan.yen_a_month
        sheets.append(PlanSheet(plan.name, plan.name_ja, fee.value, fee.of, hours, hours * 3600 >= MONTH_S))
    return sheets
