"""How a machine is reached: each request over a new connection of its own, and nothing secret in any argument."""

from __future__ import annotations

import shlex
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from edge.base.errors import Refused, Unavailable
from edge.fleet.rotation.targets import Target
from edge.passwords.messages import LIMIT_BYTES, Answer, Request, parse_answer

PROGRAM = "/usr/local/sbin/mimamori-rotation"
ANSWER_S = 120
_UNREACHED = 255
"""ssh(1): an error of ssh itself; any other status is the remote command's."""


class Link(Protocol):
    """Reaches machines."""

    def ask(self, target: Target, request: Request) -> Answer:
        """Sends one request over a new connection.

        Raises:
            Unavailable: no answer came; the machine may have done what was asked all the same.
            Refused: the machine, or its sudo, did not run the program.
        """


@dataclass(frozen=True, slots=True)
class SshLink:
    """By OpenSSH; no connection is shared, so that each is a sign-in of its own.

    Attributes:
        config: ssh_config(5) with certificate, known hosts and the way through the bastion; none for the user's own.
    """

    config: Path | None = None

    def ask(self, target: Target, request: Request) -> Answer:
        try:
            done = subprocess.run(
                self.words(target), input=request.dump(), capture_output=True, timeout=ANSWER_S, check=False
            )
        except subprocess.TimeoutExpired:
            raise Unavailable(f"{target.node}: no answer within {ANSWER_S} s") from None
        except OSError as error:
            raise Unavailable(f"{target.node}: ssh cannot be run ({error.strerror}); install openssh-client") from None
        if done.returncode == _UNREACHED or len(done.stdout) > LIMIT_BYTES:
            raise Unavailable(f"{target.node}: not reached at {target.address} ({_last_line(done.stderr)})")
        if done.returncode != 0:
            raise Refused(
                "not-run", f"{target.node}: {PROGRAM} was not run ({_last_line(done.stderr)}); see its sudoers"
            )
        return parse_answer(done.stdout)

    def words(self, target: Target) -> Sequence[str]:
        """Returns the command line, which everybody on this machine can read."""
        program = ["sudo", "-n", PROGRAM, "serve"]
        if target.address == "local":
            return program
        options = ["BatchMode=yes", "ControlMaster=no", "ControlPath=none", "ConnectTimeout=15"]
        options += ["ServerAliveInterval=10", "ServerAliveCountMax=3", "LogLevel=ERROR"]
        words = ["ssh", *(["-F", str(self.config)] if self.config else [])]
        for option in options:
            words += ["-o", option]
        words += [*shlex.split(target.ssh), "-p", str(target.port), "-l", target.user]
        return [*words, "--", target.address, *program]


def _last_line(data: bytes) -> str:
    lines = data.decode("utf-8", errors="replace").strip().splitlines()
    return "".join(letter for letter in lines[-1] if letter.isprintable())[:200] if lines else "it said nothing"
