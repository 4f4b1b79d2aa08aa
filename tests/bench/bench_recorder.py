"""The whole recorder beside ffmpeg: CPU, where it goes, and resident memory.

Both play the same clip as fast as they can, with one thread for the decoder, the filters and the encoder each, and
encode with the same x264 settings. ffmpeg does decode > drawbox (the masks' bounding boxes, margins included) > x264 >
fragmented MP4 in segments of 2 s, unsealed and unsynced. The recorder also burns in the time, checks itself, seals and
signs, and syncs every segment.

``whole`` is what a run of the clip takes from exec to exit; ``started`` leaves out what a run of two seconds takes, on
both sides, since a node starts once and then records for months.
Run as ``python -m tests.bench.bench_recorder``.
"""

from __future__ import annotations

import json
import statistics
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from edge.encode.settings import EncoderSettings, ffmpeg_arguments
from edge.mask.maskset import MaskSet
from edge.mask.polygon import MICRO
from tests.bench import clips, watched
from tests.bench.clips import Clip
from tests.bench.figures import Figure, table
from tests.bench.prepared import Preparer

CPU_RATIO_MAX = 1.0
BESIDES_MS_MAX = 1.0
RECORDER_MIB_MAX = 130
ROUNDS = 5
STAGE_ROUNDS = 3
_SHORT_S = 2
_STAGES_S = 30
_PEER = "ffmpeg"
MOVFLAGS = "movflags=frag_keyframe+empty_moov+default_base_moof"


@dataclass(frozen=True, slots=True)
class Side:
    """Runs of one program: over the whole clip, and over two seconds of it."""

    whole: list[watched.Took]
    short: list[watched.Took]

    @property
    def cpu_s(self) -> float:
        """CPU seconds of a whole run, median."""
        return _median(self.whole)

    def started_ms(self, clip: Clip) -> float:
        """CPU milliseconds a frame once it runs."""
        frames = clip.frames - int(_SHORT_S * clip.fps)
        return (self.cpu_s - _median(self.short)) / frames * 1000


def measure(folder: Path) -> list[Figure]:
    """Returns the figures at the clip's own size and at 1280x960."""
    preparer = Preparer(folder)
    small = clips.native(folder)
    large = clips.large(small, folder)
    figures = _of_clip(preparer, small, folder) + _of_clip(preparer, large, folder)
    return figures + _without_decoder(preparer, large, folder)


def _of_clip(preparer: Preparer, clip: Clip, folder: Path) -> list[Figure]:
    ours, peer = Side([], []), Side([], [])
    for _ in range(ROUNDS):
        for seconds, mine, theirs in ((clip.seconds, ours.whole, peer.whole), (_SHORT_S, ours.short, peer.short)):
            mine.append(_record(preparer, clip, seconds, folder))
            theirs.append(_ffmpeg(preparer, clip, seconds, folder))
    name = f"{clip.size[0]}x{clip.size[1]}"
    return [*_cpu(name, clip, ours, peer), *_memory(name, ours, peer), *_stages(preparer, clip, folder)]


def _cpu(name: str, clip: Clip, ours: Side, peer: Side) -> list[Figure]:
    return [
        Figure(
            f"recorder {name}: CPU a frame, started",
            ours.started_ms(clip),
            "ms",
            peer.started_ms(clip),
            _PEER,
            CPU_RATIO_MAX,
            bounded="ratio",
        ),
        Figure(
            f"recorder {name}: CPU of {clip.seconds} s, whole",
            ours.cpu_s,
            "s",
            peer.cpu_s,
            _PEER,
            CPU_RATIO_MAX,
            bounded="ratio",
            note=f"{_median(ours.short):.2f} s of it to start and record {_SHORT_S} s",
        ),
    ]


def _memory(name: str, ours: Side, peer: Side) -> list[Figure]:
    mine, theirs = [took.memory for took in ours.whole], [took.memory for took in peer.whole]
    return [
        Figure(
            f"recorder {name}: memory, {label}",
            statistics.median(getattr(memory, label) for memory in mine) / watched.MIB,
            "MiB",
            statistics.median(getattr(memory, label) for memory in theirs) / watched.MIB,
            _PEER,
            RECORDER_MIB_MAX,
        )
        for label in ("steady", "peak")
    ]


def _stages(preparer: Preparer, clip: Clip, folder: Path) -> list[Figure]:
    """Says where the recorder's CPU goes, from runs in which its stages carry stopwatches."""
    runs = [_stage_run(preparer, clip, folder) for _ in range(STAGE_ROUNDS)]
    each = {name: statistics.median(run.get(name, 0.0) for run in runs) / 1000 for name in runs[0]}
    capture = each["camera"] - each["decoding"]
    segments = each["segments"] - each["encoding"]
    parts = (
        f"camera {capture:.2f}, masks and text {each['painting']:.2f}, segments {segments:.2f},"
        f" checking, sealing and syncing {each['sealing thread']:.2f}"
    )
    return [
        Figure(
            f"recorder {clip.size[0]}x{clip.size[1]}: all but codecs, a frame",
            each["process"] - each["decoding"] - each["encoding"],
            "ms",
            bound=BESIDES_MS_MAX if clip.size == (1280, 960) else None,
            note=parts,
        )
    ]


def _stage_run(preparer: Preparer, clip: Clip, folder: Path) -> dict[str, float]:
    return stage_run(preparer.node(clip.scene).config, _STAGES_S, folder / "stages.log")


def stage_run(config: Path, seconds: float, log: Path) -> dict[str, float]:
    """Returns microseconds a frame, by stage as ``tests.bench.stages`` names them, of a prepared node's run."""
    _child("stages", config, seconds, log)
    return dict(json.loads(log.read_text().splitlines()[-1])["us_a_frame"])


def _without_decoder(preparer: Preparer, clip: Clip, folder: Path) -> list[Figure]:
    """Returns the memory of a recorder whose camera hands out pictures as a board's does."""
    memory = _child("plain", preparer.node(clip.scene).config, _STAGES_S, folder / "plain.log").memory
    what = "recorder 1280x960 from a camera: memory"
    return [
        Figure(f"{what}, {label}", getattr(memory, label) / watched.MIB, "MiB", bound=RECORDER_MIB_MAX)
        for label in ("steady", "peak")
    ]


def _child(exchanged: str, config: Path, seconds: float, log: Path) -> watched.Took:
    return watched.run([sys.executable, "-m", "tests.bench.child", exchanged, str(config), str(seconds)], log)


def _record(preparer: Preparer, clip: Clip, seconds: int, folder: Path) -> watched.Took:
    node = preparer.node(clip.scene)
    words = [sys.executable, "-m", "edge.cli", "node", "record", "--config", str(node.config)]
    return watched.run([*words, "--seconds", str(seconds)], folder / "recorder.log")


def _ffmpeg(preparer: Preparer, clip: Clip, seconds: int, folder: Path) -> watched.Took:
    settings = EncoderSettings(fps=clip.fps)
    output = folder / "peer"
    output.mkdir(exist_ok=True)
    segments = ["-f", "segment", "-segment_time", str(settings.segment_s), "-segment_format", "mp4"]
    command = [
        *("ffmpeg", "-v", "error", "-nostdin", "-y", "-threads", "1", "-t", str(seconds), "-i", str(clip.path)),
        *("-filter_threads", "1", "-vf", boxes(preparer.masks(clip.scene), clip.size), "-an"),
        *ffmpeg_arguments(settings),
        *(*segments, "-segment_format_options", MOVFLAGS, str(output / "%05d.mp4")),
    ]
    return watched.run(command, folder / "ffmpeg.log")


def boxes(masks: MaskSet, size: tuple[int, int]) -> str:
    """Returns ffmpeg's filters that fill each mask's bounding box, grown by its margin."""
    filters = []
    for mask in masks.masks:
        spans = []
        for axis, length in enumerate(size):
            places = [point[axis] * length / MICRO for point in mask.polygon]
            low, high = max(0, int(min(places)) - mask.margin_px), min(length, int(max(places)) + mask.margin_px)
            spans.append((low, high - low))
        (x, width), (y, height) = spans
        filters.append(f"drawbox=x={x}:y={y}:w={width}:h={height}:color=black:t=fill")
    return ",".join(filters)


def _median(runs: list[watched.Took]) -> float:
    return statistics.median(took.cpu_s for took in runs)


def main() -> None:
    """Prints the figures."""
    with tempfile.TemporaryDirectory() as name:
        print(table(measure(Path(name))))


if __name__ == "__main__":
    main()
