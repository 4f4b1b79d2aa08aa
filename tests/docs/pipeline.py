"""README's picture of the pipeline, drawn from the words below, once for light and once for dark pages.

Each stage has a small scene of what is left of the street there. Text is laid out for 13 px at 960; README shows 900.
"""

from __future__ import annotations

from dataclasses import dataclass
from html import escape

WIDTH, HEIGHT = 960, 404
_FONT = "'Noto Sans CJK JP','Noto Sans JP','Hiragino Sans','Yu Gothic UI',system-ui,sans-serif"
_MANAGER, _OPERATOR = "#c77700", "#2f6fd0"


@dataclass(frozen=True, slots=True)
class Theme:
    """Colours of a page."""

    ink: str
    soft: str
    panel: str
    tile: str
    line: str
    good: str


LIGHT = Theme(ink="#17202a", soft="#56616d", panel="#f1f4f6", tile="#ffffff", line="#c9d1d9", good="#14713d")
DARK = Theme(ink="#e6edf3", soft="#9aa7b4", panel="#161b22", tile="#21262d", line="#3d444d", good="#4fbf7b")
THEMES = {"light": LIGHT, "dark": DARK}


@dataclass(frozen=True, slots=True)
class Stage:
    """A stage of the recorder: its scene, its names, and what it does in a word."""

    scene: str
    japanese: str
    english: str


def _house(behind: str) -> str:
    """A street with a house; ``behind`` is what its window shows."""
    return (
        '<rect width="100" height="62" rx="4" fill="#bfd9ee"/>'
        '<path d="M0 44 100 36V62H0Z" fill="#7d858d"/><path d="M46 62 56 40" stroke="#f5f5f5" stroke-width="2" '
        'stroke-dasharray="5 4"/><path d="M6 24 28 10 50 24V46H6Z" fill="#d8c3a5"/><path d="M2 25 28 8 54 25" '
        'fill="none" stroke="#7a5236" stroke-width="4"/>' + behind + '<circle cx="76" cy="33" r="3.4" fill="#3a3f45"/>'
        '<path d="M76 37v9m-3 8 3-8 3 8m-6-13h6" stroke="#3a3f45" stroke-width="2.6" fill="none"/>'
    )


_WINDOW = (
    '<rect x="18" y="25" width="20" height="14" fill="#fff3b8" stroke="#7a5236" stroke-width="1.5"/>'
    '<circle cx="28" cy="31" r="3" fill="#b5651d"/><path d="M23 39c0-7 10-7 10 0" fill="#b5651d"/>'
)
_MASK = '<rect x="13" y="21" width="30" height="23" fill="#000"/>'


def _lock(x: int, y: int, colour: str, size: float = 1.0) -> str:
    return (
        f'<g transform="translate({x} {y}) scale({size})">'
        f'<path d="M-5-3v-4a5 5 0 0 1 10 0v4" fill="none" stroke="{colour}" stroke-width="2.6"/>'
        f'<rect x="-8" y="-3" width="16" height="12" rx="2.4" fill="{colour}"/></g>'
    )


def _sealed(x: int = 0, y: int = 0, size: float = 1.0) -> str:
    """Two layers around what nobody on the way can read."""
    bars = "".join(
        f'<rect x="{34 + 7 * i}" y="{26 + (i * 5) % 9}" width="4" height="9" fill="#8b949e"/>' for i in range(5)
    )
    return (
        f'<g transform="translate({x} {y}) scale({size})"><rect x="8" y="5" width="84" height="52" rx="7" fill="none" '
        f'stroke="{_MANAGER}" stroke-width="3.4"/><rect x="19" y="14" width="62" height="34" rx="5" fill="none" '
        f'stroke="{_OPERATOR}" stroke-width="3.4"/>{bars}'
        f"{_lock(90, 8, _MANAGER, 0.8)}{_lock(79, 47, _OPERATOR, 0.8)}</g>"
    )


def _film() -> str:
    holes = "".join(
        f'<rect x="{6 + 12 * i}" y="{y}" width="6" height="5" rx="1" fill="#fff"/>' for i in range(8) for y in (4, 53)
    )
    frames = "".join(f'<g transform="translate({x} 15) scale(.29 .52)">{_house(_MASK)}</g>' for x in (3, 35, 67))
    return f'<rect width="100" height="62" rx="4" fill="#2b3138"/>{holes}{frames}'


def _card() -> str:
    return (
        '<path d="M26 4h38l12 12v42a3 3 0 0 1-3 3H26a3 3 0 0 1-3-3V7a3 3 0 0 1 3-3Z" fill="#39424c"/>'
        + "".join(f'<rect x="{29 + 7 * i}" y="8" width="4" height="10" fill="#d9b44a"/>' for i in range(5))
        + "".join(_sealed(30, 22 + 13 * i, 0.2) for i in range(3))
        + '<path d="M60 27a11 11 0 1 1-8 18" fill="none" stroke="#e6edf3" stroke-width="2.4"/><path d="m48 44 4-1 1 5" '
        'fill="none" stroke="#e6edf3" stroke-width="2.4"/>'
    )


STAGES = (
    Stage(_house(_WINDOW), "撮る", "capture"),
    Stage(_house(_MASK), "隠す", "mask"),
    Stage(_film(), "圧縮する", "encode"),
    Stage(_sealed(), "封印する", "seal"),
    Stage(_card(), "カードに残す", "spool"),
)


class Sheet:
    """What is drawn, in order."""

    def __init__(self, theme: Theme) -> None:
        self.theme = theme
        self._drawn: list[str] = []

    def text(
        self, x: float, y: float, japanese: str, english: str = "", *, size: int = 14, anchor: str = "middle"
    ) -> None:
        """Writes Japanese in bold, English after it; the two share a line."""
        small = (
            f'<tspan dx="6" font-size="{size - 1}" font-weight="400" fill="{self.theme.soft}">{escape(english)}</tspan>'
        )
        self.raw(
            f'<text x="{x}" y="{y}" text-anchor="{anchor}" font-size="{size}" font-weight="700" '
            f'fill="{self.theme.ink}">'
            f"{escape(japanese)}{small if english else ''}</text>"
        )

    def note(self, x: float, y: float, words: str, *, anchor: str = "middle", colour: str = "") -> None:
        """Writes a remark."""
        fill = colour or self.theme.soft
        self.raw(f'<text x="{x}" y="{y}" text-anchor="{anchor}" font-size="12.5" fill="{fill}">{escape(words)}</text>')

    def box(self, x: float, y: float, width: float, height: float, *, fill: str, dashed: bool = False) -> None:
        dash = ' stroke-dasharray="5 4"' if dashed else ""
        self.raw(
            f'<rect x="{x}" y="{y}" width="{width}" height="{height}" rx="10" fill="{fill}" '
            f'stroke="{self.theme.line}"{dash}/>'
        )

    def arrow(self, path: str) -> None:
        self.raw(f'<path d="{path}" fill="none" stroke="{self.theme.soft}" stroke-width="2.4" marker-end="url(#tip)"/>')

    def raw(self, svg: str) -> None:
        self._drawn.append(svg)

    def svg(self) -> str:
        title = "From the camera to footage that two people open together"
        return (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" font-family="{escape(_FONT)}" '
            f'role="img"><title>{title}</title><defs><marker id="tip" viewBox="0 0 8 8" refX="6" refY="4" '
            f'markerWidth="7" markerHeight="7" orient="auto"><path d="M0 0 8 4 0 8Z" '
            f'fill="{self.theme.soft}"/></marker></defs>\n' + "\n".join(self._drawn) + "\n</svg>\n"
        )


def _recorder(sheet: Sheet) -> None:
    sheet.box(8, 34, 592, 362, fill=sheet.theme.panel)
    sheet.text(22, 24, "街頭のカメラ", "street node", size=16, anchor="start")
    sheet.box(22, 50, 564, 186, fill="none", dashed=True)
    sheet.text(36, 72, "録画", "recorder", anchor="start")
    sheet.note(572, 72, "ネットワークなし  no network at all", anchor="end")
    for index, stage in enumerate(STAGES):
        x = 31 + 111 * index
        sheet.raw(f'<g transform="translate({x} 88)">{stage.scene}</g>')
        sheet.text(x + 50, 172, stage.japanese)
        sheet.note(x + 50, 189, stage.english)
        if index:
            sheet.raw(f'<path d="m{x - 8} 112 6 7-6 7" fill="none" stroke="{sheet.theme.soft}" stroke-width="2.4"/>')
    sheet.note(
        304,
        222,
        "マスクの後ろは、圧縮される前に消える  behind a mask nothing is left to encode",
        colour=sheet.theme.good,
    )


def _uplink(sheet: Sheet) -> None:
    sheet.box(22, 292, 564, 90, fill="none", dashed=True)
    sheet.text(36, 316, "送信", "uplink", anchor="start")
    sheet.note(572, 316, "カメラも署名鍵もなし  no camera, no signing key", anchor="end")
    sheet.arrow("M524 238V288")
    sheet.note(512, 268, "封印された記録だけを読む  reads sealed records alone", anchor="end")
    sheet.note(572, 342, "記録 records", anchor="end")
    sheet.note(572, 363, "定時報告 heartbeats", anchor="end")
    sheet.note(36, 344, "回線が切れても失わない。欠けた秒には署名された理由が残る。", anchor="start")
    sheet.note(36, 364, "Outages lose nothing; each missing second has a signed cause.", anchor="start")


def _city(sheet: Sheet) -> None:
    theme = sheet.theme
    sheet.box(660, 34, 292, 362, fill=theme.panel)
    sheet.text(674, 24, "市", "city", size=16, anchor="start")
    sheet.box(674, 50, 264, 104, fill=theme.tile)
    sheet.raw(_sealed(682, 66, 0.72))
    sheet.text(766, 76, "センター", "center", anchor="start")
    sheet.note(766, 97, "封印のまま保管、受領書", anchor="start")
    sheet.note(766, 114, "keeps sealed, gives receipts", anchor="start")
    sheet.note(766, 137, "鍵はない  holds no key", anchor="start", colour=theme.good)
    sheet.box(674, 164, 264, 70, fill=theme.tile)
    for index, colour in enumerate(("#2f9e5b", "#2f9e5b", "#c0392b")):
        sheet.raw(
            f'<rect x="688" y="{181 + 13 * index}" width="{60 - 14 * (index == 2)}" height="8" rx="2" fill="{colour}"/>'
        )
    sheet.text(766, 190, "カメラ一覧", "fleet page", anchor="start")
    sheet.note(766, 211, "状態だけ  states, no picture", anchor="start")
    sheet.box(674, 244, 264, 138, fill=theme.tile)
    sheet.text(688, 266, "窓口", "desk", anchor="start")
    sheet.raw(_lock(697, 296, _MANAGER))
    sheet.text(712, 301, "管理者", "manager", anchor="start")
    sheet.raw(_lock(697, 326, _OPERATOR))
    sheet.text(712, 331, "取扱者", "operator", anchor="start")
    sheet.arrow("M826 311h22")
    sheet.raw(f'<g transform="translate(855 287) scale(.76)">{_house(_MASK)}</g>')
    sheet.note(806, 363, "二人そろって初めて開く  only both together", colour=theme.good)


def draw(theme: Theme) -> str:
    """Returns the picture."""
    sheet = Sheet(theme)
    _recorder(sheet)
    _uplink(sheet)
    _city(sheet)
    sheet.arrow("M582 338C650 338 604 102 668 102")
    sheet.arrow("M582 359C656 359 614 199 668 199")
    return sheet.svg()
