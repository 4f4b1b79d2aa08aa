"""Asking a node for a window of footage: a numbered, signed, short-lived command."""

from __future__ import annotations

from datetime import timedelta

from edge.base.clock import SECOND_US
from edge.base.errors import UsageFault
from edge.desk.counters import next_counter
from edge.desk.keystore import KeyStore
from edge.desk.office import Office, role_key
from edge.wire import signed
from edge.wire.authority import Role
from edge.wire.command import Command
from edge.wire.signed import Signed

LIFE = timedelta(days=7)
"""A node that is off for some days still gets the command."""
_COUNTERS = "commands.json"


def send_window(office: Office, store: KeyStore, node: str, window_us: tuple[int, int], now_us: int) -> Signed[Command]:
    """Returns the command ``send-window`` for a UTC window, with a counter above any that this desk used for ``node``.

    Raises:
        UsageFault: the window ends before it starts.
        NotPermitted, BadInput: the command key is not to be had.
        StorageFault: the counter cannot be kept.
    """
    if window_us[1] <= window_us[0]:
        raise UsageFault("--to lies before --from")
    signer = role_key(store, office.authority.payload, Role.COMMAND, now_us)
    command = Command(
        node=node,
        counter=next_counter(office.folder / _COUNTERS, node, now_us),
        issued=now_us,
        expires=now_us + int(LIFE.total_seconds()) * SECOND_US,
        action="send-window",
        start_us=window_us[0],
        end_us=window_us[1],
    )
    return signed.sign("command", command, signer)
