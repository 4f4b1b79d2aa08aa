"""Each rule of the audit speaks up where it is broken, and is silent where it is not."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from edge.base.errors import BadInput, TryAgain
from edge.fleet.audit.commands import verdict
from edge.fleet.audit.found import Found, Looked, Scan, read_found
from edge.fleet.audit.judge import Expected, Machine, judge
from edge.fleet.audit.report import page, table, values
from edge.fleet.audit.words import KINDS, in_japanese
from tests.fleet.audit.machines import ADMIN, NODE, NOW_US, certificate, key_list, lay, looked

DAY_US = 86_400_000_000


@pytest.fixture(scope="module")
def keys(tmp_path_factory: pytest.TempPathFactory) -> dict[int, str]:
    folder = tmp_path_factory.mktemp("keys")
    return {days: key_list(folder, days) for days in (40, 5)}


@pytest.fixture(scope="module")
def sound(keys: dict[int, str]) -> dict[str, Any]:
    return looked(certificate=certificate(60), key_list=keys[40])


def judged(found: Found, *, pending: frozenset[str] = frozenset()) -> Machine:
    (machine,) = judge(found, Expected((NODE,), ADMIN, pending), NOW_US)
    return machine


def one(tree: dict[str, Any], **more: Any) -> Found:
    parts: dict[str, Any] = {
        "scans": {"link": {NODE: Scan(open=(22,), strange=(), refused=0, silent=1023)}},
        "drift": {},
        **more,
    }
    return Found({NODE: Looked.model_validate_json(json.dumps(tree))}, silent=frozenset(), **parts)


def test_a_sound_node_has_no_finding_and_its_ages_in_days(sound: dict[str, Any]) -> None:
    machine = judged(one(sound))
    assert machine.findings == ()
    assert (machine.ages.password, machine.ages.certificate, machine.ages.host) == (10, 60, 392)
    assert machine.ages.keys == 40


@pytest.mark.parametrize(
    ("changes", "kind", "word"),
    [
        ({"versions": {"mimamori": "", "debian": "13", "kernel": ""}}, "version", "none"),
        ({"passwords_made_us": ""}, "password", "never"),
        ({"passwords_made_us": str(NOW_US - 121 * DAY_US)}, "password", "121 days"),
        ({"certificate": certificate(13)}, "certificate", "13 days"),
        ({"host_certificate": ""}, "host", "no SSH host certificate"),
        ({"host_certificate": " Valid: from 2025-01-01T00:00:00 to 2026-02-01T00:00:00\n"}, "host", "26 days"),
        ({"key_list": "{}"}, "keys", "no key list"),
        ({"unconfirmed": True}, "pending", "goes back by itself"),
        ({"failed_units": ["mimamori-uplink.service"]}, "unit", "mimamori-uplink.service"),
        ({"accounts": [{"name": "root", "password": "set"}]}, "access", "root's password is set"),
        ({"accounts": [{"name": "pi", "password": "locked"}]}, "access", "pi has a shell"),
        ({"sudo_group": f"{ADMIN},pi"}, "access", "group sudo: pi"),
        ({"sshd": {}}, "access", "authorizedkeysfile unknown"),
        (
            {"listeners": [{"protocol": "tcp", "address": "0.0.0.0", "port": 22, "process": "sshd"}]},
            "listener",
            "every address",
        ),
    ],
)
def test_what_is_not_as_it_should_be_is_a_finding(
    sound: dict[str, Any], changes: dict[str, Any], kind: str, word: str
) -> None:
    found = [finding for finding in judged(one({**sound, **changes})).findings if finding.kind == kind]
    assert any(word in finding.detail for finding in found)
    assert kind == "unit" or all(in_japanese(finding) != finding.detail for finding in found)


@pytest.mark.parametrize(
    "changes",
    [{"passwords_made_us": str(NOW_US - 120 * DAY_US)}, {"certificate": certificate(14)}, {"certificate": ""}],
)
def test_what_is_just_within_bounds_is_none(sound: dict[str, Any], changes: dict[str, Any]) -> None:
    assert judged(one({**sound, **changes})).findings == ()


def test_a_key_list_that_ends_soon_is_a_finding(sound: dict[str, Any], keys: dict[int, str]) -> None:
    assert [f.kind for f in judged(one({**sound, "key_list": keys[5]})).findings] == ["keys"]


def test_a_machine_that_nobody_could_knock_at_is_a_finding(sound: dict[str, Any]) -> None:
    scans = {"outside": {NODE: Scan(open=(), strange=(), refused=0, silent=0)}}
    (finding,) = judged(one(sound, scans=scans)).findings
    assert (finding.kind, "leads nowhere" in finding.detail) == ("port", True)


@pytest.mark.parametrize(("opened", "strange", "kinds"), [((22,), (), []), ((22, 8080), (8080,), ["port"])])
def test_a_port_that_should_not_be_open_is_a_finding(
    sound: dict[str, Any], opened: tuple[int, ...], strange: tuple[int, ...], kinds: list[str]
) -> None:
    scans = {"outside": {NODE: Scan(open=opened, strange=strange, refused=0, silent=1000)}}
    assert [finding.kind for finding in judged(one(sound, scans=scans)).findings] == kinds


def test_drift_and_pending_rotations_are_findings(sound: dict[str, Any]) -> None:
    machine = judged(one(sound, drift={NODE: ("Write the firewall",)}), pending=frozenset({NODE}))
    assert [finding.kind for finding in machine.findings] == ["drift", "pending"]


def test_a_node_with_another_version_than_most_is_named(sound: dict[str, Any]) -> None:
    other = {**sound, "versions": {"mimamori": "mimamori 0.0.9", "debian": "13", "kernel": "6"}}
    trees = {"matsudo-001": sound, "matsudo-002": sound, "matsudo-003": other}
    said = {name: Looked.model_validate_json(json.dumps(tree)) for name, tree in trees.items()}
    machines = judge(Found(said, {}, {}, frozenset()), Expected(tuple(trees), ADMIN, frozenset()), NOW_US)
    assert [machine.name for machine in machines if machine.findings] == ["matsudo-003"]


def test_a_node_that_does_not_answer_is_listed_though_nothing_was_found_of_it() -> None:
    machine = judged(Found({}, {}, {}, frozenset({NODE})))
    assert [finding.kind for finding in machine.findings] == ["silent"]


def test_a_bastion_that_does_not_answer_is_listed_after_the_nodes(sound: dict[str, Any]) -> None:
    found = Found({NODE: Looked.model_validate_json(json.dumps(sound))}, {}, {}, frozenset())
    machines = judge(found, Expected((NODE,), ADMIN, frozenset(), ("bastion",)), NOW_US)
    assert [(machine.name, [one.kind for one in machine.findings]) for machine in machines] == [
        (NODE, []),
        ("bastion", ["silent"]),
    ]


@pytest.mark.parametrize("text", ["", "[]", '{"time": 1}', "\x00" * 10, '{"time": "now"}'])
def test_a_machine_that_writes_nonsense_is_a_finding_and_stops_nothing(tmp_path: Path, text: str) -> None:
    lay(tmp_path, matsudo_002=looked())
    (tmp_path / f"{NODE}.json").write_text(text)
    machines = judge(read_found(tmp_path), Expected((NODE, "matsudo-002"), ADMIN, frozenset()), NOW_US)
    assert [finding.kind for finding in machines[0].findings] == ["unreadable"]
    assert machines[1].looked is not None


def test_the_controllers_own_files_must_make_sense(tmp_path: Path) -> None:
    (tmp_path / "drift.jsonl").write_text("no JSON\n")
    with pytest.raises(BadInput, match="drift"):
        read_found(tmp_path)


def test_table_page_and_json_show_every_machine_and_no_markup_of_its_own(sound: dict[str, Any]) -> None:
    evil = {**sound, "failed_units": ["<script>alert(1)</script>"]}
    machines = (judged(one(evil)), judged(Found({}, {}, {}, frozenset())))
    shown = page(machines, "松戸市", NOW_US)
    assert "<script>alert" not in shown
    assert "松戸市 防犯カメラの点検" in shown
    assert "matsudo-001" in table(machines)
    tree = json.loads(json.dumps(values(machines)))
    assert tree[0]["ages_days"]["password"] == 10
    assert "PRIVATE" not in json.dumps(tree)
    assert "certificate" not in tree[0]


def test_every_kind_of_finding_has_words_in_both_languages() -> None:
    source = Path("edge/fleet/audit/judge.py")
    text = (Path(__file__).resolve().parents[3] / source).read_text()
    assert {kind for kind in KINDS if f'Finding("{kind}"' in text} == set(KINDS)


def test_the_status_tells_findings_from_silence_and_both_from_nothing(sound: dict[str, Any]) -> None:
    fine, silent = judged(one(sound)), judged(Found({}, {}, {}, frozenset()))
    assert verdict((fine,)) == 0
    assert verdict((judged(one({**sound, "unconfirmed": True})), silent)) == 1
    with pytest.raises(TryAgain, match="did not answer"):
        verdict((fine, silent))
