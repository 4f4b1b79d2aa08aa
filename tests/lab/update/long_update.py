"""The rest of what an update must bear; ``make lab-update`` runs it, for it takes minutes."""

from __future__ import annotations

import pytest

from edge.base.model import to_json
from edge.node.update.record import Trial, UpdateRecord
from edge.node.update.slots import Slot
from tests.center.city import NOW
from tests.lab.update.releases import (
    recorder_that_seals_nothing,
    unlike_its_signature,
)
from tests.lab.update.street import Street

pytestmark = pytest.mark.timeout(1200)
PROBE = r"""
set -eu
for version in 1 2; do
  root=/root/probe-$version; library=$root/usr/lib/python3/dist-packages/probe
  mkdir -p $root/DEBIAN $root/etc $library
  for line in 'Package: probe' "Version: $version" 'Architecture: all' 'Maintainer: city' 'Description: probe'
  do echo "$line"; done >$root/DEBIAN/control
  echo /etc/probe >$root/DEBIAN/conffiles
  echo $version | tee $root/etc/probe >$library/__init__.py
  install -d -m 2775 -g staff $root/usr/lib/probe
  for line in '#!/bin/sh' 'set -e' 'py3compile -p probe' ldconfig 'systemctl daemon-reload' \
    "echo $version >/etc/probe-is"
  do echo "$line"; done >$root/DEBIAN/postinst
  chmod 755 $root/DEBIAN/postinst
  dpkg-deb --build $root /root/probe_${version}_all.deb
done
install -D /root/probe_1_all.deb /opt/mimamori/$1/release/debs/probe_1_all.deb
dpkg --install /root/probe_2_all.deb
"""
"""Two versions of a package that does what a camera's packages do; a release has the first, and the second is there."""


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


def test_debian_packages_of_the_release_before_are_put_back_at_the_next_start(street: Street) -> None:
    node, slot = street.node, Slot(street.link())
    node.run("sh", "-c", PROBE, "probe", slot)
    assert node.read("/etc/probe-is") == "2\n"
    record = UpdateRecord(trial=Trial(slot=slot.other, number=9, version="9.0.0", since=NOW))
    node.run("mkdir", "-p", "/var/lib/mimamori/update")
    node.write("/var/lib/mimamori/update/update.json", to_json(record).decode(), mode=0o600)
    node.cut()
    node.boot()
    street.records_again()
    assert node.run("dpkg-query", "--show", "probe").out == "probe\t1\n"
    assert (node.read("/etc/probe-is"), node.read("/etc/probe")) == ("1\n", "1\n")
    assert node.run("stat", "--format=%a %G", "/usr/lib/probe").out == "2775 staff\n"
    assert street.status()["trial"] is None
