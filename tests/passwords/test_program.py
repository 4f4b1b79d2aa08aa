"""The packed program, run as a machine runs it: by a bare python3 that has none of our libraries."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from edge.fleet.rotation.program import program, write_program

BARE = (sys.executable, "-I", "-S")


@pytest.fixture
def packed(tmp_path: Path) -> Path:
    path = tmp_path / "mimamori-rotation"
    write_program(path)
    return path


def test_program_answers_with_nothing_but_the_standard_library(packed: Path) -> None:
    done = subprocess.run([*BARE, packed, "serve"], input=b"[]\n", capture_output=True, timeout=60, check=True)
    answer = json.loads(done.stdout)
    assert not answer["ok"]
    assert "one of status, stage, confirm" in answer["why"]


def test_request_of_any_size_is_answered_in_one_line(packed: Path) -> None:
    given = b'{"do":"status"}' + b" " * 1_000_000
    done = subprocess.run([*BARE, packed, "serve"], input=given, capture_output=True, timeout=60, check=True)
    assert done.stdout.count(b"\n") == 1
    assert "too-long" not in json.loads(done.stdout)["why"]
    assert not json.loads(done.stdout)["ok"]


def test_other_words_are_a_fault_of_use(packed: Path) -> None:
    done = subprocess.run([*BARE, packed, "stage"], capture_output=True, timeout=60, check=False)
    assert done.returncode == 64
    assert b"serve, revert, start" in done.stderr


def test_same_code_gives_the_same_bytes_which_the_systems_own_python3_runs(packed: Path) -> None:
    assert packed.read_bytes() == program()
    assert packed.stat().st_mode & 0o777 == 0o755
    assert program().startswith(b"#!/usr/bin/python3 -I\n")
