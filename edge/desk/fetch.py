"""Fetching a window of footage from the center into a bundle (``edge.seal.bundle`` says how one is laid out).

Nothing is opened here and nothing believed: what comes is parsed, and ``desk verify`` answers for the bundle. A fetch
that broke off is taken up again by the same command; ``records`` gets its name only when all is there.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Iterator
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

from edge.base import strictjson
from edge.base.errors import Refused, UsageFault
from edge.base.files import private_directory, read_bounded, sync_directory, write_durably
from edge.desk.center import Center
from edge.desk.download import download
from edge.desk.office import Office
from edge.desk.publish import archived
from edge.desk.selection import RECORDS_LIMIT, RUNS_LIMIT_BYTES, Selection, Stretch, Wanted, parse_runs, select
from edge.seal import bundle
from edge.seal.correction import correct
from edge.seal.manifest import MANIFEST_LIMIT_BYTES
from edge.seal.record import Header, parse_headers
from edge.wire import signed
from edge.wire.keylist import KeyList
from edge.wire.receipt import Receipt
from edge.wire.registration import Registration
from edge.wire.signed import DOCUMENT_LIMIT_BYTES

WINDOW_LIMIT_US = 3 * 86_400 * 1_000_000
"""Three days: headers and receipts of more would not fit what a bundle's reader takes at once."""
_HEADERS_A_CALL = 4096
_CALLS_FOR_A_CLOCK = 12
"""How far beyond the window the record is looked for that maps untrusted times: a day of segments."""
_MARGIN = 64
"""How far beyond the window's records a header before and after are looked for."""
_HEADER_LIMIT_BYTES = MANIFEST_LIMIT_BYTES + 256
_RECEIPTS_LIMIT_BYTES = 16 * 1024 * 1024
_PART = "records.part"
_WINDOW = "window.json"


@dataclass(frozen=True, slots=True)
class Window:
    """A node's time from ``start_us`` to ``end_us``, UTC microseconds."""

    node: str
    start_us: int
    end_us: int


@dataclass(frozen=True, slots=True)
class Fetched:
    """What a fetch brought.

    Attributes:
        records: how many whole records are in the bundle.
        missing: records whose headers are at the center and whose bodies are not.
        registered: whether the node's registration was there.
    """

    records: int
    missing: int
    bytes: int
    registered: bool


@dataclass(frozen=True, slots=True)
class Aside:
    """What a fetch knows besides, and whom it tells.

    Attributes:
        registration, receipts: documents that the other side may not have.
        seen: is told how many bytes of how many are there.
        before_end: called once all is there and before the bundle is one; what it raises leaves it unfinished.
    """

    registration: bytes | None = None
    receipts: tuple[bytes, ...] = ()
    seen: Callable[[int, int], None] = lambda _have, _all: None
    before_end: Callable[[Path, Fetched], None] = lambda _records, _fetched: None


def fetch(center: Center, office: Office, window: Window, out: Path, aside: Aside = Aside()) -> Fetched:
    """Fetches a window into the folder ``out``.

    Raises:
        UsageFault: the window is off, or ``out`` holds another window's unfinished fetch or a finished one.
        Refused: ``nothing-there``, or the center's bytes are not what they should be.
        TryAgain, NotPermitted, StorageFault: see ``Center`` and ``download``; run the same command again.
    """
    _begin(window, out)
    selections = list(_select(center, window))
    if not selections:
        raise Refused("nothing-there", f"{window.node}: {center.whom} has no record of that window")
    wanted = [record for selection in selections for record in selection.wanted]
    part, size = out / _PART, sum(record.record_bytes for record in wanted)
    count = download(
        part,
        wanted,
        lambda first, last, limit: _records(center, window.node, first, last, limit),
        lambda have: aside.seen(have, size),
    )
    write_durably(out / bundle.HEADERS, b"".join(data for selection in selections for data in selection.headers))
    write_durably(out / bundle.RECEIPTS, _lines(_receipts(center, window.node, selections, aside.receipts)))
    names = frozenset[str]().union(*(selection.key_lists for selection in selections))
    write_durably(out / bundle.KEY_LISTS, _lines(_key_lists(center, office, window.node, names)))
    write_durably(out / bundle.AUTHORITY, office.authority.data)
    registration = aside.registration or _registration(center, window.node)
    if registration is not None:
        write_durably(out / bundle.REGISTRATION, registration)
    fetched = Fetched(count, len(wanted) - count, part.stat().st_size, registration is not None)
    aside.before_end(part, fetched)
    part.replace(out / bundle.RECORDS)
    (out / _WINDOW).unlink()  # it only marks an unfinished fetch; a bundle holds nothing that proves nothing
    sync_directory(out)
    return fetched


def _begin(window: Window, out: Path) -> None:
    if not 0 < window.end_us - window.start_us <= WINDOW_LIMIT_US:
        raise UsageFault(
            "--from and --to: a window runs forward and is at most three days long; fetch longer ones in parts"
        )
    if (out / bundle.RECORDS).exists():
        raise UsageFault(f"{out}: holds a finished bundle; give another folder")
    private_directory(out)
    mark = strictjson.dump({"node": window.node, "start_us": window.start_us, "end_us": window.end_us})
    path = out / _WINDOW
    if path.exists():
        if read_bounded(path, limit_bytes=4096) != mark:
            raise UsageFault(f"{out}: holds the unfinished fetch of another window; give another folder")
    elif any(out.iterdir()):
        raise UsageFault(f"{out}: is not empty; a bundle is a folder of its own")
    else:
        write_durably(path, mark)


def _select(center: Center, window: Window) -> Iterator[Selection]:
    path = f"/v1/nodes/{window.node}/runs?from={window.start_us}&to={window.end_us}"
    stretches = parse_runs(center.get(path, limit_bytes=RUNS_LIMIT_BYTES))
    for _, group in groupby(stretches, key=lambda stretch: stretch.chain):
        selection = select(_headers(center, window.node, list(group)), (window.start_us, window.end_us))
        if selection is not None:
            yield selection


def _headers(center: Center, node: str, stretches: list[Stretch]) -> list[Header]:
    """Returns the chain's headers around its stretches, in order; what lies between them belongs to it as well."""
    chain = stretches[0].chain
    first, last = max(0, stretches[0].first - _MARGIN), stretches[-1].last + _MARGIN
    if last - first > RECORDS_LIMIT:
        raise Refused("too-long", f"chain {chain}: records {first} to {last} are too many; ask for less time")
    found: list[Header] = []
    for start in range(first, last + 1, _HEADERS_A_CALL):
        _read_on(center, node, Stretch(chain, start, min(last, start + _HEADERS_A_CALL - 1)), found)
    for start in range(last + 1, last + 1 + _CALLS_FOR_A_CLOCK * _HEADERS_A_CALL, _HEADERS_A_CALL):
        held = len(found)
        if not found or correct(found)[-1].believed:
            break
        _read_on(center, node, Stretch(chain, start, start + _HEADERS_A_CALL - 1), found)
        if len(found) == held:
            break
    return found


def _read_on(center: Center, node: str, stretch: Stretch, found: list[Header]) -> None:
    """Adds the stretch's headers to those that were found before it."""
    limit = (stretch.last - stretch.first + 1) * _HEADER_LIMIT_BYTES
    path = f"/v1/nodes/{node}/chains/{stretch.chain}/headers/{stretch.first}-{stretch.last}"
    for header in parse_headers(center.get(path, limit_bytes=limit)):
        after = max(stretch.first, found[-1].sequence + 1 if found else 0)
        _require_place(header, Stretch(stretch.chain, after, stretch.last), node, center.whom)
        found.append(header)


def _require_place(header: Header, place: Stretch, node: str, whom: str) -> None:
    manifest = header.manifest
    if (manifest.node, manifest.chain) != (node, place.chain) or not place.first <= header.sequence <= place.last:
        raise Refused("wrong-records", f"{node}: {whom} sent the header of record {header.sequence} out of place")


def _records(center: Center, node: str, first: Wanted, last: Wanted, limit: int) -> Generator[bytes, None, None]:
    path = f"/v1/nodes/{node}/chains/{first.chain}/records/{first.sequence}-{last.sequence}"
    return center.stream(path, limit_bytes=limit)


def _receipts(
    center: Center, node: str, selections: Iterable[Selection], carried: tuple[bytes, ...]
) -> Iterator[bytes]:
    """Yields receipts of the window and of a little before it, because records carry the hash of an earlier one."""
    for selection in selections:
        yield from (data for data in carried if _is_near(data, selection.stretch))
        stretch = selection.stretch
        for start in range(max(0, stretch.first - _MARGIN), stretch.last + 1, _HEADERS_A_CALL):
            end = min(stretch.last, start + _HEADERS_A_CALL - 1)
            path = f"/v1/nodes/{node}/chains/{stretch.chain}/receipts/{start}-{end}"
            for line in center.get(path, limit_bytes=_RECEIPTS_LIMIT_BYTES).split(b"\n"):
                if line:
                    yield signed.parse("receipt", Receipt, line).data


def _is_near(data: bytes, stretch: Stretch) -> bool:
    receipt = signed.parse("receipt", Receipt, data).payload
    near = receipt.first <= stretch.last and receipt.last >= stretch.first - _MARGIN
    return receipt.chain == stretch.chain and near


def _key_lists(center: Center, office: Office, node: str, names: frozenset[str]) -> Iterator[bytes]:
    """Yields the key lists that records name: those published here, and the center's newest."""
    newest = center.find(f"/v1/nodes/{node}/key-list", limit_bytes=DOCUMENT_LIMIT_BYTES)
    documents = [*archived(office, node)]
    documents += [] if newest is None else [signed.parse("key-list", KeyList, newest)]
    return (document.data for document in documents if document.sha256 in names)


def _registration(center: Center, node: str) -> bytes | None:
    data = center.find(f"/v1/nodes/{node}/registration", limit_bytes=DOCUMENT_LIMIT_BYTES)
    return None if data is None else signed.parse("registration", Registration, data).data


def _lines(documents: Iterable[bytes]) -> bytes:
    return b"".join(document + b"\n" for document in dict.fromkeys(documents))
