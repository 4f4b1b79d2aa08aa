"""The sheets as tables of Markdown."""

from __future__ import annotations

from collections.abc import Iterable

from hardware.assumptions import Assumptions
from hardware.bom import ESTIMATE, MODEL, Bom, BuildName, Figure
from hardware.lens import fitted, station, table
from hardware.sheets.card import card_sheet, shipped
from hardware.sheets.cost import cost_sheet, mass_g, price_yen, read_models
from hardware.sheets.heat import heat_sheet
from hardware.sheets.line import line_sheet, plan_sheets
from hardware.sheets.power import State, power_sheet

BUILDS: tuple[BuildName, ...] = ("eaves", "pole")
NOT_ASKED = "対象外 / not asked"
MATSUDO_DEG, FIELD_TOLERANCE_DEG = (104.0, 85.0), 5.0
_SEEN = {
    "field_deg": "画角 field (対角 diagonal) °",
    "above_horizon_deg": "上端の仰角 upper edge above the horizon °",
    "blind_ground_m": "真下の死角 blind ground m",
    "recognise_m": "顔20画素・知人とわかる recognise m",
    "identify_m": "顔40画素・識別 identify m",
    "court_m": "顔80画素・悪条件でも識別 identify when hard m",
    "plate_m": "ナンバー 200画素/m number plate m",
}


def rows(head: Iterable[str], body: Iterable[Iterable[object]]) -> str:
    """Returns a table."""
    names = list(head)
    lines = ["| " + " | ".join(str(cell) for cell in row) + " |" for row in [names, ["---"] * len(names), *body]]
    return "\n".join(lines) + "\n"


def cited(figure: Figure, digits: int = 2) -> str:
    """Returns a number with its source."""
    return f"{figure.value:,.{digits}f} {source(figure.of)}"


def source(of: str) -> str:
    """Returns how a source is shown."""
    return {ESTIMATE: "est", MODEL: "model"}.get(of, f"[{of}]")


def verdict(good: bool) -> str:
    """Returns a verdict in both languages."""
    return "適合 / met" if good else "**不適合 / not met**"


def every(bom: Bom, assumed: Assumptions) -> dict[str, str]:
    """Returns all tables by name."""
    return {
        "power": power(bom, assumed),
        "cost": cost(bom, assumed),
        "work": work(assumed),
        "heat": heat(bom, assumed),
        "card": card(assumed),
        "line": line(assumed),
        "plans": plans(assumed),
        "lens": lens(bom, assumed),
        "lenses": lenses(bom, assumed),
        "catalogue": catalogue(bom, assumed),
        "sources": sources(bom, assumed),
    }


def power(bom: Bom, assumed: Assumptions) -> str:
    """Watts in each state, and yen a month."""
    low, high = assumed.power.target_yen
    states: list[State] = ["idle", "record", "night", "peak"]
    head = ["構成 build", "待機 idle W", "録画 record W", "夜間 night W", "最大 peak W", "平均 average W", "kWh/月"]
    head += ["円/月 yen", "80–100円 R-MATSUDO-08", "電源余裕 spare W", "電源と効率 supplies and efficiency"]
    body = []
    for build in BUILDS:
        sheet, supplies = power_sheet(bom, assumed, build), bom.build[build].supplies
        chain = " → ".join(f"{part} {cited(it.efficiency)}" for part in supplies if (it := bom.part[part].supply))
        watts = [f"{sheet.load_w[state]:.1f} → {sheet.wall_w[state]:.1f}" for state in states]
        met = verdict(low <= sheet.yen_a_month <= high) if build == "eaves" else NOT_ASKED
        spent = [f"{sheet.average_wall_w:.2f}", f"{sheet.kwh_a_month:.2f}", f"**{sheet.yen_a_month:.0f}**"]
        body.append([bom.build[build].name_ja, *watts, *spent, met, f"{sheet.spare_w:.1f}", chain])
    return rows(head, body)


def cost(bom: Bom, assumed: Assumptions) -> str:
    """Grams and yen."""
    low, high = assumed.cost.target_yen
    head = ["構成 build", "質量 mass g", "350 g以下 at most", "部品 parts 円", "作業 work 円", "諸経費 overhead 円"]
    head += ["合計 total 円", "20–30万円", "うち見積もり estimated"]
    body = []
    for build in BUILDS:
        sheet, asked = cost_sheet(bom, assumed, build), build == "eaves"
        light, fits = sheet.total_g <= assumed.mass.target_g, low <= sheet.total_yen <= high
        money = [sum(sheet.parts_yen.values()), sum(sheet.work_yen.values()), sheet.overhead_yen]
        row = [bom.build[build].name_ja, f"**{sheet.total_g:.0f}**", verdict(light) if asked else NOT_ASKED]
        row += [f"{yen:,.0f}" for yen in money] + [f"**{sheet.total_yen:,.0f}**"]
        body.append([*row, verdict(fits) if asked else NOT_ASKED, f"{100 * sheet.estimated:.0f} %"])
    return rows(head, body)


def work(assumed: Assumptions) -> str:
    """Labour."""
    listed = assumed.cost.work
    body = [[f"{it.name_ja} / {it.name}", *(cited(it.yen[build], 0) for build in BUILDS)] for it in listed]
    return rows(["作業 work, 円", *BUILDS], body)


def heat(bom: Bom, assumed: Assumptions) -> str:
    """Degrees."""
    a = assumed.heat
    head = ["構成 build", "内部発熱 inside W", "日射 sun W", "部品→外気 parts to air K/W"]
    head += [f"外気 {a.usual_c.value} °C: 内部 inside °C", f"**外気 {a.hot_c.value} °C**: 内部 inside °C"]
    head += ["プロセッサー processor °C", "余裕最小の部品 least margin", "判定"]
    body = []
    for build in BUILDS:
        sheet = heat_sheet(bom, assumed, build)
        tight = min(sheet.margin_k, key=lambda part: sheet.margin_k[part])
        good = sheet.margin_k[tight] >= 0 and sheet.processor_hot_c < a.throttles_c.value
        row = [bom.build[build].name_ja, f"{sheet.inside_w:.2f}", f"{sheet.sun_w:.2f}", f"{sheet.k_per_w:.2f}"]
        row += [f"{sheet.inside_usual_c:.0f}", f"**{sheet.inside_hot_c:.0f}**", f"{sheet.processor_hot_c:.0f}"]
        body.append([*row, f"{tight}: {sheet.margin_k[tight]:.0f} K", verdict(good)])
    return rows(head, body)


def card(assumed: Assumptions) -> str:
    """Days on the card, and its life."""
    head = ["都市 city", "Mbit/s", "リング ring GB", "保存日数 retention", "入る日数 holds", "判定"]
    head += ["書込 written TB/年", "摩耗 worn out 年 years", "交換 swap 年 years"]
    body = []
    for profile in shipped().values():
        sheet = card_sheet(profile, assumed)
        outage = f"サーバー保管、{24 * sheet.holds_days} hの断に耐える / at the center, bears an outage of that"
        row: list[object] = [sheet.city, f"{sheet.bitrate_bps / 1e6:.1f}", f"{sheet.ring_bytes / 1e9:.0f}"]
        row += [sheet.retention_days, f"**{sheet.holds_days}**"]
        row += [verdict(sheet.holds_days >= sheet.retention_days) if sheet.on_card else outage]
        worn = [sheet.written_tb_a_year, sheet.wears_out_years, sheet.replace_after_years]
        body.append([*row, *(f"{value:.0f}" for value in worn)])
    return rows(head, body)


def line(assumed: Assumptions) -> str:
    """Bytes a month of each profile."""
    body = []
    for profile in shipped().values():
        sheet = line_sheet(profile, assumed)
        budget = "–"
        if sheet.budget_bytes is not None:
            budget = f"{sheet.budget_bytes / 1e9:.0f} GB: {sheet.hours_in_budget:.0f} h"
        volumes = [f"{sheet.heartbeat_bytes / 1e9:.2f}", f"{sheet.footage_bytes / 1e9:.0f}"]
        body.append([sheet.city, profile.network.kind, profile.uplink.upload, *volumes, budget])
    head = ["都市 city", "回線 line", "送信 upload", "ハートビート heartbeats GB/月", "全映像 all footage GB/月"]
    return rows([*head, "上限と入る映像 budget and footage in it"], body)


def plans(assumed: Assumptions) -> str:
    """Data plans at Saga's bitrate."""
    body = [
        [f"{it.name_ja} / {it.name}", f"{it.yen_a_month:,.0f} {source(it.source)}", f"{it.hours:.1f}", it.covers_all]
        for it in plan_sheets(shipped()["saga"], assumed)
    ]
    named = [[*row[:3], "可 / yes" if row[3] else "不可 / no"] for row in body]
    return rows(["プラン plan", "円/月 yen", "送れる映像 footage h/月", "全映像 all of it"], named)


def lens(bom: Bom, assumed: Assumptions) -> str:
    """What the builds' lenses see."""
    stations = {build: station(bom, assumed, build) for build in BUILDS}
    seen = {build: dict(table(at, assumed)) for build, at in stations.items()}
    head = ["", *(f"{build}: {at.height_m} m, {at.tilt_deg:.0f}°" for build, at in stations.items())]
    return rows(head, [[label, *(seen[build][name] for build in BUILDS)] for name, label in _SEEN.items()])


def lenses(bom: Bom, assumed: Assumptions) -> str:
    """The lenses that were looked at."""
    body = []
    for it in bom.lens:
        known = ", ".join(f"{name} {cited(figure, 1)}" for name, figure in it.field_deg.items())
        field = fitted(it, assumed.lens.width_px, assumed.lens.height_px).field_deg
        near = all(abs(field[n] - MATSUDO_DEG[n]) <= FIELD_TOLERANCE_DEG for n in (0, 1))
        body.append([it.name, known, f"{field[0]:.0f} × {field[1]:.0f}", verdict(near), it.build or ""])
    head = ["レンズ lens", "既知の画角 known °", "4:3の画像で in a 4:3 picture °", "104 × 85 (R-MATSUDO-09)"]
    return rows([*head, "使用 used by"], body)


def catalogue(bom: Bom, assumed: Assumptions) -> str:
    """The bill of materials."""
    models, body = read_models(), []
    for name, part in bom.part.items():
        counts = " / ".join(str(bom.build[build].parts.count(name) or "–") for build in BUILDS)
        states = part.power_w
        watts = " / ".join(cited(it) for it in (states.idle, states.record, states.peak)) if states else "–"
        price, (low, high) = part.price_yen or part.price_usd, part.temperature_c.value
        assert price is not None
        row = [f"`{name}`", part.role, f"{part.name_ja} / {part.name}", counts]
        row += [f"{mass_g(part, models, assumed):.1f} {source(part.mass_g.of)}", watts]
        row += [f"{price_yen(part, assumed):,.0f} {source(price.of)}"]
        row += [f"{low:.0f}…{high:.0f} {source(part.temperature_c.of)}"]
        body.append([*row, "; ".join([*part.alternatives, part.note] if part.note else part.alternatives)])
    head = ["id", "役割 role", "部品 part", "数 eaves / pole", "g", "W idle / record / peak", "円 yen", "°C"]
    return rows([*head, "代替、注 alternatives, note"], body)


def sources(bom: Bom, assumed: Assumptions) -> str:
    """Where figures come from."""
    listed = sorted((bom.source | assumed.source).items())
    return rows(["", "種類 kind", ""], [[f"[{name}]", it.kind, f"[{it.title}]({it.url})"] for name, it in listed])
