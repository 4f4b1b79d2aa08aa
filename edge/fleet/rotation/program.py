"""Packs ``edge.passwords`` with what it needs into one file that any python3 from 3.11 on runs by itself."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import edge
from edge.base.files import write_durably

_SHEBANG = b"#!/usr/bin/python3 -I\n"
_MAIN = "import sys\nfrom edge.passwords.__main__ import main\nsys.exit(main(sys.argv[1:]))\n"
_BASE = ("__init__", "clock", "errors", "files", "openroot", "strictjson")
_MOMENT = (2026, 1, 1, 0, 0, 0)


def program() -> bytes:
    """Returns the program; the same code gives the same bytes."""
    root = Path(edge.__file__).parent
    files = [root / "__init__.py", *(root / "base" / f"{name}.py" for name in _BASE)]
    files += sorted((root / "passwords").glob("*.py"))
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(zipfile.ZipInfo("__main__.py", _MOMENT), _MAIN)
        for path in files:
            name = f"edge/{path.relative_to(root).as_posix()}"
            archive.writestr(zipfile.ZipInfo(name, _MOMENT), path.read_bytes(), zipfile.ZIP_DEFLATED)
    return _SHEBANG + packed.getvalue()


def write_program(path: Path) -> None:
    """Writes the program.

    Raises:
        StorageFault: the disk refused.
    """
    write_durably(path, program(), mode=0o755)
