"""Asahikawa: a camera without a line gives one window to the desk's laptop, and nothing else to anybody."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest

from edge.base.errors import NotPermitted, Refused
from edge.desk.collecting import _note
from edge.desk.keylists import read_key_list
from edge.desk.ledger import NAME, Purpose, read_ledger
from edge.desk.nodedoor import NodeDoor
from edge.desk.selection import parse_runs
from edge.seal.bundle import read_bundle
from edge.seal.record import parse_headers
from edge.wire.keylist import parse_key_list
from edge.wire.keys import SigningKey
from edge.wire.receipt import parse_receipt
from edge.wire.timenote import parse_time_note
from edge.wire.visit import Scope
from edge.wire.visitevents import What
from edge.wire.visitreport import VisitState
from tests.commission.house import ADDRESS
from tests.desk.conftest import Town
from tests.desk.onsite import WINDOW, Cutting, Laptop, Street, at
from tests.desk.scene import NODE, Camera, joined
from tests.journeys.secrets import AGE, MP4, files_with

pytestmark = pytest.mark.journey


@pytest.fixture(scope="module")
def street(town: Town, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Street]:
    street = Street(tmp_path_factory.mktemp("street"), town, town.camera, town.taken)
    yield street
    street.end()


@pytest.fixture(scope="module")
def laptop(street: Street, tmp_path_factory: pytest.TempPathFactory) -> Laptop:
    return Laptop(tmp_path_factory.mktemp("laptop"), street)


def test_collected_window_is_verified_and_opened_by_both(
    laptop: Laptop, street: Street, town: Town, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    bundle = tmp_path / "bundle"
    laptop.has_ticket()
    street.wait_for_code()
    assert laptop.collect(bundle) == 0
    said = capfd.readouterr().err
    assert "回収中" in said and "collecting" in said
    assert laptop.code_file.read_text().strip() not in said
    assert (bundle / "records").read_bytes() == joined(town.taken[2:5])
    assert [header.sequence for header in read_bundle(bundle).bare] == [1, 2, 3, 4, 5]
    root = town.desk / "root.pub"
    assert town.run("desk", "verify", bundle, "--root", root, "--demo") == 0
    for who, verb, given, out in (
        ("manager", "peel", (), "peeled"),
        ("operator", "open", ("--peeled", tmp_path / "peeled"), "opened"),
    ):
        words = ("--store", town.folder / who, "--passphrase-file", town.secret(who), "--bundle", bundle, *given)
        assert town.run("desk", verb, *words, "--root", root, "--demo", "--out", tmp_path / out) == 0
    shown = [path.read_bytes() for path in sorted((tmp_path / "opened" / "segments").iterdir())]
    assert shown == [item.segment.mp4 for item in town.taken[2:5] if item.segment is not None]


def test_visit_and_ledger_tell_what_was_collected(
    laptop: Laptop, street: Street, town: Town, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    before = len(read_ledger(town.desk / NAME))
    laptop.has_ticket()
    street.wait_for_code()
    assert laptop.collect(tmp_path / "b", "--purpose", "emergency", "--reference", "R-9") == 0
    street.until(lambda: street.state is VisitState.ENDED)
    opened, collected, ended = street.events[-3:]
    assert [event.state for event in (opened, collected, ended)] == [What.OPENED, What.COLLECTED, What.ENDED]
    size = (tmp_path / "b" / "records").stat().st_size
    assert (collected.left_bytes, ended.left_bytes is not None and ended.left_bytes >= size) == (None, True)
    lines = read_ledger(town.desk / NAME)
    assert len(lines) == before + 1
    entry = lines[-1].entry
    assert (entry.node, entry.purpose, entry.reference, entry.who) == (NODE, Purpose.EMERGENCY, "R-9", "K-07")
    assert (entry.start, entry.end, entry.records, entry.bytes) == (*WINDOW, 3, size)
    assert entry.sha256 == hashlib.sha256((tmp_path / "b" / "records").read_bytes()).hexdigest()
    capfd.readouterr()
    assert town.run("desk", "ledger", "--desk", town.desk) == 0
    assert (
        capfd.readouterr()
        .out.splitlines()[-1]
        .endswith(f"for emergency R-9 by K-07, 3 records, SHA-256 {entry.sha256}")
    )


def test_desk_tells_the_time_over_the_newest_record(laptop: Laptop, street: Street, town: Town, tmp_path: Path) -> None:
    laptop.has_ticket()
    street.wait_for_code()
    words = ("--passphrase-file", town.secret("desk"), "--clock", town.clock)
    assert laptop.collect(tmp_path / "b", *words, more="--tell-time") == 0
    data = (street.folder / "uplink" / "inbox" / "time-note.json").read_bytes()
    note = parse_time_note(data, laptop.authority, NODE).payload
    newest = town.taken[-1].record.header
    assert (note.chain, note.sequence, note.sha256) == (newest.manifest.chain, newest.sequence, newest.sha256)
    assert note.time == town.served.clock.now_us()


def test_time_is_told_over_the_registered_nodes_own_record_alone(laptop: Laptop, town: Town, tmp_path: Path) -> None:
    """A note over a made-up record of a far sequence would pass for a new one in every later run."""
    own, foreign = town.taken[-1].record.header.data, Camera().record(read_key_list(town.folder / "list.json"))
    shown = [own, foreign[-1].record.header.data, own]
    door = SimpleNamespace(newest=lambda node: shown.pop(0))
    where = "/v1/nodes/cam-1/registration"
    with town.connect() as center:
        registration = center.get(where, limit_bytes=10**6)
    arguments = SigningKey.generate(), town.served.clock
    assert _note(door, NODE, registration, *arguments)  # type: ignore[arg-type]
    with pytest.raises(Refused, match="names key"):
        _note(door, NODE, registration, *arguments)  # type: ignore[arg-type]
    words = ("--passphrase-file", town.secret("desk"), "--clock", town.clock, "--carry", None)
    laptop.has_ticket()
    assert laptop.collect(tmp_path / "b", *words, more="--tell-time") == 64, "before the way"


def test_machine_whose_clock_nobody_keeps_tells_no_time(
    laptop: Laptop, town: Town, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("edge.base.clock._kernel_synchronised", lambda: False)
    laptop.has_ticket()
    words = ("--passphrase-file", town.secret("desk"))
    assert laptop.collect(tmp_path / "b", *words, more="--tell-time") == 77


def test_laptop_that_is_stolen_on_the_way_holds_only_sealed_records(
    laptop: Laptop, street: Street, town: Town, tmp_path: Path
) -> None:
    laptop.has_ticket()
    street.wait_for_code()
    assert laptop.collect(tmp_path / "b") == 0
    pictures = [item.segment.mp4[-64:] for item in town.taken if item.segment is not None]
    for folder in (tmp_path, laptop.folder, town.desk):
        assert files_with(folder, [AGE, MP4, *pictures]) == set()
    names = {str(path.relative_to(town.desk)) for path in town.desk.rglob("*.age")}
    assert names and not any(name.startswith("days/") for name in names), "the desk has no day's keys"
    words = ("--store", town.desk, "--passphrase-file", town.secret("desk"), "--bundle", tmp_path / "b")
    assert town.run("desk", "peel", *words, "--out", tmp_path / "peeled") != 0
    assert not (tmp_path / "peeled").exists()
    (tmp_path / "control").write_bytes(b"before" + pictures[0] + b"after")
    assert files_with(tmp_path, pictures) == {"control"}


def test_hostile_laptop_gets_no_more_than_its_ticket_names(laptop: Laptop, street: Street, town: Town) -> None:
    """It has certificate, ticket and code, and asks for everything."""
    laptop.has_ticket()
    street.wait_for_code()
    chain = f"/v1/nodes/{NODE}/chains/{town.taken[0].record.header.manifest.chain}"
    with NodeDoor(f"{ADDRESS}:{street.port}", town.desk, street.fingerprint) as door:
        door.bring_ticket(laptop.ticket.read_bytes())
        with pytest.raises(NotPermitted):
            door.get(f"{chain}/records/0-63", limit_bytes=10**8)
        door.enter(laptop.code_file.read_text().strip())
        for window in ("", "?from=0&to=9007199254740991"):
            assert len(parse_runs(door.get(f"/v1/nodes/{NODE}/runs{window}", limit_bytes=10**6))) == 1
        assert door.get(f"{chain}/records/0-63", limit_bytes=10**8) == joined(town.taken[2:5])
        headers = parse_headers(door.get(f"{chain}/headers/0-4095", limit_bytes=10**8))
        assert [header.sequence for header in headers] == [1, 2, 3, 4, 5]
        for path in (f"{chain}/records/0-64", f"{chain}/records/5-1", chain.replace(NODE, "cam-2") + "/records/0-1"):
            with pytest.raises(Refused):
                door.get(path, limit_bytes=10**8)
        door.leave()
        with pytest.raises(NotPermitted):
            door.get(f"{chain}/records/2-4", limit_bytes=10**8)


def test_what_was_carried_reaches_the_node(laptop: Laptop, street: Street, town: Town, tmp_path: Path) -> None:
    laptop.has_ticket()
    street.wait_for_code()
    assert laptop.collect(tmp_path / "b") == 0
    inbox = street.folder / "uplink" / "inbox"
    assert (inbox / "key-list.json").read_bytes() == (town.folder / "list.json").read_bytes()
    filed = street.folder / "uplink" / "receipts"
    street.until(lambda: any(path.read_bytes().endswith(b"\n") for path in filed.iterdir()))
    (receipt,) = [line for path in filed.iterdir() for line in path.read_bytes().splitlines()]
    assert parse_receipt(receipt, laptop.authority).payload.last == town.taken[-1].record.header.sequence
    assert (tmp_path / "b" / "receipts.jsonl").read_bytes() == receipt + b"\n"


def test_window_with_nothing_in_it_says_so(
    laptop: Laptop, street: Street, town: Town, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    before = len(read_ledger(town.desk / NAME))
    window = WINDOW[0] - 3_600_000_000, WINDOW[0] - 1_800_000_000
    laptop.has_ticket(window=window)
    street.wait_for_code()
    assert laptop.collect(tmp_path / "b", "--from", at(window[0]), "--to", at(window[1])) == 65
    assert "the node has no record of that window" in capfd.readouterr().err
    assert not (tmp_path / "b" / "records").exists()
    assert len(read_ledger(town.desk / NAME)) == before


@pytest.mark.parametrize("cuts", [[20_000], [9_000, 11_000, 30_000]], ids=["once", "often"])
def test_broken_link_is_taken_up_again(
    laptop: Laptop, street: Street, town: Town, tmp_path: Path, cuts: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("edge.desk.download.PIECE_BYTES", 40_000)
    laptop.has_ticket()
    street.wait_for_code()
    radio = Cutting(street.port, cuts)
    try:
        assert laptop.collect(tmp_path / "b", "--carry", None, port=radio.port) == 0
    finally:
        radio.close()
    assert radio.broken >= 1
    assert (tmp_path / "b" / "records").read_bytes() == joined(town.taken[2:5])


def test_next_visit_goes_on_where_the_last_one_broke(
    laptop: Laptop, street: Street, town: Town, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("edge.desk.download.PIECE_BYTES", 40_000)
    monkeypatch.setattr("edge.desk.collecting.TRIES", 1)
    laptop.has_ticket()
    street.wait_for_code()
    radio = Cutting(street.port, [60_000])
    try:
        assert laptop.collect(tmp_path / "b", port=radio.port) == 69
    finally:
        radio.close()
    held = (tmp_path / "b" / "records.part").stat().st_size
    assert not (tmp_path / "b" / "records").exists()
    street.wait_for_code()
    assert laptop.collect(tmp_path / "b") == 0
    assert (tmp_path / "b" / "records").read_bytes() == joined(town.taken[2:5])
    assert held <= (tmp_path / "b" / "records").stat().st_size


def test_nothing_is_collected_without_the_button(laptop: Laptop, street: Street, tmp_path: Path) -> None:
    if street.state is VisitState.WAITING:
        street.press()
        street.until(lambda: street.state is VisitState.CLOSED)
    laptop.has_ticket()
    assert laptop.collect(tmp_path / "b") in (65, 69), "not waiting for a code, or not even there"
    assert not (tmp_path / "b" / "records").exists()


def test_wrong_code_opens_nothing(laptop: Laptop, street: Street, tmp_path: Path) -> None:
    laptop.has_ticket()
    laptop.code_file.write_text("ZZZZ-ZZZZ\n")
    street.wait_for_code()
    assert laptop.collect(tmp_path / "b") == 77
    assert street.state is VisitState.WAITING
    assert not (tmp_path / "b").exists()


def test_ticket_whose_hours_are_over_opens_nothing(laptop: Laptop, street: Street, tmp_path: Path) -> None:
    """A key list that was issued after its end shows the node that it is over, whatever its clock says."""
    laptop.has_ticket()
    street.wait_for_code()
    assert laptop.collect(tmp_path / "first") == 0
    key_list = parse_key_list((street.folder / "uplink/inbox/key-list.json").read_bytes(), laptop.authority, NODE)
    ends = key_list.payload.issued - 1
    laptop.has_ticket(hours=(ends - 1_000_000, ends))
    street.wait_for_code()
    assert laptop.collect(tmp_path / "b") == 77
    assert street.state is VisitState.WAITING
    assert not (tmp_path / "b").exists()


def test_ticket_of_another_scope_collects_nothing(laptop: Laptop, street: Street, tmp_path: Path) -> None:
    laptop.has_ticket(Scope.INSPECT)
    assert laptop.collect(tmp_path / "b") == 64


@pytest.mark.parametrize("who", ["manager", "operator"])
def test_another_roles_certificate_is_refused(
    laptop: Laptop, street: Street, town: Town, tmp_path: Path, who: str, capfd: pytest.CaptureFixture[str]
) -> None:
    laptop.has_ticket()
    street.wait_for_code()
    assert laptop.collect(tmp_path / "b", desk=town.folder / "city" / who) == 77
    assert f"@{who}" in capfd.readouterr().err
    assert street.state is VisitState.WAITING


def test_node_that_shows_another_certificate_hears_no_code(laptop: Laptop, street: Street, tmp_path: Path) -> None:
    laptop.has_ticket()
    street.wait_for_code()
    assert laptop.collect(tmp_path / "b", "--fingerprint", "00" * 32) == 77
    assert street.state is VisitState.WAITING


def test_window_beyond_the_ticket_is_refused_before_the_way(laptop: Laptop, tmp_path: Path) -> None:
    laptop.has_ticket()
    assert laptop.collect(tmp_path / "b", "--to", "2026-01-05T10:00:07+09:00") == 64


@pytest.mark.parametrize("guarded", [True, False], ids=["guarded", "control"])
def test_records_of_a_false_node_are_no_evidence(
    town: Town, tmp_path: Path, guarded: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its control leaves the check out: then a bundle comes about, and only ``desk verify`` tells."""
    false = Camera()
    (tmp_path / "street").mkdir()
    street = Street(tmp_path / "street", town, false, false.record(read_key_list(town.folder / "list.json")))
    try:
        (tmp_path / "laptop").mkdir()
        laptop, before = Laptop(tmp_path / "laptop", street), len(read_ledger(town.desk / NAME))
        laptop.has_ticket()
        street.wait_for_code()
        if not guarded:
            monkeypatch.setattr("edge.desk.collecting._require_own", lambda *_: None)
        assert laptop.collect(tmp_path / "b") == (65 if guarded else 0)
    finally:
        street.end()
    assert (tmp_path / "b" / "records").exists() is not guarded
    assert len(read_ledger(town.desk / NAME)) - before == (0 if guarded else 1)
    if not guarded:
        assert town.run("desk", "verify", tmp_path / "b", "--root", town.desk / "root.pub", "--demo") == 1
