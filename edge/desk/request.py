"""Asking a node for a window of footage: a numbered, signed, short-lived command."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from edge.base import strictjson
from edge.base.clock import SECOND_US
from edge.base.errors import BadInput, Refused, UsageFault
from edge.base.files import read_bounded, write_durably
from edge.desk.keystore import KeyStore, exclusive
from edge.desk.office import Office, role_key
from edge.wire import signed
from edge.wire.authority import Role
from edge.wire.command import Command
from edge.wire.signed import Signed

LIFE = timedelta(days=7)
"""A node that is off for some days still gets the command."""
_COUNTERS = "commands.json"
_LIMIT_BYTES = 1024 * 1024


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
        counter=_next_counter(office.folder, node, now_us),
        issued=now_us,
        expires=now_us + int(LIFE.total_seconds()) * SECOND_US,
        action="send-window",
        start_us=window_us[0],
        end_us=window_us[1],
    )
    return signed.sign("command", command, signer)


def _next_counter(folder: Path, node: str, now_us: int) -> int:
    """Counts on durably before the command exists; at least the time, so that a desk made anew still counts upwards."""
    path = folder / _COUNTERS
    with exclusive(folder):
        counters = _counters(path)
        counters[node] = max(counters.get(node, 0) + 1, now_us)
        write_durably(path, strictjson.dump(counters), mode=0o600)
    return counters[node]


def _counters(path: Path) -> dict[str, int]:
    if not path.exists():
        return {}
    try:
        tree = strictjson.parse(read_bounded(path, limit_bytes=_LIMIT_BYTES), limit_bytes=_LIMIT_BYTES)
    except Refused as error:
        raise BadInput(f"{path}: damaged: {error}") from error
    if not isinstance(tree, dict) or not all(type(value) is int for value in tree.values()):
        raise BadInput(f"{path}: damaged: not a table of counters")
    return tree
