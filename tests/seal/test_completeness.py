"""Completeness: holes, missing pictures, pauses and edges; what a BOOT declares unsynced is not missing."""

from __future__ import annotations

from pathlib import Path

import pytest

from edge.base.clock import ClockQuality
from edge.seal import verify
from edge.seal.answers import Outcome
from edge.seal.bundle import read_bundle
from edge.seal.chain import Chain, InForce, Stamp, Writer
from edge.seal.manifest import Boot, Cause, Gap, Kind, Shutdown
from edge.seal.record import Record
from tests.seal.bundles import (
    BODY,
    EXCERPT,
    INCOMPLETE,
    KEY_LIST,
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
    tip_of,
)
from tests.seal.samples import CHAIN, NODE, NODE_KEY, STEP_US, WRITER, new_chain, segment


def test_record_missing_in_the_middle_is_incomplete(tmp_path: Path) -> None:
    kept = [STORY[2], STORY[4]]
    bundle = EXCERPT.but(records=[r.dump() for r in kept], headers=headers_of([STORY[1], *kept, STORY[5]]))
    report = bundle.verified(tmp_path)
    assert (report.authenticity.outcome, report.completeness.outcome, report.status) == (OK, INCOMPLETE, 2)
    assert "records 3 to 3 are missing" in reasons(report)


def test_picture_missing_under_its_header_is_incomplete(tmp_path: Path) -> None:
    bundle = cut(STORY, 0, 6)
    report = bundle.but(records=[r.dump() for r in STORY if r is not STORY[4]]).verified(tmp_path)
    assert answers(report) == (OK, OK, INCOMPLETE, OK)
    assert "record 4 is there without its picture" in reasons(report)


def test_record_without_picture_may_be_there_as_header_alone(tmp_path: Path) -> None:
    report = EXCERPT.but(records=[STORY[2].dump(), STORY[4].dump()]).verified(tmp_path)
    assert answers(report) == (OK, OK, OK, OK)


def test_headers_alone_are_no_window(tmp_path: Path) -> None:
    evidence = read_bundle(EXCERPT.write(tmp_path))
    evidence.whole.clear()
    report = verify.answer_for(evidence, TRUST)
    assert "there is no whole record" in reasons(report)
    assert report.completeness.outcome is UNKNOWN


def test_unsynced_records_that_a_boot_declares_are_not_missing(tmp_path: Path) -> None:
    again = Recorder(new_chain(tip=tip_of(STORY[2].header, sequence=9)), number=3)
    later = [again.boot(), again.segment(), again.shutdown()]
    everything = [*STORY[:3], *later]
    bundle = Bundle(
        [r.dump() for r in everything], headers_of(everything), [receipt_for(STORY[:3]), receipt_for(later)]
    )
    report = bundle.verified(tmp_path)
    assert (answers(report), later[0].header.sequence) == ((OK, OK, OK, OK), 10)
    assert isinstance(later[0].header.manifest.detail, Boot)


def test_window_may_begin_at_a_boot_that_declares(tmp_path: Path) -> None:
    again = Recorder(new_chain(tip=tip_of(STORY[2].header, sequence=9)), number=3)
    later = [again.boot(), again.segment(), again.shutdown()]
    bundle = Bundle([r.dump() for r in later], headers_of([STORY[2], *later]), [receipt_for(later)])
    assert bundle.verified(tmp_path).status == 0


def test_last_synced_record_cannot_be_dropped_before_a_boot(tmp_path: Path) -> None:
    again = Recorder(new_chain(tip=tip_of(STORY[2].header, sequence=9)), number=3)
    later = [again.boot(), again.segment(), again.shutdown()]
    everything = [*STORY[:2], *later]
    bundle = Bundle(
        [r.dump() for r in everything], headers_of(everything), [receipt_for(STORY[:2]), receipt_for(later)]
    )
    report = bundle.verified(tmp_path)
    assert report.completeness.outcome is INCOMPLETE
    assert "records 2 to 9 are missing" in reasons(report)


@pytest.mark.parametrize(("pause_steps", "outcome"), [(0, OK), (1, OK), (2, INCOMPLETE)])
def test_pause_without_a_signed_gap_is_incomplete(tmp_path: Path, pause_steps: int, outcome: Outcome) -> None:
    recorder = Recorder()
    records = [recorder.boot(), recorder.segment()]
    recorder.number += pause_steps
    records += [recorder.segment(), recorder.shutdown()]
    report = cut(records, 0, 3).verified(tmp_path)
    assert report.completeness.outcome is outcome
    assert ("missing without a signed gap" in reasons(report)) is (outcome is INCOMPLETE)


def after_another_boot(*, gap: bool, gap_late_us: int = 0, clock_us: int = 0) -> list[Record]:
    """Two pictures, each in a boot of its own, an hour apart; the second boot's clocks begin anew.

    Args:
        gap_late_us: how long after the first picture's end the second boot's GAP begins.
        clock_us: how far the second boot's clock is off.
    """
    first = Recorder()
    records = [first.boot(), first.segment()]
    end_us = records[-1].header.manifest.end_us
    now_us = end_us + 3_600_000_000 + clock_us
    chain = Chain(CHAIN, Writer(NODE, "b1" * 16, WRITER.firmware), NODE_KEY, tip_of(records[-1].header))
    records.append(chain.boot(None, of_boot(now_us, now_us), InForce()))
    if gap:
        stamp = of_boot(min(end_us + gap_late_us, now_us), now_us)
        records.append(chain.make(Kind.GAP, Gap(cause=Cause.POWER, frames_missed=0), stamp, InForce()))
    picture = segment(BODY, key_list=KEY_LIST.sha256)
    records.append(chain.make(Kind.SEGMENT, picture, of_boot(now_us, now_us + STEP_US), InForce(), BODY))
    return [*records, chain.make(Kind.SHUTDOWN, Shutdown(reason="test"), of_boot(now_us, now_us), InForce())]


def of_boot(start_us: int, end_us: int) -> Stamp:
    return Stamp(start_us, end_us, 1_000_000, 1_000_000 + STEP_US, ClockQuality.SYNCHRONISED)


def completeness(records: list[Record], tmp_path: Path) -> tuple[Outcome, str]:
    report = cut(records, 0, len(records) - 1).verified(tmp_path)
    return report.completeness.outcome, reasons(report)


@pytest.mark.parametrize("clock_us", [0, -50_000_000_000], ids=["right", "set back"])
def test_gap_that_reaches_back_over_the_boot_accounts_for_the_time_between(tmp_path: Path, clock_us: int) -> None:
    records = after_another_boot(gap=True, clock_us=clock_us)
    assert completeness(records, tmp_path)[0] is OK


@pytest.mark.parametrize(
    "records",
    [after_another_boot(gap=False), after_another_boot(gap=True, gap_late_us=2_000_001)],
    ids=["no gap", "gap begins late"],
)
def test_time_between_two_boots_without_a_signed_gap_is_incomplete(tmp_path: Path, records: list[Record]) -> None:
    outcome, why = completeness(records, tmp_path)
    assert outcome is INCOMPLETE
    assert "the time between two boots before record 3 is missing" in why


@pytest.mark.parametrize(("first", "last"), [(0, 4), (2, 6), (2, 4)])
def test_edge_that_no_header_shows_cannot_be_told(tmp_path: Path, first: int, last: int) -> None:
    report = cut(STORY, first, last).but(headers=headers_of(STORY[first : last + 1])).verified(tmp_path)
    assert answers(report) == (OK, OK, UNKNOWN, OK)
    assert ("what came before" in reasons(report)) is (first != 0)
    assert ("what came after" in reasons(report)) is (last != 6)
