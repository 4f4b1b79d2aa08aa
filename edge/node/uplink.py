"""The uplink's process: uploads on the main thread, the broker's line on a thread of its own."""

from __future__ import annotations

import logging
import random
import threading
from pathlib import Path

from edge import __version__
from edge.base.clock import Clock, SystemClock
from edge.base.config import load
from edge.base.errors import BadConfiguration
from edge.base.workers import Worker
from edge.health.access import Accesses, modem_told
from edge.health.board import card_room, temperature_mc
from edge.health.card import Card
from edge.health.passwords import password_age_days
from edge.node.config import NodeConfig
from edge.node.credentials import load_authority
from edge.node.hardening import forbid_dumps
from edge.node.initialise import ENROLMENT, TICKET
from edge.node.signals import stop_on_signals
from edge.node.visit.collecting import collect_server
from edge.node.watchdog import Watchdog
from edge.uplink.collectserver import CollectServer
from edge.uplink.config import Places
from edge.uplink.heartbeat import Heart, Vitals
from edge.uplink.https import Credentials, HttpsServer, Timeouts
from edge.uplink.mqtt import Broker, MqttLink
from edge.uplink.newest import NewestHeader
from edge.uplink.pace import RateLimit
from edge.uplink.uplink import Uplink

_JOIN_TIMEOUT_S = 15.0

_log = logging.getLogger(__name__)


def uplink(config_path: Path, clock: Clock | None = None) -> int:
    """Sends until a signal comes; returns the exit status.

    Args:
        clock: in place of the one that the configuration names.

    Raises:
        MimamoriError: it cannot begin, such as for want of an enrolment.
    """
    forbid_dumps()
    stop = stop_on_signals()
    config = load(config_path, NodeConfig)
    clock, random_source = clock or config.open_clock(), random.Random()
    places = places_of(config)
    credentials = Credentials(ca=config.uplink.ca, certificate=places.certificate, key=places.tls_key)
    server, access = _server(config, credentials), _access(config)
    core = Uplink(
        config.uplink,
        places,
        load_authority(config),
        server,
        clock,
        tls_clock=SystemClock(),
        zone=config.zone,
        footage=config.footage,
        random_source=random_source,
    )
    try:
        _require_own(core, config)
        link = _link(config, core, places, credentials, access, clock, random_source)
        _run(core, server, link, collect_server(config, core, places, clock), stop)
    finally:
        core.close()
        server.close()
    return 0


def _run(
    core: Uplink, server: HttpsServer, link: MqttLink, collecting: CollectServer | None, stop: threading.Event
) -> None:
    """Works until ``stop``; a fault of another thread ends all. Each step feeds systemd's watchdog."""
    workers = [
        Worker("broker", link.run, on_failure=stop.set),
        Worker("breaker", lambda _: _break_off(server, link, stop)),
    ]
    if collecting is not None:
        workers.append(Worker("collect", collecting.run, on_failure=stop.set))
    watchdog = Watchdog()
    for worker in workers:
        worker.start()
    watchdog.ready("sending")
    try:
        core.run(stop, watchdog.progress)
    finally:
        watchdog.close()
        stop.set()
        for worker in workers:
            worker.stop()
        for worker in workers:
            worker.join(_JOIN_TIMEOUT_S)


def _break_off(server: HttpsServer, link: MqttLink, stop: threading.Event) -> None:
    """Ends, once ``stop`` is set, what would wait for an answer for a minute yet."""
    stop.wait()
    server.break_off()
    link.break_off()


def _require_own(core: Uplink, config: NodeConfig) -> None:
    """Checks that heartbeats and records go out under one name."""
    if core.identity.node != config.node:
        raise BadConfiguration(
            f"{config.uplink.state / ENROLMENT}: of node {core.identity.node}, this is {config.node}; "
            "run 'mimamori node init' with this node's own ticket"
        )


def places_of(config: NodeConfig) -> Places:
    """Returns where the uplink reads and writes."""
    state = config.uplink.state
    return Places(
        spool=(config.spool.folder, config.memory),
        position=config.position,
        recorder_status=config.status,
        line=config.line,
        enrolment=state / ENROLMENT,
        ticket=state / TICKET,
        state=state,
        visit=None if config.visit is None else config.visit_report,
        panel=config.panel_report,
        register=None if config.visit is None else config.visit.register,
    )


def _server(config: NodeConfig, credentials: Credentials) -> HttpsServer:
    clock = SystemClock()  # certificates and lines know no simulated time
    limit = config.uplink.rate_limit_bps
    pace = None if limit is None else RateLimit(limit / 8, clock)
    timeouts = Timeouts(config.uplink.connect_timeout_s, config.uplink.answer_timeout_s)
    return HttpsServer(config.uplink.center_url, credentials, clock, timeouts, pace)


def _access(config: NodeConfig) -> Accesses:
    clock = SystemClock()  # files' times are the machine's
    return Accesses(clock, modem_told(config.modem, clock))


def _link(
    config: NodeConfig,
    core: Uplink,
    places: Places,
    credentials: Credentials,
    access: Accesses,
    clock: Clock,
    random_source: random.Random,
) -> MqttLink:
    card = Card(config.spool.folder, config.spool.endurance_bytes)
    heart = Heart(
        node=config.node,
        upload=config.uplink.upload,
        firmware=__version__,
        newest=NewestHeader(places.spool, places.position),
        status=places.recorder_status,
        progress=core.progress,
        vitals=lambda: _vitals(config, card, access().dbm, clock),
        clock=clock,
    )

    def beat() -> bytes:
        data = heart.beat()
        core.beaten(len(data))
        return data

    broker = Broker(config.uplink.mqtt_host, config.uplink.mqtt_port, credentials, 2 * config.uplink.connect_timeout_s)
    return MqttLink(
        broker,
        config.node,
        beat,
        core.command,
        lambda: core.progress().certificates,
        clock=clock,
        random_source=random_source,
        heard=core.heard,
    )


def _vitals(config: NodeConfig, card: Card, signal_dbm: int | None, clock: Clock) -> Vitals:
    room = card_room(config.spool.folder)
    return Vitals(
        card_bytes=room.total_bytes,
        card_free_bytes=room.free_bytes,
        card=card.look(),
        temperature_mc=temperature_mc(),
        signal_dbm=signal_dbm,
        password_age_days=password_age_days(clock.now_us()),
    )
