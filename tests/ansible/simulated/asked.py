"""What Ansible sends to a machine: a module with its arguments, or a line for the shell."""

from __future__ import annotations

import ast
import json
import re
from dataclasses import dataclass
from typing import Any

_BECOME = re.compile(r"BECOME-SUCCESS-\w+ ; ")
_LINE = re.compile(rb"^(ansible_module|params)=(.*),$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Module:
    """A module, by its name without a collection's."""

    name: str
    arguments: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Shell:
    """A line for ``/bin/sh``."""

    line: str


def read_asked(command: str, data: bytes | None) -> Module | Shell:
    """Reads what a connection was given; a pipelined module comes as Python's input.

    Raises:
        ValueError: it is neither.
    """
    if data:
        return _read_module(data)
    line = _BECOME.split(command)[-1]
    return Shell(line)


def _read_module(data: bytes) -> Module:
    found = {key.decode(): ast.literal_eval(value.decode()) for key, value in _LINE.findall(data)}
    if found.keys() != {"ansible_module", "params"}:
        raise ValueError(f"no module of the form that this Ansible sends: {data[:100]!r}")
    tree = json.loads(found["params"])["ANSIBLE_MODULE_ARGS"]
    arguments = {key: value for key, value in tree.items() if not key.startswith("_ansible_")}
    return Module(found["ansible_module"].rpartition(".")[2], arguments)
