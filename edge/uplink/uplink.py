"""The uplink: looks, decides, sends, and says how long it would wait. One thread; every port is handed in.

Rules:
  1. ``step`` does one bounded piece of work and returns how long nothing needs to be done; only ``run`` sleeps.
  2. No failure of line, server or disk ends it: it backs off with full jitter and goes on.
  3. Commands wait in a queue that any thread may fill; ``step`` takes them.
"""

from __future__ import annotations

import logging
import random
import threading
from collections import deque
from collections.abc import Callable
from zoneinfo import ZoneInfo

from edge.base.backoff import Backoff
from edge.base.clock import Clock
from edge.base.errors import MimamoriError, Refused, StorageFault, TryAgain
from edge.base.files import Lock
from edge.uplink.adaptation import Footage
from edge.uplink.budget import Budget
from edge.uplink.carried import CarriedReceipts
from edge.uplink.commands import Commands
from edge.uplink.config import Places, UplinkConfig
from edge.uplink.documents import fetched_documents
from edge.uplink.doorstep import Doorstep
from edge.uplink.enrol import identity_of, read_enrolment
from edge.uplink.frozen import Frozen
from edge.uplink.pace import Rate, is_quiet
from edge.uplink.plan import LIVE_RECORDS, Plan, Rules, Share, left_to_send, next_plan
from edge.uplink.progress import Progress
from edge.uplink.prospects import Prospects
from edge.uplink.receipted import Receipted
from edge.uplink.register_entry import RegisterEntries
from edge.uplink.sender import Counts, Sender
from edge.uplink.server import AskedToWait, Server
from edge.uplink.spool_reader import SpoolReader
from edge.uplink.upkeep import HOUR_S, Timer, Upkeep
from edge.wire.authority import Authority
from edge.wire.certificates import load_certificate
from edge.wire.line import Access
from edge.wire.receipt import BATCH_LIMIT

_log = logging.getLogger(__name__)
POLL_S = 0.5
_LOOK_AGAIN_S = 6 * HOUR_S
_QUEUE_LIMIT = 256
_BEAT_BYTES = 300
"""What MQTT, TLS, TCP and the broker's answer add to a heartbeat, estimated."""


class Uplink:
    """One node's uplink.

    Args:
        config: settings.
        places: files.
        server: port to the center.
        tls_clock: time of certificates: always the machine's, since the center's TLS checks them by no other.
        zone: local time, for quiet hours and months.
        footage: what the recorder is set to.
        random_source: of the jitter.
        access: returns how the node is joined to its line.

    Raises:
        AlreadyRunning: another uplink holds the state.
        BadConfiguration: no enrolment, no CA.
    """

    def __init__(
        self,
        config: UplinkConfig,
        places: Places,
        authority: Authority,
        server: Server,
        clock: Clock,
        *,
        tls_clock: Clock,
        zone: ZoneInfo,
        footage: Footage,
        random_source: random.Random,
        access: Callable[[], Access] = Access,
    ) -> None:
        places.make_folders()
        self.identity = identity_of(read_enrolment(places).payload)
        node, ca = self.identity.node, load_certificate(config.ca)
        self._lock = Lock(places.lock, "uplink")
        self._config, self._server, self._clock, self._zone = config, server, clock, zone
        self._receipted = Receipted(places.receipts, authority)
        self._reader = SpoolReader(places.spool, places.position, self._receipted)
        self._frozen = Frozen(places.frozen)
        self._sender = Sender(server, self._reader, self._receipted, authority, self.identity, self._frozen)
        self.documents = fetched_documents(places, authority, node, clock)
        self.carried = CarriedReceipts(authority, node)
        errands = (RegisterEntries(places, node).hand_over,)
        clocks = {"clock": clock, "tls_clock": tls_clock}
        self._upkeep = Upkeep(places, ca, node, self.documents, errands, **clocks, random_source=random_source)
        self._commands = Commands(places.commands, authority, node, clock.now_us())
        self._budget = Budget(places.budget, config.monthly_budget_bytes, zone, clock)
        self._rate, self._share, self._backoff = Rate(), Share(), Backoff(random_source)
        self._prospects = Prospects(config, places, node, footage, self._rate.line, self._budget, clock)
        self._arrived: deque[bytes] = deque(maxlen=_QUEUE_LIMIT)
        self._beaten: deque[int] = deque(maxlen=_QUEUE_LIMIT)
        self._again = Timer(clock, random_source)
        self._again.done(_LOOK_AGAIN_S)
        self._looking = self._connected = False
        self._send_error, self._not_before_ns = "", 0
        self._progress = Progress()
        self._doorstep = Doorstep(
            places, authority, node, server, **clocks, budget=self._budget, rate=self._rate, access=access
        )

    def command(self, data: bytes) -> None:
        """Hands in a command as it arrived; any thread may call this."""
        self._arrived.append(data)

    def beaten(self, size: int) -> None:
        """Counts a heartbeat of ``size`` bytes for the data budget; any thread may call this."""
        self._beaten.append(size + _BEAT_BYTES)

    def heard(self) -> None:
        """Takes note that the broker acknowledged something; any thread may call this."""
        self._doorstep.heard()

    def progress(self) -> Progress:
        """Returns where the uplink stands; any thread may call this."""
        return self._progress

    def run(self, stop: threading.Event, worked: Callable[[], None] = lambda: None) -> None:
        """Works until ``stop`` is set; says so after each step."""
        while not stop.is_set():
            wait_s = self.step()
            worked()
            self._clock.sleep(wait_s, stop)

    def close(self) -> None:
        """Makes counts durable and lets the next uplink in."""
        try:
            self._budget.save()
        except StorageFault as error:
            _log.warning("%s", error)
        self._lock.release()

    def step(self) -> float:
        """Does one piece of work; returns the seconds until there may be more, 0 for at once."""
        self._take_commands()
        self._count_heartbeats()
        self._doorstep.look()
        self._look()
        wait_s = (self._not_before_ns - self._clock.monotonic_ns()) / 1e9
        if wait_s <= 0:
            wait_s = self._work()
        self._publish_progress()
        self._doorstep.tell(certified=self._upkeep.life is not None)
        return max(0.0, min(POLL_S, wait_s))

    def _work(self) -> float:
        if not self._upkeep.run(self._server):
            self._connected = False
            return POLL_S
        rules = self._rules()
        plan = next_plan(self._reader.reels(), rules, self._share)
        if plan is None:
            return 0.0 if self._looking else POLL_S
        try:
            self._sender.send(plan, self._clock, self._rate, self._budget)
        except (TryAgain, StorageFault) as error:
            return self._failed(error)
        self._succeeded(plan)
        return 0.0

    def _rules(self) -> Rules:
        position, now_us = self._reader.position, self._clock.now_us()
        return Rules(
            mode=self._config.upload,
            windows=self._commands.windows(now_us),
            live_chain=position.chain if position else "",
            live_from=position.sequence - LIVE_RECORDS + 1 if position else 0,
            limit_bytes=self._rate.batch_bytes(),
            limit_records=self._sender.limit_records(BATCH_LIMIT),
            only_asked=is_quiet(now_us, self._config.quiet_hours, self._zone) or self._budget.spent(),
            frozen=self._frozen.chains,
        )

    def _look(self) -> None:
        if self._again.due():
            self._reader.look_again()
            self._frozen.thaw()
            self._again.done(_LOOK_AGAIN_S)
        try:
            self._looking = self._reader.refresh()
            self.carried.file(self._reader, self._receipted, wait=self._looking)
            if self._reader.position is not None:
                self._receipted.keep_to(self._reader.position, self._reader.chains())
        except (Refused, StorageFault) as error:
            self._looking = False
            self._send_error = str(error)
            _log.warning("spool cannot be looked at: %s", error)

    def _take_commands(self) -> None:
        while self._arrived:
            try:
                self._commands.take(self._arrived.popleft(), self._clock.now_us())
            except (Refused, StorageFault) as error:
                _log.warning("command not taken: %s", error)

    def _count_heartbeats(self) -> None:
        while self._beaten:
            try:
                self._budget.add(self._beaten.popleft(), 0)
            except StorageFault as error:
                _log.warning("data budget: %s", error)

    def _failed(self, error: MimamoriError) -> float:
        wait_s = self._backoff.failed(error.seconds if isinstance(error, AskedToWait) else 0.0)
        self._not_before_ns = self._clock.monotonic_ns() + int(wait_s * 1e9)
        self._connected, self._send_error = False, str(error)
        _log.warning("%s; next try in %.1f s", error, wait_s)
        return wait_s

    def _succeeded(self, plan: Plan) -> None:
        self._backoff.succeeded()
        self._share = self._share.after(plan)
        self._connected, self._send_error = True, ""
        self._doorstep.heard()

    def _publish_progress(self) -> None:
        records, size = left_to_send(self._reader.reels(), self._rules())
        self._prospects.seen(self._reader.position)
        if not self._looking:
            self._prospects.advise(size, connected=self._connected)
        counts: Counts = self._sender.counts
        self._progress = Progress(
            backlog_records=records,
            backlog_bytes=size,
            receipted=counts.receipted,
            refused=counts.refused,
            damaged=counts.damaged,
            false_receipts=counts.false_receipts,
            connected=self._connected,
            last_error=self._send_error or self._upkeep.last_error,
            certificate_expires=self._upkeep.life.ends_us if self._upkeep.life else None,
            certificates=self._upkeep.certificates,
            frozen=tuple(sorted(self._frozen.chains)),
            figures=self._prospects.figures(size),
            visit=self._doorstep.visit,
            decommission_asked=self._doorstep.asked_us,
        )
