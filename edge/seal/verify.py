"""What a bundle proves: four answers apart. Whatever is not proven is "cannot tell".

authenticity (here)  Every record parses, every signature holds under the registered key, bodies have their hashes, no
                     sequence stands twice or out of order, and each record names the hash of the one before it.
provenance, completeness, time: see the modules ``provenance``, ``completeness`` and ``timing``.
"""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

from edge.seal.answers import Answer, Outcome, Report, Trust
from edge.seal.bundle import Evidence, read_bundle, try_parse
from edge.seal.completeness import adjoins, prove_completeness, signed_gaps
from edge.seal.correction import correct
from edge.seal.manifest import Kind
from edge.seal.provenance import Documents, prove_provenance
from edge.seal.record import Header
from edge.seal.timing import prove_time


def verify(path: Path, trust: Trust | None) -> Report:
    """Reads the bundle at ``path`` and answers for it.

    Raises:
        BadInput: nothing readable there.
    """
    return answer_for(read_bundle(path), trust)


def answer_for(evidence: Evidence, trust: Trust | None) -> Report:
    """Answers for parsed evidence."""
    documents, provenance = prove_provenance(evidence, trust)
    chains = _by_chain(evidence)
    claims = {h.sha256: span for headers in chains.values() for h, span in zip(headers, correct(headers), strict=True)}
    time, bounds = prove_time(evidence, documents, claims)
    whole = evidence.whole
    return Report(
        authenticity=_authenticity(evidence, documents, chains),
        provenance=provenance,
        completeness=prove_completeness(evidence, chains),
        time=time,
        node=whole[0].manifest.node if whole else None,
        records=len(whole),
        segments=sum(header.kind is Kind.SEGMENT for header in whole),
        gaps=tuple(signed_gaps(whole, claims)),
        start_us=min((claims[header.sha256].start_us for header in whole), default=None),
        end_us=max((claims[header.sha256].end_us for header in whole), default=None),
        not_before_us=bounds[0],
        not_after_us=bounds[1],
        demo=documents.authority is not None and documents.authority.demo,
    )


def _by_chain(evidence: Evidence) -> dict[str, list[Header]]:
    """Returns each chain's distinct headers by sequence; a forked sequence keeps both."""
    chains: dict[str, dict[tuple[int, str], Header]] = {}
    for header in (*evidence.whole, *evidence.bare):
        chains.setdefault(header.manifest.chain, {}).setdefault((header.sequence, header.sha256), header)
    return {chain: [headers[key] for key in sorted(headers)] for chain, headers in chains.items()}


def _authenticity(evidence: Evidence, documents: Documents, chains: dict[str, list[Header]]) -> Answer:
    faults = [*evidence.altered, *_order_faults(evidence.whole, "records"), *_order_faults(evidence.bare, "headers")]
    for headers in chains.values():
        faults += _link_faults(headers)
    if documents.registration is not None:
        key = bytes.fromhex(documents.registration.signing_key)
        for headers in chains.values():
            for header in headers:
                try_parse(lambda header=header: header.require_signature(key), faults, "signature")  # type: ignore[misc]
    if faults:
        return Answer(Outcome.ALTERED, tuple(faults))
    if documents.registration is None:
        return Answer(Outcome.CANNOT_TELL, (_no_key(documents),))
    if not evidence.whole:
        return Answer(Outcome.CANNOT_TELL, ("there is no whole record",))
    return Answer(Outcome.OK)


def _no_key(documents: Documents) -> str:
    if documents.authority is None:
        return "without a trusted root and its authority no signature can be checked"
    return "no registration that holds: there is no key to check signatures with"


def _order_faults(headers: list[Header], what: str) -> list[str]:
    """In a file each chain's records stand together, each sequence once, rising."""
    faults, seen = [], set()
    for before, after in pairwise(headers):
        if after.manifest.chain == before.manifest.chain:
            if after.sequence <= before.sequence:
                faults.append(f"{what}: sequence {after.sequence} stands after {before.sequence}")
        elif after.manifest.chain in seen:
            faults.append(f"{what}: chain {after.manifest.chain} is not in one piece")
        seen.add(before.manifest.chain)
    return faults


def _link_faults(headers: list[Header]) -> list[str]:
    faults = []
    for before, after in pairwise(headers):
        if after.sequence == before.sequence:
            faults.append(f"sequence {after.sequence} was used twice with different content")
        elif adjoins(before, after) and after.manifest.previous != before.sha256:
            faults.append(f"record {after.sequence} does not name the hash of record {before.sequence}")
    return faults
