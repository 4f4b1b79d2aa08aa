"""The health gate: whether a release that was just started does what the one before it did.

A pure decision over what the other processes publish. The bar is what the node did before the switch, not perfection:
an update must not be given back for a camera that somebody had turned a week ago.
"""

from __future__ import annotations

from dataclasses import dataclass

from edge.wire.status import RecorderState, RecorderStatus

DEADLINE_S = 60.0
SETTLED_S = 15.0
"""How long the services must have run without a fault before a node that records nothing is called well."""
ENDED_TOO_OFTEN = 3
SEGMENTS = 2
"""The first one after a start is always looked at by the self-check; the second shows that it goes on."""
_RECORDS = (RecorderState.RECORDING, RecorderState.BLANKED)
_SURE = ("in-place", "unverifiable", None)


@dataclass(frozen=True, slots=True)
class Sight:
    """What is to be seen of a node at one instant.

    Attributes:
        recorder: its status, where one can be read.
        active: names of the services that run.
        restarts: how often systemd has started each of them anew by itself.
    """

    recorder: RecorderStatus | None
    active: frozenset[str]
    restarts: int


@dataclass(frozen=True, slots=True)
class Gate:
    """What the release must reach within ``DEADLINE_S`` of its start.

    Attributes:
        before: what was seen just before the switch.
        version: what the recorder must say of its firmware.
    """

    before: Sight
    version: str

    def hopeless(self, sight: Sight) -> bool:
        """Whether waiting longer is of no use: a service ends as often as systemd starts it."""
        return sight.restarts - self.before.restarts >= ENDED_TOO_OFTEN

    def lacking(self, sight: Sight, elapsed_s: float) -> str:
        """Returns what is lacking yet; empty once the release has proved itself."""
        missing = sorted(self.before.active - sight.active)
        if missing:
            return f"{', '.join(missing)} does not run"
        if sight.restarts > self.before.restarts:
            return f"services were started anew {sight.restarts - self.before.restarts} times"
        if not self._recorded:
            return "" if elapsed_s >= SETTLED_S else f"services have run for {elapsed_s:.0f} of {SETTLED_S:.0f} s"
        return self._recorder_lacks(sight.recorder)

    @property
    def _recorded(self) -> bool:
        return self.before.recorder is not None and self.before.recorder.state in _RECORDS

    def _recorder_lacks(self, status: RecorderStatus | None) -> str:
        before = self.before.recorder
        assert before is not None, "asked only where it recorded"
        if status is None or status.firmware != self.version:
            return f"the recorder says nothing as {self.version} yet"
        if status.segments < SEGMENTS:
            return f"{status.segments} of {SEGMENTS} segments are synced"
        if status.state not in (RecorderState.RECORDING, before.state):
            return f"the recorder is in state {status.state}: {status.message}"
        if status.self_check is None:
            return "no self-check of the masks has passed"
        if status.guard not in (*_SURE, before.guard):
            return f"the camera's guard says {status.guard}"
        new = sorted(set(status.faults) - set(before.faults))
        return f"new faults: {', '.join(new)}" if new else ""
