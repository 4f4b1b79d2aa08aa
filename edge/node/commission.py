"""The process of the installer's page: hears the button, keeps the visit's time, opens and closes the ports.

While nobody has held the button it is small: all that a page needs is imported then (``edge.node.visit.house``).
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from edge.base.clock import Clock
from edge.base.config import load
from edge.base.errors import BadConfiguration
from edge.base.files import Lock, private_directory
from edge.commission.certificate import on_site
from edge.commission.config import VisitConfig
from edge.commission.onsite import Wanted
from edge.commission.presses import Presses
from edge.commission.register import Register
from edge.commission.states import Event
from edge.commission.tickets import Places, Tickets
from edge.commission.visit import Visit
from edge.node.config import NodeConfig
from edge.node.credentials import load_authority
from edge.node.hardening import forbid_dumps, keep_out_of_swap
from edge.node.signals import stop_on_signals
from edge.node.watchdog import Watchdog
from edge.wire.visitreport import VisitState

if TYPE_CHECKING:  # at run time only once it is wanted
    from edge.node.visit.house import House

LOOK_S = 0.25
"""A hand that let go of the button looks at its phone later than that."""


def commission(config_path: Path) -> int:
    """Serves visits until a signal comes; returns the exit status.

    Raises:
        MimamoriError: it cannot begin, such as for want of ``[visit]``.
    """
    forbid_dumps()
    stop = stop_on_signals()
    config = load(config_path, NodeConfig)
    keep_out_of_swap(demo=config.demo)  # a bare preview passes through
    visiting = visit_of(config)
    state = private_directory(visiting.state)
    with Lock(state / "lock", "commission"):
        certificate = on_site(state, config.node, visiting.address)  # first: whoever reads visit.json finds it there
        clock = config.open_clock()
        presses = Presses(_panel_report(config), config.node)
        visit = _visit(config, visiting, clock)
        register = Register(visiting.register, config.register_acknowledged, config.node)

        def house() -> House:
            from edge.node.visit.house import Ground, House

            return House(Ground(config, visiting, visit, certificate, register, clock))

        _serve(visit, presses, _Door(house, Wanted(config.run)), register, clock, stop)
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


class _Door:
    """Has the house behind the button made when it is first wanted, and the on-site network up as long as it is.

    Args:
        make: makes the house.
    """

    def __init__(self, make: Callable[[], House], network: Wanted) -> None:
        self._make, self._network = make, network
        self._house: House | None = None

    def keep(self, *, opened: bool) -> None:
        """Opens or closes what is not so yet."""
        self._network.keep(wanted=opened)
        if opened and self._house is None:
            self._house = self._make()
        if self._house is not None:
            self._house.keep(opened=opened)

    def close(self) -> None:
        """Closes it, and has the network taken down."""
        self._network.keep(wanted=False)
        if self._house is not None:
            self._house.close()


def _visit(config: NodeConfig, visiting: VisitConfig, clock: Clock) -> Visit:
    places = Places(
        state=visiting.state,
        inbox_ticket=config.visit_ticket,
        key_list=config.uplink.state / "inbox" / "key-list.json",
        report=config.visit_report,
    )
    config.run.mkdir(parents=True, exist_ok=True)
    return Visit(visiting, places, Tickets(places, load_authority(config), config.node, clock), config.node, clock)


def _serve(
    visit: Visit, presses: Presses, door: _Door, register: Register, clock: Clock, stop: threading.Event
) -> None:
    watchdog = Watchdog()
    watchdog.ready("waiting for the button")
    try:
        while not stop.is_set():
            if presses.pressed():
                visit.press()
            visit.tick()
            register.clear()
            door.keep(opened=visit.state is not VisitState.CLOSED)
            watchdog.progress()
            clock.sleep(LOOK_S, stop)
    finally:
        try:
            door.close()
        finally:
            visit.end(Event.SHUT)
            watchdog.close()
