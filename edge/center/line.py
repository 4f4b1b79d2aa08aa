"""What a node's word about its line and data budget means for staff: pure decisions over the newest heartbeat."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from edge.base.clock import SECOND_US, to_datetime
from edge.center.words import Words, duration
from edge.wire.heartbeat import Heartbeat

_BEHIND_S = 3600
"""An hour of footage that waits and does not shrink is no passing weakness of the line."""

STEPS = {
    "budget-spent": Words(
        "月が替わるまで、依頼された時間帯と状態通知だけを送ります。急ぐ場合は通信契約のデータ量を増やしてください。",
        "Until the month ends only asked-for windows and heartbeats pass. If that will not do, buy more data.",
    ),
    "budget-forecast": Words(
        "データ量を増やすか、ビットレートを下げるか、「依頼分のみ送信」に切り替えてください。",
        "Buy more data, lower the bitrate, or send on request only.",
    ),
    "line-behind": Words(
        "録画はカードに残っていますが、保存期限までに送りきれないおそれがあります。回線を確認してください。",
        "Footage is on the card but may expire before it is sent. Check the line.",
    ),
}


def line_matters(heartbeat: Heartbeat, zone: ZoneInfo) -> list[tuple[str, Words]]:
    """Returns what staff should see to: its name in ``STEPS``, and what to call it."""
    found = []
    limit, sent = heartbeat.budget_limit_bytes, heartbeat.budget_sent_bytes or 0
    if limit is not None and sent >= limit:
        found.append(("budget-spent", Words("今月のデータ量を使い切りました", "This month's data budget is spent")))
    elif limit is not None and (heartbeat.budget_forecast_bytes or 0) > limit:
        found.append(("budget-forecast", _spent_on(heartbeat, limit, zone)))
    if _falls_behind(heartbeat):
        found.append(("line-behind", Words("回線が録画に追いつきません", "The line does not keep up with the footage")))
    return found


def line_words(heartbeat: Heartbeat) -> Words:
    """Returns the line's measured rate, and the bitrate that footage is recorded at."""
    recorder = heartbeat.recorder
    line = Words("未測定", "not measured") if heartbeat.line_bps is None else Words(_rate(heartbeat.line_bps), "")
    if recorder is None:
        return line
    rate = _rate(recorder.bitrate_bps)
    return Words(f"{line.ja}、録画は最大{rate}", f"{line.en + ', ' if line.en else ''}recorded at {rate} at most")


def backlog_words(heartbeat: Heartbeat, now_us: int) -> Words:
    """Returns what waits and how long until it is gone."""
    records, size = f"{heartbeat.backlog_records:,}件", f"{heartbeat.backlog_bytes / 1e6:,.1f} MB"
    if heartbeat.drained_us is None:
        return Words(records, size)
    left = duration((heartbeat.drained_us - now_us) // SECOND_US)
    return Words(f"{records}、あと{left.ja}", f"{size}, gone in {left.en}")


def budget_words(heartbeat: Heartbeat) -> tuple[Words, bool] | None:
    """Returns what of the month's budget is spent, and whether that needs a look; None without a budget."""
    limit, sent = heartbeat.budget_limit_bytes, heartbeat.budget_sent_bytes or 0
    if limit is None:
        return None
    used = f"{sent / 1e9:,.1f} / {limit / 1e9:,.1f} GB"
    forecast = heartbeat.budget_forecast_bytes
    if forecast is None:
        return Words(used, ""), sent >= limit
    end = f"{forecast / 1e9:,.1f} GB"
    return Words(f"{used}、月末予測 {end}", f"{end} by the month's end"), max(sent, forecast) > limit


def _spent_on(heartbeat: Heartbeat, limit: int, zone: ZoneInfo) -> Words:
    """Says on which day the budget is spent, as if bytes came evenly until the month's end."""
    sent, forecast = heartbeat.budget_sent_bytes or 0, heartbeat.budget_forecast_bytes or 0
    now = to_datetime(heartbeat.sent).astimezone(zone)
    end = datetime(now.year + now.month // 12, now.month % 12 + 1, 1, tzinfo=zone)
    left_us = (end.timestamp() - now.timestamp()) * SECOND_US
    moment_us = heartbeat.sent + int(left_us * (limit - sent) / (forecast - sent))
    day = to_datetime(moment_us).astimezone(zone).day
    return Words(
        f"今月のデータ量は{day}日に上限に達する見込み", f"The data budget will be spent on the {_ordinal(day)}"
    )


def _falls_behind(heartbeat: Heartbeat) -> bool:
    recorder = heartbeat.recorder
    if recorder is None or heartbeat.line_bps is None or heartbeat.upload != "all" or heartbeat.drained_us is not None:
        return False
    return heartbeat.backlog_bytes * 8 > _BEHIND_S * recorder.bitrate_bps


def _rate(bps: int) -> str:
    return f"{bps / 1e6:,.1f} Mbit/s" if bps >= 1_000_000 else f"{bps // 1000} kbit/s"


def _ordinal(day: int) -> str:
    ending = "th" if day in (11, 12, 13) else {1: "st", 2: "nd", 3: "rd"}.get(day % 10, "th")
    return f"{day}{ending}"
