"""Draws recorder and peers side by side."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import matplotlib as mpl
from matplotlib.figure import Figure

from tests.bench.peers.leaks import Leak
from tests.bench.peers.rows import Row

_OURS, _PEERS = "#1f5a92", "#9aa7b3"


def draw(path: Path, rows: Sequence[Row], others: dict[str, Leak]) -> None:
    """Writes an SVG of four panels: CPU, memory, what a kill took, and private pixels shown, by output."""
    shown = {row.name: float(row.leak.private_px) for row in rows}
    shown |= {f"motion: {name}": float(leak.private_px) for name, leak in others.items()}
    panels = (
        ("CPU, ms a second of video", {row.name: 1000 * row.cpu_ratio for row in rows}),
        ("memory, peak, MiB", {row.name: row.peak_mib for row in rows}),
        ("lost by kill -9, mean, s", {row.name: row.lost_s for row in rows}),
        ("private pixels shown, worst picture", shown),
    )
    figure = Figure(figsize=(9, 4.6), layout="constrained")
    for axes, (title, bars) in zip(figure.subplots(2, 2).flat, panels, strict=True):
        names = list(bars)
        colours = [_OURS if name == rows[0].name else _PEERS for name in names]
        values = list(bars.values())
        labels = [f"{value:,.0f}" if value >= 100 else f"{value:.3g}" for value in values]
        axes.bar_label(axes.barh(names, values, color=colours), labels, fontsize=7, padding=2)
        axes.set_title(title, fontsize=9)
        axes.tick_params(labelsize=7)
        axes.invert_yaxis()
        axes.margins(x=0.2)
    with mpl.rc_context({"svg.hashsalt": "mimamori", "svg.fonttype": "none"}):
        figure.savefig(path, format="svg", metadata={"Date": None})
