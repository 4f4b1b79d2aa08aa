"""A rotation of the whole fleet: begins a round or goes on with the one that is open, in waves, and audits at the end.

Rules:
  1. Every machine's new passwords are in the store before the first machine is touched.
  2. A wave begins once the one before it is through; after the first failure nothing new begins.
  3. The same call goes on wherever the last one ended, and catches up with machines that were away.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import TypeVar

from edge.base.clock import Clock, to_datetime
from edge.base.errors import NotPermitted
from edge.fleet.rotation.audit import Audited, Finding, audit
from edge.fleet.rotation.entry import Round, gone_back, joined
from edge.fleet.rotation.link import Link
from edge.fleet.rotation.passwords import new_password
from edge.fleet.rotation.ride import Outcome, Ride
from edge.fleet.rotation.states import Stand
from edge.fleet.rotation.store import Store
from edge.fleet.rotation.targets import Target
from edge.fleet.rotation.waves import next_wave

WORKERS = 8
"""At once; sshd drops connections at random from ten on that have not signed in yet (MaxStartups, sshd_config(5))."""
_Out = TypeVar("_Out")


@dataclass(slots=True)
class Report:
    """What a run did.

    Attributes:
        round: its id; ``already`` of its machines were settled before.
        outcomes: in the order in which they ended.
        stopped: a failure ended the run before its time.
        audited: the findings of the end; empty where the run stopped.
    """

    round: str
    already: int
    outcomes: list[Outcome] = field(default_factory=list)
    stopped: bool = False
    audited: list[Audited] = field(default_factory=list)

    def nodes(self, stand: Stand) -> list[str]:
        """Returns the machines that ended so."""
        return sorted(outcome.node for outcome in self.outcomes if outcome.stand is stand)

    @property
    def bad(self) -> list[Audited]:
        """Findings that a person must act on."""
        return [found for found in self.audited if found.finding.bad]


class Rotation:
    """The fleet's controller; its caller holds the store's lock.

    Args:
        targets: the machines that can be reached, the canary first.
        tell: called with each outcome as it comes, from the thread that made it.
    """

    def __init__(
        self,
        store: Store,
        targets: Mapping[str, Target],
        link: Link,
        clock: Clock,
        *,
        workers: int = WORKERS,
        tell: Callable[[Outcome], None] | None = None,
        make: Callable[[], str] = new_password,
    ) -> None:
        self._store, self._targets, self._link, self._clock = store, targets, link, clock
        self._workers, self._tell, self._make = workers, tell, make

    def run(self, *, anew: bool = False, only: Collection[str] = ()) -> Report:
        """Rotates; see the rules above.

        Args:
            anew: begins a round although machines of the last one are still away; those keep what is pending.
            only: these machines of the round; none for all. The others stay pending.

        Raises:
            NotPermitted: a machine of the open round is not among the targets.
            StorageFault: the store took nothing.
        """
        current = self._round(anew=anew)
        self._require_targets(current, only)
        self._join(current)
        left_out = set(current.order) - set(only) if only else set[str]()
        settled, away = self._settled(current), left_out
        report = Report(current.round, len(settled))
        while wave := next_wave(current.order, settled, away):
            outcomes = self._each(self._ride, wave)
            report.outcomes += outcomes
            settled |= {outcome.node for outcome in outcomes if outcome.stand is Stand.SETTLED}
            away = away | {outcome.node for outcome in outcomes if outcome.stand is Stand.AWAY}
            if any(outcome.stand is Stand.FAILED for outcome in outcomes):
                report.stopped = True
                return report
        report.audited = self.audit(node for node in current.order if node not in left_out)
        return report

    def audit(self, nodes: Iterable[str]) -> list[Audited]:
        """Signs in to the machines; one that went back to its old passwords is pending again."""
        found = self._map(self._audit, list(nodes))
        for audited in found:
            entry = self._store.entry(audited.node)
            if audited.finding is Finding.WENT_BACK and entry.pending is None:
                self._store.keep(gone_back(entry, self._clock.now_us()))
        return found

    def _round(self, *, anew: bool) -> Round:
        newest = self._store.round()
        if newest is not None and not anew and len(self._settled(newest)) < len(newest.order):
            return newest
        now_us = self._clock.now_us()
        name = f"{to_datetime(now_us):%Y-%m-%d}-{secrets.token_hex(3)}"
        begun = Round(round=name, begun=now_us, order=tuple(self._targets))
        self._store.keep_round(begun)
        return begun

    def _require_targets(self, current: Round, only: Collection[str]) -> None:
        strange = [node for node in only if node not in current.order]
        if strange:
            raise NotPermitted(f"round {current.round}: {', '.join(strange[:10])} takes no part; begin a new round")
        missing = [node for node in current.order if node not in self._targets]
        if missing:
            raise NotPermitted(
                f"round {current.round}: {', '.join(missing[:10])} not among the targets; put them there, or begin "
                "a new round without them if they are gone for good"
            )

    def _join(self, current: Round) -> None:
        """Rule 1."""
        for node in current.order:
            entry = self._store.entry(node)
            if entry.round == current.round:
                continue
            turn, kinds = secrets.token_hex(16), self._targets[node].accounts
            self._store.keep(joined(entry, current.round, turn, self._clock.now_us(), kinds, self._make))

    def _settled(self, current: Round) -> set[str]:
        entries = (self._store.entry(node) for node in current.order)
        return {entry.node for entry in entries if entry.round == current.round and entry.pending is None}

    def _ride(self, node: str) -> Outcome:
        entry, keep = self._store.entry(node), self._store.keep
        outcome = Ride(self._targets[node], entry, self._link, keep, self._clock).run()
        if self._tell is not None:
            self._tell(outcome)
        return outcome

    def _audit(self, node: str) -> Audited:
        return audit(self._targets[node], self._store.entry(node), self._link)

    def _each(self, ride: Callable[[str], Outcome], nodes: Sequence[str]) -> list[Outcome]:
        """Rides on all of them, so many at a time; once one failed, those that have not begun do not begin."""
        failed = False

        def one(node: str) -> Outcome | None:
            nonlocal failed
            if failed:
                return None
            fine = False
            try:
                outcome = ride(node)
                fine = outcome.stand is not Stand.FAILED
                return outcome
            finally:
                failed = failed or not fine

        return [outcome for outcome in self._map(one, nodes) if outcome is not None]

    def _map(self, function: Callable[[str], _Out], items: Sequence[str]) -> list[_Out]:
        if self._workers == 1:
            return [function(item) for item in items]
        with ThreadPoolExecutor(min(self._workers, max(1, len(items))), thread_name_prefix="rotation") as pool:
            return list(pool.map(function, items))
