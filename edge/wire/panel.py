"""The panel's report: a small file in the run directory with what hands did at the camera's case.

Rules:
  1. Presses and openings are counters within one run of the panel (``run``, random): a reader that sees one rise within
     a run knows what happened; a run that it has not seen before begins at 0.
  2. Whoever reads it grants nothing for it: a press only asks, and a ticket decides.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field

from edge.base.model import Hex16, NodeId, Strict, Utc, read_json

PANEL_LIMIT_BYTES = 1024
Presses = Annotated[int, Field(ge=0, lt=2**31)]


class PanelReport(Strict):
    """What the panel says.

    Attributes:
        updated: when it last looked at its pins; it does so all the time.
        run: of this start of the panel.
        case_open: the case's switch is open, or its wire is cut.
        case_opened: how often that came about, so that no opening is missed by who looks now and then.
        stuck: the button is held for longer than any press takes; it is ignored until it is let go.
        button_visit: presses of 5 s to 15 s, which ask for a visit.
        button_decommission: presses of 15 s and more while the case is open, which ask for decommissioning.
        link_test: short presses.
    """

    v: Literal[1] = 1
    node: NodeId
    updated: Utc
    run: Hex16
    case_open: bool
    case_opened: Presses
    stuck: bool
    button_visit: Presses
    button_decommission: Presses
    link_test: Presses


def read_panel(path: Path) -> PanelReport:
    """Reads the file.

    Raises:
        BadInput: missing or unreadable.
        Refused: ``bad-document`` or strict JSON's failures.
    """
    return read_json(PanelReport, path, limit_bytes=PANEL_LIMIT_BYTES)
