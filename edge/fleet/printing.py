"""Prints a template as PDF: the only place that knows weasyprint. Nothing is loaded from anywhere but the template."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from pathlib import Path

from edge.base.errors import BadConfiguration
from edge.base.templates import templates_in

FONT = "Noto Sans CJK JP"
_FOLDER = Path(__file__).parent / "templates"
_STYLE = _FOLDER / "papers.css"
_TEMPLATES = templates_in(_FOLDER)


@dataclass(frozen=True, slots=True)
class Printed:
    """A PDF and how many pages it has."""

    data: bytes
    pages: int


def print_pages(template: str, **values: object) -> Printed:
    """Returns a template as PDF.

    Raises:
        BadConfiguration: a library that draws text, or the Japanese font, is not installed.
    """
    text = _TEMPLATES.get_template(template).render(**values)
    for chatty in ("weasyprint", "fontTools"):
        logging.getLogger(chatty).setLevel(logging.WARNING)  # they would tell what they draw, from their import on
    try:
        import weasyprint
    except OSError as error:  # it looks for pango when it is imported
        raise BadConfiguration(f"papers: {error}; install libpango-1.0-0 and libpangoft2-1.0-0") from error
    page = weasyprint.HTML(string=text, url_fetcher=weasyprint.URLFetcher(allowed_protocols=("data",)))
    document = page.render(stylesheets=[weasyprint.CSS(string=_STYLE.read_text(encoding="utf-8"))])
    data: bytes = document.write_pdf()
    _require_japanese({font.family for font in document.fonts.values()})
    return Printed(data, len(document.pages))


def _require_japanese(families: set[str]) -> None:
    """Another font is taken silently where one is missing, down to empty boxes."""
    if FONT not in families:
        raise BadConfiguration(f"papers: the font {FONT!r} is not installed; install the package fonts-noto-cjk")
