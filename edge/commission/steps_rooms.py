"""The steps' addresses: the page, its draft, the preview's frames, line, summary and sign-off; an inspection's look.

Rules:
  1. All of them are rooms (``edge.commission.rooms``): of a visit that aims, or of one that may see the picture where
     they only look. To everybody else there is no such page.
  2. A frame leaves in the body of an answer that no cache may keep, and touches no disk.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Protocol

from starlette.requests import Request
from starlette.responses import FileResponse, HTMLResponse, JSONResponse, Response

from edge.base.errors import Refused
from edge.base.templates import templates_in
from edge.commission import steps_masks
from edge.commission.rooms import Answer, Room
from edge.commission.steps import Preview, Steps, Ticket
from edge.commission.steps_draft import DRAFT_LIMIT_BYTES, Draft, parse_draft
from edge.commission.steps_line import Line, facts
from edge.wire.visit import Scope

STATIC = Path(__file__).parent / "static"
FILES = {
    "steps.css": "text/css",
    "steps.js": "text/javascript",
    "steps_look.js": "text/javascript",
    "steps_language.js": "text/javascript",
    "steps_link.js": "text/javascript",
    "steps_view.js": "text/javascript",
    "steps_masks.js": "text/javascript",
    "steps_forms.js": "text/javascript",
}
FRAME_WAIT_S = 2.0
AIMING = frozenset(scope for scope in Scope if scope.aims)
SEEING = frozenset(scope for scope in Scope if scope.needs_camera)
LOOKING = SEEING - AIMING
_TEMPLATES = templates_in(Path(__file__).parent / "templates" / "steps")


@dataclass(frozen=True, slots=True)
class Shot:
    """One frame of the preview.

    Attributes:
        number: rises from frame to frame.
        sharpness: whole numbers in any unit, higher is sharper.
        at: exposure, UTC microseconds; whoever measures the preview's delay takes it from here.
    """

    number: int
    jpeg: bytes
    sharpness: int
    at: int


class Camera(Preview, Protocol):
    """What the steps ask of the camera's process."""

    def newest(self, after: int, wait_s: float) -> Shot | None:
        """Returns the newest frame with another number than ``after``; waits for one, then gives None."""


@dataclass(frozen=True, slots=True)
class StepRooms:
    """The addresses over one node's steps.

    Attributes:
        ticket: returns the open visit's.
        line: looks at the line each time it is called.
    """

    steps: Steps
    camera: Camera
    ticket: Callable[[], Ticket]
    line: Callable[[], Line]

    def rooms(self) -> list[Room]:
        """Returns the rooms."""
        return [
            Room("GET", "/steps", self._page("steps.html"), AIMING),
            Room("GET", "/look", self._page("look.html"), LOOKING),
            Room("GET", "/steps/draft", self._read_draft, AIMING),
            Room("POST", "/steps/draft", self._write_draft, AIMING, limit_bytes=DRAFT_LIMIT_BYTES),
            Room("GET", "/steps/frame", self._frame, SEEING, by_hand=False),
            Room("GET", "/steps/line", self._line, AIMING, by_hand=False),
            Room("GET", "/steps/summary", self._summary, AIMING),
            Room("POST", "/steps/sign-off", self._sign_off, AIMING),
            *(Room("GET", f"/steps/{name}", _file(name), SEEING, by_hand=False) for name in FILES),
        ]

    def _page(self, template: str) -> Answer:
        def answer(request: Request, _: bytes) -> Response:
            size = self.steps.site.geometry
            language = "en" if request.cookies.get("language") == "en" else "ja"
            page = _TEMPLATES.get_template(template)
            return HTMLResponse(
                page.render(node=self.steps.site.node, width=size.width, height=size.height, language=language)
            )

        return answer

    def _read_draft(self, _: Request, __: bytes) -> Response:
        draft = self.steps.draft()
        self.steps.repaint(self.ticket())
        return JSONResponse({"draft": draft.model_dump(mode="json"), **self._told(draft)})

    def _write_draft(self, _: Request, body: bytes) -> Response:
        draft = parse_draft(body, self.steps.site.node)
        self.steps.change(draft, self.ticket())
        return JSONResponse(self._told(draft))

    def _frame(self, request: Request, _: bytes) -> Response:
        shot = self.camera.newest(_number(request.query_params.get("after", "")), FRAME_WAIT_S)
        if shot is None:
            return Response(status_code=204, headers={"Cache-Control": "no-store"})
        said = json.dumps({"number": shot.number, "sharpness": shot.sharpness, "at": shot.at})
        return Response(shot.jpeg, media_type="image/jpeg", headers={"Cache-Control": "no-store", "X-Frame": said})

    def _line(self, _: Request, __: bytes) -> Response:
        return JSONResponse([asdict(fact) for fact in facts(self.line(), self.steps.site.bitrate_bps)])

    def _summary(self, _: Request, __: bytes) -> Response:
        summary = self.steps.summary(self.ticket())
        said = asdict(summary) | asdict(summary.cover)
        del said["cover"]
        return JSONResponse(said)

    def _sign_off(self, _: Request, body: bytes) -> Response:
        self.steps.sign_off(_digest(body), self.ticket())
        return JSONResponse({})

    def _told(self, draft: Draft) -> dict[str, object]:
        faults = {name: asdict(wrong) for name, wrong in steps_masks.faults(draft).items()}
        return {"faults": faults, **asdict(steps_masks.cover(draft, self.steps.site.geometry))}


def _file(name: str) -> Answer:
    return lambda _, __: FileResponse(STATIC / name, media_type=FILES[name])


def _digest(body: bytes) -> str:
    try:
        tree = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise Refused("bad-document", "sign-off: not JSON") from error
    if not isinstance(tree, dict) or not isinstance(digest := tree.get("digest"), str):
        raise Refused("bad-document", "sign-off: name the digest that was shown")
    return digest


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 16 else -1
