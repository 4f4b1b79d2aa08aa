"""One upload, checked by itself.

Rules:
  1. Every record parses, is signed by the node's key, and names this node, this chain and its place in the range.
  2. Sequences run on without a hole, and ``previous`` names the record before. BOOT alone may name an earlier one:
     what lay between was signed but never synced.
  3. All segments are of one local day.
  4. Bodies and padding hold; they are checked last, spread over threads, since they are nearly all of the bytes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from edge.base.clock import to_datetime
from edge.base.errors import Refused
from edge.seal.manifest import Kind, Segment
from edge.seal.record import Buffer, Header, parse_header, require_content
from edge.wire.receipt import BATCH_LIMIT

Spread = Callable[[Callable[[Header, int], None], Sequence[Header], Sequence[int]], Iterable[None]]
"""``map``, or an executor's, which works on several records at once."""


@dataclass(frozen=True, slots=True)
class Address:
    """Where a batch says that it belongs: records ``first`` to ``last``, inclusive."""

    node: str
    chain: str
    first: int
    last: int

    def __post_init__(self) -> None:
        if not 0 <= self.first <= self.last < 2**53:
            raise Refused("bad-range", f"range {self.first}-{self.last} does not run forward within 0 to 2**53")

    @property
    def count(self) -> int:
        """How many records the range has."""
        return self.last - self.first + 1


@dataclass(frozen=True, slots=True)
class Batch:
    """A checked upload.

    Attributes:
        headers: in the order of their sequences.
        data: the records' bytes, as they came.
        day: the local day with which the batch expires: the last one that any of its keys is for.
    """

    address: Address
    headers: tuple[Header, ...]
    data: Buffer
    day: str

    @property
    def hashes(self) -> tuple[str, ...]:
        """Record hashes, in order."""
        return tuple(header.sha256 for header in self.headers)


def check_batch(address: Address, data: Buffer, signing_key: bytes, zone: ZoneInfo, spread: Spread = map) -> Batch:
    """Parses and checks hostile bytes.

    Args:
        zone: the city's, for the day of records without a body.

    Raises:
        Refused: the parser's failures, ``too-long``, ``foreign-key``, ``bad-signature``, ``wrong-node``,
            ``wrong-chain``, ``wrong-range``, ``broken-link`` or ``several-days``.
    """
    if address.count > BATCH_LIMIT:
        raise Refused("too-long", f"{address.count} records in one batch; at most {BATCH_LIMIT} are allowed")
    headers: list[Header] = []
    offsets = [0]
    while offsets[-1] < len(data):
        header = parse_header(data, offsets[-1])
        _check_place(address, address.first + len(headers), header)
        header.require_signature(signing_key)
        if headers:
            _check_link(headers[-1], header)
        headers.append(header)
        offsets.append(offsets[-1] + header.record_bytes)
    if len(headers) != address.count:
        raise Refused("wrong-range", f"{len(headers)} records came for the range {address.first}-{address.last}")
    batch = Batch(address, tuple(headers), data, _day(headers, zone))
    for _ in spread(lambda header, offset: require_content(header, data, offset), headers, offsets[:-1]):
        pass
    return batch


def local_day(moment_us: int, zone: ZoneInfo) -> str:
    """Returns the local day of a UTC time in microseconds."""
    return to_datetime(moment_us).astimezone(zone).date().isoformat()


def _check_place(address: Address, sequence: int, header: Header) -> None:
    manifest = header.manifest
    if manifest.node != address.node:
        raise Refused("wrong-node", f"record {manifest.sequence} is of node {manifest.node!r}, not {address.node!r}")
    if manifest.chain != address.chain:
        raise Refused("wrong-chain", f"record {manifest.sequence} is of chain {manifest.chain}, not {address.chain}")
    if manifest.sequence != sequence or sequence > address.last:
        raise Refused("wrong-range", f"record {manifest.sequence} stands where {sequence} of {address.last} belongs")


def _check_link(before: Header, header: Header) -> None:
    if header.kind is not Kind.BOOT and header.manifest.previous != before.sha256:
        raise Refused("broken-link", f"record {header.sequence} does not name the record before it")


def _day(headers: Sequence[Header], zone: ZoneInfo) -> str:
    segments = [segment for header in headers if (segment := header.manifest.segment) is not None]
    if not segments:
        return local_day(headers[0].manifest.start_us, zone)
    days = sorted({segment.day for segment in segments})
    if len(days) > 1:
        raise Refused(
            "several-days", f"segments of {days[0]} and {days[-1]} in one batch; send one local day at a time"
        )
    return max(_last_day(segment) for segment in segments)


def _last_day(segment: Segment) -> str:
    """The last day of the key's period; a spare's week ends on Sunday."""
    if "W" not in segment.period:
        return segment.period
    try:
        monday = datetime.strptime(f"{segment.period}-1", "%G-W%V-%u").date()  # noqa: DTZ007 - a date, no time
        return (monday + timedelta(days=6)).isoformat()
    except OverflowError as error:
        raise Refused("bad-manifest", f"week {segment.period} runs beyond the calendar") from error
