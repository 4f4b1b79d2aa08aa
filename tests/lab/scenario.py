"""What a scenario is, and how one is run: its faults, then the agreement of node and server."""

from __future__ import annotations

import traceback
from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any

from tests.lab.lab import Lab

Body = Callable[[Lab], None]
_REGISTRY: dict[str, Scenario] = {}


@dataclass(frozen=True, slots=True)
class Scenario:
    """One way to break the line or the server.

    Attributes:
        quick: belongs to the short run.
        noticed: of a control: words that the disagreement must hold; empty where node and server must agree.
    """

    name: str
    body: Body
    quick: bool
    noticed: str = ""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of one.

    Attributes:
        resent_bytes: what the line carried upward beyond the records: headers of every layer, heartbeats, repetitions.
        failure: why it is not as it must be; empty where it is.
    """

    name: str
    seconds: float
    records: int
    evicted: int
    resent_bytes: int
    failure: str

    def tree(self) -> dict[str, Any]:
        """Returns it for JSON."""
        return asdict(self)


def scenario(*, quick: bool = False, noticed: str = "") -> Callable[[Body], Body]:
    """Registers a scenario under its function's name."""

    def register(body: Body) -> Body:
        name = body.__name__.replace("_", "-")
        _REGISTRY[name] = Scenario(name, body, quick, noticed)
        return body

    return register


def all_scenarios() -> dict[str, Scenario]:
    """Returns every scenario by name, in the order of their definition."""
    from tests.lab import controls, line_faults, server_faults

    assert controls and line_faults and server_faults
    return _REGISTRY


def play(lab: Lab, one: Scenario) -> Outcome:
    """Runs a scenario on a lab in order, and looks whether all its nodes agree with the center."""
    lab.reset()
    begun_ns, sent = lab.clock.monotonic_ns(), lab.street.sent_bytes()
    failure = ""
    try:
        one.body(lab)
    except Exception:  # noqa: BLE001 - one scenario must not end the others
        failure = traceback.format_exc(limit=-3)
    faults = [fault for site in lab.sites for fault in lab.faults(site)]
    seconds = (lab.clock.monotonic_ns() - begun_ns) / 1e9
    size = sum(lab.stored_bytes(site) for site in lab.sites)
    return Outcome(
        name=one.name,
        seconds=round(seconds, 1),
        records=sum(len(site.recorded) for site in lab.sites),
        evicted=sum(lab.evicted(site) for site in lab.sites),
        resent_bytes=max(0, lab.street.sent_bytes() - sent - size),
        failure=failure + _judged(one, faults) + _said(lab, failure or _judged(one, faults)),
    )


def _judged(one: Scenario, faults: list[str]) -> str:
    if not one.noticed:
        return "; ".join(faults)
    if any(one.noticed in fault for fault in faults):
        return ""
    return f"the control was not noticed: {faults or 'all agree'}, expected {one.noticed!r}"


def _said(lab: Lab, failure: str) -> str:
    """Returns the last lines of the uplinks' logs where something failed."""
    logs = [site.uplink.said()[-1500:] for site in lab.sites if site.uplink is not None] if failure else []
    return "".join(f"\n{log}" for log in logs)
