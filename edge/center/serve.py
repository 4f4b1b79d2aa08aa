"""The center's process: the application on a socket for nginx alone, the listener, the hourly expiry."""

from __future__ import annotations

import logging
import os
import socket
from pathlib import Path

import uvicorn

from edge.base.config import load
from edge.base.errors import BadConfiguration
from edge.center.app import make_app
from edge.center.center import open_center
from edge.center.config import CenterConfig

_log = logging.getLogger(__name__)
_SOCKET_MODE = 0o660
_BACKLOG = 512


def serve(config_path: Path) -> None:
    """Runs the center until SIGTERM or SIGINT.

    Raises:
        BadConfiguration: a key, document or path does not fit.
    """
    config = load(config_path, CenterConfig)
    logging.basicConfig(level=config.log.upper(), format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    center = open_center(config)
    server = uvicorn.Server(_settings(make_app(center)))
    listener = _listen(config.listen)
    try:
        server.run(sockets=[listener])
    finally:
        listener.close()
        center.database.close()


def _settings(app: object) -> uvicorn.Config:
    return uvicorn.Config(
        app,  # type: ignore[arg-type]
        log_config=None,
        access_log=False,
        proxy_headers=False,
        server_header=False,
        lifespan="off",
        timeout_keep_alive=75,
        timeout_graceful_shutdown=10,
        limit_concurrency=1024,
    )


def _listen(address: str) -> socket.socket:
    """Binds the listener; a Unix socket is for owner and group, since whoever reaches it may name any client."""
    try:
        if address.startswith("unix:"):
            return _listen_unix(Path(address.removeprefix("unix:")))
        host, port = address.rsplit(":", 1)
        return socket.create_server((host.strip("[]"), int(port)), backlog=_BACKLOG)
    except OSError as error:
        raise BadConfiguration(f"listen: {address} cannot be bound ({error.strerror})") from error


def _listen_unix(path: Path) -> socket.socket:
    path.unlink(missing_ok=True)
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    before = os.umask(0o777 & ~_SOCKET_MODE)
    try:
        listener.bind(str(path))
    finally:
        os.umask(before)
    listener.listen(_BACKLOG)
    return listener
