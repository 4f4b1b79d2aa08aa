"""How the node is joined to its line: from the kernel's files, and from ModemManager where there is a modem."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from edge.health.access import EVERY_NS, STALE_US, Accesses, look, modem_told
from edge.wire.line import Access, Way
from tests.clocks import HandClock
from tests.health.test_board import WIRELESS, WLAN0

ROUTE_HEAD = "Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT\n"
NO_ROUTE6 = f"fe80{'0' * 28} 40 {'0' * 32} 00 {'0' * 32} 00000100 00000001 00000000 00000001     eth0\n"


class Net:
    """A procfs and sysfs with interfaces and routes, as the kernel writes them."""

    def __init__(self, folder: Path) -> None:
        self.proc, self.sys, self.modem = folder / "proc", folder / "sys", b""
        (self.proc / "net").mkdir(parents=True)
        self._routes, self.asked = ROUTE_HEAD, 0
        (self.proc / "net" / "route").write_text(ROUTE_HEAD)

    def interface(self, name: str, *, kind: str = "1", wireless: bool = False) -> None:
        place = self.sys / "class" / "net" / name
        place.mkdir(parents=True)
        (place / "type").write_text(kind + "\n")
        if wireless:
            (place / "phy80211").mkdir()

    def route(self, name: str, *, metric: int = 100, to: str = "00000000", flags: str = "0003") -> None:
        mask = "00000000" if to == "00000000" else "00FFFFFF"
        self._routes += f"{name}\t{to}\t0102A8C0\t{flags}\t0\t0\t{metric}\t{mask}\t0\t0\t0\n"
        (self.proc / "net" / "route").write_text(self._routes)

    def route6(self, name: str, metric: int = 1024) -> None:
        nought = "0" * 32
        line = f"{nought} 00 {nought} 00 fe80{'0' * 27}1 {metric:08x} 00000003 00000000 00450003     {name}\n"
        (self.proc / "net" / "ipv6_route").write_text(NO_ROUTE6 + line)

    def ask(self) -> bytes:
        self.asked += 1
        return self.modem

    def look(self) -> Access:
        return look(self.proc, self.sys, self.ask)


def modem(percent: str = "52", ports: tuple[str, ...] = ("cdc-wdm0 (qmi)", "wwan0 (net)")) -> bytes:
    generic = {"ports": list(ports), "signal-quality": {"recent": "yes", "value": percent}, "state": "connected"}
    return json.dumps({"modem": {"dbus-path": "/org/freedesktop/ModemManager1/Modem/0", "generic": generic}}).encode()


@pytest.fixture
def net(tmp_path: Path) -> Net:
    return Net(tmp_path)


def test_cable_is_told_and_so_is_nothing(net: Net) -> None:
    assert net.look() == Access()
    net.interface("eth0")
    net.route("eth0", to="000200C0")
    assert net.look() == Access()  # a route to the neighbours leads nowhere
    net.route("eth0")
    assert net.look() == Access(Way.CABLE)


def test_wireless_has_its_level(net: Net) -> None:
    net.interface("wlan0", wireless=True)
    net.route("wlan0")
    (net.proc / "net" / "wireless").write_text(WIRELESS + WLAN0)
    assert net.look() == Access(Way.WIRELESS, -56)
    assert net.asked == 0


@pytest.mark.parametrize(("name", "kind"), [("wwan0", "519"), ("ppp0", "512"), ("wwan0", "1")])
def test_modem_has_its_percent(net: Net, name: str, kind: str) -> None:
    net.interface(name, kind=kind)
    net.route(name, flags="0001")
    net.modem = modem()
    assert net.look() == Access(Way.MODEM, percent=52)
    net.modem = b""
    assert net.look() == Access(Way.MODEM)


def test_modem_that_looks_like_a_cable_is_known_by_its_port(net: Net) -> None:
    net.interface("usb0")
    net.route("usb0")
    net.modem = modem(ports=("ttyUSB2 (at)", "usb0 (net)"))
    assert net.look() == Access(Way.MODEM, percent=52)
    net.modem = modem()  # control: the modem has another port, the way out is a cable
    assert net.look() == Access(Way.CABLE)


def test_least_metric_decides_and_the_newer_protocol_where_the_older_has_no_way_out(net: Net) -> None:
    net.interface("eth0")
    net.interface("wwan0", kind="519")
    net.route6("wwan0")
    assert net.look().way is Way.MODEM
    net.route("wwan0", metric=700)
    net.route("eth0", metric=100)
    assert net.look().way is Way.CABLE


@pytest.mark.parametrize(
    "answer",
    [b"", b"{", b"[" * 70_000, b"[]", b'{"modem":7}', b'{"modem":{"generic":[]}}', modem("--"), modem("101"),
     modem("-5"), b'{"modem":{"generic":{"ports":[1,{}],"signal-quality":{"value":52}}}}', b"\xff" * 40],
)  # fmt: skip
def test_modem_manager_that_says_rubbish_is_not_believed(net: Net, answer: bytes) -> None:
    net.interface("wwan0", kind="519")
    net.route("wwan0")
    net.modem = answer
    assert net.look() == Access(Way.MODEM)


@pytest.mark.parametrize("name", ["../../etc", "..", "a" * 16, "et/h0"])
def test_interface_that_is_no_name_is_none(net: Net, name: str) -> None:
    net.route(name)
    assert net.look() == Access()


@pytest.mark.parametrize("text", ["", "rubbish\n", ROUTE_HEAD + "eth0\t00000000\n", ROUTE_HEAD + "e " * 11 + "\n"])
def test_routes_that_cannot_be_read_lead_nowhere(net: Net, text: str) -> None:
    (net.proc / "net" / "route").write_text(text)
    assert net.look() == Access()


def test_it_is_looked_at_now_and_then(net: Net) -> None:
    clock = HandClock(0)
    accesses = Accesses(clock, net.ask, net.proc, net.sys)
    net.interface("usb0")
    net.route("usb0")
    for _ in range(5):
        assert accesses().way is Way.CABLE
    assert net.asked == 1
    clock.advance(EVERY_NS / 1e9)
    accesses()
    assert net.asked == 2


def test_modem_managers_word_is_read_while_it_is_new(tmp_path: Path) -> None:
    clock, told = HandClock(10**15), tmp_path / "modem.json"
    ask = modem_told(told, clock)
    assert ask() == b""
    told.write_bytes(modem())
    os.utime(told, ns=(10**18, 10**18))
    assert ask() == modem()
    clock.advance(STALE_US / 1e6 + 1)
    assert ask() == b""
    clock.at_us = 10**15
    told.write_bytes(b"x" * 70_000)
    os.utime(told, ns=(10**18, 10**18))
    assert ask() == b""
    told.unlink()
    told.mkdir()
    assert ask() == b""
