"""The register at the desk: listed, for a spreadsheet, and as a page with a plan."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from math import hypot
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import Browser

from edge.center.register import all_entries, forget_entry, put_register_entry
from edge.desk.placement import MARGIN, SIZE, draw
from edge.desk.register import count_words, dump_csv, in_service, rows
from edge.desk.registerpage import render_register
from edge.wire.register import Camera, Register
from edge.wire.registerentry import RegisterEntry, dump_register_entry
from tests.browsing import launched, needs_chromium, serious
from tests.center.test_browser import overflow
from tests.desk.conftest import Town
from tests.desk.scene import NODE

TOKYO = ZoneInfo("Asia/Tokyo")
AT = 1_767_600_000_000_000
PEOPLE = ("根本町会", "047-000-0000", "K-0001")


def entry(node: str = "cam-1", **changes: object) -> RegisterEntry:
    values: dict[str, object] = {
        "node": node, "at": AT, "latitude_e6": 35_787_000, "longitude_e6": 139_900_000, "direction_deg": 90,
        "address": "松戸市根本1-1", "host_name": PEOPLE[0], "host_phone": PEOPLE[1], "consents": (PEOPLE[2], "K-0002"),
        "revoked": {"K-0002": "2026-03-01"}, "plate_up": True,
    }  # fmt: skip
    return RegisterEntry(**values | changes)  # type: ignore[arg-type]


def camera(number: int, *, retired: int | None = None, bare: bool = False, **changes: object) -> Camera:
    node = f"cam-{number}"
    return Camera(node=node, label=f"角{number}", retired=retired, entry=None if bare else entry(node, **changes))


REGISTER = Register(
    city="松戸市",
    at=AT,
    cameras=(
        camera(1),
        camera(2, latitude_e6=35_790_000, longitude_e6=139_905_000, direction_deg=225, address="松戸市松戸2-2"),
        camera(3, bare=True),
        camera(4, retired=AT, latitude_e6=35_783_000, direction_deg=0),
    ),
)


def test_register_counts_those_in_service() -> None:
    assert [one.node for one in in_service(REGISTER)] == ["cam-1", "cam-2", "cam-3"]
    assert count_words(REGISTER) == "3 cameras in service (1 without an entry), 1 retired"


def test_table_has_number_address_and_place_and_people_only_where_asked() -> None:
    lines = rows(REGISTER.cameras, TOKYO)
    plain = dump_csv(lines, contacts=False)
    assert plain.startswith("\ufeff番号".encode())
    read = list(csv.reader(io.StringIO(plain.decode("utf-8-sig"))))
    assert read[1] == ["cam-1", "松戸市根本1-1", "35.787000", "139.900000", "90°", "2026-01-05", ""]
    assert read[3][:3] == ["cam-3", "角3", ""] and read[4][6] == "2026-01-05"
    assert not any(word.encode() in plain for word in PEOPLE)
    full = dump_csv(lines, contacts=True).decode("utf-8-sig")
    assert all(word in full for word in PEOPLE) and "K-0002（2026-03-01 撤回 revoked）" in full


@pytest.mark.parametrize("address", ["=1+1", "+CMD", "-1+2", "@SUM(A1)", '=HYPERLINK("http://x")'])
def test_cell_that_a_camera_wrote_is_no_formula(address: str) -> None:
    table = dump_csv(rows((camera(1, address=address),), TOKYO), contacts=False).decode("utf-8-sig")
    (_, line) = csv.reader(io.StringIO(table))
    assert line[1] == f"'{address}"


def test_southern_and_western_places_stay_numbers() -> None:
    (_, line) = csv.reader(
        io.StringIO(
            dump_csv(
                rows((camera(1, latitude_e6=-33_000_000, longitude_e6=-70_500_000),), TOKYO), contacts=False
            ).decode("utf-8-sig")
        )
    )
    assert line[2:4] == ["-33.000000", "-70.500000"]


def test_plan_is_to_scale_and_north_is_up() -> None:
    north = entry("n", latitude_e6=35_787_000 + 8983)  # 1,000 m
    east = entry("e", longitude_e6=139_900_000 + 11_074, direction_deg=0)  # 1,000 m at this latitude
    plan = draw([entry("o"), north, east])
    assert plan is not None
    origin, up, right = plan.marks
    assert up.y < origin.y and up.x == origin.x
    assert right.x > origin.x and abs(right.y - origin.y) < 0.1
    metre = plan.bar / plan.bar_m
    assert hypot(up.x - origin.x, up.y - origin.y) / metre == pytest.approx(1000, rel=0.002)
    assert hypot(right.x - origin.x, right.y - origin.y) / metre == pytest.approx(1000, rel=0.002)
    assert origin.to_x > origin.x and origin.to_y == origin.y  # looks east
    assert right.to_y < right.y and right.to_x == right.x  # looks north
    assert all(MARGIN <= at <= SIZE - MARGIN for mark in plan.marks for at in (mark.x, mark.y))


def test_name_stands_off_the_line_of_sight_and_within_the_drawing() -> None:
    plan = draw(
        [
            entry("e"),
            entry("w", direction_deg=270),
            entry("corner", longitude_e6=139_800_000),
            entry("x" * 32, longitude_e6=140_000_000, direction_deg=270),
        ]
    )
    assert plan is not None
    assert [mark.named_left for mark in plan.marks] == [True, False, False, True]


def test_plan_of_one_camera_or_none() -> None:
    assert draw([]) is None
    one = draw([entry()])
    assert one is not None and (one.marks[0].x, one.marks[0].y) == (SIZE / 2, SIZE / 2)
    poles = draw([entry(latitude_e6=90_000_000), entry(latitude_e6=-90_000_000, longitude_e6=180_000_000)])
    assert poles is not None and all(0 <= mark.x <= SIZE for mark in poles.marks)


def test_page_escapes_what_a_camera_wrote() -> None:
    page = render_register(REGISTER, (camera(1, address="<script>x</script>"),), TOKYO, contacts=True).decode()
    assert "<script" not in page and "&lt;script&gt;" in page


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with launched() as browser:
        yield browser


@needs_chromium
@pytest.mark.parametrize("contacts", [False, True])
@pytest.mark.parametrize("width", [390, 1000])
def test_page_is_plain_to_read_in_both_languages_and_asks_nobody(
    chromium: Browser, tmp_path: Path, contacts: bool, width: int
) -> None:
    path = tmp_path / "register.html"
    path.write_bytes(render_register(REGISTER, REGISTER.cameras, TOKYO, contacts=contacts))
    page = chromium.new_page(viewport={"width": width, "height": 844})
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(path.as_uri())
    text = page.inner_text("body")
    assert "街頭カメラ台帳" in text and "Register of street cameras" in text and "4台" in text
    assert all((word in text) is contacts for word in (*PEOPLE, "個人情報"))
    assert page.locator("svg circle").count() == 3
    assert overflow(page) <= 0
    assert serious(page) == []
    assert asked == [path.as_uri()]
    page.close()


def test_desk_lists_and_writes_the_register_of_its_center(
    town: Town, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    put_register_entry(town.served.center, NODE, dump_register_entry(entry(NODE)))
    try:
        where = ("desk", "register", "--desk", town.desk, "--center", town.served.url)
        sheet, page = tmp_path / "register.csv", tmp_path / "register.html"
        assert town.run(*where, "--csv", sheet, "--page", page) == 0
        assert capsys.readouterr().out.splitlines() == [
            f"{NODE}  松戸市根本1-1  90°",
            "1 cameras in service (0 without an entry), 0 retired",
        ]
        for path in (sheet, page):
            assert path.stat().st_mode & 0o077 == 0
            assert PEOPLE[1].encode() not in path.read_bytes()
        assert town.run(*where, "--page", page, "--contacts", "--json") == 0
        assert json.loads(capsys.readouterr().out)["count"] == 1
        assert PEOPLE[1].encode() in page.read_bytes()
        town.served.faults.client = "@operator"
        assert town.run(*where) == 77
    finally:
        with town.served.center.database.write() as connection:
            forget_entry(connection, NODE)


TYPED = f"""
node = "{NODE}"
latitude = 35.787
longitude = 139.9
direction_deg = 135
address = "旭川市3条通"
host_name = "{PEOPLE[0]}"
host_phone = "0166-00-0000"
consents = ["K-0001"]
plate_up = true
[revoked]
K-0001 = "2026-03-01"
"""


def test_clerk_writes_an_entry_for_a_camera_without_a_line(
    town: Town, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    typed = tmp_path / "entry.toml"
    typed.write_text(TYPED)
    try:
        assert town.run("desk", "register", "--desk", town.desk, "--center", town.served.url, "--write", typed) == 0
        assert "旭川市3条通  135°" in capsys.readouterr().out
        with town.served.center.database.read() as connection:
            kept = all_entries(connection)[NODE].entry
        assert (kept.latitude_e6, kept.host_phone) == (35_787_000, "0166-00-0000")
        assert kept.revoked == {"K-0001": "2026-03-01"}
    finally:
        with town.served.center.database.write() as connection:
            forget_entry(connection, NODE)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("35.787", "91.0"),
        ("35.787", '"north"'),
        ("direction_deg = 135", "direction_deg = 360"),
        ("旭川市3条通", " "),
        ("0166-00-0000", "call me"),
        ("plate_up = true", "plate_up = false"),
        ('K-0001 = "2026-03-01"', 'K-0009 = "2026-03-01"'),
        ("plate_up = true", ""),
        ("latitude = 35.787", "latitude = nan"),
    ],
)
def test_entry_that_is_off_is_told_and_not_sent(town: Town, tmp_path: Path, old: str, new: str) -> None:
    typed = tmp_path / "entry.toml"
    typed.write_text(TYPED.replace(old, new))
    assert town.run("desk", "register", "--desk", town.desk, "--center", town.served.url, "--write", typed) == 78
    assert not any(path.endswith("/register-entry") for path in town.served.faults.asked)


@pytest.mark.parametrize("body", [b"", b"{}", b'{"at":1,"cameras":[{"node":"x"}],"city":"c","v":1}', b"[" * 5000])
def test_answer_that_is_no_register_is_refused(town: Town, body: bytes, capsys: pytest.CaptureFixture[str]) -> None:
    town.served.faults.replaced["/v1/register"] = (200, body)
    assert town.run("desk", "register", "--desk", town.desk, "--center", town.served.url) == 65
    assert "Traceback" not in capsys.readouterr().err


def test_zone_that_is_none_is_told(town: Town) -> None:
    assert town.run("desk", "register", "--desk", town.desk, "--center", town.served.url, "--timezone", "Mars") == 64
