"""The end of a history, after calm: everything is somewhere, once, and verifies.

no-progress   the line was well for hours, and a record on the card has not reached the center
lost-unannounced  a record that counted as recorded is nowhere, and neither notice nor damage accounts for it
stored-twice  the center holds a record twice, or something else than it receipted
chain-broken  what center and card hold together does not verify, or has holes that no notice accounts for
"""

from __future__ import annotations

import re
from itertools import pairwise

from edge.seal.answers import Outcome, Trust
from edge.seal.bundle import Evidence
from edge.seal.completeness import declares_unsynced
from edge.seal.manifest import Kind
from edge.seal.record import Header
from edge.seal.verify import answer_for
from tests.simulation.books import Books, Violation, is_footage
from tests.simulation.city import AUTHORITY_DOCUMENT, REGISTRATION, ROOT
from tests.simulation.entries import Key
from tests.simulation.world import World

_PAUSE = re.compile(r".* before record (\d+) (?:are|is) missing without a signed gap")


def judge(world: World) -> None:
    """Looks at everything.

    Raises:
        Violation: the first promise that does not hold.
    """
    books = world.board.books
    chains = {chain for chain, _ in books.used}
    stored = _stored(world, chains)
    _require_progress(world, stored)
    for key in sorted(books.owed - books.excused):
        raise Violation("lost-unannounced", f"record {key[1]} of chain {key[0][:8]} went and no notice ever said so")
    whole = {key: header for key, (header, body) in stored.items() if body}
    bare = {key: header for key, (header, body) in stored.items() if not body}
    for entry in world.board.card.all():
        if entry.key not in whole:
            whole[entry.key] = entry.header
            bare.pop(entry.key, None)
    _require_verified(world, books, whole, bare)


def _stored(world: World, chains: set[str]) -> dict[Key, tuple[Header, bool]]:
    found: dict[Key, tuple[Header, bool]] = {}
    for header, body in world.center.stored(chains):
        key = header.manifest.chain, header.sequence
        if key in found or world.board.books.used.get(key) != header.sha256:
            raise Violation("stored-twice", f"record {key[1]} of chain {key[0][:8]} stands twice, or is another one")
        found[key] = header, body
    for key, sha256 in world.board.books.stored.items():
        if key not in found or found[key][0].sha256 != sha256:
            raise Violation("stored-twice", f"record {key[1]} of chain {key[0][:8]} was receipted and is not stored")
    return found


def _require_progress(world: World, stored: dict[Key, tuple[Header, bool]]) -> None:
    books = world.board.books
    for entry in world.board.card.all():
        if entry.key in books.recorded and entry.key not in stored and entry.key not in books.damaged:
            raise Violation(
                "no-progress", f"record {entry.key[1]} of chain {entry.key[0][:8]} has not reached the center"
            )
    for key, sha256 in books.recorded.items():
        there = key in stored or world.board.card.holds(key)
        if not there and key not in books.damaged and key not in books.excused and not books.is_announced(key):
            raise Violation("lost-unannounced", f"record {key[1]} of chain {key[0][:8]}, {sha256[:8]}, is nowhere")


def _require_verified(world: World, books: Books, whole: dict[Key, Header], bare: dict[Key, Header]) -> None:
    chains = {chain for chain, _ in books.used}
    evidence = Evidence(
        whole=[whole[key] for key in sorted(whole)],
        bare=[bare[key] for key in sorted(bare)],
        receipts=world.center.receipts(chains),
        key_lists=world.key_lists,
        registration=REGISTRATION.data,
        authority=AUTHORITY_DOCUMENT.data,
    )
    report = answer_for(evidence, Trust(ROOT.public_key, demo=False))
    for name in ("authenticity", "provenance", "time"):
        answer = getattr(report, name)
        if answer.outcome is Outcome.ALTERED:
            raise Violation("chain-broken", f"{name}: {answer.reasons[0]}")
    if report.authenticity.outcome is not Outcome.OK:
        raise Violation("chain-broken", f"authenticity cannot be told: {report.authenticity.reasons}")
    headers = {**whole, **bare}
    holes = _holes(books, [headers[key] for key in sorted(headers)])
    for reason in report.completeness.reasons:
        found = _PAUSE.match(reason)
        if found and int(found[1]) not in holes:
            raise Violation("chain-broken", reason)


def _holes(books: Books, headers: list[Header]) -> set[int]:
    """Returns footage that follows a hole which is accounted for; any other hole is a violation."""
    after, open_hole = set[int](), False
    for before, header in pairwise(headers):
        chain = header.manifest.chain
        if before.manifest.chain != chain:
            open_hole = False
            continue
        if header.sequence != before.sequence + 1 and not declares_unsynced(before, header):
            open_hole = True
            for sequence in range(before.sequence + 1, header.sequence):
                _require_accounted(books, (chain, sequence), headers)
        if is_footage(header):
            after |= {header.sequence} if open_hole else set()
            open_hole = False
    return after


def _require_accounted(books: Books, key: Key, headers: list[Header]) -> None:
    accounted = books.is_announced(key) or key in books.damaged or key in books.excused
    if not accounted and not _never_synced(books, key, headers):
        raise Violation("chain-broken", f"record {key[1]} of chain {key[0][:8]} is missing, nothing says why")


def _never_synced(books: Books, key: Key, headers: list[Header]) -> bool:
    """Whether a BOOT says that the sequence was signed and never synced."""
    if key in books.recorded:
        return False
    return any(
        header.kind is Kind.BOOT and header.manifest.chain == key[0] and header.sequence > key[1] for header in headers
    )
