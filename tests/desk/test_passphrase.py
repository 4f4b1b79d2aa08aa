"""Passphrases come from a file, a descriptor or the terminal, and are never shown."""

from __future__ import annotations

import argparse
import getpass
import os
from pathlib import Path

import pytest

from edge.base.errors import BadInput, MimamoriError, NotPermitted, UsageFault
from edge.desk.arguments import passphrase_of
from edge.desk.passphrase import Passphrase, from_descriptor, from_file, from_terminal, require_long


@pytest.mark.parametrize(
    "data", [b"correct horse", b"correct horse\n", b"correct horse\r\n", b"correct horse\nsecond line\n"]
)
def test_first_line_is_taken(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "p").write_bytes(data)
    assert from_file(tmp_path / "p").secret == "correct horse"


@pytest.mark.parametrize(
    ("data", "error"),
    [(b"", NotPermitted), (b"\nsecond", NotPermitted), (b"\xff\xfe", BadInput), (b"x" * 2000, BadInput)],
)
def test_what_is_no_passphrase_is_refused(tmp_path: Path, data: bytes, error: type[MimamoriError]) -> None:
    (tmp_path / "p").write_bytes(data)
    with pytest.raises(error):
        from_file(tmp_path / "p")


def test_passphrase_comes_from_a_pipe() -> None:
    reading, writing = os.pipe()
    os.write(writing, "合い言葉は長いほどよい\n".encode())
    os.close(writing)
    assert from_descriptor(reading).secret == "合い言葉は長いほどよい"


def test_closed_and_endless_descriptors_are_refused(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="cannot be read"):
        from_descriptor(987)
    with pytest.raises(BadInput, match="at most"):
        from_descriptor(os.open("/dev/zero", os.O_RDONLY))


NOTHING_GIVEN = argparse.Namespace(root_passphrase_file=None, root_passphrase_fd=None)


def test_without_a_terminal_it_says_what_to_give(monkeypatch: pytest.MonkeyPatch) -> None:
    with Path("/dev/null").open() as nothing:
        monkeypatch.setattr("sys.stdin", nothing)
        with pytest.raises(UsageFault, match="give --root-passphrase-file"):
            passphrase_of(NOTHING_GIVEN, "Passphrase", prefix="root-")


class _Terminal:
    """A person who types these lines."""

    def __init__(self, *lines: str) -> None:
        self.lines = list(lines)

    def isatty(self) -> bool:
        return True

    def getpass(self, prompt: str) -> str:
        return self.lines.pop(0)


@pytest.mark.parametrize(
    ("lines", "new", "taken"),
    [
        (["long enough words"], False, "long enough words"),
        (["long enough words", "long enough words"], True, "long enough words"),
        (["long enough words", "other words"], True, None),
        ([""], False, None),
    ],
)
def test_terminal_is_asked_twice_for_a_new_one(
    monkeypatch: pytest.MonkeyPatch, lines: list[str], new: bool, taken: str | None
) -> None:
    person = _Terminal(*lines)
    monkeypatch.setattr("sys.stdin", person)
    monkeypatch.setattr(getpass, "getpass", person.getpass)
    if taken is None:
        with pytest.raises(NotPermitted):
            from_terminal("Passphrase", new=new, option="--file")
    else:
        assert from_terminal("Passphrase", new=new, option="--file").secret == taken
        assert not person.lines


def test_new_passphrases_are_long() -> None:
    assert require_long(Passphrase("x" * 12)).secret == "x" * 12
    with pytest.raises(NotPermitted, match="at least 12"):
        require_long(Passphrase("x" * 11))


def test_passphrase_is_never_shown() -> None:
    secret = Passphrase("correct horse battery")
    assert "horse" not in repr(secret) + str(secret) + f"{secret}" + repr([secret])
