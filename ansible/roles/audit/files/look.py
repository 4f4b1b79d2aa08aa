#!/usr/bin/python3
"""Says what is so on a machine, as JSON: read through ``python3 -``, so that nothing of it lands there.

Whoever reads it parses certificates and key lists himself: a machine's own word is a claim.
"""

import json
import subprocess
import time
from pathlib import Path
from typing import Any

STATE = Path("/var/lib/mimamori")
LIMIT_BYTES = 1_000_000


def text(path: Path) -> str:
    """Returns a file's text; empty where there is none."""
    try:
        with path.open("rb") as file:
            return file.read(LIMIT_BYTES).decode("utf-8", "replace")
    except OSError:
        return ""


def said(*words: str) -> str:
    """Returns what a program prints; empty where it is not there or fails."""
    try:
        done = subprocess.run(words, capture_output=True, text=True, check=False, timeout=60)
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout if done.returncode == 0 else ""


def listeners() -> list[dict[str, Any]]:
    """Returns every socket that waits for others: protocol, address, port, process."""
    found = []
    for line in said("ss", "-lntupH").splitlines():
        words = line.split()
        address, _, port = words[4].rpartition(":")
        process = words[6].split('"')[1] if len(words) > 6 and '"' in words[6] else ""
        found.append({"protocol": words[0], "address": address, "port": int(port), "process": process})
    return found


def accounts() -> list[dict[str, str]]:
    """Returns who has a shell, and whether with a password; never the hash."""
    hashes = {line.split(":")[0]: line.split(":")[1] for line in text(Path("/etc/shadow")).splitlines() if ":" in line}
    found = []
    for line in text(Path("/etc/passwd")).splitlines():
        fields = line.split(":")
        if len(fields) == 7 and not fields[6].endswith(("nologin", "false", "sync")):
            held = hashes.get(fields[0], "")
            state = "none" if held == "" else "locked" if held.startswith(("!", "*")) else "set"
            found.append({"name": fields[0], "password": state})
    return found


def lines_of(folder: Path) -> dict[str, list[str]]:
    """Returns the lines of each file that say something."""
    found = {}
    for path in sorted(folder.glob("*")):
        kept = [line.strip() for line in text(path).splitlines() if line.strip() and not line.startswith("#")]
        if path.is_file() and kept:
            found[path.name] = kept
    return found


def authorized_keys() -> list[str]:
    """Returns files with keys that sshd might take, were it told to."""
    homes = [Path(line.split(":")[5]) for line in text(Path("/etc/passwd")).splitlines() if line.count(":") == 6]
    paths = sorted({home / ".ssh" / name for home in homes for name in ("authorized_keys", "authorized_keys2")})
    return [str(path) for path in paths if text(path).strip()]


def sshd() -> dict[str, list[str]]:
    """Returns what of sshd's settings decides who gets in."""
    wanted = {"authorizedkeysfile", "passwordauthentication", "kbdinteractiveauthentication", "permitrootlogin"}
    wanted |= {"allowusers", "trustedusercakeys", "listenaddress"}
    found: dict[str, list[str]] = {}
    for line in said("/usr/sbin/sshd", "-T", "-C", "user=root,host=x,addr=192.0.2.1").splitlines():
        name, _, value = line.partition(" ")
        if name in wanted:
            found.setdefault(name, []).append(value)
    return found


def look() -> dict[str, Any]:
    """Returns all of it."""
    return {
        "time": int(time.time()),
        "versions": {
            "mimamori": said("/usr/local/bin/mimamori", "--version").strip(),
            "debian": text(Path("/etc/debian_version")).strip(),
            "kernel": said("uname", "-r").strip(),
        },
        "listeners": listeners(),
        "accounts": accounts(),
        "sudoers": lines_of(Path("/etc/sudoers.d")),
        "sudo_group": said("getent", "group", "sudo").strip().rpartition(":")[2],
        "principals": lines_of(Path("/etc/ssh/mimamori/principals")),
        "user_ca": said("ssh-keygen", "-l", "-f", "/etc/ssh/mimamori/user-ca.pub").splitlines(),
        "authorized_keys": authorized_keys(),
        "sshd": sshd(),
        "host_certificate": said("env", "TZ=UTC", "ssh-keygen", "-L", "-f", "/etc/ssh/mimamori/host-cert.pub"),
        "certificate": text(STATE / "uplink" / "certificate.pem"),
        "key_list": text(STATE / "recorder" / "key-list.json") or text(STATE / "uplink" / "inbox" / "key-list.json"),
        "passwords_made_us": text(STATE / "password-date").strip(),
        "unconfirmed": Path("/var/lib/mimamori-revert/before.tar").exists(),
        "failed_units": [
            line.split()[0] for line in said("systemctl", "--failed", "--plain", "--no-legend").splitlines()
        ],
    }


if __name__ == "__main__":
    print(json.dumps(look()))
