"""The plain-HTTP port: tells a phone that joined the on-site network where the page is, and does nothing else.

Phones ask a known address whether they reach the internet (Android ``/generate_204``, Apple ``/hotspot-detect.html``,
Windows ``/connecttest.txt`` and ``/ncsi.txt``). Anything but the answer that they expect has them show the page of the
network; so every GET is sent to the page, whatever host or path it names, and nothing of it is repeated.
"""

from __future__ import annotations

from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from edge.commission.gate import Origin


def make_portal(origin: Origin) -> ASGIApp:
    """Returns the application that leads to ``origin``."""

    async def portal(scope: Scope, receive: Receive, send: Send) -> None:
        asks = scope["method"] in ("GET", "HEAD")
        headers = {"Cache-Control": "no-store"} | ({"Location": origin.url + "/"} if asks else {})
        await Response(status_code=302 if asks else 405, headers=headers)(scope, receive, send)

    return portal
