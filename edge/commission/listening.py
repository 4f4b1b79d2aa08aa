"""The ports of page and desk, open only while a visit is more than closed, on the configured address alone."""

from __future__ import annotations

import logging
import socket
import ssl
from dataclasses import dataclass
from typing import Any

import uvicorn
from starlette.types import ASGIApp

from edge.base.errors import TryAgain
from edge.base.workers import Worker
from edge.commission.certificate import OnSite
from edge.commission.deskdoor import DeskProtocol

_BACKLOG = 16
_CONNECTIONS = 24
"""One phone opens six; a crowd must not take the node's memory."""
_GRACE_S, _JOIN_S = 2, 10.0

_NAMES = "page", "portal", "desk"

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Ports:
    """Where to listen."""

    address: str
    https: int
    http: int


@dataclass(frozen=True, slots=True)
class DeskDoor:
    """The port that collects, who is let in there, and what answers."""

    port: int
    context: ssl.SSLContext
    app: ASGIApp


class Listening:
    """Opens and closes the ports; made open, used once."""

    def __init__(
        self, ports: Ports, page: ASGIApp, portal: ASGIApp, certificate: OnSite, desk: DeskDoor | None = None
    ) -> None:
        """Opens them all; without the desk's, where that one cannot be.

        Raises:
            TryAgain: the address is not there yet, or a port of the page is taken.
        """
        logging.getLogger("uvicorn.error").addFilter(_is_news)
        sockets = _bind(ports.address, [ports.https, ports.http])
        tls = {"ssl_keyfile": str(certificate.key), "ssl_certfile": str(certificate.certificate)}
        self._servers = [uvicorn.Server(_settings(page, **tls)), uvicorn.Server(_settings(portal))]
        if desk is not None:
            self._add(desk, ports.address, sockets)
        self._workers = [
            Worker(name, lambda _, server=server, taken=taken: server.run(sockets=[taken]))  # type: ignore[misc]
            for name, server, taken in zip(_NAMES[: len(sockets)], self._servers, sockets, strict=True)
        ]
        for worker in self._workers:
            worker.start()

    def _add(self, desk: DeskDoor, address: str, sockets: list[socket.socket]) -> None:
        try:
            sockets += _bind(address, [desk.port])
        except TryAgain as error:
            _log.error("nobody can collect in this visit: %s", error)
        else:
            self._servers.append(uvicorn.Server(_desk_settings(desk)))

    def require_running(self) -> None:
        """Raises what ended a server."""
        for worker in self._workers:
            if not worker.alive:
                worker.join(_JOIN_S)

    def close(self) -> None:
        """Closes them and waits for it."""
        for server in self._servers:
            server.should_exit = True
        for worker in self._workers:
            worker.join(_JOIN_S)


def _is_news(said: logging.LogRecord) -> bool:
    """Whether uvicorn's word is worth a line: to it a phone's connection without a request is an error at closing."""
    return not (said.msg.startswith("Cancel ") and said.args == (0,))


def _bind(address: str, ports: list[int]) -> list[socket.socket]:
    opened = list[socket.socket]()
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    try:
        for port in ports:
            opened.append(socket.create_server((address, port), family=family, backlog=_BACKLOG))
    except OSError as error:
        for one in opened:
            one.close()
        raise TryAgain(
            f"[visit] {address} ports {' and '.join(map(str, ports))} cannot be opened ({error.strerror});"
            " is the on-site interface up, and nothing else on them?"
        ) from error
    return opened


def _desk_settings(desk: DeskDoor) -> uvicorn.Config:
    return _settings(desk.app, http=DeskProtocol, ssl_context_factory=lambda _config, _default: desk.context)


def _settings(app: ASGIApp, **more: Any) -> uvicorn.Config:
    settings = {"http": "h11", **more}
    return uvicorn.Config(
        app,
        log_config=None,
        access_log=False,
        proxy_headers=False,
        server_header=False,
        lifespan="off",
        ws="none",
        limit_concurrency=_CONNECTIONS,
        h11_max_incomplete_event_size=8192,
        timeout_keep_alive=10,
        timeout_graceful_shutdown=_GRACE_S,
        **settings,
    )
