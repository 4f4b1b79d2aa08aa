#!/usr/bin/python3
"""Knocks at TCP ports of several addresses at once and says what answered; given to ``python3 -c``.

Reads ``{NAME: {"address": ..., "ports": [...]}}``; ports 1 to 1024 are knocked at in any case. Prints ``{NAME: {"open":
[...], "refused": N, "silent": N}}``: refused means that the machine answered, silent that something dropped the knock.
"""

import asyncio
import json
import sys
from typing import Any

AT_ONCE = 500
WAIT_S = 2.0
ALWAYS = range(1, 1025)


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


async def scan(targets: dict[str, Any]) -> dict[str, Any]:
    """Knocks at all of them."""
    turn = asyncio.Semaphore(AT_ONCE)
    found: dict[str, Any] = {}
    for name, target in targets.items():
        ports = sorted({*ALWAYS, *target["ports"]})
        said = await asyncio.gather(*(knock(str(target["address"]), port, turn) for port in ports))
        opened = [port for port, word in zip(ports, said, strict=True) if word == "open"]
        found[name] = {"open": opened, "refused": said.count("refused"), "silent": said.count("silent")}
    return found


if __name__ == "__main__":
    print(json.dumps(asyncio.run(scan(json.load(sys.stdin)))))
