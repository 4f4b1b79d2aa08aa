"""The page behind the button, put together: its addresses, the camera's pictures, its ports, and the desk's port.

It is imported once the button was held: with the masks' arithmetic and the web server it takes as much memory again as
waiting does, and a node waits all year.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass

from edge.base.clock import Clock
from edge.base.errors import TryAgain
from edge.commission.app import Page, make_app
from edge.commission.certificate import OnSite
from edge.commission.config import VisitConfig
from edge.commission.decommission import DecommissionRooms, Paths
from edge.commission.facts import Sources, look
from edge.commission.gate import Origin
from edge.commission.listening import Listening, Ports
from edge.commission.portal import make_portal
from edge.commission.register import Register
from edge.commission.render import Place
from edge.commission.rooms import Room
from edge.commission.steps_camera import LiveCamera
from edge.commission.visit import Visit
from edge.node.config import NodeConfig
from edge.node.credentials import load_authority
from edge.node.visit.deskdoor import desk_door
from edge.node.visit.steps import step_rooms
from edge.uplink.config import RECEIPTS
from edge.wire.decommissioning import ANSWER

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Ground:
    """What a house stands on: the node, its one visit, what is kept of it."""

    config: NodeConfig
    visiting: VisitConfig
    visit: Visit
    certificate: OnSite
    register: Register
    clock: Clock


class House:
    """Ports that are open exactly while the visit is more than closed."""

    def __init__(self, ground: Ground) -> None:
        config, visiting, visit = ground.config, ground.visiting, ground.visit
        self._camera = LiveCamera(config.aim_socket, ground.clock)
        rooms = step_rooms(config, visiting, visit, ground.register, self._camera, ground.clock).rooms()
        page = _page(ground)
        rooms += _decommission_rooms(ground, page.place)
        self._app, self._portal = make_app(page, rooms), make_portal(page.origin)
        self._ports = Ports(visiting.address, visiting.https_port, visiting.http_port)
        self._certificate = ground.certificate
        self._desk = desk_door(config, visiting, visit, ground.certificate)
        self._listening: Listening | None = None
        self._told = ""
        self._camera.start()

    def keep(self, *, opened: bool) -> None:
        """Opens or closes what is not so yet; ports that cannot be opened are tried again, until the address is up."""
        if self._listening is not None:
            self._listening.require_running() if opened else self._shut()
        elif opened:
            self._open()

    def close(self) -> None:
        """Closes the ports, and gives the camera up."""
        self._shut()
        self._camera.close()

    def _shut(self) -> None:
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


def _decommission_rooms(ground: Ground, place: Place) -> list[Room]:
    config = ground.config
    paths = Paths(ground.visiting.decommission, config.run / ANSWER)
    return DecommissionRooms(ground.visit, place, config.node, paths, config.zone, ground.clock).rooms()


def _page(ground: Ground) -> Page:
    config, clock, authority = ground.config, ground.clock, load_authority(ground.config)
    sources = Sources(config.status, config.line, config.uplink.state / RECEIPTS)
    return Page(
        visit=ground.visit,
        place=Place(config.camera, config.demo),
        origin=Origin(ground.visiting.address, ground.visiting.https_port),
        facts=lambda: look(sources, authority, config.node, clock),
        clock=clock,
    )
