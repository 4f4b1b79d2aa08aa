"""Fetching: whole records or none, resumed after a break, and nothing the center says is believed."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from edge.base.clock import ClockQuality, from_iso
from edge.base.errors import MimamoriError, NotPermitted, Refused, TryAgain, Unavailable, UsageFault
from edge.desk import download as download_module
from edge.desk.fetch import Fetched, Window, fetch
from edge.desk.selection import parse_runs, select
from edge.seal.bundle import read_bundle
from edge.seal.record import Header
from tests.desk.conftest import Town
from tests.desk.scene import NODE, START_US, joined
from tests.seal.samples import START_US as SEALED_US
from tests.seal.test_correction import Story

ALL = Window(NODE, START_US - 60_000_000, START_US + 60_000_000)


def bring(town: Town, out: Path, window: Window = ALL) -> Fetched:
    with town.connect() as center:
        return fetch(center, town.office(), window, out)


@pytest.fixture(autouse=True)
def _small_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    """Records are asked for in several calls, as in a long window."""
    monkeypatch.setattr(download_module, "PIECE_BYTES", 50_000)


def test_bundle_holds_what_was_asked_for_and_a_header_each_side(town: Town, tmp_path: Path) -> None:
    window = Window(NODE, START_US + 2_000_000, START_US + 6_500_000)
    fetched = bring(town, tmp_path / "b", window)
    assert (fetched.records, fetched.missing, fetched.registered) == (3, 0, True)
    assert (tmp_path / "b" / "records").read_bytes() == joined(town.taken[2:5])
    evidence = read_bundle(tmp_path / "b")
    assert [header.sequence for header in evidence.bare] == [1, 2, 3, 4, 5]
    assert len(evidence.receipts) == len(evidence.key_lists) == 1
    assert not evidence.altered and not evidence.incomplete


@pytest.mark.parametrize("bytes_until_it_breaks", [0, 1, 4095, 4096, 5000, 40_000])
def test_broken_fetch_is_taken_up_again(town: Town, tmp_path: Path, bytes_until_it_breaks: int) -> None:
    town.served.faults.cut["/records/4-"] = bytes_until_it_breaks
    with pytest.raises(Unavailable):
        bring(town, tmp_path / "b")
    assert not (tmp_path / "b" / "records").exists()
    town.served.faults.asked.clear()
    assert bring(town, tmp_path / "b").records == len(town.taken)
    assert (tmp_path / "b" / "records").read_bytes() == joined(town.taken)
    asked = [path.rsplit("/", 1)[1] for path in town.served.faults.asked if "/records/" in path]
    assert asked[0].startswith("4-"), f"records before the break were asked for again: {asked}"


def test_rubbish_left_by_a_break_is_cut_off(town: Town, tmp_path: Path) -> None:
    town.served.faults.cut["/records/4-"] = 0
    with pytest.raises(Unavailable):
        bring(town, tmp_path / "b")
    with (tmp_path / "b" / "records.part").open("ab") as part:
        part.write(b"rubbish" * 1000)
    bring(town, tmp_path / "b")
    assert (tmp_path / "b" / "records").read_bytes() == joined(town.taken)


@pytest.mark.parametrize(
    ("part", "status", "body", "error"),
    [
        ("/runs", 200, b"not JSON", Refused),
        ("/runs", 200, b'{"runs":[{"chain":"../x","first":0,"last":1,"start_us":0,"end_us":1,"bytes":1}]}', Refused),
        ("/runs", 200, b'{"runs":[]}', Refused),
        ("/runs", 200, b'{"runs":[],"more":1}', Refused),
        ("/headers/", 200, b"rubbish", Refused),
        ("/records/", 200, b"rubbish", Refused),
        ("/records/", 200, b"x" * 1_000_000, Refused),
        ("/receipts/", 200, b"rubbish\n", Refused),
        ("/key-list", 200, b"{}", Refused),
        ("/registration", 200, b"{}", Refused),
        ("/registration", 500, b"oops", Unavailable),
        ("/registration", 400, b"[]", Refused),
        ("/runs", 302, b"", Refused),
        ("/runs", 401, b'{"failure":"no-certificate","message":"none"}', NotPermitted),
        ("/runs", 403, b"{", NotPermitted),
        ("/runs", 429, b"", TryAgain),
        ("/runs", 503, b"", TryAgain),
        ("/runs", 502, b"<html>", Unavailable),
        ("/runs", 400, b'{"failure":"a\\nb","message":"two\\nlines\\u001b[31m"}', Refused),
        ("/runs", 418, b"x" * 100_000, Refused),
    ],
)
def test_what_the_center_should_not_say_is_an_error(
    town: Town, tmp_path: Path, part: str, status: int, body: bytes, error: type[MimamoriError]
) -> None:
    town.served.faults.replaced[part] = (status, body)
    with pytest.raises(error) as caught:
        bring(town, tmp_path / "b")
    assert str(caught.value).isprintable()
    assert not (tmp_path / "b" / "records").exists()
    town.served.faults.heal()
    assert bring(town, tmp_path / "b").records == len(town.taken)  # control: and it goes on from there


def test_other_records_than_the_headers_announce_are_refused(town: Town, tmp_path: Path) -> None:
    town.served.faults.replaced["/records/"] = (200, town.taken[2].record.dump())
    with pytest.raises(Refused, match="not what the headers announce"):
        bring(town, tmp_path / "b")


def test_headers_out_of_place_are_refused(town: Town, tmp_path: Path) -> None:
    headers = [item.record.header.data for item in town.taken]
    for body in (headers[1] + headers[0], headers[0] * 2):
        town.served.faults.replaced["/headers/"] = (200, body)
        with pytest.raises(Refused, match="out of place"):
            bring(town, tmp_path / "b")


def test_missing_bodies_are_counted(town: Town, tmp_path: Path) -> None:
    for sequence in (1, 2, 3):
        town.served.faults.replaced[f"/records/{sequence}-"] = (200, b"")
    fetched = bring(town, tmp_path / "b")
    assert fetched.missing > 0 and fetched.records + fetched.missing == len(town.taken)
    assert len(read_bundle(tmp_path / "b").whole) == fetched.records


def test_unregistered_node_and_missing_key_list_are_said(
    town: Town, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for part in ("/registration", "/key-list"):
        town.served.faults.replaced[part] = (404, b'{"failure":"nothing-stored","message":"none"}')
    window = ("--from", "2026-01-05T09:59:00+09:00", "--to", "2026-01-05T10:01:00+09:00")
    at = ("--desk", town.desk, "--center", town.served.url, "--node", NODE)
    assert town.run("desk", "fetch", *at, *window, "--out", tmp_path / "b") == 0
    assert "not registered, so provenance cannot be proven" in capsys.readouterr().out
    assert len(read_bundle(tmp_path / "b").key_lists) == 1  # from the desk's own copy


def test_a_bundle_is_a_folder_of_its_own(town: Town, tmp_path: Path) -> None:
    (tmp_path / "b").mkdir()
    (tmp_path / "b" / "mine").touch()
    with pytest.raises(UsageFault, match="not empty"):
        bring(town, tmp_path / "b")
    bring(town, tmp_path / "c")
    with pytest.raises(UsageFault, match="finished"):
        bring(town, tmp_path / "c")
    town.served.faults.cut["/records/"] = 0
    with pytest.raises(Unavailable):
        bring(town, tmp_path / "d")
    with pytest.raises(UsageFault, match="another window"):
        bring(town, tmp_path / "d", Window(NODE, ALL.start_us, ALL.end_us + 1))


@pytest.mark.parametrize("seconds", [-1, 0, 3 * 86_400 + 1])
def test_windows_run_forward_and_are_bounded(town: Town, tmp_path: Path, seconds: int) -> None:
    with pytest.raises(UsageFault, match="three days"):
        bring(town, tmp_path / "b", Window(NODE, START_US, START_US + seconds * 1_000_000))


def test_nothing_there_is_said(town: Town, tmp_path: Path) -> None:
    day_us = 86_400_000_000
    with pytest.raises(Refused, match="no record of that window"):
        bring(town, tmp_path / "b", Window(NODE, START_US - 2 * day_us, START_US - day_us))


def test_nobody_there_is_said(town: Town, tmp_path: Path) -> None:
    window = ("--from", "2026-01-05T09:59:00+09:00", "--to", "2026-01-05T10:01:00+09:00")
    at = ("--desk", town.desk, "--center", "https://localhost:9", "--node", NODE)
    assert town.run("desk", "fetch", *at, *window, "--out", tmp_path / "b") == 69


def test_another_citys_center_is_not_talked_to(town: Town, tmp_path: Path) -> None:
    from edge.desk.center import Center
    from edge.wire import certificates

    folder = tmp_path / "desk"
    folder.mkdir()
    for name in ("tls.pem", "certificate.pem"):
        (folder / name).write_bytes((town.desk / name).read_bytes())
    other = certificates.make_ca(certificates.new_tls_key(), "elsewhere CA", from_iso("2026-01-01T00:00:00+00:00"))
    (folder / "ca.pem").write_bytes(certificates.dump_certificates(other))
    with Center(town.served.url, folder) as center, pytest.raises(NotPermitted, match="TLS failed"):
        center.get("/v1/health", limit_bytes=100)


def run_of(chain: str, first: int, last: int) -> dict[str, object]:
    return {"chain": chain, "first": first, "last": last, "start_us": 0, "end_us": 1, "bytes": 1}


def test_runs_that_continue_are_one_stretch() -> None:
    a, b = "a" * 32, "b" * 32
    runs = [run_of(b, 5, 9), run_of(a, 3, 4), run_of(a, 0, 2), run_of(b, 10, 10), run_of(a, 9, 9), run_of(b, 6, 7)]
    stretches = parse_runs(json.dumps({"runs": runs}).encode())
    assert [(s.chain, s.first, s.last) for s in stretches] == [(b, 5, 10), (a, 0, 4), (a, 9, 9)]
    assert parse_runs(b'{"runs":[]}') == []


@pytest.mark.parametrize("runs", [[run_of("a" * 32, 1, 0)], [run_of("a" * 32, 0, 2_000_000)]])
def test_absurd_runs_are_refused(runs: list[dict[str, object]]) -> None:
    with pytest.raises(Refused) as caught:
        parse_runs(json.dumps({"runs": runs}).encode())
    assert caught.value.failure == "too-long"


def test_stretches_too_far_apart_are_refused(town: Town, tmp_path: Path) -> None:
    chain = town.taken[0].record.header.manifest.chain
    runs = json.dumps({"runs": [run_of(chain, 0, 0), run_of(chain, 2**50, 2**50)]}).encode()
    town.served.faults.replaced["/runs"] = (200, runs)
    with pytest.raises(Refused, match="too many"):
        bring(town, tmp_path / "b")


@pytest.mark.parametrize(
    ("start", "end", "expected"),
    [
        (0, 1, range(1)),  # the BOOT is a moment, and the first segment begins there
        (0, 2_000_000, (0, 1)),
        (2_000_000, 2_000_001, (2,)),
        (1_999_999, 2_000_001, (1, 2)),
        (9_000_000, 9_000_001, (5,)),
        (-5, 0, ()),
        (30_000_000, 40_000_000, ()),
    ],
)
def test_a_window_takes_what_overlaps_it(town: Town, start: int, end: int, expected: tuple[int, ...]) -> None:
    headers: list[Header] = [item.record.header for item in town.taken]
    selection = select(headers, (START_US + start, START_US + end))
    found = [] if selection is None else [wanted.sequence for wanted in selection.wanted]
    if start == 0:
        assert found == [0, 1]
    else:
        assert found == list(expected)


def test_a_window_takes_what_is_mapped_into_it_and_keeps_what_maps_it() -> None:
    """The node booted in 1970; its clock was set much later, so the CLOCK record lies far outside of the window."""
    story = Story(-SEALED_US)
    story.boot()
    story.film(20)
    story.clock(ClockQuality.SYNCHRONISED, by_us=SEALED_US)
    window = (story.moments[3], story.moments[5])
    selection = select(story.headers(), window)
    assert selection is not None
    assert [wanted.sequence for wanted in selection.wanted] == [3, 4]
    assert selection.headers == tuple(story.headers()[place].data for place in (2, 3, 4, 5, 21))
    assert select(story.headers()[:21], window) is None
