"""The wheelhouse: what of the lock file a node gets, and that no other wheel slips in."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from edge.base.errors import BadConfiguration, Stop
from edge.fleet.wheelhouse import CHECKOUT, Pin, packages_of, pins_of, seal_wheels

HASH, OTHER = "a" * 64, "b" * 64
LOCK = f"""av==18.1.0 ; python_full_version < '3.12' \\
    --hash=sha256:{OTHER}
av==19.0.2 ; python_full_version >= '3.12' \\
    --hash=sha256:{HASH} \\
    --hash=sha256:{OTHER}
pytest==9.2.0 \\
    --hash=sha256:{OTHER}
Typing_Extensions==4.16.0 \\
    --hash=sha256:{HASH}
"""
AV = "av-19.0.2-cp313-cp313-manylinux_2_28_aarch64.whl"
OWN = "mimamori_edge-0.1.0-py3-none-any.whl"


def test_pins_are_those_of_the_nodes_python_with_every_hash() -> None:
    assert pins_of(LOCK, {"av", "typing-extensions"}, "aarch64") == [
        Pin("av", "19.0.2", frozenset({HASH, OTHER})),
        Pin("typing-extensions", "4.16.0", frozenset({HASH})),
    ]


def test_what_the_lock_file_lacks_is_named() -> None:
    with pytest.raises(BadConfiguration, match="lacks numpy, starlette; run 'make lock'"):
        pins_of(LOCK, {"av", "numpy", "starlette"}, "aarch64")


def test_the_lock_file_holds_a_whole_node_and_no_developers_tool() -> None:
    names = packages_of("node", "aarch64")
    pins = pins_of((CHECKOUT / "requirements.lock").read_text(), names, "aarch64")
    assert {"numpy", "av", "pyrage", "gpiozero", "pydantic-core"} <= {pin.name for pin in pins}
    assert not {"pytest", "weasyprint", "sqlalchemy", "mypy"} & names
    assert all(pin.hashes for pin in pins)


def known(data: bytes) -> dict[str, Pin]:
    return {"av": Pin("av", "19.0.2", frozenset({hashlib.sha256(data).hexdigest()}))}


def test_requirements_pin_every_wheel_by_its_own_hash(tmp_path: Path) -> None:
    (tmp_path / AV).write_bytes(b"av")
    (tmp_path / OWN).write_bytes(b"own")
    assert seal_wheels(tmp_path, known(b"av"), ()) == 2
    lines = (tmp_path / "requirements.txt").read_text().replace(" \\\n   ", "").splitlines()
    assert lines == [
        f"av==19.0.2 --hash=sha256:{hashlib.sha256(b'av').hexdigest()}",
        f"mimamori-edge==0.1.0 --hash=sha256:{hashlib.sha256(b'own').hexdigest()}",
    ]


@pytest.mark.parametrize(("name", "data"), [(AV, b"another"), ("evil-1.0-py3-none-any.whl", b"av")])
def test_a_wheel_that_the_lock_file_does_not_know_is_refused(tmp_path: Path, name: str, data: bytes) -> None:
    (tmp_path / name).write_bytes(data)
    with pytest.raises(Stop, match=f"{name}: not a wheel that requirements.lock names"):
        seal_wheels(tmp_path, known(b"av"), ())


def test_a_wheel_that_was_built_of_a_source_that_the_lock_file_names_is_taken(tmp_path: Path) -> None:
    (tmp_path / AV).write_bytes(b"built here")
    assert seal_wheels(tmp_path, known(b"the source"), {AV}) == 1
    with pytest.raises(Stop):
        seal_wheels(tmp_path, {}, {AV})
