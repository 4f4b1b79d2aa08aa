"""A register entry that a clerk types, as TOML: of a node without a line, or of a host whose number has changed."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, ValidationError

from edge.base.config import load
from edge.base.errors import BadConfiguration
from edge.base.model import Day, NodeId, OpaqueId, Strict
from edge.wire.registerentry import CONSENTS_MAX, Direction, Line, Phone, RegisterEntry


class Typed(Strict):
    """The file: the fields of the installer's papers step, with the place in degrees."""

    node: NodeId
    latitude: Annotated[float, Field(ge=-90, le=90)]
    longitude: Annotated[float, Field(ge=-180, le=180)]
    direction_deg: Direction
    address: Line
    host_name: Line
    host_phone: Phone
    consents: Annotated[tuple[OpaqueId, ...], Field(strict=False, max_length=CONSENTS_MAX)]
    revoked: Annotated[dict[OpaqueId, Day], Field(default_factory=dict)]
    plate_up: Literal[True]


def read_entry(path: Path, at_us: int) -> RegisterEntry:
    """Reads the file into an entry that was written at ``at_us``.

    Raises:
        BadConfiguration: a field is missing or off; the message lists every fault.
    """
    typed = load(path, Typed)
    try:
        return RegisterEntry(
            node=typed.node,
            at=at_us,
            latitude_e6=round(typed.latitude * 1e6),
            longitude_e6=round(typed.longitude * 1e6),
            direction_deg=typed.direction_deg,
            address=typed.address,
            host_name=typed.host_name,
            host_phone=typed.host_phone,
            consents=typed.consents,
            revoked=typed.revoked,
            plate_up=typed.plate_up,
        )
    except ValidationError as error:
        raise BadConfiguration(f"{path}: revoked: names a number that is not among the consents") from error
