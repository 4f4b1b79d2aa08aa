"""What runs on the machine: ``serve`` answers one request, ``revert`` goes back for the timer, ``start`` at each start.

``mimamori fleet rotate program`` packs it with what it needs into one file for the system's own python3: it works
whatever release of the rest is installed, and while that is being replaced.
"""

from __future__ import annotations

import sys

from edge.base.errors import MimamoriError
from edge.base.openroot import opened
from edge.passwords import configuration
from edge.passwords.machine import ThisMachine
from edge.passwords.messages import LIMIT_BYTES, Answer, parse_request
from edge.passwords.states import Event
from edge.passwords.turn import Turns

_CHANGES = ("stage", "confirm", "withdraw")
_EVENTS = {"revert": Event.TIME_UP, "start": Event.START}


def main(words: list[str]) -> int:
    """Runs one of the three and returns an exit status; ``serve`` says everything in its answer."""
    if words == ["serve"]:
        sys.stdout.buffer.write(_serve(sys.stdin.buffer.read(LIMIT_BYTES + 1)).dump())
        sys.stdout.flush()
        return 0
    if len(words) != 1 or words[0] not in _EVENTS:
        print(f"one of serve, {', '.join(_EVENTS)} is needed", file=sys.stderr)
        return 64
    try:
        return _go_back(_EVENTS[words[0]])
    except MimamoriError as error:
        print(f"mimamori-rotation: {error}", file=sys.stderr)
        return error.exit_status


def _serve(data: bytes) -> Answer:
    try:
        request = parse_request(data)
        configured = configuration.load()
        machine = ThisMachine(configured.accounts)
        turns = Turns(machine, configured.revert_s)
        if request.do not in _CHANGES:
            return turns.answer(request)
        with opened():
            return turns.answer(request)
    except MimamoriError as error:
        return Answer(ok=False, why=str(error))


def _go_back(event: Event) -> int:
    configured = configuration.load()
    with opened():
        went = Turns(ThisMachine(configured.accounts), configured.revert_s).go_back(event)
    print("went back to the old passwords: nobody confirmed the new ones" if went else "nothing to go back from")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
