"""``mimamori demo-visit``: what an installer brings to a demonstration that runs, and the hand at its button.

The ticket is made and published by the desk's own commands. The button is the mock panel's: a file says that it is
held, as the panel's process reads it, and the rest happens as on a real node.
"""

from __future__ import annotations

import argparse
import json
import socket
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

from edge.base import strictjson
from edge.base.clock import SECOND_US, Clock, SystemClock, to_datetime
from edge.base.config import load
from edge.base.errors import AlreadyRunning, MimamoriError, NotPermitted, Stop
from edge.base.files import Lock, publish
from edge.commission.config import VisitConfig
from edge.commission.gate import Origin
from edge.demo.opening import ask_desk
from edge.demo.places import NODE, Places
from edge.node.commission import fingerprint, visit_of
from edge.node.config import NodeConfig
from edge.panel.mock import HANDS
from edge.panel.states import VISIT_S
from edge.wire.panel import read_panel
from edge.wire.visit import Scope
from edge.wire.visitreport import VisitState, read_visit

_HOURS = 4
_HELD_S = VISIT_S + 2.0
"""As a hand holds it that wants to be sure."""
_PATIENCE_S = 60.0
_LOOK_S = 0.1


@dataclass(frozen=True, slots=True)
class Errand:
    """What the installer needs.

    Attributes:
        ticket: file to choose on the page.
        code: one-time, of the work order.
        fingerprint: SHA-256 of the page's certificate, to compare.
    """

    url: str
    ticket: str
    code: str
    fingerprint: str

    @property
    def text(self) -> str:
        """As the terminal shows it."""
        return (
            f"installer's page: {self.url}\n"
            f"its certificate signs itself; SHA-256 fingerprint to compare:\n  {self.fingerprint}\n"
            f"visit ticket, to choose on the page: {self.ticket}\n"
            f"code of the work order: {self.code}"
        )


def add_parser(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Mounts the command."""
    visit = commands.add_parser("demo-visit", help="visit the camera of 'mimamori run': hold its button, get a ticket")
    visit.add_argument("--out", type=Path, default=Path("run"), metavar="DIR", help="of the run; run/ if not given")
    visit.add_argument("--scope", choices=[scope.value for scope in Scope], default=Scope.RE_AIM.value)
    visit.add_argument("--json", action="store_true", help="one JSON object as the last line")
    visit.set_defaults(run=_visit)


def _visit(options: argparse.Namespace) -> int:
    errand = begin_visit(Places(options.out, options.out / "city"), Scope(options.scope), SystemClock())
    print(json.dumps(asdict(errand)) if options.json else errand.text)
    return 0


def begin_visit(places: Places, scope: Scope, clock: Clock) -> Errand:
    """Makes a ticket, holds the button, and returns what the installer needs once the page is there.

    Raises:
        NotPermitted: no demonstration runs there, or a visit is open.
        Stop: the page did not come.
    """
    _require_run(places)
    config = load(places.config, NodeConfig)
    visiting = visit_of(config)
    if _state(config) is VisitState.OPEN:
        raise NotPermitted(f"{places.out}: a visit is open; end it on the page first")
    ticket, code = _ticket(places, config, scope, clock)
    if _state(config) is not VisitState.WAITING:
        _press(config, clock)
    _await(lambda: _state(config) is VisitState.WAITING and _listens(visiting), "the installer's page", clock)
    url = Origin(visiting.address, visiting.https_port).url + "/"
    return Errand(url, str(ticket), code, fingerprint(config))


def _require_run(places: Places) -> None:
    try:
        if places.config.exists():
            Lock(places.mark, "demonstration").release()
    except AlreadyRunning:
        return
    raise NotPermitted(f"{places.out}: no 'mimamori run' is under way there; start one, and leave it running")


def _ticket(places: Places, config: NodeConfig, scope: Scope, clock: Clock) -> tuple[Path, str]:
    """Has the desk sign a ticket and publish it; returns its file and its code."""
    now_us, path = clock.now_us(), places.out / "visit-ticket.json"
    begins, ends = (to_datetime(now_us + hours * 3600 * SECOND_US).isoformat() for hours in (0, _HOURS))
    desk = ("--desk", str(places.founded / "desk"))
    who = ("--node", NODE, "--installer", "demonstration", "--scope", scope.value)
    made = ask_desk(
        "visit",
        "ticket",
        *desk,
        *who,
        *("--from", begins, "--to", ends, "--out", str(path)),
        *("--passphrase-file", str(places.secrets / "desk")),
    )
    ask_desk("visit", "publish", *desk, "--center", config.uplink.center_url, str(path))
    return path, str(made["code"])


def _press(config: NodeConfig, clock: Clock) -> None:
    """Holds the button of the mock panel until the panel says that a visit was asked for."""
    before = _presses(config)
    publish(config.run / HANDS, strictjson.dump({"case_open": False, "pressed": True}))
    try:
        clock.sleep(_HELD_S)
    finally:
        publish(config.run / HANDS, strictjson.dump({"case_open": False, "pressed": False}))
    _await(lambda: _presses(config) > before, "the panel's word of the button", clock)


def _presses(config: NodeConfig) -> int:
    return -1 if config.panel_report is None else read_panel(config.panel_report).button_visit


def _state(config: NodeConfig) -> VisitState | None:
    try:
        return read_visit(config.visit_report).state
    except MimamoriError:
        return None


def _listens(visiting: VisitConfig) -> bool:
    try:
        socket.create_connection((visiting.address, visiting.https_port), timeout=1).close()
    except OSError:
        return False
    return True


def _await(condition: Callable[[], bool], what: str, clock: Clock) -> None:
    deadline_ns = clock.monotonic_ns() + round(_PATIENCE_S * 1e9)
    while not condition():
        if clock.monotonic_ns() > deadline_ns:
            raise Stop(f"{what} did not come within {_PATIENCE_S:.0f} s; look into the run's logs")
        clock.sleep(_LOOK_S)
