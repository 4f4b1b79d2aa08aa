"""One visit at a time: who may enter, what ends it, and what the other processes are told of it.

Rules:
  1. ``edge.commission.states`` has the only way from one state to another; ``edge.commission.lockout`` counts tries.
  2. Opening is noted durably before the visitor gets the key to the page. That key is random, known to one browser,
     held in memory alone, and gone with the visit.
  3. A ticket that was signed off opens nothing any more; another may be entered again until its hours are over.
  4. Every change is published at once, and the standing report every ``EVERY_S``.
  5. While root destroys what a visit asked for, neither idleness nor length ends it; the ticket's hours do.
"""

from __future__ import annotations

import hmac
import logging
import secrets
import threading

from edge.base.clock import Clock
from edge.base.errors import BadInput, Refused, StorageFault
from edge.base.files import publish
from edge.commission.config import VisitConfig
from edge.commission.diary import Diary
from edge.commission.lockout import Tries
from edge.commission.standing import Standing
from edge.commission.states import Event, step
from edge.commission.tickets import Places, Tickets
from edge.wire.decommissioning import Destruction, read_answer
from edge.wire.signed import Signed
from edge.wire.visit import Scope, VisitTicket
from edge.wire.visitevents import What
from edge.wire.visitreport import EVERY_S, VisitReport, VisitState, dump_visit

_log = logging.getLogger(__name__)
_ENDS = {Event.SIGNED_OFF: What.SIGNED_OFF}


class Visit:
    """The visit; any thread may call its methods.

    Args:
        places: its folder exists.
    """

    def __init__(self, config: VisitConfig, places: Places, tickets: Tickets, node: str, clock: Clock) -> None:
        self._config, self._places, self._tickets, self._node, self._clock = config, places, tickets, node, clock
        self._lock = threading.Lock()
        self._tries = Tries(places.lockout, clock.monotonic_ns())
        self._diary = Diary(places.visits, clock.now_us())
        self._ticket: Signed[VisitTicket] | None = None
        self._key = ""
        self._left_bytes: int | None = None
        self._state = VisitState.CLOSED
        self._enter(VisitState.CLOSED)

    @property
    def state(self) -> VisitState:
        """How far it is."""
        return self._state

    def press(self) -> None:
        """The button was held."""
        with self._lock:
            self._happen(Event.BUTTON)

    def tick(self) -> None:
        """Ends what is over and publishes what is due; called about every second."""
        with self._lock:
            self._let_time_pass()
            if self._seconds_since(self._published_ns) >= EVERY_S:
                self._publish()

    def open_with(self, code: str, scope: Scope | None = None) -> str:
        """Opens the visit and returns the page's key.

        Args:
            scope: the only one that may be opened so; else any.

        Raises:
            Refused: ``not-waiting``, ``no-ticket``, ``wrong-scope``, ``locked``, ``wrong-code``; nothing in it tells
                the code.
            StorageFault: the try cannot be counted, or the opening not noted.
        """
        with self._lock:
            self._let_time_pass()
            ticket = self._require_ticket()
            if scope is not None and ticket.payload.scope is not scope:
                raise Refused("wrong-scope", f"the newest ticket is to {ticket.payload.scope}, not to {scope}")
            self._tries.spend()
            if not ticket.payload.opens_with(code):
                self._touched_ns = self._clock.monotonic_ns()
                raise self._wrong(ticket)
            self._tries.give_back()
            self._diary.note(What.OPENED, ticket.data.decode(), self._clock.now_us())
            self._ticket, self._key = ticket, secrets.token_urlsafe(32)
            self._happen(Event.RIGHT_CODE)
            return self._key

    def take_ticket(self, data: bytes) -> None:
        """Keeps a ticket that a phone brought.

        Raises:
            Refused: ``not-waiting``, or the ticket's own failures.
            StorageFault: it cannot be kept.
        """
        with self._lock:
            self._require_waiting()
            self._tickets.take(data)
            self._touched_ns = self._clock.monotonic_ns()

    def admits(self, key: str, *, touch: bool) -> bool:
        """Tells whether ``key`` is the open visit's, and notes that somebody is there where ``touch``."""
        with self._lock:
            self._let_time_pass()
            admitted = self._state is VisitState.OPEN and hmac.compare_digest(key.encode(), self._key.encode())
            if admitted and touch:
                self._touched_ns = self._clock.monotonic_ns()
            return admitted

    def ticket(self) -> Signed[VisitTicket]:
        """Returns the open visit's ticket.

        Raises:
            Refused: ``not-visiting``.
        """
        with self._lock:
            if self._ticket is None:
                raise Refused("not-visiting", "no visit is open")
            return self._ticket

    def collects(self) -> None:
        """Notes durably, once a visit and before anything leaves, that records of the ticket's window do.

        Raises:
            Refused: ``not-visiting``.
            StorageFault: it cannot be noted; nothing may leave.
        """
        with self._lock:
            if self._ticket is None:
                raise Refused("not-visiting", "no visit is open")
            if self._left_bytes is None:
                self._diary.note(What.COLLECTED, self._ticket.data.decode(), self._clock.now_us())
                self._left_bytes = 0

    def left(self, count: int) -> None:
        """Counts bytes that left."""
        with self._lock:
            if self._left_bytes is not None:
                self._left_bytes += count

    def end(self, event: Event) -> None:
        """The visitor leaves, or signed off."""
        with self._lock:
            self._happen(event)

    def standing(self) -> Standing:
        """Returns what the page shows."""
        with self._lock:
            self._let_time_pass()
            ticket, lockout = self._ticket, self._tries.lockout
            left_s = min(
                self._config.idle_s - self._seconds_since(self._touched_ns),
                self._config.longest_s - self._seconds_since(self._since_ns),
            )
            return Standing(
                state=self._state,
                scope=None if ticket is None else ticket.payload.scope,
                ticket="" if ticket is None else ticket.payload.ticket,
                left_s=int(left_s),
                locked_s=-int(-lockout.left_s // 1),
                tries_left=lockout.tries_left,
                has_ticket=self._usable() is not None,
            )

    def _usable(self) -> Signed[VisitTicket] | None:
        ticket = self._tickets.current()
        return None if ticket is None or self._diary.signed_off(ticket.data.decode()) else ticket

    def _require_waiting(self) -> None:
        if self._state is not VisitState.WAITING:
            raise Refused("not-waiting", f"the visit is {self._state}; hold the button for 5 s first")

    def _require_ticket(self) -> Signed[VisitTicket]:
        self._require_waiting()
        ticket = self._usable()
        if ticket is None:
            raise Refused("no-ticket", "no ticket that counts now is here; bring one, or ask the manager")
        if self._tries.lockout.left_s > 0:
            raise Refused("locked", f"too many wrong codes; try again in {self._tries.lockout.left_s:.0f} s")
        return ticket

    def _wrong(self, ticket: Signed[VisitTicket]) -> Refused:
        lockout = self._tries.lockout
        if lockout.left_s > 0:
            self._note(What.REFUSED, ticket)
        return Refused("wrong-code", f"wrong code; {lockout.tries_left} tries left, locked for {lockout.left_s:.0f} s")

    def _let_time_pass(self) -> None:
        try:
            self._tries.tick(self._clock.monotonic_ns())
        except StorageFault as error:
            _log.warning("the lock-out's rest is not kept: %s", error)
        if self._ticket is not None and self._tickets.over(self._ticket.payload):
            self._happen(Event.TICKET_OVER)
        if self._destroying():
            self._since_ns = self._touched_ns = self._clock.monotonic_ns()
        if self._seconds_since(self._touched_ns) >= self._config.idle_s:
            self._happen(Event.IDLE)
        if self._seconds_since(self._since_ns) >= self._config.longest_s:
            self._happen(Event.LONGEST)

    def _destroying(self) -> bool:
        if self._ticket is None or self._ticket.payload.scope is not Scope.DECOMMISSION:
            return False
        try:
            return read_answer(self._places.destruction).state is Destruction.DESTROYING
        except (BadInput, Refused):
            return False

    def _happen(self, event: Event) -> None:
        after = step(self._state, event)
        if after is self._state:
            return
        if self._ticket is not None and after is not VisitState.OPEN:
            self._note(_ENDS.get(event, What.ENDED), self._ticket, self._left_bytes)
            self._ticket, self._key, self._left_bytes = None, "", None
        _log.info("visit %s: %s", after, event)
        self._enter(after)

    def _enter(self, state: VisitState) -> None:
        self._state, self._since_us = state, self._clock.now_us()
        self._since_ns = self._touched_ns = self._clock.monotonic_ns()
        self._publish()

    def _note(self, what: What, ticket: Signed[VisitTicket], left_bytes: int | None = None) -> None:
        """Notes what must not fail for the disk's sake: an end is an end."""
        try:
            self._diary.note(what, ticket.data.decode(), self._clock.now_us(), left_bytes)
        except StorageFault as error:
            _log.error("visit %s is not noted for the recorder: %s", what, error)

    def _publish(self) -> None:
        self._published_ns = self._clock.monotonic_ns()
        ticket = self._ticket
        report = VisitReport(
            node=self._node,
            updated=self._clock.now_us(),
            state=self._state,
            ticket=None if ticket is None else ticket.data.decode(),
            scope=None if ticket is None else ticket.payload.scope,
            since=self._since_us,
            needs_camera=ticket is not None and ticket.payload.scope.needs_camera,
        )
        publish(self._places.report, dump_visit(report))
        if report.needs_camera:
            publish(self._places.aim_wanted, b"")

    def _seconds_since(self, then_ns: int) -> float:
        return (self._clock.monotonic_ns() - then_ns) / 1e9
