"""``mimamori demo``, ``run`` and ``demo-visit``: a node, its center and its desk on one machine."""

from __future__ import annotations

import argparse
import json
import re
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from edge.base.clock import SystemClock, from_iso
from edge.base.errors import Stop, UsageFault
from edge.demo.opening import Opened
from edge.demo.places import Places
from edge.demo.scene import Scene
from edge.demo.stage import Plan, Stage, prepare_folder
from edge.demo.visiting import add_parser as add_visit_parser
from edge.demo.watch import Progress, ProgressLine

_EARLIEST_US, _LATEST_US = from_iso("1971-01-01T00:00:00+00:00"), from_iso("2200-01-01T00:00:00+00:00")
_ANSWERS = ("authenticity", "provenance", "completeness", "time")


def add_parsers(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Mounts the commands."""
    demo = commands.add_parser("demo", help="record, upload, verify and open so many seconds, then say what came out")
    _add_scene(demo)
    demo.add_argument("--seconds", type=_seconds, required=True, metavar="N", help="of footage")
    demo.add_argument("--out", type=Path, required=True, metavar="DIR", help="an empty or new folder")
    demo.add_argument("--city", type=Path, metavar="DIR", help="found the city here, or use the one that is there")
    demo.add_argument("--json", action="store_true", help="one JSON object as the last line")
    demo.set_defaults(run=_demo)
    run = commands.add_parser("run", help="the same until Ctrl-C, with a fleet page to look at")
    _add_scene(run)
    run.add_argument("--seconds", type=_seconds, metavar="N", help="end after so much footage; nobody visits")
    run.add_argument("--out", type=Path, default=Path("run"), metavar="DIR", help="run/ if not given")
    run.set_defaults(run=_run)
    add_visit_parser(commands)


def _add_scene(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--source", default="street", metavar="street|FILE|/dev/videoN|picamera")
    parser.add_argument("--masks", type=Path, metavar="masks.json", help="a mask set of your own, for node 'demo'")
    parser.add_argument(
        "--size", type=_size, metavar="WIDTHxHEIGHT", help="even numbers; the source's own if not given"
    )
    parser.add_argument(
        "--fps", type=_within("--fps", 1, 60), default=0, metavar="N", help="the source's own if not given"
    )
    parser.add_argument(
        "--rain", type=_within("--rain", 0, 100), default=0, metavar="PERCENT", help="rain on the drawn street"
    )
    parser.add_argument(
        "--seed", type=_within("--seed", 0, 2**31 - 1), default=1, help="another seed, another street life"
    )
    parser.add_argument("--behind", choices=("a", "b"), default="a", help="what goes on behind the street's masks")
    parser.add_argument("--fast", action="store_true", help="as fast as it goes, on a simulated clock")
    parser.add_argument("--start", type=_moment, metavar="ISO8601", help="where the simulated clock begins")


def _demo(options: argparse.Namespace) -> int:
    out = prepare_folder(options.out, again=False)
    with Stage(_plan(options, Places(out, options.city or out / "city"))) as stage:
        line = ProgressLine()
        _say("founding a demonstration city, its center and one node ...")
        stage.set_up()
        stage.record(options.seconds, line)
        line.end()
        if not stage.progress().segments:
            raise Stop(f"no footage was recorded; why, the log says: {out / 'logs' / 'recorder.log'}")
        _say("opening with both custodians ...")
        opened = stage.open()
        progress = stage.progress()
        report = _report(out, opened, progress, stage)
    print(json.dumps(report) if options.json else _text(report))
    return 0 if all(report[answer] == "ok" for answer in _ANSWERS) else 1


def _run(options: argparse.Namespace) -> int:
    out = prepare_folder(options.out, again=True)
    with Stage(_plan(options, Places(out, out / "city"))) as stage:
        line = ProgressLine()
        _say("founding a demonstration city, its center and one node ...")
        stage.set_up()
        if options.seconds is None and not options.fast:
            stage.let_visit()
            _say(f"to visit the camera as its installer, in another terminal: {_beside(out)}")
        _say(f"fleet page: http://127.0.0.1:{stage.ports.fleet}/   (Ctrl-C ends and opens what was recorded)")
        stage.record(options.seconds, line)
        line.end()
        if not stage.progress().segments:
            _say("no footage was recorded, so there is nothing to open")
            return 0
        _say("opening with both custodians (Ctrl-C skips it) ...")
        try:
            opened = stage.open()
        except KeyboardInterrupt:
            return 0
        report = _report(out, opened, stage.progress(), stage)
    print(_text(report))
    return 0


def _beside(out: Path) -> str:
    """Returns the words that visit this run's camera."""
    return "make visit" if out == Path("run") else f"mimamori demo-visit --out {out}"


def _plan(options: argparse.Namespace, places: Places) -> Plan:
    scene = Scene(
        source=options.source,
        size=options.size,
        fps=options.fps,
        fast=options.fast,
        rain_percent=options.rain,
        seed=options.seed,
        behind=options.behind,
    )
    start_us = options.start
    if start_us is None and options.fast:
        start_us = SystemClock().now_us()
    return Plan(places, scene, options.masks, start_us)


def _report(out: Path, opened: Opened, progress: Progress, stage: Stage) -> dict[str, object]:
    status = progress.status
    usage = {
        name: {"cpu_s": round(item.cpu_s, 3), "max_rss_bytes": item.max_rss_bytes}
        for name, item in stage.usage().items()
    }
    return {
        "frames": status.frames_encoded if status else 0,
        "frames_missed": status.frames_missed if status else 0,
        "segments": len(opened.opened["plain_sha256"]),
        "receipted": progress.receipted,
        "gaps": opened.verified["gaps"],
        "mask_digest": status.masks if status else None,
        "plain_sha256": opened.opened["plain_sha256"],
        **{answer: opened.verified[answer] for answer in _ANSWERS},
        "mp4": str(out / "footage.mp4"),
        "further_mp4": [str(out / "opened" / item["file"]) for item in opened.opened["footage"][1:]],
        "records": str(out / "records"),
        "masks": str(out / "masks.json"),
        "demo": True,
        "processes": usage,
    }


def _text(report: dict[str, Any]) -> str:
    films = ", ".join([report["mp4"], *report["further_mp4"]])
    answers = ", ".join(f"{answer} {report[answer]}" for answer in _ANSWERS)
    return (
        f"{report['frames']} frames in {report['segments']} segments, {report['frames_missed']} missed; "
        f"{report['receipted']} records receipted\n{answers}\nopened: {films}\nrecords: {report['records']}"
    )


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def _seconds(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = -1.0
    if not 1 <= seconds <= 86_400:
        raise UsageFault(f"--seconds {text[:40]!r}: give a number from 1 to 86400")
    return seconds


def _within(option: str, low: int, high: int) -> Callable[[str], int]:
    """Returns what reads a whole number within bounds, before anything is founded for it."""

    def read(text: str) -> int:
        if not re.fullmatch(r"\d{1,10}", text[:11], re.ASCII) or not low <= int(text) <= high:
            raise UsageFault(f"{option} {text[:40]!r}: give a whole number from {low} to {high}")
        return int(text)

    return read


def _size(text: str) -> tuple[int, int]:
    found = re.fullmatch(r"(\d{2,4})x(\d{2,4})", text[:20])
    size = (int(found[1]), int(found[2])) if found else (0, 0)
    if not all(16 <= side <= 4096 and side % 2 == 0 for side in size):
        raise UsageFault(f"--size {text[:40]!r}: give WIDTHxHEIGHT, even numbers from 16 to 4096, such as 1280x960")
    return size


def _moment(text: str) -> int:
    try:
        moment = from_iso(text)
    except (ValueError, OverflowError) as error:
        raise UsageFault(
            f"--start {text[:64]!r}: give a time with its zone, such as 2026-01-05T10:00:00+09:00"
        ) from error
    if not _EARLIEST_US <= moment < _LATEST_US:  # keys are valid from before it on, and for years after it
        raise UsageFault(f"--start {text[:64]!r}: give a time from 1971 to 2199, such as 2026-01-05T10:00:00+09:00")
    return moment
