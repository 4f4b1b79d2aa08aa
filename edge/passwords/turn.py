"""A turn on the machine: takes new passwords on trial, goes back by itself, keeps what was confirmed.

Rules (what is named first is durable first):
  1. The timer that goes back runs before anything else happens: there is no moment with new passwords and no timer.
  2. What was there before is on the disk before a password is touched.
  3. A confirmation counts once the new passwords and then the word that they stay are on the disk; both in that order.
  4. Going back can be done again from its beginning at any time, and is, until it succeeds.
  5. The machine's clock decides nothing: the deadline counts from this start of the machine, a start ends the trial.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Protocol

from edge.base.errors import MimamoriError, Refused, StorageFault
from edge.passwords.messages import Answer, Material, Request
from edge.passwords.states import REVERT_S, Effect, Event, Place, step


@dataclass(frozen=True, slots=True)
class Trial:
    """Passwords that nobody has confirmed yet.

    Attributes:
        before: of each account, what brings its old password back; never the new one.
        boot: id of the machine's start in which they were staged.
        deadline_ns: of that start's monotonic clock.
    """

    turn: str
    made: int
    before: Mapping[str, str] = field(repr=False)
    boot: str
    deadline_ns: int


@dataclass(frozen=True, slots=True)
class Standing:
    """What a machine remembers over its starts.

    Attributes:
        confirmed: the turn that was confirmed last; ``made`` is when its passwords were made.
    """

    confirmed: str = ""
    made: int = 0
    trial: Trial | None = None

    @property
    def place(self) -> Place:
        """Where the table has it."""
        return Place.RESTING if self.trial is None else Place.STAGED


class Account(Protocol):
    """One password of the machine, of whatever kind."""

    @property
    def kind(self) -> str:
        """``login``, ``wifi`` or ``database``."""

    def read(self) -> str:
        """Returns what brings the password of this moment back."""

    def take(self, material: Material) -> None:
        """Puts a new password in effect."""

    def bring_back(self, before: str) -> None:
        """Puts what ``read`` returned in effect again; does nothing where it is."""

    def signs_in(self, secret: str) -> bool:
        """Signs in with ``secret`` as whoever uses the account would, and tells whether that was let in."""


class Machine(Protocol):
    """What a turn needs of the machine."""

    @property
    def accounts(self) -> Mapping[str, Account]:
        """By name."""

    @property
    def boot(self) -> str:
        """Names this start of the machine."""

    def uptime_ns(self) -> int:
        """Of this start."""

    def load(self) -> Standing:
        """Returns what was saved last."""

    def save(self, standing: Standing) -> None:
        """Replaces it, durably."""

    def arm(self, seconds: int) -> None:
        """Has ``go_back`` called in so many seconds, whatever becomes of the caller; raises where it will not be."""

    def disarm(self) -> None:
        """Calls that off where it can; a timer that runs on finds nothing to do."""

    def settle(self) -> None:
        """Returns once everything that was written is on the disk."""

    def tell_date(self, made: int) -> None:
        """Publishes how old the passwords are, for the heartbeat."""


class Turns:
    """Answers a controller, a timer and the machine's start; one of them at a time (the machine locks).

    Args:
        revert_s: length of a trial.
    """

    def __init__(self, machine: Machine, revert_s: int = REVERT_S) -> None:
        self._machine, self._revert_s = machine, revert_s

    def answer(self, request: Request) -> Answer:
        """Does what was asked; every fault becomes an answer that says why."""
        try:
            if request.do == "sign-in":
                return replace(self._standing(), signed_in=self._account(request.account).signs_in(request.secret))
            if request.do == "stage":
                self._stage(request)
            elif request.do == "confirm":
                self._confirm(request.turn)
            elif request.do == "withdraw":
                self._withdraw(request.turn)
            return self._standing()
        except MimamoriError as error:
            return replace(self._standing(), ok=False, why=str(error))

    def go_back(self, event: Event) -> bool:
        """Ends an unconfirmed trial for the timer (once it is over) or for the machine's start.

        Returns:
            Whether the machine went back.

        Raises:
            MimamoriError: it could not; it is to be called again.
        """
        trial = self._machine.load().trial
        if trial is None:
            return False
        if event is Event.TIME_UP and not self._over(trial):  # the timer of an earlier trial
            self._machine.arm(1 + (trial.deadline_ns - self._machine.uptime_ns()) // 1_000_000_000)
            return False
        self._effect(event)
        return True

    def _standing(self) -> Answer:
        standing = self._machine.load()
        if standing.made:
            self._machine.tell_date(standing.made)  # a cut between confirming and telling leaves it behind
        kinds = {name: account.kind for name, account in self._machine.accounts.items()}
        staged = "" if standing.trial is None else standing.trial.turn
        return Answer(ok=True, confirmed=standing.confirmed, staged=staged, accounts=kinds)

    def _stage(self, request: Request) -> None:
        standing = self._machine.load()
        if step(standing.place, Event.STAGE) is None:
            raise Refused("trial-runs", "another set of passwords is on trial here; confirm or withdraw that first")
        if set(request.accounts) != set(self._machine.accounts):
            raise Refused(
                "other-accounts", f"this machine has the accounts {', '.join(sorted(self._machine.accounts))}"
            )
        before = {name: account.read() for name, account in self._machine.accounts.items()}
        deadline_ns = self._machine.uptime_ns() + self._revert_s * 1_000_000_000
        self._machine.arm(self._revert_s)
        trial = Trial(request.turn, request.made, before, self._machine.boot, deadline_ns)
        self._machine.save(replace(standing, trial=trial))
        try:
            for name, account in self._machine.accounts.items():
                account.take(request.accounts[name])
            self._machine.settle()
        except MimamoriError:
            self._effect(Event.WITHDRAW)
            raise

    def _confirm(self, turn: str) -> None:
        standing = self._machine.load()
        if standing.trial is None and standing.confirmed == turn:
            return  # the answer to the first confirmation was lost
        trial = self._require(standing, turn)
        if self._over(trial):
            self._effect(Event.CONFIRM_LATE)
            raise Refused("too-late", f"more than {self._revert_s} s have passed; the old passwords are back")
        self._effect(Event.CONFIRM)

    def _withdraw(self, turn: str) -> None:
        standing = self._machine.load()
        if standing.trial is not None:
            self._require(standing, turn)
            self._effect(Event.WITHDRAW)

    def _effect(self, event: Event) -> None:
        """Does what the table says of the trial that runs."""
        standing = self._machine.load()
        transition, trial = step(standing.place, event), standing.trial
        assert transition is not None
        assert trial is not None
        if transition.effect is Effect.KEEP:
            self._machine.settle()
            self._machine.save(Standing(trial.turn, trial.made))
        else:
            for name, before in trial.before.items():
                self._account(name).bring_back(before)
            self._machine.settle()
            self._machine.save(replace(standing, trial=None))
        self._machine.disarm()

    def _require(self, standing: Standing, turn: str) -> Trial:
        if standing.trial is None or standing.trial.turn != turn:
            raise Refused("not-staged", "these passwords are not on trial here: it went back or never had them")
        return standing.trial

    def _over(self, trial: Trial) -> bool:
        return trial.boot != self._machine.boot or self._machine.uptime_ns() >= trial.deadline_ns

    def _account(self, name: str) -> Account:
        try:
            return self._machine.accounts[name]
        except KeyError:
            raise StorageFault(f"account {name!r} is not in this machine's configuration; put it back there") from None
