"""What the steps say to the installer: Japanese first, English beside it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Words:
    """One text in both languages."""

    ja: str
    en: str

    def filled(self, **values: object) -> Words:
        """Returns the words with ``{names}`` filled in."""
        return Words(self.ja.format(**values), self.en.format(**values))


FEW_POINTS = Words("点が{count}個です。{least}個以上打ってください。", "{count} points; a mask needs at least {least}.")
MANY_POINTS = Words(
    "点が{count}個です。{most}個までに減らすか、二つに分けてください。",
    "{count} points; {most} at most. Delete some, or draw two masks.",
)
SAME_POINTS = Words(
    "点{one}と点{other}が同じ場所です。片方を消すか動かしてください。",
    "Points {one} and {other} lie on one another. Delete or move one.",
)
CROSSING = Words(
    "線が交わっているか、触れ合っています。点を動かしてください。",
    "The outline crosses or touches itself. Move a point.",
)

NO_MASKS = Words(
    "マスクがありません。描くか、不要な理由を書いてください。", "No masks. Draw them, or write why none are needed."
)
MORE_THAN_HALF = Words(
    "画面の{percent}%が隠れます。50%を超えるには管理者と操作者の署名が必要です。カメラの向きを変えてください。",
    "{percent} % of the picture is masked. Beyond 50 % both custodians must sign; aim the camera elsewhere.",
)
NO_PLATE = Words("表示板を掲げ、確認欄に印を付けてください。", "Put the plate up, then tick it.")
NO_CONSENTS = Words(
    "写る範囲の世帯の同意書を確かめ、確認欄に印を付けてください。",
    "Check the consents of the households in view, then tick it.",
)
NO_POSITION = Words("緯度・経度を入れてください。", "Enter latitude and longitude.")
NO_DIRECTION = Words(
    "カメラの向き(北から時計回りの度)を入れてください。", "Enter the camera's direction in degrees from north."
)
NO_ADDRESS = Words("設置場所の住所を入れてください。", "Enter the address.")
NO_HOST = Words("設置先の名前を入れてください。", "Enter the host's name.")
NO_PHONE = Words("設置先の電話番号を数字で入れてください。", "Enter the host's telephone number in digits.")
SIGNAL = Words("電波", "Signal")
ROUND_TRIP = Words("応答時間", "Round trip")
RATE = Words("回線速度", "Line rate")
SERVER = Words("サーバー", "Server")
TIME = Words("時刻", "Time")
UNKNOWN = Words("不明", "Unknown")
CONNECTED = Words("つながっています", "Connected")
DISCONNECTED = Words("つながりません", "Not connected")
CLOCK_TRUSTED = Words("確認済み", "Confirmed")
CLOCK_UNTRUSTED = Words("未確認", "Not confirmed")
CABLE = Words("有線", "Cable")
SIGNAL_UNKNOWN = Words(
    "無線機が値を出しません。サーバーの行を見てください。",
    "The radio gives no figure. Look at the server's line.",
)
WEAK_SIGNAL = Words(
    "アンテナの向きか位置を変えてください。-70 dBm以上、または50 %以上が目安です。",
    "Turn or move the antenna; aim for -70 dBm or 50 % and more.",
)
ROUND_TRIP_UNKNOWN = Words(
    "測っています。1分たっても出なければ、サーバーの行を見てください。",
    "Being measured. If it is not here in a minute, look at the server's line.",
)
SLOW_ROUND_TRIP = Words(
    "回線が混んでいるか弱い状態です。電波を確かめてください。", "The line is busy or weak. Check the signal."
)
RATE_UNKNOWN = Words(
    "測っています。1分たっても出なければ、サーバーの行を見てください。今月のデータ量を使い切ったときは測りません。",
    "Being measured. If it is not here in a minute, look at the server's line. Not measured once the data budget is"
    " spent.",
)
SLOW_RATE = Words(
    "録画は{need} Mbit/s要ります。カードにたまり、遅れて届きます。回線を変えられないか確かめてください。",
    "Footage needs {need} Mbit/s. It waits on the card and arrives late; look for a better line.",
)
NO_SERVER = Words(
    "電源とルーターのランプ、ケーブル、SIMを確かめ、1分待ってください。",
    "Check router, cable and SIM, then wait a minute.",
)
NO_REPORT = Words(
    "送信の機能から1分以上報告がありません。1分待ち、直らなければ管理者に電話してください。",
    "The uplink has not reported for a minute. Wait a minute; if it stays so, call the manager.",
)
NO_TIME = Words(
    "サーバーにつながると時刻が合います。つながらないときは管理者に電話してください。",
    "Time is set once the server answers. If it does not, call the manager.",
)
