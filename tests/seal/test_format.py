"""``edge/seal/FORMAT.md`` says what the code does: worked bytes, fields, kinds, causes, limits, failure classes."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from pydantic import BaseModel

from edge.base import strictjson
from edge.base.clock import ClockQuality
from edge.seal import manifest, record
from edge.seal.manifest import DETAILS, Cause, Common, Kind
from edge.wire.authority import Authority, RoleKey
from edge.wire.command import Command
from edge.wire.keylist import Half, KeyHalves, KeyList, Pair
from edge.wire.receipt import BATCH_LIMIT, Receipt
from edge.wire.registration import Enrolment, EnrolmentTicket, Registration
from edge.wire.signed import DOCUMENT_LIMIT_BYTES
from tests.seal import worked
from tests.vectors.test_vectors import EDGE, raised_in
from tests.vectors.vector import load

PAGE = (Path(manifest.__file__).parent / "FORMAT.md").read_text()

DOCUMENTS: dict[str, tuple[type[BaseModel], ...]] = {
    "authority": (Authority, RoleKey),
    "registration": (Registration,),
    "enrolment-ticket": (EnrolmentTicket,),
    "enrolment": (Enrolment,),
    "key-halves": (KeyHalves, Half),
    "key-list": (KeyList, Pair),
    "receipt": (Receipt,),
    "command": (Command,),
}


def section(number: int) -> str:
    return PAGE.split(f"\n## {number} ")[1].split("\n## ")[0]


def first_cells(text: str) -> list[str]:
    return [line.split("|")[1].strip() for line in text.splitlines() if line.startswith("| ")]


def test_worked_bytes_are_what_the_code_writes() -> None:
    assert f"```\n{worked.record()}\n```" in PAGE
    assert f"```\n{worked.envelope_head()}\n```" in PAGE


def test_worked_bytes_are_the_vectors_bytes() -> None:
    data = load("record/ok-without-body").data
    shown = "\n".join(line for line in worked.record().splitlines() if "…" not in line)
    hexes = re.findall(r"^([0-9a-f]{4})  ((?:[0-9a-f]{2} ?)+)", shown, re.MULTILINE)
    for offset, text in hexes:
        part = bytes.fromhex(text)
        assert data[int(offset, 16) :][: len(part)] == part
    assert sum(len(bytes.fromhex(text)) for _, text in hexes) == len(data.rstrip(b"\0"))


def test_common_fields_are_listed() -> None:
    table = section(4).split("| kind | number |")[0]
    named = {name for cell in first_cells(table) for name in re.findall(r"`(\w+)`", cell)}
    assert named == {*Common.model_fields, "detail"}


@pytest.mark.parametrize("kind", Kind)
def test_kind_is_listed_with_its_number_and_fields(kind: Kind) -> None:
    (row,) = (line for line in section(4).splitlines() if re.match(rf"\|[^|]*\b{kind.name}\b", line))
    names, numbers, detail = (cell.strip() for cell in row.strip("|").split("|"))
    assert numbers.split(", ")[names.split(", ").index(kind.name)] == str(kind.value)
    assert set(DETAILS[kind].model_fields) <= set(re.findall(r"`(\w+)`", detail))


def test_causes_and_clock_qualities_are_listed() -> None:
    listed = re.findall(r"`([\w-]+)`", re.search(r"Causes: (.*?)\.", section(4), re.DOTALL)[1])  # type: ignore[index]
    assert listed == [cause.value for cause in Cause]
    assert all(f"`{quality}`" in section(4) for quality in ClockQuality)


@pytest.mark.parametrize("kind", DOCUMENTS)
def test_document_is_listed_with_its_fields(kind: str) -> None:
    (row,) = (line for line in section(8).splitlines() if line.startswith(f"| `{kind}` |"))
    fields = {name for model in DOCUMENTS[kind] for name in model.model_fields}
    assert set(re.findall(r"`(\w+)`", row.split("|")[2])) == fields


def test_limits_are_the_codes_limits() -> None:
    assert manifest.MANIFEST_LIMIT_BYTES == 8192
    assert record.BODY_LIMIT_BYTES == 32 * 2**20 + 64 * 2**10
    assert (record.BLOCK_BYTES, record.PREAMBLE_BYTES, record.SIGNATURE_BYTES) == (4096, 40, 64)
    assert (DOCUMENT_LIMIT_BYTES, BATCH_LIMIT) == (512 * 1024, 64)
    assert strictjson.dump(2**53 - 1) == b"9007199254740991"


def test_failure_classes_of_sealing_are_listed() -> None:
    modules = [*EDGE.glob("seal/*.py"), EDGE / "base" / "strictjson.py", EDGE / "wire" / "signed.py"]
    raised = {failure for module in modules for failure in raised_in(module)}
    assert {cell.strip("`") for cell in first_cells(section(10))} - {"class"} == raised
