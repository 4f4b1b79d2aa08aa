"""When pictures were sealed: after what they name, before the receipt that covers them.

Rules:
  1. A picture was sealed after the receipt it carries and after the key list that it is sealed by was issued.
  2. It was sealed before the time of the receipt that covers it.
  3. The time it claims lies between the two, with ``SKEW_US`` for an honest clock that runs ahead. An untrusted clock
     claims what a trusted record of its boot maps it to (``edge.seal.correction``), and without one nothing: the
     record itself says that its times are not to be believed, and the bounds hold without them.
"""

from __future__ import annotations

from collections.abc import Mapping

from edge.seal.answers import Answer, Outcome
from edge.seal.bundle import Evidence
from edge.seal.correction import Span
from edge.seal.manifest import Kind
from edge.seal.provenance import Documents
from edge.seal.record import Header

SKEW_US = 5_000_000
MAPPED_SKEW_US = 60_000_000
"""For a mapped time: an untrusted clock cannot tell which receipt is later than itself, and what maps it may be off."""


def prove_time(
    evidence: Evidence, documents: Documents, claims: Mapping[str, Span]
) -> tuple[Answer, tuple[int | None, int | None]]:
    """Answers for the times of the pictures, and returns the bounds of them all.

    Args:
        claims: the times of every record, by its hash.
    """
    covering: dict[tuple[str, int, str], int] = {}
    for receipt in documents.receipts:
        for place, digest in enumerate(receipt.payload.hashes):
            key = (receipt.payload.chain, receipt.payload.first + place, digest)
            covering[key] = min(receipt.payload.time, covering.get(key, receipt.payload.time))
    moments = {receipt.sha256: receipt.payload.time for receipt in documents.receipts}
    moments |= {key_list.sha256: key_list.payload.issued for key_list in documents.key_lists}
    altered, unbounded = list[str](), dict[str, list[int]]()
    lower, upper = list[int](), list[int]()
    for header in (header for header in evidence.whole if header.kind is Kind.SEGMENT):
        not_before = _lower_bound(header, moments)
        not_after = covering.get((header.manifest.chain, header.sequence, header.sha256))
        altered += _contradictions(header.sequence, claims[header.sha256], not_before, not_after)
        for side, bound in (("before", not_before), ("after", not_after)):
            if bound is None:
                unbounded.setdefault(side, []).append(header.sequence)
        lower += [] if not_before is None else [not_before]
        upper += [] if not_after is None else [not_after]
    bounds = (min(lower, default=None), max(upper, default=None))
    if not upper and not unbounded:
        return Answer(Outcome.CANNOT_TELL, ("there is no picture whose time could be proven",)), bounds
    if altered:
        return Answer(Outcome.ALTERED, tuple(altered)), bounds
    if unbounded:
        return Answer(Outcome.CANNOT_TELL, _unknown(unbounded, documents)), bounds
    return Answer(Outcome.OK), bounds


def _named(records: list[int]) -> str:
    if len(records) == 1:
        return f"record {records[0]}"
    return f"{len(records)} records from {records[0]} to {records[-1]}"


def _unknown(unbounded: dict[str, list[int]], documents: Documents) -> tuple[str, ...]:
    """Returns one reason a side, with the first and last of the records that nothing bounds."""
    if documents.authority is None:
        return ("without a trusted root and its authority no receipt counts",)
    return tuple(
        f"{_named(records)}: nothing proves a time {side} {'them' if len(records) > 1 else 'it'}"
        for side, records in unbounded.items()
    )


def _lower_bound(header: Header, moments: dict[str, int]) -> int | None:
    """Newest proven moment that the record names: the receipt it carries, the key list it is sealed by."""
    segment = header.manifest.segment
    names = (header.manifest.receipt, segment.key_list if segment else None)
    return max((moments[name] for name in names if name in moments), default=None)


def _contradictions(sequence: int, claim: Span, not_before: int | None, not_after: int | None) -> list[str]:
    if not claim.believed:
        return []
    end = claim.end_us
    early_us, late_us = (0, SKEW_US) if claim.by is None else (MAPPED_SKEW_US, MAPPED_SKEW_US)
    faults = []
    if not_before is not None and end + early_us < not_before:
        faults.append(f"record {sequence} claims a time before what it already names")
    if not_after is not None and end > not_after + late_us:
        faults.append(f"record {sequence} claims a time after the receipt that covers it")
    return faults
