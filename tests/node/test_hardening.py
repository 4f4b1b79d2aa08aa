"""What a process gives up before it touches pictures or keys."""

from __future__ import annotations

import ctypes
import multiprocessing
import os
import resource
from multiprocessing.connection import Connection

from edge.node.hardening import boot_id, forbid_dumps

_PR_GET_DUMPABLE = 3


def _look(answers: Connection, *, harden: bool) -> None:
    hard = resource.getrlimit(resource.RLIMIT_CORE)[1]
    resource.setrlimit(resource.RLIMIT_CORE, (hard, hard))  # where cores are not forbidden already
    if harden:
        forbid_dumps()
    mask = os.umask(0)
    dumpable = ctypes.CDLL(None).prctl(_PR_GET_DUMPABLE, 0, 0, 0, 0)
    answers.send((dumpable, resource.getrlimit(resource.RLIMIT_CORE)[0], mask & 0o007))


def looked(*, harden: bool) -> tuple[int, int, int]:
    """Returns what a process of its own finds: dumpable, core limit, what others may do with its files."""
    context = multiprocessing.get_context("forkserver")
    here, there = context.Pipe()
    process = context.Process(target=_look, args=(there,), kwargs={"harden": harden})
    process.start()
    process.join(60)
    answer: tuple[int, int, int] = here.recv()
    process.close()
    here.close()
    there.close()
    return answer


def test_process_leaves_no_core_and_no_file_to_others() -> None:
    assert looked(harden=True) == (0, 0, 7)


def test_process_is_dumpable_without_it() -> None:
    """The control of the test above."""
    dumpable, core_bytes, _ = looked(harden=False)
    assert dumpable == 1
    assert core_bytes == resource.getrlimit(resource.RLIMIT_CORE)[1]


def test_boot_id_is_the_kernels() -> None:
    assert boot_id() == boot_id()
    assert len(bytes.fromhex(boot_id())) == 16
