"""The steps' logic: drafts that outlive an interruption, and a sign-off of exactly what was shown."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from edge.base.errors import NotPermitted, Refused, StorageFault
from edge.commission.steps import DRAFT, SIGN_OFF
from edge.commission.steps_draft import Draft, DraftMask, Papers, Step, parse_draft
from edge.mask import maskset
from edge.wire.registerentry import parse_register_entry
from edge.wire.signoff import read_sign_off
from edge.wire.visit import Scope
from tests.commission.installer import COMPLETE, DOOR, KEY_ID, PAPERS, Desk, ticket
from tests.seal.samples import NODE

CROSSED = DraftMask(id="crossed", polygon=((0, 0), (500_000, 500_000), (500_000, 0), (0, 500_000)))


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


def test_first_visit_begins_with_nothing_and_a_later_one_with_the_masks_in_force(tmp_path: Path) -> None:
    assert Desk(tmp_path).steps.draft() == Draft(node=NODE)
    text = {
        "version": 1,
        "node": NODE,
        "masks": [
            {
                "id": "w",
                "kind": "window",
                "consent": "K-9",
                "revoked": "2026-03-01",
                "polygon": [[0.1, 0.1], [0.2, 0.1], [0.2, 0.2]],
            }
        ],
        "signed_off": {"by": "I-01", "at": "2026-01-05T10:00:00+09:00"},
    }
    installed = maskset.parse(json.dumps(text).encode(), NODE, source="test")
    desk = Desk(tmp_path, installed)
    (mask,) = desk.steps.draft().masks
    desk.steps.repaint(ticket())
    assert maskset.parse(desk.painted[-1], NODE, source="preview").masks == installed.masks
    assert (mask.id, mask.polygon[0], mask.margin_px) == ("w", (100_000, 100_000), 16)


def test_interrupted_visit_goes_on_where_it_was(desk: Desk) -> None:
    half = COMPLETE.model_copy(update={"step": Step.PAPERS, "papers": Papers(address="松戸市")})
    desk.steps.change(half, ticket())
    assert Desk(desk.folder).steps.draft() == half


def test_draft_is_readable_by_its_owner_alone(desk: Desk) -> None:
    desk.steps.change(COMPLETE, ticket())
    assert (desk.folder / DRAFT).stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("data", [b"", b"{", b"[]", b'{"v":1,"node":"other"}', b"x" * 300_000])
def test_damaged_draft_begins_again_and_does_not_stop_the_visit(desk: Desk, data: bytes) -> None:
    (desk.folder / DRAFT).write_bytes(data)
    assert desk.steps.draft() == Draft(node=NODE)


def test_preview_gets_every_sound_mask_and_no_other(desk: Desk) -> None:
    desk.steps.change(COMPLETE.model_copy(update={"masks": (DOOR, CROSSED)}), ticket())
    (shown,) = maskset.parse(desk.painted[-1], NODE, source="preview").masks
    assert shown.id == DOOR.id and shown.polygon == DOOR.polygon
    desk.steps.change(COMPLETE.model_copy(update={"masks": (CROSSED,)}), ticket())
    assert maskset.parse(desk.painted[-1], NODE, source="preview").masks == ()


def test_summary_names_everything_that_is_missing(desk: Desk) -> None:
    summary = desk.steps.summary(ticket())
    assert summary.digest is None and len(summary.missing) == 8
    desk.steps.change(COMPLETE.model_copy(update={"masks": (DOOR, CROSSED)}), ticket())
    (missing,) = desk.steps.summary(ticket()).missing
    assert missing.en.startswith("crossed:") and "交わ" in missing.ja


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("plate_up", False),
        ("consents_given", False),
        ("latitude_e6", None),
        ("longitude_e6", None),
        ("direction_deg", None),
        ("address", "  "),
        ("host_name", ""),
        ("host_phone", "by mail"),
    ],
)
def test_each_paper_is_needed(desk: Desk, field: str, value: object) -> None:
    desk.steps.change(COMPLETE.model_copy(update={"papers": PAPERS.model_copy(update={field: value})}), ticket())
    summary = desk.steps.summary(ticket())
    assert summary.digest is None and len(summary.missing) == 1


def test_summary_names_the_signing_key_whatever_is_missing(desk: Desk) -> None:
    summary = desk.steps.summary(ticket())
    assert summary.missing and summary.signing_key == KEY_ID


def test_no_masks_need_a_reason(desk: Desk) -> None:
    bare = COMPLETE.model_copy(update={"masks": (), "none_needed": " "})
    desk.steps.change(bare, ticket())
    assert desk.steps.summary(ticket()).digest is None
    desk.steps.change(bare.model_copy(update={"none_needed": "河川敷のみ"}), ticket())
    digest = desk.steps.summary(ticket()).digest
    assert digest is not None
    desk.steps.sign_off(digest, ticket())
    masks = read_sign_off(desk.folder / SIGN_OFF).masks
    assert maskset.parse(masks.encode(), NODE, source="test").none_needed == "河川敷のみ"


def test_more_than_half_of_the_picture_is_for_the_custodians(desk: Desk) -> None:
    wide = DOOR.model_copy(update={"polygon": ((0, 0), (1_000_000, 0), (1_000_000, 600_000), (0, 600_000))})
    desk.steps.change(COMPLETE.model_copy(update={"masks": (wide,)}), ticket())
    (missing,) = desk.steps.summary(ticket()).missing
    assert "custodians" in missing.en


def test_sign_off_hands_over_exactly_what_was_shown_and_forgets_the_draft(desk: Desk) -> None:
    desk.steps.change(COMPLETE, ticket())
    digest = desk.steps.summary(ticket()).digest
    assert digest is not None
    desk.clock.at_us += 60_000_000  # the time of looking at the summary is in the document, not that of the touch
    desk.steps.sign_off(digest, ticket())
    report = read_sign_off(desk.folder / SIGN_OFF)
    signed_off = maskset.parse(report.masks.encode(), NODE, source="test")
    assert maskset.digest(signed_off) == digest == report.digest
    assert (signed_off.signed_off.by, signed_off.signed_off.at) == ("I-07", "2026-01-05T09:00:00+09:00")
    assert report.ticket.encode() == ticket().data and report.references == ("K-0001", "K-0002")
    assert not (desk.folder / DRAFT).exists() and desk.ended == 1


def test_register_entry_is_private_and_nowhere_else(desk: Desk) -> None:
    desk.steps.change(COMPLETE, ticket())
    digest = desk.steps.summary(ticket()).digest
    assert digest is not None
    desk.steps.sign_off(digest, ticket())
    entry = parse_register_entry(desk.entry.read_bytes())
    assert desk.entry.parent.stat().st_mode & 0o777 == 0o700
    assert desk.entry.stat().st_mode & 0o777 == 0o640
    assert (entry.host_name, entry.direction_deg) == ("根本町会", 135)
    others = b"".join(file.read_bytes() for file in desk.folder.iterdir() if file.is_file())
    for personal in ("根本町会", "047-000-0000", "松戸市根本", "35787000"):
        assert personal.encode() not in others


def test_register_entry_says_which_consents_were_taken_back(desk: Desk) -> None:
    revoked = tuple(mask.model_copy(update={"revoked": "2026-03-01"}) for mask in COMPLETE.masks[:1])
    assert revoked[0].consent is not None
    desk.steps.change(COMPLETE.model_copy(update={"masks": (*revoked, *COMPLETE.masks[1:])}), ticket())
    digest = desk.steps.summary(ticket()).digest
    assert digest is not None
    desk.steps.sign_off(digest, ticket())
    assert parse_register_entry(desk.entry.read_bytes()).revoked == {revoked[0].consent: "2026-03-01"}


def test_change_after_the_summary_needs_another_look(desk: Desk) -> None:
    desk.steps.change(COMPLETE, ticket())
    digest = desk.steps.summary(ticket()).digest
    assert digest is not None
    desk.steps.change(COMPLETE.model_copy(update={"papers": PAPERS.model_copy(update={"address": "市川"})}), ticket())
    with pytest.raises(Refused, match="not what was shown"):
        desk.steps.sign_off(digest, ticket())
    assert not (desk.folder / SIGN_OFF).exists() and desk.ended == 0


def test_digest_that_nobody_was_shown_signs_nothing_off(desk: Desk) -> None:
    desk.steps.change(COMPLETE, ticket())
    with pytest.raises(Refused, match="not what was shown"):
        desk.steps.sign_off("00" * 32, ticket())
    desk.steps.summary(ticket())
    with pytest.raises(Refused, match="not what was shown"):
        desk.steps.sign_off("00" * 32, ticket())
    assert not (desk.folder / SIGN_OFF).exists()


def test_disk_that_refuses_signs_nothing_off(desk: Desk) -> None:
    desk.steps.change(COMPLETE, ticket())
    digest = desk.steps.summary(ticket()).digest
    assert digest is not None
    (desk.folder / SIGN_OFF).mkdir()  # nothing can be put in its place
    with pytest.raises(StorageFault):
        desk.steps.sign_off(digest, ticket())
    assert desk.ended == 0 and desk.steps.draft() == COMPLETE


@pytest.mark.parametrize("scope", [scope for scope in Scope if not scope.aims])
def test_visit_that_does_not_aim_changes_nothing(desk: Desk, scope: Scope) -> None:
    with pytest.raises(NotPermitted):
        desk.steps.change(COMPLETE, ticket(scope))
    with pytest.raises(NotPermitted):
        desk.steps.sign_off("00" * 32, ticket(scope))
    assert list(desk.folder.iterdir()) == [] and desk.painted == []


@pytest.mark.parametrize(
    "change",
    [
        {"v": 2},
        {"node": "other"},
        {"step": "fly"},
        {"masks": [{"id": "a"}, {"id": "a"}]},
        {"masks": [{"id": "a", "polygon": [[0, 1_000_001]]}]},
        {"masks": [{"id": "a", "polygon": [[0.5, 0.5]]}]},
        {"masks": [{"id": "a", "polygon": [[0, 0]] * 129}]},
        {"masks": [{"id": "a", "kind": "face"}]},
        {"masks": [{"id": "a", "margin_px": 3}]},
        {"masks": [{"id": f"m{number}"} for number in range(65)]},
        {"none_needed": "a\nb"},
        {"papers": {"latitude_e6": 91_000_000}},
        {"papers": {"plate_up": "yes"}},
        {"more": 1},
    ],
    ids=str,
)
def test_malformed_draft_is_refused(change: dict[str, object]) -> None:
    good: dict[str, object] = {"v": 1, "node": NODE}
    assert parse_draft(json.dumps(good).encode(), NODE) == Draft(node=NODE)
    with pytest.raises(Refused):
        parse_draft(json.dumps(good | change).encode(), NODE)
