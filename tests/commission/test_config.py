"""Where the page may listen and how long a visit may last."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from edge.commission.config import VisitConfig

GIVEN: dict[str, object] = {"state": "visit", "address": "192.168.70.1"}


@pytest.mark.parametrize("change", [{}, {"address": "fd00::1"}, {"https_port": 8443, "http_port": 8080}], ids=str)
def test_settings_of_a_site_are_taken(change: dict[str, object]) -> None:
    assert VisitConfig.model_validate(GIVEN | change).longest_s == 2700


@pytest.mark.parametrize(
    "change",
    [
        {"address": "0.0.0.0"},
        {"address": "::"},
        {"address": "camera.local"},
        {"address": ""},
        {"http_port": 443},
        {"collect_port": 443},
        {"collect_port": 80},
        {"https_port": 0},
        {"idle_s": 901},
        {"longest_s": 2701},
        {"idle_s": 0},
    ],
    ids=str,
)
def test_every_interface_longer_times_and_one_port_for_both_are_refused(change: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        VisitConfig.model_validate(GIVEN | change)
