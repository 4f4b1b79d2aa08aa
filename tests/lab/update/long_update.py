"""The rest of what an update must bear; ``make lab-update`` runs it, for it takes minutes."""

from __future__ import annotations

import pytest

from tests.lab.update.releases import (
    recorder_that_seals_nothing,
    unlike_its_signature,
)
from tests.lab.update.street import Street

pytestmark = pytest.mark.timeout(1200)


def test_release_that_systemd_finds_well_and_that_seals_nothing_is_led_back(street: Street) -> None:
    was = street.version()
    street.bring("2.0.0", recorder_that_seals_nothing)
    status, said = street.update()
    assert status == 65, said
    assert "the recorder says nothing as 2.0.0 yet" in said, "systemd was content with it"
    assert street.version() == was
    street.records_again()


def test_release_unlike_its_signature_touches_nothing(street: Street) -> None:
    started = street.node.property("mimamori-recorder.service", "ActiveEnterTimestampMonotonic")
    street.bring("2.1.0", unlike_its_signature)
    status, said = street.update()
    assert status == 65, said
    assert "signed as 2.1.0" in said
    assert street.node.property("mimamori-recorder.service", "ActiveEnterTimestampMonotonic") == started


def test_full_disk_touches_nothing(street: Street) -> None:
    started = street.node.property("mimamori-recorder.service", "ActiveEnterTimestampMonotonic")
    street.bring("2.2.0")
    street.node.shell("mount -t tmpfs -o size=60m full /opt/mimamori/$(ls -d /opt/mimamori/? | xargs -n1 basename |"
                      " grep -v $(readlink /opt/mimamori/current) || echo b)")  # fmt: skip
    status, said = street.update()
    street.node.shell("umount /opt/mimamori/a 2>/dev/null || umount /opt/mimamori/b")
    assert status == 74, said
    assert street.node.property("mimamori-recorder.service", "ActiveEnterTimestampMonotonic") == started


@pytest.mark.parametrize("step", ["filled", "built", "on trial", "switched"])
def test_power_cut_leads_back_to_a_release_that_records(street: Street, step: str) -> None:
    was, link = street.version(), street.link()
    other = "b" if link == "a" else "a"
    street.bring("3.0.0", recorder_that_seals_nothing)
    looks = {
        "filled": lambda: street.has(f"/opt/mimamori/{other}/release/wheels"),
        "built": lambda: street.has(f"/opt/mimamori/{other}/bin/mimamori"),
        "on trial": lambda: street.status()["trial"] is not None,
        "switched": lambda: street.link() != link,
    }
    street.cut_when(looks[step], step)
    street.records_again()
    assert (street.version(), street.link(), street.status()["trial"]) == (was, link, None)
