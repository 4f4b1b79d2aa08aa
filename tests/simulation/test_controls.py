"""With one guard taken out the simulation finds a broken promise soon, and the shrinker makes the history smaller."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest

from edge.center import intake
from edge.center.batch import Batch
from edge.center.receive import Run, Stored
from edge.node.recording import sealer
from edge.node.recording.sealer import Sealer
from edge.node.records.journal import Journal
from edge.node.records.pen import Pen
from edge.seal.manifest import Kind
from edge.spool import evidence
from edge.spool.receipted import VerifiedReceipts
from edge.spool.survey import Survey
from edge.uplink import sender as sending
from edge.uplink.batch import Batch as Sent
from edge.uplink.frozen import Frozen
from edge.uplink.sender import Sender
from edge.uplink.server import AskedToWait
from edge.wire import signed
from edge.wire.receipt import Receipt
from edge.wire.signed import Signed
from tests.simulation.campaign import find, shrunk
from tests.simulation.card import CardFile
from tests.simulation.city import NODE, START_US, STRANGER
from tests.simulation.decisions import What
from tests.simulation.history import Stage

HISTORIES = 25
PLAYS = 8

Patch = pytest.MonkeyPatch


def without_notices(patch: Patch) -> None:
    """Nothing is signed before it is overwritten."""
    announce = Pen.announce

    def silent(self: Pen, losses: Any, digests: Any) -> None:
        announce(self, [loss for loss in losses if loss.kind is not Kind.EVICTED], digests)

    patch.setattr(Pen, "announce", silent)


def without_a_look_at_receipts(patch: Patch) -> None:
    """Whatever comes back with status 200 and parses as a receipt counts, for uplink and recorder."""

    def parse(data: bytes, authority: Any) -> Signed[Receipt]:
        return signed.parse("receipt", Receipt, data)

    patch.setattr(sending, "parse_receipt", parse)
    patch.setattr(sending, "require_match", lambda *_: None)
    patch.setattr(VerifiedReceipts, "_counts", lambda self, receipt: True)


def with_erasure_by_any_clock(patch: Patch) -> None:
    """The wall clock alone says what is too old."""

    def expire(self: Journal) -> None:
        losses = self._pen.spool.expired(self.now_us(), trusted=True)
        self._pen.announce(losses, self._digests)
        if losses:
            self._pen.spool.erase_expired(self.now_us(), trusted=True)

    patch.setattr(Journal, "expire", expire)


def without_expiry(patch: Patch) -> None:
    patch.setattr(Journal, "expire", lambda self: None)


def without_syncs(patch: Patch) -> None:
    """The card's own: a sync returns and nothing is durable."""
    patch.setattr(CardFile, "sync", lambda self: None)


def without_pauses(patch: Patch) -> None:
    """No GAP for a camera that stands still."""
    patch.setattr(sealer, "PAUSE_US", 2**53)
    patch.setattr(sealer, "SILENCE_US", 2**53)


def without_gaps_for_what_is_not_sealed(patch: Patch) -> None:
    patch.setattr(Sealer, "_gap", lambda *_: None)


def with_sequences_used_again(patch: Patch) -> None:
    """Recovery goes on after the last whole record, whatever else was seen."""

    def highest_whole(signed: int, begun: int, surveys: list[Survey]) -> int:
        return max([-1, *(located.header.sequence for survey in surveys for located in survey.whole)])

    patch.setattr(evidence, "highest_seen", highest_whole)


def with_a_failure_for_a_receipt(patch: Patch) -> None:
    """The uplink takes a center that is broken, full or busy for one that took the records."""
    receipt_for = Sender._receipt_for

    def lenient(self: Sender, batch: Sent) -> Signed[Receipt]:
        try:
            return receipt_for(self, batch)
        except AskedToWait:
            hashes = batch.hashes
            word = Receipt(
                node=NODE, chain=batch.chain, first=batch.first, last=batch.last, hashes=hashes, time=START_US
            )
            return signed.sign("receipt", word, STRANGER)

    patch.setattr(Sender, "_receipt_for", lenient)


def with_forks_that_are_final(patch: Patch) -> None:
    """A frozen chain is never tried again."""
    patch.setattr(Frozen, "thaw", lambda self: None)


def with_records_stored_again(patch: Patch) -> None:
    """The center does not drop what it has."""

    def all_of_it(batch: Batch, stored: Stored) -> tuple[Run, ...]:
        return (Run(batch.headers, memoryview(batch.data)),)

    patch.setattr(intake, "new_runs", all_of_it)


@dataclass(frozen=True)
class Control:
    """A guard taken out, the kinds of decisions that it is for, and what must be said then."""

    sabotage: Callable[[Patch], None]
    among: frozenset[What]
    promises: frozenset[str]


def control(sabotage: Callable[[Patch], None], among: tuple[What, ...], *promises: str) -> Any:
    return pytest.param(Control(sabotage, frozenset(among), frozenset(promises)), id=sabotage.__name__)


CONTROLS = [
    control(without_notices, ("record", "line"), "lost-unannounced"),
    control(without_a_look_at_receipts, ("record", "trouble"), "lost-unannounced", "no-progress"),
    control(with_erasure_by_any_clock, ("record", "cut", "step"), "erased-young"),
    control(without_expiry, ("record", "pause"), "overdue"),
    control(without_syncs, ("record",), "recorded-unsynced"),
    control(without_pauses, ("record", "pause"), "chain-broken"),
    control(without_gaps_for_what_is_not_sealed, ("record", "keys"), "footage-unaccounted"),
    control(with_sequences_used_again, ("record", "cut", "bad-sector"), "sequence-reused", "recorder-ended"),
    control(with_a_failure_for_a_receipt, ("record", "trouble"), "no-progress"),
    control(with_forks_that_are_final, ("record", "twin", "settle"), "no-progress"),
    control(with_records_stored_again, ("record", "trouble"), "stored-twice", "uplink-ended", "no-progress"),
]


@pytest.mark.parametrize("control", CONTROLS)
def test_control_without_one_guard_a_broken_promise_is_found_and_made_small(
    stage: Stage, monkeypatch: pytest.MonkeyPatch, control: Control
) -> None:
    control.sabotage(monkeypatch)
    found = find(stage, HISTORIES, control.among)
    assert found is not None, f"{HISTORIES} histories, and nothing was noticed"
    setting, decisions, violation = found
    assert violation.promise in control.promises, str(violation)
    small = shrunk(stage, setting, decisions, violation.promise, PLAYS)
    assert len(small) < len(decisions)
