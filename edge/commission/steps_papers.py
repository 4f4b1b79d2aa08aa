"""The papers step: what is still missing, and the register entry that it becomes."""

from __future__ import annotations

from pydantic import TypeAdapter, ValidationError

from edge.commission import steps_words as say
from edge.commission.steps_draft import Draft, Papers
from edge.commission.steps_words import Words
from edge.wire.registerentry import Phone, RegisterEntry

_PHONE = TypeAdapter(Phone)


def blockers(papers: Papers) -> list[Words]:
    """Returns what keeps the papers from being complete."""
    missing = [
        (papers.plate_up, say.NO_PLATE),
        (papers.consents_given, say.NO_CONSENTS),
        (papers.latitude_e6 is not None and papers.longitude_e6 is not None, say.NO_POSITION),
        (papers.direction_deg is not None, say.NO_DIRECTION),
        (_line(papers.address), say.NO_ADDRESS),
        (_line(papers.host_name), say.NO_HOST),
        (_is_phone(papers.host_phone.strip()), say.NO_PHONE),
    ]
    return [words for there, words in missing if not there]


def references(draft: Draft) -> tuple[str, ...]:
    """Returns the numbers of all consent forms, each once, sorted."""
    masks = {mask.consent for mask in draft.masks if mask.consent is not None}
    return tuple(sorted(masks | set(draft.papers.consents)))


def register_entry(draft: Draft, at: int) -> RegisterEntry:
    """Returns the entry of complete papers (``blockers`` finds nothing); ``at`` is UTC microseconds."""
    papers = draft.papers
    assert papers.latitude_e6 is not None and papers.longitude_e6 is not None and papers.direction_deg is not None
    return RegisterEntry(
        node=draft.node,
        at=at,
        latitude_e6=papers.latitude_e6,
        longitude_e6=papers.longitude_e6,
        direction_deg=papers.direction_deg,
        address=papers.address.strip(),
        host_name=papers.host_name.strip(),
        host_phone=papers.host_phone.strip(),
        consents=references(draft),
        revoked={mask.consent: mask.revoked for mask in draft.masks if mask.consent and mask.revoked},
        plate_up=True,
    )


def _line(text: str) -> bool:
    return bool(text.strip()) and text.isprintable()


def _is_phone(text: str) -> bool:
    try:
        _PHONE.validate_python(text)
    except ValidationError:
        return False
    return True
