"""``desk register``: the city's register of cameras, listed, as a table, as a page to print."""

from __future__ import annotations

import argparse
from pathlib import Path
from zoneinfo import ZoneInfo

from pydantic import TypeAdapter, ValidationError

from edge.base.clock import SystemClock
from edge.base.errors import UsageFault
from edge.base.files import write_durably
from edge.base.model import ZoneName
from edge.desk.arguments import add_json, say
from edge.desk.center import Center
from edge.desk.office import open_office
from edge.desk.register import count_words, dump_csv, in_service, rows, table
from edge.desk.registerfile import read_entry
from edge.desk.registerpage import render_register
from edge.wire.register import REGISTER_ANSWER_LIMIT_BYTES, parse_register
from edge.wire.registerentry import dump_register_entry

_ZONE: TypeAdapter[str] = TypeAdapter(ZoneName)
_PRIVATE = 0o600


def add_parsers(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Mounts the command."""
    register = subparsers.add_parser("register", help="list the city's cameras: number, address, count")
    register.add_argument("--desk", required=True, type=Path, metavar="DIR")
    register.add_argument("--center", required=True, metavar="URL")
    register.add_argument("--write", type=Path, metavar="FILE", help="first put in one camera's entry, typed as TOML")
    register.add_argument("--all", action="store_true", help="with those out of service")
    register.add_argument("--csv", type=Path, metavar="FILE", help="write a table for a spreadsheet")
    register.add_argument(
        "--page", type=Path, metavar="FILE", help="write an HTML page to print, with a plan of places"
    )
    register.add_argument("--contacts", action="store_true", help="put hosts and consents into both: personal data")
    register.add_argument("--timezone", default="Asia/Tokyo", type=_zone, metavar="NAME", help="of the days written")
    add_json(register)
    register.set_defaults(run=_register)


def _zone(text: str) -> ZoneInfo:
    try:
        return ZoneInfo(_ZONE.validate_python(text))
    except ValidationError as error:
        raise UsageFault(f"--timezone {text[:64]!r}: write an IANA name such as Asia/Tokyo") from error


def _register(options: argparse.Namespace) -> int:
    entry = None if options.write is None else read_entry(options.write, SystemClock().now_us())
    with Center(options.center, open_office(options.desk).folder) as center:
        if entry is not None:
            center.put(f"/v1/nodes/{entry.node}/register-entry", dump_register_entry(entry))
        register = parse_register(center.get("/v1/register", limit_bytes=REGISTER_ANSWER_LIMIT_BYTES))
    cameras = register.cameras if options.all else in_service(register)
    lines = rows(cameras, options.timezone)
    if options.csv is not None:
        write_durably(options.csv, dump_csv(lines, contacts=options.contacts), mode=_PRIVATE)
    if options.page is not None:
        page = render_register(register, cameras, options.timezone, contacts=options.contacts)
        write_durably(options.page, page, mode=_PRIVATE)
    text = "\n".join(part for part in (table(lines), count_words(register)) if part)
    listed = [{"node": row.node, "address": row.place, "direction": row.direction} for row in lines]
    say(options, text, cameras=listed, count=len(in_service(register)))
    return 0
