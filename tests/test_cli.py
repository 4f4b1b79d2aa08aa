"""The command line: every command has help, every wrong word is said in one line with status 64."""

from __future__ import annotations

import argparse
import logging
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from edge.base.errors import BadConfiguration, StorageFault
from edge.cli import build_parser, main
from edge.node import commands as node_commands
from tests.node.town import Town


def leaves(parser: argparse.ArgumentParser, words: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """Yields the words of every command, with those that only group others."""
    yield words
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            for name, below in action.choices.items():
                yield from leaves(below, (*words, name))


COMMANDS = sorted(leaves(build_parser()))


@pytest.fixture(autouse=True)
def quiet() -> Iterator[None]:
    """``main`` sets up logging for its process; this one goes on."""
    root = logging.getLogger()
    handlers, level = list(root.handlers), root.level
    yield
    root.handlers[:] = handlers
    root.setLevel(level)


def test_there_are_the_commands_that_the_documents_name() -> None:
    named = {
        ("check-config",), ("demo",), ("run",), ("center", "serve"), ("node", "init"), ("node", "record"),
        ("node", "uplink"), ("desk", "verify"), ("desk", "fetch"), ("desk", "peel"), ("desk", "open"), ("desk", "init"),
    }  # fmt: skip
    assert named <= set(COMMANDS)


@pytest.mark.parametrize("words", COMMANDS, ids=lambda words: " ".join(words) or "mimamori")
def test_every_command_has_help(words: tuple[str, ...], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main([*words, "--help"])
    assert ended.value.code == 0
    assert capsys.readouterr().out.startswith(f"usage: {' '.join(('mimamori', *words))}")


def test_version_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["--version"])
    assert ended.value.code == 0
    assert capsys.readouterr().out.startswith("mimamori 0.")


WRONG = {
    "no words": ([], "COMMAND"),
    "unknown command": (["fly"], "'fly' is no command"),
    "unknown command after an option": (["-v", "fly"], "'fly' is no command"),
    "unknown option": (["--fly"], "COMMAND"),
    "part alone": (["node"], "node: the following arguments are required: ACTION"),
    "unknown action": (["node", "fly"], "node: argument ACTION: invalid choice"),
    "missing option": (["node", "record"], "node record: the following arguments are required: --config"),
    "unknown option of a command": (["node", "record", "--config", "x", "--fly"], "unrecognized arguments: --fly"),
    "seconds in words": (["node", "record", "--config", "x", "--seconds", "ten"], "--seconds 'ten'"),
    "no seconds": (["node", "record", "--config", "x", "--seconds", "0"], "--seconds '0'"),
    "seconds before the start": (["node", "record", "--config", "x", "--seconds=-1"], "--seconds '-1'"),
    "seconds that are no number": (["node", "record", "--config", "x", "--seconds", "nan"], "--seconds 'nan'"),
    "endless seconds": (["node", "record", "--config", "x", "--seconds", "inf"], "--seconds 'inf'"),
    "demo without seconds": (["demo", "--out", "x"], "--seconds"),
    "demo of no length": (["demo", "--seconds", "0", "--out", "x"], "give a number from 1"),
    "odd size": (["demo", "--seconds", "2", "--out", "x", "--size", "127x96"], "--size '127x96'"),
    "size in words": (["demo", "--seconds", "2", "--out", "x", "--size", "large"], "--size 'large'"),
    "start without a zone": (["demo", "--seconds", "2", "--out", "x", "--start", "2026-01-05T10:00:00"], "--start"),
    "no files to check": (["check-config"], "check-config: the following arguments are required: file"),
}


@pytest.mark.parametrize(("words", "said"), WRONG.values(), ids=WRONG)
def test_wrong_words_are_said_in_one_line(words: list[str], said: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(words) == 64
    told = capsys.readouterr()
    assert said in told.err and told.err.startswith("mimamori: ") and told.err.count("\n") == 1
    assert told.out == ""


# --- what a command ends with


def ending(monkeypatch: pytest.MonkeyPatch, error: BaseException) -> None:
    """Makes ``check-config`` end with an error."""

    def fail(_path: Path) -> int:
        raise error

    monkeypatch.setattr(node_commands, "check_config", fail)


ENDINGS: dict[str, tuple[BaseException, int, str]] = {
    "configuration": (BadConfiguration("mend it"), 78, "mimamori: mend it\n"),
    "disk": (StorageFault("no room"), 74, "mimamori: no room\n"),
    "package": (
        ModuleNotFoundError("No module named 'starlette'", name="starlette"),
        78,
        (
            "mimamori: package starlette is not installed here; "
            "install mimamori-edge with the extras that this machine needs: node, center, desk, fleet\n"
        ),
    ),
    "Ctrl-C": (KeyboardInterrupt(), 130, ""),
}


@pytest.mark.parametrize(("error", "status", "said"), ENDINGS.values(), ids=ENDINGS)
def test_error_becomes_its_status(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], error: BaseException, status: int, said: str
) -> None:
    ending(monkeypatch, error)
    assert main(["check-config", "x"]) == status
    assert capsys.readouterr().err == said


def test_answer_that_nobody_reads_is_no_success(tmp_path: Path) -> None:
    """A verdict that was cut off must not end with 0, nor with a traceback."""
    town = Town(tmp_path / "node")
    reading, writing = os.pipe()
    os.close(reading)
    command = [sys.executable, "-m", "edge.cli", "check-config", str(town.config_path)]
    result = subprocess.run(command, stdout=writing, stderr=subprocess.PIPE, check=False, timeout=60)
    os.close(writing)
    assert (result.returncode, result.stderr) == (141, b"")


UNUSABLE = {
    "a name that is too long": ("desk", "verify", "{long}", "--root", "{file}"),
    "a file where a folder is to be made": ("desk", "custodian", "init", "--role", "manager", "--store", "{file}"),
}


@pytest.mark.parametrize("words", UNUSABLE.values(), ids=UNUSABLE)
def test_path_that_cannot_be_used_is_named_and_no_internal_fault(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], words: tuple[str, ...]
) -> None:
    file, passphrase = tmp_path / "file", tmp_path / "passphrase"
    file.write_text("ab" * 32)
    passphrase.write_text("correct horse battery staple")
    places = {"long": str(tmp_path / ("x" * 300)), "file": str(file)}
    more = ("--passphrase-file", str(passphrase)) if "custodian" in words else ()
    assert main([*(word.format(**places) for word in words), *more]) == 66
    told = capsys.readouterr().err
    assert told.count("\n") == 1 and str(tmp_path) in told and "internal fault" not in told


def test_error_without_a_path_stays_an_internal_fault(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    ending(monkeypatch, OSError(9, "Bad file descriptor"))
    assert main(["check-config", "x"]) == 70
    assert "internal fault" in capsys.readouterr().err


def test_internal_fault_is_one_line_without_a_traceback(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    ending(monkeypatch, ZeroDivisionError("nobody\nthought of it"))
    assert main(["check-config", "x"]) == 70
    told = capsys.readouterr().err
    assert told.count("\n") == 1 and "Traceback" not in told
    assert "ZeroDivisionError: nobody thought of it" in told and "test_cli.py:" in told


def test_traceback_is_for_who_asks(monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    ending(monkeypatch, ZeroDivisionError("nobody thought of it"))
    with caplog.at_level(logging.DEBUG):
        assert main(["--verbose", "check-config", "x"]) == 70
    assert "Traceback" in caplog.text


def test_help_leaves_out_what_is_not_installed(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(sys.modules, "edge.demo.commands", None)
    with pytest.raises(SystemExit):
        main(["--help"])
    told = capsys.readouterr().out
    assert "check-config" in told and "demo" not in told


# --- check-config


def test_check_config_tells_all_faults_of_a_node(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "node.toml"
    path.write_text('node = "UPPER"\nretention_days = 99\ncolour = "red"\n[source]\nkind = "oil"\n')
    assert main(["check-config", str(path)]) == 78
    told = capsys.readouterr().err
    for field in ("node", "retention_days", "colour", "source.kind", "spool", "uplink", "masks"):
        assert f"{path}: {field}: " in told


def test_check_config_tells_all_faults_of_a_center(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "center.toml"
    path.write_text('city = "Testville"\nretention_days = 99\ncolour = "red"\n')
    assert main(["check-config", str(path)]) == 78
    told = capsys.readouterr().err
    for field in ("retention_days", "colour", "authority"):
        assert f"{path}: {field}: " in told


@pytest.mark.parametrize("content", [None, b"\xff", b"= ="], ids=["missing", "not UTF-8", "not TOML"])
def test_check_config_names_a_file_that_cannot_be_read(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], content: bytes | None
) -> None:
    path = tmp_path / "node.toml"
    if content is not None:
        path.write_bytes(content)
    assert main(["check-config", str(path)]) == 78
    assert str(path) in capsys.readouterr().err
