"""What staff should do about a node: a pure list, the most urgent first."""

from __future__ import annotations

from dataclasses import dataclass

from edge.base.clock import ClockQuality
from edge.center.gather import NodeReport
from edge.center.state import State
from edge.center.words import ALARM, NEXT_STEP, STATE, Words

SOON_US = 14 * 86_400_000_000


@dataclass(frozen=True, slots=True)
class Advice:
    """One thing to see to.

    Attributes:
        urgent: footage is or may be missing; else it can wait for office hours.
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
    "clock": Words(
        "記録は予備の鍵で封印されています。時刻同期を確認してください。",
        "Records are sealed to the spare key. Check time synchronisation.",
    ),
}


def advise(report: NodeReport, now_us: int) -> list[Advice]:
    """Returns what to do about a node; empty where all is well."""
    state = report.verdict.state
    if state is State.RETIRED:
        return []
    found = []
    if state is not State.RECORDING:
        urgent = state not in (State.LATE, State.PROVISIONAL)
        own = Words(report.contact.next_step, "") if urgent and report.contact.next_step else NEXT_STEP[state]
        found.append(Advice(report.node, urgent, STATE[state], own))
    found += [Advice(report.node, kind == "false-proof", ALARM[kind], _STEPS[kind]) for kind in _kinds(report, now_us)]
    if report.provisional and state is not State.PROVISIONAL:
        found.append(Advice(report.node, False, STATE[State.PROVISIONAL], NEXT_STEP[State.PROVISIONAL]))
    return found


def _kinds(report: NodeReport, now_us: int) -> list[str]:
    kinds = []
    if any(alarm.kind == "false-proof" for alarm in report.alarms):
        kinds.append("false-proof")
    if report.certificate_us is not None and report.certificate_us - now_us < SOON_US:
        kinds.append("certificate")
    if report.key_list_us is not None and report.key_list_us - now_us < SOON_US:
        kinds.append("key-list")
    recorder = report.heartbeat.recorder if report.heartbeat else None
    if recorder is not None and recorder.clock is ClockQuality.UNTRUSTED:
        kinds.append("clock")
    return kinds
