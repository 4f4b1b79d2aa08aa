"""The register as a page to print: the plan of the cameras, and the list of them."""

from __future__ import annotations

from pathlib import Path
from zoneinfo import ZoneInfo

from edge.base.clock import to_datetime
from edge.base.templates import templates_in
from edge.desk.placement import SIZE, draw
from edge.desk.register import rows
from edge.wire.register import Camera, Register

_TEMPLATES = templates_in(Path(__file__).parent / "templates")


def render_register(register: Register, cameras: tuple[Camera, ...], zone: ZoneInfo, *, contacts: bool) -> bytes:
    """Returns the page of ``cameras``; everything in it is inline."""
    plan = draw(camera.entry for camera in cameras if camera.entry is not None)
    page = _TEMPLATES.get_template("register.html").render(
        city=register.city,
        day=to_datetime(register.at).astimezone(zone).strftime("%Y-%m-%d"),
        rows=rows(cameras, zone),
        without=sum(camera.entry is None for camera in cameras),
        contacts=contacts,
        retired=any(camera.retired is not None for camera in cameras),
        plan=plan,
        size=SIZE,
    )
    return page.encode()
