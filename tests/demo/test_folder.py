"""A demonstration's folder: never somebody else's, never one that is in use."""

from __future__ import annotations

import io
from pathlib import Path

import pytest

from edge.base.clock import SimulatedClock, SystemClock, from_iso
from edge.base.errors import AlreadyRunning, BadConfiguration, NotPermitted, StorageFault, UsageFault
from edge.cli import build_parser
from edge.demo.commands import _moment, _seconds, _size
from edge.demo.founding import found_or_open
from edge.demo.places import Places, free_ports
from edge.demo.scene import Scene
from edge.demo.stage import Plan, Stage, prepare_folder
from edge.demo.watch import ProgressLine

START = "2026-01-05T10:00:00+09:00"


def stage(out: Path, start: str | None = None) -> Stage:
    return Stage(Plan(Places(out, out / "city"), Scene("street"), None, None if start is None else from_iso(start)))


def test_new_and_empty_folders_are_taken(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    for name in ("empty", "new", "new/below"):
        prepare_folder(tmp_path / name, again=False)
    assert (tmp_path / "new").stat().st_mode & 0o077 == 0


def test_folder_with_something_in_it_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("mine")
    for again in (False, True):
        with pytest.raises(NotPermitted, match="give an empty or new one"):
            prepare_folder(tmp_path, again=again)
    with pytest.raises(NotPermitted, match="is no empty folder"):
        prepare_folder(tmp_path / "thesis.txt", again=False)
    assert (tmp_path / "thesis.txt").read_text() == "mine"


def test_folder_that_cannot_be_used_is_named(tmp_path: Path) -> None:
    loop = tmp_path / "loop"
    loop.symlink_to(loop)
    (tmp_path / "file").touch()
    for out in (loop / "run", tmp_path / "file" / "run"):
        with pytest.raises(StorageFault, match=r"cannot be made .* give a folder that can be written"):
            prepare_folder(out, again=False)
    with pytest.raises(NotPermitted, match=r"cannot be used .* give a folder that can be written"):
        prepare_folder(tmp_path / ("long" * 80), again=False)


@pytest.mark.parametrize(("text", "said"), [(None, "cannot be read"), ("{", "not a JSON"), ('{"masks": []}', "signed")])
def test_masks_of_ones_own_are_refused_before_anything_is_founded(tmp_path: Path, text: str | None, said: str) -> None:
    masks = tmp_path / "masks.json"
    if text is not None:
        masks.write_text(text)
    plan = Plan(Places(tmp_path / "out", tmp_path / "out" / "city"), Scene("street"), masks, None)
    with Stage(plan) as one, pytest.raises(BadConfiguration, match=said) as raised:
        one.set_up()
    assert str(masks) in str(raised.value) and raised.value.exit_status == 78
    assert not plan.places.masks.exists() and not plan.places.founded.exists()


def test_run_begins_anew_and_keeps_its_city(tmp_path: Path) -> None:
    out = prepare_folder(tmp_path / "run", again=True)
    for name in ("city/desk", "node/spool"):
        (out / name).mkdir(parents=True)
    (out / "city" / "whole").touch()
    (out / "clock").write_bytes(b"old")
    assert prepare_folder(out, again=True) == out
    assert sorted(path.name for path in out.iterdir()) == [".demonstration", "city"]
    with pytest.raises(NotPermitted):
        prepare_folder(out, again=False)


def test_city_whose_founding_was_interrupted_is_not_kept(tmp_path: Path) -> None:
    """The journeys show that a whole one is: they share one."""
    places = Places(tmp_path / "run", tmp_path / "run" / "city")
    prepare_folder(places.out, again=True)
    for store in (places.founded / "desk", places.manager):
        store.mkdir(parents=True)
        (store / "identity.age").touch()
    with pytest.raises(NotPermitted, match="is not empty"):
        found_or_open(places, from_iso(START))
    prepare_folder(places.out, again=True)
    assert not places.city.exists()


def test_running_demonstration_is_not_swept_away(tmp_path: Path) -> None:
    out = prepare_folder(tmp_path / "run", again=True)
    with stage(out):
        (out / "node" / "spool").mkdir()
        with pytest.raises(AlreadyRunning, match="another demonstration"):
            prepare_folder(out, again=True)
        assert (out / "node" / "spool").exists()
    prepare_folder(out, again=True)
    assert not (out / "node").exists()


def test_clock_is_simulated_where_a_start_is_given(tmp_path: Path) -> None:
    with stage(tmp_path / "simulated", START) as one:
        assert isinstance(one._clock, SimulatedClock) and one._clock.now_us() == from_iso(START)
    with stage(tmp_path / "real") as one:
        assert isinstance(one._clock, SystemClock)


def test_nothing_is_waited_for_where_the_recorder_was_interrupted_at_its_start(tmp_path: Path) -> None:
    shown = io.StringIO()
    with stage(tmp_path / "run") as one:
        one._await_receipts(ProgressLine(shown))
        assert one.progress().segments == 0
    assert shown.getvalue().count("starting") == 1


def test_ports_are_three() -> None:
    ports = free_ports()
    assert len({ports.https, ports.mqtt, ports.fleet}) == 3


def test_words_are_taken() -> None:
    assert (_seconds("1"), _seconds("2.5"), _seconds("86400")) == (1.0, 2.5, 86_400.0)
    assert (_size("16x16"), _size("1280x960"), _size("4096x4096")) == ((16, 16), (1280, 960), (4096, 4096))
    assert _moment(START) == from_iso(START)


@pytest.mark.parametrize("text", ["", "0", "0.5", "-3", "86401", "nan", "inf", "ten", "1e9"])
def test_seconds_are_refused(text: str) -> None:
    with pytest.raises(UsageFault, match="--seconds"):
        _seconds(text)


@pytest.mark.parametrize("words", [("--fps", "1"), ("--fps", "60"), ("--rain", "100"), ("--seed", "0")])
def test_numbers_are_taken(words: tuple[str, str]) -> None:
    options = build_parser(["run"]).parse_args(["run", *words])
    assert getattr(options, words[0].removeprefix("--")) == int(words[1])


@pytest.mark.parametrize(
    "words",
    [
        *(("--fps", text) for text in ("0", "61", "-1", "7.5", "1_0", "٣")),
        *(("--rain", text) for text in ("101", "")),
        *(("--seed", text) for text in ("2147483648", "1\n")),
    ],
)
def test_numbers_are_refused(words: tuple[str, str]) -> None:
    with pytest.raises(UsageFault, match=words[0]):
        build_parser(["run"]).parse_args(["run", *words])


@pytest.mark.parametrize("text", ["", "1280", "1280x", "x960", "1281x960", "1280x961", "14x96", "9999x96", "128x96\n"])
def test_sizes_are_refused(text: str) -> None:
    with pytest.raises(UsageFault, match="--size"):
        _size(text)


@pytest.mark.parametrize(
    "text", ["1971-01-01T00:00:00+00:00", "2028-02-29T23:59:58+09:00", "2199-12-31T23:59:59+00:00"]
)
def test_starts_are_taken(text: str) -> None:
    assert _moment(text) == from_iso(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "now",
        "2026-01-05",
        "2026-01-05T10:00:00",
        "2027-02-29T10:00:00+09:00",
        "1969-12-31T23:00:00+00:00",
        "1970-12-31T23:59:59+00:00",
        "2200-01-01T00:00:00+00:00",
        "0001-01-01T00:00:00+09:00",
        "9999-12-31T23:59:59-09:00",
    ],
)
def test_starts_are_refused(text: str) -> None:
    with pytest.raises(UsageFault, match="--start"):
        _moment(text)
