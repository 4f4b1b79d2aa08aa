"""What a power cut must not undo: every acknowledgement with the log position at which it was given."""

from __future__ import annotations

from dataclasses import dataclass, field

from edge.seal.manifest import Range
from edge.seal.record import Header
from tests.spool.records import START_US

Key = tuple[str, int]
"""Chain and sequence."""


@dataclass
class Books:
    """Of one disk over all its lives; positions are of the present one, and 0 for what earlier ones acknowledged.

    Attributes:
        recorded: records that ``append`` returned for: hash, and when.
        gone: ranges of the EVICTED and EXPIRED notices among them, and when.
        used: hash of every (chain, sequence) that ever counted: recorded, or seen on the medium.
        now_us: the node's time, UTC, at the end of the life.
    """

    recorded: dict[Key, tuple[str, int]] = field(default_factory=dict)
    gone: list[tuple[Range, int]] = field(default_factory=list)
    used: dict[Key, str] = field(default_factory=dict)
    now_us: int = START_US

    def record(self, header: Header, position: int) -> None:
        """Notes that ``append`` returned."""
        self.recorded[header.manifest.chain, header.sequence] = header.sha256, position
        if isinstance(header.manifest.detail, Range):
            self.gone.append((header.manifest.detail, position))

    def at(self, position: int) -> Books:
        """Returns what had been acknowledged when the power went, for a life that begins with that state."""
        recorded = {key: (sha256, 0) for key, (sha256, when) in self.recorded.items() if when <= position}
        gone = [(lost, 0) for lost, when in self.gone if when <= position]
        used = self.used | {key: sha256 for key, (sha256, _) in recorded.items()}
        return Books(recorded, gone, used, self.now_us)

    def is_announced(self, key: Key) -> bool:
        """Whether a signed notice accounts for a record that is no longer there."""
        chain, sequence = key
        return any(lost.chain == chain and lost.first <= sequence <= lost.last for lost, _ in self.gone)

    def newest(self, chain: str) -> int:
        """Returns the highest sequence recorded in the chain; -1 for none."""
        return max((sequence for known, sequence in self.recorded if known == chain), default=-1)
