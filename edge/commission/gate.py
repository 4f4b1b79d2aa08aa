"""What passes every request's way in and out: whom it must name, where it must come from, what answers carry.

Rules:
  1. The host is the configured address: a foreign name that resolves to it (DNS rebinding) gets nothing.
  2. What changes something comes from the page itself: its origin, and a header that no foreign page can add.
  3. Bodies are capped while they are read. No answer is kept, framed, sniffed, or tells where the visitor came from.
"""

from __future__ import annotations

from dataclasses import dataclass

from pydantic import Field
from starlette.datastructures import MutableHeaders
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from edge.base.errors import Refused
from edge.base.model import Strict

BY_PAGE = "X-Mimamori"
BODY_LIMIT_BYTES = 8192
HEADERS = {
    "Content-Security-Policy": (
        "default-src 'self'; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
    ),
    "Cache-Control": "no-store",
    "X-Frame-Options": "DENY",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
}
"""No Strict-Transport-Security: it would bind the phone to this address wherever it meets it next."""


class Typed(Strict):
    """A code as somebody typed it."""

    code: str = Field(max_length=64, repr=False)


@dataclass(frozen=True, slots=True)
class Origin:
    """Where the page is: an address and its port."""

    address: str
    port: int

    @property
    def host(self) -> str:
        """As browsers name it in ``Host``."""
        name = f"[{self.address}]" if ":" in self.address else self.address
        return name if self.port == 443 else f"{name}:{self.port}"

    @property
    def url(self) -> str:
        """As browsers name it in ``Origin``."""
        return f"https://{self.host}"


class Gate:
    """Stands around the application."""

    def __init__(self, app: ASGIApp, origin: Origin) -> None:
        self._app, self._origin = app, origin

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def send_guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(raw=message["headers"])
                for name, value in HEADERS.items():
                    headers[name] = value
                message["headers"] = headers.raw
            await send(message)

        app = self._app if self._names_us(scope) else PlainTextResponse("not this host\n", 421)
        await app(scope, receive, send_guarded)

    def _names_us(self, scope: Scope) -> bool:
        return [value for name, value in scope["headers"] if name == b"host"] == [self._origin.host.encode()]


def require_page(request: Request, origin: Origin) -> None:
    """Lets only the page's own script change something.

    Raises:
        Refused: ``foreign``.
    """
    if request.headers.get("Origin") != origin.url or request.headers.get(BY_PAGE) != "1":
        raise Refused("foreign", "that request does not come from the page")


async def body_of(request: Request, limit_bytes: int = BODY_LIMIT_BYTES) -> bytes:
    """Returns the body.

    Raises:
        Refused: ``too-long``.
    """
    body = bytearray()
    async for piece in request.stream():
        body += piece
        if len(body) > limit_bytes:
            raise Refused("too-long", f"body over the limit of {limit_bytes} bytes")
    return bytes(body)
