"""Plots as SVG: panels of lines with axes and a legend; figures are rounded, so the same data give the same file."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

WIDTH, HEIGHT = 860, 250
_LEFT, _RIGHT, _TOP, _BOTTOM = 62, 16, 34, 42
_COLOURS = ("#16559c", "#c2410c", "#15803d", "#6d28d9", "#57534e")


@dataclass(frozen=True, slots=True)
class Series:
    """Points that are joined, and what they are."""

    name: str
    points: Sequence[tuple[float, float]]


@dataclass(frozen=True, slots=True)
class Panel:
    """One pair of axes; ticks are where they are told to be."""

    title: str
    x_name: str
    y_name: str
    x_ticks: Sequence[float]
    y_ticks: Sequence[float]
    series: Sequence[Series]

    def place(self, x: float, y: float) -> tuple[float, float]:
        """Returns where a point lies, pixels from the panel's corner."""
        across = (x - self.x_ticks[0]) / (self.x_ticks[-1] - self.x_ticks[0])
        up = (y - self.y_ticks[0]) / (self.y_ticks[-1] - self.y_ticks[0])
        return _LEFT + across * (WIDTH - _LEFT - _RIGHT), HEIGHT - _BOTTOM - up * (HEIGHT - _TOP - _BOTTOM)


def picture(panels: Sequence[Panel]) -> str:
    """Returns an SVG document with the panels one below another."""
    body = "\n".join(
        f'<g transform="translate(0 {place * HEIGHT})">\n{_drawn(panel)}\n</g>' for place, panel in enumerate(panels)
    )
    height = HEIGHT * len(panels)
    head = f'viewBox="0 0 {WIDTH} {height}" width="{WIDTH}" height="{height}" font-family="sans-serif" font-size="12"'
    paper = f'<rect width="{WIDTH}" height="{height}" fill="#fff"/>'
    return f'<svg xmlns="http://www.w3.org/2000/svg" {head}>\n{paper}\n{body}\n</svg>\n'


def _drawn(panel: Panel) -> str:
    parts = [_text(_LEFT, 20, panel.title, 'font-weight="bold"'), *_axes(panel)]
    for place, series in enumerate(panel.series):
        colour = _COLOURS[place % len(_COLOURS)]
        points = " ".join("{:.1f},{:.1f}".format(*panel.place(x, y)) for x, y in series.points)
        parts.append(f'<polyline points="{points}" fill="none" stroke="{colour}" stroke-width="1.6"/>')
        parts.append(_text(WIDTH - _RIGHT, _TOP + 14 + 16 * place, series.name, f'text-anchor="end" fill="{colour}"'))
    return "\n".join(parts)


def _axes(panel: Panel) -> list[str]:
    parts = []
    for x in panel.x_ticks:
        left, bottom = panel.place(x, panel.y_ticks[0])
        parts.append(_text(left, bottom + 16, f"{x:g}", 'text-anchor="middle" fill="#444"'))
    for y in panel.y_ticks:
        left, height = panel.place(panel.x_ticks[0], y)
        parts.append(f'<path d="M{left:.1f} {height:.1f}H{WIDTH - _RIGHT}" stroke="#ddd"/>')
        parts.append(_text(left - 6, height + 4, f"{y:g}", 'text-anchor="end" fill="#444"'))
    parts.append(_text((WIDTH + _LEFT) / 2, HEIGHT - 8, panel.x_name, 'text-anchor="middle" fill="#444"'))
    parts.append(_text(WIDTH - _RIGHT, 20, panel.y_name, 'text-anchor="end" fill="#444"'))
    return parts


def _text(x: float, y: float, text: str, style: str) -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" {style}>{escape(text)}</text>'
