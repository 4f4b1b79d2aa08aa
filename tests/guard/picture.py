"""Draws which shifts are noticed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import matplotlib as mpl
from matplotlib.figure import Figure


def draw(path: Path, shifts_px: Sequence[int], curves: Mapping[str, Sequence[float]]) -> None:
    """Writes an SVG: share of shifts noticed at the first look, over their length, a curve a scene."""
    figure = Figure(figsize=(8, 3.6), layout="constrained")
    axes = figure.subplots()
    axes.axvspan(0, 12, color="#e8eef4", label="up to 3/4 of the margin: masks still cover")
    for name, curve in curves.items():
        axes.plot(shifts_px, [100 * share for share in curve], marker="o", markersize=3, label=name)
    axes.set_xlabel("shift of the picture, pixels (margin 16)")
    axes.set_ylabel("noticed at the first look, %")
    axes.set_xlim(0, max(shifts_px) + 2)
    axes.legend(fontsize=7, loc="lower right")
    with mpl.rc_context({"svg.hashsalt": "mimamori", "svg.fonttype": "none"}):
        figure.savefig(path, format="svg", metadata={"Date": None})
