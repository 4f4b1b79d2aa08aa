"""What counts as a program's own memory, and what as its emulator's."""

from __future__ import annotations

import os
import platform
import subprocess
import sys
from pathlib import Path

import pytest

from tests.lab.arm64 import memory
from tests.lab.arm64.memory import program_bytes

SMAPS = """\
5500000000-5500009000 r--p 00000000 fe:00 16378332                       /usr/bin/sleep
Size:                 36 kB
Rss:                  32 kB
Pss:                  16 kB
5502022000-5502822000 rw-p 00000000 00:00 0
Rss:                   8 kB
Pss:                   8 kB
VmFlags: rd wr mr mw me ac
55559064b000-55559075f000 rw-p 00000000 00:00 0                          [heap]
Rss:                4096 kB
Pss:                4096 kB
7f1a75000000-7f1a75228000 r--p 00000000 fe:00 2170926                    /usr/bin/qemu-aarch64-static
Rss:                2048 kB
Pss:                2048 kB
"""


def test_programs_own_mappings_count_and_the_emulators_do_not() -> None:
    assert program_bytes(SMAPS) == (40 * 1024, 24 * 1024)


def test_emulators_would_count_without_the_border(monkeypatch: pytest.MonkeyPatch) -> None:
    """Control of the test above."""
    monkeypatch.setattr(memory, "PROGRAM_BELOW", 1 << 48)
    assert program_bytes(SMAPS)[0] == (40 + 4096 + 2048) * 1024


@pytest.mark.skipif(platform.machine() == "aarch64", reason="programs lie there on an arm64 machine")
def test_program_of_this_machine_has_nothing_there() -> None:
    assert program_bytes(Path(f"/proc/{os.getpid()}/smaps").read_text()) == (0, 0)


def test_processes_that_a_watched_one_starts_are_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(memory, "PROGRAM_BELOW", 1 << 48)
    inner = "import sys; kept = bytes(range(256)) * 2**17; print(); sys.stdin.read()"
    outer = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {inner!r}, 'greedy'])"
    peaks = memory.Peaks()
    with subprocess.Popen([sys.executable, "-c", outer], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdin is not None and process.stdout is not None
        process.stdout.readline()
        memory.look(process.pid, {"greedy": ("greedy",)}, peaks)
        process.stdin.close()
    assert 32 < peaks.mib("greedy") < peaks.together / memory.MIB
