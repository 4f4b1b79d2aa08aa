"""A card for a container: what Raspberry Pi OS has on its boot partition, then ``mimamori flash prepare``."""

from __future__ import annotations

import json
import os
import shutil
import tomllib
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from types import MappingProxyType
from typing import Any

from edge.base.clock import SystemClock, to_datetime
from edge.base.config import to_toml
from edge.cli import main
from edge.fleet.profile import PROFILES
from edge.fleet.wheelhouse import packages_of, pins_of, seal_wheels
from tests.fleet.bench import CMDLINE, CONFIG
from tests.lab.firstboot.city import CENTER, ZONE, Town
from tests.lab.nodes import File
from tests.lab.nodes.wheels import CHECKOUT, locked_wheels, own_wheel

PLACE = "/boot/firmware"
VISIT_ADDRESS = "192.168.70.1"
SEEDED = "datasource_list: [ NoCloud, None ]\ndatasource:\n  NoCloud:\n    seedfrom: file:///boot/firmware\n"
"""``/etc/cloud/cloud.cfg.d/99_raspberry-pi.cfg`` of Raspberry Pi OS's package rpi-cloud-init-mods."""
LAB: dict[str, dict[str, Any]] = {
    "source": {"kind": "street", "width": 320, "height": 240, "fps": 5},
    "encoder": {"bitrate_bps": 200_000},
    "spool": {"capacity_bytes": 24 * 2**20, "reel_bytes": 2**20},
}
"""What a container cannot have: a camera, and a card of 128 GB. All else is the city's profile's."""


def release(folder: Path) -> Path:
    """Returns a release for this machine's containers, of the wheels that the lab keeps anyway."""
    wheels = folder / "wheels"
    wheels.mkdir(parents=True)
    machine = os.uname().machine
    for wheel in (*locked_wheels().glob("*.whl"), own_wheel()):
        shutil.copyfile(wheel, wheels / wheel.name)
    lock = (CHECKOUT / "requirements.lock").read_text(encoding="utf-8")
    pins = pins_of(lock, packages_of("node", machine), machine)
    built = {wheel.name for wheel in wheels.glob("*-none-any.whl")}  # the lab checked their sources
    seal_wheels(wheels, {pin.name: pin for pin in pins}, built)
    return folder


def lab_profile(folder: Path, city: str, more: Mapping[str, Any] = MappingProxyType({})) -> Path:
    """Writes a city's profile as far as a container can have it; ``more`` replaces further tables."""
    tree = tomllib.loads((PROFILES / f"{city}.toml").read_text(encoding="utf-8"))
    path = folder / f"{city}.toml"
    path.write_bytes(to_toml({**tree, **LAB, **more}))
    return path


def prepare(town: Town, folder: Path, node: str, city: str = "matsudo") -> tuple[Path, str]:
    """Makes a node's card by the command; returns its boot partition and the visit's one-time code."""
    boot = folder / "bootfs"
    boot.mkdir()
    texts = {"config.txt": CONFIG, "cmdline.txt": CMDLINE, "kernel8.img": "", "user-data": "#cloud-config\n"}
    for name, text in {**texts, "meta-data": "instance_id: rpios-image\n", "network-config": ""}.items():
        (boot / name).write_text(text)
    now_us = SystemClock().now_us()
    begins, ends = (to_datetime(now_us).astimezone(ZONE) + timedelta(hours=hours) for hours in (-1, 8))
    words = ["flash", "prepare", "--node", node, "--profile", lab_profile(folder, city), "--center", CENTER]
    words += ["--label", "根本 1-1", "--installer", "K-07", "--from", begins.isoformat(), "--to", ends.isoformat()]
    words += ["--desk", town.desk, "--passphrase-file", town.secret("desk"), "--phone", "047-366-1111"]
    words += ["--store", town.store, "--store-passphrase-file", town.secret("store"), "--code", "screen", "--json"]
    words += ["--papers", folder / "papers", "--release", folder / "release", "--container", boot]
    code = _said(*words)["code"]
    return boot, str(code)


def files_of(boot: Path) -> dict[str, File]:
    """Returns a container's files: the boot partition, and how its image finds it."""
    found = {
        f"{PLACE}/{path.relative_to(boot).as_posix()}": File(path.read_bytes(), path.stat().st_mode & 0o777)
        for path in boot.rglob("*")
        if path.is_file()
    }
    return {**found, "/etc/cloud/cloud.cfg.d/99_raspberry-pi.cfg": File(SEEDED)}


def _said(*words: object) -> dict[str, Any]:
    import contextlib
    import io

    out = io.StringIO()
    with contextlib.redirect_stdout(out):
        assert main([str(word) for word in words]) == 0
    tree: dict[str, Any] = json.loads(out.getvalue().splitlines()[-1])
    return tree
