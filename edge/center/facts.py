"""The figures below a node's bar: proof, backlog, temperature, clock, expiries."""

from __future__ import annotations

from dataclasses import dataclass
from zoneinfo import ZoneInfo

from edge.base.clock import SECOND_US, ClockQuality
from edge.center.advice import PASSWORD_DAYS
from edge.center.card import card_kinds, card_words
from edge.center.gather import NodeReport
from edge.center.line import backlog_words, budget_words, line_words
from edge.center.visitpage import inspected_words, last_visit_words
from edge.center.words import CLOCK, Words, duration
from edge.wire.heartbeat import Heartbeat
from edge.wire.status import RecorderStatus


@dataclass(frozen=True, slots=True)
class Fact:
    """A figure with its name; ``warn`` marks what needs a look."""

    name: Words
    value: Words
    warn: bool = False


def node_facts(report: NodeReport, now_us: int, zone: ZoneInfo) -> tuple[Fact, ...]:
    """Returns the figures below a node's bar."""
    heartbeat = report.heartbeat
    recorder = heartbeat.recorder if heartbeat else None
    facts = [
        Fact(Words("最後の録画証明", "Last proof"), _ago(report.proven_us, now_us)),
        Fact(Words("最後の応答", "Last heard"), _ago(report.heard_us, now_us)),
    ]
    if heartbeat is not None:
        facts += [
            Fact(Words("送信待ち", "Backlog"), backlog_words(heartbeat, now_us)),
            Fact(Words("回線", "Line"), line_words(heartbeat)),
            *_budget(heartbeat),
            Fact(Words("温度", "Temperature"), _degrees(heartbeat.temperature_mc)),
            Fact(Words("ファームウェア", "Firmware"), Words(heartbeat.firmware, "")),
        ]
    if heartbeat is not None and heartbeat.card is not None:
        card = heartbeat.card
        facts.append(Fact(Words("カード", "Card"), card_words(card), warn=bool(card_kinds(card))))
    if recorder is not None:
        facts.append(
            Fact(Words("時計", "Clock"), CLOCK[recorder.clock.value], recorder.clock is ClockQuality.UNTRUSTED)
        )
        facts += _masks(recorder)
        facts.append(_syncs(recorder.slow_syncs_24h, recorder.slowest_sync_24h_ms))
    facts += [
        _expiry(Words("証明書", "Certificate"), report.certificate_us, now_us),
        _expiry(Words("鍵リスト", "Key list"), report.key_list_us, now_us),
        *_passwords(heartbeat),
        Fact(Words("最後の訪問", "Last visit"), last_visit_words(report.visits, now_us, zone)),
        Fact(Words("最後の点検", "Last inspection"), inspected_words(report.inspected_us, zone)),
    ]
    return tuple(facts)


def _expiry(name: Words, moment_us: int | None, now_us: int) -> Fact:
    if moment_us is None:
        return Fact(name, Words("なし", "none"), warn=True)
    days = (moment_us - now_us) // (86_400 * SECOND_US)
    left = Words(f"あと{days}日", f"{days} d left") if days >= 0 else Words("期限切れ", "expired")
    return Fact(name, left, warn=days < 14)


def _passwords(heartbeat: Heartbeat | None) -> list[Fact]:
    """Their age, where the node's were rotated at all."""
    days = heartbeat.password_age_days if heartbeat else None
    if days is None:
        return []
    return [Fact(Words("パスワード", "Passwords"), Words(f"{days}日前", f"{days} d old"), warn=days > PASSWORD_DAYS)]


def _ago(moment_us: int | None, now_us: int) -> Words:
    if moment_us is None:
        return Words("なし", "never")
    length = duration((now_us - moment_us) // SECOND_US)
    return Words(f"{length.ja}前", f"{length.en} ago")


def _budget(heartbeat: Heartbeat) -> list[Fact]:
    found = budget_words(heartbeat)
    return [] if found is None else [Fact(Words("今月のデータ量", "Data this month"), found[0], warn=found[1])]


def _syncs(slow: int, slowest_ms: int) -> Fact:
    seconds = f"{slowest_ms / 1000:.1f}"
    value = Words(f"最長{seconds}秒、1秒超は{slow:,}回", f"at most {seconds} s, {slow:,} over 1 s")
    return Fact(Words("カード書込み（24時間）", "Card writes, 24 h"), value, warn=slow > 0)


def _masks(recorder: RecorderStatus) -> list[Fact]:
    """Returns the digest in force, as sign-off and records write it, and why the newest order is refused."""
    digest, number = (recorder.masks or "–")[:12], recorder.mask_order
    value = Words(f"{digest}（変更{number}）", f"{digest} (order {number})") if number else Words(digest, "")
    facts = [Fact(Words("マスク", "Masks"), value)]
    if recorder.mask_order_refused:
        said = Words(recorder.mask_order_refused, "")
        facts.append(Fact(Words("拒否されたマスク変更", "Refused mask order"), said, warn=True))
    return facts


def _degrees(thousandths: int | None) -> Words:
    return Words("–", "") if thousandths is None else Words(f"{thousandths / 1000:.1f} °C", "")
