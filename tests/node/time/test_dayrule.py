"""Which pair a segment is sealed to: accepted and refused, side by side."""

from __future__ import annotations

from zoneinfo import ZoneInfo

import pytest

from edge.base.clock import ClockQuality, from_iso
from edge.base.errors import BadConfiguration
from edge.node.time.dayrule import choose, in_use_us, local_day
from edge.wire.keylist import KeyList
from tests.node.town import make_key_list

TOKYO = ZoneInfo("Asia/Tokyo")
TRUSTED, UNTRUSTED = ClockQuality.SYNCHRONISED, ClockQuality.UNTRUSTED
MONDAY, TUESDAY, WEDNESDAY = "2026-01-05", "2026-01-06", "2026-01-07"


def key_list(
    *, days: tuple[str, ...] = (MONDAY, TUESDAY, WEDNESDAY), weeks: tuple[str, ...] = ("2026-W02",)
) -> KeyList:
    return make_key_list(days=days, weeks=weeks).payload


def at(local: str) -> int:
    return from_iso(f"{local}+09:00")


TAKEN = {
    "trusted: its own day": ("2026-01-05T10:00", TRUSTED, None, (MONDAY, MONDAY)),
    "receipted counts as trusted": ("2026-01-05T10:00", ClockQuality.RECEIPTED, None, (MONDAY, MONDAY)),
    "simulated counts as trusted": ("2026-01-05T10:00", ClockQuality.SIMULATED, None, (MONDAY, MONDAY)),
    "local midnight begins a day": ("2026-01-06T00:00", TRUSTED, MONDAY, (TUESDAY, TUESDAY)),
    "a moment before is the day before": ("2026-01-05T23:59:59", TRUSTED, MONDAY, (MONDAY, MONDAY)),
    "stepped back: the last trusted day": ("2026-01-05T10:00", TRUSTED, TUESDAY, (TUESDAY, TUESDAY)),
    "stepped back to 1970": ("1970-01-02T00:00", TRUSTED, TUESDAY, (TUESDAY, TUESDAY)),
    "day without a pair: its week's spare": ("2026-01-08T10:00", TRUSTED, None, ("2026-01-08", "2026-W02")),
    "untrusted: spare of the last trusted week": ("2026-03-01T10:00", UNTRUSTED, TUESDAY, (TUESDAY, "2026-W02")),
    "untrusted in 1970": ("1970-01-01T10:00", UNTRUSTED, TUESDAY, (TUESDAY, "2026-W02")),
    "untrusted, never trusted: week of the key list": ("1970-01-01T10:00", UNTRUSTED, None, (MONDAY, "2026-W02")),
    "a last day beyond the list was a false clock's": ("2026-01-05T10:00", TRUSTED, "2036-01-05", (MONDAY, MONDAY)),
    "untrusted, after a false clock": ("1970-01-01T10:00", UNTRUSTED, "2036-01-05", (MONDAY, "2026-W02")),
}
REFUSED = {
    "no day, no week": ("2026-01-12T10:00", TRUSTED, None, "2026-01-12"),
    "clock ran far ahead": ("2036-01-05T10:00", TRUSTED, TUESDAY, "2036-01-05"),
    "just behind the last week": ("2026-01-12T00:00", TRUSTED, WEDNESDAY, "2026-01-12"),
}


@pytest.mark.parametrize(("moment", "quality", "last", "expected"), TAKEN.values(), ids=TAKEN)
def test_segment_gets_the_pair_of_its_day(
    moment: str, quality: ClockQuality, last: str | None, expected: tuple[str, str]
) -> None:
    choice = choose(key_list(), at(moment), quality, last, TOKYO)
    assert (choice.day, choice.pair.period) == expected


@pytest.mark.parametrize(("moment", "quality", "last", "day"), REFUSED.values(), ids=REFUSED)
def test_without_a_pair_there_is_no_guess(moment: str, quality: ClockQuality, last: str | None, day: str) -> None:
    with pytest.raises(BadConfiguration, match=f"no key for {day}.*from {MONDAY} to {WEDNESDAY}.*both custodians"):
        choose(key_list(), at(moment), quality, last, TOKYO)


def untrusted(listed: KeyList, last: str | None, known: str | None) -> tuple[str, str]:
    choice = choose(listed, at("1970-01-01T10:00"), UNTRUSTED, last, TOKYO, known_day=known)
    return choice.day, choice.pair.period


@pytest.mark.parametrize(
    ("last", "known", "expected"),
    [
        (None, "2026-01-14", ("2026-01-14", "2026-W03")),
        (MONDAY, "2026-01-14", ("2026-01-14", "2026-W03")),
        ("2026-01-14", MONDAY, ("2026-01-14", "2026-W03")),
        ("2036-01-05", TUESDAY, (TUESDAY, "2026-W02")),
    ],
)
def test_week_of_an_untrusted_clock_goes_on_with_the_known_time(
    last: str | None, known: str, expected: tuple[str, str]
) -> None:
    assert untrusted(key_list(weeks=("2026-W02", "2026-W03")), last, known) == expected


def test_without_the_known_time_the_week_would_stand_still() -> None:
    """The control: weeks later the spare of the last trusted week is destroyed, and nothing could be opened."""
    assert untrusted(key_list(weeks=("2026-W02", "2026-W03")), MONDAY, None) == (MONDAY, "2026-W02")


def test_list_that_is_known_to_have_ended_is_not_used_on() -> None:
    with pytest.raises(BadConfiguration, match="no key for 2026-01-12"):
        untrusted(key_list(), MONDAY, "2026-01-12")


def test_list_that_begins_later_than_it_was_issued_has_a_spare_from_the_first_moment() -> None:
    assert untrusted(key_list(weeks=("2026-W05", "2026-W04")), None, None) == ("2026-01-19", "2026-W04")


def test_list_is_in_use_from_its_issue_to_its_last_day() -> None:
    """A day's grace at both ends, for zones and for the custodians' own clocks; the last week's Sunday counts."""
    listed = key_list()
    day_us = 86_400_000_000
    ends = from_iso("2026-01-12T00:00:00+00:00")
    assert in_use_us(listed) == (listed.issued - day_us, ends + day_us)
    assert in_use_us(key_list(weeks=()))[1] == from_iso("2026-01-08T00:00:00+00:00") + day_us
    assert in_use_us(key_list(days=(), weeks=()))[1] == listed.expires + day_us


def test_list_without_days_says_so() -> None:
    with pytest.raises(BadConfiguration, match=f"version 1 has no key for {MONDAY};"):
        choose(key_list(days=(), weeks=()), at("2026-01-05T10:00"), TRUSTED, None, TOKYO)


def test_untrusted_clock_never_gets_a_day_key() -> None:
    """The control of the table: without its spare an untrusted clock gets nothing, though the day's pair is there."""
    with pytest.raises(BadConfiguration):
        choose(key_list(weeks=()), at("2026-01-05T10:00"), UNTRUSTED, MONDAY, TOKYO)


@pytest.mark.parametrize(
    ("moment", "zone", "day"),
    [
        ("2026-01-05T14:59:59+00:00", "Asia/Tokyo", "2026-01-05"),
        ("2026-01-05T15:00:00+00:00", "Asia/Tokyo", "2026-01-06"),
        ("2026-01-05T23:30:00+00:00", "UTC", "2026-01-05"),
        ("2026-03-29T00:30:00+00:00", "Europe/Berlin", "2026-03-29"),
    ],
)
def test_day_is_the_local_one(moment: str, zone: str, day: str) -> None:
    assert local_day(from_iso(moment), ZoneInfo(zone)) == day
