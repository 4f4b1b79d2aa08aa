"""The real center over real TLS in this process, with faults that a test switches on in front of it."""

from __future__ import annotations

import gc
import ssl
import threading
from pathlib import Path
from typing import Any

import uvicorn

from edge.base.clock import SimulatedClock
from edge.base.config import load
from edge.center.app import make_app
from edge.center.center import Center, open_center
from edge.center.config import CenterConfig

TOML = """
demo = true
city = "Testville"
clock = "simulated:FOLDER/clock"
authority = "authority.json"
root = "root.pub"
receipt_key = "receipt.pem"
issuing_certificate = "issuing.pem"
issuing_key = "issuing-key.pem"
city_ca = "ca.pem"
store = "store"
index = "sqlite:///index.db"
listen = "unix:center.sock"
"""


class Faults:
    """Stands before the application as nginx does and names the client; breaks what a test asks it to.

    Attributes:
        client: the name that the client certificate is taken to have.
        replaced: by part of a path, what is answered instead: status, body.
        cut: by part of a path, after how many bytes of a body the connection breaks; each once.
        asked: paths, in order.
    """

    def __init__(self, app: Any) -> None:
        self._app = app
        self.client = "@desk"
        self.replaced: dict[str, tuple[int, bytes]] = {}
        self.cut: dict[str, int] = {}
        self.asked: list[str] = []

    def heal(self) -> None:
        self.client = "@desk"
        self.replaced, self.cut, self.asked = {}, {}, []

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        path = scope["path"]
        self.asked.append(path)
        scope["headers"].append((b"x-client-name", self.client.encode()))
        for part, (status, body) in self.replaced.items():
            if part in path:
                headers = [(b"content-length", str(len(body)).encode())]
                await send({"type": "http.response.start", "status": status, "headers": headers})
                await send({"type": "http.response.body", "body": body})
                return
        for part in list(self.cut):
            if part in path:
                send = _cutting(send, self.cut.pop(part))
        await self._app(scope, receive, send)


class Broken(Exception):
    """The connection is meant to break here."""


def _cutting(send: Any, left: int) -> Any:
    async def send_some(message: Any) -> None:
        nonlocal left
        body = message.get("body", b"")
        if len(body) > left:
            await send({"type": "http.response.body", "body": body[:left], "more_body": True})
            raise Broken
        left -= len(body)
        await send(message)

    return send_some


class Served:
    """A running center.

    Attributes:
        center: the opened center, to put records in.
        clock: its clock.
    """

    def __init__(self, folder: Path, start_us: int) -> None:
        self.folder = folder
        (folder / "center.toml").write_text(TOML.replace("FOLDER", str(folder)))
        self.clock = SimulatedClock.create(folder / "clock", start_us)
        self.center: Center = open_center(load(folder / "center.toml", CenterConfig))
        self.faults = Faults(make_app(self.center))
        self._server = uvicorn.Server(
            uvicorn.Config(
                self.faults,
                host="127.0.0.1",
                port=0,
                log_config=None,
                access_log=False,
                lifespan="off",
                ws="none",
                timeout_graceful_shutdown=5,
                ssl_certfile=folder / "server.pem",
                ssl_keyfile=folder / "server-key.pem",
                ssl_ca_certs=str(folder / "ca.pem"),
                ssl_cert_reqs=ssl.CERT_REQUIRED,
            )
        )
        self._thread = threading.Thread(target=self._server.run, name="center", daemon=True)

    @property
    def url(self) -> str:
        port = self._server.servers[0].sockets[0].getsockname()[1]
        return f"https://localhost:{port}"

    def __enter__(self) -> Served:
        self._thread.start()
        pause = threading.Event()
        for _ in range(1000):
            if self._server.started:
                return self
            pause.wait(0.01)
        raise AssertionError("the center did not start within 10 s")

    def __exit__(self, *_: object) -> None:
        # urllib3 closes a pool's sockets when the pool is collected; a server that stops waits for them.
        gc.collect()
        self._server.should_exit = True
        self._thread.join(10)
        self.center.database.close()
        assert not self._thread.is_alive()
