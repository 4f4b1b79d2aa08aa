"""Draws what a frame costs the recorder, stage by stage, over what makes it grow."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.figure import Figure

_ENCODER = "encode"


def draw(path: Path, sweep: Mapping[str, Mapping[str, Mapping[str, float]]]) -> None:
    """Writes an SVG: encoding above, all other stages stacked below; a column for each thing that changes."""
    figure = Figure(figsize=(9, 5.4), layout="constrained")
    rows = figure.subplots(2, len(sweep), sharey="row")
    for (what, by), above, below in zip(sweep.items(), rows[0], rows[1], strict=True):
        above.bar(list(by), [costs[_ENCODER] for costs in by.values()], color="#9aa7b3")
        _stacked(below, by)
        below.set_xlabel(what, fontsize=8)
        for axes in (above, below):
            axes.tick_params(labelsize=7)
    rows[0][0].set_ylabel("encoding, ms of CPU a frame", fontsize=8)
    rows[1][0].set_ylabel("all else, ms of CPU a frame", fontsize=8)
    figure.legend(*rows[1][0].get_legend_handles_labels(), loc="outside right upper", fontsize=7)
    with mpl.rc_context({"svg.hashsalt": "mimamori", "svg.fonttype": "none"}):
        figure.savefig(path, format="svg", metadata={"Date": None})


def _stacked(axes: Axes, by: Mapping[str, Mapping[str, float]]) -> None:
    heights = [0.0] * len(by)
    for number, stage in enumerate(stage for stage in next(iter(by.values())) if stage != _ENCODER):
        costs = [each[stage] for each in by.values()]
        axes.bar(list(by), costs, bottom=heights, label=stage, color=mpl.colormaps["tab10"](number))
        heights = [height + cost for height, cost in zip(heights, costs, strict=True)]
