"""Provenance: from the trusted root to the registered key; demonstrations count among themselves alone."""

from __future__ import annotations

from pathlib import Path

import pyrage
import pytest

from edge.base.clock import ClockQuality
from edge.seal.answers import Trust
from tests.seal.bundles import (
    ALTERED,
    EXCERPT,
    KEY_LIST,
    OK,
    TRUST,
    UNKNOWN,
    Bundle,
    Recorder,
    answers,
    authority_of_city,
    cut,
    headers_of,
    key_list_with,
    reasons,
    receipt_for,
    registration_with,
    story,
)
from tests.seal.samples import OTHER_ROOT, PAIR, ROOT

OTHER_PAIR = PAIR.model_copy(update={"manager": str(pyrage.x25519.Identity.generate().to_public())})


def test_other_nodes_records_are_altered(tmp_path: Path) -> None:
    bundle = EXCERPT.but(registration=registration_with(node="demo-2"))
    report = bundle.verified(tmp_path)
    assert report.provenance.outcome is ALTERED
    assert "records of node 'demo' are not of 'demo-2'" in reasons(report)


def test_without_a_trusted_root_nothing_is_proven(tmp_path: Path) -> None:
    report = EXCERPT.verified(tmp_path, None)
    assert answers(report) == (UNKNOWN, UNKNOWN, OK, UNKNOWN)
    assert "give the city's with --root" in reasons(report)


def test_other_root_is_altered(tmp_path: Path) -> None:
    report = EXCERPT.verified(tmp_path, Trust(OTHER_ROOT.public_key, demo=False))
    assert (report.provenance.outcome, report.status) == (ALTERED, 1)
    assert EXCERPT.but(authority=authority_of_city(root=OTHER_ROOT)).verified(tmp_path).status == 1


def test_key_list_of_another_node_is_altered(tmp_path: Path) -> None:
    report = EXCERPT.but(key_lists=[KEY_LIST.data, key_list_with(node="demo-2").data]).verified(tmp_path)
    assert report.provenance.outcome is ALTERED


SIMULATED = cut(story(Recorder(clock=ClockQuality.SIMULATED)), 2, 4)


def test_simulated_clock_counts_in_a_demonstration_alone(tmp_path: Path) -> None:
    demo = Trust(ROOT.public_key, demo=True)
    report = SIMULATED.but(authority=authority_of_city(demo=True)).verified(tmp_path, demo)
    assert (answers(report), report.demo) == ((OK, OK, OK, OK), True)
    for trust in (demo, TRUST):
        report = SIMULATED.verified(tmp_path, trust)
        assert (report.provenance.outcome, report.status) == (ALTERED, 1)
        assert "simulated clock count in a demonstration only" in reasons(report)


def test_demonstrations_authority_is_refused_by_a_city(tmp_path: Path) -> None:
    report = EXCERPT.but(authority=authority_of_city(demo=True)).verified(tmp_path)
    assert (report.provenance.outcome, report.status) == (ALTERED, 1)
    assert "marked as a demonstration's" in reasons(report)


@pytest.mark.parametrize("change", [{"days": ()}, {"days": (OTHER_PAIR,)}], ids=["no such day", "other recipients"])
def test_picture_sealed_to_others_than_its_key_list_names_is_altered(tmp_path: Path, change: dict[str, object]) -> None:
    """Else a recorder gone bad could seal to keys of its own and still be believed."""
    listed = key_list_with(**change)
    recorder = Recorder()
    records = [recorder.boot(), recorder.segment(key_list=listed.sha256), recorder.shutdown()]
    bundle = Bundle([r.dump() for r in records], headers_of(records), [receipt_for(records)], key_lists=[listed.data])
    report = bundle.verified(tmp_path)
    assert (report.provenance.outcome, report.status) == (ALTERED, 1)
    assert "sealed to others than the key list names" in reasons(report)
