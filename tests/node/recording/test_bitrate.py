"""The bitrate follows the uplink's advice at a segment's boundary, signed, without losing a frame."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import pytest

from edge.base.frame import Frame
from edge.encode.segments import SegmentEncoder
from edge.node.recording.bitrate import REST_S, Bitrate
from edge.seal.manifest import Kind
from edge.wire.advice import Advice, dump_advice, ladder
from tests.mask.samples import soft
from tests.node.rig import GEOMETRY, Rig, ScriptedCamera, play
from tests.node.town import NODE, START_US, Town

RUNGS = ladder(300_000, 100_000)
"""Of the town's configuration."""
TOP, LOW = RUNGS[0], RUNGS[2]
FRAME = Frame(soft(GEOMETRY).picture, GEOMETRY, START_US, 0, 0)


def document(bitrate_bps: int, updated: int = START_US, node: str = NODE) -> bytes:
    return dump_advice(Advice(node=node, updated=updated, bitrate_bps=bitrate_bps))


def advise(town: Town, bitrate_bps: int, updated: int = START_US, node: str = NODE) -> None:
    (town.uplink / "inbox" / "advice.json").write_bytes(document(bitrate_bps, updated, node))


def require_gapless(town: Town, frames: int) -> None:
    """Every frame was decoded once, and each segment begins where the one before ended."""
    segments = [record.header.manifest for record in town.of(Kind.SEGMENT)]
    assert all(before.end_us == after.start_us for before, after in pairwise(segments))
    assert len(town.pictures()) == frames
    assert town.of(Kind.GAP) == []
    town.require_chained()


def test_step_is_signed_between_two_segments_and_no_frame_is_lost(town: Town) -> None:
    tally = play(town, 150, steps={50: lambda: advise(town, LOW)})
    assert town.kinds() == ["BOOT", *["SEGMENT"] * 5, "CONFIG", *["SEGMENT"] * 3, "SHUTDOWN"]
    assert town.details(Kind.CONFIG)[0].model_dump() == {"name": "bitrate_bps", "value": "168000"}
    manifests = [record.header.manifest for record in town.require_chained()]
    assert manifests[5].end_us == manifests[6].start_us == manifests[7].start_us
    require_gapless(town, 150)
    assert tally.status(START_US).bitrate_bps == LOW


def test_step_that_drops_the_old_encoder_at_once_would_be_noticed(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    """Control of the test above: the old encoder goes, whatever it holds, in the middle of its segment."""

    def at_once(encoder: SegmentEncoder, make: object) -> None:
        encoder.finish()
        encoder._make_encoder = make  # type: ignore[assignment]

    monkeypatch.setattr(SegmentEncoder, "renew", at_once)
    play(town, 150, steps={50: lambda: advise(town, LOW)})
    assert len(town.pictures()) < 150


def test_advice_that_is_there_at_the_start_holds_from_the_first_segment_on(town: Town) -> None:
    advise(town, LOW)
    tally = play(town, 50)
    assert town.kinds() == ["BOOT", "CONFIG", "SEGMENT", "SEGMENT", "SEGMENT", "SHUTDOWN"]
    require_gapless(town, 50)
    assert tally.status(START_US).bitrate_bps == LOW


class Noted:
    """Notes the renewals that it is asked for, and begins each at once."""

    renewing = False

    def __init__(self) -> None:
        self.asked: list[object] = []

    def renew(self, make: object) -> None:
        self.asked.append(make)


def followed(path: Path, seconds: int, advice: Callable[[int], bytes | None]) -> list[tuple[int, object]]:
    """Returns when, in seconds, and to what the bitrate stepped; ``advice`` gives the file's bytes at each second."""
    bitrate, noted = Bitrate(path, NODE, RUNGS, lambda bps: lambda *_: bps), Noted()  # type: ignore[arg-type,return-value]
    steps: list[tuple[int, object]] = []
    for second in range(seconds):
        data = advice(second)
        path.unlink(missing_ok=True) if data is None else path.write_bytes(data)
        frame = replace(FRAME, wall_us=START_US + second * 10**6, mono_ns=second * 10**9)
        bitrate.follow(frame, noted)  # type: ignore[arg-type]
        if bitrate.stepped(noted):  # type: ignore[arg-type]
            steps.append((second, bitrate.in_force))
    assert len(noted.asked) == len(steps)
    return steps


def test_advice_that_goes_away_ends_the_step(tmp_path: Path) -> None:
    low = document(LOW)
    steps = followed(tmp_path / "advice", 300, lambda second: low if second < 200 else None)
    assert steps == [(0, LOW), (200, TOP)]


def test_advice_that_grows_old_ends_the_step(tmp_path: Path) -> None:
    old = document(LOW, updated=START_US - 3400 * 10**6)
    assert followed(tmp_path / "advice", 300, lambda _: old) == [(0, LOW), (200, TOP)]


def test_advice_that_changes_its_mind_all_the_time_costs_few_records(tmp_path: Path) -> None:
    both = document(LOW), document(RUNGS[1])
    steps = followed(tmp_path / "advice", 1200, lambda second: both[second // 10 % 2])
    assert len(steps) == 1200 // REST_S
    assert all(after[0] - before[0] >= REST_S for before, after in pairwise(steps))


@pytest.mark.parametrize(
    "write",
    [
        lambda town: None,
        lambda town: (town.uplink / "inbox" / "advice.json").write_bytes(b"\xff" * 100),
        lambda town: (town.uplink / "inbox" / "advice.json").mkdir(),
        lambda town: advise(town, LOW, node="other"),
        lambda town: advise(town, 64_000),
        lambda town: advise(town, 2_000_000),
        lambda town: advise(town, LOW, updated=START_US - 3600 * 10**6),
    ],
    ids=["missing", "rubbish", "folder", "other-node", "below-floor", "above", "old"],
)
def test_bad_advice_leaves_the_configured_bitrate(town: Town, write: object) -> None:
    assert callable(write)
    write(town)
    tally = play(town, 50)
    assert town.details(Kind.CONFIG) == []
    assert tally.status(START_US).bitrate_bps == TOP


def test_floor_is_where_steps_end(town: Town, tmp_path: Path) -> None:
    town.configure(encoder={"bitrate_floor_bps": 200_000})
    advise(town, LOW)
    tally = Rig(town).record(ScriptedCamera(town, 20))
    assert tally.status(START_US).bitrate_bps == TOP
