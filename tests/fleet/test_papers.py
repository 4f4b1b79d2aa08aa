"""Work orders and labels as they come out of the printer: what a person, a phone and a passer-by can read of them."""

from __future__ import annotations

import logging
import os
import subprocess
import sys
from pathlib import Path

import pytest

from edge.base.clock import from_iso
from edge.base.errors import BadInput
from edge.fleet.papers import (
    LABELS_A_SHEET,
    Label,
    grouped,
    hours_text,
    print_labels,
    print_work_orders,
    write_work_orders,
)
from edge.wire.visit import Scope
from tests.fleet.paper import ACCESS, CODE, FINGERPRINT, OFFICE, order, pages_of, picture_of, ticket
from tests.qr import scanned


@pytest.fixture(scope="module")
def printed() -> bytes:
    """A first visit with everything on it, an inspection and a later aiming by cable, whose code is written by hand."""
    return print_work_orders(
        [
            order(),
            order(ticket("saga-003", Scope.INSPECT), code=None, access=None, fingerprint=None, signing_key="0a" * 16),
            order(ticket("saga-004", Scope.RE_AIM), code=None, access=None, signing_key="0a" * 16),
        ]
    )


@pytest.fixture(scope="module")
def labels() -> bytes:
    return print_labels([Label(OFFICE, node) for node in ("matsudo-017", "a" * 32)])


def test_work_order_tells_node_place_purpose_and_hours_in_japanese(printed: bytes) -> None:
    page = pages_of(printed)[0]
    for text in (
        "作業指示書",
        "matsudo-017",
        "本町通り3丁目角",
        "新設",
        "2026年1月6日(火)9:00–17:00",
        "K-07",
        "松戸市047-366-1111",
    ):
        assert text in page


def test_code_and_passphrase_stand_on_their_own_page_once(printed: bytes) -> None:
    first, *others = pages_of(printed)
    for secret in (CODE, ACCESS.passphrase):
        assert first.count(secret) == 1
        assert all(secret not in page for page in others)


def test_fingerprint_is_there_in_groups_to_compare(printed: bytes) -> None:
    page = pages_of(printed)[0]
    lines = ["".join(pairs.replace(" ", "") for pairs in line) for line in grouped(FINGERPRINT)]
    assert [len(line) for line in lines] == [16] * 4
    assert "".join(lines) == FINGERPRINT.replace(":", "")
    assert all(line in page for line in lines)


def test_address_and_known_signing_key_are_there(printed: bytes) -> None:
    first, inspection, later = pages_of(printed)
    assert "https://192.168.70.1/" in first
    assert "0a" * 16 in later
    assert "署名鍵" in first
    assert "署名鍵" not in inspection  # the page shows it where it is signed off, and nowhere else


def test_phone_reads_the_network_from_the_paper(printed: bytes) -> None:
    assert scanned(picture_of(printed)) == "WIFI:T:WPA;S:matsudo-017;P:k7rm-2xqd-9tpw-h4ne;;"


def test_visit_by_cable_has_no_qr_code(printed: bytes) -> None:
    """Control of the test above, too: a reader that finds codes everywhere would be noticed."""
    assert scanned(picture_of(printed, 1)) == ""


def test_only_visits_that_aim_ask_for_plate_and_consents(printed: bytes) -> None:
    assert ["同意書" in page for page in pages_of(printed)] == [True, False, True]


def test_longest_entries_fit_on_one_page_in_every_scope_and_one_to_collect_names_its_window() -> None:
    longest = [order(ticket("w" * 32, scope), place="龍" * 60, code=None) for scope in Scope]
    pages = pages_of(print_work_orders(longest))
    assert ["w" * 32 in page for page in pages] == [True] * len(Scope)
    assert ["2026年1月4日(日)21:30–22:15" in page for page in pages] == [scope is Scope.COLLECT for scope in Scope]
    assert ["desk collect --at 192.168.70.1".replace(" ", "") in page for page in pages] == [
        scope is Scope.COLLECT for scope in Scope
    ]


def test_place_that_fits_on_no_page_is_refused() -> None:
    with pytest.raises(BadInput, match="shorten the longest place"):
        print_work_orders([order(place="龍" * 900)])


def test_nothing_to_print_is_refused() -> None:
    with pytest.raises(BadInput, match="no work order"):
        print_work_orders([])


def test_markup_in_a_place_is_text() -> None:
    page = pages_of(print_work_orders([order(place="<b>3丁目</b>&amp;<img src='file:///etc/hostname'>")]))[0]
    assert "<b>3丁目</b>&amp;<imgsrc='file:///etc/hostname'>" in page


def test_label_names_node_and_phone_and_nothing_that_opens(labels: bytes) -> None:
    page = pages_of(labels)[0]
    for text in ("matsudo-017", "a" * 32, "松戸市防犯カメラ", OFFICE.phone):
        assert text in page
    for secret in (CODE, ACCESS.passphrase, "192.168", "WIFI"):
        assert secret not in page
    assert scanned(picture_of(labels)) == ""


def test_labels_come_as_many_to_a_sheet_as_it_has() -> None:
    nodes = [f"matsudo-{number:03d}" for number in range(LABELS_A_SHEET + 1)]
    first, second = pages_of(print_labels([Label(OFFICE, node) for node in nodes]))
    assert [node in first for node in nodes] == [True] * LABELS_A_SHEET + [False]
    assert nodes[-1] in second


def test_labels_lie_where_the_sheet_is_cut() -> None:
    """The ink of a full sheet keeps clear of every cut by 3 mm."""
    ink = picture_of(print_labels([Label(OFFICE, "w" * 18)] * LABELS_A_SHEET)) < 200
    dots_mm = 150 / 25.4
    across = [round(at * dots_mm) for at in (18.6, 105.0, 191.4)]
    down = [round((21.6 + 42.3 * row) * dots_mm) for row in range(7)]
    clear = round(3 * dots_mm)
    assert ink.any()
    assert not any(ink[:, at - clear : at + clear].any() for at in across)
    assert not any(ink[at - clear : at + clear].any() for at in down)


def test_written_work_order_is_its_owners_alone(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    (tmp_path / "orders.pdf").write_bytes(b"an older one")
    (tmp_path / "orders.pdf").chmod(0o644)
    write_work_orders(tmp_path / "orders.pdf", [order()])
    assert (tmp_path / "orders.pdf").stat().st_mode & 0o777 == 0o600
    assert [path.name for path in tmp_path.iterdir()] == ["orders.pdf"]
    for secret in (CODE, ACCESS.passphrase):
        assert secret not in caplog.text
        assert secret not in repr(order())
    assert [said.name for said in caplog.records if said.name.startswith("weasyprint")] == []


def test_missing_japanese_font_is_told_instead_of_empty_boxes(tmp_path: Path) -> None:
    (tmp_path / "fonts.conf").write_text("<fontconfig><dir>/usr/share/fonts/truetype</dir></fontconfig>")
    program = "from edge.fleet.papers import *; print_labels([Label(Office('松戸市', '1'), 'x')])"
    environment = {**os.environ, "FONTCONFIG_FILE": str(tmp_path / "fonts.conf"), "XDG_CACHE_HOME": str(tmp_path)}
    ran = subprocess.run(
        [sys.executable, "-c", program], env=environment, capture_output=True, text=True, timeout=120, check=False
    )
    assert ran.returncode != 0
    assert "install the package fonts-noto-cjk" in ran.stderr


def test_missing_library_is_told_with_its_package(tmp_path: Path) -> None:
    """weasyprint's own way to say so is an OSError at its import."""
    (tmp_path / "weasyprint.py").write_text("raise OSError(\"cannot load library 'libpango-1.0-0'\")")
    program = "from edge.fleet.papers import *; print_labels([Label(Office('松戸市', '1'), 'x')])"
    path = os.pathsep.join([str(tmp_path), *filter(None, [os.environ.get("PYTHONPATH"), str(Path.cwd())])])
    ran = subprocess.run(
        [sys.executable, "-c", program],
        env={**os.environ, "PYTHONPATH": path},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert "BadConfiguration: papers: cannot load library" in ran.stderr
    assert "install libpango-1.0-0" in ran.stderr


def test_second_date_stands_only_where_it_is_another() -> None:
    begins, ends = from_iso("2026-01-06T09:00:00+09:00"), from_iso("2026-01-08T17:30:00+09:00")
    assert hours_text(begins, ends, "Asia/Tokyo") == "2026年1月6日(火) 9:00 – 2026年1月8日(木) 17:30"
