"""What was promised about every record, and the first promise that is broken.

Checked as it happens:
  sequence-reused      (chain, sequence) stands for two contents: recorded, on the medium, or at the center.
  recorded-unsynced    a record counts as recorded whose bytes are not on the medium.
  lost-unannounced     a recorded record left the card: neither center, nor durable notice, nor a bad sector.
  erased-young         a record was erased by age that is younger than the retention, by the city's clock.
  overdue              a record outlived the retention although the clock was kept right for long enough.
  key-expired          a segment was sealed to a pair that is destroyed by now, as far as the node could know: from
                       the clock, this run's receipts, and its key list, beyond whose end nobody's word counts.
  footage-unaccounted  a segment of the camera's became neither a SEGMENT nor a GAP.
Who raises the others (recorder-ended, card-left, uplink-ended, and those of the end): ``board.py`` and ``verdict.py``.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date

from edge.base.clock import ClockQuality
from edge.seal.manifest import Kind, Range
from edge.seal.record import Header
from edge.spool.expiry import LOOK_EVERY_US
from tests.simulation.card import Card
from tests.simulation.city import DAY_US, SECOND_US, last_day
from tests.simulation.entries import Entry, Key

_DRIFT_US = 15 * SECOND_US
"""A clock that agrees with a receipt may be that far off, and a little."""


class Violation(AssertionError):
    """A promise is broken.

    Args:
        promise: its slug.
    """

    def __init__(self, promise: str, message: str) -> None:
        super().__init__(f"{promise}: {message}")
        self.promise = promise


@dataclass
class Books:
    """The books of one history.

    Attributes:
        slack_us: by how much a record can be younger than what it accounts for.
        recorded: hash of every record that ``append`` returned for.
        used: hash of every (chain, sequence) that ever counted.
        made_us: the city's time when a record was made, by hash.
        stored: hash of every record that the center has receipted.
        announced: ranges of EVICTED and EXPIRED notices that are on the medium.
        gone: left the card, and accounted for.
        damaged: cost by a bad sector, which no notice can tell.
        owed: overwritten when a reel refused; the notice may come later.
        footage: how many SEGMENTs and GAPs were signed.
        excused: owed, and the power went before the next reel had taken the note (LAYOUT.md, section 5).
    """

    card: Card
    now_us: Callable[[], int]
    retention_us: int
    slack_us: int
    recorded: dict[Key, str] = field(default_factory=dict)
    used: dict[Key, str] = field(default_factory=dict)
    made: list[Header] = field(default_factory=list)
    made_us: dict[str, int] = field(default_factory=dict)
    stored: dict[Key, str] = field(default_factory=dict)
    announced: list[Range] = field(default_factory=list)
    gone: set[Key] = field(default_factory=set)
    damaged: set[Key] = field(default_factory=set)
    owed: set[Key] = field(default_factory=set)
    excused: set[Key] = field(default_factory=set)
    footage: int = 0
    _durable: dict[Key, str] = field(default_factory=dict)

    def make(self, header: Header) -> None:
        """The recorder signed a record."""
        self.card.headers.learn(header)
        self.made.append(header)
        self.made_us[header.sha256] = self.now_us()
        self.footage += is_footage(header)

    def promote(self, chain: str, sequence: int) -> list[Header]:
        """The spool says that everything up to ``sequence`` is recorded; returns what is newly so."""
        new = [header for header in self.made if header.manifest.chain == chain and header.sequence <= sequence]
        self.made = [header for header in self.made if header not in new]
        for header in new:
            key = header.manifest.chain, header.sequence
            if self._durable.get(key) != header.sha256:
                raise Violation("recorded-unsynced", f"record {key[1]} counts as recorded and is not on the medium")
            self.recorded[key] = header.sha256
            self.use(key, header.sha256)
        return new

    def use(self, key: Key, sha256: str) -> None:
        """A record counts somewhere."""
        if self.used.setdefault(key, sha256) != sha256:
            raise Violation("sequence-reused", f"sequence {key[1]} of chain {key[0][:8]} stands for two contents")

    def store(self, chain: str, sequence: int, sha256: str) -> None:
        """The center receipts a record."""
        self.use((chain, sequence), sha256)
        self.stored[chain, sequence] = sha256

    def synced(self, entry: Entry) -> None:
        self._durable[entry.key] = entry.header.sha256
        if isinstance(entry.header.manifest.detail, Range):
            self.announced.append(entry.header.manifest.detail)
            self.owed = {key for key in self.owed if not self.is_announced(key)}

    def went(self, entry: Entry, how: str) -> None:
        key = entry.key
        if how == "erased":
            self._require_old(entry)
        if key not in self.recorded or key in self.gone or self.card.holds(key):
            return
        if how == "damaged":
            self.damaged.add(key)
        elif not self.is_accounted(key):
            if not self.card.fired:
                raise Violation("lost-unannounced", f"record {key[1]} of chain {key[0][:8]} was {how} without notice")
            self.owed.add(key)
        self.gone.add(key)

    def after_cut(self) -> None:
        """Looks at the medium as the cut left it."""
        for header in self.card.headers_on_medium():
            self.use((header.manifest.chain, header.sequence), header.sha256)
        there = {entry.key for entry in self.card.all()}
        for entry in self.card.all():
            self.synced(entry)
        for key in self.recorded:
            if key not in there and key not in self.gone:
                raise Violation("lost-unannounced", f"record {key[1]} of chain {key[0][:8]} is lost by the power cut")

    def is_announced(self, key: Key) -> bool:
        """Tells whether a durable notice covers the record."""
        return any(notice.chain == key[0] and notice.first <= key[1] <= notice.last for notice in self.announced)

    def is_accounted(self, key: Key) -> bool:
        """Tells whether the card may do without the record."""
        return self.stored.get(key) == self.recorded[key] or self.is_announced(key)

    def check_age(self, slack_us: int, unusable: set[str]) -> None:
        """Nothing that the node knows to be too old is left; called while the clock was right for long enough.

        The newest record stays until another one was there for long enough, for the chain goes on from it.
        """
        now_us = self.now_us()
        long_us = 2 * LOOK_EVERY_US + slack_us
        looked = [(self.made_us.get(entry.header.sha256, 0), entry) for entry in self.card.all()]
        if not any(moment_us < now_us - self.retention_us - long_us for moment_us, _ in looked):
            return
        usable = [(moment_us, entry) for moment_us, entry in looked if entry.name not in unusable]
        newest = max((entry.key[1] for moment_us, entry in usable if moment_us < now_us - long_us), default=-1)
        for moment_us, entry in usable:
            believed = entry.header.manifest.clock is not ClockQuality.UNTRUSTED and entry.key[1] != newest
            age_us = now_us - moment_us
            if believed and age_us > self.retention_us + long_us:
                days = age_us / DAY_US
                raise Violation("overdue", f"record {entry.key[1]} is {days:.2f} days old and still on the card")

    def check_key(self, header: Header, known_day: str) -> None:
        """A SEGMENT's pair is not destroyed yet on the day that the node could know."""
        segment = header.manifest.segment
        if segment is None:
            return
        age = (date.fromisoformat(known_day) - last_day(segment.period)).days
        if age > self.retention_us // DAY_US:
            message = f"record {header.sequence} is sealed to {segment.period}; by {known_day} that is destroyed"
            raise Violation("key-expired", message)

    def _require_old(self, entry: Entry) -> None:
        made_us = self.made_us.get(entry.header.sha256, 0)
        age_us = self.now_us() - made_us
        if age_us < self.retention_us - _DRIFT_US - self.slack_us:
            raise Violation("erased-young", f"record {entry.key[1]} was erased after {age_us / DAY_US:.2f} days")


def is_footage(header: Header) -> bool:
    """Tells whether a record accounts for the camera's time."""
    return header.kind in (Kind.SEGMENT, Kind.GAP)
