"""Renders the fleet's pages from their templates; everything in them is inline, nothing is loaded from elsewhere."""

from __future__ import annotations

from pathlib import Path

from edge.base.templates import templates_in

REFRESH_S = 5
_TEMPLATES = templates_in(Path(__file__).parent / "templates")


def render_page(name: str, *, refresh: bool, **values: object) -> str:
    """Returns a page; ``refresh`` has the browser ask again every ``REFRESH_S`` seconds."""
    return _TEMPLATES.get_template(name).render(refresh=REFRESH_S if refresh else None, **values)
