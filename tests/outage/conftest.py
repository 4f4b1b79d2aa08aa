"""One real uplink beside the simulated ones."""

from __future__ import annotations

from tests.uplink.conftest import center, pki, town

__all__ = ["center", "pki", "town"]
