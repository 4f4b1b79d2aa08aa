"""The filter ``from_toml``: a city's profile is read where it lies, and nothing of it is written down twice."""

from __future__ import annotations

import tomllib
from collections.abc import Callable
from typing import Any


class FilterModule:
    """What Ansible asks for."""

    def filters(self) -> dict[str, Callable[[str], dict[str, Any]]]:
        """Returns the filters by name."""
        return {"from_toml": tomllib.loads}
