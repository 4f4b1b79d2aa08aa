"""With one sync, or one step of an order, taken out, the same suite finds it within 500 states.

``docs/reliability.md`` names the steps that no state can miss under ext4, and why they stay.
"""

from __future__ import annotations

from collections.abc import Callable
from random import Random

import pytest

from edge.spool import evidence, making, opening
from edge.spool.ageing import erase
from edge.spool.disk import LocalDisk, LocalReelFile
from edge.spool.survey import Survey
from edge.wire import receipts
from tests.crash.controls import require_noticed, write_unsynced
from tests.crash.devices import Lab
from tests.crash.life import Life, MakeDisk
from tests.crash.target_spool import SpoolTarget
from tests.spool.records import DAY_US


class WithoutSync(LocalReelFile):
    """Leaves the append's fdatasync out."""

    def sync(self) -> None:
        pass


class SyncsBeforeWriting(LocalReelFile):
    """Has the two in the wrong order."""

    def write(self, data: bytes, offset: int) -> None:
        super().sync()
        super().write(data, offset)

    def sync(self) -> None:
        pass


class SyncsEntriesAlone(LocalReelFile):
    """Syncs where a reel is entered, so a notice is not durable before the overwriting that it announces."""

    _entered = False

    def write(self, data: bytes, offset: int) -> None:
        self._entered = offset == 0
        super().write(data, offset)

    def sync(self) -> None:
        if self._entered:
            super().sync()


def disk_of(reel: type[LocalReelFile]) -> MakeDisk:
    class Sabotaged(LocalDisk):
        def open(self, name: str) -> LocalReelFile:
            return reel(self._folder / name)

    return Sabotaged


@pytest.mark.parametrize("reel", [WithoutSync, SyncsBeforeWriting, SyncsEntriesAlone])
def test_control_without_a_sync_of_its_own_a_record_is_lost(lab: Lab, reel: type[LocalReelFile]) -> None:
    require_noticed(lab, SpoolTarget(lab.run, disk_of(reel)), "is lost and nothing says so|does not go on|links to")


def without_synced_layout(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(making, "write_durably", write_unsynced)
    patch.setattr(opening, "write_durably", write_unsynced)


def without_synced_receipts(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(receipts, "sync_receipts", lambda path: path.stat().st_size)


def without_notices(patch: pytest.MonkeyPatch) -> None:
    def announce_nothing(life: Life, body_bytes: int) -> None:
        pass

    patch.setattr(Life, "_announce", announce_nothing)


def erase_then_announce(life: Life, random: Random) -> None:
    life.node.now_us += random.choice((0, DAY_US, 2 * DAY_US))
    losses = life.spool.expired(life.node.now_us, trusted=True)
    for erasure in life.spool._expiry._found:
        erase(erasure)
    for loss in losses:
        life._append(life.node.notice(loss.kind, loss.detail))


def with_erasure_before_its_notice(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(Life, "_expire", erase_then_announce)


def highest_whole(signed: int, begun: int, surveys: list[Survey]) -> int:
    return max([-1, *(located.header.sequence for survey in surveys for located in survey.whole)])


def without_the_highest_seen_rule(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(evidence, "highest_seen", highest_whole)


@pytest.mark.parametrize(
    ("leave_out", "says", "seed"),
    [
        (without_synced_layout, "does not go on", 1),
        (without_synced_receipts, "is lost and nothing says so", 1),
        (with_erasure_before_its_notice, "is lost and nothing says so", 1),
        (without_the_highest_seen_rule, "is used twice", 2),
        (without_notices, "is lost and nothing says so", 3),
    ],
)
def test_control_without_one_step_of_the_order_the_suite_says_what_broke(
    lab: Lab, monkeypatch: pytest.MonkeyPatch, leave_out: Callable[[pytest.MonkeyPatch], None], says: str, seed: int
) -> None:
    leave_out(monkeypatch)
    require_noticed(lab, SpoolTarget(lab.run), says, seed)
