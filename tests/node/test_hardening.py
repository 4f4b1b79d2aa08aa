"""What a process gives up before it touches pictures or keys."""

from __future__ import annotations

import ctypes
import mmap
import multiprocessing
import os
import re
import resource
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import pytest

from edge.base.errors import BadConfiguration
from edge.node.hardening import boot_id, forbid_dumps, keep_out_of_swap

_PR_GET_DUMPABLE = 3


_MEMLOCK_BYTES = 8 * 2**20
_NO_SWAP, _SWAP = "Filename Type Size Used Priority\n", "/dev/mmcblk0p3 partition 1 0 -2\n"


def _look(answers: Connection, *, harden: bool) -> None:
    hard = resource.getrlimit(resource.RLIMIT_CORE)[1]
    resource.setrlimit(resource.RLIMIT_CORE, (hard, hard))  # where cores are not forbidden already
    if harden:
        forbid_dumps()
    mask = os.umask(0)
    dumpable = ctypes.CDLL(None).prctl(_PR_GET_DUMPABLE, 0, 0, 0, 0)
    kept = int(Path("/proc/self/coredump_filter").read_text(), 16)
    answers.send((dumpable, resource.getrlimit(resource.RLIMIT_CORE)[0], mask & 0o007, kept))


def looked(*, harden: bool) -> tuple[int, int, int, int]:
    """Returns what a process finds: dumpable, core limit, what others may do with its files, what a core would hold."""
    context = multiprocessing.get_context("forkserver")
    here, there = context.Pipe()
    process = context.Process(target=_look, args=(there,), kwargs={"harden": harden})
    process.start()
    process.join(60)
    answer: tuple[int, int, int, int] = here.recv()
    process.close()
    here.close()
    there.close()
    return answer


def test_process_leaves_no_core_and_no_file_to_others() -> None:
    assert looked(harden=True) == (0, 0, 7, 0)


def test_process_is_dumpable_without_it() -> None:
    """The control of the test above."""
    dumpable, core_bytes, _, kept = looked(harden=False)
    assert kept != 0
    assert dumpable == 1
    assert core_bytes == resource.getrlimit(resource.RLIMIT_CORE)[1]


# --- swap


def _lock(answers: Connection, folder: Path, *, swap: str, demo: bool, privileged: bool) -> None:
    (folder / "swaps").write_text(_NO_SWAP + swap)
    if not privileged:
        resource.setrlimit(resource.RLIMIT_MEMLOCK, (_MEMLOCK_BYTES, _MEMLOCK_BYTES))
        os.geteuid = lambda: 65534  # a process that gave root up may not read its own smaps
    try:
        keep_out_of_swap(demo=demo, swaps=folder / "swaps")
    except BadConfiguration as error:
        answers.send(str(error))
    else:
        later = mmap.mmap(-1, 4 * _MEMLOCK_BYTES)
        later[:1] = b"x"
        answers.send(unlocked(Path("/proc/self/smaps").read_text()))


def unlocked(smaps: str) -> int:
    """Returns how many private, writable mappings could be swapped out (proc_pid_smaps(5): ``lo`` is locked)."""
    mappings = re.split(r"^(?=[0-9a-f]+-[0-9a-f]+ )", smaps, flags=re.MULTILINE)[1:]
    flags = [line.split()[1:] for text in mappings for line in text.splitlines() if line.startswith("VmFlags")]
    private = [text.split(None, 2)[1] for text in mappings]
    return sum("w" in kind and "p" in kind and "lo" not in have for kind, have in zip(private, flags, strict=True))


def locked(folder: Path, **how: Any) -> Any:
    context = multiprocessing.get_context("forkserver")
    here, there = context.Pipe()
    process = context.Process(target=_lock, args=(there, folder), kwargs=how)
    process.start()
    there.close()
    assert here.poll(60), "the process said nothing"
    answer = here.recv()
    process.join(60)
    process.close()
    here.close()
    return answer


as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root may lock memory here")


@as_root
def test_no_memory_of_the_process_can_be_swapped_out(tmp_path: Path) -> None:
    assert locked(tmp_path, swap=_SWAP, demo=False, privileged=True) == 0


@as_root
def test_without_the_right_to_lock_memory_it_goes_on_only_where_there_is_no_swap(tmp_path: Path) -> None:
    """The first is the control of the test above: what is not locked is seen."""
    assert locked(tmp_path, swap="", demo=False, privileged=False) > 0
    assert locked(tmp_path, swap=_SWAP, demo=True, privileged=False) > 0
    refused = locked(tmp_path, swap=_SWAP, demo=False, privileged=False)
    assert "could be swapped to /dev/mmcblk0p3" in refused and "LimitMEMLOCK=infinity" in refused


def test_boot_id_is_the_kernels() -> None:
    assert boot_id() == boot_id()
    assert len(bytes.fromhex(boot_id())) == 16
