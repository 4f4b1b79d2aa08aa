"""The commands: words in, files and a status out; machines that cannot be reached stay pending."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from edge.base.errors import BadConfiguration, TryAgain
from edge.cli import main
from edge.desk.keystore import KeyStore
from edge.desk.passphrase import Passphrase
from edge.fleet.onsitekit import kit_of
from edge.fleet.rotation.link import SshLink
from edge.fleet.rotation.papers import tell_papers
from edge.fleet.rotation.targets import Target, read_targets
from tests.fleet.rotation.world import World

WORDS = "correct horse battery"


def rotate(capsys: pytest.CaptureFixture[str], folder: Path, *words: str) -> tuple[int, str, str]:
    """Runs a command; ``NAME:`` stands for the folder NAME with its passphrase."""
    given: list[str] = []
    for word in words:
        name, colon, place = word.partition(":")
        given += (
            [f"--{name}", str(folder / place), f"--{name}-passphrase-file", str(folder / "words")] if colon else [word]
        )
    status = main(["fleet", "rotate", *given])
    done = capsys.readouterr()
    return status, done.out, done.err


def test_lost_controller_is_replaced_and_the_new_one_shows_what_is_pending(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "words").write_text(WORDS)
    store = ("--store", str(tmp_path / "store"))
    assert rotate(capsys, tmp_path, "init", *store, "controller:one", "recovery:safe")[0] == 0
    machine = {"node": "cam-1", "address": "local", "accounts": {"console": "login"}}
    targets = tmp_path / "targets.json"
    targets.write_text(json.dumps({"v": 1, "machines": [{**machine, "address": "127.0.0.1", "port": 1}]}))
    status, out, err = rotate(capsys, tmp_path, "run", *store, "controller:one", "--targets", str(targets))
    assert (status, "1 away" in out, "stay pending" in err) == (TryAgain.exit_status, True, True)
    word = rotate(
        capsys,
        tmp_path,
        "show",
        *store,
        "controller:one",
        "--node",
        "cam-1",
        "--account",
        "console",
        "--which",
        "pending",
    )[1]
    assert len(word.strip()) == 23
    assert word.strip() not in out + err
    assert rotate(capsys, tmp_path, "restore", *store, "recovery:safe", "new:two", "--name", "controller-2")[0] == 0
    assert rotate(capsys, tmp_path, "status", *store, "controller:one")[0] != 0
    status, out, _ = rotate(capsys, tmp_path, "status", *store, "controller:two", "--json")
    assert status == 0
    assert [(one["node"], one["pending"]) for one in json.loads(out)["machines"]] == [("cam-1", True)]
    again = rotate(
        capsys,
        tmp_path,
        "show",
        *store,
        "controller:two",
        "--node",
        "cam-1",
        "--account",
        "console",
        "--which",
        "pending",
    )[1]
    assert again == word


def test_no_secret_is_in_a_command_line_and_no_connection_is_shared() -> None:
    target = Target(
        node="cam-1", address="fd4d::17", ssh="-o 'ProxyCommand=ssh -W [%h]:%p hop'", accounts={"c": "login"}
    )
    words = list(SshLink(Path("/x/ssh_config")).words(target))
    assert words[:3] == ["ssh", "-F", "/x/ssh_config"]
    assert {"ControlMaster=no", "ControlPath=none", "BatchMode=yes"} <= set(words)
    assert "ProxyCommand=ssh -W [%h]:%p hop" in words
    assert words[-6:] == ["--", "fd4d::17", "sudo", "-n", "/usr/local/sbin/mimamori-rotation", "serve"]
    assert SshLink().words(target.model_copy(update={"address": "local"}))[0] == "sudo"


@pytest.mark.parametrize(
    "tree",
    [
        {},
        {"v": 1, "machines": []},
        {"v": 1, "machines": [{"node": "a", "address": "x", "accounts": {}}]},
        {"v": 1, "machines": [{"node": "a", "address": "-oProxyCommand=x", "accounts": {"c": "login"}}]},
        {"v": 1, "machines": [{"node": "a", "address": "x", "user": "root;", "accounts": {"c": "login"}}]},
        {"v": 1, "machines": [{"node": "a", "address": "x", "accounts": {"c": "tattoo"}}]},
        {"v": 1, "machines": [{"node": "a", "address": "x", "accounts": {"c": "login"}}] * 2},
    ],
)
def test_targets_that_are_none_are_refused(tmp_path: Path, tree: dict[str, object]) -> None:
    path = tmp_path / "targets.json"
    path.write_text(json.dumps(tree))
    with pytest.raises(BadConfiguration, match=r"targets\.json"):
        read_targets(path)


def test_work_orders_are_printed_with_the_passphrase_that_the_node_confirmed(tmp_path: Path) -> None:
    world = World(tmp_path, 1, [])
    world.targets["node-000"] = world.targets["node-000"].model_copy(update={"accounts": {"access-point": "wifi"}})
    del world.machines["node-000"].accounts["console"]
    papers = KeyStore.create(tmp_path / "fleet", Passphrase(WORDS))
    delivered = kit_of(papers, "node-000", "192.168.70.1").access.passphrase
    world.run()
    assert tell_papers(papers, world.seen) == 1
    current = world.seen.entry("node-000").current
    assert current is not None
    assert kit_of(papers, "node-000", "192.168.70.1").access.passphrase == current.words["access-point"] != delivered
    assert tell_papers(papers, world.seen) == 0
