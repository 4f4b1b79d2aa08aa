"""Opening a root that is read-only, as far as a played machine shows it; ``tests/lab/nodes`` has real ones."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import pytest

from edge.base.errors import StorageFault
from edge.base.openroot import CLOSES, Root, opened


@dataclass
class Played:
    """A root, and what is run for it; ``says`` is the status of a program that fails."""

    folder: Path
    closed: bool = True
    says: dict[str, int] = field(default_factory=dict)
    ran: list[str] = field(default_factory=list)

    def run(self, *words: str) -> int:
        self.ran.append(" ".join(words))
        status = self.says.get(words[0], 0)
        if not status:
            self.closed = "remount,rw" not in words
        return status

    @property
    def root(self) -> Root:
        return Root(self.run, lambda _: self.closed, self.folder / "mark")


@pytest.fixture
def played(tmp_path: Path) -> Played:
    return Played(tmp_path)


def open_for_writing(folder: Path) -> list[str]:
    found = []
    for path in Path("/proc/self/fd").iterdir():
        if path.is_symlink() and str(path.readlink()).startswith(f"{folder}/"):
            found.append(path.name)
    return found


def test_closed_root_is_open_within_and_closed_after(played: Played) -> None:
    with opened(played.folder, played.root):
        assert not played.closed
    assert played.ran == ["mount -o remount,rw /", f"systemctl start {CLOSES}"]
    assert played.root.mark.exists()


def test_root_that_was_open_stays_open(played: Played) -> None:
    played.closed = False
    with opened(played.folder, played.root):
        pass
    assert played.ran == []
    assert not played.root.mark.exists()


@pytest.mark.parametrize("closed", [True, False])
def test_while_something_changes_a_file_keeps_the_kernel_from_closing_it(played: Played, closed: bool) -> None:
    played.closed = closed
    assert open_for_writing(played.folder) == []
    with opened(played.folder, played.root):
        assert len(open_for_writing(played.folder)) == 1
    assert open_for_writing(played.folder) == []


def test_root_that_cannot_be_opened_is_a_fault_before_anything_is_done(played: Played) -> None:
    played.says["mount"] = 32
    with pytest.raises(StorageFault, match="nothing was changed"), opened(played.folder, played.root):
        pytest.fail("it is closed")


def test_root_is_closed_after_a_fault(played: Played) -> None:
    with pytest.raises(ZeroDivisionError), opened(played.folder, played.root):
        raise ZeroDivisionError
    assert played.closed


def test_what_was_changed_stands_where_somebody_keeps_the_root_open(
    played: Played, caplog: pytest.LogCaptureFixture
) -> None:
    played.says["systemctl"] = 1
    with opened(played.folder, played.root):
        pass
    assert played.ran[-1] == f"systemctl start {CLOSES}", "closing it past the unit would be to close it under him"
    assert "stays open while somebody writes" in caplog.text


def test_machine_without_the_unit_closes_it_all_the_same(played: Played) -> None:
    played.says["systemctl"] = 5
    with opened(played.folder, played.root):
        pass
    assert played.ran[-1] == "mount -o remount,ro /"
    assert played.closed
