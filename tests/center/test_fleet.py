from __future__ import annotations

import dataclasses
import re
from typing import Any

import pytest

from edge.base.clock import SystemClock
from edge.center.advice import PASSWORD_DAYS, advise
from edge.center.alarm import Alarm
from edge.center.center import Center
from edge.center.config import Contact
from edge.center.coverage import KINDS
from edge.center.fleet import view_fleet
from edge.center.gather import report_fleet
from edge.center.metrics import scrape
from edge.center.pages import render_page
from edge.center.state import State, Verdict
from edge.center.words import ALARM, FAULT, KIND, NEXT_STEP, PANEL, STATE, SYMBOL, duration
from edge.seal.manifest import Cause
from tests.center.city import DAY_US, TOKYO, City
from tests.center.showcase import beat, enrolled, fill

EXPECTED = {
    "matsudo-012": "recording",
    "matsudo-013": "recording",
    "matsudo-027": "late",
    "matsudo-031": "silent",
    "matsudo-044": "blanked",
    "matsudo-058": "frozen",
}


@pytest.fixture
def fleet(center: Center, city: City) -> Center:
    fill(center, city, SystemClock().now_us())
    return center


def test_each_node_has_its_state(fleet: Center) -> None:
    view = view_fleet(fleet)
    assert {node.node: node.state for node in view.nodes} == EXPECTED
    assert [node.state for node in view.nodes][:1] == ["frozen"]
    assert view.period.en == "last 24 hours"


def test_the_most_urgent_advice_comes_first(fleet: Center) -> None:
    advice = [item for item, _ in view_fleet(fleet).advice]
    assert [item.node for item in advice if item.urgent] == ["matsudo-058", "matsudo-031", "matsudo-044"]
    assert [item.urgent for item in advice] == sorted((item.urgent for item in advice), reverse=True)
    now = fleet.clock.now_us()
    assert [advise(report, now, TOKYO) for report in report_fleet(fleet, now, "matsudo-012")] == [[]]


@pytest.mark.parametrize("kind", ["certificate", "key-list", "password", "false-proof", "own step", "retired"])
def test_advice_names_what_is_due(fleet: Center, kind: str) -> None:
    now = fleet.clock.now_us()
    (report,) = report_fleet(fleet, now, "matsudo-012")
    assert report.heartbeat is not None
    changed: dict[str, dict[str, Any]] = {
        "certificate": {"certificate_us": now + 13 * DAY_US},
        "key-list": {"key_list_us": now + 13 * DAY_US},
        "password": {"heartbeat": report.heartbeat.model_copy(update={"password_age_days": PASSWORD_DAYS + 1})},
        "false-proof": {"alarms": (Alarm("matsudo-012", "false-proof", "bad-signature", now, ""),)},
        "own step": {"verdict": Verdict(State.SILENT, now), "contact": Contact(next_step="Ring twice")},
        "retired": {"verdict": Verdict(State.RETIRED, now), "certificate_us": 0},
    }
    advice = advise(dataclasses.replace(report, **changed[kind]), now, TOKYO)
    if kind == "retired":
        assert advice == []
    else:
        assert [item.step.ja == "Ring twice" for item in advice] == [kind == "own step"]
        assert kind == "own step" or advice[0].matter == ALARM[kind]


def test_the_page_is_in_both_languages_and_loads_nothing(fleet: Center) -> None:
    page = render_page("fleet.html", refresh=True, view=view_fleet(fleet))
    for text in ("対応が必要なこと", "To see to", "停電", "Power", "本町通り", "西口自治会館", "96.9"):
        assert text in page
    assert not re.findall(r"<script|<img|<link|src=|url\((?!#)|@import|https?://", page)


def test_a_nodes_page_lists_its_gaps(fleet: Center) -> None:
    view = view_fleet(fleet, "matsudo-013")
    page = render_page("node.html", refresh=False, view=view, node=view.nodes[0])
    assert "http-equiv" not in page
    table = page[page.index("newest first") :]
    assert table.index("48秒") < table.index("38分")


def test_a_nodes_page_tells_how_old_its_passwords_are(fleet: Center) -> None:
    view = view_fleet(fleet, "matsudo-013")
    page = render_page("node.html", refresh=False, view=view, node=view.nodes[0])
    assert "12日前" in page and "12 d old" in page
    assert b'mimamori_node_password_age_days{node="matsudo-013"} 12.0' in scrape(fleet)


def test_text_from_a_node_is_escaped(center: Center, city: City) -> None:
    now = SystemClock().now_us()
    node = enrolled(center, city, "cam-1", now)
    beat(center, node, None, now, message="<script>alert(1)</script>", faults={"card": "<script>alert(2)</script>"})
    page = render_page("fleet.html", refresh=True, view=view_fleet(center))
    assert page.count("&lt;script&gt;") == 2
    assert "<script" not in page


def test_page_shows_every_fault_that_the_recorder_names_the_oldest_first_and_in_full(
    center: Center, city: City
) -> None:
    now = SystemClock().now_us()
    node = enrolled(center, city, "cam-1", now)
    message = "no frame came for 7 s; " + "x" * 300
    faults = {"a-new-one": "not known here", "camera": message[:200], "card": "reel 3 is not written any more"}
    beat(center, node, None, now, message=message, faults=faults)
    page = render_page("fleet.html", refresh=True, view=view_fleet(center))
    lines = [page.index(text) for text in (message, "not known here", "reel 3 is not")]
    assert lines == sorted(lines) and page.count("no frame came") == 1
    for name in ("カメラ", "Camera", "a-new-one", "カード"):
        assert name in page


@pytest.mark.parametrize(("slow", "warned"), [(0, False), (3, True)])
def test_slow_card_is_marked(center: Center, city: City, slow: int, warned: bool) -> None:
    now = SystemClock().now_us()
    beat(center, enrolled(center, city, "cam-1", now), None, now, slow_syncs=slow)
    facts = {fact.name.en: fact for fact in view_fleet(center).nodes[0].facts}
    assert facts["Card writes, 24 h"].warn is warned


def test_an_empty_fleet_has_a_page(center: Center) -> None:
    view = view_fleet(center)
    assert view.period.en == "last 10 minutes"
    assert "No node is enrolled yet" in render_page("fleet.html", refresh=True, view=view)


def test_metrics_name_states_coverage_and_ages(fleet: Center) -> None:
    text = scrape(fleet).decode()
    assert 'mimamori_node_state{node="matsudo-058",state="frozen"} 1.0' in text
    assert 'mimamori_coverage_24h_seconds{kind="power",node="matsudo-013"} 2280.0' in text
    assert 'mimamori_node_backlog_records{node="matsudo-027"} 5400.0' in text
    assert "mimamori_node_proof_timestamp_seconds" in text


@pytest.mark.parametrize(("fault", "urgent"), [("tampered", True), ("button", False), ("panel", False)])
def test_what_hands_do_at_the_case_alarms_in_japanese_first(
    center: Center, city: City, fault: str, urgent: bool
) -> None:
    now = SystemClock().now_us()
    beat(center, enrolled(center, city, "cam-1", now), None, now, message="told", faults={fault: "told"})
    found = {advice.matter: advice for advice in advise(report_fleet(center, now)[0], now, TOKYO)}
    assert found[PANEL[fault]].urgent is urgent
    page = render_page("fleet.html", refresh=True, view=view_fleet(center))
    assert -1 < page.index(PANEL[fault].ja) < page.index(PANEL[fault].en)
    assert FAULT[fault].ja in page


def test_node_whose_case_is_shut_alarms_nobody(center: Center, city: City) -> None:
    """Control of the test above."""
    now = SystemClock().now_us()
    beat(center, enrolled(center, city, "cam-1", now), None, now, message="told", faults={"keys": "told"})
    assert not {advice.matter for advice in advise(report_fleet(center, now)[0], now, TOKYO)} & set(PANEL.values())


def test_every_state_cause_and_kind_has_words() -> None:
    assert set(STATE) == set(SYMBOL) == set(NEXT_STEP) == set(State)
    assert set(KIND) == set(KINDS) | {cause.value for cause in Cause}
    assert {"fork", "false-proof"} <= set(ALARM)
    assert len(set(SYMBOL.values())) == len(State)


@pytest.mark.parametrize(
    ("seconds", "ja", "en"),
    [
        (0, "0秒", "0 s"),
        (59, "59秒", "59 s"),
        (60, "1分", "1 min"),
        (3661, "1時間1分", "1 h 1 min"),
        (90_000, "1日1時間", "1 d 1 h"),
    ],
)
def test_durations_read_well(seconds: int, ja: str, en: str) -> None:
    words = duration(seconds)
    assert (words.ja, words.en) == (ja, en)
