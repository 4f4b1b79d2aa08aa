"""What the cases are drawn around: the bill's envelopes and angles, read without the firmware's libraries."""

from __future__ import annotations

import hashlib
import json
import tomllib
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).resolve().parent
Size = tuple[float, float, float]


def bill() -> dict[str, Any]:
    """Returns ``bom.toml``."""
    return tomllib.loads((FOLDER.parent / "bom.toml").read_text(encoding="utf-8"))


def size_mm(part: str) -> Size:
    """Returns length, width, height of a part's envelope."""
    x, y, z = bill()["part"][part]["size_mm"]["is"]
    return float(x), float(y), float(z)


def tilt_deg(build: str) -> float:
    """Returns how far below the horizon a build's lens looks."""
    return float(bill()["build"][build]["mount"]["tilt_deg"])


def source_digest() -> str:
    """Returns SHA-256 over all that decides the solids: this folder's code, every envelope, every angle."""
    parts = {name: part["size_mm"]["is"] for name, part in bill()["part"].items()}
    angles = {name: tilt_deg(name) for name in bill()["build"]}
    digest = hashlib.sha256(json.dumps([parts, angles], sort_keys=True).encode())
    for path in sorted(FOLDER.glob("*.py")):
        digest.update(path.name.encode() + path.read_bytes())
    return digest.hexdigest()
