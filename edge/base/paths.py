"""Paths in configuration files: relative ones are meant from the file's own folder."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, BeforeValidator, ValidationInfo


def _to_path(value: object) -> Path:
    if isinstance(value, Path):
        return value
    if not isinstance(value, str) or not value or "\0" in value or len(value) > 1024:
        raise ValueError("a path as text is needed, at most 1024 characters")
    return Path(value)


def _from_folder(value: Path, info: ValidationInfo) -> Path:
    context = info.context
    return context["folder"] / value if isinstance(context, dict) and "folder" in context else value


ConfigPath = Annotated[Path, BeforeValidator(_to_path), AfterValidator(_from_folder)]
"""A path; relative ones are resolved against the folder of the configuration file (``edge.base.config.load``)."""
