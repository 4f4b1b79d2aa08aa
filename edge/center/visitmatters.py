"""What visits, and visits that did not come, mean for staff: pure decisions over what the index tells."""

from __future__ import annotations

from collections.abc import Sequence

from edge.base.clock import SECOND_US
from edge.center.visitlog import PastVisit, Seen
from edge.center.words import Words
from edge.wire.visit import Scope

DAY_US = 86_400 * SECOND_US
TOLD_US = DAY_US
"""Wrong codes are told for a day."""

CODES_REFUSED, INSPECTION = "codes-refused", "inspection"
DECOMMISSION_ASKED, DECOMMISSION_VISITED = "decommission-asked", "decommission-visited"
MATTERS = {
    DECOMMISSION_ASKED: Words("撤去の依頼（筐体のボタン）", "Decommissioning asked for at the case"),
    DECOMMISSION_VISITED: Words("撤去の訪問あり・まだ撤去済みでない", "Decommissioning visit, still in service"),
    CODES_REFUSED: Words("訪問コードの誤りが続きました", "Wrong visit codes at the camera"),
    INSPECTION: Words("点検の時期です", "Inspection is due"),
}
STEPS = {
    DECOMMISSION_ASKED: Words(
        "設置先か作業員に電話し、撤去の依頼か確かめてください。"
        "撤去するなら「撤去」の訪問票を発行し、違うなら mimamori center settle で閉じます。",
        "Call the host or the installer. If it is meant, make a ticket of scope decommission; else close it with"
        " 'mimamori center settle'.",
    ),
    DECOMMISSION_VISITED: Words(
        "鍵と記録が消去されたか確かめ、mimamori center revoke で撤去済みにしてください。"
        "使い続けるなら点検の訪問を手配します。",
        "Make sure that keys and records were destroyed, then 'mimamori center revoke'. If it stays in use, arrange an"
        " inspection.",
    ),
    CODES_REFUSED: Words(
        "作業員を向かわせていたなら、作業指示書のコードを確認してください。そうでなければ設置先に電話し、訪問票を出し直してください。",
        "If an installer was sent, check the code on the work order. If nobody was, call the host and make another"
        " ticket.",
    ),
    INSPECTION: Words(
        "「点検」の訪問票を発行し、画像の向き、表示板、筐体を確認する訪問を手配してください。",
        "Make a ticket of scope inspect and arrange a visit: aim, notice plate, case.",
    ),
}


def visit_kinds(visits: Sequence[PastVisit], due_us: int | None, asked_us: int | None, now_us: int) -> list[str]:
    """Returns what staff should see to, by its name in ``MATTERS``.

    Args:
        visits: newest first.
        due_us: when the next inspection is due.
        asked_us: when the center heard that decommissioning was asked for; None where nobody waits for an answer.
    """
    kinds = []
    visited_us = _decommission_visited_us(visits)
    if asked_us is not None and (visited_us is None or visited_us < asked_us):
        kinds.append(DECOMMISSION_ASKED)
    if visited_us is not None:
        kinds.append(DECOMMISSION_VISITED)
    if any(visit.refused and now_us - (visit.ended_us or visit.began_us) < TOLD_US for visit in visits):
        kinds.append(CODES_REFUSED)
    if due_us is not None and now_us >= due_us:
        kinds.append(INSPECTION)
    return kinds


def _decommission_visited_us(visits: Sequence[PastVisit]) -> int | None:
    """Returns when the last visit that opened began, where it was for decommissioning."""
    last = next((visit for visit in visits if visit.opened), None)
    return last.began_us if last is not None and last.scope is Scope.DECOMMISSION else None


def inspection_due_us(seen: Seen, enrolled_us: int | None, every_days: int) -> int | None:
    """Returns when the next inspection is due; None for a node that nobody ever saw.

    It counts from the last inspection, from a sign-off, in which the installer looked at everything too, or from the
    enrolment.
    """
    moments = [at_us for at_us in (seen.inspected_us, seen.signed_off_us, enrolled_us) if at_us is not None]
    return max(moments) + every_days * DAY_US if moments else None
