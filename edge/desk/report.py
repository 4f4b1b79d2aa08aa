"""The report beside opened footage: each segment's SHA-256 in order, and what each file holds."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from edge.base import strictjson
from edge.base.files import write_durably
from edge.desk.footage import Footage
from edge.desk.opening import OpenedSegment

REPORT = "report.json"


def write_report(out: Path, segments: list[OpenedSegment], footage: list[Footage]) -> dict[str, Any]:
    """Writes ``report.json`` into ``out`` and returns what it says.

    Raises:
        StorageFault: the disk refused.
    """
    report = {
        "plain_sha256": [segment.plain_sha256 for segment in segments],
        "segments": [_segment(segment, out) for segment in segments],
        "footage": [
            {"file": item.path.name, "start_us": item.start_us, "first": item.first, "last": item.last}
            for item in footage
        ],
    }
    write_durably(out / REPORT, strictjson.dump(report), mode=0o600)
    return report


def _segment(segment: OpenedSegment, out: Path) -> dict[str, Any]:
    return {
        "chain": segment.chain,
        "sequence": segment.sequence,
        "start_us": segment.start_us,
        "end_us": segment.end_us,
        "plain_sha256": segment.plain_sha256,
        "file": str(segment.path.relative_to(out)),
    }
