"""The Makefile and the set-up, with programs of one's own in place of those that would change the machine."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
NEEDED = ("bash", "cat", "chmod", "dirname", "env", "rm", "sha256sum", "tee")


def program(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("x") as file:  # a new file: never through a link into the machine's own programs
        file.write(f"#!/bin/bash\n{text}\n")
    path.chmod(0o755)


@pytest.mark.parametrize("source", ["street", "a film.mp4", 'it\'s "one".mp4', "/dev/video0"])
def test_make_run_hands_on_any_source(tmp_path: Path, source: str) -> None:
    shutil.copy(ROOT / "Makefile", tmp_path)
    program(tmp_path / "deploy/setup", ":")
    program(tmp_path / ".venv/bin/mimamori", 'printf "%s\\n" "$@"')
    command = ["make", "-s", "run", *([] if source == "street" else [f"SOURCE={source}"])]
    result = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=True)
    assert result.stdout.splitlines() == ["run", "--source", source]


@pytest.fixture
def machine(tmp_path: Path) -> dict[str, str]:
    """A machine without ffmpeg, whose packages the test installs; ``policy`` stands for Debian's policy-rc.d."""
    for name in NEEDED:
        (tmp_path / "bin").mkdir(exist_ok=True)
        (tmp_path / "bin" / name).symlink_to(shutil.which(name) or name)
    program(tmp_path / "bin/id", "echo 0")
    text = (ROOT / "deploy/setup").read_text().replace("/usr/sbin/policy-rc.d", str(tmp_path / "policy"))
    program(tmp_path / "deploy/setup", text.partition("\n")[2])
    return {**os.environ, "PATH": str(tmp_path / "bin")}


@pytest.mark.parametrize(
    ("install", "status"), [("exit 0", 69), ("exit 100", 69), ("kill -INT $PPID $$; read -t 60", -2)]
)
def test_set_up_leaves_no_ban_on_services_behind(
    tmp_path: Path, machine: dict[str, str], install: str, status: int
) -> None:
    program(
        tmp_path / "bin/apt-get", f'[ "$1" = update ] && exit 0; cat "{tmp_path}/policy" >"{tmp_path}/seen"; {install}'
    )
    program(tmp_path / "bin/python3", "[ $2 = 'import venv, ensurepip' ]")  # no version that will do: it ends there
    result = subprocess.run([tmp_path / "deploy/setup"], env=machine, capture_output=True, text=True, check=False)
    assert result.returncode == status, result.stderr
    assert "exit 101" in (tmp_path / "seen").read_text()
    assert not (tmp_path / "policy").exists()


def test_set_up_installs_named_packages_in_the_same_way_and_makes_nothing_else(
    tmp_path: Path, machine: dict[str, str]
) -> None:
    note = f'[ "$1" = update ] && exit 0; cat "{tmp_path}/policy" >"{tmp_path}/seen"; echo "$@" >"{tmp_path}/asked"'
    program(tmp_path / "bin/apt-get", note)
    subprocess.run([tmp_path / "deploy/setup", "--packages", "motion", "gstreamer1.0-tools"], env=machine, check=True)
    assert "exit 101" in (tmp_path / "seen").read_text()
    assert (tmp_path / "asked").read_text().endswith("--no-install-recommends motion gstreamer1.0-tools\n")
    assert not (tmp_path / "policy").exists()
    assert not (tmp_path / ".venv").exists()
