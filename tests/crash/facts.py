"""What a program was told to change, and when it said that it had: either may hold in between, one alone afterwards."""

from __future__ import annotations

from collections.abc import Hashable, Iterator
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class _Change:
    """One change of one thing; positions are of the log.

    Attributes:
        kept: when it was acknowledged; None where it was not.
    """

    value: Hashable
    begun: int
    kept: int | None = None


@dataclass
class Facts:
    """Changes by the name of the thing, in order; a thing that nobody told anything is None."""

    _changes: dict[Hashable, list[_Change]] = field(default_factory=dict)

    def begin(self, thing: Hashable, value: Hashable, position: int) -> None:
        """Notes that from now on the change may be found."""
        self._changes.setdefault(thing, []).append(_Change(value, position))

    def keep(self, thing: Hashable, position: int) -> None:
        """Notes that the newest change was acknowledged: nothing else may be found any more."""
        newest = self._changes[thing].pop()
        self._changes[thing].append(_Change(newest.value, newest.begun, position))

    def decide(self, thing: Hashable, value: Hashable) -> None:
        """Notes which of the allowed values a cut left."""
        self._changes[thing] = [_Change(value, 0, 0)]

    def allowed(self, thing: Hashable) -> set[Hashable]:
        """Returns what may be found."""
        values: set[Hashable] = {None}
        for change in self._changes.get(thing, ()):
            values = {change.value} if change.kept is not None else values | {change.value}
        return values

    def must_be(self, thing: Hashable, value: Hashable) -> bool:
        """Whether ``value`` alone may be found."""
        return self.allowed(thing) == {value}

    def __iter__(self) -> Iterator[Hashable]:
        return iter(list(self._changes))

    def at(self, position: int) -> Facts:
        """Returns what had been begun and acknowledged by then, for a life that begins with that state."""
        then: dict[Hashable, list[_Change]] = {}
        for thing, changes in self._changes.items():
            for change in changes:
                if change.begun <= position:
                    kept = change.kept is not None and change.kept <= position
                    then.setdefault(thing, []).append(_Change(change.value, 0, 0 if kept else None))
        return Facts(then)
