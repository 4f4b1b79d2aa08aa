"""Draws what was sampled: memory, file descriptors and threads of each process over the soak, with what went wrong."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from html import escape

from tests.soak.faults import Fault
from tests.soak.verdict import MIB, Sample

_WIDTH, _HEIGHT = 900, 210
_LEFT, _RIGHT, _TOP, _GAP = 62, 130, 46, 44
_COLOURS = ("#16559c", "#b01818", "#14713d", "#8a5200", "#5b3a9b", "#525c66")
_FAULT_COLOURS = {"kill": "#b01818", "stop": "#b01818", "line": "#d9a400", "disk": "#5b3a9b", "clock": "#16559c"}
_PANELS: tuple[tuple[str, Callable[[Sample], float]], ...] = (
    ("resident memory, MiB", lambda sample: sample.rss_bytes / MIB),
    ("file descriptors", lambda sample: sample.descriptors),
    ("threads", lambda sample: sample.threads),
)


def draw(samples: Mapping[str, Sequence[Sample]], faults: Sequence[Fault], title: str) -> str:
    """Returns an SVG."""
    end_s = max((found[-1].real_s for found in samples.values() if found), default=1.0) or 1.0
    height = _TOP + len(_PANELS) * (_HEIGHT + _GAP)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {height}"',
        'font-family="sans-serif" font-size="12">',
        f'<rect width="{_WIDTH}" height="{height}" fill="#fff"/>',
        f'<text x="{_LEFT}" y="22" font-size="15">{escape(title)}</text>',
    ]
    for place, (name, pick) in enumerate(_PANELS):
        parts += _panel(samples, faults, (name, pick), _TOP + place * (_HEIGHT + _GAP), end_s)
    return "\n".join([*parts, *_legend(samples), "</svg>", ""])


def _panel(
    samples: Mapping[str, Sequence[Sample]],
    faults: Sequence[Fault],
    what: tuple[str, Callable[[Sample], float]],
    top: float,
    end_s: float,
) -> list[str]:
    name, pick = what
    highest = _round_up(max((pick(one) for found in samples.values() for one in found), default=1.0))
    wide = _WIDTH - _LEFT - _RIGHT

    def x(at_s: float) -> float:
        return _LEFT + at_s / end_s * wide

    parts = [f'<text x="{_LEFT}" y="{top + 10}">{name}</text>']
    for fault in faults:
        colour = _FAULT_COLOURS[fault.what.split()[0]]
        width = max(1.0, x(fault.at_s + fault.lasts_s) - x(fault.at_s))
        parts.append(
            f'<rect x="{x(fault.at_s):.1f}" y="{top + 16}" width="{width:.1f}" height="{_HEIGHT - 16}" fill="{colour}"'
            f' opacity="0.15"><title>{escape(fault.what)}</title></rect>'
        )
    for share in (0.0, 0.5, 1.0):
        y = top + 16 + (1 - share) * (_HEIGHT - 16)
        parts.append(f'<path d="M{_LEFT} {y:.1f}H{_LEFT + wide}" stroke="#d5dbe1"/>')
        parts.append(f'<text x="{_LEFT - 6}" y="{y + 4:.1f}" text-anchor="end">{highest * share:g}</text>')
    for minute in _ticks(end_s):
        parts.append(
            f'<text x="{x(minute * 60):.1f}" y="{top + _HEIGHT + 16}" text-anchor="middle">{minute:g} min</text>'
        )
    for (_, found), colour in zip(samples.items(), _COLOURS, strict=False):
        parts += [_line(life, pick, x, (top, highest), colour) for life in _lives(found)]
    return parts


def _line(
    life: Sequence[Sample],
    pick: Callable[[Sample], float],
    x: Callable[[float], float],
    scale: tuple[float, float],
    colour: str,
) -> str:
    top, highest = scale
    points = " ".join(
        f"{x(one.real_s):.1f},{top + 16 + (1 - pick(one) / highest) * (_HEIGHT - 16):.1f}" for one in life
    )
    return f'<polyline points="{points}" fill="none" stroke="{colour}" stroke-width="1.6"/>'


def _lives(found: Sequence[Sample]) -> list[list[Sample]]:
    lives: dict[int, list[Sample]] = {}
    for one in found:
        lives.setdefault(one.pid, []).append(one)
    return list(lives.values())


def _legend(samples: Mapping[str, Sequence[Sample]]) -> list[str]:
    left, parts = _WIDTH - _RIGHT + 14, []
    rows = [*zip(samples, _COLOURS, strict=False), *((f"{name}: a fault", c) for name, c in _FAULT_COLOURS.items())]
    for place, (name, colour) in enumerate(rows):
        y = _TOP + 24 + place * 20
        opacity = 0.3 if name.endswith("fault") else 1
        parts.append(f'<rect x="{left}" y="{y - 9}" width="12" height="10" fill="{colour}" opacity="{opacity}"/>')
        parts.append(f'<text x="{left + 18}" y="{y}">{escape(name)}</text>')
    return parts


def _ticks(end_s: float) -> list[float]:
    step = next(step for step in (0.1, 0.5, 1, 2, 5, 10, 30, 60, 10_000) if end_s / 60 / step <= 10)
    return [round(step * number, 1) for number in range(int(end_s / 60 / step) + 1)]


def _round_up(value: float) -> float:
    step = next(step for step in (2, 4, 10, 20, 40, 100, 200, 400, 1000, 1e9) if value <= step * 2)
    return step * max(1, -(-value // step))
