"""The steps that make a node, in their order.

Rules:
  1. A step that was interrupted is done again from its beginning, and comes to the same end.
  2. Nothing is fetched: what a node needs is on its card.
  3. What the card brought as a secret is erased once the node lives without it; then nothing needs the root open.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from edge.firstboot import partitions
from edge.firstboot.card import SECRETS, Card, Placed
from edge.firstboot.system import System, remove_tree

SLOT = "a"
ENVIRONMENT, CURRENT = f"/opt/mimamori/{SLOT}", "/opt/mimamori/current"
COMMAND = "/usr/local/bin/mimamori"
CONFIG, STATE = "/etc/mimamori/node.toml", "/var/lib/mimamori"
TARGET = "mimamori.target"
KEY_NOTE = "signing-key.txt"
OWNERS = "/usr/lib/mimamori/storage.conf"
FSTAB = "/etc/fstab"
KEEPERS = ("dpkg-db-backup.timer", "e2scrub_all.timer", "logrotate.timer", "man-db.timer")
"""Debian's, which write to the root each day; the journal is in memory, and packages come by releases."""


@dataclass(frozen=True, slots=True)
class Step:
    """One step: its name, what it says that it does, and the doing."""

    name: str
    about: str
    do: Callable[[System, Card], None]


def _check(_: System, card: Card) -> None:
    card.require_whole()


def _divide(system: System, card: Card) -> None:
    if card.storage == "partitions":
        disk = partitions.system_disk(system)
        partitions.divide(system, disk, card.system_bytes, card.state_bytes)


def _packages(system: System, card: Card) -> None:
    found = sorted(name for name in card.hashes if name.startswith("debs/") and name.endswith(".deb"))
    if found:
        system.run("dpkg", "--configure", "--pending")
        system.run("dpkg", "--install", *(str(card.folder / name) for name in found))


def _files(system: System, card: Card) -> None:
    _place(system, card, lambda one: not one.target.startswith(f"{STATE}/"))


def _units(system: System, card: Card) -> None:
    system.run("sh", str(card.folder / "systemd" / "install"))
    system.run("systemctl", "daemon-reload")
    system.run("systemd-tmpfiles", "--create", "--prefix=/run/mimamori")  # later boots do it by themselves


def _environment(system: System, card: Card) -> None:
    wheels = str(card.folder / "wheels")
    system.run("python3", "-m", "venv", "--clear", "--system-site-packages", ENVIRONMENT)
    system.run(
        f"{ENVIRONMENT}/bin/python", "-m", "pip", "install", "--quiet", "--disable-pip-version-check",
        "--no-index", "--find-links", wheels, "--require-hashes", "--requirement", f"{wheels}/requirements.txt",
    )  # fmt: skip
    system.sync()
    system.link(CURRENT, SLOT)
    system.link(COMMAND, f"{CURRENT}/bin/mimamori")


def _storage(system: System, _: Card) -> None:
    system.run("systemctl", "start", "mimamori-storage.service")


def _keys(system: System, card: Card) -> None:
    _place(system, card, lambda one: one.target.startswith(f"{STATE}/"))
    ticket = str(card.folder / SECRETS / "enrolment-ticket.json")
    said = system.run(COMMAND, "node", "init", "--config", CONFIG, "--ticket", ticket)
    system.run("systemd-tmpfiles", "--create", OWNERS)  # what root brought becomes its process's own
    (card.folder / KEY_NOTE).write_text(said, encoding="utf-8")


def _start(system: System, _: Card) -> None:
    system.run("sh", "-c", "if command -v rfkill; then rfkill unblock wlan; fi")  # the image leaves the radio off
    system.run("systemctl", "start", "--no-block", TARGET)


def _close(system: System, _: Card) -> None:
    """From the next start on the root takes no writes; who changes it opens it (``edge.base.openroot``)."""
    if system.run("findmnt", "--noheadings", "--output", "TARGET", "--target", STATE).strip() != STATE:
        return  # the state is a folder of the root
    closed = closed_root(system.read(FSTAB) or "")
    if closed is None:
        return  # no root of its own to close, as in a container
    system.run("systemctl", "mask", *KEEPERS)
    system.link("/etc/resolv.conf", "/run/NetworkManager/resolv.conf")  # NetworkManager then writes there alone
    system.write(FSTAB, closed.encode(errors="surrogateescape"))


def closed_root(table: str) -> str | None:
    """Returns an ``fstab`` whose root is mounted read-only; None where it has none."""
    lines, found = table.rstrip("\n").split("\n"), False
    for number, line in enumerate(lines):
        fields = line.split()
        if len(fields) >= 4 and not line.lstrip().startswith("#") and fields[1] == "/":
            options = [one for one in fields[3].split(",") if one not in ("rw", "ro", "defaults")]
            lines[number], found = "  ".join([*fields[:3], ",".join(["ro", *options]), *fields[4:]]), True
    return "\n".join(lines) + "\n" if found else None


def _forget(system: System, card: Card) -> None:
    system.write("/etc/cloud/cloud-init.disabled", b"")
    folder = card.folder / SECRETS
    for path in sorted(folder.rglob("*")) if folder.is_dir() else ():
        system.erase(path)
    remove_tree(folder)


def _place(system: System, card: Card, wanted: Callable[[Placed], bool]) -> None:
    for one in filter(wanted, card.files):
        system.write(one.target, (card.folder / one.source).read_bytes(), one.mode)


STEPS = (
    Step("check", "checking what the card brings", _check),
    Step("divide", "dividing the card", _divide),
    Step("packages", "installing Debian packages from the card", _packages),
    Step("files", "placing settings and documents", _files),
    Step("units", "making users and units", _units),
    Step("environment", "installing the firmware from the card", _environment),
    Step("storage", "mounting state and spool", _storage),
    Step("keys", "making the node's keys", _keys),
    Step("start", "starting the node's services", _start),
    Step("forget", "erasing secrets from the boot partition", _forget),
    Step("close", "closing the root from the next start on", _close),
)
