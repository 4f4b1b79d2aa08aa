"""Updates of a node that boots, records and is updated as a real one: by root's command, under systemd."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from edge import __version__
from edge.seal.manifest import Boot, Shutdown
from tests.lab.update.releases import (
    recorder_that_ends,
    recorder_that_seals_nothing,
)
from tests.lab.update.street import SPOOL, Street, written

pytestmark = pytest.mark.timeout(1200)


def test_release_that_is_well_runs_and_the_pause_is_signed(
    street: Street, record_property: Callable[[str, object], None]
) -> None:
    number = street.bring("1.0.0")
    status, said = street.update()
    assert status == 0, said
    assert street.version() == "1.0.0"
    assert street.status()["highest"] == number
    manifests = written(street.inside / SPOOL)
    boots = [place for place, manifest in enumerate(manifests) if isinstance(manifest.detail, Boot)]
    before, boot = manifests[boots[-1] - 1], manifests[boots[-1]]
    assert isinstance(before.detail, Shutdown)
    assert (before.firmware, boot.firmware) == (__version__, "1.0.0")
    pause_s = (boot.end_us - before.end_us) / 1e6
    record_property("says", f"update: the pause between SHUTDOWN and BOOT was {pause_s:.1f} s, budget 10 s")


def test_release_that_is_ill_is_led_back_by_itself(street: Street) -> None:
    was, highest = street.version(), street.status()["highest"]
    street.bring("2.0.0", recorder_that_ends)
    status, said = street.update()
    assert status == 65, said
    assert "the one before runs again" in said
    assert (street.version(), street.status()["highest"]) == (was, highest)
    street.records_again()


def test_power_cut_once_the_link_is_switched_leads_back_to_a_release_that_records(street: Street) -> None:
    was, link = street.version(), street.link()
    street.bring("3.0.0", recorder_that_seals_nothing)
    street.cut_when(lambda: street.link() != link, "the switch")
    street.records_again()
    assert (street.version(), street.link(), street.status()["trial"]) == (was, link, None)
