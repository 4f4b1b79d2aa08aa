"""Renders the page of each state from its template."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from pathlib import Path

from edge.base.clock import SECOND_US
from edge.base.templates import templates_in
from edge.commission.facts import Facts
from edge.commission.standing import Standing
from edge.commission.words import LANGUAGES, duration, say
from edge.wire.visitreport import VisitState

STATIC = Path(__file__).parent / "static"
_TEMPLATES = templates_in(Path(__file__).parent / "templates")
_TONES = {"recording": "good", "starting": "wait", "blanked": "wait", "fault": "bad", "stopped": "bad"}


@dataclass(frozen=True, slots=True)
class Place:
    """What the page says of the camera."""

    camera: str
    demo: bool


def template_of(state: VisitState, *, admitted: bool) -> str:
    """Returns the template of a state; whoever is not the visitor sees the state page."""
    if state is VisitState.OPEN and admitted:
        return "visit.html"
    return "ended.html" if state is VisitState.ENDED else "state.html"


def view_of(standing: Standing, *, admitted: bool) -> str:
    """Returns what a page that is shown has to be loaded again for, once it is another."""
    enters = "locked" if standing.locked_s else "ticket" if standing.has_ticket else "none"
    waits = enters if standing.state is VisitState.WAITING else ""
    return f"{standing.state}-{'visitor' if admitted else 'other'}-{waits}"


def render(place: Place, standing: Standing, facts: Facts, language: str, now_us: int, *, admitted: bool) -> str:
    """Returns the page."""
    return _TEMPLATES.get_template(template_of(standing.state, admitted=admitted)).render(
        place=place,
        standing=standing,
        view=view_of(standing, admitted=admitted),
        facts=facts,
        language=language,
        other=next(name for name in LANGUAGES if name != language),
        say=partial(say, language),
        tone=_TONES.get(facts.recorder, "wait"),
        receipted=_receipted(facts, language, now_us),
        locked=duration(language, standing.locked_s),
        left=duration(language, standing.left_s),
    )


def render_room(template: str, place: Place, standing: Standing, language: str, **values: object) -> str:
    """Returns a page of an open visit's, which its visitor alone is shown."""
    return _TEMPLATES.get_template(template).render(
        place=place,
        view=view_of(standing, admitted=True),
        language=language,
        other=next(name for name in LANGUAGES if name != language),
        say=partial(say, language),
        **values,
    )


def _receipted(facts: Facts, language: str, now_us: int) -> str:
    if facts.receipted_us is None:
        return say(language, "receipt-none")
    seconds = (now_us - facts.receipted_us) // SECOND_US
    if seconds < 0:
        return say(language, "ahead")
    return say(language, "ago", time=duration(language, seconds))
