"""The installer's steps as this node's configuration has them: its picture, its masks in force, its line."""

from __future__ import annotations

from edge.base.clock import SECOND_US, Clock
from edge.base.errors import BadConfiguration, BadInput, Refused
from edge.base.files import read_bounded
from edge.base.frame import Geometry
from edge.commission.config import VisitConfig
from edge.commission.register import Register
from edge.commission.states import Event
from edge.commission.steps import Site, Steps
from edge.commission.steps_camera import LiveCamera
from edge.commission.steps_line import Line
from edge.commission.steps_rooms import StepRooms
from edge.commission.visit import Visit
from edge.mask import maskset
from edge.mask.maskset import MaskSet
from edge.node.config import NodeConfig
from edge.node.initialise import ENROLMENT
from edge.node.pictureconfig import SIZE
from edge.wire import signed
from edge.wire.line import Access, LineReport, read_line
from edge.wire.registration import parse_enrolment
from edge.wire.signed import DOCUMENT_LIMIT_BYTES

_STALE_US = 60 * SECOND_US
_LINE_UP_S = 120
"""As the panel's light has it: nobody acknowledged anything for so long, the line is down."""


def step_rooms(
    config: NodeConfig, visiting: VisitConfig, visit: Visit, register: Register, camera: LiveCamera, clock: Clock
) -> StepRooms:
    """Returns the steps of a node's visits."""
    width, height = config.source.size or SIZE
    site = Site(
        node=config.node,
        state=visiting.state,
        geometry=Geometry(width, height, width),
        bitrate_bps=config.encoder.bitrate_bps,
        zone=config.zone,
        installed=lambda: _installed(config),
        register=register,
        signing_key=lambda: signing_key_of(config),
    )
    steps = Steps(site, camera, clock, lambda: visit.end(Event.SIGNED_OFF))
    return StepRooms(steps, camera, visit.ticket, lambda: look_at_line(config, clock))


def signing_key_of(config: NodeConfig) -> str | None:
    """Returns the key id of the node's signing key, from the enrolment that it signed with it; None before that."""
    try:
        enrolment = parse_enrolment(
            read_bounded(config.uplink.state / ENROLMENT, limit_bytes=DOCUMENT_LIMIT_BYTES)
        ).payload
    except (BadInput, Refused):
        return None
    return signed.key_id(bytes.fromhex(enrolment.signing_key)) if enrolment.node == config.node else None


def look_at_line(config: NodeConfig, clock: Clock) -> Line:
    """Returns what is known of the line; what the uplink does not report is None."""
    report = _report(config, clock)
    if report is None:
        return Line(None, Access(), None, None, clock.quality())
    answered = report.quiet_s is not None and report.quiet_s < _LINE_UP_S
    return Line(
        connected=answered if report.reached is None else report.reached,
        access=report.access,
        round_trip_ms=report.round_trip_ms,
        line_bps=report.rate_bps,
        clock=clock.quality(),
    )


def _report(config: NodeConfig, clock: Clock) -> LineReport | None:
    try:
        report = read_line(config.line)
    except (BadInput, Refused):
        return None
    fresh = report.node == config.node and abs(clock.now_us() - report.updated) < _STALE_US
    return report if fresh else None


def _installed(config: NodeConfig) -> MaskSet | None:
    """Returns the masks that the recorder was last given; None where there are none that count."""
    try:
        return maskset.load(config.masks, config.node)
    except BadConfiguration:
        return None
