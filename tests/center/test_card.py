"""A node's word about its card: when staff are told to bring a new one, and what page and metrics show of it."""

from __future__ import annotations

import pytest

from edge.base.clock import SystemClock
from edge.center.advice import advise
from edge.center.card import card_kinds, card_words
from edge.center.center import Center
from edge.center.fleet import view_fleet
from edge.center.gather import report_fleet
from edge.center.metrics import scrape
from edge.center.pages import render_page
from edge.center.words import CARD
from edge.wire.heartbeat import CardHealth, parse_heartbeat
from tests.center.city import TOKYO, City
from tests.center.showcase import beat, enrolled
from tests.seal.samples import NODE
from tests.vectors.vector import load


def card(**told: object) -> CardHealth:
    return CardHealth.model_validate({"device": "mmcblk0p3", "read_only": False} | told)


@pytest.mark.parametrize(
    ("health", "kinds"),
    [
        (None, []),
        (card(), []),
        (card(days_left=90, wear_percent=90, reserve="normal", ext4_errors=0, io_errors_24h=0), []),
        (card(days_left=89), ["card-worn"]),
        (card(wear_percent=100), ["card-worn"]),
        (card(reserve="warning"), ["card-worn"]),
        (card(reserve="urgent"), ["card-worn"]),
        (card(ext4_errors=1), ["card-errors"]),
        (card(io_errors_24h=1), ["card-errors"]),
        (card(read_only=True), ["card-read-only"]),
        (card(read_only=True, ext4_errors=3, days_left=0), ["card-read-only", "card-errors", "card-worn"]),
    ],
)
def test_staff_are_told_what_a_card_needs(health: CardHealth | None, kinds: list[str]) -> None:
    assert card_kinds(health) == kinds


@pytest.mark.parametrize(("slow", "kinds"), [(9, []), (10, ["card-slow"])])
def test_a_card_that_often_takes_long_is_named(slow: int, kinds: list[str]) -> None:
    recorder = parse_heartbeat(load("heartbeat/ok").data, NODE).recorder
    assert recorder is not None
    assert card_kinds(None, recorder.model_copy(update={"slow_syncs_24h": slow})) == kinds


def test_node_that_records_to_memory_needs_a_new_card_today() -> None:
    recorder = parse_heartbeat(load("heartbeat/ok").data, NODE).recorder
    assert recorder is not None
    faults = {"memory": "the card takes nothing; footage is only in memory"}
    assert card_kinds(card(read_only=True), recorder.model_copy(update={"faults": faults})) == [
        "card-failed",
        "card-read-only",
    ]
    assert "card-failed" not in card_kinds(card(read_only=True), recorder)


def test_footage_in_memory_is_urgent_and_says_what_to_do(center: Center, city: City) -> None:
    now = SystemClock().now_us()
    faults = {"memory": "the card takes nothing; footage is only in memory"}
    beat(center, enrolled(center, city, "cam-1", now), None, now, message=faults["memory"], faults=faults)
    found = {advice.matter: advice for advice in advise(report_fleet(center, now)[0], now, TOKYO)}
    advice = found[CARD["card-failed"]]
    assert advice.urgent
    assert "本日中にカードを交換" in advice.step.ja and "Replace the card today" in advice.step.en


@pytest.mark.parametrize(
    ("health", "ja", "en"),
    [
        (card(), "異常なし", "no fault known"),
        (card(days_left=1234), "残り約1,234日", "about 1,234 d left"),
        (card(bytes_a_day=16_200_000_000), "書込み16.2 GB/日", "16.2 GB written a day"),
        (
            card(wear_percent=20, reserve="normal", days_left=850),
            "残り約850日、消耗20%以下",
            "about 850 d left, worn 20 % at most",
        ),
        (
            card(reserve="urgent", ext4_errors=2),
            "カードがエラーを報告、カードの寿命が近い、予備領域90%以上使用",
            "Card reports errors, Card nears its end, 90 % of its spare blocks used",
        ),
    ],
)
def test_a_cards_state_is_one_line(health: CardHealth, ja: str, en: str) -> None:
    assert (card_words(health).ja, card_words(health).en) == (ja, en)


def test_advice_page_and_metrics_tell_of_a_card(center: Center, city: City) -> None:
    now = SystemClock().now_us()
    node = enrolled(center, city, "cam-1", now)
    beat(center, node, None, now, card=card(read_only=True, ext4_errors=3, days_left=40, wear_percent=90))
    (report,) = report_fleet(center, now)
    found = {item.matter: item.urgent for item in advise(report, now, TOKYO)}
    assert [found.get(CARD[kind]) for kind in ("card-read-only", "card-errors", "card-worn")] == [True, False, False]
    page = render_page("fleet.html", refresh=True, view=view_fleet(center))
    for text in ("カードが読取り専用になりました", "Card reports errors", "残り約40日"):
        assert text in page
    metrics = scrape(center).decode()
    for line in ("read_only", "days_left", "errors", "wear_percent"):
        assert f'mimamori_node_card_{line}{{node="cam-1"}}' in metrics
    assert 'mimamori_node_card_days_left{node="cam-1"} 40.0' in metrics
    assert 'mimamori_node_card_io_errors_24h{node="cam-1"}' not in metrics


def test_a_node_without_a_card_shows_none(center: Center, city: City) -> None:
    now = SystemClock().now_us()
    beat(center, enrolled(center, city, "cam-1", now), None, now)
    (view,) = view_fleet(center).nodes
    assert "Card" not in [fact.name.en for fact in view.facts]
