"""Draws what a table does not show: where the money goes, coverage of the ground, heat, days on the card."""

from __future__ import annotations

import hashlib
import json
import math
from dataclasses import asdict
from pathlib import Path
from typing import Any

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.figure import Figure as Drawing

from hardware.assumptions import Assumptions
from hardware.bom import FOLDER, Bom
from hardware.lens import Station, station
from hardware.sheets.card import card_sheet, holds_days, shipped
from hardware.sheets.heat import heat_sheet
from hardware.sheets.power import power_sheet
from hardware.sheets.tables import BUILDS

PICTURES = FOLDER / "pictures"
BITRATES = list(range(500_000, 2_550_000, 50_000))
Edge = tuple[float, float, float]
"""Bearing in degrees, nearest and farthest metres."""
NEEDS = {"recognise": "#9ecae1", "identify": "#3182bd", "court": "#08306b"}


def drawn_from(data: object) -> str:
    """Returns what a plot says of its data: their hash, by which a test sees that it is of today's figures."""
    return "data " + hashlib.sha256(json.dumps(data, sort_keys=True, default=asdict).encode()).hexdigest()


def power_data(bom: Bom, assumed: Assumptions) -> dict[str, dict[str, float]]:
    """Yen a month of each part at the wall, by build."""
    data: dict[str, dict[str, float]] = {}
    for build in BUILDS:
        sheet = power_sheet(bom, assumed, build)
        night = assumed.power.night_hours_a_day.value / 24
        watts = dict(sheet.parts_w)
        for part in watts:
            by_night = bom.part[part].power_w
            if by_night is not None and by_night.night is not None:
                watts[part] += night * (by_night.night.value - by_night.record.value)
        yen_a_watt = sheet.yen_a_month / sheet.average_wall_w
        losses = sheet.average_wall_w - sum(watts.values())
        data[build] = {
            part: round(w * yen_a_watt, 2) for part, w in (watts | {"supplies' losses": losses}).items() if w > 0.02
        }
    return data


def draw_power(axes: Axes, data: dict[str, dict[str, float]], assumed: Assumptions) -> None:
    """Stacks the yen a month."""
    axes.axvspan(*assumed.power.target_yen, color="#d9f0d3", label="80–100円 (R-MATSUDO-08)")
    colours = iter(mpl.colormaps["tab20"].colors)  # type: ignore[attr-defined]
    for part in dict.fromkeys(part for parts in data.values() for part in parts):
        lefts = [sum(_before(data[build], part)) for build in data]
        widths = [data[build].get(part, 0.0) for build in data]
        axes.barh(list(data), widths, left=lefts, height=0.5, label=part, color=next(colours))
    axes.set_xlabel("円/月  yen a month")
    axes.invert_yaxis()
    axes.legend(fontsize=6, ncols=4, loc="upper center", bbox_to_anchor=(0.5, -0.35))


def _before(parts: dict[str, float], part: str) -> list[float]:
    names = list(parts)
    return [parts[name] for name in names[: names.index(part)]] if part in parts else [0.0]


def coverage_data(bom: Bom, assumed: Assumptions) -> dict[str, dict[str, list[Edge]]]:
    """Where each need is met on the ground, by build, and the ground that is in the picture."""
    return {build: _edges(station(bom, assumed, build), assumed) for build in BUILDS}


def _edges(at: Station, assumed: Assumptions) -> dict[str, list[Edge]]:
    half = int(at.optics.field_deg[0] / 2) + 8
    edges: dict[str, list[Edge]] = {name: [] for name in ("ground", *NEEDS)}
    for bearing in range(-half, half + 1, 2):
        ground = at.reach_m(0.0, 0.02, 0.01, bearing)
        if ground is not None:
            edges["ground"].append((bearing, round(ground[0], 2), round(ground[1], 2)))
        for name in NEEDS:
            px = assumed.lens.face_px[name].value  # type: ignore[index]
            reach = at.reach_m(assumed.lens.person_m, assumed.lens.face_m.value, px, bearing)
            if reach is not None:
                edges[name].append((bearing, round(reach[0], 2), round(reach[1], 2)))
    return edges


def draw_coverage(axes: Axes, edges: dict[str, list[Edge]], title: str) -> None:
    """Draws the ground from above, the camera at the origin, looking up the page."""
    for name, colour in NEEDS.items():
        ring = [_spot(b, far) for b, _, far in edges[name]] + [_spot(b, near) for b, near, _ in reversed(edges[name])]
        axes.fill([x for x, _ in ring], [y for _, y in ring], color=colour, alpha=0.8, label=name, lw=0)
    near_ground = [_spot(bearing, near) for bearing, near, _ in edges["ground"]]
    axes.plot([x for x, _ in near_ground], [y for _, y in near_ground], color="#d95f02", lw=1.2, label="nearest ground")
    axes.plot(0, 0, marker="^", color="black")
    axes.set_aspect("equal")
    axes.set_xlim(-7, 7)
    axes.set_ylim(-0.5, 9)
    axes.grid(alpha=0.3)
    axes.set_title(title, fontsize=9)
    axes.set_xlabel("m")


def _spot(bearing_deg: float, distance_m: float) -> tuple[float, float]:
    return distance_m * math.sin(math.radians(bearing_deg)), distance_m * math.cos(math.radians(bearing_deg))


def heat_data(bom: Bom, assumed: Assumptions) -> dict[str, list[float]]:
    """What the lines of the heat plot are: rise inside, rise to the processor, by build."""
    sheets = {build: heat_sheet(bom, assumed, build) for build in BUILDS}
    hot = assumed.heat.hot_c.value
    return {b: [round(s.inside_hot_c - hot, 2), round(s.processor_hot_c - hot, 2)] for b, s in sheets.items()}


def draw_heat(axes: Axes, data: dict[str, list[float]], assumed: Assumptions) -> None:
    """Draws degrees inside over degrees outside."""
    outside = [20.0, 42.0]
    for (build, (inside, processor)), colour in zip(data.items(), ("#1b7837", "#762a83"), strict=True):
        axes.plot(outside, [t + inside for t in outside], color=colour, label=f"{build}: inside")
        axes.plot(outside, [t + processor for t in outside], color=colour, ls="--", label=f"{build}: processor")
    axes.axhline(assumed.heat.throttles_c.value, color="#b2182b", lw=1, label="processor slows down")
    for at in (assumed.heat.usual_c.value, assumed.heat.hot_c.value):
        axes.axvline(at, color="grey", lw=0.8, ls=":")
    axes.set_xlabel("外気温 °C  air outside")
    axes.set_ylabel("°C")
    axes.legend(fontsize=7, loc="upper left")


def retention_data() -> dict[str, list[int]]:
    """Days in the ring over bitrates, by card; 18 GB of each are the system's and its reserve, as in the profiles."""
    return {f"{card} GB": [holds_days(bitrate, (card - 18) * 10**9) for bitrate in BITRATES] for card in (64, 128, 256)}


def draw_retention(axes: Axes, data: dict[str, list[int]], assumed: Assumptions) -> None:
    """Draws days over bitrate, and the profiles' own points."""
    for card, days in data.items():
        axes.step([rate / 1e6 for rate in BITRATES], days, where="post", label=card)
    points: dict[tuple[float, int], list[str]] = {}
    for city, profile in shipped().items():
        at = (profile.encoder.bitrate_bps / 1e6, card_sheet(profile, assumed).holds_days)
        points.setdefault(at, []).append(city)
    for at, cities in points.items():
        axes.plot(*at, marker="o", color="black", ms=4)
        axes.annotate(", ".join(cities), at, fontsize=7, xytext=(3, 3), textcoords="offset points")
    axes.set_xlabel("Mbit/s")
    axes.set_ylabel("日 days")
    axes.set_ylim(0, 40)
    axes.legend(fontsize=7)
    axes.grid(alpha=0.3)


def data_of(bom: Bom, assumed: Assumptions) -> dict[str, object]:
    """Returns each plot's data, by the name of its file."""
    points = {city: [it.encoder.bitrate_bps, card_sheet(it, assumed).holds_days] for city, it in shipped().items()}
    return {
        "power": power_data(bom, assumed),
        "coverage": coverage_data(bom, assumed),
        "heat": heat_data(bom, assumed),
        "retention": [retention_data(), points],
    }


def draw(bom: Bom, assumed: Assumptions, folder: Path = PICTURES) -> None:
    """Writes every plot as SVG; the same figures make the same file."""
    data = data_of(bom, assumed)
    style: dict[Any, Any] = {"svg.hashsalt": "mimamori", "svg.fonttype": "none"}
    with mpl.rc_context(style | {"font.family": ["DejaVu Sans", "Noto Sans CJK JP"]}):
        drawings = {name: Drawing(figsize=(8, 3.4), layout="constrained") for name in data}
        draw_power(drawings["power"].subplots(), power_data(bom, assumed), assumed)
        _draw_coverages(drawings["coverage"], bom, assumed)
        draw_heat(drawings["heat"].subplots(), heat_data(bom, assumed), assumed)
        draw_retention(drawings["retention"].subplots(), retention_data(), assumed)
        for name, drawing in drawings.items():
            said = {"Date": None, "Description": drawn_from(data[name])}
            drawing.savefig(folder / f"{name}.svg", format="svg", metadata=said)


def _draw_coverages(drawing: Drawing, bom: Bom, assumed: Assumptions) -> None:
    halves, edges = drawing.subplots(1, 2), coverage_data(bom, assumed)
    for axes, build in zip(halves, BUILDS, strict=True):
        at = station(bom, assumed, build)
        across, down, _ = at.optics.field_deg
        draw_coverage(axes, edges[build], f"{build}: {at.height_m} m, {at.tilt_deg:.0f}°, {across:.0f}° × {down:.0f}°")
    halves[0].legend(fontsize=6, loc="upper left")
