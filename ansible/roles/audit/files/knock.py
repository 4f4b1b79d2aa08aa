#!/usr/bin/python3
"""Knocks at TCP ports of several addresses at once and says what answered; given to ``python3 -c``.

Reads ``{NAME: {"address": ..., "ports": [...], "allowed": [...]}}``; ports 1 to 1024 are knocked at in any case. Prints
``{NAME: {"open": [...], "strange": [...], "refused": N, "silent": N}}``: strange is open and not allowed, refused means
that the machine answered, silent that something dropped the knock.
"""

import asyncio
import json
import resource
import sys
from typing import Any

MACHINES = 8
WAIT_S = 2.0
"""A machine that drops all takes as long; a fleet of 2,000 eight minutes, where 8,000 files may be open."""
ALWAYS = range(1, 1025)
_OTHER_FILES = 64


async def knock(address: str, port: int, turn: asyncio.Semaphore) -> str:
    """Returns ``open``, ``refused`` or ``silent``."""
    async with turn:
        try:
            _, writer = await asyncio.wait_for(asyncio.open_connection(address, port), WAIT_S)
        except ConnectionRefusedError:
            return "refused"
        except (OSError, TimeoutError):
            return "silent"
        writer.close()
        return "open"


async def knock_at(target: dict[str, Any], machines: asyncio.Semaphore, turn: asyncio.Semaphore) -> dict[str, Any]:
    """Knocks at one machine."""
    ports = sorted({*ALWAYS, *target["ports"]})
    async with machines:
        said = await asyncio.gather(*(knock(str(target["address"]), port, turn) for port in ports))
    opened = [port for port, word in zip(ports, said, strict=True) if word == "open"]
    strange = [port for port in opened if port not in target["allowed"]]
    return {"open": opened, "strange": strange, "refused": said.count("refused"), "silent": said.count("silent")}


async def scan(targets: dict[str, Any]) -> dict[str, Any]:
    """Knocks at all of them, as many at once as files may be open."""
    most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    wanted = MACHINES * (len(ALWAYS) + _OTHER_FILES)
    turn = asyncio.Semaphore(min(wanted, most - _OTHER_FILES) if most != resource.RLIM_INFINITY else wanted)
    machines = asyncio.Semaphore(MACHINES)
    found = await asyncio.gather(*(knock_at(target, machines, turn) for target in targets.values()))
    return dict(zip(targets, found, strict=True))


if __name__ == "__main__":
    print(json.dumps(asyncio.run(scan(json.load(sys.stdin)))))
