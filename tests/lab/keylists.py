"""A key list that both custodians signed, without the files that they would hand each other."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from edge.desk.custodian import Custodian
from edge.desk.daykeys import issue_halves
from edge.desk.keylists import Merge, merge, sign_list
from edge.desk.periods import local_day, periods_from
from edge.wire.keylist import KeyList
from edge.wire.signed import Signed


def first_key_list(
    manager: Custodian, operator: Custodian, node: str, now_us: int, zone: ZoneInfo, days: int
) -> Signed[KeyList]:
    """Returns a node's first list, of ``days`` days from today."""
    periods = periods_from(local_day(now_us, zone), days)
    parts = Merge(
        manager=issue_halves(manager, node, periods, now_us),
        operator=issue_halves(operator, node, periods, now_us),
        previous=None,
    )
    return sign_list(operator, sign_list(manager, merge(parts, now_us, zone)))
