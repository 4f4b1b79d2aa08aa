"""What a simulated machine answers: a board fresh from its card, with its software, with no keys of ours and no link.

Rules:
  1. A module answers as if all that it was asked for had to be done.
  2. A command has its answer in ``COMMANDS``, a module in ``MODULES``. Without one it is ``Unanswered``.
"""

from __future__ import annotations

import base64
import re
import shlex
from collections.abc import Callable, Mapping
from typing import Any

from tests.ansible.simulated.asked import Module, Shell
from tests.ansible.simulated.machine import Machine, Unanswered

Answer = dict[str, Any]
_THERE = frozenset({"/opt/mimamori/current/bin/mimamori"})
_PACKAGES = ("openssh-server", "sudo", "systemd-timesyncd", "apt", "network-manager", "python3")
_SSHD = "passwordauthentication no\nkbdinteractiveauthentication no\npermitrootlogin no\nauthorizedkeysfile none\n"
_FACTS = {
    "ansible_distribution": "Debian",
    "ansible_distribution_major_version": "13",
    "ansible_distribution_release": "trixie",
    "ansible_distribution_version": "13.1",
    "ansible_os_family": "Debian",
    "ansible_service_mgr": "systemd",
    "ansible_virtualization_role": "NA",
    "ansible_virtualization_tech_guest": [],
    "ansible_virtualization_tech_host": [],
    "ansible_virtualization_type": "NA",
}


def answer(machine: Machine, asked: Module) -> Answer:
    """Returns what a module returns.

    Raises:
        Unanswered: by rule 2.
        OutOfReach: a real machine would not have done it.
    """
    machine.note(f"{asked.name} {' '.join(_words(asked.arguments))}")
    if asked.name not in MODULES:
        raise Unanswered(f"no answer to the module {asked.name}: {asked.arguments}")
    return MODULES[asked.name](machine, asked.arguments)


def say(asked: Shell) -> str:
    """Returns what a line of Ansible's own for the shell prints.

    Raises:
        Unanswered: it is none of those that go with a module.
    """
    if re.search(r"echo ~\S* && sleep 0", asked.line):
        return "/home/mimamori-admin\n"
    made = re.search(r'echo (ansible-tmp-[\d.-]+)="?`', asked.line)
    if made:
        return f"{made[1]}=/home/mimamori-admin/.ansible/tmp/{made[1]}\n"
    if re.search(r"\b(chmod u\+\w+|rm -f -r) ", asked.line):
        return ""
    raise Unanswered(f"no answer to the line: {asked.line}")


def _words(arguments: Mapping[str, Any]) -> list[str]:
    text = arguments.get("_raw_params")
    told = arguments.get("argv") or (shlex.split(text) if text and not arguments.get("_uses_shell") else None)
    return told or [str(arguments.get(key) or "") for key in ("dest", "path", "name", "src") if arguments.get(key)]


def _file(machine: Machine, asked: Mapping[str, Any]) -> Answer:
    place = asked.get("dest") or asked["path"]
    owner = {"owner": asked.get("owner") or "root", "group": asked.get("group") or "root", "uid": 0, "gid": 0}
    return {"changed": True, "dest": place, "path": place, "mode": asked.get("mode") or "0777", "size": 4096, **owner}


def _copy(machine: Machine, asked: Mapping[str, Any]) -> Answer:
    machine.put(asked["dest"], asked.get("checksum"))
    sums = {"checksum": asked["checksum"], "md5sum": "0" * 32, "state": "file", "src": asked.get("src")}
    return {**_file(machine, asked), **sums}


def _stat(machine: Machine, asked: Mapping[str, Any]) -> Answer:
    return {"changed": False, "stat": {"exists": asked["path"] in _THERE}}


def _slurp(machine: Machine, asked: Mapping[str, Any]) -> Answer:
    content = base64.b64encode(machine.read(asked["src"])).decode()
    return {"changed": False, "content": content, "encoding": "base64", "source": asked["src"]}


def _unit(machine: Machine, asked: Mapping[str, Any]) -> Answer:
    # A real one tells all properties of the unit, some 250.
    status = {f"Property{number:03}": "some value of a property" for number in range(250)}
    told = {key: asked[key] for key in ("name", "state", "enabled") if asked.get(key) is not None}
    return {"changed": True, "status": status if "name" in told else {}, **told}


def _account(machine: Machine, asked: Mapping[str, Any]) -> Answer:
    return {
        "changed": True,
        "name": asked["name"],
        "state": asked.get("state"),
        "system": False,
        "uid": 999,
        "gid": 999,
    }


def _command(machine: Machine, asked: Mapping[str, Any]) -> Answer:
    text = str(asked["_raw_params"] or "") if asked.get("_uses_shell") else shlex.join(_words(asked))
    for pattern, told in COMMANDS.items():
        found = re.search(pattern, text)
        if found:
            status, out = told(machine, found)
            lines = {"stdout": out, "stderr": "", "stdout_lines": out.splitlines(), "stderr_lines": []}
            times = {"start": "2026-01-01 00:00:00", "end": "2026-01-01 00:00:00", "delta": "0:00:00.1"}
            failed = {"failed": True, "msg": "non-zero return code"} if status else {}
            return {"changed": True, "cmd": _words(asked) or text, "rc": status, **lines, **times, **failed}
    raise Unanswered(f"no answer to the command: {text}")


def _apt(machine: Machine, asked: Mapping[str, Any]) -> Answer:
    return {"changed": True, "stdout": "Unpacking\n" * 40, "stderr": "", "cache_updated": True, "cache_update_time": 0}


Told = tuple[int, str]


def _prints(text: str, status: int = 0) -> Callable[[Machine, re.Match[str]], Told]:
    return lambda machine, found: (status, text)


def _opened(machine: Machine, found: re.Match[str]) -> Told:
    machine.begin("root open", float(found[1]))
    return 0, ""


def _closed(machine: Machine, found: re.Match[str]) -> Told:
    machine.require("root open")
    return 0, ""


def _armed(machine: Machine, found: re.Match[str]) -> Told:
    machine.begin("trial", float(found[1]))
    return 0, "armed"


def _confirmed(machine: Machine, found: re.Match[str]) -> Told:
    machine.require("trial")
    return 0, "confirmed"


def _fingerprint(machine: Machine, found: re.Match[str]) -> Told:
    return 0, machine.read("fingerprint").decode()


_DPKG = "\n".join(f"installed {name}" for name in (*_PACKAGES, *(f"package-{number:03}" for number in range(550))))
COMMANDS: Mapping[str, Callable[[Machine, re.Match[str]], Told]] = {
    r"^findmnt .* /$": _prints("ro,noatime"),
    r"^systemctl is-active mimamori-root-closes\.timer$": _prints("inactive", 3),
    r"^systemd-run .*--unit=mimamori-root-closes --on-active=(\d+) ": _opened,
    r"^mount -o remount,rw /$": _prints(""),
    r"^systemctl start mimamori-root-closes\.service$": _closed,
    r"^dpkg-query ": _prints(_DPKG),
    r"^ssh-keygen -L -f /etc/ssh/mimamori/host-cert\.pub$": _prints("", 255),
    r"^ssh-keygen -l -f /etc/ssh/ssh_host_ed25519_key\.pub$": _fingerprint,
    r"^/usr/local/sbin/mimamori-revert arm --after (\d+)$": _armed,
    r"^/usr/local/sbin/mimamori-revert confirm$": _confirmed,
    r"^/usr/local/sbin/mimamori-peers register ": _prints("changed"),
    r"^/usr/local/bin/mimamori node init ": _prints("the node presented itself"),
    r"^/usr/lib/systemd/systemd-sysctl ": _prints(""),
    r"^/usr/sbin/sshd -T ": _prints(_SSHD),
    r"^/usr/sbin/nft list chain inet mimamori inbound$": _prints(
        "type filter hook input priority filter; policy drop;"
    ),
    r"^nmcli ": _prints("mimamori-line"),
    r"^systemd-tmpfiles --create ": _prints(""),
    r"^wg show wg0 latest-handshakes$": _prints("AAAA\t1767193200"),
    r"^wg show wg0 listen-port$": _prints("51820"),
    r"^set -e\numask 077\nwg genkey ": _prints(""),
    r"^set -eu\ncd /usr/local/lib/mimamori\n": _prints(""),
}
MODULES: Mapping[str, Callable[[Machine, Mapping[str, Any]], Answer]] = {
    "apt": _apt,
    "command": _command,
    "copy": _copy,
    "file": _file,
    "group": _account,
    "ping": lambda machine, asked: {"changed": False, "ping": "pong"},
    "setup": lambda machine, asked: {"changed": False, "ansible_facts": _FACTS},
    "slurp": _slurp,
    "stat": _stat,
    "systemd": _unit,
    "systemd_service": _unit,
    "user": _account,
}
