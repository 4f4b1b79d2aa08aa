"""The operator's part: opening the inner layer of what the manager peeled, and tying each picture to its record.

A picture counts only if the opened envelope has the hash that the signed manifest names, and carries its chain and
sequence. ``segments/`` then holds each segment as the recorder wrote it, to the byte.
"""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass
from pathlib import Path

from edge.base.errors import NotPermitted, Refused
from edge.base.files import private_directory, write_durably
from edge.desk.custodian import Custodian
from edge.desk.daykeys import DayKeys
from edge.desk.peel import Peeled, PeeledIndex, read_index, read_inner, require_empty
from edge.desk.recordfile import segments_of
from edge.seal.envelope import parse_envelope
from edge.seal.manifest import Segment
from edge.seal.record import Header
from edge.seal.sealing import open_layer

SEGMENTS = "segments"


@dataclass(frozen=True, slots=True)
class OpenedSegment:
    """One opened segment.

    Attributes:
        start_us, end_us: UTC microseconds as the manifest says.
        plain_sha256: of the MP4, hex.
    """

    chain: str
    sequence: int
    start_us: int
    end_us: int
    plain_sha256: str
    path: Path


def open_segments(operator: Custodian, folder: Path, peeled: Path, out: Path) -> list[OpenedSegment]:
    """Opens every peeled record of the bundle in ``folder`` into ``out``/segments, in the bundle's order.

    Raises:
        NotPermitted: not the operator's store, the key is missing or destroyed, or one person peeled and opens.
        Refused: ``wrong-envelope``, ``foreign-record``, or a record that does not hold.
        BadInput: no bundle, no peeled records, or they were altered.
        StorageFault: the disk refused.
    """
    operator.require_role("operator", "opening")
    require_empty(out)
    index = read_index(peeled)
    if index.manager == operator.card.public_key:
        raise NotPermitted("the same custodian peeled and opens; two persons are needed (R-TOTTORI-01)")
    waiting = {(entry.chain, entry.sequence): entry for entry in index.records}
    place = private_directory(private_directory(out) / SEGMENTS)
    keys, opened = DayKeys(operator), list[OpenedSegment]()
    for record, segment in segments_of(folder):
        entry = waiting.pop((record.header.manifest.chain, record.header.sequence), None)
        if entry is None:
            continue
        mp4 = _open(keys, record.header, segment, entry, read_inner(peeled, entry))
        path = place / _file_name(entry, index)
        write_durably(path, mp4, mode=0o600)
        opened.append(_opened(record.header, path, mp4))
    if waiting:
        left = min(sequence for _, sequence in waiting)
        raise Refused(
            "foreign-record", f"{peeled}: record {left} is not in the bundle {folder}; give the one it came from"
        )
    return opened


def _open(keys: DayKeys, header: Header, segment: Segment, entry: Peeled, inner: bytes) -> bytes:
    sequence, manifest = header.sequence, header.manifest
    if entry.record_sha256 != header.sha256:
        raise Refused("foreign-record", f"record {sequence}: the manager peeled another record of that number")
    plain = open_layer(inner, keys.opening(manifest.node, segment.period, segment.operator))
    if not hmac.compare_digest(hashlib.sha256(plain).hexdigest(), segment.envelope_sha256):
        raise Refused("wrong-envelope", f"record {sequence}: what was opened is not what its signed manifest names")
    return parse_envelope(plain, manifest.chain, sequence).mp4


def _opened(header: Header, path: Path, mp4: bytes) -> OpenedSegment:
    return OpenedSegment(
        chain=header.manifest.chain,
        sequence=header.sequence,
        start_us=header.manifest.start_us,
        end_us=header.manifest.end_us,
        plain_sha256=hashlib.sha256(mp4).hexdigest(),
        path=path,
    )


def _file_name(entry: Peeled, index: PeeledIndex) -> str:
    """Returns ``<sequence>.mp4``, with the chain before it where there are several."""
    several = len({record.chain for record in index.records}) > 1
    return f"{entry.chain}-{entry.sequence}.mp4" if several else f"{entry.sequence}.mp4"
