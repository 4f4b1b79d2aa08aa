"""The center's own receiver, index and store in a folder, answering without nginx, threads or an event loop."""

from __future__ import annotations

import base64
import hashlib
import shutil
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Executor
from pathlib import Path
from typing import Any, TypeVar

from starlette.requests import Request as HttpRequest

from edge.base.clock import Clock
from edge.base.errors import MimamoriError, Refused
from edge.center import nodes, runs
from edge.center.alarm import clear_alarm, open_alarms
from edge.center.batch import Address
from edge.center.center import Center
from edge.center.config import CenterConfig
from edge.center.database import Database
from edge.center.expiry import expire
from edge.center.failures import answer_failure
from edge.center.intake import take_batch
from edge.center.store import LocalStore
from edge.seal.record import Buffer, Header, make_record, parse_headers, parse_records
from edge.uplink.server import Answer
from edge.wire.authority import Role
from edge.wire.certificates import Issuer, make_ca, new_tls_key
from tests.simulation.city import AUTHORITY_DOCUMENT, NODE, REGISTRATION, ROLES, SIGNER, ZONE

Item = TypeVar("Item")
_EVERYTHING = 2**53 - 1


class Died(Exception):
    """The center's process is gone, in the middle of a request."""


class InOrder(Executor):
    """Does the work at once, in the caller's thread: one history has one order."""

    def map(self, fn: Callable[..., Item], *iterables: Iterable[Any], **_: Any) -> Iterator[Item]:
        return map(fn, *iterables)


class MortalStore(LocalStore):
    """A store whose process may die once bytes are synced and before the index knows of them."""

    dies = False

    def append(self, node: str, day: str, known_end: int, pieces: Sequence[Buffer]) -> None:
        super().append(node, day, known_end, pieces)
        if self.dies:
            self.dies = False
            raise Died


class SimulatedCenter:
    """One node's center.

    Args:
        template: an index with its tables, to begin from.
        clock: the city's time.
    """

    def __init__(self, folder: Path, template: Path, clock: Clock, retention_days: int) -> None:
        folder.mkdir()
        index = folder / "index.db"
        shutil.copyfile(template, index)
        self.store = MortalStore(folder / "store")
        self.center = Center(
            config=_config(folder, retention_days),
            authority=AUTHORITY_DOCUMENT,
            receipt_key=ROLES[Role.RECEIPT],
            issuer=_ISSUER,
            city_ca=b"",
            database=Database(f"sqlite:///{index}"),
            store=self.store,
            zone=ZONE,
            clock=clock,
            tls_clock=clock,
            hashers=InOrder(),
        )
        with self.center.database.write() as connection:
            nodes.register(connection, REGISTRATION)

    def put(self, address: Address, digest: str | None, body: bytes) -> Answer:
        """Answers an upload as the center's routes do.

        Raises:
            Died: no answer comes.
        """
        try:
            return Answer(200, take_batch(self.center, address, digest, body))
        except MimamoriError as error:
            return _failed(error)

    def expire(self, now_us: int) -> int:
        """The nightly look."""
        return expire(self.center, now_us)

    def take_twin(self, chains: Iterable[str]) -> None:
        """Takes another record for the place of the newest one that is stored, signed with the node's stolen key.

        Raises:
            AssertionError: it was not refused as a fork.
        """
        found = [header for header, whole in self.stored(chains) if whole and header.body_bytes == 0]
        if not found:
            return
        header = max(found, key=lambda header: header.manifest.end_us)
        manifest = header.manifest.model_copy(update={"boot": "77" * 16})
        data = make_record(header.kind, manifest, b"", SIGNER).header.data
        data = data.ljust(header.record_bytes, b"\0")
        address = Address(NODE, manifest.chain, header.sequence, header.sequence)
        answer = self.put(address, _digest(data), data)
        assert answer.status == 409, f"a second record for {header.sequence} was answered with {answer.status}"

    def settle(self, now_us: int) -> None:
        """A person found out why, and ends the node's alarms: ``center settle``."""
        with self.center.database.write() as connection:
            for alarm in open_alarms(connection):
                clear_alarm(connection, alarm.node, alarm.kind, alarm.subject, now_us)

    def stored(self, chains: Iterable[str]) -> Iterator[tuple[Header, bool]]:
        """Yields the header of everything that is stored, and whether its body is there, straight from the files.

        Raises:
            Refused, StorageFault: what the index names is not in the files.
        """
        for chain in sorted(chains):
            with self.center.database.read() as connection:
                found = runs.find_runs(connection, Address(NODE, chain, 0, _EVERYTHING))
            for run in found:
                sizes = [entry.header_bytes if run.expired else entry.record_bytes for entry in run.entries]
                data = self.store.read(NODE, run.day, run.offset, sum(sizes), headers=run.expired)
                if run.expired:
                    yield from ((header, False) for header in parse_headers(data))
                else:
                    yield from ((record.header, True) for record in parse_records(data))

    def receipts(self, chains: Iterable[str]) -> list[bytes]:
        """Returns every receipt that was given."""
        with self.center.database.read() as connection:
            return [
                document
                for chain in sorted(chains)
                for document in runs.find_receipts(connection, Address(NODE, chain, 0, _EVERYTHING))
            ]

    def close(self) -> None:
        self.center.close()


def make_template(path: Path) -> Path:
    """Makes an empty index."""
    database = Database(f"sqlite:///{path}")
    with database.write():
        pass
    database.close()
    return path


def _digest(data: bytes) -> str:
    return f"sha-256=:{base64.b64encode(hashlib.sha256(data).digest()).decode()}:"


def _failed(error: MimamoriError) -> Answer:
    request = HttpRequest({"type": "http"})
    answering = answer_failure(request, error)
    try:
        answering.send(None)
    except StopIteration as done:
        response = done.value
        later = response.headers.get("Retry-After")
        return Answer(response.status_code, bytes(response.body), retry_after_s=float(later) if later else None)
    raise Refused("bad-answer", "the center's handler waits for something")


def _config(folder: Path, retention_days: int) -> CenterConfig:
    nothing = folder / "nothing"
    return CenterConfig(
        city="simulated",
        authority=nothing,
        root=nothing,
        receipt_key=nothing,
        issuing_certificate=nothing,
        issuing_key=nothing,
        city_ca=nothing,
        store=folder / "store",
        index="sqlite:///index.db",
        listen="unix:center.sock",
        retention_days=max(2, retention_days),
    )


_CA_KEY = new_tls_key()
_ISSUER = Issuer(_CA_KEY, make_ca(_CA_KEY, "simulated", 0))
