"""An installer with a ticket, and a camera's process that remembers what it was asked to paint."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from zoneinfo import ZoneInfo

from edge.base.frame import Geometry
from edge.commission.register import Register
from edge.commission.steps import Site, Steps, Ticket
from edge.commission.steps_draft import Draft, DraftMask, Papers
from edge.mask.maskset import MaskSet
from edge.wire import signed
from edge.wire.authority import Role
from edge.wire.visit import Scope, VisitTicket
from tests.clocks import WaitlessClock
from tests.commission.site import window_of
from tests.seal.samples import NODE, ROLES, START_US

KEY_ID = "0123456789abcdef" * 2

GEOMETRY = Geometry(320, 240, 320)
DOOR = DraftMask(
    id="door-1",
    kind="door",
    consent="K-0001",
    polygon=((100_000, 300_000), (200_000, 300_000), (200_000, 600_000), (100_000, 600_000)),
)
PAPERS = Papers(
    plate_up=True,
    consents_given=True,
    consents=("K-0002",),
    latitude_e6=35_787_000,
    longitude_e6=139_900_000,
    direction_deg=135,
    address="松戸市根本 1-1",
    host_name="根本町会",
    host_phone="047-000-0000",
)
ROAD = ((0, 500_000), (1_000_000, 500_000), (1_000_000, 1_000_000), (0, 1_000_000))
COMPLETE = Draft(node=NODE, masks=(DOOR,), road=ROAD, papers=PAPERS)


def ticket(scope: Scope = Scope.FIRST) -> Ticket:
    """Returns a ticket that the visit role signed."""
    payload = VisitTicket(
        ticket="ab" * 16,
        node=NODE,
        installer="I-07",
        scope=scope,
        issued=START_US,
        begins=START_US,
        ends=START_US + 1,
        window=window_of(scope),
        code_salt="00" * 16,
        code_hash="00" * 32,
    )
    return signed.sign("visit-ticket", payload, ROLES[Role.VISIT])


@dataclass
class Desk:
    """Steps over a folder, with what they asked of others."""

    folder: Path
    installed: MaskSet | None = None
    clock: WaitlessClock = field(default_factory=WaitlessClock)
    painted: list[bytes] = field(default_factory=list)
    ended: int = 0

    def __post_init__(self) -> None:
        self.entry = self.folder / "register" / "entry.json"
        register = Register(self.entry, self.folder / "register-acknowledged.json", NODE)
        zone = ZoneInfo("Asia/Tokyo")
        site = Site(NODE, self.folder, GEOMETRY, 1_000_000, zone, lambda: self.installed, register, lambda: KEY_ID)
        self.steps = Steps(site, self, self.clock, self._end)

    def paint(self, masks: bytes) -> None:
        self.painted.append(masks)

    def _end(self) -> None:
        self.ended += 1
