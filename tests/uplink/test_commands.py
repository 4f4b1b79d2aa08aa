"""Commands: which are taken, which refused, and what a restart and a damaged file leave of them."""

from __future__ import annotations

from pathlib import Path

import pytest

from edge.base.errors import Refused, StorageFault
from edge.uplink import commands as taking
from edge.uplink.commands import WINDOWS_LIMIT, Commands
from edge.uplink.plan import Window
from tests.uplink.town import NODE, SECOND_US, command, make_authority

NOW = 1_800_000_000_000_000
HOUR_US = 3600 * SECOND_US


def taken(path: Path, now_us: int = NOW) -> Commands:
    return Commands(path, make_authority(NOW), NODE, now_us)


def test_window_is_kept_over_a_restart(tmp_path: Path) -> None:
    taken(tmp_path / "c").take(command(1, NOW, 10, 20), NOW)
    assert taken(tmp_path / "c").windows(NOW) == (Window(10, 20),)


def test_window_goes_when_the_command_expires(tmp_path: Path) -> None:
    commands = taken(tmp_path / "c")
    commands.take(command(1, NOW, 10, 20), NOW)
    assert commands.windows(NOW + HOUR_US) == (Window(10, 20),)
    assert commands.windows(NOW + HOUR_US + 1) == ()


@pytest.mark.parametrize(
    ("data", "failure"),
    [
        (command(5, NOW, 10, 20), "replayed"),
        (command(4, NOW, 10, 20), "replayed"),
        (command(6, NOW, 10, 20, node="demo-2"), "wrong-node"),
        (command(6, NOW - 2 * HOUR_US, 10, 20), "expired"),
        (command(6, NOW + HOUR_US, 10, 20), "expired"),
        (command(6, NOW, 10, 20).replace(b'"end_us":20', b'"end_us":21'), "bad-signature"),
        (b"rubbish", "bad-json"),
    ],
)
def test_false_command_is_refused(tmp_path: Path, data: bytes, failure: str) -> None:
    commands = taken(tmp_path / "c")
    commands.take(command(5, NOW, 1, 2), NOW)
    with pytest.raises(Refused) as caught:
        commands.take(data, NOW)
    assert caught.value.failure == failure
    assert commands.windows(NOW) == (Window(1, 2),)


def test_next_command_is_taken(tmp_path: Path) -> None:
    commands = taken(tmp_path / "c")
    commands.take(command(5, NOW, 1, 2), NOW)
    commands.take(command(6, NOW, 3, 4), NOW)
    assert commands.windows(NOW) == (Window(1, 2), Window(3, 4))


def test_replay_is_refused_after_a_restart(tmp_path: Path) -> None:
    taken(tmp_path / "c").take(command(1, NOW, 10, 20), NOW)
    with pytest.raises(Refused, match="not above"):
        taken(tmp_path / "c").take(command(1, NOW, 10, 20), NOW)


def test_replay_is_taken_where_the_counter_is_not_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Control of the test above."""
    monkeypatch.setattr(taking, "write_durably", lambda *_: None)
    taken(tmp_path / "c").take(command(1, NOW, 10, 20), NOW)
    taken(tmp_path / "c").take(command(1, NOW, 10, 20), NOW)


def test_command_does_not_count_before_it_is_on_the_disk(tmp_path: Path) -> None:
    commands = taken(tmp_path / "missing" / "c")
    with pytest.raises(StorageFault):
        commands.take(command(1, NOW, 10, 20), NOW)
    assert commands.windows(NOW) == ()


def test_so_many_windows_and_no_more(tmp_path: Path) -> None:
    commands = taken(tmp_path / "c")
    for counter in range(1, WINDOWS_LIMIT + 1):
        commands.take(command(counter, NOW, counter, counter + 1), NOW)
    with pytest.raises(Refused, match="limit"):
        commands.take(command(1000, NOW, 1, 2), NOW)
    later = NOW + 2 * HOUR_US
    commands.take(command(1000, later, 1, 2), later)
    assert len(commands.windows(later)) == 1


@pytest.mark.parametrize("damage", [b"", b"{}x", b'{"v":2}', b"x" * 100_000])
def test_damaged_file_refuses_what_was_issued_before(tmp_path: Path, damage: bytes) -> None:
    path = tmp_path / "c"
    taken(path).take(command(1, NOW, 10, 20), NOW)
    path.write_bytes(damage)
    commands = taken(path, NOW + 10)
    with pytest.raises(Refused, match="memory"):
        commands.take(command(1, NOW, 10, 20), NOW + 10)
    commands.take(command(2, NOW + 11, 30, 40), NOW + 11)
    assert taken(path).windows(NOW + 11) == (Window(30, 40),)
