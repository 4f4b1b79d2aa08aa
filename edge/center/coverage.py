"""The coverage bar: what each second of a window is accounted for by. Pure.

Where spans overlap, the first of this order counts: recorded, blanked, a gap's cause, on the card, missing or awaited.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from edge.base.clock import SECOND_US
from edge.center.entries import Span

RECORDED, BLANKED, ON_CARD = "recorded", "blanked", "on-card"
MISSING, AWAITED, BEFORE = "missing", "awaited", "before"
KINDS = (RECORDED, BLANKED, ON_CARD, MISSING, AWAITED, BEFORE)
DUE_US = 60 * SECOND_US
"""What is younger than this may still be on its way: a batch is 20 s at most, a heartbeat comes every 30 s."""
_MEET_US = SECOND_US


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of a node's time.

    Attributes:
        spans: stored stretches, in any order.
        begin_us: start of its first record ever; none before there is one.
        proven_us: end of the newest signed segment; what lies before it and is not stored waits on the card.
        stored_us: end of the newest stored segment.
    """

    spans: tuple[Span, ...]
    begin_us: int | None
    proven_us: int | None
    stored_us: int | None


def coverage(known: Known, start_us: int, end_us: int) -> tuple[Span, ...]:
    """Returns pieces that fill the window without overlap, in order."""
    begin_us = end_us if known.begin_us is None else min(max(start_us, known.begin_us), end_us)
    due_us = max(begin_us, end_us - DUE_US)
    ground = (
        Span(BEFORE, start_us, begin_us),
        Span(MISSING, begin_us, due_us),
        Span(AWAITED, due_us, end_us),
    )
    clipped = [
        Span(span.kind, max(start_us, span.start_us), min(end_us, span.end_us))
        for span in (*known.spans, *_waiting(known), *ground)
    ]
    return _joined(list(_sweep([span for span in clipped if span.start_us < span.end_us])))


def seconds_by_kind(pieces: Iterable[Span]) -> dict[str, int]:
    """Returns whole seconds by kind, rounded down."""
    total: Counter[str] = Counter()
    for piece in pieces:
        total[piece.kind] += piece.end_us - piece.start_us
    return {kind: micros // SECOND_US for kind, micros in total.items()}


def gaps(pieces: Iterable[Span]) -> list[Span]:
    """Returns what was neither recorded nor waits on the card, newest first."""
    plain = (RECORDED, ON_CARD, AWAITED, BEFORE)
    return [piece for piece in reversed(list(pieces)) if piece.kind not in plain]


def _waiting(known: Known) -> tuple[Span, ...]:
    if known.proven_us is None or known.proven_us <= (known.stored_us or 0):
        return ()
    return (Span(ON_CARD, known.stored_us or known.proven_us, known.proven_us),)


def _sweep(spans: list[Span]) -> Iterator[Span]:
    """Yields what counts between every two edges."""
    edges = sorted([(span.start_us, 1, span.kind) for span in spans] + [(span.end_us, -1, span.kind) for span in spans])
    active: Counter[str] = Counter()
    before = edges[0][0] if edges else 0
    for moment, step, kind in edges:
        if moment > before:
            yield Span(min((name for name in active if active[name]), key=_rank), before, moment)
            before = moment
        active[kind] += step


def _rank(kind: str) -> int:
    return {RECORDED: 0, BLANKED: 1, ON_CARD: 3, MISSING: 4, AWAITED: 4, BEFORE: 4}.get(kind, 2)


def _joined(pieces: list[Span]) -> tuple[Span, ...]:
    """Joins equal neighbours; a hole of less than a second between recorded pieces is where segments meet."""
    joined: list[Span] = []
    for piece in pieces:
        short = piece.kind in (MISSING, AWAITED) and piece.end_us - piece.start_us < _MEET_US
        kind = joined[-1].kind if joined and short else piece.kind
        if joined and joined[-1].kind == kind:
            joined[-1] = Span(kind, joined[-1].start_us, piece.end_us)
        else:
            joined.append(Span(kind, piece.start_us, piece.end_us))
    return tuple(joined)
