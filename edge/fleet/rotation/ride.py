"""Brings one machine to its new passwords: does what each state of ``states.py`` asks for, until an end."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from edge.base.clock import Clock
from edge.base.errors import Refused, Unavailable
from edge.fleet.rotation.entry import Entry, Passwords, noted, settled
from edge.fleet.rotation.link import Link
from edge.fleet.rotation.passwords import materials
from edge.fleet.rotation.states import ENDS, Event, Stand, step
from edge.fleet.rotation.targets import Target
from edge.passwords.messages import Answer, Request


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of it.

    Attributes:
        why: for a machine that is away or failed.
    """

    node: str
    stand: Stand
    why: str = ""


class Ride:
    """One attempt on one machine.

    Args:
        entry: with pending passwords, as the store has it.
        keep: replaces the machine's entry in the store, durably.
    """

    def __init__(self, target: Target, entry: Entry, link: Link, keep: Callable[[Entry], None], clock: Clock) -> None:
        assert entry.pending is not None
        self._target, self._entry, self._link, self._keep, self._clock = target, entry, link, keep, clock
        self._pending: Passwords = entry.pending
        self._foreign, self._why = "", ""
        self._acts: dict[Stand, Callable[[], Event]] = {
            Stand.PENDING: self._ask_where,
            Stand.OLD: self._stage,
            Stand.FOREIGN: self._withdraw_foreign,
            Stand.STAGED: self._sign_in,
            Stand.DOUBTED: self._withdraw,
            Stand.PROVEN: self._confirm,
            Stand.CONFIRMED: self._store,
        }

    def run(self) -> Outcome:
        """Goes on until the machine is settled, away or failed.

        Raises:
            StorageFault: the store took nothing; the machine has passwords that the store knows all the same.
        """
        stand = Stand.PENDING
        while stand not in ENDS:
            stand = step(stand, self._event_of(self._acts[stand]))
        if stand is not Stand.SETTLED:
            self._keep(noted(self._entry, f"{stand}: {self._why}", self._clock.now_us()))
        return Outcome(self._target.node, stand, self._why if stand is not Stand.SETTLED else "")

    def _event_of(self, act: Callable[[], Event]) -> Event:
        try:
            return act()
        except Unavailable as error:
            self._why = self._why or str(error)
            return Event.SILENT
        except Refused as error:
            self._why = self._why or str(error)
            return Event.REFUSED

    def _ask_where(self) -> Event:
        answer = self._ask(Request("status"))
        if answer.confirmed == self._pending.turn:
            return Event.IS_CONFIRMED
        if answer.staged == self._pending.turn:
            return Event.IS_STAGED
        self._foreign = answer.staged
        return Event.IS_FOREIGN if answer.staged else Event.IS_OLD

    def _stage(self) -> Event:
        given = materials(self._pending.kinds, self._pending.words)
        self._ask(Request("stage", turn=self._pending.turn, made=self._pending.made, accounts=given))
        return Event.TAKEN

    def _sign_in(self) -> Event:
        for account, word in self._pending.words.items():
            if not self._ask(Request("sign-in", account=account, secret=word)).signed_in:
                self._why = f"{self._target.node}: account {account} does not let the new password in; withdrawn"
                return Event.NOT_SIGNED_IN
        return Event.SIGNED_IN

    def _confirm(self) -> Event:
        self._ask(Request("confirm", turn=self._pending.turn))
        return Event.KEPT

    def _withdraw(self) -> Event:
        self._ask(Request("withdraw", turn=self._pending.turn))
        return Event.WITHDRAWN

    def _withdraw_foreign(self) -> Event:
        self._ask(Request("withdraw", turn=self._foreign))
        return Event.WITHDRAWN

    def _store(self) -> Event:
        self._keep(settled(self._entry, self._clock.now_us()))
        return Event.STORED

    def _ask(self, request: Request) -> Answer:
        answer = self._link.ask(self._target, request)
        if not answer.ok:
            raise Refused("machine-refused", f"{self._target.node}: {request.do}: {answer.why}")
        return answer
