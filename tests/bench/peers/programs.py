"""The four programs: how each is told to record the clip at its own pace, masked, at the same rate and x264 settings.

All cover the same polygons with the same margins: ffmpeg with boxes around them, GStreamer and motion with a picture of
the recorder's own raster. Recorder, ffmpeg and GStreamer encode alike (``edge/encode/settings.py``). motion takes
x264's fastest preset and lets one choose a quality only, so it gets the best one that keeps the rate.
"""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import cv2
import numpy as np

from edge.demo.places import NODE
from edge.desk.daykeys import private_key
from edge.encode.settings import EncoderSettings, ffmpeg_arguments
from edge.mask.maskset import MaskSet
from edge.mask.raster import Raster
from edge.seal.envelope import parse_envelope
from edge.seal.manifest import Kind
from edge.seal.record import Record
from edge.seal.sealing import open_layer
from tests.bench import watched
from tests.bench.bench_recorder import MOVFLAGS, boxes
from tests.bench.clips import Clip
from tests.bench.peers.films import Film
from tests.bench.prepared import Preparer
from tests.node.town import records_in

_QUALITIES = range(20, 61, 4)
_TRIAL_S = 8
_FIRST_S = 2
"""A node's very first run lays out its card; that is no part of a recording."""


@dataclass(frozen=True, slots=True)
class Program:
    """One way to record.

    Attributes:
        command: starts it; it plays the clip at its own pace and would go on until its end.
        films: what it left behind, in order.
    """

    name: str
    command: Sequence[str]
    films: Callable[[], list[Film]]


@dataclass(frozen=True, slots=True)
class Order:
    """What all are asked to record, and where.

    Attributes:
        mask_png: black and opaque where masked, else transparent.
        mask_pgm: black where masked, else white.
        quality: motion's.
    """

    clip: Clip
    masks: MaskSet
    folder: Path
    mask_png: Path
    mask_pgm: Path
    quality: int


def order(clip: Clip, masks: MaskSet, raster: Raster, folder: Path) -> Order:
    """Draws the masks as pictures, and finds out which quality motion needs."""
    png, pgm = folder / "masks.png", folder / "masks.pgm"
    overlay = np.zeros((*raster.y.shape, 4), np.uint8)
    overlay[..., 3] = raster.y * np.uint8(255)
    cv2.imwrite(str(png), overlay)
    cv2.imwrite(str(pgm), np.where(raster.y, 0, 255).astype(np.uint8))
    return Order(clip, masks, folder, png, pgm, _quality(clip, boxes(masks, clip.size)))


def programs(order: Order, preparer: Preparer) -> list[Program]:
    """Returns all four, each with a folder of its own."""
    return [_recorder(order, preparer), _ffmpeg(order), _gstreamer(order), _motion(order)]


def _recorder(order: Order, preparer: Preparer) -> Program:
    node = preparer.node(replace(order.clip.scene, fast=False))
    command = [sys.executable, "-m", "edge.cli", "node", "record", "--config", str(node.config)]
    watched.run([*command, "--seconds", str(_FIRST_S)], order.folder / "first.log")
    return Program("recorder", command, lambda: [*_opened(node.config.parent / "spool", preparer)])


def _opened(spool: Path, preparer: Preparer) -> list[bytes]:
    """Opens every sealed segment of the last run on the card with both custodians' keys."""

    def opened(record: Record) -> bytes:
        manifest = record.header.manifest
        assert manifest.segment is not None
        body = record.body
        for custodian in (preparer.founded.manager, preparer.founded.operator):
            body = open_layer(body, private_key(custodian, NODE, manifest.segment.period))
        return parse_envelope(body, manifest.chain, manifest.sequence).mp4

    records = records_in(spool)
    last = max(place for place, record in enumerate(records) if record.header.kind is Kind.BOOT)
    return [opened(record) for record in records[last:] if record.header.kind is Kind.SEGMENT]


def _ffmpeg(order: Order) -> Program:
    settings, out = EncoderSettings(fps=order.clip.fps), _folder(order, "ffmpeg")
    command = [
        *("ffmpeg", "-v", "error", "-nostdin", "-re", "-threads", "1", "-i", str(order.clip.path)),
        *("-filter_threads", "1", "-vf", boxes(order.masks, order.clip.size), "-an", *ffmpeg_arguments(settings)),
        *("-f", "segment", "-segment_time", str(settings.segment_s), "-segment_format", "mp4"),
        *("-segment_format_options", MOVFLAGS, str(out / "%05d.mp4")),
    ]
    return Program("ffmpeg", command, lambda: [*sorted(out.iterdir())])


def _gstreamer(order: Order) -> Program:
    settings, out = EncoderSettings(fps=order.clip.fps), _folder(order, "gstreamer")
    rate = f"bitrate={settings.bitrate_bps // 1000} vbv-buf-capacity={int(settings.vbv_s * 1000)}"
    gop = f"key-int-max={round(settings.fps * settings.segment_s)} bframes=0 threads={settings.threads}"
    x264 = f"speed-preset={settings.preset} pass=qual quantizer={settings.quality}"
    more = "scenecut=0:open-gop=0:rc-lookahead=0:sync-lookahead=0:mbtree=0:force-cfr=1:sliced-threads=1"
    pipeline = (
        f"filesrc location={order.clip.path} ! qtdemux ! avdec_h264 max-threads=1 ! identity sync=true"
        f" ! gdkpixbufoverlay location={order.mask_png}"
        f" ! x264enc {x264} {rate} {gop} option-string={more}"
        f" ! splitmuxsink max-size-time={settings.segment_s * 10**9} location={out}/%05d.mp4 muxer-factory=mp4mux"
        f" async-finalize=true muxer-properties=properties,fragment-duration={settings.segment_s * 1000}"
    )
    return Program("GStreamer", ["gst-launch-1.0", "-q", *pipeline.split()], lambda: [*sorted(out.iterdir())])


def _motion(order: Order) -> Program:
    out = _folder(order, "motion")
    config = motion_config(order, out, {"movie_output": "on"})
    return Program("motion", ["motion", "-n", "-c", str(config)], lambda: [*sorted(out.glob("*.mkv"))])


def motion_config(order: Order, out: Path, changes: dict[str, str]) -> Path:
    """Writes motion's configuration: it records all the time, masked, without pictures, streams or ports."""
    rate = str(round(order.clip.fps))
    words = {
        **{"daemon": "off", "setup_mode": "off", "log_level": "5", "log_file": f"{out}/motion.log"},
        **{"target_dir": str(out), "netcam_url": f"file://{order.clip.path}", "netcam_params": f"capture_rate={rate}"},
        **{"width": str(order.clip.size[0]), "height": str(order.clip.size[1]), "framerate": rate},
        **{"mask_privacy": str(order.mask_pgm), "emulate_motion": "on", "event_gap": "-1"},
        **{"picture_output": "off", "movie_output": "off", "movie_codec": "mkv", "movie_filename": "film-%v"},
        **{"movie_quality": str(order.quality), "movie_max_time": "60", "webcontrol_port": "0", "stream_port": "0"},
        **changes,
    }
    path = out / "motion.conf"
    path.write_text("".join(f"{name} {value}\n" for name, value in words.items()))
    return path


def _quality(clip: Clip, filters: str) -> int:
    """Returns the best of motion's qualities that keeps our rate: it has no setting for the rate of H.264."""
    limit_bps = EncoderSettings(fps=clip.fps).bitrate_bps
    fitting = [quality for quality in _QUALITIES if _motion_bps(clip, filters, quality) <= limit_bps]
    return max(fitting, default=min(_QUALITIES))


def _motion_bps(clip: Clip, filters: str, quality: int) -> float:
    """Encodes some of the clip as motion does at a quality, and returns its bits a second.

    Source: ``ffmpeg_set_quality`` and ``ffmpeg_set_codec`` in src/ffmpeg.c of motion 4.5.1.
    """
    crf, gop = (100 - quality) * 51 // 100, int(clip.fps) // 2
    command = [
        *("ffmpeg", "-v", "error", "-nostdin", "-t", str(_TRIAL_S), "-i", str(clip.path), "-vf", filters, "-an"),
        *("-c:v", "libx264", "-preset", "ultrafast", "-tune", "zerolatency", "-crf", str(crf), "-g", str(gop)),
        *("-f", "h264", "-"),
    ]
    return len(subprocess.run(command, check=True, capture_output=True).stdout) * 8 / _TRIAL_S


def _folder(order: Order, name: str) -> Path:
    number = 1 + sum(re.fullmatch(rf"{name}-\d+", path.name) is not None for path in order.folder.iterdir())
    out = order.folder / f"{name}-{number}"
    out.mkdir()
    return out
