"""The card: for how many days a profile's ring holds footage, and how long the card lasts."""

from __future__ import annotations

from dataclasses import dataclass

from edge.fleet.profile import PROFILES, Profile, read_profile
from edge.spool.capacity import required_bytes
from hardware.assumptions import Assumptions

YEAR_DAYS = 365.25


@dataclass(frozen=True, slots=True)
class CardSheet:
    """One profile; ``holds_days`` whole days fit into the ring, ``written_tb_a_year`` reach the flash."""

    city: str
    bitrate_bps: int
    ring_bytes: int
    retention_days: int
    on_card: bool
    holds_days: int
    written_tb_a_year: float
    wears_out_years: float
    replace_after_years: float


def shipped() -> dict[str, Profile]:
    """Returns every city's profile."""
    return {path.stem: read_profile(path.stem) for path in sorted(PROFILES.glob("*.toml"))}


def holds_days(bitrate_bps: int, ring_bytes: int) -> int:
    """Returns the whole days of uninterrupted footage that a ring holds, as check-config counts."""
    days = 0
    while required_bytes(bitrate_bps, days + 1) <= ring_bytes:
        days += 1
    return days


def endurance_bytes(assumed: Assumptions) -> float:
    """Returns what the card's maker promises to take: hours of recording times that recording's bitrate."""
    return assumed.card.endurance_hours.value * 3600 * assumed.card.endurance_bps.value / 8


def card_sheet(profile: Profile, assumed: Assumptions) -> CardSheet:
    """Computes a profile's sheet; a larger card than the promise's lasts longer as it is larger."""
    a, bitrate = assumed.card, profile.encoder.bitrate_bps
    a_day = bitrate / 8 * 86_400 * a.bytes_a_byte.value * a.inside_card.value
    wears_out = endurance_bytes(assumed) * profile.card.bytes / 128e9 / a_day / YEAR_DAYS
    return CardSheet(
        profile.city,
        bitrate,
        profile.spool.capacity_bytes,
        profile.retention_days,
        profile.spool.keeps_footage,
        holds_days(bitrate, profile.spool.capacity_bytes),
        a_day * YEAR_DAYS / 1e12,
        wears_out,
        min(wears_out, a.shelf_years.value),
    )
