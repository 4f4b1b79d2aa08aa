"""Releases for nodes of the lab: the locked wheels, and our own code under another version, spoilt or not."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path

from edge import __version__
from edge.wire import signed
from edge.wire.keys import SigningKey
from edge.wire.release import RELEASE, WHEELS, Release, describe_file
from tests.lab.nodes.wheels import build_wheel, copy_shipped, locked_wheels

Spoil = Callable[[Path], None]
_LOOKS_WELL = """
import sdnotify, time
while True:
    sdnotify.SystemdNotifier().notify("READY=1\\nWATCHDOG=1")
    time.sleep(5)
"""


def nothing(_sources: Path) -> None:
    """Leaves the code as it is."""


def recorder_that_ends(sources: Path) -> None:
    """The recorder ends at its start, as where an import is missing on the board."""
    _begin_recorder_with(sources, "raise SystemExit(70)\n")


def recorder_that_seals_nothing(sources: Path) -> None:
    """The recorder runs, and looks well to whoever asks systemd alone."""
    _begin_recorder_with(sources, _LOOKS_WELL)


def _begin_recorder_with(sources: Path, lines: str) -> None:
    path = sources / "edge" / "node" / "record.py"
    before, first, after = path.read_text().partition("from __future__ import annotations\n")
    assert first, "or Python would not even read it"
    path.write_text(before + first + lines + after)


def unlike_its_signature(sources: Path) -> None:
    """It says another version of itself than was signed."""
    path = sources / "edge" / "__init__.py"
    path.write_text(path.read_text() + '__version__ = "9.9.9"\n')


def make_release(
    folder: Path, signer: SigningKey, number: int, version: str, at_us: int, spoil: Spoil = nothing
) -> Path:
    """Makes a signed release in ``folder`` and returns it."""
    wheels = folder / WHEELS
    shutil.copytree(locked_wheels(), wheels, ignore=shutil.ignore_patterns("requirements.txt"))
    with tempfile.TemporaryDirectory() as copied:
        sources = Path(copied)
        copy_shipped(sources)
        for name in ("edge/__init__.py", "pyproject.toml"):
            path = sources / name
            path.write_text(path.read_text().replace(f'"{__version__}"', f'"{version}"'))
        spoil(sources)
        build_wheel(sources, wheels)
    files = tuple(describe_file(folder, path) for path in sorted(wheels.iterdir()))
    word = Release(number=number, version=version, issued=at_us, files=files)
    (folder / RELEASE).write_bytes(signed.sign("release", word, signer).data)
    return folder
