"""Peeling and opening: two persons, each once, in this order; and only what the signed record names comes out."""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from edge.base.errors import BadInput, NotPermitted, Refused, UsageFault
from edge.desk.custodian import Custodian
from edge.desk.daykeys import private_key
from edge.desk.expiry import Rule, expire
from edge.desk.opening import OpenedSegment, open_segments
from edge.desk.peel import INDEX, Choice, peel, read_index
from edge.desk.recordfile import records_in
from edge.seal import manifest as m
from edge.seal.chain import Chain, InForce, Tip, Writer
from edge.seal.envelope import Envelope, dump_envelope
from edge.seal.manifest import Kind
from edge.seal.record import Record
from edge.seal.sealing import encrypt_layer, open_layer
from edge.wire.keylist import Pair
from edge.wire.keys import SigningKey
from tests.desk.conftest import Town
from tests.desk.scene import DAY, NODE, START_US, joined, moment

Copied = Callable[[Custodian], Custodian]


@pytest.fixture(scope="module")
def peeled(manager: Custodian, whole: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("peeled") / "p"
    peel(manager, whole, out, Choice())
    return out


def spoilt(folder: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(folder, tmp_path / f"spoilt-{folder.name}"))


def test_both_custodians_open_it(operator: Custodian, whole: Path, peeled: Path, tmp_path: Path, town: Town) -> None:
    opened = open_segments(operator, whole, peeled, tmp_path / "out")
    assert [item.path.read_bytes() for item in opened] == [item.segment.mp4 for item in town.taken if item.segment]


def test_one_custodians_key_opens_no_layer_of_the_other(manager: Custodian, operator: Custodian, town: Town) -> None:
    body = town.taken[1].record.body
    inner = open_layer(body, private_key(manager, NODE, DAY))
    assert open_layer(inner, private_key(operator, NODE, DAY))  # control: in this order, with both
    for layer, custodian in ((body, operator), (inner, manager)):
        with pytest.raises(NotPermitted):
            open_layer(layer, private_key(custodian, NODE, DAY))


def test_a_part_of_what_was_fetched_is_opened(
    manager: Custodian, operator: Custodian, whole: Path, tmp_path: Path
) -> None:
    peel(manager, whole, tmp_path / "p", Choice(3, 4))
    opened = open_segments(operator, whole, tmp_path / "p", tmp_path / "out")
    assert [item.sequence for item in opened] == [3, 4]


def test_each_does_only_their_own_part(
    manager: Custodian, operator: Custodian, whole: Path, peeled: Path, tmp_path: Path
) -> None:
    with pytest.raises(NotPermitted, match="peeling is the manager's part"):
        peel(operator, whole, tmp_path / "a", Choice())
    with pytest.raises(NotPermitted, match="opening is the operator's part"):
        open_segments(manager, whole, peeled, tmp_path / "b")
    assert not list(tmp_path.iterdir())


def test_one_person_cannot_play_both(
    manager: Custodian, operator: Custodian, whole: Path, peeled: Path, tmp_path: Path
) -> None:
    folder = spoilt(peeled, tmp_path)
    text = (folder / INDEX).read_text()
    (folder / INDEX).write_text(text.replace(manager.card.public_key, operator.card.public_key))
    with pytest.raises(NotPermitted, match="two persons"):
        open_segments(operator, whole, folder, tmp_path / "out")


def test_without_peeling_there_is_nothing_to_open(operator: Custodian, whole: Path, tmp_path: Path) -> None:
    with pytest.raises(BadInput, match=INDEX):
        open_segments(operator, whole, tmp_path, tmp_path / "out")


def test_named_records_alone_are_peeled(manager: Custodian, whole: Path, tmp_path: Path) -> None:
    index = peel(manager, whole, tmp_path / "p", Choice(2, 5))
    assert [entry.sequence for entry in index.records] == [2, 3, 4]
    assert read_index(tmp_path / "p") == index
    assert len(list((tmp_path / "p").iterdir())) == 4
    with pytest.raises(Refused, match="no segment"):
        peel(manager, whole, tmp_path / "q", Choice(5, 5))


def test_destroyed_day_cannot_be_peeled_or_opened(
    manager: Custodian, operator: Custodian, copied: Copied, whole: Path, peeled: Path, tmp_path: Path
) -> None:
    for custodian in (manager, operator):
        expire(copied(custodian).store.folder, Rule(3, date(2026, 1, 8)), START_US)
    with pytest.raises(NotPermitted, match="manager's key was destroyed"):
        peel(Custodian(manager.card, _at(manager, tmp_path), manager.signer), whole, tmp_path / "a", Choice())
    with pytest.raises(NotPermitted, match="operator's key was destroyed"):
        late = Custodian(operator.card, _at(operator, tmp_path), operator.signer)
        open_segments(late, whole, peeled, tmp_path / "b")


def _at(custodian: Custodian, tmp_path: Path):  # type: ignore[no-untyped-def]
    return type(custodian.store)(tmp_path / f"copy-of-{custodian.card.role}", custodian.store._identity)


@pytest.mark.parametrize("at", [100, 5000, 60_000])
def test_altered_records_are_not_peeled(manager: Custodian, whole: Path, tmp_path: Path, at: int) -> None:
    folder = spoilt(whole, tmp_path)
    data = bytearray((folder / "records").read_bytes())
    data[at] ^= 1
    (folder / "records").write_bytes(data)
    with pytest.raises(Refused, match="desk verify"):
        peel(manager, folder, tmp_path / "p", Choice())
    assert not (tmp_path / "p" / INDEX).exists()


def test_truncated_records_and_missing_bundles_are_said(manager: Custodian, whole: Path, tmp_path: Path) -> None:
    folder = spoilt(whole, tmp_path)
    (folder / "records").write_bytes((folder / "records").read_bytes()[:-1])
    with pytest.raises(Refused) as caught:
        list(records_in(folder / "records"))
    assert caught.value.failure == "truncated"
    with pytest.raises(BadInput, match="cannot be read"):
        peel(manager, tmp_path / "nowhere", tmp_path / "p", Choice())


def test_altered_inner_layer_is_noticed(operator: Custodian, whole: Path, peeled: Path, tmp_path: Path) -> None:
    folder = spoilt(peeled, tmp_path)
    path = next(folder.glob("*.age"))
    path.write_bytes(path.read_bytes()[:-1] + b"~")
    with pytest.raises(BadInput, match="not what the manager peeled"):
        open_segments(operator, whole, folder, tmp_path / "out")
    path.unlink()
    with pytest.raises(BadInput, match="cannot be read"):
        open_segments(operator, whole, folder, tmp_path / "out2")


def test_records_of_a_strange_key_are_not_opened(town: Town, manager: Custodian, whole: Path, tmp_path: Path) -> None:
    pair = pair_of(town)
    record = forged(town, pair, town.taken[1].record.body, "0" * 64, key=SigningKey.generate())
    folder = spoilt(whole, tmp_path)
    (folder / "records").write_bytes(record.dump())
    with pytest.raises(Refused) as caught:
        peel(manager, folder, tmp_path / "p", Choice())
    assert caught.value.failure == "foreign-key"
    (folder / "registration.json").unlink()  # control: it was the registration that told
    assert peel(manager, folder, tmp_path / "p", Choice()).records


def test_a_bundle_that_the_trusted_root_does_not_know_is_not_opened(
    town: Town, whole: Path, tmp_path: Path, peeled: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "root.pub").write_text("11" * 32)
    trust = ("--root", tmp_path / "root.pub", "--demo", "--bundle", whole, "--out", tmp_path / "out")
    for part, role in (("peel", "manager"), ("open", "operator")):
        who = ("--store", town.folder / role, "--passphrase-file", town.secret(role))
        more = ("--peeled", peeled) if part == "open" else ()
        assert town.run("desk", part, *who, *trust, *more) == 65
        assert "altered or foreign" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("data", [b"", b"{}", b"[1.5]"])
def test_damaged_index_is_noticed(operator: Custodian, whole: Path, peeled: Path, tmp_path: Path, data: bytes) -> None:
    folder = spoilt(peeled, tmp_path)
    (folder / INDEX).write_bytes(data)
    with pytest.raises(BadInput, match="is no index of peeled records"):
        open_segments(operator, whole, folder, tmp_path / "out")


def test_records_of_another_bundle_are_noticed(
    town: Town, operator: Custodian, whole: Path, peeled: Path, tmp_path: Path
) -> None:
    folder = spoilt(whole, tmp_path)
    (folder / "records").write_bytes(joined(town.taken[:3]))
    with pytest.raises(Refused) as caught:
        open_segments(operator, folder, peeled, tmp_path / "out")
    assert caught.value.failure == "foreign-record"
    other = spoilt(peeled, tmp_path)
    text = (other / INDEX).read_text()
    (other / INDEX).write_text(text.replace(town.taken[1].record.header.sha256, town.taken[2].record.header.sha256))
    with pytest.raises(Refused, match="another record of that number"):
        open_segments(operator, whole, other, tmp_path / "out2")


def test_output_goes_to_a_folder_of_its_own(manager: Custodian, operator: Custodian, whole: Path, peeled: Path) -> None:
    for attempt in (
        lambda: peel(manager, whole, peeled, Choice()),
        lambda: open_segments(operator, whole, peeled, whole),
    ):
        with pytest.raises(NotPermitted, match="not empty"):
            attempt()


def forged(town: Town, pair: Pair, body: bytes, envelope_sha256: str, key: SigningKey | None = None) -> Record:
    """A record as a replaced firmware might sign it."""
    segment = town.taken[1].record.header.manifest.segment
    assert segment is not None
    detail = segment.model_copy(
        update={
            "body_sha256": hashlib.sha256(body).hexdigest(),
            "body_bytes": len(body),
            "envelope_sha256": envelope_sha256,
            "manager": pair.manager,
            "operator": pair.operator,
        }
    )
    tip = Tip("f" * 32, 6, "e" * 64)
    chain = Chain("f" * 32, Writer(NODE, "b0" * 16, "0.1.0"), key or town.camera.signing, tip)
    return chain.make(
        Kind.SEGMENT, m.Segment.model_validate(detail.model_dump()), moment(START_US, START_US + 1), InForce(), body
    )


def in_bundle(tmp_path: Path, record: Record) -> Path:
    folder = tmp_path / "forged"
    folder.mkdir()
    (folder / "records").write_bytes(record.dump())
    return folder


def pair_of(town: Town) -> Pair:
    segment = town.taken[1].record.header.manifest.segment
    assert segment is not None
    return Pair(period=DAY, manager=segment.manager, operator=segment.operator)


def test_a_picture_that_was_sealed_once_does_not_reach_the_manager(
    town: Town, manager: Custodian, tmp_path: Path
) -> None:
    pair = pair_of(town)
    plain = dump_envelope(Envelope("f" * 32, 7, b"picture"), salt=bytes(32), pad_bytes=4096)
    folder = in_bundle(tmp_path, forged(town, pair, encrypt_layer(plain, pair.manager), "0" * 64))
    with pytest.raises(Refused) as caught:
        peel(manager, folder, tmp_path / "p", Choice())
    assert caught.value.failure == "not-sealed-twice"
    assert not (tmp_path / "p").exists()


@pytest.mark.parametrize(("sequence", "digest"), [(7, "0" * 64), (8, None)])
def test_what_the_manifest_does_not_name_does_not_come_out(
    town: Town, manager: Custodian, operator: Custodian, tmp_path: Path, sequence: int, digest: str | None
) -> None:
    pair = pair_of(town)
    plain = dump_envelope(Envelope("f" * 32, sequence, b"picture"), salt=bytes(32), pad_bytes=4096)
    body = encrypt_layer(encrypt_layer(plain, pair.operator), pair.manager)
    folder = in_bundle(tmp_path, forged(town, pair, body, digest or hashlib.sha256(plain).hexdigest()))
    peel(manager, folder, tmp_path / "p", Choice())
    with pytest.raises(Refused) as caught:
        open_segments(operator, folder, tmp_path / "p", tmp_path / "out")
    assert caught.value.failure == "wrong-envelope"
    assert not list((tmp_path / "out" / "segments").iterdir())


def test_records_are_named_as_first_and_last(town: Town, tmp_path: Path) -> None:
    for words in ("3", "5-2", "a-b", "-1-4", "1-2-3", "1" * 50 + "-2"):
        base = ("--store", town.folder / "manager", "--bundle", tmp_path, "--out", tmp_path / "p")
        assert town.run("desk", "peel", *base, f"--records={words}") == UsageFault.exit_status


def test_segments_of_two_chains_keep_apart(town: Town, manager: Custodian, operator: Custodian, tmp_path: Path) -> None:
    pair, first = pair_of(town), town.taken[1].record
    plain = dump_envelope(Envelope("f" * 32, 7, b"picture"), salt=bytes(32), pad_bytes=4096)
    body = encrypt_layer(encrypt_layer(plain, pair.operator), pair.manager)
    record = forged(town, pair, body, hashlib.sha256(plain).hexdigest())
    folder = in_bundle(tmp_path, record)
    (folder / "records").write_bytes(first.dump() + record.dump())
    peel(manager, folder, tmp_path / "p", Choice())
    opened: list[OpenedSegment] = open_segments(operator, folder, tmp_path / "p", tmp_path / "out")
    assert [item.path.name for item in opened] == [f"{first.header.manifest.chain}-1.mp4", f"{'f' * 32}-7.mp4"]
