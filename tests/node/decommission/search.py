"""Searches a raw disk for what must not be on it once its node is decommissioned."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

from edge.seal.record import MAGIC


def found_on(image: Path, **secrets: bytes) -> dict[str, int]:
    """Returns how often records, private keys in PEM, and each secret by its name stand on a disk's image."""
    data = image.read_bytes()
    counted: Mapping[str, int] = {name: data.count(secret) for name, secret in secrets.items()}
    return {"record": data.count(MAGIC), "private key": len(re.findall(rb"PRIVATE KEY", data)), **counted}
