"""What a clerk reads: a verdict, the time that a bundle holds, each answer in words, gaps joined, and what to do."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from edge.desk.verdict import describe
from edge.seal.answers import Answer, MissingTime, Outcome, Report
from tests.seal.samples import START_US

TOKYO = ZoneInfo("Asia/Tokyo")
OK = Answer(Outcome.OK)
SECOND = 1_000_000
PROVEN = Report(
    authenticity=OK,
    provenance=OK,
    completeness=OK,
    time=OK,
    node="demo",
    records=9,
    segments=5,
    gaps=(),
    start_us=START_US,
    end_us=START_US + 10 * SECOND,
    not_before_us=START_US - SECOND,
    not_after_us=START_US + 11 * SECOND,
    demo=False,
)


def lines(report: Report) -> list[str]:
    return describe(Path("B"), report, TOKYO).splitlines()


def test_proven_bundle_says_what_it_holds_in_local_time() -> None:
    said = lines(PROVEN)
    assert said[0] == "B: proven 証明されました: node demo, 9 records, 5 segments"
    assert said[1] == "  holds 2026-01-05T09:00:00+09:00 to 2026-01-05T09:00:10+09:00; nothing outside it"
    assert said[2] == "  authenticity: ok (改変の有無: 確認できました)"
    assert said[-1] == "  sealed after 2026-01-05T08:59:59+09:00 and before 2026-01-05T09:00:11+09:00"


@pytest.mark.parametrize(
    ("outcome", "verdict", "advice"),
    [
        (Outcome.ALTERED, "ALTERED 改変または偽造があります", "do not use it as evidence"),
        (Outcome.INCOMPLETE, "not proven 証明されていません", "the reasons name what is lacking"),
        (Outcome.CANNOT_TELL, "not proven 証明されていません", "the reasons name what is lacking"),
    ],
)
def test_what_is_not_proven_says_why_and_what_to_do(outcome: Outcome, verdict: str, advice: str) -> None:
    reasons = tuple(f"reason {number}" for number in range(8))
    said = lines(replace(PROVEN, completeness=Answer(outcome, reasons)))
    assert verdict in said[0] and advice in said[-1]
    place = next(number for number, line in enumerate(said) if line.startswith("  completeness"))
    assert said[place + 1 : place + 7] == [f"    {reason}" for reason in reasons[:5]] + [
        "    and 3 more (--json lists all)"
    ]


def test_gaps_of_one_cause_in_a_row_are_one_line() -> None:
    def gap(cause: str, start: int, end: int) -> MissingTime:
        return MissingTime(cause, START_US + start * SECOND, START_US + end * SECOND)

    gaps = (gap("keys", 0, 2), gap("keys", 2, 4), gap("start", 4, 6), gap("keys", 6, 8), gap("keys", 9, 10))
    said = [line.strip() for line in lines(replace(PROVEN, gaps=gaps)) if "gap" in line]
    assert said == [
        "signed gap 欠落 (keys): 2026-01-05T09:00:00+09:00 to 2026-01-05T09:00:04+09:00, 4.0 s, 2 records",
        "signed gap 欠落 (start): 2026-01-05T09:00:04+09:00 to 2026-01-05T09:00:06+09:00, 2.0 s",
        "signed gap 欠落 (keys): 2026-01-05T09:00:06+09:00 to 2026-01-05T09:00:08+09:00, 2.0 s",
        "signed gap 欠落 (keys): 2026-01-05T09:00:09+09:00 to 2026-01-05T09:00:10+09:00, 1.0 s",
    ]


def test_nothing_at_all_is_said_as_such() -> None:
    unknown = Answer(Outcome.CANNOT_TELL, ("there is no whole record",))
    said = lines(replace(PROVEN, node=None, start_us=None, end_us=None, not_before_us=None, authenticity=unknown))
    assert "of no node" in said[0]
    assert not any("holds" in line for line in said)
    assert any("sealed after (not proven) and before" in line for line in said)


def test_a_demonstrations_bundle_is_called_one() -> None:
    assert "A DEMONSTRATION'S: proves nothing outside it" in lines(replace(PROVEN, demo=True))[0]
