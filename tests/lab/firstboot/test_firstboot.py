"""A board's first boot in a container: cut off in the middle, made good, enrolled; what the card still holds then."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from edge.firstboot.progress import DONE
from tests.lab.firstboot.card import PLACE
from tests.lab.firstboot.play import Story, tell
from tests.lab.nodes import open_lab

pytestmark = pytest.mark.timeout(1800)  # the first test waits for an installation, on a machine that may be busy


@pytest.fixture(scope="module")
def story(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Story]:
    """A node that lost its power once while it installed, and is made and enrolled."""
    folder = tmp_path_factory.mktemp("firstboot")
    with open_lab(folder) as lab:
        made = tell(folder, lab, on_image=True)
        try:
            made.town.start_center()
            made.switch_on_and_cut("units")
            made.switch_on()
            made.await_made()
            made.await_enrolled()
            yield made
        finally:
            made.town.stop()


def test_a_node_that_lost_its_power_in_the_middle_is_made_and_enrolled(story: Story) -> None:
    assert story.node.run("mimamori", "check-config", "/etc/mimamori/node.toml").status == 0
    assert story.node.run("readlink", "/opt/mimamori/current").out == "a\n"
    assert story.node.run("hostname").out == "matsudo-017\n"
    said = story.node.journal("-u", "mimamori-firstboot.service")
    assert "ready for its visit" in said


def test_no_secret_is_left_on_the_boot_partition(story: Story) -> None:
    assert story.node.run("test", "-e", f"{PLACE}/mimamori/secrets", check=False).status == 1
    assert story.node.run("test", "-e", "/etc/cloud/cloud-init.disabled").status == 0
    tickets = (story.boot / "mimamori" / "secrets" / "enrolment-ticket.json").read_text()
    found = story.node.run("grep", "-rlF", tickets[:80], PLACE, "/var/lib/cloud", check=False)
    assert found.out == ""


def test_keys_are_their_processes_own(story: Story) -> None:
    keys = ("/var/lib/mimamori/recorder/signing.pem", "/var/lib/mimamori/uplink/tls.pem")
    said = story.node.run("stat", "-c", "%U %a", *keys)
    assert said.out == "mimamori-recorder 600\nmimamori-uplink 600\n"


def test_the_page_shows_the_certificate_of_the_work_order(story: Story) -> None:
    said = story.node.run("mimamori", "node", "fingerprint", "--config", "/etc/mimamori/node.toml").out.strip()
    assert said == story.fingerprint


def test_first_boot_is_over_for_good(story: Story) -> None:
    assert story.node.run("test", "-e", DONE).status == 0
    story.node.run("systemctl", "start", "mimamori-firstboot.service")
    assert story.node.property("mimamori-firstboot.service", "ConditionResult") == "no"
