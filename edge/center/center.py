"""What every route works with: the opened center, without any state of its own in memory."""

from __future__ import annotations

import os
from concurrent.futures import Executor, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from zoneinfo import ZoneInfo

from edge.base.clock import Clock, SimulatedClock, SystemClock
from edge.base.errors import BadConfiguration, BadInput, Refused
from edge.base.files import read_bounded
from edge.center.config import CenterConfig
from edge.center.database import Database
from edge.center.store import LocalStore, RecordStore
from edge.wire.authority import Authority, Role, parse_authority
from edge.wire.certificates import Issuer, load_certificate, load_key
from edge.wire.keys import SigningKey
from edge.wire.signed import DOCUMENT_LIMIT_BYTES, Signed


@dataclass(frozen=True, slots=True)
class Center:
    """The center's keys, store, index and clocks.

    Attributes:
        clock: time of receipts and records; a demonstration's may be simulated.
        tls_clock: time of certificates: always the machine's, since nginx and mosquitto check them by no other.
        city_ca: PEM that clients trust, handed out with a certificate.
        hashers: threads that check the bodies of a batch, one a core.
    """

    config: CenterConfig
    authority: Signed[Authority]
    receipt_key: SigningKey
    issuer: Issuer
    city_ca: bytes
    database: Database
    store: RecordStore
    zone: ZoneInfo
    clock: Clock
    tls_clock: Clock
    hashers: Executor

    def close(self) -> None:
        """Ends the threads and lets go of the index."""
        self.hashers.shutdown()
        self.database.close()


def open_center(config: CenterConfig) -> Center:
    """Reads keys and documents and opens store and index.

    Raises:
        BadConfiguration: something does not fit; the message says what to change.
    """
    authority = _read_authority(config)
    receipt_key = SigningKey.load(config.receipt_key)
    clock = _clock(config)
    if receipt_key.public_key not in set(authority.payload.holders(Role.RECEIPT, clock.now_us())):
        raise BadConfiguration(f"{config.receipt_key}: not a receipt key of {config.authority} at this time")
    issuer = Issuer(load_key(config.issuing_key), load_certificate(config.issuing_certificate))
    return Center(
        config=config,
        authority=authority,
        receipt_key=receipt_key,
        issuer=issuer,
        city_ca=_read(config.city_ca),
        database=Database(config.index),
        store=LocalStore(config.store),
        zone=ZoneInfo(config.timezone),
        clock=clock,
        tls_clock=SystemClock(),
        hashers=ThreadPoolExecutor(os.cpu_count(), thread_name_prefix="hasher"),
    )


def _read_authority(config: CenterConfig) -> Signed[Authority]:
    try:
        root = bytes.fromhex(_read(config.root).decode("ascii").strip())
        return parse_authority(_read(config.authority), root, demo=config.demo)
    except ValueError as error:
        raise BadConfiguration(f"{config.root}: not a public key of 64 hex digits") from error
    except Refused as error:
        raise BadConfiguration(f"{config.authority}: {error}") from error


def _read(path: Path) -> bytes:
    try:
        return read_bounded(path, limit_bytes=DOCUMENT_LIMIT_BYTES)
    except BadInput as error:
        raise BadConfiguration(str(error)) from error


def _clock(config: CenterConfig) -> Clock:
    if config.clock == "system":
        return SystemClock()
    if not config.demo:
        raise BadConfiguration("clock: simulated clocks are for demonstrations (demo = true) only")
    try:
        return SimulatedClock(Path(config.clock.removeprefix("simulated:")))
    except BadInput as error:
        raise BadConfiguration(f"clock: {error}") from error
