"""Whose the records are: from the trusted root over the authority to the node's registered key.

Rules:
  1. The authority is signed by the root that the reader trusts already; a demonstration's counts in one only.
  2. The registration role signed that the key is this node's; receipts and key lists hold under the same authority.
  3. Every record is of that node; a simulated clock counts in a demonstration only.
  4. Every picture is sealed to the pair that both custodians signed for its day, in the key list that it names.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from edge.base.clock import ClockQuality
from edge.seal.answers import Answer, Outcome, Trust
from edge.seal.bundle import Evidence, try_parse
from edge.seal.manifest import Segment
from edge.seal.record import Header
from edge.wire.authority import Authority, parse_authority
from edge.wire.keylist import KeyList, parse_key_list
from edge.wire.receipt import Receipt, parse_receipt
from edge.wire.registration import Registration, parse_registration
from edge.wire.signed import Signed


@dataclass(slots=True)
class Documents:
    """What could be proven of the documents, step by step from the root."""

    authority: Authority | None = None
    registration: Registration | None = None
    receipts: tuple[Signed[Receipt], ...] = ()
    key_lists: tuple[Signed[KeyList], ...] = ()


def prove_provenance(evidence: Evidence, trust: Trust | None) -> tuple[Documents, Answer]:
    documents, altered, unknown = Documents(), list[str](), list[str]()
    authority = _trusted_authority(evidence, trust, altered, unknown)
    if authority is not None:
        documents.authority = authority
        _parse_documents(evidence, authority, documents, altered)
        if documents.registration is None and not altered:
            unknown.append("the bundle holds no registration")
        altered += _foreign(evidence, documents)
        altered += _other_recipients(evidence, documents)
        unknown += _unlisted(evidence, documents)
    if altered:
        return documents, Answer(Outcome.ALTERED, tuple(altered))
    if unknown:
        return documents, Answer(Outcome.CANNOT_TELL, tuple(unknown))
    return documents, Answer(Outcome.OK)


def _trusted_authority(
    evidence: Evidence, trust: Trust | None, altered: list[str], unknown: list[str]
) -> Authority | None:
    if trust is None:
        unknown.append("no trusted root is known here; give the city's with --root")
        return None
    if evidence.authority is None:
        unknown.append("the bundle holds no authority")
        return None
    data = evidence.authority
    document = try_parse(lambda: parse_authority(data, trust.root, demo=trust.demo), altered, "authority")
    return None if document is None else document.payload


def _parse_documents(evidence: Evidence, authority: Authority, documents: Documents, altered: list[str]) -> None:
    if evidence.registration is not None:
        data = evidence.registration
        registration = try_parse(lambda: parse_registration(data, authority), altered, "registration")
        documents.registration = None if registration is None else registration.payload
    receipts = [try_parse(lambda d=d: parse_receipt(d, authority), altered, "receipt") for d in evidence.receipts]  # type: ignore[misc]
    documents.receipts = tuple(receipt for receipt in receipts if receipt is not None)
    node = _node(evidence, documents)
    lists = [
        try_parse(lambda d=d: parse_key_list(d, authority, node), altered, "key list")  # type: ignore[misc]
        for d in evidence.key_lists
        if node is not None
    ]
    documents.key_lists = tuple(key_list for key_list in lists if key_list is not None)


def _node(evidence: Evidence, documents: Documents) -> str | None:
    """Returns whose bundle it is: the registered node's, else what the first record says."""
    if documents.registration is not None:
        return documents.registration.node
    return next((header.manifest.node for header in (*evidence.whole, *evidence.bare)), None)


def _foreign(evidence: Evidence, documents: Documents) -> list[str]:
    faults = []
    headers = (*evidence.whole, *evidence.bare)
    if documents.registration is not None:
        nodes = {header.manifest.node for header in headers} - {documents.registration.node}
        faults += [f"records of node {node!r} are not of {documents.registration.node!r}" for node in sorted(nodes)]
    simulated = any(header.manifest.clock is ClockQuality.SIMULATED for header in headers)
    if simulated and documents.authority is not None and not documents.authority.demo:
        faults.append("records with a simulated clock count in a demonstration only")
    return faults


def _other_recipients(evidence: Evidence, documents: Documents) -> list[str]:
    """Finds pictures that are sealed to others than the pair of the key list that they name."""
    lists = {key_list.sha256: key_list.payload for key_list in documents.key_lists}
    faults = []
    for header, segment in _segments(evidence):
        if segment.key_list in lists:
            listed = lists[segment.key_list]
            pair = listed.day(segment.period) or listed.spare(segment.period)
            if pair is None or (pair.manager, pair.operator) != (segment.manager, segment.operator):
                faults.append(f"record {header.sequence} is sealed to others than the key list names for its day")
    return faults


def _unlisted(evidence: Evidence, documents: Documents) -> list[str]:
    known = {key_list.sha256 for key_list in documents.key_lists}
    missing = {segment.key_list for _, segment in _segments(evidence)} - known
    return [f"the bundle lacks key list {digest[:16]}…, which its records name" for digest in sorted(missing)]


def _segments(evidence: Evidence) -> Iterator[tuple[Header, Segment]]:
    for header in evidence.whole:
        if header.manifest.segment is not None:
            yield header, header.manifest.segment
