"""The page by which an installer has a camera destroy its keys and records, in a visit of that scope alone.

Rules:
  1. Two presses: one leads here, where it says what will be destroyed; the other asks for it, and counts only with what
     that showing was given.
  2. This process destroys nothing and may not. It writes down what was confirmed, beside the visit's signed ticket, for
     root, who checks it anew (``edge.wire.decommissioning``), and shows what root answers.
"""

from __future__ import annotations

import hmac
import secrets
from dataclasses import dataclass, field
from pathlib import Path
from zoneinfo import ZoneInfo

from pydantic import Field, ValidationError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from edge.base import strictjson
from edge.base.clock import Clock, to_datetime
from edge.base.errors import BadInput, Refused
from edge.base.files import write_durably
from edge.base.model import Strict, to_json
from edge.commission.app import language_of
from edge.commission.gate import BODY_LIMIT_BYTES
from edge.commission.render import Place, render_room
from edge.commission.rooms import Room
from edge.commission.visit import Visit
from edge.wire import signed
from edge.wire.decommissioned import Decommissioned
from edge.wire.decommissioning import (
    Destruction,
    DestructionAnswer,
    DestructionRequest,
    read_answer,
)
from edge.wire.visit import Scope

SCOPES = frozenset({Scope.DECOMMISSION})


class Confirmed(Strict):
    """What the second press sends."""

    shown: str = Field(max_length=64)
    unreceipted: bool


@dataclass(frozen=True, slots=True)
class Paths:
    """Where the request goes, and where root answers."""

    request: Path
    answer: Path


@dataclass(slots=True)
class DecommissionRooms:
    """Its addresses, over one node's visits."""

    visit: Visit
    place: Place
    node: str
    paths: Paths
    zone: ZoneInfo
    clock: Clock
    _shown: str = field(default="", init=False, repr=False)
    _asked: tuple[str, int] = field(default=("", 0), init=False)

    def rooms(self) -> list[Room]:
        """Returns the rooms."""
        return [
            Room("GET", "/decommission", self._page, SCOPES, by_hand=False),
            Room("POST", "/decommission", self._ask, SCOPES),
            Room("GET", "/decommission/certificate.json", self._certificate, SCOPES),
        ]

    def _page(self, request: Request, _: bytes) -> Response:
        answer, waits = self._answer(), self._waits()
        phase = "asked" if waits else "confirm" if answer is None else str(answer.state)
        values: dict[str, object] = {"phase": phase, "refused": None}
        if answer is not None and answer.state is Destruction.REFUSED:
            values["refused"] = answer
        if answer is not None and answer.certificate is not None:
            word = _word(answer.certificate)
            ended = to_datetime(word.ended).astimezone(self.zone)
            values |= {"word": word, "ended": f"{ended:%Y-%m-%d %H:%M}"}
        self._shown = secrets.token_urlsafe(16)
        page = render_room(
            "decommission.html", self.place, self.visit.standing(), language_of(request), shown=self._shown, **values
        )
        return HTMLResponse(page)

    def _ask(self, _: Request, body: bytes) -> Response:
        confirmed = _confirmed(body)
        if not self._shown or not hmac.compare_digest(confirmed.shown.encode(), self._shown.encode()):
            raise Refused("changed", "confirm what was shown last")
        answer = self._answer()
        if self._waits() or (answer is not None and answer.state is not Destruction.REFUSED):
            raise Refused("already", "it was asked for already")
        ticket, at = self.visit.ticket(), self.clock.now_us()
        asked = DestructionRequest(
            node=self.node, at=at, ticket=ticket.data.decode(), unreceipted=confirmed.unreceipted
        )
        self._shown, self._asked = "", (ticket.payload.ticket, at)
        write_durably(self.paths.request, to_json(asked), mode=0o640)
        return Response(status_code=204)

    def _certificate(self, _: Request, __: bytes) -> Response:
        answer = self._answer()
        if answer is None or answer.certificate is None:
            raise HTTPException(404)
        named = {"Content-Disposition": f'attachment; filename="{self.node}-certificate.json"'}
        return Response(answer.certificate, media_type="application/json", headers=named)

    def _waits(self) -> bool:
        """Whether root has not answered yet what this visit asked."""
        ticket, _ = self._asked
        return bool(ticket) and ticket == self.visit.standing().ticket and self._answer() is None

    def _answer(self) -> DestructionAnswer | None:
        """Returns root's answer; a refusal is one only to what was asked here last."""
        try:
            answer = read_answer(self.paths.answer)
        except (BadInput, Refused):
            return None
        ticket, at = self._asked
        meant = answer.state is not Destruction.REFUSED or (bool(ticket) and answer.at >= at)
        return answer if meant and answer.node == self.node else None


def _word(certificate: str) -> Decommissioned:
    return signed.parse("decommissioned", Decommissioned, certificate.encode()).payload


def _confirmed(body: bytes) -> Confirmed:
    try:
        return Confirmed.model_validate(strictjson.parse_loose(body, limit_bytes=BODY_LIMIT_BYTES))
    except (Refused, ValidationError) as error:
        raise Refused("bad-request", "not what the page sends") from error
