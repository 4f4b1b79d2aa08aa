"""Names of the files in the recorder's own state that more than one module must know."""

from __future__ import annotations

FLOOR = "floor"
GUARD = "guard"
TRUSTED_DAY = "trusted-day"
KNOWN_TIME = "known-time"
CASE = "case.json"
MASK_ORDER = "mask-order.json"
SIGNED_OFF = "signed-off.json"
VISITS = "visits"
