"""Whether a run that ended in order kept something."""

from __future__ import annotations

from edge.base.errors import BadConfiguration, StorageFault
from edge.node.records.tally import Tally


def require_footage(tally: Tally) -> None:
    """Checks that pictures became footage: what a run kept nothing for, a person must mend.

    Raises:
        StorageFault: there were pictures, and nothing took the records.
        BadConfiguration: there were pictures, and every one of them became a gap.
    """
    if not_taken := tally.status(0).faults.get("unrecorded"):
        raise StorageFault(not_taken)
    if tally.counts.frames_encoded and not tally.counts.segments:
        raise BadConfiguration(f"no footage was kept, every second is a signed gap: {tally.status(0).message}")
