"""Configuration files: TOML, parsed once at start into frozen models; all faults at once, each with its path."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Mapping
from pathlib import Path

from pydantic import ValidationError

from edge.base.errors import BadConfiguration
from edge.base.model import Model, faults

_SIZE_LIMIT = 256 * 1024


def load(path: Path, model: type[Model]) -> Model:
    """Reads ``path`` into ``model``; relative paths in it mean relative to the file's folder (``pydantic`` context).

    Raises:
        BadConfiguration: unreadable, not TOML, or against the model; the message lists every fault, a line each.
    """
    try:
        data = path.read_bytes()
    except OSError as error:
        raise BadConfiguration(
            f"{path}: cannot be read ({error.strerror}); give the path of a readable file"
        ) from error
    if len(data) > _SIZE_LIMIT:
        raise BadConfiguration(f"{path}: {len(data)} bytes; a configuration is at most {_SIZE_LIMIT}")
    try:
        tree = tomllib.loads(data.decode("utf-8"))
    except (ValueError, RecursionError) as error:  # a number of 5,000 digits is a plain ValueError
        raise BadConfiguration(f"{path}: not TOML: {error}") from error
    try:
        return model.model_validate(tree, context={"folder": path.resolve().parent})
    except ValidationError as error:
        lines = faults(error)
        raise BadConfiguration("\n".join(f"{path}: {line}" for line in lines)) from error


def to_toml(tree: Mapping[str, object]) -> bytes:
    """Returns a tree of scalars, lists and tables as TOML; its strings and numbers are written as JSON writes them."""
    return "\n".join(_lines(tree, "")).encode() + b"\n"


def _lines(tree: Mapping[str, object], path: str) -> list[str]:
    """Returns a table's own lines, then those of the tables in it; ``path`` stands before their names."""
    lines = [f"{key} = {json.dumps(value)}" for key, value in tree.items() if not isinstance(value, dict)]
    for key, value in tree.items():
        if isinstance(value, dict):
            lines += ["", f"[{path}{key}]", *_lines(value, f"{path}{key}.")]
    return lines
