"""The monthly data budget: bytes sent in a local calendar month, kept over restarts."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Annotated, Literal
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, Field, ValidationError

from edge.base import strictjson
from edge.base.clock import Clock, ClockQuality, to_datetime
from edge.base.errors import BadInput, Refused
from edge.base.files import read_bounded, write_durably
from edge.base.model import Strict, matching

_log = logging.getLogger(__name__)
_UNSAVED_LIMIT_BYTES = 4 * 1024 * 1024
"""Saved at this step, so that counting does not wear the card; a crash forgets at most this much."""
_REQUEST_BYTES = 4096
"""Headers, TLS and TCP of one request, estimated."""


class _Spent(Strict):
    v: Literal[1] = 1
    month: Annotated[str, AfterValidator(matching(r"\d{4}-\d{2}", "a month as YYYY-MM", 7))]
    sent_bytes: Annotated[int, Field(ge=0, lt=2**53)]


class Budget:
    """What was sent this month.

    An untrusted clock begins no new month, and a month that lies before the kept one does not count as new.
    """

    def __init__(self, path: Path, limit_bytes: int | None, zone: ZoneInfo, clock: Clock) -> None:
        self._path, self._limit, self._zone, self._clock = path, limit_bytes, zone, clock
        self._spent = self._read()
        self._unsaved = 0

    @property
    def sent_bytes(self) -> int:
        """Bytes sent this month."""
        return self._spent.sent_bytes

    def spent(self) -> bool:
        """Tells whether the budget is used up."""
        self._turn_month()
        return self._limit is not None and self._spent.sent_bytes >= self._limit

    def add(self, size: int) -> None:
        """Counts one request of ``size`` bytes.

        Raises:
            StorageFault: the count cannot be kept.
        """
        if self._limit is None:
            return
        self._turn_month()
        size += _REQUEST_BYTES
        self._spent = _Spent(month=self._spent.month, sent_bytes=self._spent.sent_bytes + size)
        self._unsaved += size
        if self._unsaved >= _UNSAVED_LIMIT_BYTES:
            self.save()

    def save(self) -> None:
        """Makes the count durable."""
        if self._limit is not None and self._unsaved:
            write_durably(self._path, strictjson.dump(self._spent.model_dump(mode="json")))
            self._unsaved = 0

    def _turn_month(self) -> None:
        month = self._month()
        if month > self._spent.month and self._clock.quality() is not ClockQuality.UNTRUSTED:
            self._spent = _Spent(month=month, sent_bytes=0)

    def _month(self) -> str:
        return to_datetime(self._clock.now_us()).astimezone(self._zone).strftime("%Y-%m")

    def _read(self) -> _Spent:
        if self._path.exists():
            try:
                return _Spent.model_validate(
                    strictjson.parse(read_bounded(self._path, limit_bytes=4096), limit_bytes=4096)
                )
            except (BadInput, Refused, ValidationError) as error:
                _log.error("%s: damaged (%s); this month's count begins anew", self._path, error)
        return _Spent(month=self._month(), sent_bytes=0)
