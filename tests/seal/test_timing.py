"""Time: bounds from receipts and key lists, and what they contradict."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from edge.base.clock import ClockQuality
from edge.seal.chain import InForce, Stamp
from edge.wire.receipt import Receipt
from edge.wire.signed import parse
from tests.seal.bundles import (
    ALTERED,
    EXCERPT,
    KEY_LIST,
    OK,
    STORY,
    UNKNOWN,
    Recorder,
    answers,
    cut,
    key_list_with,
    reasons,
    receipt_for,
)
from tests.seal.samples import OTHER_NODE_KEY, START_US, STEP_US, YEAR_US


@dataclass
class Elsewhen(Recorder):
    """Its clock is years off."""

    years: int = 0

    def _next(self) -> tuple[Stamp, InForce]:
        right, force = super()._next()
        off_us = self.years * YEAR_US
        return replace(right, start_us=right.start_us + off_us, end_us=right.end_us + off_us), force


def test_bounds_are_the_key_lists_issue_and_the_receipt(tmp_path: Path) -> None:
    report = EXCERPT.verified(tmp_path)
    assert report.not_before_us == KEY_LIST.payload.issued
    assert report.not_after_us == STORY[4].header.manifest.end_us + STEP_US


def test_carried_receipt_raises_the_lower_bound(tmp_path: Path) -> None:
    recorder = Recorder()
    before = [recorder.boot(), recorder.segment()]
    carried = receipt_for(before)
    recorder.receipt = parse("receipt", Receipt, carried).sha256
    recorder.number += 2
    after = [recorder.gap(), recorder.segment(), recorder.shutdown()]
    bundle = cut([*before, *after], 3, 4)
    report = bundle.but(receipts=[*(bundle.receipts or []), carried]).verified(tmp_path)
    assert answers(report) == (OK, OK, OK, OK)
    assert report.not_before_us == before[1].header.manifest.end_us + STEP_US


def test_forged_receipt_is_altered(tmp_path: Path) -> None:
    forged = receipt_for(STORY[2:5], key=OTHER_NODE_KEY)
    report = EXCERPT.but(receipts=[forged]).verified(tmp_path)
    assert answers(report) == (OK, ALTERED, OK, UNKNOWN)
    both = EXCERPT.but(receipts=[*(EXCERPT.receipts or []), forged]).verified(tmp_path)
    assert both.status == 1


def test_receipt_for_other_records_covers_nothing(tmp_path: Path) -> None:
    report = EXCERPT.but(receipts=[receipt_for(STORY[:2])]).verified(tmp_path)
    assert answers(report) == (OK, OK, OK, UNKNOWN)
    assert "2 records from 2 to 4: nothing proves a time after them" in reasons(report)


@pytest.mark.parametrize("swap", [False, True])
def test_earliest_receipt_is_the_bound_wherever_it_stands(tmp_path: Path, swap: bool) -> None:
    early, late = receipt_for(STORY[2:5]), receipt_for(STORY[2:5], time=START_US + 10**9)
    report = EXCERPT.but(receipts=[late, early] if swap else [early, late]).verified(tmp_path)
    assert report.not_after_us == STORY[4].header.manifest.end_us + STEP_US


def test_picture_that_claims_a_time_after_its_receipt_is_altered(tmp_path: Path) -> None:
    end = STORY[4].header.manifest.end_us
    for early, outcome in ((5_000_000, OK), (5_000_001, ALTERED)):
        report = EXCERPT.but(receipts=[receipt_for(STORY[2:5], time=end - early)]).verified(tmp_path)
        assert report.time.outcome is outcome
    assert "claims a time after the receipt that covers it" in reasons(report)


def test_picture_that_claims_a_time_before_what_it_names_is_altered(tmp_path: Path) -> None:
    issued, recorder = key_list_with(issued=START_US + 10**9), Recorder()
    records = [recorder.boot(), recorder.segment(key_list=issued.sha256), recorder.shutdown()]
    report = cut(records, 0, 2).but(key_lists=[issued.data]).verified(tmp_path)
    assert (report.time.outcome, report.status) == (ALTERED, 1)
    assert "claims a time before what it already names" in reasons(report)


@pytest.mark.parametrize("years", [-56, 10])
def test_picture_of_an_untrusted_clock_is_bounded_and_contradicts_nothing(tmp_path: Path, years: int) -> None:
    recorder = Elsewhen(clock=ClockQuality.UNTRUSTED, years=years)
    records = [recorder.boot(), recorder.segment(), recorder.shutdown()]
    received = KEY_LIST.payload.issued + STEP_US
    report = cut(records, 0, 2).but(receipts=[receipt_for(records, time=received)]).verified(tmp_path)
    assert answers(report) == (OK, OK, OK, OK)
    assert (report.not_before_us, report.not_after_us) == (KEY_LIST.payload.issued, received)


def test_window_without_pictures_has_no_time(tmp_path: Path) -> None:
    report = cut(STORY, 3, 3).verified(tmp_path)
    assert answers(report) == (OK, OK, OK, UNKNOWN)
    assert "there is no picture whose time could be proven" in reasons(report)
