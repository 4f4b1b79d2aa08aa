#!/usr/bin/python3
"""Knocks at TCP ports of several addresses at once and says what answered; given to ``python3 -c``.

Reads ``{NAME: {"address": ..., "ports": [...], "allowed": [...]}}``; ports 1 to 1024 are knocked at in any case. Prints
``{NAME: {"open": [...], "strange": [...], "refused": N, "silent": N}}``: strange is open and not allowed, refused means
that the machine answered, silent that something dropped the knock.

A batch is knocked at as a whole and then waited for: a busy controller must not take its own slowness for silence. Nor
must a line that drops what comes in a burst: all machines have their turn, port after port, a few knocks at a time.
"""

import errno
import itertools
import json
import resource
import select
import socket
import sys
import time
from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Any

AT_ONCE = 4096
BURST, PAUSE_S = 32, 0.008
WAIT_S = 3.5
"""The kernel knocks again after 1 and 3 s. A batch in which one is silent takes as long: 2,000 machines 40 minutes."""
ALWAYS = range(1, 1025)
_OTHER_FILES = 64

Door = tuple[str, str, int]
"""Machine, numeric address, port."""


def knock(doors: Iterable[Door]) -> dict[Door, str]:
    """Returns ``open``, ``refused`` or ``silent`` for each of a batch."""
    said, knocking, poll = {}, {}, select.poll()
    for count, door in enumerate(doors, start=1):
        if count % BURST == 0:
            time.sleep(PAUSE_S)
        family = socket.AF_INET6 if ":" in door[1] else socket.AF_INET
        one = socket.socket(family, socket.SOCK_STREAM)
        one.setblocking(False)
        status = one.connect_ex(door[1:])
        if status == errno.EINPROGRESS:
            knocking[one.fileno()] = door, one
            poll.register(one, select.POLLOUT)
        else:
            said[door] = _word(status)
            one.close()
    until = time.monotonic() + WAIT_S
    while knocking and (found := poll.poll(max(0.0, until - time.monotonic()) * 1000)):
        for number, _ in found:
            door, one = knocking.pop(number)
            said[door] = _word(one.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR))
            poll.unregister(one)
            one.close()
    for door, one in knocking.values():
        said[door] = "silent"
        one.close()
    return said


def scan(targets: dict[str, Any]) -> dict[str, Any]:
    """Knocks at all of them, as many at once as files may be open."""
    most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    at_once = AT_ONCE if most == resource.RLIM_INFINITY else min(AT_ONCE, most - _OTHER_FILES)
    resource.setrlimit(resource.RLIMIT_NOFILE, (at_once + _OTHER_FILES, most))
    turns = itertools.zip_longest(*(_doors(name, target) for name, target in targets.items()))
    doors = (door for turn in turns for door in turn if door is not None)
    opened: dict[str, list[int]] = {name: [] for name in targets}
    counts: dict[str, Counter[str]] = {name: Counter() for name in targets}
    while batch := list(itertools.islice(doors, at_once)):
        for (name, _, port), word in knock(batch).items():
            counts[name][word] += 1
            if word == "open":
                opened[name].append(port)
    return {name: _told(opened[name], counts[name], target["allowed"]) for name, target in targets.items()}


def _doors(name: str, target: dict[str, Any]) -> Iterator[Door]:
    """Yields a machine's doors; none where its name leads nowhere."""
    try:
        address = socket.getaddrinfo(str(target["address"]), None, type=socket.SOCK_STREAM)[0][4][0]
    except (OSError, ValueError) as error:  # ValueError: no host name at all, such as one with a label of 64 letters
        print(f"{name}: {target['address']}: {error}", file=sys.stderr)
        return
    further = sorted({port for port in target["ports"] if port not in ALWAYS})
    for port in itertools.chain(ALWAYS, further):
        yield name, str(address), port


def _told(opened: list[int], counts: Counter[str], allowed: list[int]) -> dict[str, Any]:
    strange = [port for port in sorted(opened) if port not in allowed]
    return {"open": sorted(opened), "strange": strange, "refused": counts["refused"], "silent": counts["silent"]}


def _word(status: int) -> str:
    return {0: "open", errno.ECONNREFUSED: "refused"}.get(status, "silent")


if __name__ == "__main__":
    print(json.dumps(scan(json.load(sys.stdin))))
