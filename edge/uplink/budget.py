"""The monthly data budget: bytes sent in a local calendar month, kept over restarts, and what they come to."""

from __future__ import annotations

import logging
from datetime import datetime
from pathlib import Path
from typing import Annotated, Literal
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, Field

from edge.base.clock import Clock, ClockQuality, to_datetime
from edge.base.errors import BadInput, Refused
from edge.base.files import write_durably
from edge.base.model import Strict, matching, read_json, to_json

_log = logging.getLogger(__name__)
_UNSAVED_LIMIT_BYTES = 4 * 1024 * 1024
"""Saved at this step, so that counting does not wear the card; a crash forgets at most this much."""
_REQUEST_BYTES = 4096
"""Headers, TLS and TCP of one request, estimated."""
_DAY_S = 86_400
_MONTH_S = 31 * _DAY_S


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

    def allowed_bps(self, horizon_s: int) -> int | None:
        """Returns what may be sent on average from now on for ``horizon_s``; None for as much as one likes."""
        if self._limit is None:
            return None
        self._turn_month()
        _, left_s = self._month_s()
        later = self._limit * max(0.0, horizon_s - left_s) / _MONTH_S
        now = max(0, self._limit - self._spent.sent_bytes) * min(1.0, horizon_s / max(left_s, 1.0))
        return int((now + later) * 8 / horizon_s)

    def forecast_bytes(self, recorded_bps: int | None, waiting_bytes: int, line_bps: int | None) -> int:
        """Returns what will have been sent by the month's end if nothing is held back.

        Args:
            recorded_bps: what comes anew and is sent; None where only some is asked for: then as much as before.
            waiting_bytes: the backlog.
            line_bps: the most that the line carries.
        """
        self._turn_month()
        past_s, left_s = self._month_s()
        if recorded_bps is None:
            coming = self._spent.sent_bytes * left_s / max(past_s, _DAY_S)
        else:
            coming = waiting_bytes + recorded_bps * left_s / 8
        most = coming if line_bps is None else line_bps * left_s / 8
        return self._spent.sent_bytes + int(min(coming, most))

    def add(self, size: int, overhead_bytes: int = _REQUEST_BYTES) -> None:
        """Counts ``size`` bytes sent in one request.

        Raises:
            StorageFault: the count cannot be kept.
        """
        if self._limit is None:
            return
        self._turn_month()
        size += overhead_bytes
        self._spent = _Spent(month=self._spent.month, sent_bytes=self._spent.sent_bytes + size)
        self._unsaved += size
        if self._unsaved >= _UNSAVED_LIMIT_BYTES:
            self.save()

    def save(self) -> None:
        """Makes the count durable."""
        if self._limit is not None and self._unsaved:
            write_durably(self._path, to_json(self._spent))
            self._unsaved = 0

    def _turn_month(self) -> None:
        month = self._month()
        if month > self._spent.month and self._clock.quality() is not ClockQuality.UNTRUSTED:
            self._spent = _Spent(month=month, sent_bytes=0)

    def _month_s(self) -> tuple[float, float]:
        """Returns how much of the local month that now lies in is past and how much is left, seconds."""
        now = to_datetime(self._clock.now_us()).astimezone(self._zone)
        begin = datetime(now.year, now.month, 1, tzinfo=self._zone)
        end = datetime(now.year + now.month // 12, now.month % 12 + 1, 1, tzinfo=self._zone)
        return now.timestamp() - begin.timestamp(), end.timestamp() - now.timestamp()

    def _month(self) -> str:
        return to_datetime(self._clock.now_us()).astimezone(self._zone).strftime("%Y-%m")

    def _read(self) -> _Spent:
        if self._path.exists():
            try:
                return read_json(_Spent, self._path, limit_bytes=4096)
            except (BadInput, Refused) as error:
                _log.error("%s; the file counts as damaged, and this month's count begins anew", error)
        return _Spent(month=self._month(), sent_bytes=0)
