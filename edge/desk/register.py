"""The register of cameras as the desk reads it: number, address, count, as text or for a spreadsheet (R-ASAHIKAWA-10).

Rules:
  1. Host's name, telephone number and consents leave only where they are asked for.
  2. What stands in a cell was written at a camera: it begins no formula.
"""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from edge.base.clock import to_datetime
from edge.wire.register import Camera, Register

_FORMULA = ("=", "+", "-", "@", "\t", "\r")
_HEAD = ("番号 number", "設置場所 address", "緯度 latitude", "経度 longitude", "向き direction", "記入日 written",
         "撤去日 retired")  # fmt: skip
_CONTACTS = ("設置先 host", "電話 telephone", "同意書 consents")


@dataclass(frozen=True, slots=True)
class Row:
    """One camera in words; what is not known is empty.

    Attributes:
        place: the entry's address, else the administrator's name of the place.
        consents: numbers, each that was taken back with the day.
    """

    node: str
    place: str
    latitude: str
    longitude: str
    direction: str
    written: str
    retired: str
    host: str
    phone: str
    consents: str


def in_service(register: Register) -> tuple[Camera, ...]:
    """Returns the cameras that were not taken out of service."""
    return tuple(camera for camera in register.cameras if camera.retired is None)


def rows(cameras: tuple[Camera, ...], zone: ZoneInfo) -> tuple[Row, ...]:
    """Returns the register's lines, in the order of the cameras."""
    return tuple(_row(camera, zone) for camera in cameras)


def count_words(register: Register) -> str:
    """Returns how many there are."""
    serving = in_service(register)
    without = sum(camera.entry is None for camera in serving)
    retired = len(register.cameras) - len(serving)
    return f"{len(serving)} cameras in service ({without} without an entry), {retired} retired"


def table(lines: tuple[Row, ...]) -> str:
    """Returns number, place and direction, a line each."""
    return "\n".join(f"{row.node}  {row.place or '-'}  {row.direction or '-'}" for row in lines)


def dump_csv(lines: tuple[Row, ...], *, contacts: bool) -> bytes:
    """Returns a table for a spreadsheet, UTF-8 with its mark, so that Japanese is read as such."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow((*_HEAD, *_CONTACTS) if contacts else _HEAD)
    for row in lines:
        place = (row.node, row.place, row.latitude, row.longitude, row.direction, row.written, row.retired)
        people = (row.host, row.phone, row.consents) if contacts else ()
        writer.writerow([_cell(text) for text in (*place, *people)])
    return out.getvalue().encode("utf-8-sig")


def _row(camera: Camera, zone: ZoneInfo) -> Row:
    entry = camera.entry
    retired = "" if camera.retired is None else _day(camera.retired, zone)
    if entry is None:
        return Row(camera.node, camera.label, "", "", "", "", retired, "", "", "")
    consents = (
        f"{number}（{day} 撤回 revoked）" if (day := entry.revoked.get(number)) else number for number in entry.consents
    )
    return Row(
        node=camera.node,
        place=entry.address,
        latitude=f"{entry.latitude_e6 / 1e6:.6f}",
        longitude=f"{entry.longitude_e6 / 1e6:.6f}",
        direction=f"{entry.direction_deg}°",
        written=_day(entry.at, zone),
        retired=retired,
        host=entry.host_name,
        phone=entry.host_phone,
        consents=", ".join(consents),
    )


def _cell(text: str) -> str:
    """A spreadsheet takes what begins so for a formula; a number with its sign is none."""
    return f"'{text}" if text.startswith(_FORMULA) and not _is_number(text) else text


def _is_number(text: str) -> bool:
    return text.lstrip("-").replace(".", "", 1).isdecimal() and text.count("-") <= 1


def _day(moment_us: int, zone: ZoneInfo) -> str:
    return to_datetime(moment_us).astimezone(zone).strftime("%Y-%m-%d")
