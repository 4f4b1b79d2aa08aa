"""Draws what was sampled: memory, file descriptors and threads of each process over the soak, with what went wrong."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from itertools import groupby
from pathlib import Path

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from tests.soak.faults import Fault
from tests.soak.verdict import MIB, Sample

_INSTANT_S = 0.8
_PROCESS_COLOURS = ("#16559c", "#b01818", "#14713d", "#8a5200", "#5b3a9b", "#525c66")
_FAULT_COLOURS = {"kill": "#b01818", "stop": "#b01818", "line": "#d9a400", "disk": "#5b3a9b", "clock": "#16559c"}
_PANELS: tuple[tuple[str, Callable[[Sample], float]], ...] = (
    ("resident memory, MiB", lambda sample: sample.rss_bytes / MIB),
    ("file descriptors", lambda sample: sample.descriptors),
    ("threads", lambda sample: sample.threads),
)


def draw(path: Path, samples: Mapping[str, Sequence[Sample]], faults: Sequence[Fault], title: str) -> None:
    """Writes a PNG."""
    figure = Figure(figsize=(11, 9), layout="constrained")
    panels: Sequence[Axes] = figure.subplots(len(_PANELS), 1, sharex=True)
    for axes, (name, pick) in zip(panels, _PANELS, strict=True):
        _faults(axes, faults)
        for (process, found), colour in zip(samples.items(), _PROCESS_COLOURS, strict=True):
            _lives(axes, process, found, pick, colour)
        axes.set_ylabel(name)
        axes.set_ylim(bottom=0)
        axes.grid(alpha=0.3)
    panels[0].set_title(title)
    panels[0].legend(loc="lower right", ncols=3)
    panels[-1].set_xlabel("minutes; shaded: kill and stop red, line yellow, disk violet, clock blue")
    figure.savefig(path, dpi=100)


def _lives(axes: Axes, process: str, found: Sequence[Sample], pick: Callable[[Sample], float], colour: str) -> None:
    """Draws each life of a process as a line of its own."""
    for number, (_, life) in enumerate(groupby(found, key=lambda one: one.pid)):
        points = [(one.real_s / 60, pick(one)) for one in life]
        name = process if number == 0 else f"_{process}"  # an underscore keeps it out of the legend
        axes.plot([at for at, _ in points], [value for _, value in points], color=colour, linewidth=1.2, label=name)


def _faults(axes: Axes, faults: Sequence[Fault]) -> None:
    for fault in faults:
        end_s = fault.at_s + max(fault.lasts_s, _INSTANT_S)
        colour = _FAULT_COLOURS[fault.what.split()[0]]
        axes.axvspan(fault.at_s / 60, end_s / 60, color=colour, alpha=0.18, linewidth=0)
