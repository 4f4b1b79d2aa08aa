"""Controls of the agreement itself: whatever is taken away, doubled or forged must be seen."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import replace

import pytest

from edge.seal.manifest import Kind, Range
from edge.seal.record import Header
from tests.center.city import Node
from tests.lab.agreement import Evidence, Place, disagreements

FORGED: Place = (3, "0" * 64)


def agreed(*, lost: range = range(0)) -> Evidence:
    """Twelve records of which ``lost`` left the card without a receipt, and a notice that says so."""
    node = Node("cam-1")
    headers: dict[int, Header] = {number: node.segment().header for number in range(12)}
    if lost:
        detail = Range(chain=node.chain.chain, first=lost[0], last=lost[-1], records=len(lost))
        headers[12] = node.notice(Kind.EVICTED, detail).header
    places = {(number, header.sha256) for number, header in headers.items() if number not in lost}
    return Evidence(headers, frozenset(places), frozenset(places), Counter(places), Counter(places))


def place(evidence: Evidence, number: int) -> Place:
    return number, evidence.recorded[number].sha256


def without(counter: Counter[Place], gone: Place) -> Counter[Place]:
    return Counter({key: times for key, times in counter.items() if key != gone})


Spoil = Callable[[Evidence], Evidence]
SPOILT: dict[str, tuple[Spoil, str]] = {
    "a record is nowhere at the center": (
        lambda e: replace(e, stored=without(e.stored, place(e, 5)), indexed=without(e.indexed, place(e, 5))),
        "missing at the center",
    ),
    "a record is stored twice": (
        lambda e: replace(e, stored=e.stored + Counter([place(e, 5)]), indexed=e.indexed + Counter([place(e, 5)])),
        "stored twice",
    ),
    "another record stands in its place": (
        lambda e: replace(e, stored=without(e.stored, place(e, 3)) + Counter([FORGED])),
        "stored, but never recorded",
    ),
    "the index does not know it": (
        lambda e: replace(e, indexed=without(e.indexed, place(e, 5))),
        "in the store, but not in the index",
    ),
    "the index names what is not there": (
        lambda e: replace(e, stored=without(e.stored, place(e, 5))),
        "in the index, but not in the store",
    ),
    "a receipt is for something else": (
        lambda e: replace(e, receipted=e.receipted | {FORGED}),
        "receipted, but not stored",
    ),
    "the node has no receipt": (
        lambda e: replace(e, receipted=e.receipted - {place(e, 5)}),
        "on the card without a receipt",
    ),
    "it left the card unsent": (
        lambda e: replace(
            e,
            on_card=e.on_card - {place(e, 5)},
            stored=without(e.stored, place(e, 5)),
            indexed=without(e.indexed, place(e, 5)),
        ),
        "neither on the card nor stored nor evicted",
    ),
}


@pytest.mark.parametrize(("spoil", "seen"), SPOILT.values(), ids=SPOILT)
def test_disagreement_is_seen(spoil: Spoil, seen: str) -> None:
    faults = disagreements(spoil(agreed()))
    assert any(seen in fault for fault in faults), faults


def test_agreement_is_seen() -> None:
    assert disagreements(agreed()) == []


def test_evicted_and_signed_as_such_is_agreement() -> None:
    assert disagreements(agreed(lost=range(4, 7))) == []


def test_evicted_without_a_notice_at_the_center_is_none() -> None:
    evidence = agreed(lost=range(4, 7))
    spoilt = replace(evidence, stored=without(evidence.stored, place(evidence, 12)))
    assert any("missing at the center" in fault for fault in disagreements(spoilt))
