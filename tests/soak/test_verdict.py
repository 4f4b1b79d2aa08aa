"""The rule by which a process is flat, and that a process which grows is noticed: by numbers, and by real processes."""

from __future__ import annotations

import subprocess
import sys
from random import Random

import pytest

from tests.soak.sampling import sample
from tests.soak.verdict import MIB, SAMPLES_LEAST, Sample, Shape, judge

LOOKS = 90


def series(
    *, leak_bytes: float = 0.0, descriptors: float = 0.0, threads: float = 0.0, looks: int = 400
) -> list[Sample]:
    """Four looks a second at a process that warms up, breathes by half a MiB and peaks now and then."""
    random = Random(1)
    samples = []
    for number in range(looks):
        warm = 20 * MIB * min(1.0, number / (looks * 0.2))
        peak = 8 * MIB if number % 37 == 0 else 0
        rss = 60 * MIB + warm + peak + random.uniform(-0.25, 0.25) * MIB + leak_bytes * number / looks
        samples.append(
            Sample(
                number / 4,
                number * 3.0,
                7,
                round(rss),
                20 + round(descriptors * number / looks),
                4 + round(threads * number / looks),
            )
        )
    return samples


def test_a_process_that_breathes_is_flat() -> None:
    assert judge(series()).shape is Shape.FLAT


@pytest.mark.parametrize(
    "grown", [{"leak_bytes": 3 * MIB}, {"leak_bytes": 50 * MIB}, {"descriptors": 6}, {"threads": 6}]
)
def test_a_process_that_grows_is_noticed(grown: dict[str, float]) -> None:
    assert judge(series(**grown)).shape is Shape.GROWS  # type: ignore[arg-type]


def test_only_the_last_life_is_judged() -> None:
    grown = [
        Sample(s.real_s, s.footage_s, 6, s.rss_bytes, s.descriptors, s.threads) for s in series(leak_bytes=90 * MIB)
    ]
    assert judge([*grown, *series()]).shape is Shape.FLAT
    assert judge([*series(), *grown]).shape is Shape.GROWS


def test_too_few_looks_tell_nothing() -> None:
    assert judge(series(looks=SAMPLES_LEAST)).shape is Shape.SHORT


GROWING = """
import os, sys, threading
kept = []
for line in sys.stdin:
    what = line.strip()
    if what == "memory":
        kept.append(bytearray(os.urandom(128 * 1024)))
    elif what == "descriptors":
        kept.append(os.open("/dev/null", os.O_RDONLY))
    elif what == "threads":
        threading.Thread(target=threading.Event().wait, daemon=True).start()
    print(flush=True)
"""


@pytest.mark.parametrize(
    ("what", "shape"),
    [("nothing", Shape.FLAT), ("memory", Shape.GROWS), ("descriptors", Shape.GROWS), ("threads", Shape.GROWS)],
)
def test_control_a_real_process_that_leaks_is_noticed(what: str, shape: Shape) -> None:
    samples = []
    with subprocess.Popen(
        [sys.executable, "-c", GROWING], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        for number in range(LOOKS):
            process.stdin.write(what + "\n")
            process.stdin.flush()
            process.stdout.readline()
            found = sample(process.pid, number / 4, number * 3.0)
            assert found is not None
            samples.append(found)
        process.stdin.close()
    assert judge(samples).shape is shape


def test_a_process_that_is_gone_is_not_sampled() -> None:
    with subprocess.Popen([sys.executable, "-c", ""]) as process:
        pass
    assert sample(process.pid, 0.0, 0.0) is None
