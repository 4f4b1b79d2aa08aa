"""The manager's part: opening the outer layer of named records (R-TOTTORI-01). No picture is seen here.

The folder it writes goes to the operator: ``<chain>-<sequence>.age`` is a record's inner layer, sealed to the operator;
``index.json`` names them and is written last.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field

from edge.base.errors import BadInput, NotPermitted, Refused
from edge.base.files import is_free, private_directory, read_bounded, write_durably
from edge.base.model import Hex16, Hex32, NodeId, Strict, read_json, to_json
from edge.desk.custodian import Custodian
from edge.desk.daykeys import DayKeys
from edge.desk.recordfile import segments_of
from edge.seal.manifest import ENVELOPE_LIMIT_BYTES, Sequence
from edge.seal.sealing import open_layer, require_own_stanzas

INDEX = "index.json"
LAYER_LIMIT_BYTES = ENVELOPE_LIMIT_BYTES + 65536
_INDEX_LIMIT_BYTES = 64 * 1024 * 1024


class Peeled(Strict):
    """One peeled record: which, and the SHA-256 of its inner layer."""

    chain: Hex16
    sequence: Sequence
    record_sha256: Hex32
    inner_sha256: Hex32

    @property
    def name(self) -> str:
        """File name of the inner layer."""
        return f"{self.chain}-{self.sequence}.age"


class PeeledIndex(Strict):
    """What the manager hands over.

    Attributes:
        manager: public signing key of the custodian who peeled.
    """

    v: Literal[1] = 1
    node: NodeId
    manager: Hex32
    records: Annotated[tuple[Peeled, ...], Field(strict=False)]


@dataclass(frozen=True, slots=True)
class Choice:
    """Which records of a bundle to peel: sequences, both ends included."""

    first: int = 0
    last: int = 2**53


def peel(manager: Custodian, folder: Path, out: Path, choice: Choice) -> PeeledIndex:
    """Opens the outer layer of the chosen segments of the bundle in ``folder`` and writes the inner ones to ``out``.

    Raises:
        NotPermitted: not the manager's store, or it lacks or has destroyed the key.
        Refused: a record does not hold, ``not-sealed-twice``, or ``nothing-there``.
        BadInput: no bundle, or ``out`` is not empty.
        StorageFault: the disk refused.
    """
    manager.require_role("manager", "peeling")
    require_empty(out)
    keys, peeled, node = DayKeys(manager), list[Peeled](), ""
    for record, segment in segments_of(folder):
        manifest = record.header.manifest
        if not choice.first <= manifest.sequence <= choice.last:
            continue
        node = manifest.node
        inner = open_layer(record.body, keys.opening(node, segment.period, segment.manager))
        _require_sealed(inner, manifest.sequence)
        entry = Peeled(
            chain=manifest.chain,
            sequence=manifest.sequence,
            record_sha256=record.header.sha256,
            inner_sha256=hashlib.sha256(inner).hexdigest(),
        )
        write_durably(private_directory(out) / entry.name, inner, mode=0o600)
        peeled.append(entry)
    if not peeled:
        raise Refused("nothing-there", f"{folder}: no segment among the records that were named")
    index = PeeledIndex(node=node, manager=manager.card.public_key, records=tuple(peeled))
    write_durably(out / INDEX, to_json(index), mode=0o600)
    return index


def read_index(folder: Path) -> PeeledIndex:
    """Reads what the manager handed over.

    Raises:
        BadInput: no peeled records there, or the index is damaged.
    """
    path = folder / INDEX
    try:
        return read_json(PeeledIndex, path, limit_bytes=_INDEX_LIMIT_BYTES)
    except Refused as error:
        raise BadInput(f"{error}; this is no index of peeled records") from error


def read_inner(folder: Path, entry: Peeled) -> bytes:
    """Returns one inner layer.

    Raises:
        BadInput: missing or altered.
    """
    path = folder / entry.name
    inner = read_bounded(path, limit_bytes=LAYER_LIMIT_BYTES)
    if hashlib.sha256(inner).hexdigest() != entry.inner_sha256:
        raise BadInput(f"{path}: not what the manager peeled (its SHA-256 differs); have it handed over again")
    return inner


def require_empty(folder: Path) -> None:
    """Checks that an output folder is new or empty.

    Raises:
        NotPermitted: it holds something.
    """
    if not is_free(folder):
        raise NotPermitted(f"{folder}: is not empty; give a folder of its own")


def _require_sealed(inner: bytes, sequence: int) -> None:
    """The manager must never get a picture: what lies inside has to be sealed again."""
    try:
        require_own_stanzas(inner)
    except Refused as error:
        raise Refused(
            "not-sealed-twice",
            f"record {sequence}: what lies inside is not sealed to the operator; nothing was written",
        ) from error
