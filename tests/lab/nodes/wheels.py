"""The wheelhouse of a node: what our lock file pins for a node's Python, and our own wheel."""

from __future__ import annotations

import hashlib
import platform
import re
import shutil
import subprocess
import sys
import tempfile
import tomllib
from importlib.metadata import PackageNotFoundError, requires
from pathlib import Path

from packaging.markers import Marker
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.lab.nodes.cache import kept, key_of, tell

CHECKOUT = Path(__file__).parents[3]
PYTHON = "3.13"
"""Trixie's, and so Raspberry Pi OS's."""
REQUIREMENTS = "requirements.txt"
_SHIPPED = ("edge", "pyproject.toml", "README.md", "LICENSE")
_ENTRY = re.compile(r"^([A-Za-z0-9._-]+)==([^\s;\\]+)(?:\s*;\s*(.*?))?\s*\\?$")


def wheelhouse() -> Path:
    """Returns a folder with every wheel of a node: the locked ones and our own."""
    own, locked = own_wheel(), locked_wheels()

    def make(folder: Path) -> None:
        for wheel in (*locked.glob("*.whl"), own):
            shutil.copyfile(wheel, folder / wheel.name)
        shutil.copyfile(locked / REQUIREMENTS, folder / REQUIREMENTS)

    return kept("wheelhouse", key_of(locked.name, own.parent.name), make)


def locked_wheels(*parts: str, machine: str = platform.machine(), more: tuple[str, ...] = ()) -> Path:
    """Returns the folder of the locked wheels, with ``requirements.txt``: their versions and hashes.

    Args:
        parts: what they are for, a node if nothing is named; each is an extra of ours.
        machine: that they are for.
        more: further packages, which the lock file has to have.
    """
    text = _locked(parts or ("node",), machine, more)
    kind = "wheels" if machine == platform.machine() else f"{machine}-wheels"
    return kept(kind, key_of(text, machine), lambda folder: _download(folder, text, machine))


def picamera_wheels(machine: str) -> Path:
    """Returns the folder of the camera library's wheels, as ``locked_wheels`` does; a board has it from Debian."""
    text = (CHECKOUT / "requirements-picamera.lock").read_text()
    return kept(f"{machine}-picamera-wheels", key_of(text), lambda folder: _download(folder, text, machine))


def own_wheel() -> Path:
    """Returns the wheel of the code in this checkout."""
    (wheel,) = kept("own", source_key(), _build).glob("*.whl")
    return wheel


def source_key(*names: str) -> str:
    """Returns what names the content of files and folders of this checkout; of the code, if none is given."""
    parts: list[bytes | str] = []
    for path in _shipped(names or _SHIPPED):
        mode = path.stat().st_mode
        parts += [str(path.relative_to(CHECKOUT)), oct(mode), path.read_bytes()]
    return key_of(*parts)


def _locked(parts: tuple[str, ...], machine: str, more: tuple[str, ...]) -> str:
    """Returns what of ``requirements.lock`` is installed by Trixie's Python: pins with hashes, without markers."""
    markers = _markers(machine)
    wanted = _closure([*_own_requirements(parts), *map(Requirement, more)], markers)
    entries, taken, found = (CHECKOUT / "requirements.lock").read_text().splitlines(), False, set()
    lines = []
    for line in entries:
        if entry := _ENTRY.match(line):
            name, version, marker = canonicalize_name(entry[1]), entry[2], entry[3]
            taken = name in wanted and (not marker or Marker(marker).evaluate(markers))
            if taken:
                found.add(name)
                lines.append(f"{name}=={version} \\")
        elif taken:
            lines.append(line)
    assert found == wanted, f"requirements.lock lacks {sorted(wanted - found)}; run make lock"
    return "\n".join(lines) + "\n"


def _markers(machine: str) -> dict[str, str]:
    return {"python_version": PYTHON, "python_full_version": f"{PYTHON}.0", "sys_platform": "linux",
            "platform_system": "Linux", "platform_machine": machine, "implementation_name": "cpython",
            "platform_python_implementation": "CPython", "os_name": "posix"}  # fmt: skip


def _own_requirements(extras: tuple[str, ...]) -> list[Requirement]:
    project = tomllib.loads((CHECKOUT / "pyproject.toml").read_text())["project"]
    asked = [*project["dependencies"]]
    for extra in extras:
        asked += project["optional-dependencies"][extra]
    return [Requirement(text) for text in asked]


def _closure(asked: list[Requirement], markers: dict[str, str]) -> set[str]:
    found: set[str] = set()
    while asked:
        one = asked.pop()
        name = canonicalize_name(one.name)
        if name in found:
            continue
        found.add(name)
        try:
            texts = requires(name) or []
        except PackageNotFoundError as error:
            raise RuntimeError(f"{name} is not installed beside the tests; run deploy/setup") from error
        for text in texts:
            needed = Requirement(text)
            if needed.marker is None or any(
                needed.marker.evaluate({**markers, "extra": extra}) for extra in ("", *one.extras)
            ):
                asked.append(needed)
    return found


def _download(folder: Path, text: str, machine: str) -> None:
    tell(f"fetching the wheels that the lock file pins for {machine}, once")
    tags = [f"manylinux_2_{minor}_{machine}" for minor in (41, *range(39, 4, -1))] + [f"manylinux2014_{machine}"]
    words = [word for tag in tags for word in ("--platform", tag)]
    with tempfile.TemporaryDirectory() as asked:
        listed = Path(asked, "requirements.txt")
        listed.write_text(text)
        _pip("download", "--no-deps", "--no-build-isolation", "--require-hashes", "--python-version", PYTHON,
             "--implementation", "cp", "--abi", "cp313", "--abi", "abi3", "--abi", "none", *words, "-r", str(listed),
             "-d", str(folder))  # fmt: skip
    for source in folder.glob("*.tar.gz"):  # sdnotify comes as source alone, and is pure Python
        _pip("wheel", "--no-deps", "--no-build-isolation", "--no-index", "-w", str(folder), str(source))
        source.unlink()
    (folder / REQUIREMENTS).write_text("".join(_pinned(wheel) for wheel in sorted(folder.glob("*.whl"))))


def _pinned(wheel: Path) -> str:
    name, version = wheel.name.split("-")[:2]
    return f"{canonicalize_name(name)}=={version} --hash=sha256:{hashlib.sha256(wheel.read_bytes()).hexdigest()}\n"


def _build(folder: Path) -> None:
    with tempfile.TemporaryDirectory() as copied:
        copy_shipped(Path(copied))
        build_wheel(Path(copied), folder)


def copy_shipped(folder: Path) -> None:
    """Copies what our wheel is made of."""
    for path in _shipped(_SHIPPED):
        target = folder / path.relative_to(CHECKOUT)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, target)


def build_wheel(sources: Path, folder: Path) -> None:
    """Makes our wheel from sources that were copied."""
    _pip("wheel", "--no-deps", "--no-build-isolation", "--no-index", "-w", str(folder), str(sources))


def _shipped(names: tuple[str, ...]) -> list[Path]:
    found = []
    for name in names:
        place = CHECKOUT / name
        found += [place] if place.is_file() else [path for path in place.rglob("*") if path.is_file()]
    return sorted(path for path in found if "__pycache__" not in path.parts and ".egg-info" not in str(path))


def _pip(*words: str) -> None:
    command = [sys.executable, "-m", "pip", "--disable-pip-version-check", *words, "-q"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd="/")
    if done.returncode:
        raise RuntimeError(f"pip {words[0]}: status {done.returncode}: {done.stdout[-1500:]}{done.stderr[-1500:]}")
