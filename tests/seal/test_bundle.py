"""Reading a bundle: what is cut off is incomplete, what cannot be read is bad input."""

from __future__ import annotations

from pathlib import Path

import pytest

from edge.base.errors import BadInput
from edge.seal import verify
from tests.seal.bundles import (
    EXCERPT,
    INCOMPLETE,
    STORY,
    TRUST,
    UNKNOWN,
    answers,
)


def test_file_of_records_is_read_with_what_lies_beside_it(tmp_path: Path) -> None:
    EXCERPT.write(tmp_path)
    assert verify.verify(tmp_path / "records", TRUST).status == 0


def test_cut_off_records_are_incomplete_at_every_length(tmp_path: Path) -> None:
    folder = EXCERPT.write(tmp_path)
    data = (folder / "records").read_bytes()
    for length in range(1, len(data), 97):
        (folder / "records").write_bytes(data[:length])
        report = verify.verify(folder, TRUST)
        assert report.completeness.outcome is INCOMPLETE
        assert report.status == 2


def test_cut_off_headers_are_noticed(tmp_path: Path) -> None:
    bundle = EXCERPT.but(headers=[*(EXCERPT.headers or [])[:-1], STORY[5].header.data[:-1]])
    assert bundle.verified(tmp_path).status == 1


@pytest.mark.parametrize("records", [[], None])
def test_bundle_without_records_proves_nothing(tmp_path: Path, records: list[bytes] | None) -> None:
    bundle = EXCERPT.but(records=records)
    if records is None:
        with pytest.raises(BadInput, match="give a bundle folder or a file of records"):
            bundle.verified(tmp_path)
    else:
        report = bundle.verified(tmp_path)
        assert (report.status, report.node, report.completeness.outcome) == (2, None, INCOMPLETE)
        assert answers(report)[0] is UNKNOWN


def test_folder_in_a_files_place_is_bad_input(tmp_path: Path) -> None:
    EXCERPT.write(tmp_path)
    (tmp_path / "headers").unlink()
    (tmp_path / "headers").mkdir()
    with pytest.raises(BadInput):
        verify.verify(tmp_path, TRUST)
