"""What staff read: Japanese first, English beside it."""

from __future__ import annotations

from dataclasses import dataclass

from edge.center.coverage import AWAITED, BEFORE, BLANKED, MISSING, ON_CARD, RECORDED
from edge.center.state import State


@dataclass(frozen=True, slots=True)
class Words:
    """One text in both languages."""

    ja: str
    en: str


STATE = {
    State.RECORDING: Words("録画中", "Recording"),
    State.LATE: Words("録画中・送信遅れ", "Recording, upload late"),
    State.NOT_RECORDING: Words("録画停止", "Not recording"),
    State.SILENT: Words("応答なし", "Silent"),
    State.BLANKED: Words("全面塗りつぶし", "Picture painted over"),
    State.VISITED: Words("作業中", "Visit under way"),
    State.FAULT: Words("故障", "Fault"),
    State.FROZEN: Words("記録の分岐・凍結", "Frozen: forked record"),
    State.PROVISIONAL: Words("仮登録", "Provisional"),
    State.RETIRED: Words("撤去済み", "Out of service"),
}

SYMBOL = {
    State.RECORDING: "●",
    State.LATE: "◐",
    State.NOT_RECORDING: "■",
    State.SILENT: "✕",
    State.BLANKED: "▩",
    State.VISITED: "◇",
    State.FAULT: "▲",
    State.FROZEN: "◆",
    State.PROVISIONAL: "○",
    State.RETIRED: "－",
}

NEXT_STEP = {
    State.RECORDING: Words("対応は不要です。", "Nothing to do."),
    State.LATE: Words(
        "録画はカードに残っています。回線の速度と障害情報を確認してください。",
        "Footage is safe on the card. Check the line's speed and the carrier's notices.",
    ),
    State.NOT_RECORDING: Words(
        "機器は応答しますが録画していません。遠隔で再起動し、5分で直らなければ訪問を手配してください。",
        "It answers but does not record. Restart it remotely; if it is not back in 5 minutes, arrange a visit.",
    ),
    State.SILENT: Words(
        "設置先に電話し、電源とルーターのランプを確認してもらってください。",
        "Call the host: ask whether the power and the router's lamps are on.",
    ),
    State.BLANKED: Words(
        "マスクが確認できないため画面全体を塗りつぶしています。カメラの向きを確認する訪問を手配してください。",
        "Masks cannot be trusted, so the whole picture is painted over. Arrange a visit to check the camera's aim.",
    ),
    State.VISITED: Words(
        "作業員がカメラで作業しています。作業が終われば録画に戻ります。",
        "An installer works at the camera; it records again once the visit is over.",
    ),
    State.FAULT: Words(
        "下の記録機の説明を確認し、保守業者に連絡してください。",
        "Read the recorder's message below and call the maintainer.",
    ),
    State.FROZEN: Words(
        "同じ番号の記録が二つ届きました。カードの複製が疑われます。証拠保全のため機器に触れず、管理責任者に連絡してください。",
        "Two records claim one place: the card may have been copied. Touch nothing and call the manager.",
    ),
    State.PROVISIONAL: Words(
        "指紋を照合し、デスクで本登録してください。",
        "Compare the fingerprint and register the node at the desk.",
    ),
    State.RETIRED: Words("対応は不要です。", "Nothing to do."),
}

KIND = {
    RECORDED: Words("録画済み", "Recorded"),
    BLANKED: Words("全面塗りつぶし", "Painted over"),
    ON_CARD: Words("カードに保存（送信待ち）", "On the card, waiting"),
    MISSING: Words("未着", "Missing"),
    AWAITED: Words("受信待ち（1分以内）", "Not due yet"),
    BEFORE: Words("設置前", "Before installation"),
    "start": Words("起動", "Start"),
    "power": Words("停電", "Power"),
    "visit": Words("作業訪問", "Visit"),
    "camera": Words("カメラ", "Camera"),
    "encoder": Words("圧縮処理", "Encoder"),
    "storage": Words("カード書込み", "Storage"),
    "masks": Words("マスク", "Masks"),
    "moved": Words("カメラのずれ", "Camera moved"),
    "clock": Words("時計", "Clock"),
    "keys": Words("鍵なし", "No day key"),
    "overload": Words("過負荷", "Overload"),
    "update": Words("更新", "Update"),
    "unknown": Words("不明", "Unknown"),
}

CARD = {
    "card-failed": Words("カード故障・映像はメモリのみ", "Card failed, footage is only in memory"),
    "card-read-only": Words("カードが読取り専用になりました", "Card has become read-only"),
    "card-errors": Words("カードがエラーを報告", "Card reports errors"),
    "card-worn": Words("カードの寿命が近い", "Card nears its end"),
    "card-slow": Words("カードの書込みが遅い", "Card writes slowly"),
}

RESERVE = {
    "warning": Words("予備領域80%以上使用", "80 % of its spare blocks used"),
    "urgent": Words("予備領域90%以上使用", "90 % of its spare blocks used"),
}

PANEL = {
    "tampered": Words("筐体が開けられました", "Case opened"),
    "button": Words("ボタンが押されたまま", "Button stuck"),
    "panel": Words("操作パネルが応答なし・開放を検知できません", "Panel silent, an opened case goes unnoticed"),
}

ALARM = {
    "fork": Words("記録の分岐（受信を凍結）", "Forked record, chain frozen"),
    "false-proof": Words("録画証明の署名が不正", "False proof of recording"),
    "certificate": Words("証明書の期限が近い", "Certificate expires soon"),
    "key-list": Words("鍵リストの期限が近い", "Key list expires soon"),
    "password": Words("パスワードが古くなっています", "Passwords are old"),
    "clock": Words("時計が信頼できません", "Clock is not trusted"),
    "mask-order": Words("マスク変更が端末に拒否されました", "The node refuses a mask order"),
    **CARD,
    **PANEL,
}

FAULT = {
    "card": Words("カード", "Card"),
    "camera": Words("カメラ", "Camera"),
    "encoder": Words("圧縮処理", "Encoder"),
    "storage": Words("カード書込み", "Storage"),
    "frozen": Words("映像の静止", "Frozen picture"),
    "keys": Words("鍵", "Day key"),
    "masks": Words("マスク", "Masks"),
    "mask-order": Words("マスク変更の控え", "What is kept of a mask order"),
    "self-check": Words("マスクの自己点検", "Self-check of the masks"),
    "memory": Words("メモリーへの一時記録", "Recording into memory"),
    "unrecorded": Words("記録なし", "Nothing is kept"),
    "receipts": Words("受領書", "Receipts"),
    "position": Words("記録位置", "Synced position"),
    "key-list": Words("鍵リスト", "Key list"),
    "trusted-day": Words("日付の控え", "Last trusted day"),
    "view": Words("視野（覆い・ピント）", "View: covered or out of focus"),
    "tampered": Words("筐体の開放", "Case"),
    "button": Words("ボタン", "Button"),
    "panel": Words("操作パネル", "Panel"),
    "case": Words("筐体開閉の控え", "What is kept of the case"),
}

CLOCK = {
    "synchronised": Words("同期", "Synchronised"),
    "receipted": Words("受領書で確認", "Confirmed by receipt"),
    "untrusted": Words("未確認", "Untrusted"),
    "simulated": Words("模擬", "Simulated"),
}


def kind_words(kind: str) -> Words:
    """Returns the words of a coverage kind; an unknown one stands for itself."""
    return KIND.get(kind, Words(kind, kind))


def fault_words(name: str) -> Words:
    """Returns the words of a recorder's fault; an unknown one stands for itself."""
    return FAULT.get(name, Words(name, ""))


def duration(seconds: int) -> Words:
    """Returns a length of time with its two largest units."""
    days, rest = divmod(max(0, seconds), 86_400)
    hours, rest = divmod(rest, 3600)
    minutes, left = divmod(rest, 60)
    parts = [(days, "日", "d"), (hours, "時間", "h"), (minutes, "分", "min"), (left, "秒", "s")]
    first = next((index for index, part in enumerate(parts) if part[0]), 3)
    shown = [part for part in parts[first : first + 2] if part[0]] or [parts[3]]
    return Words("".join(f"{n}{ja}" for n, ja, _ in shown), " ".join(f"{n} {en}" for n, _, en in shown))
