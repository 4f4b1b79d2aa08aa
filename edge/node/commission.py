"""The process of the installer's page: hears the button, keeps the visit's time, opens and closes the ports."""

from __future__ import annotations

import logging
import threading
from pathlib import Path

from edge.base.clock import Clock
from edge.base.config import load
from edge.base.errors import BadConfiguration, TryAgain
from edge.base.files import Lock, private_directory
from edge.commission.app import Page, make_app
from edge.commission.certificate import OnSite, on_site
from edge.commission.config import VisitConfig
from edge.commission.facts import Sources, look
from edge.commission.gate import Origin
from edge.commission.listening import DeskDoor, Listening, Ports
from edge.commission.onsite import Wanted
from edge.commission.portal import make_portal
from edge.commission.presses import Presses
from edge.commission.register import Register
from edge.commission.render import Place
from edge.commission.rooms import Room
from edge.commission.states import Event
from edge.commission.steps_camera import LiveCamera
from edge.commission.tickets import Places, Tickets
from edge.commission.visit import Visit
from edge.node.config import NodeConfig
from edge.node.credentials import load_authority
from edge.node.deskdoor import desk_door
from edge.node.hardening import forbid_dumps
from edge.node.signals import stop_on_signals
from edge.node.steps import register_of, step_rooms
from edge.node.watchdog import Watchdog
from edge.uplink.config import RECEIPTS
from edge.wire.visitreport import VisitState

LOOK_S = 0.25
"""A hand that let go of the button looks at its phone later than that."""

_log = logging.getLogger(__name__)


def commission(config_path: Path) -> int:
    """Serves visits until a signal comes; returns the exit status.

    Raises:
        MimamoriError: it cannot begin, such as for want of ``[visit]``.
    """
    forbid_dumps()
    stop = stop_on_signals()
    config = load(config_path, NodeConfig)
    visiting = visit_of(config)
    state = private_directory(visiting.state)
    with Lock(state / "lock", "commission"):
        certificate = on_site(state, config.node, visiting.address)  # first: whoever reads visit.json finds it there
        clock = config.open_clock()
        presses = Presses(_panel_report(config), config.node)
        visit, page = _page(config, visiting, clock)
        camera = LiveCamera(config.aim_socket, clock)
        rooms = step_rooms(config, visiting, visit, camera, clock).rooms()
        desk, network = desk_door(config, visiting, visit, certificate), Wanted(config.run)
        house = _House(page, rooms, visiting, certificate, desk, network)
        camera.start()
        try:
            _serve(visit, presses, house, register_of(config, visiting), clock, stop)
        finally:
            camera.close()
    return 0


def fingerprint(config: NodeConfig) -> str:
    """Returns the fingerprint of the page's certificate, which is made where it is missing."""
    visiting = visit_of(config)
    return on_site(private_directory(visiting.state), config.node, visiting.address).fingerprint


def visit_of(config: NodeConfig) -> VisitConfig:
    """Returns ``[visit]``.

    Raises:
        BadConfiguration: there is none.
    """
    if config.visit is None:
        raise BadConfiguration(f"node {config.node}: no [visit] in its configuration, so nobody can visit it; add one")
    return config.visit


def _panel_report(config: NodeConfig) -> Path:
    if config.panel_report is None:
        raise BadConfiguration(f"node {config.node}: no [panel] with a button, so no visit could begin; add one")
    return config.panel_report


class _House:
    """Ports that are open exactly while the visit is more than closed, and the on-site network that is wanted then."""

    def __init__(
        self, page: Page, rooms: list[Room], config: VisitConfig, certificate: OnSite, desk: DeskDoor | None,
        network: Wanted,
    ) -> None:  # fmt: skip
        self._app, self._portal = make_app(page, rooms), make_portal(page.origin)
        self._ports = Ports(config.address, config.https_port, config.http_port)
        self._certificate, self._desk, self._network = certificate, desk, network
        self._listening: Listening | None = None
        self._told = ""

    def keep(self, *, opened: bool) -> None:
        """Opens or closes what is not so yet; ports that cannot be opened are tried again, until the address is up."""
        self._network.keep(wanted=opened)
        if self._listening is not None:
            self._listening.require_running() if opened else self.close()
        elif opened:
            self._open()

    def close(self) -> None:
        """Closes the ports, and has the network taken down."""
        self._network.keep(wanted=False)
        if self._listening is not None:
            self._listening.close()
            self._listening = None

    def _open(self) -> None:
        try:
            self._listening = Listening(self._ports, self._app, self._portal, self._certificate, self._desk)
            self._told = ""
        except TryAgain as error:
            if str(error) != self._told:
                _log.warning("%s", error)
            self._told = str(error)


def _page(config: NodeConfig, visiting: VisitConfig, clock: Clock) -> tuple[Visit, Page]:
    authority = load_authority(config)
    places = Places(
        state=visiting.state,
        inbox_ticket=config.visit_ticket,
        key_list=config.uplink.state / "inbox" / "key-list.json",
        report=config.visit_report,
    )
    config.run.mkdir(parents=True, exist_ok=True)
    visit = Visit(visiting, places, Tickets(places, authority, config.node, clock), config.node, clock)
    sources = Sources(config.status, config.line, config.uplink.state / RECEIPTS)
    page = Page(
        visit=visit,
        place=Place(config.camera, config.demo),
        origin=Origin(visiting.address, visiting.https_port),
        facts=lambda: look(sources, authority, config.node, clock),
        clock=clock,
    )
    return visit, page


def _serve(
    visit: Visit, presses: Presses, house: _House, register: Register, clock: Clock, stop: threading.Event
) -> None:
    watchdog = Watchdog()
    watchdog.ready("waiting for the button")
    try:
        while not stop.is_set():
            if presses.pressed():
                visit.press()
            visit.tick()
            register.clear()
            house.keep(opened=visit.state is not VisitState.CLOSED)
            watchdog.progress()
            clock.sleep(LOOK_S, stop)
    finally:
        house.close()
        visit.end(Event.SHUT)
        watchdog.close()
