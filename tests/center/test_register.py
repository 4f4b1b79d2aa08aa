"""The register at the center: who writes, who reads, who sees it, and how long it is kept."""

from __future__ import annotations

import json
import logging
import sqlite3
from contextlib import closing

import pytest

from edge.base.errors import Refused
from edge.center.center import Center
from edge.center.database import Database
from edge.center.expiry import expire
from edge.center.fleet import view_fleet
from edge.center.maskorders import publish_mask_order
from edge.center.metrics import scrape
from edge.center.nodes import revoke
from edge.center.pages import render_page
from edge.center.register import put_register_entry, read_register, revocations
from edge.cli import main
from edge.wire import signed
from edge.wire.authority import Role
from edge.wire.maskorder import MaskOrder
from edge.wire.register import Register, dump_register, parse_register
from edge.wire.registerentry import RegisterEntry, dump_register_entry
from tests.center.city import DAY_US, NOW, City
from tests.center.showcase import beat, enrolled

PERSONAL = ("山側商店", "047-000-9999", "松戸市根本9-9")


def entry(node: str = "cam-1", **changes: object) -> bytes:
    values: dict[str, object] = {
        "node": node, "at": 7, "latitude_e6": 35_787_000, "longitude_e6": 139_900_000, "direction_deg": 135,
        "address": PERSONAL[2], "host_name": PERSONAL[0], "host_phone": PERSONAL[1], "consents": ("K-0001", "K-0002"),
        "revoked": {}, "plate_up": True,
    }  # fmt: skip
    return dump_register_entry(RegisterEntry(**values | changes))  # type: ignore[arg-type]


def register(center: Center) -> Register:
    with center.database.read() as connection:
        return parse_register(dump_register(read_register(connection, center.config, NOW)))


def test_newest_entry_replaces_the_one_before_and_the_register_counts_every_node(center: Center, city: City) -> None:
    enrolled(center, city, "cam-1", NOW)
    enrolled(center, city, "matsudo-012", NOW)
    put_register_entry(center, "cam-1", entry(address="古い住所"))
    put_register_entry(center, "cam-1", entry())
    first, second = register(center).cameras
    assert first.entry is not None and first.entry.address == PERSONAL[2]
    assert (second.node, second.label, second.entry) == ("matsudo-012", "本町通り 3丁目角", None)


@pytest.mark.parametrize("case", ["wrong-node", "unknown-node", "revoked", "bad-document", "bad-json"])
def test_entry_that_is_not_this_nodes_is_refused_without_a_word_of_it(
    center: Center, city: City, case: str, caplog: pytest.LogCaptureFixture
) -> None:
    if case != "unknown-node":
        enrolled(center, city, "cam-1", NOW)
    if case == "revoked":
        with center.database.write() as connection:
            revoke(connection, "cam-1", NOW)
    body = {"wrong-node": entry("cam-2"), "bad-document": entry().replace(b"047", b"+++"), "bad-json": b"{"}
    with caplog.at_level(logging.DEBUG), pytest.raises(Refused) as caught:
        put_register_entry(center, "cam-1", body.get(case, entry()))
    assert caught.value.failure == case
    assert not any(word in str(caught.value) + caplog.text for word in PERSONAL)
    assert all(camera.entry is None for camera in register(center).cameras)


def test_page_shows_address_and_contact_of_the_entry_in_alerts_and_next_step(center: Center, city: City) -> None:
    node = enrolled(center, city, "matsudo-012", NOW)
    beat(center, node, None, NOW - 600_000_000)
    before = render_page("fleet.html", refresh=True, view=view_fleet(center))
    assert "山側商店 047-000-0012" in before and PERSONAL[1] not in before  # center.toml's, as long as there is none
    put_register_entry(center, "matsudo-012", entry("matsudo-012"))
    view = view_fleet(center)
    (_, told), *_ = view.advice
    assert (told.label, told.address, told.contact) == ("本町通り 3丁目角", PERSONAL[2], f"{PERSONAL[0]} {PERSONAL[1]}")
    for page in (
        render_page("fleet.html", refresh=True, view=view),
        render_page("node.html", refresh=True, view=view, node=view.nodes[0]),
    ):
        assert page.count(f"{PERSONAL[0]} {PERSONAL[1]}") >= 1 and PERSONAL[2] in page
        assert "047-000-0012" not in page


def test_text_of_an_entry_is_escaped(center: Center, city: City) -> None:
    enrolled(center, city, "cam-1", NOW)
    put_register_entry(center, "cam-1", entry(address="<script>alert(1)</script>", host_name="<img src=x>"))
    page = render_page("fleet.html", refresh=True, view=view_fleet(center))
    assert "<script" not in page and "<img" not in page and "&lt;script&gt;" in page


def test_metrics_tell_that_there_is_an_entry_and_nothing_of_it(center: Center, city: City) -> None:
    enrolled(center, city, "cam-1", NOW)
    assert 'mimamori_node_register_entry{node="cam-1"} 0.0' in scrape(center).decode()
    put_register_entry(center, "cam-1", entry())
    text = scrape(center).decode()
    assert 'mimamori_node_register_entry{node="cam-1"} 1.0' in text
    assert not any(word in text for word in (*PERSONAL, "35787", "35.787"))


def test_entry_of_a_node_out_of_service_goes_after_its_days_and_others_stay(center: Center, city: City) -> None:
    for name in ("cam-1", "cam-2"):
        enrolled(center, city, name, NOW)
        put_register_entry(center, name, entry(name))
    with center.database.write() as connection:
        revoke(connection, "cam-1", NOW)
    expire(center, NOW + 30 * DAY_US - 1)
    assert [camera.entry is not None for camera in register(center).cameras] == [True, True]
    expire(center, NOW + 30 * DAY_US)
    assert [camera.entry is not None for camera in register(center).cameras] == [False, True]
    assert register(center).cameras[0].retired == NOW


def test_forgotten_entry_is_not_even_in_the_indexes_file(
    center: Center, city: City, capsys: pytest.CaptureFixture[str]
) -> None:
    enrolled(center, city, "cam-1", NOW)
    put_register_entry(center, "cam-1", entry())
    forget = ["center", "forget", "--config", str(city.config_path), "--node", "cam-1"]
    assert main(forget) == 0
    assert "register entry deleted" in capsys.readouterr().out
    assert main(forget) == 64
    assert PERSONAL[0].encode() not in whole_index(city)


def test_control_without_overwriting_a_deleted_entry_lies_in_the_file(center: Center, city: City) -> None:
    enrolled(center, city, "cam-1", NOW)
    put_register_entry(center, "cam-1", entry())
    with closing(sqlite3.connect(city.folder / "index.db")) as plain, plain:
        plain.execute("PRAGMA secure_delete=OFF")
        plain.execute("DELETE FROM register_entries")
    assert PERSONAL[0].encode() in whole_index(city)


def whole_index(city: City) -> bytes:
    """Returns the index's bytes once its write-ahead log has been taken in and cut off."""
    with closing(sqlite3.connect(city.folder / "index.db")) as plain:
        assert plain.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone() == (0, 0, 0)
    return b"".join(path.read_bytes() for path in city.folder.glob("index.db*"))


def test_index_is_its_owners_alone(center: Center, city: City) -> None:
    enrolled(center, city, "cam-1", NOW)
    assert [path.stat().st_mode & 0o077 for path in city.folder.glob("index.db*")] == [0] * 3
    (city.folder / "index.db-wal").chmod(0o644)
    Database(center.config.index).close()
    assert [path.stat().st_mode & 0o077 for path in city.folder.glob("index.db*")] == [0] * 3


def test_revocations_of_entry_and_mask_order_stand_in_the_register(center: Center, city: City) -> None:
    enrolled(center, city, "cam-1", NOW)
    put_register_entry(center, "cam-1", entry(revoked={"K-0002": "2026-02-01"}))
    masks = {"masks": [{"consent": "K-0001", "revoked": "2026-03-01"}, {"consent": "K-0009", "revoked": "2026-03-02"}]}
    order = MaskOrder(node="cam-1", counter=1, issued=NOW, reference="R-1", masks=json.dumps(masks))
    publish_mask_order(center, "cam-1", signed.sign("mask-order", order, city.roles[Role.MASK]).data)
    (camera,) = register(center).cameras
    assert camera.entry is not None
    assert camera.entry.revoked == {"K-0001": "2026-03-01", "K-0002": "2026-02-01"}


@pytest.mark.parametrize(
    "text",
    ["", "[", "[]", '{"masks":1}', '{"masks":[1,{"revoked":5,"consent":"K"},{"revoked":"2026-02-30","consent":"K"}]}',
     '{"masks":[{"revoked":"2026-02-01","consent":"a b"}]}', '{"masks":[{"revoked":"2026-02-01"}]}'],
)  # fmt: skip
def test_masks_that_cannot_be_read_revoke_nothing(text: str) -> None:
    assert revocations(text) == {}
