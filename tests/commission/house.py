"""The page over real TLS on this machine, with the visit's clock in the test's hand."""

from __future__ import annotations

import socket
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import requests
from starlette.applications import Starlette
from starlette.routing import Route
from starlette.types import ASGIApp

from edge.commission.app import Page, make_app
from edge.commission.certificate import OnSite, on_site
from edge.commission.facts import Facts
from edge.commission.gate import Origin
from edge.commission.listening import Listening, Ports
from edge.commission.portal import make_portal
from edge.commission.render import Place
from edge.commission.rooms import Room
from tests.commission.site import Site, code
from tests.seal.samples import NODE

TIMEOUT_S = 20
ADDRESS = "127.0.0.1"


def free_ports(count: int) -> list[int]:
    held = [socket.create_server((ADDRESS, 0)) for _ in range(count)]
    ports = [int(one.getsockname()[1]) for one in held]
    for one in held:
        one.close()
    return ports


def paths_of(app: ASGIApp) -> list[str]:
    """Returns every path that an application knows, however it is wrapped."""
    while not isinstance(app, Starlette):
        app = app._app  # type: ignore[attr-defined]
    return [route.path for route in app.routes if isinstance(route, Route)]


@dataclass
class Browser:
    """A phone: keeps cookies, follows nothing, trusts the one certificate."""

    url: str
    certificate: OnSite

    def __post_init__(self) -> None:
        self.session = requests.Session()
        self.session.trust_env = False
        self.session.verify = str(self.certificate.certificate)

    def get(self, path: str = "/", **headers: str) -> requests.Response:
        return self.ask("GET", path, **headers)

    def post(self, path: str, body: bytes = b"", **headers: str) -> requests.Response:
        """Posts as the page's own script does; ``headers`` replace what it sends."""
        own = {"Origin": self.url, "X-Mimamori": "1"} | {name.replace("_", "-"): text for name, text in headers.items()}
        return self.session.post(self.url + path, body, headers=own, timeout=TIMEOUT_S, allow_redirects=False)

    def ask(self, method: str, path: str, **headers: str) -> requests.Response:
        named = {name.replace("_", "-"): text for name, text in headers.items()}
        return self.session.request(method, self.url + path, headers=named, timeout=TIMEOUT_S, allow_redirects=False)

    def enter(self, text: str) -> requests.Response:
        return self.post("/code", b'{"code":"%s"}' % text.encode())

    def close(self) -> None:
        self.session.close()


class House:
    """A site with its ports open.

    Attributes:
        facts: what the page is told of the node.
    """

    def __init__(self, folder: Path, rooms: Iterable[Room] = ()) -> None:
        self.site = Site(folder)
        https, http = free_ports(2)
        self.origin = Origin(ADDRESS, https)
        self.portal_url = f"http://{ADDRESS}:{http}"
        self.certificate = on_site(self.site.places.state, NODE, ADDRESS)
        self.facts = Facts("recording", self.site.clock.now_us() - 30_000_000, line_up=True)
        page = Page(self.site.visit, Place("MATSUDO 17", demo=True), self.origin, lambda: self.facts, self.site.clock)
        self._browsers = list[Browser]()
        self._app = make_app(page, rooms)
        ports = Ports(ADDRESS, https, http)
        self._listening = Listening(ports, self._app, make_portal(self.origin), self.certificate)
        self.await_ready()

    def await_ready(self) -> None:
        """Both servers answer: the sockets listen already, so the first request waits for them."""
        browser = self.browser()
        browser.get("/standing")
        requests.get(self.portal_url, timeout=TIMEOUT_S, allow_redirects=False).close()

    @property
    def paths(self) -> list[str]:
        """Every path that the application knows."""
        return paths_of(self._app)

    def browser(self) -> Browser:
        browser = Browser(self.origin.url, self.certificate)
        self._browsers.append(browser)
        return browser

    def visitor(self) -> Browser:
        """A browser that has entered the right code."""
        browser = self.browser()
        assert browser.enter(code().text).status_code == 204
        return browser

    def close(self) -> None:
        for browser in self._browsers:
            browser.close()
        self._listening.close()
