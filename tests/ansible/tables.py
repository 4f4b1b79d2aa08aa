"""The tables of variables in each role's README, made from its argument specs.

``python -m tests.ansible.tables`` writes them; a test holds them against the specs.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import yaml

ANSIBLE = Path(__file__).resolve().parents[2] / "ansible"
BEGIN, END = "<!-- variables -->", "<!-- end of variables -->"


def roles() -> list[Path]:
    """Returns the roles' folders."""
    return sorted(path for path in (ANSIBLE / "roles").iterdir() if path.is_dir())


def specs(role: Path) -> dict[str, dict[str, Any]]:
    """Returns the options of each entry point."""
    tree = yaml.safe_load((role / "meta" / "argument_specs.yml").read_text())["argument_specs"]
    return dict(tree)


def defaults(role: Path) -> dict[str, Any]:
    """Returns ``defaults/main.yml``; empty where there is none."""
    path = role / "defaults" / "main.yml"
    return (yaml.safe_load(path.read_text()) or {}) if path.exists() else {}


def table(role: Path) -> str:
    """Returns the table as Markdown."""
    lines = []
    for entry, spec in specs(role).items():
        lines += [f"`{entry}`: {spec['short_description']}", ""]
        if not spec.get("options"):
            lines += ["No variables.", ""]
            continue
        lines += ["| variable | type | default | what it is |", "|---|---|---|---|"]
        for name, option in spec["options"].items():
            default = "required" if option.get("required") else f"`{_shown(option['default'])}`"
            lines.append(f"| `{name}` | {option['type']} | {default} | {option['description']} |")
        lines.append("")
    return "\n".join(lines)


def _shown(value: Any) -> str:
    return value if isinstance(value, str) and value else json.dumps(value, ensure_ascii=False)


def put(role: Path) -> None:
    """Writes the table into the role's README."""
    path = role / "README.md"
    before, _, rest = path.read_text().partition(BEGIN)
    path.write_text(f"{before}{BEGIN}\n{table(role)}{END}{rest.partition(END)[2]}")


if __name__ == "__main__":
    for one in roles():
        put(one)
