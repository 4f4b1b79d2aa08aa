"""Why footage is missing since the run before: what its records and its last status say.

Rules, the first that fits:
  1. Its status is of this boot of the kernel, does not say that it was stopped, and names a stall (``STALLS``): that is
     the cause, with its words, and the frames that waited then, if nothing was synced after.
  2. Its newest record is SHUTDOWN: ``visit`` where it left the camera to one, else ``start``; somebody ended it.
  3. It was of another boot: ``power``; nothing but the kernel's end ends a recorder without a word and that.
  4. Else ``unknown``: it was killed.

The status lies in the run directory, which a reboot empties; it is nobody's proof, and a cause is a claim.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from edge.base.errors import MimamoriError
from edge.node.matters import LEFT_TO_A_VISIT, Instant
from edge.node.records.journal import Earlier
from edge.seal.manifest import Cause, Manifest, Shutdown
from edge.spool.recovery import Recovery
from edge.wire.status import RecorderState, RecorderStatus, read_status

STALLS = (Cause.STORAGE, Cause.ENCODER, Cause.CAMERA)
"""Each is the name of a fault in the status, too. Most telling first: a card that hangs holds up all before it."""


def last_words(path: Path, boot: str) -> RecorderStatus | None:
    """Returns the status that an earlier run of this boot left; None for none that can be read."""
    try:
        status = read_status(path)
    except MimamoriError:
        return None
    return status if status.boot == boot else None


def stalls(status: RecorderStatus | None) -> dict[Cause, str]:
    """Returns the stalls that a run ended in, by its status; one that was stopped in order ended in none."""
    faults = {} if status is None or status.state is RecorderState.STOPPED else status.faults
    return {cause: faults[cause.value] for cause in STALLS if cause.value in faults}


def before(recovery: Recovery, status: RecorderStatus | None, boot: str) -> Earlier | None:
    """Returns what the spool and a status of this boot say of the run before; None for a first run."""
    earlier, newest = account(recovery.covered, recovery.newest_manifest, status, boot), recovery.newest_manifest
    if earlier is None or newest is None or newest.boot != boot:
        return earlier
    return replace(earlier, told_on_us=newest.end_us - newest.mono_end_us)


def account(
    covered: Manifest | None, newest: Manifest | None, status: RecorderStatus | None, boot: str
) -> Earlier | None:
    """Returns how far the earlier run's records reach and why they do not go on; None for a first run.

    Args:
        covered: the newest record that says where footage ended.
        newest: the newest record.
        status: of an earlier run of this boot.
    """
    if covered is None:
        return None
    same = covered.boot == boot
    end = Instant(covered.end_us, covered.mono_end_us if same else 0)
    cause, note = next(iter(stalls(status).items()), (None, ""))
    if cause is not None:
        assert status is not None
        return Earlier(end, cause, note, status.frames_waiting if status.accounted_until == covered.end_us else 0)
    if newest is not None and isinstance(newest.detail, Shutdown):
        visited = newest.detail.reason == LEFT_TO_A_VISIT
        return Earlier(end, Cause.VISIT, "a visit had the camera") if visited else Earlier(end, Cause.START)
    return Earlier(end, Cause.UNKNOWN if same else Cause.POWER)
