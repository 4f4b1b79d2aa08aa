"""Commands to a node: signed by the command role, for one node, numbered, short-lived."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator

from edge.base.errors import Refused
from edge.base.model import NodeId, Strict, Utc
from edge.wire import signed
from edge.wire.authority import Authority, Role
from edge.wire.signed import Signed


class Command(Strict):
    """``send-window``: upload the records whose time overlaps ``start_us`` to ``end_us`` before anything else.

    Attributes:
        counter: rises with every command to this node; the node remembers the highest.
    """

    v: Literal[1] = 1
    node: NodeId
    counter: Annotated[int, Field(ge=1, lt=2**53)]
    issued: Utc
    expires: Utc
    action: Literal["send-window"]
    start_us: Utc
    end_us: Utc

    @model_validator(mode="after")
    def _window_runs_forward(self) -> Command:
        if self.end_us <= self.start_us:
            raise ValueError("the window ends before it starts")
        return self


def parse_command(data: bytes, authority: Authority, node: str, at: int, last_counter: int) -> Signed[Command]:
    """Parses a command and checks signer, node, life and counter.

    Raises:
        Refused: ``wrong-node``, ``expired``, ``replayed``, ``bad-signature`` or the parser's failures.
    """
    document = signed.parse("command", Command, data)
    command = document.payload
    authority.require(document, Role.COMMAND, command.issued)
    if command.node != node:
        raise Refused("wrong-node", f"command is for node {command.node!r}, not {node!r}")
    if not command.issued <= at + 300_000_000 or at > command.expires:
        raise Refused("expired", f"command {command.counter} is not valid at this time")
    if command.counter <= last_counter:
        raise Refused("replayed", f"command counter {command.counter} is not above {last_counter}")
    return document
