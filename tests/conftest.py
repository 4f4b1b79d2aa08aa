"""The order of the suite: journeys take longest, so they start first and the rest fills the other core."""

from __future__ import annotations

import pytest


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Puts journeys first; the order within a file stays."""
    items.sort(key=lambda item: item.get_closest_marker("journey") is None)
