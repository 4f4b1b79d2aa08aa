"""The center's configuration, ``center.toml``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, ValidationInfo

from edge.base.model import NodeId, Strict, ZoneName, matching
from edge.base.paths import ConfigPath

_SQLITE, _POSTGRESQL = "sqlite:///", "postgresql://"


def _index_url(value: str, info: ValidationInfo) -> str:
    folder: Path = (info.context or {}).get("folder", Path())
    if value.startswith(_SQLITE):
        return f"{_SQLITE}{folder / value.removeprefix(_SQLITE)}"
    if value.startswith(_POSTGRESQL):
        return value.replace(_POSTGRESQL, "postgresql+psycopg://", 1)
    if value.startswith("postgresql+psycopg://"):
        return value
    raise ValueError("is neither sqlite:///FILE nor a postgresql URL")


def _listener(value: str, info: ValidationInfo) -> str:
    folder: Path = (info.context or {}).get("folder", Path())
    if value.startswith("unix:") and len(value) > len("unix:"):
        return f"unix:{folder / value.removeprefix('unix:')}"
    return matching(r"127\.0\.0\.1:\d{1,5}", "unix:PATH or a loopback address with a port", 64)(value)


Text = Annotated[str, Field(max_length=200)]


class Broker(Strict):
    """Where mosquitto is, and the certificate of ``@center``."""

    host: Annotated[str, Field(min_length=1, max_length=253)] = "localhost"
    port: Annotated[int, Field(ge=1, le=65535)] = 8883
    ca: ConfigPath
    certificate: ConfigPath
    key: ConfigPath


class Contact(Strict):
    """What staff need to know of one node when it does not record.

    Attributes:
        label: where it is.
        host_contact: whom to call there.
        next_step: what to do first, in place of the general advice.
    """

    label: Text = ""
    host_contact: Text = ""
    next_step: Text = ""


class CenterConfig(Strict):
    """All of ``center.toml``.

    Attributes:
        root: file with the city root's public key, 64 hex digits.
        receipt_key: PEM of the receipt role's key.
        store: folder of the record store.
        index: ``sqlite:///FILE`` or a PostgreSQL URL.
        listen: ``unix:PATH`` or a loopback ``host:port``, for nginx alone: the client's name in its header is believed.
        retention_days: whole days that bodies are kept after their own (R-SAKU-01 sets floor and ceiling).
        register_kept_days: after how many days out of service a node's register entry is deleted.
        inspection_days: after how many days without an inspection the fleet page asks for one (R-TOTTORI-11).
    """

    demo: bool = False
    city: Annotated[str, Field(min_length=1, max_length=80)]
    clock: Annotated[str, AfterValidator(matching(r"system|simulated:.+", "system or simulated:PATH", 4096))] = "system"
    timezone: ZoneName = "Asia/Tokyo"
    authority: ConfigPath
    root: ConfigPath
    receipt_key: ConfigPath
    issuing_certificate: ConfigPath
    issuing_key: ConfigPath
    city_ca: ConfigPath
    store: ConfigPath
    index: Annotated[str, AfterValidator(_index_url)]
    listen: Annotated[str, AfterValidator(_listener)]
    retention_days: Annotated[int, Field(ge=2, le=31)] = 7
    register_kept_days: Annotated[int, Field(ge=0, le=365)] = 30
    inspection_days: Annotated[int, Field(ge=7, le=3650)] = 365
    mqtt: Broker | None = None
    log: Literal["debug", "info", "warning"] = "info"
    nodes: dict[NodeId, Contact] = Field(default_factory=dict)
