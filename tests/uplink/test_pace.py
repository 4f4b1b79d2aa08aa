"""Rate, rate limit, quiet hours, monthly budget."""

from __future__ import annotations

from pathlib import Path

import pytest

from edge.base.clock import ClockQuality, from_iso
from edge.uplink.budget import Budget
from edge.uplink.pace import BATCH_LIMIT_BYTES, Rate, RateLimit, is_quiet, open_share
from tests.clocks import HandClock
from tests.uplink.town import TOKYO

NOW = from_iso("2026-01-15T12:00:00+09:00")


def test_batch_is_twenty_seconds_of_the_measured_rate() -> None:
    rate = Rate()
    first = rate.batch_bytes()
    rate.measured(100_000, 1_000_000_000)
    assert first == 256 * 1024
    assert rate.batch_bytes() == 2_000_000


def test_batch_has_a_ceiling_and_a_floor() -> None:
    rate = Rate()
    rate.measured(10**9, 1)
    assert rate.batch_bytes() == BATCH_LIMIT_BYTES
    rate.bytes_per_s = 0.001
    assert rate.batch_bytes() == 1


def test_rate_follows_the_line_and_halves_after_a_failure() -> None:
    rate = Rate()
    rate.failed(1)
    assert rate.bytes_per_s is None
    rate.measured(1000, 1_000_000_000)
    rate.measured(2000, 1_000_000_000)
    assert rate.bytes_per_s == pytest.approx(1300)
    rate.failed(1)
    assert rate.bytes_per_s == pytest.approx(650)


def test_slower_line_counts_at_once_when_an_upload_took_long_enough_to_tell() -> None:
    rate = Rate()
    rate.measured(1_000_000, 1_000_000_000)
    rate.measured(4096, 300_000_000)
    assert rate.bytes_per_s == pytest.approx(1_000_000 - 0.3 * (1_000_000 - 4096 / 0.3))
    rate.measured(500_000, 5_000_000_000)
    assert rate.bytes_per_s == 100_000
    rate.measured(2_000_000, 5_000_000_000)
    assert rate.bytes_per_s == pytest.approx(190_000)


def test_rate_limit_holds_its_mean() -> None:
    clock = HandClock(NOW)
    limit = RateLimit(1000.0, clock)
    for _ in range(100):
        limit(500)
    assert clock.monotonic_ns() / 1e9 == pytest.approx((50_000 - 250) / 1000)


def test_rate_limit_saves_up_no_more_than_its_burst() -> None:
    clock = HandClock(NOW)
    limit = RateLimit(1000.0, clock)
    clock.advance(3600)
    limit(250)
    assert clock.slept == []
    limit(100)
    assert clock.slept == [pytest.approx(0.1)]


@pytest.mark.parametrize(
    ("local", "hours", "quiet"),
    [
        ("12:00", (), False),
        ("12:00", ("12:00-13:00",), True),
        ("13:00", ("12:00-13:00",), False),
        ("11:59", ("12:00-13:00",), False),
        ("23:00", ("22:00-06:00",), True),
        ("05:59", ("22:00-06:00",), True),
        ("06:00", ("22:00-06:00",), False),
        ("08:30", ("22:00-06:00", "08:00-09:00"), True),
    ],
)
def test_quiet_hours_are_local_and_run_over_midnight(local: str, hours: tuple[str, ...], quiet: bool) -> None:
    assert is_quiet(from_iso(f"2026-01-15T{local}:00+09:00"), hours, TOKYO) is quiet


def budget(path: Path, clock: HandClock, limit: int | None = 1_000_000) -> Budget:
    return Budget(path, limit, TOKYO, clock)


def test_budget_is_spent_at_its_limit(tmp_path: Path) -> None:
    counted = budget(tmp_path / "b", HandClock(NOW))
    counted.add(500_000)
    assert not counted.spent()
    counted.add(500_000)
    assert counted.spent()


def test_no_budget_is_never_spent_and_writes_nothing(tmp_path: Path) -> None:
    counted = budget(tmp_path / "b", HandClock(NOW), None)
    counted.add(10**12)
    counted.save()
    assert not counted.spent()
    assert not (tmp_path / "b").exists()


def test_budget_is_kept_over_a_restart(tmp_path: Path) -> None:
    counted = budget(tmp_path / "b", HandClock(NOW))
    counted.add(2_000_000)
    counted.save()
    assert budget(tmp_path / "b", HandClock(NOW)).spent()


def test_budget_is_saved_by_itself_every_few_megabytes(tmp_path: Path) -> None:
    counted = budget(tmp_path / "b", HandClock(NOW))
    counted.add(5_000_000)
    assert budget(tmp_path / "b", HandClock(NOW)).sent_bytes > 5_000_000


def test_new_month_begins_a_new_budget_at_local_midnight(tmp_path: Path) -> None:
    clock = HandClock(from_iso("2026-01-31T23:59:59+09:00"))
    counted = budget(tmp_path / "b", clock)
    counted.add(2_000_000)
    assert counted.spent()
    clock.advance(1)
    assert not counted.spent()


def test_untrusted_clock_begins_no_new_month(tmp_path: Path) -> None:
    clock = HandClock(NOW, ClockQuality.UNTRUSTED)
    counted = budget(tmp_path / "b", clock)
    counted.add(2_000_000)
    clock.at_us = from_iso("2036-01-15T12:00:00+09:00")
    assert counted.spent()


def test_clock_that_steps_back_keeps_the_count(tmp_path: Path) -> None:
    clock = HandClock(NOW)
    counted = budget(tmp_path / "b", clock)
    counted.add(2_000_000)
    clock.at_us = from_iso("1970-01-02T00:00:00+09:00")
    assert counted.spent()


@pytest.mark.parametrize("damage", [b"", b"{}", b'{"month":"2026-1\\n","sent_bytes":1,"v":1}'])
def test_damaged_budget_begins_anew(tmp_path: Path, damage: bytes) -> None:
    (tmp_path / "b").write_bytes(damage)
    assert budget(tmp_path / "b", HandClock(NOW)).sent_bytes == 0


@pytest.mark.parametrize(
    ("hours", "share"),
    [((), 1.0), (("22:00-06:00",), 2 / 3), (("22:00-06:00", "05:00-07:00"), 15 / 24), (("00:00-00:00",), 1.0)],
)
def test_open_share_is_what_quiet_hours_leave_of_a_day(hours: tuple[str, ...], share: float) -> None:
    assert open_share(hours) == pytest.approx(share)


MID_MONTH = from_iso("2026-04-16T00:00:00+09:00")
HALF_S = 15 * 86_400


def spent(path: Path, sent_bytes: int, at_us: int = MID_MONTH) -> Budget:
    counted = budget(path / "b", HandClock(at_us), 10**10)
    counted.add(sent_bytes - 4096)
    return counted


def test_forecast_is_what_was_sent_and_what_is_recorded_until_the_months_end(tmp_path: Path) -> None:
    counted = spent(tmp_path, 10**9)
    assert counted.forecast_bytes(8000, 500, None) == 10**9 + 500 + 1000 * HALF_S


def test_forecast_is_no_more_than_the_line_carries(tmp_path: Path) -> None:
    counted = spent(tmp_path, 10**9)
    assert counted.forecast_bytes(8000, 10**12, 16_000) == 10**9 + 2000 * HALF_S


def test_forecast_of_a_node_that_is_asked_goes_on_as_before(tmp_path: Path) -> None:
    assert spent(tmp_path, 10**9).forecast_bytes(None, 10**12, None) == 2 * 10**9


def test_forecast_on_the_first_morning_does_not_blow_up(tmp_path: Path) -> None:
    begin = from_iso("2026-04-01T00:00:10+09:00")
    assert spent(tmp_path, 10**6, begin).forecast_bytes(None, 0, None) < 31 * 10**6


def test_budget_allows_what_is_left_and_then_the_next_months(tmp_path: Path) -> None:
    counted = spent(tmp_path, 4 * 10**9)
    assert counted.allowed_bps(HALF_S) == pytest.approx(6 * 10**9 * 8 / HALF_S, abs=1)
    assert counted.allowed_bps(HALF_S // 3) == pytest.approx(6 * 10**9 * 8 / HALF_S, abs=1)
    whole = 6 * 10**9 + 10**10 * 15 / 31
    assert counted.allowed_bps(2 * HALF_S) == pytest.approx(whole * 8 / (2 * HALF_S), abs=1)


def test_spent_budget_allows_only_the_next_months(tmp_path: Path) -> None:
    counted = spent(tmp_path, 10**10)
    assert counted.allowed_bps(HALF_S) == 0
    assert counted.allowed_bps(2 * HALF_S) == pytest.approx(10**10 * 15 / 31 * 8 / (2 * HALF_S), abs=1)


def test_without_a_budget_as_much_as_one_likes_is_allowed(tmp_path: Path) -> None:
    assert budget(tmp_path / "b", HandClock(NOW), None).allowed_bps(1000) is None
