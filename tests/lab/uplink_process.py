"""The uplink as ``mimamori node uplink`` runs it, in the node's namespaces, by a clock that leaps over waits.

Forked from a server that has imported everything, so that each starts at once.
"""

from __future__ import annotations

import ctypes
import logging
import multiprocessing
import os
import signal
import struct
import sys
import threading
from dataclasses import dataclass
from multiprocessing.context import ForkServerProcess
from pathlib import Path

from edge.base.clock import SystemClock
from edge.node.uplink import uplink
from edge.uplink.batch import copy_batch
from edge.uplink.budget import Budget
from edge.uplink.pace import Rate
from edge.uplink.plan import Plan
from edge.uplink.sender import Sender
from edge.uplink.server import Request, require
from tests.lab.leaping import LeapingClock

_CONTEXT = multiprocessing.get_context("forkserver")
_CONTEXT.set_forkserver_preload(["tests.lab.uplink_process"])
_TIME = struct.Struct("@Q")
_END_S = 90.0


@dataclass(frozen=True, slots=True)
class Manner:
    """How an uplink runs.

    Attributes:
        longest_s: real seconds of its waits, at most.
        credulous: believes any answer of status 200; the control of receipts.
    """

    longest_s: float = 0.004
    credulous: bool = False


class UplinkProcess:
    """One uplink that runs.

    Args:
        holder: id of the process whose namespaces it shall run in.
        folder: takes its log and its time.
    """

    def __init__(self, config: Path, holder: int, folder: Path, manner: Manner) -> None:
        self._log, self._time = folder / "uplink.log", folder / "uplink.time"
        self._time.touch()
        arguments = (str(config), holder, str(self._log), str(self._time), manner)
        process = _CONTEXT.Process(target=_run, args=arguments, daemon=True)
        assert isinstance(process, ForkServerProcess)
        process.start()
        self._process = process

    @property
    def now_us(self) -> int:
        """UTC by the uplink's own clock; 0 before its first wait."""
        data = self._time.read_bytes()
        return int(_TIME.unpack(data)[0]) if len(data) == _TIME.size else 0

    def said(self) -> str:
        """Returns its log."""
        return self._log.read_text(errors="replace") if self._log.exists() else ""

    def stop(self) -> float:
        """Asks it to end; returns how many seconds that took."""
        clock = SystemClock()
        begun_ns = clock.monotonic_ns()
        self._signal(signal.SIGTERM)
        self._process.join(_END_S)
        assert self._process.exitcode == 0, f"uplink ended with {self._process.exitcode}: {self.said()[-2000:]}"
        return (clock.monotonic_ns() - begun_ns) / 1e9

    def kill(self) -> None:
        """Ends it by SIGKILL; harmless where it has ended."""
        if self._process.is_alive():
            self._signal(signal.SIGKILL)
        self._process.join(_END_S)

    def _signal(self, number: int) -> None:
        assert self._process.pid is not None
        os.kill(self._process.pid, number)


def _run(config: str, holder: int, log: str, time: str, manner: Manner) -> None:
    for kind in ("net", "mnt"):
        _enter(f"/proc/{holder}/ns/{kind}")
    for descriptor in (1, 2):
        os.dup2(os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600), descriptor)
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(threadName)s %(message)s")
    if manner.credulous:
        Sender.send = _believe  # type: ignore[method-assign]
    told = os.open(time, os.O_WRONLY)

    def tell(now_us: int) -> None:
        if threading.current_thread() is threading.main_thread():
            os.pwrite(told, _TIME.pack(now_us), 0)

    sys.exit(uplink(Path(config), LeapingClock(manner.longest_s, tell)))


def _enter(namespace: str) -> None:
    with Path(namespace).open("rb") as file:
        if ctypes.CDLL(None, use_errno=True).setns(file.fileno(), 0):
            raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()), namespace)


def _believe(self: Sender, plan: Plan, clock: object, rate: Rate, budget: Budget) -> None:
    """Takes any answer of status 200 for a receipt."""
    batch, _ = copy_batch(self._reader, plan.entries, self._identity)
    assert batch is not None
    require(self._server.exchange(Request("PUT", batch.path, batch.data, {"Content-Digest": batch.digest})), 200)
    self._reader.remove(batch.chain, batch.first, batch.last)
