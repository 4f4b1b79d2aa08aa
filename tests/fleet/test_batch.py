"""A table of cards: what it makes, and that every fault is told at once, before anything is made."""

from __future__ import annotations

from pathlib import Path

import pytest

from edge.base.errors import BadInput
from edge.firstboot.card import read_card
from edge.fleet.batch import COLUMNS, parse_batch, read_batch, table
from tests.fleet.bench import FROM, TO, Bench, run, tree_of
from tests.fleet.paper import pages_of

HEADING = ",".join(COLUMNS)
SOUND = f"matsudo-017,matsudo,,本町通り 3丁目角,center.example,K-07,{FROM},{TO},,"


def line(**changes: str) -> str:
    fields = dict(zip(COLUMNS, SOUND.split(","), strict=True)) | changes
    return ",".join(fields[name] for name in COLUMNS)


def told(tmp_path: Path, *lines: str, heading: str = HEADING) -> list[str]:
    return [str(fault) for fault in parse_batch("\n".join([heading, *lines]) + "\n", tmp_path)[1]]


def test_a_line_becomes_a_card(tmp_path: Path) -> None:
    orders, found = parse_batch(f"{HEADING}\n{SOUND}\n", tmp_path)
    assert not found
    (order,) = orders
    assert (order.own.node, order.own.camera, order.own.label) == ("matsudo-017", "MATSUDO-017", "本町通り 3丁目角")
    assert (order.profile.city, order.visit.installer, order.visit.scope) == ("松戸市", "K-07", "first")
    assert order.boot is None and order.line is None


def test_columns_come_in_any_order_and_those_not_needed_may_be_missing(tmp_path: Path) -> None:
    heading = "label,node,profile,center,installer,to,from"
    text = f"{heading}\n本町,saku-001,saku,center.example,K-07,{TO},{FROM}\n"
    orders, found = parse_batch(text, tmp_path)
    assert not found and orders[0].own.node == "saku-001"


def test_a_spreadsheets_mark_and_empty_lines_are_no_fault(tmp_path: Path) -> None:
    path = tmp_path / "cards.csv"
    path.write_bytes(f"\ufeff{HEADING}\r\n{SOUND}\r\n{',' * (len(COLUMNS) - 1)}\r\n".encode())
    assert [order.own.node for order in read_batch(path)] == ["matsudo-017"]


REFUSED = {
    "node in capitals": ({"node": "Matsudo"}, "line 2, column node: 'Matsudo': 'Matsudo' is not a node id"),
    "no node": ({"node": ""}, "line 2, column node: '': '' is not a node id"),
    "no such profile": (
        {"profile": "nagano"},
        "line 2, column profile: 'nagano': profile 'nagano': there are asahikawa",
    ),
    "camera in Japanese": ({"camera": "松戸"}, "line 2, column camera: '松戸': "),
    "no label": ({"label": ""}, "line 2, column label: '': "),
    "center with a path": ({"center": "https://c"}, "line 2, column center: 'https://c': "),
    "installer by name": ({"installer": "山田 太郎"}, "line 2, column installer: '山田 太郎': "),
    "no time zone": (
        {"from": "2035-01-06T09:00:00"},
        "column from: '2035-01-06T09:00:00': no time with its zone",
    ),
    "hours that run backwards": ({"to": FROM}, "line 2, column to: '2035-01-06T09:00:00+09:00': a visit ends after"),
    "Wi-Fi without its file": ({"profile": "tottori"}, "line 2, column line: '': no file of line secrets"),
    "file that is not there": ({"profile": "tottori", "line": "x.toml"}, "x.toml: cannot be read"),
}


@pytest.mark.parametrize(("changes", "message"), REFUSED.values(), ids=REFUSED.keys())
def test_a_fault_is_told_with_line_column_and_value(tmp_path: Path, changes: dict[str, str], message: str) -> None:
    (fault,) = told(tmp_path, line(**changes))
    assert message in fault


def test_all_faults_of_all_lines_are_told_at_once(tmp_path: Path) -> None:
    found = told(tmp_path, line(node="A", label=""), line(), line(node="matsudo-018", profile="x", center="a b"))
    assert [fault.split(":")[0] for fault in found] == [
        "line 2, column node",
        "line 2, column label",
        "line 4, column profile",
        "line 4, column center",
    ]


def test_a_node_or_a_card_in_two_lines_is_refused(tmp_path: Path) -> None:
    found = told(tmp_path, line(bootfs="a"), line(node="matsudo-018", bootfs="a"), line(bootfs="b"))
    assert [fault.rpartition(": ")[2] for fault in found] == ["stands in line 2 already", "stands in line 2 already"]
    assert "line 4, column node" in found[0] and "line 3, column bootfs" in found[1]


@pytest.mark.parametrize("heading", ["node,profile", HEADING + ",colour", HEADING + ",node", ""])
def test_a_heading_of_other_columns_is_refused_with_the_right_ones(tmp_path: Path, heading: str) -> None:
    (fault,) = told(tmp_path, SOUND, heading=heading)
    assert fault.startswith("line 1, column ") and HEADING.replace(",", ", ") in fault


def test_a_line_with_too_few_or_too_many_commas_is_refused(tmp_path: Path) -> None:
    assert "more or fewer commas" in told(tmp_path, SOUND + ",")[0]
    assert any("more or fewer commas" in fault for fault in told(tmp_path, SOUND.removesuffix(",,")))


def test_a_table_without_a_card_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "cards.csv"
    path.write_text(HEADING + "\n")
    with pytest.raises(BadInput, match="names no card"):
        read_batch(path)


def test_a_dry_run_shows_the_cards_and_writes_and_asks_nothing(
    bench: Bench, capsys: pytest.CaptureFixture[str]
) -> None:
    boot = bench.card()
    path = bench.folder / "cards.csv"
    path.write_text(f"{HEADING}\n{line(bootfs=str(boot))}\n{line(node='asahikawa-001', profile='asahikawa')}\n")
    before = tree_of(bench.folder)
    assert run("batch", path, "--dry-run", *bench.shared()) == 0
    assert tree_of(bench.folder) == before
    said = capsys.readouterr().out
    assert said == table(read_batch(path)) + "\n"
    assert "papers alone" in said and "256" in said and str(boot) in said


def test_a_batch_makes_cards_work_orders_and_labels(fresh_bench: Bench) -> None:
    bench = fresh_bench
    boot = bench.card("first")
    path = bench.folder / "cards.csv"
    lines = [line(node="saku-001", bootfs="first"), line(node="saku-002")]
    path.write_text("\n".join([HEADING, *lines]) + "\n")
    orders, labels = bench.folder / "orders.pdf", bench.folder / "labels.pdf"
    assert run("batch", path, "--orders", orders, "--labels", labels, *bench.shared()) == 0
    assert read_card(boot / "mimamori").node == "saku-001"
    pages = pages_of(orders.read_bytes())
    assert len(pages) == 2 and "saku-001" in pages[0] and "saku-002" in pages[1]
    assert orders.stat().st_mode & 0o077 == 0 and (bench.papers / "saku-002" / "work-order.pdf").exists()
    assert all(node in pages_of(labels.read_bytes())[0] for node in ("saku-001", "saku-002"))


def test_a_table_at_fault_makes_nothing(bench: Bench, capsys: pytest.CaptureFixture[str]) -> None:
    boot = bench.card()
    path = bench.folder / "cards.csv"
    path.write_text(f"{HEADING}\n{line(bootfs=str(boot))}\n{line(node='matsudo-018', label='')}\n")
    before = tree_of(bench.folder)
    assert run("batch", path, *bench.shared()) == 66
    assert tree_of(bench.folder) == before
    assert f"{path}: line 3, column label: ''" in capsys.readouterr().err
