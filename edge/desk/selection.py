"""What a window adds to a bundle: decided from bare headers (``edge.seal.window``), before any body is asked for."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import groupby
from typing import Annotated

from pydantic import Field

from edge.base.errors import Refused
from edge.base.model import Hex16, Strict, Utc, from_json
from edge.seal.correction import times_of
from edge.seal.manifest import Sequence
from edge.seal.record import Header
from edge.seal.window import needed

RUNS_LIMIT_BYTES = 32 * 1024 * 1024
RECORDS_LIMIT = 1_000_000
"""Records that one fetch looks at; three days of segments are 130,000."""


class Run(Strict):
    """A stretch of records that the center says it has."""

    chain: Hex16
    first: Sequence
    last: Sequence
    start_us: Utc
    end_us: Utc
    bytes: Annotated[int, Field(ge=0, lt=2**53)]


class _Runs(Strict):
    runs: Annotated[tuple[Run, ...], Field(strict=False)]


@dataclass(frozen=True, slots=True)
class Stretch:
    """Sequences of one chain, both ends included."""

    chain: str
    first: int
    last: int


@dataclass(frozen=True, slots=True)
class Wanted:
    """A record that the bundle needs, as its header announces it."""

    chain: str
    sequence: int
    sha256: str
    record_bytes: int


@dataclass(frozen=True, slots=True)
class Selection:
    """What a chain adds to a bundle.

    Attributes:
        headers: bytes of bare headers, from one before the window to one after, and of those that map its times.
        key_lists: hashes of the key lists that its segments name.
    """

    stretch: Stretch
    wanted: tuple[Wanted, ...]
    headers: tuple[bytes, ...]
    key_lists: frozenset[str]


def parse_runs(data: bytes) -> list[Stretch]:
    """Parses the center's list of runs and joins what continues, chains in the order of their first run.

    Raises:
        Refused: ``bad-document``, ``too-long`` or strict JSON's failures.
    """
    runs = from_json(_Runs, data, "list of runs", limit_bytes=RUNS_LIMIT_BYTES, loose=True).runs
    if any(run.last < run.first for run in runs) or sum(run.last - run.first + 1 for run in runs) > RECORDS_LIMIT:
        raise Refused("too-long", f"list of runs is off, or of more than {RECORDS_LIMIT} records; ask for less time")
    order = {chain: place for place, chain in reversed(list(enumerate(run.chain for run in runs)))}
    ranked = sorted(runs, key=lambda run: (order[run.chain], run.first))
    return [stretch for _, group in groupby(ranked, key=lambda run: run.chain) for stretch in _joined(group)]


def select(headers: list[Header], window_us: tuple[int, int]) -> Selection | None:
    """Returns what one chain's headers, in order, add to a bundle of the window; None where nothing is in it."""
    found = needed([times_of(header) for header in headers], window_us)
    if found is None:
        return None
    chosen = headers[found.first : found.last + 1]
    return Selection(
        stretch=Stretch(chosen[0].manifest.chain, chosen[0].sequence, chosen[-1].sequence),
        wanted=tuple(Wanted(h.manifest.chain, h.sequence, h.sha256, h.record_bytes) for h in chosen),
        headers=tuple(headers[place].data for place in found.kept),
        key_lists=frozenset(header.manifest.segment.key_list for header in chosen if header.manifest.segment),
    )


def _joined(runs: Iterable[Run]) -> Iterator[Stretch]:
    stretch: Stretch | None = None
    for run in runs:
        if stretch is not None and run.first <= stretch.last + 1:
            stretch = Stretch(run.chain, stretch.first, max(stretch.last, run.last))
            continue
        if stretch is not None:
            yield stretch
        stretch = Stretch(run.chain, run.first, run.last)
    if stretch is not None:
        yield stretch
