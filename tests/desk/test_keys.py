"""Day keys and key lists: both custodians or none, and gone when expired."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from edge.base.clock import from_iso
from edge.base.errors import BadInput, NotPermitted, Refused, StorageFault, UsageFault
from edge.desk import expiry, holdings
from edge.desk.custodian import Custodian
from edge.desk.daykeys import DayKeys, issue_halves, own_recipients, private_key
from edge.desk.expiry import DAYS_AT_ONCE, Rule, expire, status
from edge.desk.keylists import Merge, merge, read_halves, read_key_list, sign_list
from edge.desk.periods import day_end_us, has_expired, last_day, local_day, periods_from, zone_named
from edge.desk.publish import publish
from edge.wire import signed
from edge.wire.keylist import KeyHalves, KeyList, parse_key_list
from tests.desk.conftest import Town
from tests.desk.scene import DAY, NODE, WEEK

Copied = Callable[[Custodian], Custodian]
NOW = from_iso("2026-01-05T09:00:00+09:00")
LATER = "2026-02-05T09:00:00+09:00"
TOKYO = zone_named("Asia/Tokyo")


@pytest.fixture
def halves(manager: Custodian, operator: Custodian, town: Town) -> Merge:
    """Parts of a second list, for the same days as the first."""
    periods = periods_from(date(2026, 1, 5), 3)
    first = read_key_list(town.folder / "list.json")
    return Merge(issue_halves(manager, NODE, periods, NOW), issue_halves(operator, NODE, periods, NOW), first)


def changed(document: signed.Signed[KeyHalves], **fields: object) -> signed.Signed[KeyHalves]:
    return signed.sign("key-halves", document.payload.model_copy(update=fields))


def test_published_list_has_what_both_issued(town: Town) -> None:
    data = (town.folder / "list.json").read_bytes()
    listed = parse_key_list(data, town.office().authority.payload, NODE).payload
    assert [pair.period for pair in listed.days] == [DAY, "2026-01-06", "2026-01-07"]  # the operator issued four
    assert [pair.period for pair in listed.spares] == [WEEK]
    assert (listed.version, listed.previous) == (1, None)
    assert listed.expires == from_iso("2026-01-08T00:00:00+09:00")


def test_issuing_again_gives_the_same_recipients(manager: Custodian, copied: Copied) -> None:
    store = copied(manager)
    first = issue_halves(store, NODE, periods_from(date(2026, 1, 5), 2), NOW).payload.recipients()
    again = issue_halves(store, NODE, periods_from(date(2026, 1, 5), 9), NOW).payload.recipients()
    assert first.items() <= again.items() and len(set(again.values())) == len(again) == 9 + 2


def test_second_list_follows_the_first(halves: Merge, manager: Custodian, operator: Custodian, town: Town) -> None:
    document = sign_list(operator, sign_list(manager, merge(halves, NOW, TOKYO)))
    assert halves.previous is not None
    assert (document.payload.version, document.payload.previous) == (2, halves.previous.sha256)
    parse_key_list(document.data, town.office().authority.payload, NODE)


def test_merging_by_command_follows_the_list_that_this_desk_published(
    town: Town, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    halves = ("--manager", town.folder / "manager.halves", "--operator", town.folder / "operator.halves")
    words = ("desk", "keys", "merge", "--desk", town.desk, *halves, "--clock", town.clock)
    first = read_key_list(town.folder / "list.json")
    assert town.run(*words, "--out", tmp_path / "second") == 0
    assert town.run(*words, "--out", tmp_path / "named", "--previous", town.folder / "list.json") == 0
    for name in ("second", "named"):
        document = read_key_list(tmp_path / name).payload
        assert (document.version, document.previous) == (2, first.sha256)
    assert "key list 2" in capsys.readouterr().out


def test_a_list_that_one_did_not_sign_is_not_published(halves: Merge, manager: Custodian, town: Town) -> None:
    document = sign_list(manager, merge(halves, NOW, TOKYO))
    with town.connect() as center, pytest.raises(Refused, match="operator key"):
        publish(center, town.office(), document)
    assert not any("key-list" in path for path in town.served.faults.asked)


def test_halves_bear_their_custodians_signature(town: Town, halves: Merge, tmp_path: Path) -> None:
    authority = town.office().authority.payload
    assert read_halves(town.folder / "manager.halves", authority).payload.custodian == "manager"
    (tmp_path / "forged").write_bytes(changed(halves.manager).data)
    with pytest.raises(Refused, match="manager key"):
        read_halves(tmp_path / "forged", authority)


def test_merging_refuses_what_does_not_belong_together(halves: Merge) -> None:
    for parts, failure in (
        (Merge(halves.operator, halves.operator, None), "wrong-custodian"),
        (Merge(halves.manager, halves.manager, None), "wrong-custodian"),
        (Merge(changed(halves.manager, node="cam-2"), halves.operator, None), "wrong-node"),
        (
            Merge(changed(halves.manager, node="cam-2"), changed(halves.operator, node="cam-2"), halves.previous),
            "wrong-node",
        ),
        (Merge(changed(halves.manager, halves=()), halves.operator, None), "no-common-day"),
        (Merge(changed(halves.manager, halves=halves.operator.payload.halves), halves.operator, None), "bad-document"),
    ):
        with pytest.raises(Refused) as caught:
            merge(parts, NOW, TOKYO)
        assert caught.value.failure == failure


def test_nobody_signs_a_recipient_that_is_not_theirs(
    halves: Merge, manager: Custodian, operator: Custodian, copied: Copied
) -> None:
    document = merge(halves, NOW, TOKYO)
    assert len(sign_list(manager, document).signatures) == 1  # control: it signs what is right
    stranger = copied(manager)
    shutil.rmtree(stranger.store.folder / "days")
    issue_halves(stranger, NODE, periods_from(date(2026, 1, 5), 3), NOW)
    with pytest.raises(NotPermitted, match="not in this store; not signed"):
        sign_list(stranger, document)
    days = document.payload.days
    swapped = (
        days[0].model_copy(update={"manager": days[1].manager}),
        days[1].model_copy(update={"manager": days[0].manager}),
    )
    crossed = signed.sign("key-list", document.payload.model_copy(update={"days": (*swapped, days[2])}))
    with pytest.raises(NotPermitted, match=f"{DAY}.*not signed"):
        sign_list(manager, crossed)
    foreign = signed.sign("key-list", document.payload.model_copy(update={"node": "cam-2"}))
    with pytest.raises(NotPermitted, match="cam-2"):
        sign_list(manager, foreign)


def test_nobody_signs_a_list_that_they_could_open_alone(halves: Merge, manager: Custodian, copied: Copied) -> None:
    store = copied(manager)
    spare = issue_halves(store, "cam-9", [DAY], NOW).payload.recipients()[DAY]
    document = merge(halves, NOW, TOKYO)
    pair = document.payload.days[0].model_copy(update={"operator": spare})
    alone = signed.sign("key-list", document.payload.model_copy(update={"days": (pair, *document.payload.days[1:])}))
    with pytest.raises(NotPermitted, match="one person could open it"):
        sign_list(store, alone)
    KeyList.model_validate(alone.payload.model_dump())  # control: nothing else is wrong with it


def test_expired_keys_are_destroyed_for_good(manager: Custodian, copied: Copied) -> None:
    store = copied(manager)
    secret = private_key(store, NODE, DAY)
    sealed = (store.store.folder / "days" / NODE / f"{DAY}.age").read_bytes()
    gone = expire(store.store.folder, Rule(3, date(2026, 1, 8)), NOW)
    assert [(item.node, item.period) for item in gone] == [(NODE, DAY)]
    for path in (path for path in store.store.folder.rglob("*") if path.is_file()):
        assert secret.encode() not in path.read_bytes() and sealed not in path.read_bytes()
    with pytest.raises(NotPermitted, match=r"was destroyed on 2026-01-05T00:00:00.*cannot be opened any more"):
        private_key(store, NODE, DAY)
    assert private_key(store, NODE, "2026-01-06")  # control: the next day is there
    assert DAY not in issue_halves(store, NODE, [DAY, "2026-01-06"], NOW).payload.recipients()
    assert expire(store.store.folder, Rule(3, date(2026, 1, 8)), NOW) == []


def test_the_overwritten_file_holds_nothing_of_the_key(manager: Custodian, copied: Copied, tmp_path: Path) -> None:
    store = copied(manager)
    path = store.store.folder / "days" / NODE / f"{DAY}.age"
    other_name = tmp_path / "hard-link"
    other_name.hardlink_to(path)
    before = other_name.read_bytes()
    expire(store.store.folder, Rule(3, date(2026, 1, 8)), NOW)
    after = other_name.read_bytes()
    assert len(after) == len(before)
    assert not any(before[at : at + 8] in after for at in range(0, len(before) - 8, 8))


def test_expiry_finishes_what_a_power_cut_left(manager: Custodian, copied: Copied) -> None:
    store = copied(manager)
    path = store.store.folder / "days" / NODE / f"{DAY}.age"
    kept = path.read_bytes()
    expire(store.store.folder, Rule(3, date(2026, 1, 8)), NOW)
    path.write_bytes(kept)  # the list was written, the file was not yet erased
    path.with_name(f".{path.name}.new").write_bytes(kept)
    with pytest.raises(NotPermitted, match="destroyed"):
        private_key(store, NODE, DAY)
    assert DAY not in holdings.held(store.store.folder, NODE)
    assert [item.period for item in expire(store.store.folder, Rule(3, date(2026, 1, 8)), NOW)] == [DAY]
    assert not path.exists() and not path.with_name(f".{path.name}.new").exists()


def test_spare_keys_go_after_their_week(manager: Custodian, copied: Copied) -> None:
    folder = copied(manager).store.folder
    expire(folder, Rule(2, date(2026, 1, 12)), NOW)
    assert holdings.held(folder, NODE) == [WEEK]
    assert [item.period for item in expire(folder, Rule(2, date(2026, 1, 13)), NOW)] == [WEEK]


def test_a_key_that_cannot_be_erased_is_not_called_gone(manager: Custodian, copied: Copied) -> None:
    folder = copied(manager).store.folder
    path = folder / "days" / NODE / f"{DAY}.age"
    path.unlink()
    path.mkdir()
    with pytest.raises(StorageFault, match="it is not gone"):
        expire(folder, Rule(3, date(2026, 1, 8)), NOW)


@pytest.mark.parametrize("days", [2, 31])
def test_retention_within_the_law_is_taken(manager: Custodian, copied: Copied, days: int) -> None:
    assert expire(copied(manager).store.folder, Rule(days, date(2026, 1, 5)), NOW) == []


@pytest.mark.parametrize("days", [-1, 0, 1, 32, 400])
def test_retention_against_the_law_is_refused(manager: Custodian, copied: Copied, days: int) -> None:
    with pytest.raises(UsageFault, match="2 to 31"):
        expire(copied(manager).store.folder, Rule(days, date(2027, 1, 5)), NOW)


def test_damaged_list_of_destroyed_keys_is_said(manager: Custodian, copied: Copied) -> None:
    folder = copied(manager).store.folder
    for data in (b'{"v":1}', b"{", b'{"periods":{"2026-13-99x":1},"v":1}'):
        (folder / "days" / NODE / "destroyed.json").write_bytes(data)
        with pytest.raises(BadInput, match="damaged"):
            expire(folder, Rule(3, date(2026, 1, 8)), NOW)


def test_a_foreign_nodes_key_opens_nothing(manager: Custodian, operator: Custodian) -> None:
    mine = own_recipients(manager, NODE)[DAY]
    assert DayKeys(manager).opening(NODE, DAY, mine)
    with pytest.raises(NotPermitted, match="no such key"):
        DayKeys(manager).opening("cam-2", DAY, mine)
    with pytest.raises(NotPermitted, match="not the manager's key"):
        DayKeys(manager).opening(NODE, DAY, own_recipients(operator, NODE)[DAY])


def test_key_file_without_a_key_is_named(manager: Custodian, copied: Copied) -> None:
    store = copied(manager)
    store.store.write(f"days/{NODE}/{DAY}", b"no identity")
    with pytest.raises(BadInput, match="no age identity"):
        own_recipients(store, NODE)


def test_status_tells_without_a_passphrase(
    town: Town, capsys: pytest.CaptureFixture[str], manager: Custodian, copied: Copied
) -> None:
    folder = copied(manager).store.folder
    assert [node.days_left for node in status(folder, date(2026, 1, 5))] == [2]
    (folder / "days" / "Not A Node").mkdir()
    (folder / "days" / NODE / "2026-01-06.age").unlink()
    words = ("desk", "keys", "status", "--store", folder, "--clock", town.clock)
    assert town.run(*words, "--json") == 0
    said = json.loads(capsys.readouterr().out)
    assert said["role"] == "manager" and len(said["nodes"]) == 1
    assert (
        said["nodes"][0] | {"node": NODE, "first": DAY, "last": "2026-01-07", "missing": ["2026-01-06"]}
        == said["nodes"][0]
    )
    assert said["nodes"][0]["days_left"] == 0
    assert town.run(*words) == 0
    assert "1 missing between; only 0 days left: issue more" in capsys.readouterr().out


def test_expiring_by_command_says_what_went(
    town: Town, capsys: pytest.CaptureFixture[str], manager: Custodian, copied: Copied
) -> None:
    folder = copied(manager).store.folder
    words = ("desk", "keys", "expire", "--store", folder, "--clock", town.clock, "--retention-days", 2)
    assert town.run(*words) == 0
    assert capsys.readouterr().out.startswith("0 of the manager's private keys destroyed")
    assert town.run(*words, "--now", "2026-01-08T09:00:00+09:00") == 0
    assert capsys.readouterr().out.splitlines()[1:] == [f"  {NODE} {DAY}", f"  {NODE} 2026-01-06"]


@pytest.fixture
def month(manager: Custodian, copied: Copied) -> Path:
    """A store with the keys of twenty days more, of another node."""
    store = copied(manager)
    issue_halves(store, "cam-9", periods_from(date(2026, 1, 5), 20), NOW)
    return store.store.folder


def test_a_clock_far_ahead_destroys_nothing(month: Path) -> None:
    everything = {node: holdings.held(month, node) for node in holdings.nodes(month)}
    for confirmed in (None, 0, 20, 22):
        with pytest.raises(
            NotPermitted, match=r"2026-01-05 to 2026-01-25.*--confirm-days 21. Nothing was destroyed"
        ) as e:
            expire(month, Rule(7, date(2027, 1, 5), confirmed), NOW)
        assert str(month) in str(e.value)
        assert {node: holdings.held(month, node) for node in holdings.nodes(month)} == everything
        assert not any(holdings.destroyed(month, node) for node in everything)


def test_what_is_usual_or_confirmed_goes(month: Path) -> None:
    first = expire(month, Rule(7, date(2026, 1, 11 + DAYS_AT_ONCE)), NOW)
    assert len({item.period for item in first}) == DAYS_AT_ONCE
    with pytest.raises(NotPermitted, match=f"keys of {DAYS_AT_ONCE + 1} days"):
        expire(month, Rule(7, date(2026, 1, 12 + 2 * DAYS_AT_ONCE)), NOW)
    assert expire(month, Rule(7, date(2027, 1, 5), 17), NOW)
    assert not any(holdings.held(month, node) for node in holdings.nodes(month))


def test_control_without_the_rule_a_clock_far_ahead_destroys_all(month: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(expiry, "_require_usual", lambda *_: None)
    expire(month, Rule(7, date(2027, 1, 5)), NOW)
    assert not any(holdings.held(month, node) for node in holdings.nodes(month))


def test_an_unusual_expiry_is_confirmed_by_its_number(
    month: Path, town: Town, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ("desk", "keys", "expire", "--store", month, "--clock", town.clock, "--retention-days", 7, "--now", LATER)
    assert town.run(*words) == 77
    assert "look at the date, and where it is right give --confirm-days 21" in capsys.readouterr().err
    assert town.run(*words, "--confirm-days", 21) == 0


Step = tuple[str, str]


def synced_while_expiring(folder: Path, monkeypatch: pytest.MonkeyPatch) -> list[Step]:
    """Expires one day and returns each sync: of what, and how the key's file looked on the disk just then."""
    key = folder / "days" / NODE / f"{DAY}.age"
    before, steps, sync = key.read_bytes(), list[Step](), os.fsync

    def watched(descriptor: int) -> None:
        state = "gone" if not key.exists() else "whole" if key.read_bytes() == before else "overwritten"
        steps.append((Path(f"/proc/self/fd/{descriptor}").readlink().name, state))
        sync(descriptor)

    monkeypatch.setattr(os, "fsync", watched)
    expire(folder, Rule(3, date(2026, 1, 8)), NOW)
    return steps


DURABLE = [(".destroyed.json.new", "whole"), (NODE, "whole"), (f"{DAY}.age", "overwritten"), (NODE, "gone")]


def test_each_step_of_destruction_is_synced_before_the_next(
    manager: Custodian, copied: Copied, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert synced_while_expiring(copied(manager).store.folder, monkeypatch) == DURABLE


def overwrite_without_sync(path: Path) -> None:
    path.write_bytes(os.urandom(path.stat().st_size))


@pytest.mark.parametrize(
    ("name", "sabotage", "lost"),
    [
        ("write_durably", lambda path, data, **_: path.write_bytes(data), DURABLE[:2]),
        ("_overwrite", overwrite_without_sync, DURABLE[2:3]),
        ("_overwrite", lambda _: None, DURABLE[2:3]),
        ("sync_directory", lambda _: None, DURABLE[3:]),
    ],
)
def test_control_a_step_that_is_not_synced_is_seen(
    manager: Custodian, copied: Copied, monkeypatch: pytest.MonkeyPatch, name: str, sabotage: object, lost: list[Step]
) -> None:
    monkeypatch.setattr(holdings, name, sabotage)
    steps = synced_while_expiring(copied(manager).store.folder, monkeypatch)
    assert steps == [step for step in DURABLE if step not in lost]


def test_periods_and_their_ends() -> None:
    assert periods_from(date(2025, 12, 28), 3) == ["2025-12-28", "2025-12-29", "2025-12-30", "2025-W52", "2026-W01"]
    assert last_day("2026-W01") == date(2026, 1, 4) and last_day(DAY) == date(2026, 1, 5)
    assert not has_expired(DAY, date(2026, 1, 7), 3) and has_expired(DAY, date(2026, 1, 8), 3)
    assert local_day(from_iso("2026-01-05T15:00:00+00:00"), TOKYO) == date(2026, 1, 6)
    summer = zone_named("Europe/Berlin")
    assert day_end_us(date(2026, 3, 29), summer) == from_iso("2026-03-30T00:00:00+02:00")
    for days in (0, 401):
        with pytest.raises(UsageFault, match="1 to 400"):
            periods_from(date(2026, 1, 5), days)
    for name in ("Nowhere/City", "../etc", ""):
        with pytest.raises(UsageFault, match="time zone"):
            zone_named(name)
