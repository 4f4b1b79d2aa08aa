"""Opening and closing the page's ports, and how the page names itself."""

from __future__ import annotations

import socket
import threading
from pathlib import Path

import pytest

from edge.base.errors import TryAgain
from edge.commission.certificate import on_site
from edge.commission.gate import Origin
from edge.commission.listening import Listening, Ports
from edge.commission.portal import make_portal
from tests.commission.house import ADDRESS, free_ports
from tests.seal.samples import NODE

ORIGIN = Origin(ADDRESS, 443)


def opened(folder: Path, https: int, http: int, address: str = ADDRESS) -> Listening:
    portal = make_portal(ORIGIN)
    return Listening(Ports(address, https, http), portal, portal, on_site(folder, NODE, ADDRESS))


def is_free(port: int) -> bool:
    try:
        socket.create_server((ADDRESS, port)).close()
    except OSError:
        return False
    return True


def test_taken_port_leaves_neither_open_and_may_be_tried_again(tmp_path: Path) -> None:
    https, http = free_ports(2)
    with (
        socket.create_server((ADDRESS, http)),
        pytest.raises(TryAgain, match=rf"\[visit\] {ADDRESS} ports {https} and {http}"),
    ):
        opened(tmp_path, https, http)
    assert is_free(https)
    opened(tmp_path, https, http).close()


def test_interface_that_is_not_up_yet_may_be_tried_again(tmp_path: Path) -> None:
    https, http = free_ports(2)
    with pytest.raises(TryAgain, match="is the on-site interface up"):
        opened(tmp_path, https, http, "192.0.2.1")


def test_closing_frees_both_ports_and_ends_both_threads(tmp_path: Path) -> None:
    https, http = free_ports(2)
    listening = opened(tmp_path, https, http)
    assert {"page", "portal"} <= {thread.name for thread in threading.enumerate()}
    listening.require_running()
    assert not is_free(https)
    assert not is_free(http)
    listening.close()
    assert is_free(https)
    assert is_free(http)
    assert not {"page", "portal"} & {thread.name for thread in threading.enumerate()}


@pytest.mark.parametrize(
    ("origin", "url"),
    [
        (Origin("192.168.70.1", 443), "https://192.168.70.1"),
        (Origin("192.168.70.1", 8443), "https://192.168.70.1:8443"),
        (Origin("fd00::1", 443), "https://[fd00::1]"),
        (Origin("fd00::1", 8443), "https://[fd00::1]:8443"),
    ],
)
def test_page_names_itself_as_browsers_do(origin: Origin, url: str) -> None:
    assert origin.url == url
