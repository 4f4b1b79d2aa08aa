"""Power cuts and refusals at any moment, on a disk that forgets what was not synced; each guard has its control."""

from __future__ import annotations

from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edge.spool import evidence
from edge.spool.survey import Survey
from tests.spool.history import Step, run
from tests.spool.simulated_disk import SimulatedDisk

SIZES = st.sampled_from([1, 3000, 40_000, 200_000, 500_000])
STEPS = st.one_of(
    st.builds(Step, st.just("record"), SIZES),
    st.builds(Step, st.just("record"), SIZES),
    st.builds(Step, st.sampled_from(["cut", "torn", "receipt"]), st.integers(0, 1000)),
    st.builds(Step, st.sampled_from(["restart", "heal"])),
    st.builds(Step, st.sampled_from(["refuse-write", "refuse-sync"]), st.integers(0, 3)),
)


def random_steps(seed: int, count: int = 40) -> list[Step]:
    """Returns a history for the controls, which must not depend on what a search happens to try."""
    random = Random(seed)
    kinds = ["record"] * 6 + ["cut", "torn", "torn", "restart"]
    return [
        Step(kind, random.choice([3000, 40_000, 200_000]) if kind == "record" else random.randrange(1000))  # type: ignore[arg-type]
        for kind in random.choices(kinds, k=count)
    ]


@given(st.lists(STEPS, max_size=25))
@settings(max_examples=40)
def test_nothing_recorded_is_lost_unsaid_and_no_sequence_is_used_twice(steps: list[Step]) -> None:
    with TemporaryDirectory() as folder:
        run(Path(folder), steps, SimulatedDisk())


def test_long_histories_hold(tmp_path: Path) -> None:
    for seed in range(10):
        run(tmp_path / str(seed), random_steps(seed), SimulatedDisk())


def test_control_without_sync_records_are_lost(tmp_path: Path) -> None:
    with pytest.raises(AssertionError, match="is lost and nothing says so"):
        for seed in range(20):
            run(tmp_path / str(seed), random_steps(seed), SimulatedDisk(syncs_work=False))


def test_control_without_the_highest_seen_rule_a_sequence_is_used_twice(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def only_whole(signed: int, begun: int, surveys: list[Survey]) -> int:
        return max([-1, *(located.header.sequence for survey in surveys for located in survey.whole)])

    monkeypatch.setattr(evidence, "highest_seen", only_whole)
    with pytest.raises(AssertionError, match="is used twice"):
        for seed in range(20):
            run(tmp_path / str(seed), random_steps(seed), SimulatedDisk())
