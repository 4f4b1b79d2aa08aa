"""Recovery: finds where an earlier run ended, mends lost reel headers, and needs nobody for it.

Every reel's beginning is read; the newest reel is surveyed block by block, and so is every reel whose header is lost
or older than its first record. The others are looked at when it is their turn (reuse, age), so that a start takes the
time of one reel, not of the card.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass

from edge.seal.chain import Tip
from edge.seal.manifest import Kind, Manifest, Range
from edge.seal.record import BLOCK_BYTES, Header
from edge.seal.reel import ERASED, REEL_HEADER_BYTES, ReelHeader
from edge.spool.census import entered_without_header, find_beginning, newest_first_sequence
from edge.spool.disk import ReelFile
from edge.spool.evidence import Known, decide_tip
from edge.spool.layout import Layout
from edge.spool.ring import Reel, last_of, next_lap
from edge.spool.survey import Survey, survey_reel

_ACCOUNTING = (Kind.SEGMENT, Kind.GAP, Kind.SHUTDOWN)

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Recovery:
    """What recovery found.

    Attributes:
        chain: the chain to go on with, or a new one.
        predecessor: the chain before it, where one is known: BOOT names it.
        tip: where the chain ends; None for a chain without records.
        oldest: lowest sequence of the chain still on the card; None for none.
        damaged: torn records and unreadable blocks of the surveyed reels, and lost reel headers.
        unusable: reels that are missing or cannot be opened.
        newest: sequence of the newest whole record of the chain; -1 for none.
        newest_manifest: what it says, so that the recorder knows which clock it was told on; None for none.
        covered: the newest whole record that says where footage ended (SEGMENT, GAP, SHUTDOWN); of none such, the
            newest of any kind, and None for no record.
    """

    chain: str
    predecessor: str | None
    tip: Tip | None
    oldest: int | None
    damaged: int
    unusable: tuple[int, ...]
    newest: int
    newest_manifest: Manifest | None
    covered: Manifest | None


@dataclass(frozen=True, slots=True)
class Found:
    """What recovery found, with what only the spool needs.

    Attributes:
        goes_on: whether the chain can go on; else a new one must begin.
        current: reel to go on in; None: enter another.
        end: first free byte of it.
        surveys: of the newest reels.
        replaced: what their headers say they overwrote before a notice could be signed.
    """

    tip: Tip | None
    goes_on: bool
    current: Reel | None
    end: int
    surveys: tuple[Survey, ...]
    damaged: int
    replaced: tuple[Range, ...]

    @property
    def notices(self) -> list[Range]:
        """Ranges that EVICTED and EXPIRED records among the newest announce."""
        details = [located.header.manifest.detail for survey in self.surveys for located in survey.whole]
        return [detail for detail in details if isinstance(detail, Range)]

    @property
    def newest(self) -> Header | None:
        """The newest whole record's header."""
        return max(self._whole(), key=lambda header: header.sequence, default=None)

    @property
    def covered(self) -> Manifest | None:
        """The newest manifest that says where footage ended; a notice or BOOT may be later and accounts for nothing."""
        whole = [header for header in self._whole() if header.kind in _ACCOUNTING] or self._whole()
        newest = max(whole, key=lambda header: header.sequence, default=None)
        return None if newest is None else newest.manifest

    def _whole(self) -> list[Header]:
        surveyed = self.surveys if self.goes_on else ()
        return [located.header for survey in surveyed for located in survey.whole]


def recover(
    ring: Sequence[Reel], layout: Layout, public_key: bytes, published: Known | None, receipted: Known | None
) -> Found:
    """Surveys what must be surveyed and decides where the chain goes on."""
    damaged = sum(reel.damaged for reel in ring)
    surveys = _mend(ring, layout, public_key)
    surveys |= _survey_newest(ring, layout, public_key, surveys)
    newest = newest_first_sequence(ring, layout.chain)
    unseen = sum(layout.reel_bytes // BLOCK_BYTES - 1 for reel in ring if reel.file is None)
    decision = decide_tip(layout.chain, list(surveys.values()), newest, published, receipted, unseen)
    for survey in surveys.values():
        damaged += len(survey.torn) + survey.unreadable
    current = _current(ring, layout.chain, surveys) if decision.goes_on else None
    end = surveys[current.index].end if current is not None else REEL_HEADER_BYTES
    surveyed = [reel.header for reel in ring if reel.index in surveys]
    replaced = tuple(header.replaced for header in surveyed if header is not None and header.replaced is not None)
    return Found(decision.tip, decision.goes_on, current, end, tuple(surveys.values()), damaged, replaced)


def _mend(ring: Sequence[Reel], layout: Layout, public_key: bytes) -> dict[int, Survey]:
    """Surveys the reels whose header says nothing of what they hold, and writes it anew where they hold records."""
    newest = newest_first_sequence(ring, layout.chain)
    surveys = {}
    for reel in ring:
        torn_entry = entered_without_header(reel, layout.chain, newest)
        if reel.file is None or (torn_entry is None and not reel.damaged):
            continue
        first = newest + 1 if torn_entry else 0
        survey = survey_reel(reel.file, layout.reel_bytes, layout.chain, first, public_key)
        surveys[reel.index] = survey
        if survey.whole:
            _write_header(ring, reel, layout, survey.whole[0].header.sequence)
    return surveys


def _write_header(ring: Sequence[Reel], reel: Reel, layout: Layout, first: int) -> None:
    assert reel.file is not None
    header = ReelHeader(reel.index, next_lap(ring, reel), layout.chain, first, _held(ring, reel))
    _log.warning("reel %d: header lost; written anew for the records from %d", reel.index, first)
    try:
        reel.file.write(header.dump(), 0)
        reel.file.sync()
    except OSError:
        reel.abandoned = True
    reel.header, reel.damaged = header, False
    find_beginning(reel, layout.reel_bytes)


def _held(ring: Sequence[Reel], reel: Reel) -> Range | None:
    """Returns what a reel can have held before it was entered, by the header that the entry left standing."""
    old = reel.header
    if old is None or old.first == ERASED:
        return None
    last = last_of(ring, old)
    if last is None:
        return None
    return Range(chain=old.chain, first=old.first, last=last, records=last - old.first + 1)


def _survey_newest(
    ring: Sequence[Reel], layout: Layout, public_key: bytes, done: dict[int, Survey]
) -> dict[int, Survey]:
    """Surveys from the newest reel downwards until a whole record is found; reels that begin alike go together.

    A mended reel does not end the search: the notice of what it overwrote stands in the reel before it.
    """
    surveys: dict[int, Survey] = {}
    enough = -1
    for first, file, reel in _entered(ring, layout.chain):
        if first < enough:
            break
        survey = done.get(reel.index) or survey_reel(file, layout.reel_bytes, layout.chain, first, public_key)
        surveys[reel.index] = survey
        if survey.whole and reel.index not in done:
            enough = max(enough, first)
    return surveys


def _entered(ring: Sequence[Reel], chain: str) -> list[tuple[int, ReelFile, Reel]]:
    """Returns the reels that were entered for ``chain``, newest first, with their first sequence and file."""
    found = [
        (reel.header.first, reel.file, reel)
        for reel in ring
        if reel.file is not None and reel.header is not None and reel.header.chain == chain
    ]
    return sorted(
        (item for item in found if item[0] != ERASED), key=lambda item: (item[0], item[2].index), reverse=True
    )


def _current(ring: Sequence[Reel], chain: str, surveys: dict[int, Survey]) -> Reel | None:
    """Returns the newest reel if it can be written on; where several begin alike, the one that got further."""
    entered = _entered(ring, chain)
    newest = [reel for first, _, reel in entered if first == entered[0][0]]
    sound = [reel for reel in newest if reel.usable and not reel.suspect and not surveys[reel.index].unreadable]
    return max(sound, key=lambda reel: surveys[reel.index].end, default=None)
