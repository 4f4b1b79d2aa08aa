"""Argument specs, defaults and README tables say the same; every variable bears its role's name."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.ansible.tables import BEGIN, END, defaults, roles, specs, table

ROLES = {"baseline", "network", "management_link", "node", "identity", "audit", "update", "decommission", "center"}
every_role = pytest.mark.parametrize("role", roles(), ids=lambda role: role.name)


def test_every_role_is_there() -> None:
    assert {role.name for role in roles()} >= ROLES


@every_role
def test_defaults_are_those_of_the_specs(role: Path) -> None:
    said: dict[str, object] = {}
    for spec in specs(role).values():
        for name, option in spec.get("options", {}).items():
            assert option.get("required") or "default" in option, f"{name} is neither required nor has a default"
            if "default" in option:
                assert said.setdefault(name, option["default"]) == option["default"], f"{name} has two defaults"
    assert defaults(role) == said


@every_role
def test_the_readme_has_the_table_of_the_specs(role: Path) -> None:
    text = (role / "README.md").read_text()
    shown = text.partition(BEGIN)[2].partition(END)[0].strip()
    assert shown == table(role).strip(), "write it anew: python -m tests.ansible.tables"


@every_role
def test_every_variable_is_typed_described_and_bears_the_name_of_its_role(role: Path) -> None:
    for spec in specs(role).values():
        assert spec["short_description"]
        for name, option in spec.get("options", {}).items():
            assert name.startswith(f"{role.name}_")
            assert option["type"]
            assert option["description"]
