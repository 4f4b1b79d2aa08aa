"""Fills in the configuration templates of nginx and mosquitto, which lie in ``templates`` beside the pages'."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from pathlib import Path
from string import Template

from edge.base.errors import BadConfiguration, BadInput
from edge.base.files import read_bounded

REFUSALS = "clients.crl"
TEMPLATES = Path(__file__).resolve().parent / "templates"
_LIMIT_BYTES = 64 * 1024
_SAFE = re.compile(r"[A-Za-z0-9 @%+,./:_\[\]=-]*")


@dataclass(frozen=True, slots=True)
class NginxSettings:
    """What differs from one nginx to another.

    Attributes:
        run_dir: writable folder for pid, logs and request bodies, existing.
        upstream: the center's ``listen``: ``unix:PATH`` or ``host:port``.
        public_listen: address and port for nodes and the desk: ``0.0.0.0:443``.
        staff_listen: address and port of the fleet page: ``127.0.0.1:8080``; TLS and sign-in are the staff network's.
        client_ca: PEM with city CA and issuing CA.
        user: whom the workers run as when nginx starts as root; the center must be able to read their files, so it is
            the center's own user (or the center is root, in a demonstration).
        unnamed_rate: how often one address may try to enrol.
        journal: whether it logs to standard error, as under systemd, and not to a file in ``run_dir``.
    """

    run_dir: Path
    upstream: str
    public_listen: str
    staff_listen: str
    server_certificate: Path
    server_key: Path
    client_ca: Path
    user: str = "www-data"
    workers: str = "auto"
    connections_per_address: int = 600
    unnamed_rate: str = "60r/m"
    journal: bool = False


@dataclass(frozen=True, slots=True)
class MosquittoSettings:
    """What differs from one mosquitto to another; attributes as in ``NginxSettings``.

    Attributes:
        refusals: list of revoked certificates (``edge.center.refusals``); it must be there.
    """

    run_dir: Path
    address: str
    port: int
    server_certificate: Path
    server_key: Path
    client_ca: Path
    refusals: Path
    user: str = "mosquitto"
    acl_file: Path = TEMPLATES / "mosquitto.acl"
    max_connections: int = 12_000
    journal: bool = False


def render_nginx(settings: NginxSettings, *, templates: Path = TEMPLATES) -> str:
    """Returns ``nginx.conf``; run it with ``nginx -c FILE -e LOG``.

    Raises:
        BadConfiguration: a value holds what could be read as more than a value.
    """
    user_line = f"user {settings.user};" if os.geteuid() == 0 else "# started without root: workers keep the user"
    log = "stderr" if settings.journal else f"{settings.run_dir}/nginx-error.log"
    return _fill(templates / "nginx.conf.template", settings, {"user_line": user_line, "log": log})


def render_mosquitto(settings: MosquittoSettings, *, templates: Path = TEMPLATES) -> str:
    """Returns ``mosquitto.conf``; run it with ``mosquitto -c FILE``.

    Raises:
        BadConfiguration: a value holds what could be read as more than a value.
    """
    user_line = f"user {settings.user}" if os.geteuid() == 0 else "# started without root: the user stays"
    log = "stderr" if settings.journal else f"file {settings.run_dir}/mosquitto.log"
    return _fill(templates / "mosquitto.conf.template", settings, {"user_line": user_line, "log": log})


def _fill(template: Path, settings: NginxSettings | MosquittoSettings, more: dict[str, str]) -> str:
    values = {name: str(getattr(settings, name)) for name in settings.__dataclass_fields__}
    for name, value in values.items():
        if len(value) > 1024 or not _SAFE.fullmatch(value):
            raise BadConfiguration(
                f"{name}: {value[:80]!r} has characters that a configuration cannot carry as they are"
            )
    try:
        text = read_bounded(template, limit_bytes=_LIMIT_BYTES).decode("utf-8")
    except BadInput as error:
        raise BadConfiguration(str(error)) from error
    return Template(text).substitute(values | more)
