"""From a camera to opened footage: one node and its center, as real processes."""

from __future__ import annotations

import json
import random
import shutil
import subprocess
from pathlib import Path

import cv2
import numpy as np
import pytest

from edge.base.frame import Geometry
from edge.desk.verify_commands import read_root
from edge.mask.maskset import load
from edge.mask.raster import Raster, rasterise
from edge.panel.seen import LINE_UP_S
from edge.seal.answers import Trust
from edge.seal.verify import verify
from edge.wire.line import read_line
from edge.wire.panel import read_panel
from edge.wire.status import read_status
from tests.journeys.conftest import CLIPS, Demonstrate, Demonstration, mimamori

pytestmark = pytest.mark.journey
ANSWERS = ("authenticity", "provenance", "completeness", "time")
LUMA_TOLERANCE, CHROMA_TOLERANCE = 24, 12


def decoded(path: Path, width: int, height: int) -> np.ndarray:
    """Decodes with the ffmpeg command, which is not ours; returns (frames, height * 3 / 2, width) uint8, I420."""
    raw = ["-fps_mode", "passthrough", "-f", "rawvideo", "-pix_fmt", "yuv420p", "-"]
    command = ["ffmpeg", "-v", "error", "-i", str(path), *raw]
    data = subprocess.run(command, capture_output=True, check=True).stdout
    return np.frombuffer(data, np.uint8).reshape(-1, height * 3 // 2, width)


def raster_of(demonstration: Demonstration, width: int, height: int) -> Raster:
    return rasterise(load(demonstration.out / "masks.json", "demo"), Geometry(width, height, width))


def worst_deviation(pictures: np.ndarray, raster: Raster, width: int, height: int) -> tuple[int, int]:
    """Returns the largest distance from solid in luma and chroma, over every frame, eroded by one pixel."""
    square = np.ones((3, 3), np.uint8)
    luma = cv2.erode(raster.y.astype(np.uint8), square) > 0
    chroma = cv2.erode(raster.chroma.astype(np.uint8), square) > 0
    y = pictures[:, :height].astype(np.int16)
    u = pictures[:, height : height * 5 // 4].reshape(len(pictures), height // 2, width // 2).astype(np.int16)
    v = pictures[:, height * 5 // 4 :].reshape(len(pictures), height // 2, width // 2).astype(np.int16)
    return int(np.abs(y[:, luma] - 16).max()), int(max(np.abs(plane[:, chroma] - 128).max() for plane in (u, v)))


def similarity(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    """Returns the SSIM map of two luma pictures (Wang et al., 2004: Gaussian window of 11, sigma 1.5)."""
    a, b = one.astype(np.float64), other.astype(np.float64)
    blur = [cv2.GaussianBlur(x, (11, 11), 1.5) for x in (a, b, a * a, b * b, a * b)]
    variance_a, variance_b = blur[2] - blur[0] ** 2, blur[3] - blur[1] ** 2
    covariance = blur[4] - blur[0] * blur[1]
    c1, c2 = (0.01 * 255) ** 2, (0.03 * 255) ** 2
    return ((2 * blur[0] * blur[1] + c1) * (2 * covariance + c2)) / (
        (blur[0] ** 2 + blur[1] ** 2 + c1) * (variance_a + variance_b + c2)
    )


def test_street_is_recorded_receipted_proven_and_opened(street: Demonstration) -> None:
    report = street.report
    assert {answer: report[answer] for answer in ANSWERS} == dict.fromkeys(ANSWERS, "ok")
    assert (report["frames"], report["frames_missed"], report["segments"], report["gaps"]) == (150, 0, 5, [])
    assert len(report["plain_sha256"]) == report["segments"]
    assert set(report["processes"]) == {"recorder", "panel", "uplink", "center", "nginx", "mosquitto"}
    assert len(decoded(Path(report["mp4"]), 640, 480)) == 150


def test_panel_watched_the_case_and_the_line_was_up(street: Demonstration) -> None:
    run = street.out / "node" / "run"
    assert not read_panel(run / "panel.json").case_open
    quiet_s = read_line(run / "uplink.json").quiet_s
    assert quiet_s is not None and quiet_s < LINE_UP_S
    assert read_status(run / "recorder.json").faults == {}


def test_masked_pixels_are_solid_in_every_decoded_frame(street: Demonstration) -> None:  # R-MATSUDO-13
    pictures = decoded(Path(street.report["mp4"]), 640, 480)
    luma, chroma = worst_deviation(pictures, raster_of(street, 640, 480), 640, 480)
    assert luma <= LUMA_TOLERANCE
    assert chroma <= CHROMA_TOLERANCE


def test_the_same_look_finds_an_unmasked_picture(street: Demonstration, demonstrate: Demonstrate) -> None:
    """The control: without masks the same pixels are not solid."""
    nothing = street.out / "nothing.json"
    tree = json.loads((street.out / "masks.json").read_text())
    nothing.write_text(json.dumps({**tree, "masks": [], "none_needed": "control"}))
    bare = demonstrate("--source", "street", "--size", "640x480", "--masks", nothing, seconds=2)
    pictures = decoded(Path(bare.report["mp4"]), 640, 480)
    luma, _ = worst_deviation(pictures, raster_of(street, 640, 480), 640, 480)
    assert luma > LUMA_TOLERANCE


def test_what_goes_on_behind_masks_changes_no_byte(street: Demonstration, demonstrate: Demonstrate) -> None:
    other = demonstrate("--source", "street", "--size", "640x480", "--behind", "b", seconds=10)
    assert other.report["plain_sha256"] == street.report["plain_sha256"]
    assert other.report["mask_digest"] == street.report["mask_digest"]


def test_what_goes_on_before_masks_changes_bytes(street: Demonstration, demonstrate: Demonstrate) -> None:
    """The control: another street life is another film."""
    other = demonstrate("--source", "street", "--size", "640x480", "--seed", 2, seconds=2)
    assert other.report["plain_sha256"][0] != street.report["plain_sha256"][0]


@pytest.mark.clips
@pytest.mark.skipif(not CLIPS.is_dir(), reason="the real footage is not beside the checkout")
def test_real_footage_is_solid_behind_masks_and_true_elsewhere(demonstrate: Demonstrate) -> None:
    clip, width, height = CLIPS / "campus-pedestrians.mp4", 480, 360
    demonstration = demonstrate("--source", clip, seconds=10)
    assert {answer: demonstration.report[answer] for answer in ANSWERS} == dict.fromkeys(ANSWERS, "ok")
    opened, source = decoded(Path(demonstration.report["mp4"]), width, height), decoded(clip, width, height)
    frames = len(opened)
    assert frames == demonstration.report["frames"] > 90
    raster = raster_of(demonstration, width, height)
    luma, chroma = worst_deviation(opened, raster, width, height)
    assert luma <= LUMA_TOLERANCE
    assert chroma <= CHROMA_TOLERANCE
    maps = [similarity(a[:height], b[:height]) for a, b in zip(source[:frames:10], opened[::10], strict=True)]
    assert np.mean([ssim[~raster.y].mean() for ssim in maps]) >= 0.9


@pytest.fixture
def excerpt(street: Demonstration, tmp_path: Path) -> Path:
    """Four seconds cut out of the middle."""
    out = tmp_path / "excerpt"
    window = ("--from", "2026-01-05T10:00:03+09:00", "--to", "2026-01-05T10:00:07+09:00")
    mimamori("desk", "excerpt", "--bundle", street.out / "records", *window, "--out", out)
    return out


def test_bundle_cut_out_of_the_middle_verifies_as_an_excerpt(street: Demonstration, excerpt: Path) -> None:
    result = mimamori("desk", "verify", excerpt, "--root", street.root, "--demo", "--json")
    report = json.loads(result.stdout)
    assert 2 <= report["segments"] < street.report["segments"]
    assert {answer: report[answer] for answer in ANSWERS} == dict.fromkeys(ANSWERS, "ok")


def test_any_changed_byte_of_an_excerpt_is_noticed(street: Demonstration, excerpt: Path) -> None:
    trust = Trust(read_root(street.root), demo=True)
    generator = random.Random(20260105)
    assert verify(excerpt, trust).status == 0
    for path in sorted(excerpt.iterdir()):
        original = path.read_bytes()
        for place in {0, len(original) - 1, *(generator.randrange(len(original)) for _ in range(40))}:
            changed = bytearray(original)
            changed[place] ^= 1 << generator.randrange(8)
            path.write_bytes(changed)
            assert verify(excerpt, trust).status != 0, f"{path.name}, byte {place}"
        path.write_bytes(original)


def test_evidence_proves_nothing_without_a_trusted_root(street: Demonstration, tmp_path: Path) -> None:
    elsewhere = tmp_path / "records"
    shutil.copytree(street.out / "records", elsewhere)
    other = tmp_path / "root.pub"
    other.write_text("00" * 32 + "\n")
    assert mimamori("desk", "verify", elsewhere, "--root", other, "--demo", status=None).returncode == 1
    assert mimamori("desk", "verify", elsewhere, "--root", street.root, status=None).returncode == 1  # not a demo


def test_one_custodian_alone_opens_nothing(street: Demonstration, tmp_path: Path) -> None:  # R-TOTTORI-01
    words = street.city / "passphrases"
    operator = ("--store", street.city / "operator", "--passphrase-file", words / "operator")
    bundle = ("--bundle", street.out / "records")
    alone = mimamori("desk", "peel", *operator, *bundle, "--out", tmp_path / "peeled", status=None)
    assert alone.returncode == 77
    nothing = tmp_path / "nothing"
    nothing.mkdir()
    opened = mimamori("desk", "open", *operator, *bundle, "--peeled", nothing, "--out", tmp_path / "o", status=None)
    assert opened.returncode != 0
    manager = ("--store", street.city / "manager", "--passphrase-file", words / "manager")
    peeled = street.out / "peeled"
    opened = mimamori("desk", "open", *manager, *bundle, "--peeled", peeled, "--out", tmp_path / "m", status=None)
    assert opened.returncode == 77
    assert not list(tmp_path.rglob("*.mp4"))


def test_a_demonstration_never_writes_over_another(street: Demonstration) -> None:
    again = mimamori("demo", "--seconds", 2, "--out", street.out, status=77)
    assert "no empty folder" in again.stderr
