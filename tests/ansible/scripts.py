"""Programs that roles bring to machines, loaded from where they lie."""

from __future__ import annotations

import sys
from importlib.util import module_from_spec, spec_from_file_location
from types import ModuleType

from tests.ansible.tables import ANSIBLE


def script(role: str, name: str) -> ModuleType:
    """Returns ``roles/<role>/files/<name>.py`` as a module."""
    path = ANSIBLE / "roles" / role / "files" / f"{name}.py"
    spec = spec_from_file_location(f"mimamori_{name}", path)
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    sys.modules[spec.name] = module  # dataclasses look their module up
    spec.loader.exec_module(module)
    return module
