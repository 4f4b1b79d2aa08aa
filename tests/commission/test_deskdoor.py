"""Who gets through the port that collects: the desk's certificate alone, judged by what the node knows of the day."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
import requests

from edge.base.clock import SystemClock
from edge.base.errors import BadConfiguration
from edge.commission.certificate import on_site
from edge.commission.collect import Collect, make_collect
from edge.commission.collectlink import CollectLink
from edge.commission.deskdoor import desk_context
from edge.commission.listening import DeskDoor, Listening, Ports
from edge.commission.portal import make_portal
from edge.wire.certificates import dump_certificates, new_tls_key, save_key
from edge.wire.visit import Scope
from edge.wire.visitevents import What
from tests.commission.house import ADDRESS, TIMEOUT_S, free_ports
from tests.commission.site import Site, code, make_ticket
from tests.commission.test_listening import ORIGIN
from tests.seal.samples import NODE
from tests.uplink.town import Pki

DAY_US = 86_400_000_000
NAMED = f"/v1/nodes/{NODE}/runs"


class Door:
    """The port over real TLS, with nobody behind the collection socket."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.now_us = folder, SystemClock().now_us()
        self.pki = Pki(folder / "pki", self.now_us)
        self.site = Site(folder)
        self.present = self.now_us, True
        certificate = on_site(self.site.places.state, NODE, ADDRESS)
        self.certificate = certificate.certificate
        https, http, self.port = free_ports(3)
        collect = Collect(self.site.visit, NODE, CollectLink(folder / "nobody.sock"), lambda: self.present)
        desk = DeskDoor(self.port, desk_context(certificate, folder / "pki" / "ca.pem"), make_collect(collect))
        portal = make_portal(ORIGIN)
        self.listening = Listening(Ports(ADDRESS, https, http), portal, portal, certificate, desk)

    def client(self, name: str, pki: Pki | None = None, *, begins_us: int = 0, days: int = 90) -> tuple[str, str]:
        """Returns the files of a client's certificate and its key."""
        key, stem = new_tls_key(), self.folder / f"{name}-{begins_us}-{days}-{id(pki)}"
        begins = begins_us or self.now_us
        pem = (pki or self.pki).client(key.public_key(), name, begins_us=begins, life=timedelta(days=days))
        save_key(key, stem.with_suffix(".key"))
        stem.with_suffix(".pem").write_bytes(pem)
        return str(stem.with_suffix(".pem")), str(stem.with_suffix(".key"))

    def ask(
        self,
        certificate: tuple[str, str] | None,
        method: str = "GET",
        path: str = NAMED,
        body: bytes = b"",
        key: str = "",
    ) -> requests.Response:
        with requests.Session() as session:
            session.trust_env, session.verify, session.cert = False, str(self.certificate), certificate
            url = f"https://{ADDRESS}:{self.port}{path}"
            return session.request(method, url, data=body, headers={"X-Visit": key}, timeout=TIMEOUT_S)

    def said(self, certificate: tuple[str, str] | None) -> tuple[int, str]:
        answer = self.ask(certificate)
        return answer.status_code, answer.json()["failure"]


@pytest.fixture
def door(tmp_path: Path) -> Iterator[Door]:
    door = Door(tmp_path)
    door.site.bring(make_ticket(Scope.COLLECT))
    door.site.visit.press()
    yield door
    door.listening.close()


def test_desk_gets_through_and_nobody_else(door: Door, tmp_path: Path) -> None:
    assert door.said(door.client("@desk")) == (403, "not-visiting")
    for name in (NODE, "@manager", "@operator", "@center", "@desk2", "desk"):
        assert door.said(door.client(name)) == (403, "wrong-name")
    stranger = Pki(tmp_path / "stranger", door.now_us)
    for certificate in (None, door.client("@desk", stranger)):
        with pytest.raises(requests.exceptions.ConnectionError):
            door.ask(certificate)


def test_servers_certificate_is_no_clients(door: Door, tmp_path: Path) -> None:
    """Of the same CA and with the right name, but issued for the other end of a connection."""
    key = new_tls_key()
    server = door.pki.issuer.server(key.public_key(), "@desk", ("desk.example",), door.now_us)
    (tmp_path / "server.pem").write_bytes(dump_certificates(server, door.pki.issuer.certificate))
    save_key(key, tmp_path / "server.key")
    with pytest.raises(requests.exceptions.ConnectionError):
        door.ask((str(tmp_path / "server.pem"), str(tmp_path / "server.key")))


def test_certificate_counts_on_its_days_where_the_node_knows_the_day(door: Door) -> None:
    late, early = door.client("@desk", begins_us=door.now_us - 9 * DAY_US, days=1), door.client("@desk")
    assert door.said(late) == (403, "expired")
    door.present = door.now_us - 2 * DAY_US, True
    assert door.said(early) == (403, "expired")
    door.present = door.now_us - 9 * DAY_US, True
    assert door.said(late) == (403, "not-visiting")


def test_node_that_cannot_tell_the_day_refuses_only_what_is_over_for_certain(door: Door) -> None:
    """A board without a line wakes up in 1970, or on the day of its image; TLS alone would keep the desk out."""
    desk = door.client("@desk")
    door.present = 0, False
    assert door.said(desk) == (403, "not-visiting")
    door.present = door.now_us + 91 * DAY_US, False
    assert door.said(desk) == (403, "expired")


def test_control_tls_by_itself_looks_at_the_days(door: Door, tmp_path: Path) -> None:
    flags = desk_context(on_site(tmp_path / "visit", NODE, ADDRESS), tmp_path / "pki" / "ca.pem").verify_flags
    assert flags & 0x200000, "so that rule 3 decides, and not a clock that nobody set"
    assert not ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).verify_flags & 0x200000


def test_taken_port_for_collecting_leaves_the_page_its_own(tmp_path: Path) -> None:
    (tmp_path / "visit").mkdir()
    Pki(tmp_path, SystemClock().now_us())
    certificate, portal = on_site(tmp_path / "visit", NODE, ADDRESS), make_portal(ORIGIN)
    https, http = free_ports(2)
    with socket.create_server((ADDRESS, 0)) as taken:
        desk = DeskDoor(taken.getsockname()[1], desk_context(certificate, tmp_path / "ca.pem"), portal)
        listening = Listening(Ports(ADDRESS, https, http), portal, portal, certificate, desk)
    with socket.create_connection((ADDRESS, http), timeout=TIMEOUT_S):
        listening.require_running()
    listening.close()


def test_ca_that_is_not_there_is_told(tmp_path: Path) -> None:
    (tmp_path / "visit").mkdir()
    with pytest.raises(BadConfiguration, match="nobody can collect"):
        desk_context(on_site(tmp_path / "visit", NODE, ADDRESS), tmp_path / "ca.pem")


ROUTES = [
    ("GET", NAMED),
    ("GET", f"/v1/nodes/{NODE}/key-list"),
    ("GET", f"/v1/nodes/{NODE}/newest"),
    *(("GET", f"/v1/nodes/{NODE}/chains/{'c0' * 16}/{what}/0-1") for what in ("headers", "records", "receipts")),
    *(
        ("PUT", f"/v1/nodes/{NODE}/{what}")
        for what in ("key-list", "mask-order", "visit-ticket", "receipts", "time-note")
    ),
    ("POST", "/leave"),
]


@pytest.mark.parametrize(("method", "path"), ROUTES)
def test_every_route_needs_the_visits_key(door: Door, method: str, path: str) -> None:
    desk = door.client("@desk")
    assert door.ask(desk, method, path).status_code == 403
    entered = door.ask(desk, "POST", "/code", b'{"code":"%s"}' % code().text.encode())
    key = entered.json()["key"]
    assert door.ask(desk, method, path, key="x" * 43).status_code == 403
    assert door.ask(desk, method, path).status_code == 403
    with_key = door.ask(desk, method, path, key=key)
    assert with_key.status_code == (204 if path == "/leave" else 503), "nobody is behind the socket"


@pytest.mark.parametrize(
    ("method", "path"),
    [("GET", "/"), ("GET", "/standing"), ("GET", "/steps"), ("GET", "/v1/nodes/demo-9/runs"), ("GET", "/aim"),
     ("PUT", f"/v1/nodes/{NODE}/register-entry"), ("GET", f"/v1/nodes/{NODE}/registration")],
)  # fmt: skip
def test_there_is_nothing_else_behind_the_door(door: Door, method: str, path: str) -> None:
    assert door.ask(door.client("@desk"), method, path).status_code == 404


def test_visit_of_another_scope_is_not_opened_here(door: Door) -> None:
    door.site.bring(make_ticket(Scope.INSPECT, issued=door.site.clock.now_us()))
    answer = door.ask(door.client("@desk"), "POST", "/code", b'{"code":"%s"}' % code().text.encode())
    assert (answer.status_code, answer.json()["failure"]) == (403, "wrong-scope")
    assert door.site.events() == []


def test_page_of_a_visit_to_look_collects_nothing(door: Door) -> None:
    """The key of another scope is the visitor's, and still opens nothing here."""
    door.site.bring(make_ticket(Scope.INSPECT, issued=door.site.clock.now_us()))
    key = door.site.visit.open_with(code().text)
    answer = door.ask(door.client("@desk"), key=key)
    assert (answer.status_code, answer.json()["failure"]) == (403, "not-visiting")


def test_wrong_codes_lock_here_as_on_the_page(door: Door) -> None:
    desk = door.client("@desk")
    for _ in range(5):
        answer = door.ask(desk, "POST", "/code", b'{"code":"ZZZZ-ZZZZ"}')
        assert (answer.status_code, answer.json()["failure"]) == (401, "wrong-code")
        assert "ZZZZ" not in answer.text
    assert door.ask(desk, "POST", "/code", b'{"code":"%s"}' % code().text.encode()).status_code == 429
    assert door.site.events() == [What.REFUSED]


def test_collecting_is_noted_before_anything_leaves(door: Door) -> None:
    desk = door.client("@desk")
    key = door.ask(desk, "POST", "/code", b'{"code":"%s"}' % code().text.encode()).json()["key"]
    assert door.site.events() == [What.OPENED]
    path = f"/v1/nodes/{NODE}/chains/{'c0' * 16}/records/0-1"
    for _ in range(2):
        assert door.ask(desk, "GET", path, key=key).status_code == 503
    assert door.site.events() == [What.OPENED, What.COLLECTED]
    door.ask(desk, "POST", "/leave", key=key)
    assert door.site.events() == [What.OPENED, What.COLLECTED, What.ENDED]
