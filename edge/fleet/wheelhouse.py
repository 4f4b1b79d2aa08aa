"""A release's folder, unsigned: a wheelhouse for Trixie's Python, a node's or a center's, from what the lock file pins.

    RELEASE/wheels/*.whl  wheels/requirements.txt  debs/*.deb

Rules:
  1. Only wheels, none built on a node; each, or the source that it was built of here, has a hash that
     ``requirements.lock`` names, but our own.
  2. ``requirements.txt`` pins every wheel of the folder by its hash, our own too: nothing else is installed.
"""

from __future__ import annotations

import hashlib
import re
import shutil
import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, requires
from pathlib import Path

from packaging.markers import Marker
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name, parse_wheel_filename

from edge.base.errors import BadConfiguration, Stop
from edge.base.files import private_directory, write_durably
from edge.wire.release import WHEELS

DEBS = "debs"
CHECKOUT = Path(__file__).resolve().parents[2]
PYTHON = "3.13"
"""Trixie's, and so Raspberry Pi OS's."""
MACHINES = ("aarch64", "x86_64")
PARTS = ("node", "center")
"""What a release is for; each is an extra of ``pyproject.toml``."""
_GLIBC = 41
"""Trixie's minor version of glibc; a wheel for an older one runs, too."""
_ENTRY = re.compile(r"^([A-Za-z0-9._-]+)==([^\s;\\]+)(?:\s*;\s*(.*?))?\s*\\?$")
_TAIL = 1000


@dataclass(frozen=True, slots=True)
class Pin:
    """One package of the lock file, with the hashes that its files may have."""

    name: str
    version: str
    hashes: frozenset[str]


def environment(machine: str) -> dict[str, str]:
    """Returns what markers mean there (PEP 508)."""
    return {
        "python_version": PYTHON,
        "python_full_version": f"{PYTHON}.0",
        "sys_platform": "linux",
        "platform_system": "Linux",
        "platform_machine": machine,
        "implementation_name": "cpython",
        "platform_python_implementation": "CPython",
        "os_name": "posix",
    }


def pins_of(lock: str, wanted: Iterable[str], machine: str) -> list[Pin]:
    """Returns what of a lock file a machine installs.

    Raises:
        BadConfiguration: the lock file lacks some of it.
    """
    names, found = set(wanted), []
    for entry in re.split(r"\n(?=\S)", lock):
        head, _, rest = entry.partition("\n")
        match = _ENTRY.match(head)
        if match is None or canonicalize_name(match[1]) not in names:
            continue
        if match[3] and not Marker(match[3]).evaluate(environment(machine)):
            continue
        hashes = frozenset(re.findall(r"--hash=sha256:([0-9a-f]{64})", rest))
        found.append(Pin(canonicalize_name(match[1]), match[2], hashes))
    lacking = names - {pin.name for pin in found}
    if lacking:
        raise BadConfiguration(f"requirements.lock lacks {', '.join(sorted(lacking))}; run 'make lock'")
    return found


def packages_of(part: str, machine: str) -> set[str]:
    """Returns the names of all packages that a node or a center needs, as the installed ones tell.

    Raises:
        BadConfiguration: one is not installed on this machine.
    """
    project = tomllib.loads((CHECKOUT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    asked = [Requirement(text) for text in (*project["dependencies"], *project["optional-dependencies"][part])]
    found: set[str] = set()
    while asked:
        one = asked.pop()
        name = canonicalize_name(one.name)
        if name not in found:
            found.add(name)
            asked += _needed_by(one, environment(machine))
    return found


def fetch(folder: Path, pins: Iterable[Pin], machine: str) -> frozenset[str]:
    """Fetches the wheels for a machine, and returns the names of those that were built here of their source.

    Raises:
        Stop: pip failed, a file is not one that the lock file knows, or a source is not of Python alone.
    """
    tags = [f"manylinux_2_{minor}_{machine}" for minor in range(_GLIBC, 4, -1)] + [f"manylinux2014_{machine}"]
    with tempfile.TemporaryDirectory() as name:
        listed, fetched = Path(name, "pins.txt"), Path(name, "files")
        listed.write_text("".join(_line(pin.name, pin.version, pin.hashes) for pin in pins), encoding="utf-8")
        _pip(
            "download", "--no-deps", "--no-build-isolation", "--require-hashes", "--python-version", PYTHON,
            "--implementation", "cp", "--abi", "cp313", "--abi", "abi3", "--abi", "none",
            *(word for tag in tags for word in ("--platform", tag)), "-r", str(listed), "-d", str(fetched),
        )  # fmt: skip
        built = frozenset(_build(source, fetched) for source in sorted(fetched.glob("*.tar.gz")))
        for old in private_directory(folder).glob("*.whl"):
            old.unlink()
        for wheel in fetched.glob("*.whl"):
            shutil.copyfile(wheel, folder / wheel.name)
    return built


def _build(source: Path, folder: Path) -> str:
    """sdnotify, for one, comes as source alone."""
    before = set(folder.glob("*.whl"))
    _pip("wheel", "--no-deps", "--no-build-isolation", "--no-index", "-w", str(folder), str(source))
    (made,) = set(folder.glob("*.whl")) - before
    if not made.name.endswith("-none-any.whl"):
        raise Stop(f"{source.name}: makes {made.name}, which is for this machine alone; pin a version that has a wheel")
    return made.name


def build_own(folder: Path) -> None:
    """Builds our own wheel from this checkout.

    Raises:
        Stop: pip failed.
    """
    _pip("wheel", "--no-deps", "--no-build-isolation", "--no-index", "-w", str(folder), str(CHECKOUT))


def seal_wheels(folder: Path, known: Mapping[str, Pin], built: Collection[str]) -> int:
    """Writes ``requirements.txt`` (rule 2) and returns how many wheels it names.

    Args:
        known: pins by name; our own package needs none.
        built: names of wheels whose source the lock file names.

    Raises:
        Stop: a wheel is of a package, or has a hash, that the lock file does not name.
    """
    lines = []
    for path in sorted(folder.glob("*.whl")):
        name, version, *_ = parse_wheel_filename(path.name)
        sha256 = hashlib.sha256(path.read_bytes()).hexdigest()
        pinned = name in known and (path.name in built or sha256 in known[name].hashes)
        if name != "mimamori-edge" and not pinned:
            raise Stop(f"{path}: not a wheel that requirements.lock names; remove it and fetch again")
        lines.append(_line(name, str(version), {sha256}))
    write_durably(folder / "requirements.txt", "".join(lines).encode())
    return len(lines)


def gather(out: Path, part: str, machine: str) -> int:
    """Makes the whole folder and returns how many wheels it has."""
    lock = (CHECKOUT / "requirements.lock").read_text(encoding="utf-8")
    pins = pins_of(lock, packages_of(part, machine), machine)
    wheels = private_directory(out) / WHEELS
    built = fetch(wheels, pins, machine)
    build_own(wheels)
    private_directory(out / DEBS)
    return seal_wheels(wheels, {pin.name: pin for pin in pins}, built)


def _needed_by(one: Requirement, markers: Mapping[str, str]) -> list[Requirement]:
    try:
        texts = requires(one.name) or []
    except PackageNotFoundError as error:
        raise BadConfiguration(f"{one.name} is not installed on this machine; run 'make setup'") from error
    needed = [Requirement(text) for text in texts]
    extras = ("", *one.extras)
    return [
        each
        for each in needed
        if each.marker is None or any(each.marker.evaluate({**markers, "extra": extra}) for extra in extras)
    ]


def _line(name: str, version: str, hashes: Iterable[str]) -> str:
    return f"{name}=={version}" + "".join(f" \\\n    --hash=sha256:{one}" for one in sorted(hashes)) + "\n"


def _pip(*words: str) -> None:
    command = [sys.executable, "-m", "pip", "--disable-pip-version-check", "-q", *words]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise Stop(f"pip {words[0]}: status {done.returncode}: {(done.stdout + done.stderr)[-_TAIL:].strip()}")
