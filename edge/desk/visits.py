"""Visit tickets at the desk: signed for one installer, one node and its hours, and drawn as a QR code for a phone."""

from __future__ import annotations

import io
import os
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import segno

from edge.base.clock import SECOND_US
from edge.base.errors import UsageFault
from edge.base.files import write_durably
from edge.desk.keystore import KeyStore
from edge.desk.office import Office, role_key
from edge.wire import signed
from edge.wire.authority import Role
from edge.wire.signed import Signed
from edge.wire.visit import WINDOW_LIMIT_US, Code, Scope, VisitTicket, Window

HOURS_AT_MOST = timedelta(days=31)
"""Longer than that nobody knows who carries the work order."""
_DOT_PX = 4


@dataclass(frozen=True, slots=True)
class Visit:
    """What a visit is to be.

    Attributes:
        installer: opaque id, never a name.
        hours: first and last time, UTC microseconds.
        window_us: what may be collected, in a visit to collect.
    """

    node: str
    installer: str
    scope: Scope
    hours: tuple[int, int]
    window_us: tuple[int, int] | None = None


def make_visit_ticket(office: Office, store: KeyStore, visit: Visit, code: Code, now_us: int) -> Signed[VisitTicket]:
    """Returns the ticket that ``code`` opens.

    Raises:
        UsageFault: the hours or the window run backwards, are over, or are too long; or a window is missing, or too
            much.
        NotPermitted, BadInput: the visit key is not to be had.
    """
    begins, ends = visit.hours
    if not (begins < ends and now_us < ends and ends - begins <= HOURS_AT_MOST // timedelta(seconds=1) * SECOND_US):
        raise UsageFault(
            f"--from and --to: a visit's hours run forward, end in future, and last {HOURS_AT_MOST.days} days at most"
        )
    ticket = VisitTicket(
        ticket=os.urandom(16).hex(),
        node=visit.node,
        installer=visit.installer,
        scope=visit.scope,
        issued=now_us,
        begins=begins,
        ends=ends,
        window=_window(visit),
        code_salt=code.salt,
        code_hash=code.hash,
    )
    return signed.sign("visit-ticket", ticket, role_key(store, office.authority.payload, Role.VISIT, now_us))


def _window(visit: Visit) -> Window | None:
    if (visit.window_us is not None) is not (visit.scope is Scope.COLLECT):
        raise UsageFault("--window-from and --window-to: a visit to collect needs both, and no other takes them")
    if visit.window_us is None:
        return None
    start, end = visit.window_us
    if not 0 < end - start <= WINDOW_LIMIT_US:
        hours = WINDOW_LIMIT_US // 3_600_000_000
        raise UsageFault(f"--window-from and --window-to: the window runs forward and lasts {hours} hours at most")
    return Window(start=start, end=end)


def draw_qr(ticket: Signed[VisitTicket], path: Path) -> None:
    """Writes the ticket as a QR code, SVG or PNG by the name's end.

    Raises:
        UsageFault: another end.
        StorageFault: the disk refused.
    """
    kind = path.suffix.lower().removeprefix(".")
    if kind not in ("svg", "png"):
        raise UsageFault(f"--qr {path.name[:80]!r}: write a name that ends in .svg or .png")
    drawing = io.BytesIO()
    segno.make_qr(ticket.data, error="l", boost_error=False).save(drawing, kind=kind, scale=_DOT_PX, border=4)
    write_durably(path, drawing.getvalue(), mode=0o600)
