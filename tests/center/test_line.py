"""What the fleet page says of a node's line and data budget."""

from __future__ import annotations

from typing import Any

import pytest

from edge.base.clock import SystemClock, from_iso
from edge.center.advice import advise
from edge.center.center import Center
from edge.center.fleet import view_fleet
from edge.center.gather import report_fleet
from edge.center.line import STEPS, backlog_words, budget_words, line_matters, line_words
from edge.center.pages import render_page
from edge.wire.heartbeat import Heartbeat, parse_heartbeat
from tests.center.city import TOKYO, City
from tests.center.showcase import beat, enrolled
from tests.seal.samples import NODE
from tests.vectors.vector import load

GB = 10**9
NOON = from_iso("2026-04-16T00:00:00+09:00")
"""The middle of a month of 30 days."""


def word(**changes: Any) -> Heartbeat:
    return parse_heartbeat(load("heartbeat/ok").data, NODE).model_copy(update={"sent": NOON, **changes})


def budget(sent: int, forecast: int | None, limit: int = 30 * GB) -> dict[str, int | None]:
    return {"budget_limit_bytes": limit, "budget_sent_bytes": sent, "budget_forecast_bytes": forecast}


def hours_behind(hours: float, **changes: Any) -> Heartbeat:
    return word(backlog_bytes=int(hours * 3600 * 1_500_000 / 8), line_bps=1_000_000, **changes)


@pytest.mark.parametrize(
    ("heartbeat", "kinds"),
    [
        (word(), []),
        (word(**budget(10 * GB, 29 * GB)), []),
        (word(**budget(10 * GB, 31 * GB)), ["budget-forecast"]),
        (word(**budget(10 * GB, None)), []),
        (word(**budget(30 * GB, 31 * GB)), ["budget-spent"]),
        (hours_behind(2), ["line-behind"]),
        (hours_behind(0.5), []),
        (hours_behind(2, drained_us=NOON + 1), []),
        (hours_behind(2, upload="on_request"), []),
        (word(backlog_bytes=10 * GB), []),
    ],
)
def test_what_staff_should_see_to(heartbeat: Heartbeat, kinds: list[str]) -> None:
    assert [kind for kind, _ in line_matters(heartbeat, TOKYO)] == kinds
    assert set(kinds) <= set(STEPS)


@pytest.mark.parametrize(
    ("forecast", "ja", "en"),
    [
        (50 * GB, "今月のデータ量は23日に上限に達する見込み", "The data budget will be spent on the 23rd"),
        (31 * GB, "今月のデータ量は30日に上限に達する見込み", "The data budget will be spent on the 30th"),
        (1000 * GB, "今月のデータ量は16日に上限に達する見込み", "The data budget will be spent on the 16th"),
        (70 * GB, "今月のデータ量は21日に上限に達する見込み", "The data budget will be spent on the 21st"),
        (60 * GB, "今月のデータ量は22日に上限に達する見込み", "The data budget will be spent on the 22nd"),
    ],
)
def test_page_says_on_which_local_day_the_budget_is_spent(forecast: int, ja: str, en: str) -> None:
    ((_, matter),) = line_matters(word(**budget(10 * GB, forecast)), TOKYO)
    assert (matter.ja, matter.en) == (ja, en)


def test_december_ends_with_the_year() -> None:
    heartbeat = word(**budget(10 * GB, 50 * GB), sent=from_iso("2026-12-31T00:00:00+09:00"))
    ((_, matter),) = line_matters(heartbeat, TOKYO)
    assert matter.en.endswith("on the 31st")


@pytest.mark.parametrize(
    ("heartbeat", "ja", "warn"),
    [
        (word(**budget(12 * GB, 29 * GB)), "12.0 / 30.0 GB、月末予測 29.0 GB", False),
        (word(**budget(12 * GB, 41 * GB)), "12.0 / 30.0 GB、月末予測 41.0 GB", True),
        (word(**budget(12 * GB, None)), "12.0 / 30.0 GB", False),
        (word(**budget(30 * GB, None)), "30.0 / 30.0 GB", True),
    ],
)
def test_budget_is_one_figure(heartbeat: Heartbeat, ja: str, warn: bool) -> None:
    found = budget_words(heartbeat)
    assert found is not None
    assert (found[0].ja, found[1]) == (ja, warn)


def test_line_and_backlog_are_figures() -> None:
    assert budget_words(word()) is None
    assert line_words(word(line_bps=4_200_000)).ja == "4.2 Mbit/s、録画は最大1.5 Mbit/s"
    assert line_words(word(line_bps=420_000, recorder=None)).ja == "420 kbit/s"
    assert line_words(word()).en == "not measured, recorded at 1.5 Mbit/s at most"
    waiting = word(backlog_records=1200, backlog_bytes=5 * 10**8)
    assert backlog_words(waiting, NOON).ja == "1,200件"
    drained = waiting.model_copy(update={"drained_us": NOON + 7_500 * 10**6})
    assert backlog_words(drained, NOON).ja == "1,200件、あと2時間5分"
    assert backlog_words(drained, NOON).en == "500.0 MB, gone in 2 h 5 min"


def test_page_and_advice_tell_of_the_budget(center: Center, city: City) -> None:
    now = SystemClock().now_us()
    node = enrolled(center, city, "cam-1", now)
    beat(center, node, None, now, line_bps=2_000_000, **budget(30 * GB, 60 * GB))
    (report,) = report_fleet(center, now)
    assert STEPS["budget-spent"] in [item.step for item in advise(report, now, TOKYO)]
    page = render_page("fleet.html", refresh=True, view=view_fleet(center))
    for text in ("今月のデータ量を使い切りました", "30.0 / 30.0 GB", "2.0 Mbit/s"):
        assert text in page
