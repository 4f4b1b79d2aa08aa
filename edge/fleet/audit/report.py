"""An audit for people and programs: a table for the terminal, a page in Japanese with English beside it, JSON."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict
from pathlib import Path
from typing import Any

from edge.base.clock import to_datetime
from edge.base.templates import templates_in
from edge.fleet.audit.judge import Machine
from edge.fleet.audit.words import KINDS, in_japanese

_TEMPLATES = templates_in(Path(__file__).parents[1] / "templates")
_COLUMNS = ("machine", "state", "version", "password", "certificate", "host cert", "key list", "ports", "findings")


def table(machines: Iterable[Machine]) -> str:
    """Returns the table of the terminal, days in the columns of ages."""
    rows = [_COLUMNS, *(_row(machine) for machine in machines)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(_COLUMNS))]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows
    )


def values(machines: Iterable[Machine]) -> list[dict[str, Any]]:
    """Returns what ``--json`` prints, a tree a machine; certificates and key lists are left out."""
    found = []
    for machine in machines:
        found.append(
            {
                "name": machine.name,
                "ages_days": asdict(machine.ages),
                "open_ports": {vantage: list(ports) for vantage, ports in machine.open_ports.items()},
                "findings": [asdict(finding) for finding in machine.findings],
                **_said(machine),
            }
        )
    return found


def page(machines: tuple[Machine, ...], city: str, now_us: int) -> str:
    """Returns the page; it loads nothing from anywhere."""
    return _TEMPLATES.get_template("audit.html").render(
        city=city,
        when=f"{to_datetime(now_us):%Y-%m-%d %H:%M} UTC",
        machines=machines,
        kinds=KINDS,
        in_japanese=in_japanese,
        fine=sum(not machine.findings for machine in machines),
        silent=sum(machine.looked is None for machine in machines),
        counts={kind: sum(any(f.kind == kind for f in m.findings) for m in machines) for kind in KINDS},
        fingerprints=sorted({line for m in machines if m.looked is not None for line in m.looked.user_ca}),
    )


def _said(machine: Machine) -> dict[str, Any]:
    if machine.looked is None:
        return {}
    return machine.looked.model_dump(mode="json", exclude={"certificate", "key_list", "host_certificate"})


def _row(machine: Machine) -> tuple[str, ...]:
    ages, looked = machine.ages, machine.looked
    ports = "; ".join(
        f"{vantage} {','.join(map(str, opened)) or '-'}" for vantage, opened in machine.open_ports.items()
    )
    return (
        machine.name,
        "ok" if not machine.findings else "silent" if looked is None else "LOOK",
        looked.versions.mimamori.removeprefix("mimamori ") if looked else "",
        _shown(ages.password),
        _shown(ages.certificate),
        _shown(ages.host),
        _shown(ages.keys),
        ports,
        "; ".join(f"{finding.kind}: {finding.detail}" for finding in machine.findings),
    )


def _shown(days: int | None) -> str:
    return "-" if days is None else str(days)
