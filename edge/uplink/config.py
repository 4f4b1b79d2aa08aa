"""The uplink's settings, and the files that it meets other processes in."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, Field

from edge.base.model import Strict, matching
from edge.base.paths import ConfigPath
from edge.uplink.plan import Mode

HttpsUrl = Annotated[
    str,
    AfterValidator(
        matching(r"https://[A-Za-z0-9.\-]+(:\d{1,5})?|https://\[[0-9a-f:]+\](:\d{1,5})?", "an https URL", 280)
    ),
]
HostName = Annotated[str, AfterValidator(matching(r"[A-Za-z0-9.:\-]+", "a host name or address", 255))]
HoursOfDay = Annotated[
    str,
    AfterValidator(matching(r"([01]\d|2[0-3]):[0-5]\d-([01]\d|2[0-3]):[0-5]\d", "hours as HH:MM-HH:MM", 11)),
]
RECEIPTS = "receipts"
"""Folder of the uplink's state with what the center signed."""


class UplinkConfig(Strict):
    """The ``[uplink]`` table of a node's configuration.

    Attributes:
        center_url: of the center's node listener, without a path.
        ca: the city's CA certificate; no other is trusted.
        state: folder that only the uplink writes.
        upload: ``all``, ``on_request`` (windows that the desk asked for) or ``none``.
        rate_limit_bps: bits a second that uploads may take of the line; none for all of it.
        quiet_hours: local hours in which only asked-for windows pass; ``22:00-06:00`` runs over midnight.
        monthly_budget_bytes: of a calendar month; when spent, only asked-for windows and heartbeats pass.
        connect_timeout_s, answer_timeout_s: how long a line may be silent before it counts as gone.
    """

    center_url: HttpsUrl
    mqtt_host: HostName
    mqtt_port: Annotated[int, Field(ge=1, le=65535)] = 8883
    ca: ConfigPath
    state: ConfigPath
    upload: Mode
    rate_limit_bps: Annotated[int, Field(ge=8_000, le=10_000_000_000)] | None = None
    quiet_hours: Annotated[tuple[HoursOfDay, ...], Field(strict=False, max_length=8)] = ()
    monthly_budget_bytes: Annotated[int, Field(ge=1_000_000, lt=2**53)] | None = None
    connect_timeout_s: Annotated[float, Field(gt=0, le=120)] = 10.0
    answer_timeout_s: Annotated[float, Field(gt=0, le=600)] = 60.0


@dataclass(frozen=True, slots=True)
class Places:
    """Files of other processes that the uplink reads, and those of its own state.

    Attributes:
        spool: folders with reels: the card's, and tmpfs where the recorder had to fall back on it.
        position: the recorder's synced position.
        recorder_status: ``edge.wire.status``.
        line: what the panel reads of the line, ``edge.wire.line``.
        enrolment, ticket: made by ``mimamori node init``.
        state: the uplink's own folder.
        visit: the page's report of visits; None where the node takes none.
        panel: what hands do at the case; None where the node has no panel.
        register: the camera's register entry, personal data; None where the node takes no visits.
    """

    spool: tuple[Path, ...]
    position: Path
    recorder_status: Path
    line: Path
    enrolment: Path
    ticket: Path
    state: Path
    visit: Path | None = None
    panel: Path | None = None
    register: Path | None = None

    @property
    def lock(self) -> Path:
        """Held by the one uplink of this state."""
        return self.state / "lock"

    @property
    def tls_key(self) -> Path:
        """Private TLS key, PEM."""
        return self.state / "tls.pem"

    @property
    def certificate(self) -> Path:
        """The node's certificate with the issuing CA's."""
        return self.state / "certificate.pem"

    @property
    def commands(self) -> Path:
        """Last command counter and asked-for windows."""
        return self.state / "commands.json"

    @property
    def budget(self) -> Path:
        """Bytes sent this month."""
        return self.state / "budget.json"

    @property
    def asked(self) -> Path:
        """What hands have asked for at the case."""
        return self.state / "asked.json"

    @property
    def frozen(self) -> Path:
        """Chains that the center holds for forked."""
        return self.state / "frozen.json"

    @property
    def receipts(self) -> Path:
        """Folder of receipts, read by the recorder."""
        return self.state / RECEIPTS

    @property
    def key_list(self) -> Path:
        """The newest key list fetched, read by the recorder."""
        return self.state / "inbox" / "key-list.json"

    @property
    def mask_order(self) -> Path:
        """The newest mask order fetched, read by the recorder."""
        return self.state / "inbox" / "mask-order.json"

    @property
    def visit_ticket(self) -> Path:
        """The newest visit ticket fetched, read by the page's process."""
        return self.state / "inbox" / "visit-ticket.json"

    @property
    def register_acknowledged(self) -> Path:
        """Which register entry the center has, read by the page's process, which deletes it."""
        return self.state / "inbox" / "register-acknowledged.json"

    @property
    def time_note(self) -> Path:
        """The newest note of the time that a desk brought, read by the recorder."""
        return self.state / "inbox" / "time-note.json"

    @property
    def advice(self) -> Path:
        """The bitrate that the recorder is advised to use, read by it."""
        return self.state / "inbox" / "advice.json"

    def make_folders(self) -> None:
        """Makes the state's folders."""
        for folder in (self.state, self.receipts, self.key_list.parent):
            folder.mkdir(parents=True, exist_ok=True)
