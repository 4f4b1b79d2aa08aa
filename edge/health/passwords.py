"""How old this machine's passwords are, by the date that their rotation left (``edge.passwords``)."""

from __future__ import annotations

import re
from pathlib import Path

from edge.base.errors import BadInput
from edge.base.files import read_bounded

DATE = Path("/var/lib/mimamori/password-date")
_LIMIT_BYTES = 32
_MOMENT = re.compile(rb"[0-9]{1,16}\n")
_DAY_US = 86_400_000_000


def password_age_days(now_us: int, path: Path = DATE) -> int | None:
    """Returns whole days since the newest confirmed passwords were made; None where nobody has rotated them yet,
    or where the clock says that they are still to come."""
    try:
        data = read_bounded(path, limit_bytes=_LIMIT_BYTES)
    except BadInput:
        return None
    if not _MOMENT.fullmatch(data) or now_us < int(data):
        return None
    return (now_us - int(data)) // _DAY_US
