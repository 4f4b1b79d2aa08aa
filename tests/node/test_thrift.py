"""Memory of segments goes back to the system once they are freed, whatever small was allocated between them."""

from __future__ import annotations

import subprocess
import sys

KIB = 1024
SEGMENTS, SEGMENT_BYTES = 60, 100 * KIB
"""Of a small picture, or of a street at night."""

PROGRAM = """
import ctypes, sys
from edge.node.thrift import be_thrifty

def resident_kib():
    for line in open("/proc/self/status"):
        if line.startswith("VmRSS"):
            return int(line.split()[1])

be_thrifty()
if sys.argv[3] != "ours":
    ctypes.CDLL(None).mallopt(-3, int(sys.argv[3]))  # M_MMAP_THRESHOLD
before_kib, segments, kept = resident_kib(), [], []
for number in range(int(sys.argv[1])):
    segments.append(b"x" * int(sys.argv[2]))
    kept.append(b"y" * 10_000)
del segments
print(resident_kib() - before_kib)
"""


def left_kib(threshold: str) -> int:
    words = [sys.executable, "-c", PROGRAM, str(SEGMENTS), str(SEGMENT_BYTES), threshold]
    return int(subprocess.run(words, capture_output=True, text=True, check=True).stdout)


def test_freed_segments_leave_no_holes() -> None:
    assert left_kib("ours") < SEGMENTS * SEGMENT_BYTES / KIB * 0.5


def test_control_a_higher_threshold_leaves_holes_between_what_stays() -> None:
    assert left_kib(str(256 * KIB)) > SEGMENTS * SEGMENT_BYTES / KIB * 0.8
