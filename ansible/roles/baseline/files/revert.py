#!/usr/bin/python3
"""Puts back what could have locked a machine's people out, unless somebody confirms over a new connection.

``arm`` keeps a copy of the files that decide who gets in, ``confirm`` throws it away, ``revert`` puts it back. Between
arm and confirm a timer counts; it is enabled, so that it counts again after a power cut.

Rules:
  1. Armed before anything is touched; the copy is on disk before ``arm`` returns.
  2. Arming again while a change is unconfirmed keeps the older copy, the last one that somebody confirmed.
  3. A file that was not there before is gone after a revert.
  4. A revert that was cut off is done again: the copy goes last.
"""

import argparse
import contextlib
import os
import shutil
import subprocess
import sys
import tarfile
from pathlib import Path

TIMER = "mimamori-revert.timer"
LONGER = Path("run/systemd/system/mimamori-revert.timer.d/longer.conf")
KEPT = Path("var/lib/mimamori-revert/before.tar")
WATCHED = (
    "etc/ssh/sshd_config",
    "etc/ssh/sshd_config.d",
    "etc/ssh/mimamori",
    "etc/sudoers.d",
    "etc/nftables.conf",
    "etc/wireguard/*.conf",
    "etc/NetworkManager/system-connections",
)
"""Files and folders that decide whether anybody gets in; not keys, which others know this machine by."""
APPLY = (
    ("nft", "-f", "/etc/nftables.conf"),
    ("systemctl", "restart", "ssh.service"),
    ("systemctl", "try-restart", "wg-quick@wg0.service"),
    ("nmcli", "connection", "reload"),
)
"""What makes the files that were put back count; one that fails does not keep the next from its turn."""


def arm(root: Path) -> str:
    """Keeps a copy of what is there and returns what was done."""
    kept = root / KEPT
    if kept.exists():
        return "an unconfirmed change is there already; its copy stays"
    kept.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    fresh = kept.with_suffix(".new")
    with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
        with tarfile.open(fileobj=file, mode="w") as archive:
            for path in _watched(root):
                archive.add(path, arcname=path.relative_to(root))
        file.flush()
        os.fsync(file.fileno())
    fresh.rename(kept)
    _sync(kept.parent)
    return "armed"


def confirm(root: Path) -> str:
    """Throws the copy away."""
    (root / KEPT).unlink(missing_ok=True)
    _sync((root / KEPT).parent)
    return "confirmed"


def put_back(root: Path) -> bool:
    """Puts the copy back; False where there is none. The copy stays (rule 4)."""
    kept = root / KEPT
    if not kept.exists():
        return False
    with tarfile.open(kept) as archive:
        before = {member.name for member in archive.getmembers()}
        archive.extractall(root, filter="fully_trusted")
    for path in _watched(root):
        _remove_newer(root, path, before)
    os.sync()
    return True


def _watched(root: Path) -> list[Path]:
    return [path for pattern in WATCHED for path in sorted(root.glob(pattern))]


def _remove_newer(root: Path, path: Path, before: set[str]) -> None:
    if str(path.relative_to(root)) not in before:
        shutil.rmtree(path) if path.is_dir() and not path.is_symlink() else path.unlink()
        return
    if path.is_dir() and not path.is_symlink():
        for child in path.iterdir():
            _remove_newer(root, child, before)


def _sync(folder: Path) -> None:
    if folder.exists():
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def _run(*words: str) -> None:
    with contextlib.suppress(FileNotFoundError):
        subprocess.run(words, check=False, timeout=60)


def main() -> int:
    """Does one step; the timer is started before the caller changes anything and stopped after the last step."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("step", choices=("arm", "confirm", "revert"))
    parser.add_argument(
        "--after", type=int, metavar="SECONDS", help="longer than the timer's own, until it is confirmed"
    )
    options = parser.parse_args()
    root, step = Path("/"), options.step
    if step == "arm":
        print(arm(root))
        if options.after:
            (root / LONGER).parent.mkdir(parents=True, exist_ok=True)
            (root / LONGER).write_text(f"[Timer]\nOnActiveSec=\nOnActiveSec={options.after}\n")
        subprocess.run(("systemctl", "daemon-reload"), check=True)
        subprocess.run(("systemctl", "enable", "--quiet", TIMER), check=True)
        subprocess.run(("systemctl", "restart", TIMER), check=True)
    elif step == "confirm":
        print(confirm(root))
        subprocess.run(("systemctl", "disable", "--quiet", "--now", TIMER), check=True)
    else:
        if put_back(root):
            for words in APPLY:
                _run(*words)
            print("nobody confirmed: put back what was there before", file=sys.stderr)
        confirm(root)
        _run("systemctl", "disable", "--quiet", TIMER)
    return 0


if __name__ == "__main__":
    sys.exit(main())
