"""Painters with a fault, for controls: each leaves one row of a luma rectangle, or one chroma sample, as it was."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import product

from edge.mask.paint import PaintPlan


def leaking_plans(sound: PaintPlan) -> Iterator[tuple[str, PaintPlan]]:
    """Yields every such plan with what it leaks."""
    yield from leaking_rows(sound)
    yield from leaking_samples(sound)


def leaking_rows(sound: PaintPlan) -> Iterator[tuple[str, PaintPlan]]:
    """Yields plans that leave one row of a luma rectangle."""
    for index, (rows, columns) in enumerate(sound.y):
        others = sound.y[:index] + sound.y[index + 1 :]
        for row in range(rows.start, rows.stop):
            kept = ((slice(rows.start, row), columns), (slice(row + 1, rows.stop), columns))
            yield f"luma rectangle {index} leaks row {row}", replace(sound, y=others + kept)


def leaking_samples(sound: PaintPlan) -> Iterator[tuple[str, PaintPlan]]:
    """Yields plans that leave one sample of both chroma planes."""
    for index, (rows, columns) in enumerate(sound.chroma):
        others = sound.chroma[:index] + sound.chroma[index + 1 :]
        for row, column in product(range(rows.start, rows.stop), range(columns.start, columns.stop)):
            around = ((slice(rows.start, row), columns), (slice(row + 1, rows.stop), columns))
            beside = (
                (slice(row, row + 1), slice(columns.start, column)),
                (slice(row, row + 1), slice(column + 1, columns.stop)),
            )
            yield f"chroma sample {column}, {row} leaks", replace(sound, chroma=others + around + beside)
