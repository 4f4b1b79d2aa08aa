"""Every vector is accepted or refused as it says, the files are what the code makes, and no failure class lacks one."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

import edge
from edge.base import strictjson
from edge.wire.signed import key_id
from tests.seal.samples import NODE_KEY
from tests.vectors import generate
from tests.vectors.vector import FAMILIES, FOLDER, Vector, load, stored

EDGE = Path(edge.__file__).parent
VECTORS = list(stored())

WITHOUT_VECTOR = {
    "bad-hash": "files beside a release, see tests/fleet/test_releases.py",
    "bad-recipient": "raised by the writer, see tests/seal/test_sealing.py",
    "bad-request": "certificate requests, see tests/wire/test_requests.py",
}
"""Failure classes that no vector names, and where they are tested instead."""

GUARDS: dict[str, tuple[str, Callable[..., Any]]] = {
    "header/bad-signature-bit": ("edge.seal.record.is_valid", lambda *_: True),
    "header/foreign-key": ("edge.seal.record.key_id", lambda _: key_id(NODE_KEY.public_key)[::-1]),
    "record/body-hash-first": ("edge.seal.record._check_body", lambda *_: None),
    "header/body-length-segment": ("edge.seal.record._check_body_length", lambda *_: None),
    "receipt/bad-signature": ("edge.wire.signed.is_valid", lambda *_: True),
    "receipt/false-receipt-hash": ("tests.vectors.vector.require_match", lambda *_: None),
    "open-layer/foreign-stanza": ("edge.seal.sealing.require_own_stanzas", lambda _: None),
    "json/not-canonical": ("edge.base.strictjson.parse", strictjson.parse_loose),
}


@pytest.mark.parametrize("vector", VECTORS, ids=lambda vector: f"{vector.family}-{vector.name}")
def test_vector_comes_out_as_it_says(vector: Vector) -> None:
    assert vector.outcome() == vector.expect


def test_files_are_what_the_code_makes() -> None:
    made = {vector.path: vector.dump() for vector in generate.vectors()}
    files = {path: path.read_text() for path in FOLDER.glob("*/*.json")}
    assert sorted(made) == sorted(files)
    assert [path for path, text in made.items() if files[path] != text] == []


def test_every_family_has_accepted_and_rejected_vectors() -> None:
    accepted = {vector.family for vector in VECTORS if vector.expect == "ok"}
    rejected = {vector.family for vector in VECTORS if vector.expect != "ok"}
    assert accepted == rejected == set(FAMILIES)


@pytest.mark.parametrize("vector", VECTORS, ids=lambda vector: f"{vector.family}-{vector.name}")
def test_name_begins_with_the_failure(vector: Vector) -> None:
    assert vector.name.startswith(vector.expect)


def raised_in(path: Path) -> Iterator[str]:
    """Yields the failure classes of every ``Refused("…", …)`` in a module."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "Refused":
            assert isinstance(node.args[0], ast.Constant), f"{path}:{node.lineno}: failure class is no literal"
            yield str(node.args[0].value)


def test_every_failure_class_has_a_vector_or_a_reason() -> None:
    modules = [*EDGE.glob("seal/*.py"), *EDGE.glob("wire/*.py"), EDGE / "base" / "strictjson.py"]
    raised = {failure for module in modules for failure in raised_in(module)}
    covered = {vector.expect for vector in VECTORS} - {"ok", "not-permitted"}
    assert raised - covered == set(WITHOUT_VECTOR)
    assert covered <= raised


@pytest.mark.parametrize("reference", GUARDS)
def test_vector_shows_when_its_guard_is_gone(reference: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Control: with the guard taken out, the vector no longer comes out as it says."""
    target, sabotage = GUARDS[reference]
    vector = load(reference)
    monkeypatch.setattr(target, sabotage)
    assert vector.outcome() != vector.expect
