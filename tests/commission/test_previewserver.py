"""aim's end of the preview socket: one client, never waited for."""

from __future__ import annotations

import socket
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from edge.commission.previewclient import PreviewClient
from edge.commission.previewlink import HEAD_LIMIT_BYTES, LENGTHS, Request, parse_head
from edge.commission.previewserver import PATIENCE_S, PreviewServer
from tests.clocks import HandClock

MUCH = bytes(8 * 2**20)
"""More than a socket takes at once."""


@pytest.fixture
def clock() -> HandClock:
    return HandClock()


@pytest.fixture
def server(tmp_path: Path, clock: HandClock) -> Iterator[PreviewServer]:
    server = PreviewServer(tmp_path / "aim.sock", clock)
    yield server
    server.close()


def joined(tmp_path: Path) -> socket.socket:
    client = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    client.connect(str(tmp_path / "aim.sock"))
    return client


def test_socket_is_for_owner_and_group_and_goes_with_aim(tmp_path: Path, clock: HandClock) -> None:
    path = tmp_path / "aim.sock"
    path.write_text("left by a run that was killed")
    server = PreviewServer(path, clock)
    assert stat.S_IMODE(path.stat().st_mode) == 0o660
    server.close()
    assert not path.exists()


def test_requests_come_in_order(tmp_path: Path, server: PreviewServer) -> None:
    client = PreviewClient(tmp_path / "aim.sock")
    client.paint(b"masks")
    client.rate(3)
    messages = server.serve()
    assert [parse_head(Request, message).kind for message in messages] == ["draft", "rate"]
    assert messages[0].body == b"masks"
    client.close()


def test_second_client_is_turned_away(tmp_path: Path, server: PreviewServer) -> None:
    first = joined(tmp_path)
    server.serve()
    second = joined(tmp_path)
    server.serve()
    assert second.recv(1) == b""
    server.send(b"picture")
    assert first.recv(16) == b"picture"
    first.close()
    second.close()


def test_it_tells_for_how_long_nobody_was_there(tmp_path: Path, server: PreviewServer, clock: HandClock) -> None:
    clock.sleep(7)
    assert server.idle_s == 7
    client = joined(tmp_path)
    server.serve()
    clock.sleep(7)
    assert server.idle_s == 0
    client.close()
    server.serve()
    clock.sleep(3)
    assert server.idle_s == 3


def test_client_that_takes_nothing_is_put_out(tmp_path: Path, server: PreviewServer, clock: HandClock) -> None:
    client = joined(tmp_path)
    server.serve()
    server.send(MUCH)
    assert not server.has_room
    clock.sleep(PATIENCE_S)
    server.serve()
    assert server.idle_s == 0, "put out too early"
    clock.sleep(1)
    server.serve()
    clock.sleep(1)
    assert server.idle_s == 1
    client.close()


def test_message_that_is_too_long_ends_the_connection(tmp_path: Path, server: PreviewServer) -> None:
    client = joined(tmp_path)
    client.sendall(LENGTHS.pack(HEAD_LIMIT_BYTES + 1, 0))
    assert server.serve() == []
    assert client.recv(1) == b""
    client.close()
