"""Three real machines are rotated by the real playbook; what takes longer is in ``ops.py``."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.fleet.rotation.city import ACCOUNTS, DELIVERED, City, open_city, playbook
from tests.fleet.rotation.lab import KEYFILE, signs_in, wifi_word
from tests.fleet.rotation.search import files_with_one_of, watching

pytestmark = pytest.mark.timeout(1200)  # a machine under load boots and signs in slowly
SETTINGS = "/etc/mimamori/rotation.json"
SHORT_S, WITHIN_S = 10, 240.0


@pytest.fixture(scope="module")
def city(tmp_path_factory: pytest.TempPathFactory) -> Iterator[City]:
    with open_city(tmp_path_factory.mktemp("city")) as made:
        yield made


def test_no_password_is_in_any_log_argument_fact_diff_or_file(city: City) -> None:
    """The playbook at its most talkative, with diffs; only the keyfile of the access point may hold its passphrase."""
    with watching() as watch:
        done = playbook(city, "-vvv", "--diff")
        with subprocess.Popen(["sh", "-c", "sleep 600; true", "planted-word"]) as planted:
            city.lab.until(lambda: watch.with_one_of(["planted-word"]) != [], "what is in an argument")
            planted.kill()
    assert done.status == 0, done.out[-3000:] + done.err
    store = city.store()
    entries = [store.entry(name) for name in city.nodes]
    words = {word for entry in entries for word in entry.known()}
    assert len(words) == 5, "every account of every machine has a password of its own"
    assert watch.looks >= 20
    assert watch.with_one_of(words) == []
    assert not [word for word in words if word in done.out + done.err]
    assert "matsudo-001: settled" in done.out
    journals = [node.journal() for node in city.nodes.values()]
    assert all("mimamori-rotation serve" in journal for journal in journals), "what was run is told"
    assert not [word for word in words for journal in journals if word in journal]
    wifi = {wifi_word(city.nodes[entry.node]) for entry in entries if "access-point" in ACCOUNTS[entry.node]}
    found = files_with_one_of(city.folder, words)
    assert {Path(path).name for path in found} == {Path(KEYFILE).name}
    assert files_with_one_of(city.folder, words - wifi) == set(), "nor the old ones"


def test_old_passwords_are_refused_and_new_ones_taken(city: City) -> None:
    """After the playbook of the test above."""
    store = city.store()
    for name, node in city.nodes.items():
        entry = store.entry(name)
        assert entry.current is not None
        assert entry.pending is None
        assert signs_in(node, entry.current.words["console"])
        assert not signs_in(node, DELIVERED)
        if "access-point" in entry.current.words:
            assert wifi_word(node) == entry.current.words["access-point"]
        assert int(node.read("/var/lib/mimamori/password-date")) == entry.current.made


def test_node_goes_back_by_itself_when_its_controller_is_lost(city: City) -> None:
    name, node = "matsudo-001", city.nodes["matsudo-001"]
    settings = json.loads(node.read(SETTINGS))
    node.write(SETTINGS, json.dumps({**settings, "revert_s": SHORT_S}))
    old, new = city.current(name), city.stage(name)
    went_back = "went back to the old passwords"
    city.lab.until(lambda: went_back in node.journal("-u", "mimamori-rotation-revert"), "the way back", WITHIN_S)
    assert signs_in(node, old)
    assert not signs_in(node, new)
    node.write(SETTINGS, json.dumps(settings))


def test_node_that_is_cut_on_trial_starts_with_its_old_passwords(city: City) -> None:
    name, node = "matsudo-002", city.nodes["matsudo-002"]
    old, new, wifi = city.current(name), city.stage(name), wifi_word(node)
    assert signs_in(node, new)
    assert not signs_in(node, old)
    node.cut()
    node.boot()
    assert signs_in(node, old)
    assert not signs_in(node, new)
    assert wifi_word(node) != wifi
    before = int(node.property("mimamori-rotation-start.service", "ExecMainExitTimestampMonotonic"))
    assert 0 < before < int(node.property("ssh.service", "ActiveEnterTimestampMonotonic"))
    assert before < int(node.property("systemd-user-sessions.service", "ActiveEnterTimestampMonotonic"))
