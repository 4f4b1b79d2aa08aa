"""Draws how long something takes as machines become more."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import matplotlib as mpl


def draw_growth(points: Sequence[tuple[int, float]], title: str, picture: Path) -> None:
    """Draws seconds by machines; the same points give the same file."""
    mpl.use("Agg")
    mpl.rcParams.update({"svg.hashsalt": "mimamori", "svg.fonttype": "none"})
    import matplotlib.pyplot as plt

    figure, axes = plt.subplots(figsize=(6, 2.8), layout="constrained")
    axes.plot(*zip(*points, strict=True), marker="o", color="#16559c")
    axes.set(xlabel="machines", ylabel="seconds", xlim=(0, None), ylim=(0, None))
    axes.set_title(title, fontsize=9)
    axes.grid(alpha=0.3)
    figure.savefig(picture, metadata={"Date": None})
