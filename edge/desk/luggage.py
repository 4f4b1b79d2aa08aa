"""What a desk carries to a node without a line: fetched at the office, checked by whoever it is for.

| file | what | for |
|---|---|---|
| ``registration.json`` | the node's keys, as the city signed them | the bundle, and the check on site |
| ``key-list.json``, ``mask-order.json`` | the newest ones | the node |
| ``visit-ticket.json`` | for the visit after this one, where somebody lays it there | the node |
| ``receipts.jsonl`` | the center's receipts of the last days, a document a line | the node, and the bundle |
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from edge.base.errors import UsageFault
from edge.base.files import is_free, private_directory, read_bounded, write_durably
from edge.desk.center import Center
from edge.desk.selection import RUNS_LIMIT_BYTES, parse_runs
from edge.wire import signed
from edge.wire.collection import FRAME_LIMIT_BYTES, Brought
from edge.wire.receipt import Receipt
from edge.wire.registration import Registration
from edge.wire.signed import DOCUMENT_LIMIT_BYTES

REGISTRATION, RECEIPTS = "registration.json", "receipts.jsonl"
DAYS_US = 31 * 86_400 * 1_000_000
"""No node keeps records for longer."""
RECEIPTS_AT_MOST_BYTES = 64 * 1024 * 1024
_FILE_LIMIT_BYTES = RECEIPTS_AT_MOST_BYTES
_SEQUENCES_A_CALL = 4096
_FETCHED: dict[Brought, str] = {
    Brought.KEY_LIST: "key-list.json",
    Brought.MASK_ORDER: "mask-order.json",
}
_NAMES = {**_FETCHED, Brought.VISIT_TICKET: "visit-ticket.json"}


@dataclass(frozen=True, slots=True)
class Luggage:
    """What lies in the folder; nothing of it is believed.

    Attributes:
        documents: by sort, for the node.
        receipts: each a document.
    """

    registration: bytes | None
    documents: dict[Brought, bytes]
    receipts: tuple[bytes, ...]

    def pieces(self) -> Iterator[tuple[Brought, bytes]]:
        """Yields what to hand to the node, each as large as it takes at once."""
        yield from self.documents.items()
        held = bytearray()
        for receipt in self.receipts:
            if held and len(held) + len(receipt) + 1 > FRAME_LIMIT_BYTES:
                yield Brought.RECEIPTS, bytes(held)
                held.clear()
            held += receipt + b"\n"
        if held:
            yield Brought.RECEIPTS, bytes(held)


EMPTY = Luggage(None, {}, ())


def pack(center: Center, node: str, now_us: int, out: Path) -> Luggage:
    """Fetches what there is for ``node`` into the folder ``out``.

    Raises:
        UsageFault: ``out`` is not empty.
        Refused: the center's bytes are not what they should be.
        TryAgain, NotPermitted, StorageFault: see ``Center``.
    """
    if not is_free(out):
        raise UsageFault(f"{out}: is not empty; luggage is a folder of its own")
    private_directory(out)
    resource = f"/v1/nodes/{node}"
    sorts = {**{name: sort.value for sort, name in _FETCHED.items()}, REGISTRATION: "registration"}
    found = {name: center.find(f"{resource}/{sort}", limit_bytes=DOCUMENT_LIMIT_BYTES) for name, sort in sorts.items()}
    for name, data in found.items():
        if data is not None:
            write_durably(out / name, data, mode=0o600)
    receipts = dict.fromkeys(_receipts(center, node, now_us))
    write_durably(out / RECEIPTS, b"".join(receipt + b"\n" for receipt in receipts), mode=0o600)
    return unpack(out)


def unpack(folder: Path) -> Luggage:
    """Reads the folder.

    Raises:
        BadInput: unreadable.
        Refused: the registration is none.
    """
    documents = {brought: data for brought, name in _NAMES.items() if (data := _read(folder / name)) is not None}
    registration = _read(folder / REGISTRATION)
    lines = _read(folder / RECEIPTS, _FILE_LIMIT_BYTES) or b""
    if registration is not None:
        registration = signed.parse("registration", Registration, registration).data
    return Luggage(registration, documents, tuple(line for line in lines.split(b"\n") if line))


def _receipts(center: Center, node: str, now_us: int) -> Iterator[bytes]:
    path = f"/v1/nodes/{node}/runs?from={max(0, now_us - DAYS_US)}&to={now_us}"
    total = 0
    for stretch in parse_runs(center.get(path, limit_bytes=RUNS_LIMIT_BYTES)):
        for first in range(stretch.first, stretch.last + 1, _SEQUENCES_A_CALL):
            last = min(stretch.last, first + _SEQUENCES_A_CALL - 1)
            path = f"/v1/nodes/{node}/chains/{stretch.chain}/receipts/{first}-{last}"
            for line in center.get(path, limit_bytes=_FILE_LIMIT_BYTES).split(b"\n"):
                if line:
                    total += len(line) + 1
                    if total > RECEIPTS_AT_MOST_BYTES:
                        return  # the oldest come first, which a card gives up first
                    yield signed.parse("receipt", Receipt, line).data


def _read(path: Path, limit_bytes: int = DOCUMENT_LIMIT_BYTES) -> bytes | None:
    return read_bounded(path, limit_bytes=limit_bytes) if path.exists() else None
