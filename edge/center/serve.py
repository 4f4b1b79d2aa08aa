"""The center's process: the application on a socket for nginx alone, the listener, the hourly expiry."""

from __future__ import annotations

import hashlib
import logging
import signal
import socket
import threading
from pathlib import Path

import uvicorn
from starlette.applications import Starlette

from edge.base.config import load
from edge.base.errors import BadConfiguration, MimamoriError, StorageFault
from edge.base.files import Lock
from edge.base.unixsocket import listen
from edge.base.workers import Worker
from edge.center.app import make_app
from edge.center.center import Center, open_center
from edge.center.config import CenterConfig
from edge.center.expiry import expire
from edge.center.listener import Listener

_log = logging.getLogger(__name__)
_BACKLOG = 512
_EXPIRY_S = 3600.0
_JOIN_S = 10.0


def serve(config_path: Path) -> None:
    """Runs the center until SIGTERM or SIGINT.

    Raises:
        BadConfiguration: a key, document or path does not fit.
    """
    config = load(config_path, CenterConfig)
    logging.basicConfig(level=config.log.upper(), format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    center = open_center(config)
    listener = None if config.mqtt is None else Listener(center, config.mqtt)
    app = make_app(center, (lambda: None) if listener is None else listener.wake)
    workers = [Worker("expiry", lambda stop: expire_hourly(center, stop))]
    if listener is not None:
        workers.append(Worker("listener", listener.run))
    with _only_one(config), _listen(config.listen) as listening:
        try:
            _run(app, listening, workers)
        finally:
            center.close()


def expire_hourly(center: Center, stop: threading.Event) -> None:
    """Removes what is due now and every hour until ``stop`` is set."""
    while not stop.is_set():
        try:
            removed = expire(center, center.clock.now_us())
            if removed:
                _log.info("expired %d node-days", removed)
        except MimamoriError as error:
            _log.warning("expiry is put off: %s", error)
        center.clock.sleep(_EXPIRY_S, stop)


def _only_one(config: CenterConfig) -> Lock:
    """Keeps a second process of this configuration from taking the socket away; others may share store and index."""
    name = hashlib.sha256(config.listen.encode()).hexdigest()[:16]
    return Lock(config.store / f".serve-{name}.lock", "center with this listen address")


def _run(app: Starlette, listening: socket.socket, workers: list[Worker]) -> None:
    for worker in workers:
        worker.start()
    server = uvicorn.Server(_settings(app))

    def end(*_: object) -> None:
        server.should_exit = True

    # uvicorn ends on a signal and then raises it again; here that must not end the process before its workers do.
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, end)
    try:
        server.run(sockets=[listening])
    finally:
        for worker in workers:
            worker.stop()
        for worker in workers:
            worker.join(_JOIN_S)


def _settings(app: Starlette) -> uvicorn.Config:
    return uvicorn.Config(
        app,
        log_config=None,
        access_log=False,
        proxy_headers=False,
        server_header=False,
        lifespan="off",
        # Longer than nginx keeps an idle connection (60 s), so that nginx never sends into one just closed.
        timeout_keep_alive=75,
        timeout_graceful_shutdown=10,
    )


def _listen(address: str) -> socket.socket:
    """Binds the listener; whoever reaches a Unix socket may name any client, so it is for owner and group alone."""
    try:
        if address.startswith("unix:"):
            return listen(Path(address.removeprefix("unix:")), backlog=_BACKLOG)
        host, port = address.rsplit(":", 1)
        return socket.create_server((host, int(port)), backlog=_BACKLOG)
    except (StorageFault, OSError, OverflowError) as error:
        raise BadConfiguration(f"listen: {address} cannot be bound ({error})") from error
