"""What of ``deploy/image`` needs no board: the image's configuration, and the shell that starts first boot."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

from edge.firstboot.progress import DONE
from edge.fleet.card import BEGIN, DEPLOY, UNIT
from edge.fleet.cloudinit import BEGIN as STARTED

IMAGE = DEPLOY / "image"
MAKER = IMAGE / "rpi-image-gen"


def metadata(text: str) -> dict[str, str]:
    """Returns a layer's fields; a line that begins with two blanks goes on with the one before."""
    block = text.split("# METABEGIN\n")[1].split("# METAEND\n", maxsplit=1)[0]
    joined = re.sub(r"\n#  +", " ", block)
    return dict(line.removeprefix("# ").split(": ", 1) for line in joined.splitlines() if line.startswith("# X-Env"))


def test_the_images_configuration_names_layers_that_are_there() -> None:
    config = (MAKER / "config" / "mimamori.yaml").read_text(encoding="utf-8")
    named = [metadata(path.read_text(encoding="utf-8"))["X-Env-Layer-Name"] for path in (MAKER / "layer").iterdir()]
    assert config.endswith("layer:\n  base: mimamori-node\n") and named == ["mimamori-node"]


def test_the_image_has_what_units_and_first_boot_start() -> None:
    text = (MAKER / "layer" / "mimamori-node.yaml").read_text(encoding="utf-8")
    listed = text.split("  packages:\n")[1].split("  customize-hooks:")[0]
    packages = [line.removeprefix("    - ") for line in listed.splitlines()]
    needed = {"cloud-init", "modemmanager", "dnsmasq-base", "rfkill", "python3-venv", "fdisk", "e2fsprogs"}
    assert needed <= set(packages) and len(set(packages)) == len(packages)
    assert "network-manager" in metadata(text)["X-Env-Layer-Requires"]


@pytest.mark.parametrize("made", [False, True])
def test_begin_starts_the_unit_at_each_boot_until_the_node_is_made(tmp_path: Path, made: bool) -> None:
    """In a root of its own: paths of the script are led there, and systemctl only says that it was called."""
    script = (IMAGE / BEGIN).read_text(encoding="utf-8")
    units, calls = tmp_path / "units", tmp_path / "calls"
    units.mkdir()
    done = tmp_path / "done"
    if made:
        done.touch()
    (tmp_path / BEGIN).write_text(script.replace(DONE, str(done)).replace("/etc/systemd/system", str(units)))
    (tmp_path / UNIT).write_bytes((IMAGE / UNIT).read_bytes())
    program = tmp_path / "bin"
    program.mkdir()
    (program / "systemctl").write_text(f'#!/bin/sh\necho "$@" >>{calls}\n')
    (program / "systemctl").chmod(0o755)
    for _ in range(2):
        environment = {"PATH": f"{program}:/usr/bin:/bin"}
        subprocess.run(["sh", str(tmp_path / BEGIN)], check=True, env=environment, timeout=60)
    started = calls.read_text().splitlines() if calls.exists() else []
    assert started == ([] if made else ["daemon-reload", f"start --no-block {UNIT}"] * 2)
    link = units / "multi-user.target.wants" / UNIT
    assert link.exists() is not made
    assert made or link.read_bytes() == (IMAGE / UNIT).read_bytes()


def test_the_unit_waits_for_the_same_mark_and_the_seed_names_the_same_script() -> None:
    unit = (IMAGE / UNIT).read_text(encoding="utf-8")
    assert f"ConditionPathExists=!{DONE}\n" in unit and "/boot/firmware/mimamori" in unit
    assert f"/boot/firmware/mimamori/{BEGIN}" == STARTED and DONE in (IMAGE / BEGIN).read_text(encoding="utf-8")
