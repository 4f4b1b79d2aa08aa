"""``node.toml``: what is taken, what is refused, and that every fault is told at once with its path."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from edge.base.clock import SimulatedClock, SystemClock
from edge.base.errors import BadConfiguration, BadInput
from edge.encode.settings import Preset
from edge.node.config import NodeConfig
from edge.spool.capacity import required_bytes
from tests.node.town import STREET, Town

Make = Callable[..., Town]
FILE = {"kind": "file", "path": "film.mp4"}
REAL = {"clock": "system", "source": {"fast": False}}


def test_whole_file_is_read_with_paths_from_its_own_folder(town: Town) -> None:
    config = town.config
    assert (config.node, config.camera, config.retention_days) == ("demo", "demo", 7)
    assert config.masks == town.folder / "masks.json"
    assert config.position == town.run / "position" and config.status == town.run / "recorder.json"
    assert config.encoder.settings(Fraction(10)).fps == 10


PI = {"kind": "picamera", "path": None, "fast": False, "width": 1280, "height": 960, "fps": 15}
ON_PI = REAL | {"encoder": {"bitrate_bps": 1_000_000}}
TAKEN: dict[str, dict[str, Any]] = {
    "real node": REAL | {"demo": False},
    "paced on a simulated clock": {"source": {"fast": False}},
    "longest retention": {"retention_days": 31},
    "shortest retention": {"retention_days": 2},
    "street": {"source": STREET},
    "device": REAL | {"source": {"kind": "v4l2", "path": "/dev/video0", "fast": False}},
    "Raspberry Pi's camera": ON_PI | {"source": PI},
    "Raspberry Pi's camera upside down": ON_PI
    | {"source": PI | {"picamera": {"rotation": 180, "mirror": True, "day_gains": [1.6, 1.5]}}},
    "second picture": ON_PI | {"source": PI | {"picamera": {"small_width": 640, "small_height": 480}}},
    "as fast as a Raspberry Pi goes": ON_PI | {"source": PI | {"width": 1920, "height": 1080, "fps": 30}},
    "another zone": {"timezone": "Europe/Berlin"},
    "camera with blanks": {"camera": "No. 4 - north"},
    "longest camera": {"camera": "x" * 24},
    "preset": {"encoder": {"preset": "veryfast"}},
    "longest node": {"node": "a" * 32},
    "panel": REAL | {"demo": False, "panel": {"kind": "gpio", "ir_filter": "in"}},
    "no panel": REAL | {"demo": False, "panel": {"kind": "none"}},
    "panel that is moved by a file": {"panel": {"kind": "mock"}},
}
REFUSED: dict[str, tuple[dict[str, Any], str]] = {
    "unknown key": ({"colour": "red"}, "colour: unknown key"),
    "unknown key in a table": ({"spool": {"reels": 3}}, "spool.reels: unknown key"),
    "missing key": ({"masks": None}, "masks: Field required"),
    "node with a line break": ({"node": "host\nevil"}, "node: "),
    "node with a line break at its end": ({"node": "host\n"}, "node: "),
    "node in capitals": ({"node": "Node"}, "node: "),
    "node with a topic's letter": ({"node": "a/b"}, "node: "),
    "node with other digits": ({"node": "a٣"}, "node: "),
    "longer node": ({"node": "a" * 33}, "node: "),
    "empty node": ({"node": ""}, "node: "),
    "camera with a line break": ({"camera": "host\nevil"}, "camera: "),
    "camera with a line break at its end": ({"camera": "host\n"}, "camera: "),
    "camera in kanji": ({"camera": "北口"}, "camera: "),
    "longer camera": ({"camera": "x" * 25}, "camera: "),
    "retention beyond the law": ({"retention_days": 32}, "retention_days: "),
    "retention of a day": ({"retention_days": 1}, "retention_days: "),
    "retention as text": ({"retention_days": "7"}, "retention_days: "),
    "no zone": ({"timezone": "Asia/Edo"}, "timezone: 'Asia/Edo' is no time zone"),
    "zone that climbs": ({"timezone": "../../etc/passwd"}, "timezone: "),
    "folder of zones": ({"timezone": "Asia"}, "timezone: "),
    "empty zone": ({"timezone": ""}, "timezone: "),
    "no clock": ({"clock": "sundial"}, "clock: 'sundial' is no clock"),
    "simulated clock without a file": ({"clock": "simulated:"}, "clock: "),
    "simulated clock in the street": ({"demo": False}, "clock: a simulated clock needs demo = true"),
    "fast on the machine's clock": ({"clock": "system"}, "source: fast: "),
    "fast device": ({"source": {"kind": "v4l2"}}, "source: a device cannot run faster than time"),
    "fast Raspberry Pi": ({"source": PI | {"fast": True}}, "source: a device cannot run faster than time"),
    "Raspberry Pi with a path": ({"source": PI | {"path": "x"}}, "source: kinds file and v4l2 need a path"),
    "height between fours": (ON_PI | {"source": PI | {"height": 958}}, "source: height 958"),
    "more than the encoder does": (
        ON_PI | {"source": PI | {"width": 1920, "height": 1080, "fps": 31}},
        "source: 1920x1080 at 31: the encoder does",
    ),
    "larger than the encoder does": (ON_PI | {"source": PI | {"width": 2304, "height": 1296}}, "source: 2304x1296"),
    "second picture of half a size": (
        ON_PI | {"source": PI | {"picamera": {"small_width": 320}}},
        "source.picamera: give both small_width and small_height",
    ),
    "second picture as large": (
        ON_PI | {"source": PI | {"picamera": {"small_width": 642, "small_height": 480}}},
        "source: picamera: small picture 642x480 is more than half",
    ),
    "upright": (ON_PI | {"source": PI | {"picamera": {"rotation": 90}}}, "source.picamera.rotation: "),
    "lens beyond its reach": (
        ON_PI | {"source": PI | {"picamera": {"focus_dioptres": 33.0}}},
        "source.picamera.focus_",
    ),
    "Raspberry Pi's table for a street": (
        {"source": STREET | {"picamera": {}}},
        "source: [source.picamera] is for kind",
    ),
    "rate at which the encoder stands still": (
        REAL | {"source": PI, "encoder": {"bitrate_bps": 800_000}},
        "encoder: bitrate_floor_bps: 266666 bit/s; below 300000",
    ),
    "rate beyond the encoder's buffers": (
        REAL | {"source": PI, "encoder": {"bitrate_bps": 10_000_001}},
        "encoder: bitrate_bps: 10000001 bit/s; a Raspberry Pi's encoder takes 10000000",
    ),
    "odd width": ({"source": {"width": 129, "height": 96}}, "source.width: "),
    "width alone": ({"source": {"width": 128}}, "source: give both width and height"),
    "file without path": ({"source": {"path": None}}, "source: kinds file and v4l2 need a path"),
    "street with path": ({"source": {"kind": "street"}}, "source: kinds file and v4l2 need a path"),
    "unknown source": ({"source": {"kind": "webcam"}}, "source.kind: "),
    "too fast": ({"source": {"fps": 61}}, "source.fps: "),
    "path with a zero": ({"root": "a\0b"}, "root: a path as text"),
    "empty path": ({"root": ""}, "root: a path as text"),
    "small reels": ({"spool": {"reel_bytes": 2**19}}, "spool.reel_bytes: "),
    "reels in no whole blocks": ({"spool": {"reel_bytes": 2**20 + 1}}, "spool.reel_bytes: "),
    "two reels": ({"spool": {"reel_bytes": 3 * 2**19}}, "spool: capacity_bytes 3145728 makes 2 reels"),
    "floor above the bitrate": (
        {"encoder": {"bitrate_bps": 500_000, "bitrate_floor_bps": 500_001}},
        "encoder.bitrate_floor_bps: 500001 lies above",
    ),
    "segments longer than a reel": ({"encoder": {"bitrate_bps": 8_000_000}}, "spool: reel_bytes: a segment"),
    "unknown preset": ({"encoder": {"preset": "placebo"}}, "encoder.preset: "),
    "http": ({"uplink": {"center_url": "http://localhost"}}, "uplink.center_url: "),
    "URL with a line break": ({"uplink": {"center_url": "https://localhost\n"}}, "uplink.center_url: "),
    "panel of another kind": ({"panel": {"kind": "pigpio"}}, "panel.kind: "),
    "mock panel in the street": (
        REAL | {"demo": False, "panel": {"kind": "mock"}},
        "panel: kind mock needs demo = true",
    ),
    "wiring of no panel": ({"panel": {"kind": "none", "pinout": "x.toml"}}, "panel: kind none takes neither"),
    "filter half in": ({"panel": {"kind": "gpio", "ir_filter": "half"}}, "panel.ir_filter: "),
    "host with a line break": ({"uplink": {"mqtt_host": "host\nevil"}}, "uplink.mqtt_host: "),
}


@pytest.mark.parametrize("changes", TAKEN.values(), ids=TAKEN)
def test_configuration_is_taken(make_town: Make, changes: dict[str, Any]) -> None:
    assert isinstance(make_town(**changes).config, NodeConfig)


@pytest.mark.parametrize(("changes", "said"), REFUSED.values(), ids=REFUSED)
def test_configuration_is_refused_with_its_path(make_town: Make, changes: dict[str, Any], said: str) -> None:
    town = make_town(**changes)
    with pytest.raises(BadConfiguration) as raised:
        _ = town.config
    lines = str(raised.value).splitlines()
    assert [line for line in lines if line.startswith(f"{town.config_path}: {said}")], lines
    assert len(lines) == 1


def test_all_faults_are_told_at_once(make_town: Make) -> None:
    town = make_town(
        demo=False, retention_days=0, colour=1, encoder={"bitrate_bps": 8_000_000}, uplink={"upload": "some"}
    )
    with pytest.raises(BadConfiguration) as raised:
        _ = town.config
    told = [line.removeprefix(f"{town.config_path}: ").partition(":")[0] for line in str(raised.value).splitlines()]
    assert sorted(told) == ["clock", "colour", "retention_days", "spool", "uplink.upload"]


def test_card_must_hold_the_retention_where_it_keeps_the_footage(make_town: Make) -> None:
    needed = required_bytes(300_000, 7, 2**20)
    town = make_town(spool={"capacity_bytes": needed, "keeps_footage": True})
    assert town.config.spool.keeps_footage
    town.configure(spool={"capacity_bytes": needed - 1})
    with pytest.raises(BadConfiguration, match=f"spool: capacity_bytes: 7 days at 300000 bit/s need {needed} bytes"):
        _ = town.config
    town.configure(spool={"keeps_footage": False})
    assert not town.config.spool.keeps_footage


def test_clock_is_the_one_that_is_named(make_town: Make) -> None:
    town = make_town()
    clock = town.config.open_clock()
    assert isinstance(clock, SimulatedClock) and clock.now_us() == town.clock.now_us()
    town.configure(**REAL)
    assert isinstance(town.config.open_clock(), SystemClock)
    town.configure(clock="simulated:nowhere")
    with pytest.raises(BadInput, match="no simulated clock there"):
        town.config.open_clock()


def test_preset_is_one_of_ours(make_town: Make) -> None:
    assert make_town(encoder={"preset": "faster"}).config.encoder.preset is Preset.FASTER


def test_file_that_is_no_toml_is_named(tmp_path: Path, town: Town) -> None:
    town.config_path.write_bytes(b"node = \xff")
    with pytest.raises(BadConfiguration, match="not TOML"):
        _ = town.config
