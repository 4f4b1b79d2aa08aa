"""The picamera2 package: is it there, and is it one that can be used."""

from __future__ import annotations

import importlib
import re
from importlib import metadata
from types import ModuleType

from edge.base.errors import BadConfiguration

OLDEST = (0, 3, 33)
"""0.3.32 does not flush what is painted out of the processor's cache: hardware may encode what lies under it.
Releases before that cannot be asked for an IDR."""


def load() -> ModuleType:
    """Imports picamera2.

    Raises:
        BadConfiguration: it is missing or too old.
    """
    try:
        version = metadata.version("picamera2")
        require(version)
        return importlib.import_module("picamera2")
    except ImportError as error:
        raise BadConfiguration(
            f"picamera2 cannot be used here ({error}): install python3-picamera2 with apt, "
            "in the environment's system (venv --system-site-packages)"
        ) from error


def require(version: str) -> None:
    """Raises BadConfiguration for a version before ``OLDEST``, and for what is no version."""
    told = re.fullmatch(r"(\d{1,4})\.(\d{1,4})\.(\d{1,4})(?:[-+.~].{1,40})?", version)
    if told is None or tuple(int(part) for part in told.groups()) < OLDEST:
        oldest = ".".join(str(part) for part in OLDEST)
        raise BadConfiguration(
            f"picamera2 is {version}; {oldest} or later is needed (0.3.32 may encode what lies under masks): "
            "apt-get install --only-upgrade python3-picamera2"
        )
