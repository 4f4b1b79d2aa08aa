"""Verification: honest bundles prove all four answers; what is altered, cut, added or missing is noticed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from edge.base.clock import ClockQuality
from edge.seal import bundle, completeness, provenance, record, timing, verify
from edge.seal.answers import Outcome
from edge.seal.record import Record
from tests.seal.bundles import (
    ALTERED,
    EXCERPT,
    OK,
    STORY,
    TRUST,
    UNKNOWN,
    Bundle,
    Recorder,
    answers,
    cut,
    headers_of,
    reasons,
    receipt_for,
    story,
    tip_of,
)
from tests.seal.samples import NODE_KEY, OTHER_CHAIN, OTHER_NODE_KEY, START_US, STEP_US, new_chain
from tests.vectors.forge import bodies, flip


def test_whole_chain_proves_everything(tmp_path: Path) -> None:
    report = cut(STORY, 0, 6).verified(tmp_path)
    assert answers(report) == (OK, OK, OK, OK)
    assert (report.status, report.node, report.records, report.segments, report.demo) == (0, "demo", 7, 4, False)
    assert [(gap.cause, gap.end_us - gap.start_us) for gap in report.gaps] == [("camera", STEP_US)]


@pytest.mark.parametrize(("first", "last"), [(2, 4), (1, 1), (4, 5), (1, 5), (5, 6)])
def test_excerpt_cut_out_of_the_middle_proves_everything(tmp_path: Path, first: int, last: int) -> None:
    report = cut(STORY, first, last).verified(tmp_path)
    assert (answers(report), report.status, reasons(report)) == ((OK, OK, OK, OK), 0, "")


def test_every_changed_byte_of_a_bundle_is_noticed(tmp_path: Path) -> None:
    files = cut(STORY, 2, 3).files()
    cut(STORY, 2, 3).write(tmp_path)
    unnoticed = []
    for name, data in files.items():
        for place in {*range(0, len(data), 13 if name != "records" else 29), len(data) - 1}:
            (tmp_path / name).write_bytes(flip(data, place, 1 << place % 8))
            if verify.verify(tmp_path, TRUST).status == 0:
                unnoticed.append((name, place))
        (tmp_path / name).write_bytes(data)
    assert unnoticed == []
    assert verify.verify(tmp_path, TRUST).status == 0


class Forger:
    """Names the node's key and cannot sign with it."""

    public_key = NODE_KEY.public_key

    def sign(self, message: bytes) -> bytes:
        return bytes(64)


def with_a_false_link() -> Bundle:
    """Returns an excerpt whose record 3 is signed and names another record before it."""
    liar = Recorder(new_chain(tip=replace(tip_of(STORY[2].header), sha256="ab" * 32)), number=3)
    return cut([*STORY[:3], liar.gap(), liar.segment(), liar.gap()], 2, 4)


def sealed_to_others() -> Bundle:
    """Returns a bundle whose picture's outer layer has two recipients; the node signed it so."""
    recorder = Recorder()
    return cut([recorder.boot(), recorder.segment(bodies()["two-recipients"]), recorder.shutdown()], 0, 2)


TOO_EARLY = receipt_for(STORY[2:5], time=START_US)
WITH_A_HOLE = [STORY[1], STORY[2], STORY[4], STORY[5]]
GUARDS: dict[str, tuple[object, str, Callable[..., object], Bundle]] = {
    "signatures": (record, "is_valid", lambda *_: True, cut(story(Recorder(new_chain(key=Forger()))), 2, 4)),
    "order": (verify, "_order_faults", lambda *_: [], EXCERPT.but(records=[r.dump() for r in reversed(STORY[2:5])])),
    "links": (verify, "_link_faults", lambda _: [], with_a_false_link()),
    "stanzas": (bundle, "require_own_stanzas", lambda _: None, sealed_to_others()),
    "holes": (
        completeness,
        "_missing",
        lambda *_: [],
        EXCERPT.but(records=[r.dump() for r in WITH_A_HOLE[1:3]], headers=headers_of(WITH_A_HOLE)),
    ),
    "edges": (completeness, "_cut_off", lambda *_: [], EXCERPT.but(headers=[])),
    "contradictions": (
        timing,
        "_contradictions",
        lambda *_: [],
        EXCERPT.but(receipts=[receipt_for(STORY[2:5], time=START_US)]),
    ),
    "simulated": (provenance, "_foreign", lambda *_: [], cut(story(Recorder(clock=ClockQuality.SIMULATED)), 2, 4)),
}


@pytest.mark.parametrize("guard", GUARDS)
def test_control_bundle_passes_without_its_guard(guard: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    module, name, sabotage, spoilt = GUARDS[guard]
    assert spoilt.verified(tmp_path).status != 0
    monkeypatch.setattr(module, name, sabotage)
    assert spoilt.verified(tmp_path).status == 0


MISSING: dict[str, tuple[Outcome, Outcome, Outcome, Outcome]] = {
    "headers": (OK, OK, UNKNOWN, OK),
    "receipts": (OK, OK, OK, UNKNOWN),
    "key_lists": (OK, UNKNOWN, OK, UNKNOWN),
    "registration": (UNKNOWN, UNKNOWN, OK, OK),
    "authority": (UNKNOWN, UNKNOWN, OK, UNKNOWN),
}


@pytest.mark.parametrize("part", MISSING)
def test_what_is_missing_cannot_be_told_and_the_rest_is_still_proven(tmp_path: Path, part: str) -> None:
    report = EXCERPT.but(**{part: None}).verified(tmp_path)
    assert (answers(report), report.status) == (MISSING[part], 2)


def test_two_chains_one_after_another_prove_everything(tmp_path: Path) -> None:
    second = Recorder(new_chain(OTHER_CHAIN), number=7)
    later = [second.boot(), second.segment(), second.shutdown()]
    everything = [*STORY, *later]
    bundle = Bundle([r.dump() for r in everything], headers_of(everything), [receipt_for(STORY), receipt_for(later)])
    report = bundle.verified(tmp_path)
    assert (answers(report), report.records) == ((OK, OK, OK, OK), 10)


@pytest.mark.parametrize(
    "order", [(2, 2, 3, 4), (3, 2, 4), (2, 4, 3), (4, 3, 2), (2, 3, 4, 2)], ids=lambda order: "-".join(map(str, order))
)
def test_duplicated_and_reordered_records_are_altered(tmp_path: Path, order: tuple[int, ...]) -> None:
    report = EXCERPT.but(records=[STORY[n].dump() for n in order]).verified(tmp_path)
    assert (report.authenticity.outcome, report.status) == (ALTERED, 1)
    assert "stands after" in reasons(report)


def test_duplicated_headers_are_altered(tmp_path: Path) -> None:
    report = EXCERPT.but(headers=[*(EXCERPT.headers or []), STORY[5].header.data]).verified(tmp_path)
    assert report.authenticity.outcome is ALTERED


def foreign(key: bool) -> Record:
    """Returns a record 3 of somebody else: another key on this chain, or another chain of this node."""
    tip = tip_of(STORY[2].header)
    chain = (
        new_chain(key=OTHER_NODE_KEY, tip=tip) if key else new_chain(OTHER_CHAIN, tip=replace(tip, chain=OTHER_CHAIN))
    )
    return Recorder(chain, number=3).gap()


def test_record_signed_by_another_key_is_altered(tmp_path: Path) -> None:
    other = foreign(key=True)
    records = [STORY[2].dump(), other.dump(), STORY[4].dump()]
    report = EXCERPT.but(records=records).verified(tmp_path)
    assert report.status == 1
    assert "names key" in reasons(report)
    assert "sequence 3 was used twice with different content" in reasons(report)


def test_record_of_another_chain_between_is_altered(tmp_path: Path) -> None:
    records = [STORY[2].dump(), foreign(key=False).dump(), STORY[3].dump(), STORY[4].dump()]
    report = EXCERPT.but(records=records).verified(tmp_path)
    assert report.authenticity.outcome is ALTERED
    assert "is not in one piece" in reasons(report)


def test_fork_is_altered_though_both_are_signed(tmp_path: Path) -> None:
    fork = Recorder(new_chain(tip=tip_of(STORY[4].header)), number=40).gap()
    report = EXCERPT.but(headers=headers_of([*STORY[1:5], fork, STORY[5]])).verified(tmp_path)
    assert report.authenticity.outcome is ALTERED
    assert "sequence 5 was used twice" in reasons(report)


def test_record_that_links_elsewhere_is_altered_though_signed(tmp_path: Path) -> None:
    report = with_a_false_link().verified(tmp_path)
    assert report.authenticity.outcome is ALTERED
    assert "record 3 does not name the hash of record 2" in reasons(report)


def test_layer_that_others_could_open_is_altered_though_signed(tmp_path: Path) -> None:
    report = sealed_to_others().verified(tmp_path)
    assert report.authenticity.outcome is ALTERED
    assert "age header has stanzas" in reasons(report)
