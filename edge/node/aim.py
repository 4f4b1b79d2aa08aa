"""The aiming process: owns the camera during a visit, and shows the page's process what the visit may see.

Rules:
  1. It starts for an open visit whose ticket it has checked itself and whose scope needs the camera, once the recorder
     has let the camera go; it ends when that visit does, when the source ends, and when nobody is connected for
     ``UNATTENDED_S``.
  2. What may be seen is decided before each picture (``edge.commission.previewrule``): a sign-off in between ends the
     bare picture at once.
  3. Pictures leave over one Unix socket. None is written anywhere, none is encoded as footage, no network is opened.
"""

from __future__ import annotations

import logging
import threading
from pathlib import Path

from edge.base.clock import SECOND_US, Clock
from edge.base.config import load
from edge.base.errors import BadInput, NotPermitted, Refused
from edge.base.files import private_directory
from edge.base.frame import Frame
from edge.capture.port import BoardCamera, Camera
from edge.commission.preview import Preview
from edge.commission.previewlink import FPS_DEFAULT, Message, Request, pack, parse_head
from edge.commission.previewrule import Sight, sight_of
from edge.commission.previewserver import PreviewServer
from edge.mask import floor
from edge.node.config import NodeConfig
from edge.node.credentials import load_authority
from edge.node.hardening import forbid_dumps, keep_out_of_swap
from edge.node.signals import stop_on_signals
from edge.node.source import open_camera
from edge.node.statefiles import FLOOR, SIGNED_OFF
from edge.node.visit.cameralock import AIM_WAIT_S, take_camera
from edge.node.visit.usedtickets import UsedTickets
from edge.node.visit.visiting import Visiting
from edge.wire.signoff import read_sign_off
from edge.wire.visit import Scope, VisitTicket

UNATTENDED_S = 60.0
_METER_STEP = 16

_log = logging.getLogger(__name__)


def aim(config_path: Path) -> int:
    """Serves one visit's preview; returns the exit status.

    Raises:
        NotPermitted: no visit is open that may see anything.
        AlreadyRunning: the camera is not free in time.
        MimamoriError: whatever else ended it before its time.
    """
    forbid_dumps()
    stop = stop_on_signals()
    config = load(config_path, NodeConfig)
    keep_out_of_swap(demo=config.demo)
    clock = config.open_clock()
    visiting = Visiting(config, load_authority(config), clock)
    ticket = visiting.ticket()
    sights = Sights(config, visiting, ticket)
    if ticket is None or sights.now() is Sight.NOTHING:
        raise NotPermitted("no visit is open whose ticket allows a preview; press the button and enter the code")
    private_directory(config.run)
    lock = take_camera(config.camera_lock, "aim", clock, stop, AIM_WAIT_S)
    if lock is None:
        return 0
    with lock, open_camera(config.source, clock, config.timezone) as camera:
        kept = floor.read(config.state / FLOOR, visit_authorised=ticket.scope is Scope.RE_AIM)
        preview = Preview(config.node, camera.geometry, kept)
        server = PreviewServer(config.aim_socket, clock)
        try:
            reason = Aim(camera, preview, server, sights, clock).run(stop)
        finally:
            server.close()
    _log.info("the preview has ended: %s", reason)
    return 0


class Sights:
    """What the visit that this process was started for may see, looked up anew each time."""

    def __init__(self, config: NodeConfig, visiting: Visiting, ticket: VisitTicket | None) -> None:
        self._config, self._visiting, self._ticket = config, visiting, ticket
        self._used = UsedTickets(config.state / SIGNED_OFF)
        self._has_floor = (config.state / FLOOR).exists()

    def now(self) -> Sight:
        """Returns what may be seen now; nothing once another visit, or none, is open."""
        ticket = self._visiting.ticket()
        if ticket is None or ticket != self._ticket:
            return Sight.NOTHING
        return sight_of(ticket.scope, signed_off=self._signed_off(ticket), has_floor=self._has_floor)

    def _signed_off(self, ticket: VisitTicket) -> bool:
        """Whether the ticket is used up; a file that cannot be read counts as yes."""
        try:
            return self._used.of(ticket.ticket) is not None or self._waits_for_the_recorder(ticket)
        except (Refused, BadInput):
            return True

    def _waits_for_the_recorder(self, ticket: VisitTicket) -> bool:
        visit = self._config.visit
        if visit is None or not visit.signoff.exists():
            return False
        return self._visiting.is_of(ticket, read_sign_off(visit.signoff).ticket)


class Aim:
    """One visit's loop: camera > what may be seen > socket."""

    def __init__(self, camera: Camera, preview: Preview, server: PreviewServer, sights: Sights, clock: Clock) -> None:
        self._camera, self._preview, self._server, self._sights = camera, preview, server, sights
        self._clock, self._fps, self._next_us = clock, FPS_DEFAULT, 0

    def run(self, stop: threading.Event) -> str:
        """Shows the camera until the end; returns why it ended."""
        while (frame := self._camera.read()) is not None:
            for message in self._server.serve():
                self._obey(message)
            if stop.is_set():
                return "a stop was asked for"
            if self._server.idle_s >= UNATTENDED_S:
                return f"nobody was there for {UNATTENDED_S:.0f} s"
            self._meter(frame)
            if self._is_due(frame) and not self._show(frame):
                return "the visit is over"
        return "the source has ended"

    def _meter(self, frame: Frame) -> None:
        """Lets a board's own camera follow the light of all that it sees: what is aimed is not recorded."""
        if isinstance(self._camera, BoardCamera):
            self._camera.meter(float(frame.planes().y[::_METER_STEP, ::_METER_STEP].mean()))

    def _is_due(self, frame: Frame) -> bool:
        now_us, period_us = frame.mono_ns // 1000, SECOND_US // self._fps
        due = now_us >= self._next_us
        if due:  # from when it was due, not from now: frames come in steps of their own
            self._next_us = max(self._next_us, now_us - period_us) + period_us
        return due

    def _show(self, frame: Frame) -> bool:
        """Sends a picture if there is room; False once the visit may see nothing more."""
        sight = self._sights.now()
        shown = self._preview.show(frame, sight) if self._server.has_room else None
        if shown is not None:
            self._server.send(pack(shown.head, shown.jpeg))
        return sight is not Sight.NOTHING

    def _obey(self, message: Message) -> None:
        try:
            request = parse_head(Request, message)
        except Refused as error:
            _log.warning("a request is not followed: %s", error)
            return
        if request.kind == "draft":
            self._preview.draft(message.body)
        else:
            self._fps, self._next_us = request.fps, 0
