"""What is signed and told when other masks hold: MASKS, or MOVED where the moved-camera guard changed them."""

from __future__ import annotations

from edge.node.matters import MasksChanged
from edge.node.records.journal import Journal
from edge.node.records.tally import Tally
from edge.seal import manifest
from edge.seal.chain import InForce as Digests
from edge.seal.manifest import Kind
from edge.wire.status import RecorderState

MOVED_AWAY, MOVED_BACK = "away", "back"
"""What a MOVED record says."""


def tell_masks(matter: MasksChanged, journal: Journal, tally: Tally) -> None:
    """Signs a change of the masks, and sets the status."""
    change = matter.change
    tally.masks, tally.floor = change.new_digest, change.floor_digest
    if change.valid:
        tally.clear("masks")
    else:
        tally.fault("masks", RecorderState.BLANKED, change.reason)
    digests = Digests(change.new_digest, change.floor_digest)
    if matter.by_guard:
        state = MOVED_BACK if change.valid else MOVED_AWAY
        notice = manifest.Notice(state=state, note=change.reason[:200].replace("\n", "; "))
        journal.event(Kind.MOVED, notice, matter.at, digests)
        return
    detail = manifest.Masks(
        before=change.old_digest,
        after=change.new_digest,
        valid=change.valid,
        reason=change.reason[:400],
        reference=matter.reference,
    )
    journal.event(Kind.MASKS, detail, matter.at, digests)
