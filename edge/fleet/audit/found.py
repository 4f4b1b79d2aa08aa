"""What the playbook ``audit`` left behind, read as hostile: a machine that somebody took over may write anything.

One folder: ``<node>.json`` is what a machine says of itself (``ansible/roles/audit/files/look.py``),
``scan.<vantage>.json`` what answered to knocking, ``drift.jsonl`` what a run would have changed.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

from pydantic import ConfigDict, Field, TypeAdapter, ValidationError

from edge.base.errors import BadInput
from edge.base.files import read_bounded
from edge.base.model import Strict

_LIMIT_BYTES = 4 * 1024 * 1024
_DRIFT_LIMIT_BYTES = 256 * 1024 * 1024
DRIFT = "drift.jsonl"
Line = Annotated[str, Field(max_length=2000)]
Lines = Annotated[tuple[Line, ...], Field(strict=False, max_length=200)]
Port = Annotated[int, Field(ge=0, le=65535)]


class _Said(Strict):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class Versions(_Said):
    """Of our software, of Debian, of the kernel; empty where unknown."""

    mimamori: Line
    debian: Line
    kernel: Line


class Listener(_Said):
    """A socket that waits for others."""

    protocol: Literal["tcp", "udp"]
    address: Line
    port: Port
    process: Line


class Account(_Said):
    """Somebody with a shell."""

    name: Line
    password: Literal["none", "locked", "set"]


class Looked(_Said):
    """What one machine says of itself.

    Attributes:
        time: the machine's clock, seconds.
        sudo_group: members, with commas.
        authorized_keys: files with keys, whether sshd takes them or not.
        sshd: settings that decide who gets in, as ``sshd -T`` prints them.
        host_certificate: as ``ssh-keygen -L`` prints it, in UTC.
        certificate, key_list: the files' text, still to be parsed.
        passwords_made_us: decimal UTC microseconds; empty before the first rotation.
        unconfirmed: a change of who gets in waits for its confirmation.
    """

    time: int
    versions: Versions
    listeners: Annotated[tuple[Listener, ...], Field(strict=False, max_length=1000)]
    accounts: Annotated[tuple[Account, ...], Field(strict=False, max_length=200)]
    sudoers: dict[Line, Lines]
    sudo_group: Line
    principals: dict[Line, Lines]
    user_ca: Lines
    authorized_keys: Lines
    sshd: dict[Line, Lines]
    host_certificate: Annotated[str, Field(max_length=20_000)]
    certificate: Annotated[str, Field(max_length=1_000_000)]
    key_list: Annotated[str, Field(max_length=1_000_000)]
    passwords_made_us: Annotated[str, Field(max_length=32)]
    unconfirmed: bool
    failed_units: Lines


class Scan(_Said):
    """What answered at one machine; ``strange`` is what should not have."""

    open: Annotated[tuple[Port, ...], Field(strict=False)]
    strange: Annotated[tuple[Port, ...], Field(strict=False)]
    refused: int
    silent: int


@dataclass(frozen=True, slots=True)
class Found:
    """All of it.

    Attributes:
        looked: by machine; a text where the machine's word could not be read.
        scans: by vantage, then machine.
        drift: by machine, tasks that would have changed or failed something.
        silent: machines that did not answer.
    """

    looked: Mapping[str, Looked | str]
    scans: Mapping[str, Mapping[str, Scan]]
    drift: Mapping[str, tuple[str, ...]]
    silent: frozenset[str]


_SCANS = TypeAdapter(dict[str, Scan])


def read_found(folder: Path) -> Found:
    """Reads a folder that the playbook wrote.

    Raises:
        BadInput: a scan or the drift cannot be read: those are the controller's own words.
    """
    looked: dict[str, Looked | str] = {}
    scans: dict[str, dict[str, Scan]] = {}
    for path in sorted(folder.glob("*.json")):
        if path.name.startswith("scan."):
            scans[path.stem.removeprefix("scan.")] = _scan(path)
        else:
            looked[path.stem] = _looked(path)
    drift, silent = _drift(folder / DRIFT)
    return Found(looked, scans, drift, silent)


def _looked(path: Path) -> Looked | str:
    try:
        return Looked.model_validate_json(read_bounded(path, limit_bytes=_LIMIT_BYTES))
    except (BadInput, ValidationError) as error:
        return f"what it says of itself cannot be read: {str(error).splitlines()[0]}"


def _scan(path: Path) -> dict[str, Scan]:
    try:
        return _SCANS.validate_json(read_bounded(path, limit_bytes=_LIMIT_BYTES * 8))
    except ValidationError as error:
        raise BadInput(f"{path}: not what a scan prints: {str(error).splitlines()[0]}") from error


def _drift(path: Path) -> tuple[dict[str, tuple[str, ...]], frozenset[str]]:
    found: dict[str, list[str]] = defaultdict(list)
    silent = set()
    try:
        lines = read_bounded(path, limit_bytes=_DRIFT_LIMIT_BYTES).decode("utf-8").splitlines() if path.exists() else []
        for line in lines:
            tree = json.loads(line)
            host, task, what = str(tree["host"]), str(tree["task"]), str(tree["what"])
            if what == "unreachable":
                silent.add(host)
            else:
                found[host].append(task if what == "changed" else f"{task} ({what})")
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise BadInput(f"{path}: not what the drift callback writes: {error}") from error
    return {host: tuple(dict.fromkeys(tasks)) for host, tasks in found.items()}, frozenset(silent)
