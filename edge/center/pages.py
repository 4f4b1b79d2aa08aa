"""Renders the fleet's pages from their templates; everything in them is inline, nothing is loaded from elsewhere."""

from __future__ import annotations

from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

REFRESH_S = 5
_TEMPLATES = Environment(
    loader=FileSystemLoader(Path(__file__).parent / "templates"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)


def render_page(name: str, *, refresh: bool, **values: object) -> str:
    """Returns a page; ``refresh`` has the browser ask again every ``REFRESH_S`` seconds."""
    return _TEMPLATES.get_template(name).render(refresh=REFRESH_S if refresh else None, **values)
