"""What staff should do about a node: a pure list, the most urgent first."""

from __future__ import annotations

from dataclasses import dataclass
from zoneinfo import ZoneInfo

from edge.base.clock import ClockQuality
from edge.center.card import card_kinds
from edge.center.gather import NodeReport
from edge.center.line import STEPS, line_matters
from edge.center.state import State
from edge.center.visitmatters import DECOMMISSION_ASKED, MATTERS, visit_kinds
from edge.center.visitmatters import STEPS as VISIT_STEPS
from edge.center.words import ALARM, NEXT_STEP, PANEL, STATE, Words

SOON_US = 14 * 86_400_000_000
PASSWORD_DAYS = 120
"""Passwords older than this are to be rotated (R-ASAHIKAWA-02 asks for it regularly)."""
_URGENT = {"false-proof", "card-failed", "card-read-only", "tampered"}


@dataclass(frozen=True, slots=True)
class Advice:
    """One thing to see to.

    Attributes:
        urgent: footage is or may be missing, or somebody is at the camera; else it can wait for office hours.
    """

    node: str
    urgent: bool
    matter: Words
    step: Words


_STEPS = {
    "false-proof": Words(
        "端末の通信証明書が悪用された疑いがあります。管理責任者に連絡してください。",
        "Its line may be misused by somebody else. Call the manager.",
    ),
    "certificate": Words(
        "端末が自動更新できていません。回線と端末の記録を確認してください。",
        "The node could not renew by itself. Check its line and log.",
    ),
    "key-list": Words(
        "管理責任者と操作者で新しい鍵リストを発行してください。",
        "Manager and operator: issue the next key list.",
    ),
    "password": Words(
        "パスワードの一斉変更（rotate）を実行してください。届かない端末は現地で行います。",
        "Run the rotation; a node out of reach takes it on site.",
    ),
    "card-failed": Words(
        "映像はメモリにしか残らず、送信前に停電すると失われます。本日中にカードを交換してください。"
        "それまで電源を切らず、回線を確認してください。",
        "Until it is sent, a power cut takes the footage. Replace the card today; until then keep the power on and the"
        " line up.",
    ),
    "card-read-only": Words(
        "新しい記録はカードに残りません。カードを交換する訪問をすぐに手配してください。",
        "Nothing more is kept on the card. Arrange a visit at once to exchange it.",
    ),
    "card-errors": Words(
        "カードまたは接触の不良です。交換を計画し、エラーが増える場合は急いでください。",
        "The card or its contacts fail. Plan a swap; hurry if errors go on.",
    ),
    "card-worn": Words(
        "次の巡回でカードを交換してください。未送信の録画を先に送信し終えておきます。",
        "Plan a swap at the next round. Let the backlog be sent first.",
    ),
    "card-slow": Words(
        "書込みに1秒以上かかることが増えています。続く場合はカードの交換を計画してください。",
        "Writes take over a second again and again. If it goes on, plan a swap.",
    ),
    "tampered": Words(
        "予定された作業でないか確認し、なければ設置先に電話して現場を見てもらい、管理責任者に連絡してください。"
        "映像は封印されたまま記録が続きます。",
        "Was it planned work? If not, call the host, have somebody look, tell the manager. Footage goes on, sealed.",
    ),
    "button": Words(
        "次の巡回でボタンを確認してください。離れるまで押下は無視されます。",
        "Look at the button at the next round; it is ignored until it is let go.",
    ),
    "panel": Words(
        "端末のパネル処理を再起動してください。直らなければ訪問を手配してください。",
        "Restart the node's panel process; if it stays silent, arrange a visit.",
    ),
    "mask-order": Words(
        "今のマスクのまま録画しています。理由を確認し、今のマスクをすべて含めて作り直してください。縮小は訪問で行います。",
        "Nothing changed. Read its reason; order all that is masked now and more, or shrink in a visit.",
    ),
    "clock": Words(
        "記録は予備の鍵で封印されています。時刻同期を確認してください。",
        "Records are sealed to the spare key. Check time synchronisation.",
    ),
}


def advise(report: NodeReport, now_us: int, zone: ZoneInfo) -> list[Advice]:
    """Returns what to do about a node; empty where all is well."""
    state = report.verdict.state
    if state is State.RETIRED:
        return []
    found = []
    if state not in (State.RECORDING, State.VISITED):
        urgent = state not in (State.LATE, State.PROVISIONAL)
        own = Words(report.contact.next_step, "") if urgent and report.contact.next_step else NEXT_STEP[state]
        found.append(Advice(report.node, urgent, STATE[state], own))
    found += [Advice(report.node, kind in _URGENT, ALARM[kind], _STEPS[kind]) for kind in _kinds(report, now_us)]
    found += [
        Advice(report.node, kind in _URGENT, MATTERS[kind], VISIT_STEPS[kind])
        for kind in visit_kinds(report.visits, report.inspection_due_us, _asked_us(report), now_us)
    ]
    if report.heartbeat is not None and state is not State.SILENT:
        found += [
            Advice(report.node, False, matter, STEPS[kind]) for kind, matter in line_matters(report.heartbeat, zone)
        ]
    if report.provisional and state is not State.PROVISIONAL:
        found.append(Advice(report.node, False, STATE[State.PROVISIONAL], NEXT_STEP[State.PROVISIONAL]))
    return found


def _asked_us(report: NodeReport) -> int | None:
    return next((alarm.since_us for alarm in report.alarms if alarm.kind == DECOMMISSION_ASKED), None)


def _kinds(report: NodeReport, now_us: int) -> list[str]:
    kinds = []
    if any(alarm.kind == "false-proof" for alarm in report.alarms):
        kinds.append("false-proof")
    if report.certificate_us is not None and report.certificate_us - now_us < SOON_US:
        kinds.append("certificate")
    if report.key_list_us is not None and report.key_list_us - now_us < SOON_US:
        kinds.append("key-list")
    heartbeat = report.heartbeat
    if heartbeat is not None and (heartbeat.password_age_days or 0) > PASSWORD_DAYS:
        kinds.append("password")
    recorder = heartbeat.recorder if heartbeat else None
    kinds += card_kinds(heartbeat.card if heartbeat else None, recorder)
    if recorder is not None:
        kinds += [kind for kind in PANEL if kind in recorder.faults]
    if recorder is not None and recorder.mask_order_refused:
        kinds.append("mask-order")
    if recorder is not None and recorder.clock is ClockQuality.UNTRUSTED:
        kinds.append("clock")
    return kinds
