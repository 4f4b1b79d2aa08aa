"""How the register entry gets to the center: once, whole, and without a word of it anywhere else."""

from __future__ import annotations

import logging

import pytest

from edge.base.errors import Refused, TryAgain
from edge.uplink.register_entry import EVERY_S, RegisterEntries
from edge.wire.registerentry import Acknowledged, RegisterEntry, dump_register_entry, parse_acknowledged
from tests.uplink.town import NODE, Town, work

PERSONAL = ("根本町会", "047-000-0000", "松戸市根本", "35787000")


def entry(at: int = 7, node: str = NODE) -> bytes:
    return dump_register_entry(
        RegisterEntry(
            node=node, at=at, latitude_e6=35_787_000, longitude_e6=139_900_000, direction_deg=135,
            address="松戸市根本", host_name="根本町会", host_phone="047-000-0000", consents=("K-0001",), revoked={},
            plate_up=True,
        )
    )  # fmt: skip


def lay(town: Town, data: bytes) -> None:
    assert town.places.register is not None
    town.places.register.parent.mkdir(exist_ok=True)
    town.places.register.write_bytes(data)


def entries(town: Town) -> RegisterEntries:
    town.places.make_folders()
    return RegisterEntries(town.places, NODE)


def acknowledged(town: Town) -> Acknowledged | None:
    path = town.places.register_acknowledged
    return parse_acknowledged(path.read_bytes()) if path.exists() else None


def test_entry_reaches_the_center_once_and_a_newer_one_again(town: Town) -> None:
    handing = entries(town)
    assert handing.hand_over(town.server()) == EVERY_S
    lay(town, entry())
    for _ in range(2):
        handing.hand_over(town.server())
    (asked,) = town.center.entries
    assert (asked.path, asked.body, asked.name) == (f"/v1/nodes/{NODE}/register-entry", entry(), NODE)
    assert acknowledged(town) == Acknowledged(node=NODE, at=7)
    entries(town).hand_over(town.server())  # a restart, before the page's process has deleted it
    assert len(town.center.entries) == 1
    lay(town, entry(9))
    handing.hand_over(town.server())
    assert [request.body for request in town.center.entries] == [entry(), entry(9)]
    assert acknowledged(town) == Acknowledged(node=NODE, at=9)


@pytest.mark.parametrize(("status", "error"), [(400, Refused), (503, TryAgain), (404, TryAgain)])
def test_entry_that_was_not_taken_is_not_acknowledged(town: Town, status: int, error: type[Exception]) -> None:
    lay(town, entry())
    town.center.entry_status = status
    with pytest.raises(error):
        entries(town).hand_over(town.server())
    assert acknowledged(town) is None
    town.center.entry_status = 204
    entries(town).hand_over(town.server())
    assert acknowledged(town) is not None


@pytest.mark.parametrize(
    "data",
    [entry(node="other"), b"", b"{" * 400, entry().replace(b'"v":1', b'"v":2'), entry().replace(b"047-", b"\\n047")],
    ids=["another's", "empty", "deep", "version", "two lines"],
)
def test_entry_that_is_none_is_not_sent_and_is_told_once(
    town: Town, data: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    lay(town, data)
    handing = entries(town)
    with caplog.at_level(logging.INFO):
        for _ in range(3):
            handing.hand_over(town.server())
    assert town.center.entries == [] and acknowledged(town) is None
    assert len(caplog.records) == 1
    assert not any(word in caplog.text for word in PERSONAL)


def test_folder_that_may_not_be_entered_is_told(town: Town, caplog: pytest.LogCaptureFixture) -> None:
    assert town.places.register is not None
    town.places.register.parent.write_bytes(b"")  # no folder; root enters every other
    entries(town).hand_over(town.server())
    assert "register entry is not handed over" in caplog.text


def test_uplink_hands_it_over_by_itself_and_nothing_of_it_is_logged_or_kept(
    town: Town, caplog: pytest.LogCaptureFixture
) -> None:
    lay(town, entry())
    town.spool.boot()
    town.spool.publish()
    uplink = town.uplink()
    with caplog.at_level(logging.DEBUG):
        work(uplink, town.clock)
    assert len(town.center.entries) == 1
    kept = b"".join(path.read_bytes() for path in town.places.state.rglob("*") if path.is_file())
    assert not any(word in caplog.text or word.encode() in kept for word in PERSONAL)
    uplink.close()
