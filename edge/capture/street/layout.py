"""Where things stand in the street."""

from __future__ import annotations

Place = tuple[str, str, tuple[tuple[float, float], ...]]
"""Id, kind (door, window, garden, balcony, other) and polygon, normalised 0..1."""


def private_places() -> tuple[Place, ...]:
    """Returns the doors, windows and gardens of the nearer houses; the same for every picture size."""
    return (
        ("door-1", "door", ((0.80, 0.45), (0.85, 0.45), (0.85, 0.65), (0.80, 0.63))),
        ("window-1", "window", ((0.87, 0.44), (0.98, 0.43), (0.98, 0.66), (0.87, 0.63))),
    )
