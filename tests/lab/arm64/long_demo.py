"""Node and center end to end in the system: recorded, sealed, uploaded, receipted, fetched, verified and opened."""

from __future__ import annotations

import json

import pytest

from tests.lab.arm64.system import System


@pytest.mark.timeout(3600)
def test_demonstration_opens_what_it_recorded(system: System) -> None:
    scene = ("--size", "320x240", "--fps", "5", "--seconds", "6", "--fast", "--start", "2026-01-05T10:00:00+09:00")
    said = system.run("mimamori", "demo", *scene, "--out", "/srv/demo", "--json")
    told = json.loads(said.splitlines()[-1])
    assert told["frames"] == 30, told
