"""When records really happened: mapped by a trusted record of their boot, and by no other."""

from __future__ import annotations

from itertools import accumulate
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.base.clock import ClockQuality
from edge.seal.chain import Chain, InForce, Stamp, Writer
from edge.seal.correction import Span, correct
from edge.seal.manifest import Boot, Cause, ClockChange, Detail, Gap, Kind
from edge.seal.record import Header, Record
from tests.seal.bundles import ALTERED, BODY, KEY_LIST, OK, answers, cut, reasons, receipt_for
from tests.seal.samples import CHAIN, NODE, NODE_KEY, START_US, STEP_US, segment

TRUSTED, UNTRUSTED = ClockQuality.SYNCHRONISED, ClockQuality.UNTRUSTED
BOOTS = "b0" * 16, "b1" * 16
YEARS_US = 3650 * 86_400_000_000
MONO_US = 20_000_000
TRUE_US = START_US - MONO_US
"""UTC less monotonic time of the first boot."""


class Story:
    """A chain whose records follow each other every 2 s, on a clock that stands so much off."""

    def __init__(self, off_us: int = 0, quality: ClockQuality = UNTRUSTED) -> None:
        self.chain = Chain(CHAIN, Writer(NODE, BOOTS[0], "0.1.0"), NODE_KEY)
        self.mono_us, self.off_us, self.quality, self.true_us = MONO_US, off_us, quality, TRUE_US
        self.records: list[Record] = []
        self.moments: list[int] = []

    def add(self, kind: Kind, detail: Detail, *, length_us: int = 0, body: bytes = b"") -> Record:
        begin, end = self.mono_us, self.mono_us + length_us
        offset_us = self.true_us + self.off_us
        stamp = Stamp(begin + offset_us, end + offset_us, begin, end, self.quality)
        self.records.append(self.chain.make(kind, detail, stamp, InForce(), body))
        self.moments.append(self.true_us + begin)
        self.mono_us = end
        return self.records[-1]

    def boot(self, *, again: int | None = None, off_us: int = 0) -> None:
        """Begins a run; ``again``: by another boot of the kernel, so many microseconds after the end of the last."""
        if again is not None:
            self.true_us += self.mono_us + again - MONO_US
            self.mono_us, self.off_us, self.quality = MONO_US, off_us, UNTRUSTED
            tip = self.chain.tip
            self.chain = Chain(CHAIN, Writer(NODE, BOOTS[1], "0.1.0"), NODE_KEY, tip)
        tip = self.chain.tip
        self.add(Kind.BOOT, Boot(predecessor=None, resumes=None if tip is None else tip.sequence))

    def film(self, count: int = 1) -> None:
        for _ in range(count):
            self.add(Kind.SEGMENT, segment(BODY, key_list=KEY_LIST.sha256), length_us=STEP_US, body=BODY)

    def clock(self, quality: ClockQuality, *, by_us: int = 0) -> None:
        before, self.quality = self.quality, quality
        self.off_us += by_us
        self.add(Kind.CLOCK, ClockChange(before=before, after=quality, offset_us=by_us))

    def headers(self) -> list[Header]:
        return [record.header for record in self.records]

    def starts(self) -> list[int]:
        return [span.start_us for span in correct(self.headers())]


@pytest.mark.parametrize("off_us", [-START_US, YEARS_US, -3_600_000_000, 1])
def test_records_before_the_clock_was_set_are_mapped_by_it(off_us: int) -> None:
    story = Story(off_us)
    story.boot()
    story.film(3)
    story.clock(TRUSTED, by_us=-off_us)
    story.film(2)
    assert story.starts() == story.moments
    spans = correct(story.headers())
    assert [span.by.sequence if span.by else None for span in spans] == [4, 4, 4, 4, None, None, None]
    assert all(span.believed for span in spans)


def test_without_the_record_that_maps_them_times_are_their_own_and_not_believed() -> None:
    """The control of the test before: the same records, one header less."""
    story = Story(-START_US)
    story.boot()
    story.film(3)
    assert not any(span.believed for span in correct(story.headers()))
    assert story.starts() == [header.manifest.start_us for header in story.headers()]


def test_trusted_record_of_another_boot_maps_nothing() -> None:
    story = Story(-START_US)
    story.boot()
    story.film()
    story.boot(again=60_000_000)
    story.clock(TRUSTED)
    assert [span.believed for span in correct(story.headers())] == [False, False, True, True]


def test_clock_that_lost_its_trust_is_mapped_by_what_came_before() -> None:
    story = Story(0, TRUSTED)
    story.boot()
    story.film()
    story.clock(UNTRUSTED, by_us=YEARS_US)
    story.film(2)
    assert story.starts() == story.moments


def test_later_trusted_record_counts_before_an_earlier_one() -> None:
    """What set the clock last knew best: the first, trusted clock was an hour off."""
    story = Story(3_600_000_000, TRUSTED)
    story.boot()
    story.clock(UNTRUSTED, by_us=7)
    story.film()
    story.clock(TRUSTED, by_us=-3_600_000_007)
    assert story.starts()[2] == story.moments[2]
    assert story.starts()[0] == story.moments[0] + 3_600_000_000


def test_records_may_be_missing_between() -> None:
    story = Story(-START_US)
    story.boot()
    story.film(5)
    story.clock(TRUSTED, by_us=START_US)
    some = [story.headers()[2], story.headers()[-1]]
    assert [span.start_us for span in correct(some)] == [story.moments[2], story.moments[-1]]


def test_gap_between_two_boots_begins_where_the_records_before_end() -> None:
    """The clock stood in 1970 when it was signed; only the chain tells where it began."""
    story = Story(0, TRUSTED)
    story.boot()
    story.film()
    end_us = story.headers()[-1].manifest.end_us
    story.boot(again=600_000_000, off_us=-story.true_us)
    story.add(Kind.GAP, Gap(cause=Cause.POWER, frames_missed=0))
    story.film()
    story.clock(TRUSTED, by_us=-story.off_us)
    gap = correct(story.headers())[3]
    assert (gap.start_us, gap.end_us) == (end_us, end_us + 600_000_000)


def test_gap_never_ends_before_it_begins() -> None:
    story = Story(YEARS_US, TRUSTED)
    story.boot()
    story.film()
    story.boot(again=600_000_000)
    story.add(Kind.GAP, Gap(cause=Cause.POWER, frames_missed=0))
    gap = correct(story.headers())[3]
    assert gap.start_us == gap.end_us


def test_nothing_lies_before_1970() -> None:
    story = Story(0)
    story.true_us = 0
    story.film()
    story.mono_us, story.true_us = MONO_US + 10, -MONO_US
    story.clock(TRUSTED)
    assert correct(story.headers())[0] == Span(0, STEP_US, story.headers()[1], True)


@given(
    settings=st.lists(st.tuples(st.integers(-YEARS_US // 1000, YEARS_US), st.booleans()), min_size=1, max_size=8),
)
def test_clock_records_offsets_say_the_same_as_the_mapping(settings: list[tuple[int, bool]]) -> None:
    """Own time plus the offsets that follow up to the trusted record is what the record is mapped to."""
    story = Story(0)
    story.boot()
    for by_us, trusted in settings:
        story.film()
        story.clock(TRUSTED if trusted else UNTRUSTED, by_us=by_us)
    headers = story.headers()
    details = [header.manifest.detail for header in headers]
    offsets = list(accumulate(detail.offset_us if isinstance(detail, ClockChange) else 0 for detail in details))
    for place, (header, span) in enumerate(zip(headers, correct(headers), strict=True)):
        if span.by is not None:
            by = headers.index(span.by)
            assert span.start_us == max(0, header.manifest.start_us + offsets[by] - offsets[place])


@pytest.mark.parametrize("false_us", [0, -7200_000_000, 7200_000_000])
def test_mapped_time_is_held_against_its_bounds(tmp_path: Path, false_us: int) -> None:
    """A picture of 1970 is no contradiction, and a mapping that lies is one."""
    story = Story(-START_US)
    story.boot()
    story.film()
    story.clock(TRUSTED, by_us=START_US + false_us)
    story.film()
    received = receipt_for(story.records, time=story.moments[-1] + 2 * STEP_US)
    report = cut(story.records, 1, 1).but(receipts=[received]).verified(tmp_path)
    assert report.time.outcome is (OK if false_us == 0 else ALTERED)
    if false_us == 0:
        assert answers(report) == (OK, OK, OK, OK)
        assert (report.start_us, report.end_us) == (story.moments[1], story.moments[1] + STEP_US)
    else:
        assert "record 1 claims a time" in reasons(report)
