"""What the desk's commands share: options, and how their words become values."""

from __future__ import annotations

import argparse
import json
from datetime import date
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from edge.base.clock import Clock, SimulatedClock, SystemClock, from_iso
from edge.base.errors import NotPermitted, UsageFault
from edge.base.model import NodeId, OpaqueId
from edge.desk import passphrase
from edge.desk.custodian import CARD_NAME, Custodian, read_card, unlock_custodian
from edge.desk.keystore import KeyStore
from edge.desk.office import Office, open_office
from edge.desk.passphrase import Passphrase

_NODE: TypeAdapter[str] = TypeAdapter(NodeId)
_ID: TypeAdapter[str] = TypeAdapter(OpaqueId)
SIMULATED = "simulated:"


def node_id(text: str) -> str:
    """Parses ``--node``.

    Raises:
        UsageFault: no node id.
    """
    try:
        return _NODE.validate_python(text)
    except ValidationError as error:
        raise UsageFault(f"--node {text[:64]!r}: a node id has lower-case letters, digits and hyphens") from error


def moment(text: str) -> int:
    """Parses an ISO 8601 time with a zone into UTC microseconds.

    Raises:
        UsageFault: no such time.
    """
    try:
        return from_iso(text)
    except (ValueError, OverflowError) as error:
        raise UsageFault(
            f"{text[:64]!r} is not a time with its zone; write for example 2026-01-05T10:00:00+09:00"
        ) from error


def day(text: str) -> date:
    """Parses a day.

    Raises:
        UsageFault: no such day.
    """
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise UsageFault(f"{text[:64]!r} is not a day; write for example 2026-01-05") from error


def hosts(text: str) -> tuple[str, ...]:
    """Parses names and addresses with commas between."""
    return tuple(host.strip() for host in text.split(",") if host.strip())


def add_id(parser: argparse.ArgumentParser, option: str, about: str) -> None:
    """Adds an option that stands for a person or a request, and names nobody."""

    def parse(text: str) -> str:
        try:
            return _ID.validate_python(text)
        except ValidationError as error:
            raise UsageFault(f"{option} {text[:64]!r}: an id of letters, digits, '.', '_' and '-', no name") from error

    parser.add_argument(option, required=True, type=parse, metavar="ID", help=about)


def add_window(parser: argparse.ArgumentParser) -> None:
    """Adds ``--from`` and ``--to``, as ``start`` and ``end``."""
    parser.add_argument("--from", dest="start", required=True, type=moment, metavar="ISO8601")
    parser.add_argument("--to", dest="end", required=True, type=moment, metavar="ISO8601")


def add_passphrase(parser: argparse.ArgumentParser, prefix: str = "") -> None:
    """Adds ``--[prefix-]passphrase-file`` and ``--[prefix-]passphrase-fd``."""
    group = parser.add_mutually_exclusive_group()
    group.add_argument(
        f"--{prefix}passphrase-file",
        type=Path,
        metavar="FILE",
        help="first line of FILE; asked for if not given",
    )
    group.add_argument(f"--{prefix}passphrase-fd", type=int, metavar="N", help="read it from this descriptor")


def add_clock(parser: argparse.ArgumentParser) -> None:
    """Adds ``--clock``."""
    parser.add_argument("--clock", default="system", metavar="system|simulated:FILE", help="for demonstrations")


def add_json(parser: argparse.ArgumentParser) -> None:
    """Adds ``--json``."""
    parser.add_argument("--json", action="store_true", help="print one JSON object instead of text")


def passphrase_of(options: argparse.Namespace, prompt: str, *, prefix: str = "", new: bool = False) -> Passphrase:
    """Returns the passphrase from where the options say, else from the terminal."""
    name = prefix.replace("-", "_")
    path: Path | None = getattr(options, f"{name}passphrase_file")
    descriptor: int | None = getattr(options, f"{name}passphrase_fd")
    if path is not None:
        return passphrase.from_file(path)
    if descriptor is not None:
        return passphrase.from_descriptor(descriptor)
    return passphrase.from_terminal(prompt, new=new, option=f"--{prefix}passphrase-file or --{prefix}passphrase-fd")


def clock_of(options: argparse.Namespace, *, demo: bool) -> Clock:
    """Returns the clock.

    Raises:
        NotPermitted: a simulated one, and this is no demonstration.
        UsageFault: neither.
    """
    text: str = options.clock
    if text == "system":
        return SystemClock()
    if not text.startswith(SIMULATED):
        raise UsageFault(f"--clock {text[:64]!r}: write system or simulated:FILE")
    if not demo:
        raise NotPermitted("--clock simulated: only a demonstration may have a simulated clock")
    return SimulatedClock(Path(text.removeprefix(SIMULATED)))


def custodian_of(options: argparse.Namespace) -> Custodian:
    """Unlocks the custodian's store that ``--store`` names."""
    card = read_card(options.store / CARD_NAME)
    return unlock_custodian(options.store, passphrase_of(options, f"Passphrase of the {card.role}'s store"))


def office_of(options: argparse.Namespace) -> tuple[Office, Clock]:
    """Opens the folder that ``--desk`` names, and its clock."""
    office = open_office(options.desk)
    return office, clock_of(options, demo=office.authority.payload.demo)


def role_store(options: argparse.Namespace) -> KeyStore:
    """Unlocks the desk's key store."""
    return KeyStore.unlock(options.desk, passphrase_of(options, "Passphrase of the desk's key store"))


def say(options: argparse.Namespace, text: str, **values: object) -> None:
    """Prints the one result: ``text`` to a person, ``values`` where JSON was asked for."""
    print(json.dumps(values, ensure_ascii=False) if getattr(options, "json", False) else text)
