"""Who could want to deceive, what each can reach alone, and what verification answers.

A row names the attacker and what was done; the answers are authenticity, provenance, completeness, time. Nobody here
works together: what two of them could do is in ``docs/threat-model.md``.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from edge.seal.answers import Outcome, Trust
from edge.seal.record import Record
from edge.wire import signed
from edge.wire.authority import Authority, Role, RoleKey
from edge.wire.keys import SigningKey
from edge.wire.registration import Registration
from tests.seal.bundles import (
    ALTERED,
    EXCERPT,
    INCOMPLETE,
    KEY_LIST,
    OK,
    REGISTRATION,
    STORY,
    TRUST,
    UNKNOWN,
    Bundle,
    Recorder,
    answers,
    authority_of_city,
    cut,
    headers_of,
    key_list_with,
    reasons,
    receipt_for,
    story,
)
from tests.seal.samples import (
    DAY_KEYS,
    NODE,
    OTHER_NODE_KEY,
    OTHER_ROOT,
    PAIR,
    ROLES,
    START_US,
    STEP_US,
    YEAR_US,
    authority_payload,
    new_chain,
)

STRANGER = SigningKey.from_seed(b"\x77" * 32)
INSIDE = STORY[2:5]
FORGED = cut(story(Recorder(new_chain(key=STRANGER))), 2, 4)
"""A whole story of somebody who has no node's key, receipts by the center's key all the same."""


def registration_of(key: SigningKey, signer: SigningKey) -> bytes:
    payload = Registration(node=NODE, signing_key=key.public_key.hex(), tls_key="ab" * 32, registered=START_US - 1)
    return signed.sign("registration", payload, signer).data


def authority_with_own_role(root: SigningKey) -> bytes:
    """Returns the city's authority with the stranger's key as registrar, signed by ``root``."""
    payload = authority_payload()
    own = RoleKey(
        role=Role.REGISTRATION,
        public_key=STRANGER.public_key.hex(),
        not_before=START_US - YEAR_US,
        not_after=START_US + YEAR_US,
    )
    changed: Authority = payload.model_copy(update={"keys": (*payload.keys, own)})
    return signed.sign("authority", changed, root).data


def other_nodes_story() -> list[Record]:
    chain = new_chain("f0" * 16, key=OTHER_NODE_KEY)
    chain._writer = replace(chain._writer, node="demo-2")
    return story(Recorder(chain))


def sealed_by_own_list(*signers: SigningKey) -> Bundle:
    """Returns records sealed by a key list whose operator's half is somebody else's, signed by ``signers``."""
    pair = PAIR.model_copy(update={"operator": DAY_KEYS["foreign"].recipient})
    own = signed.sign("key-list", KEY_LIST.payload.model_copy(update={"days": (pair,)}), *signers)
    recorder = Recorder()
    records = [recorder.boot(), recorder.segment(key_list=own.sha256), recorder.shutdown()]
    return cut(records, 0, 2).but(key_lists=[own.data])


def flipped(data: bytes) -> bytes:
    place = len(data) - 5000
    return data[:place] + bytes([data[place] ^ 1]) + data[place + 1 :]


@dataclass(frozen=True)
class Attack:
    """What was done, what is answered, and words that one of the reasons has."""

    bundle: Bundle
    expected: tuple[Outcome, Outcome, Outcome, Outcome]
    words: str
    trust: Trust = TRUST


WITHOUT_ONE = [record for record in STORY[1:6] if record.header.sequence != 3]
OTHERS = other_nodes_story()
BACKDATED = receipt_for(INSIDE, time=START_US)
ATTACKS = {
    "center drops a record and its header": Attack(
        EXCERPT.but(records=[r.dump() for r in WITHOUT_ONE[1:3]], headers=headers_of(WITHOUT_ONE)),
        (OK, OK, INCOMPLETE, OK),
        "records 3 to 3 are missing",
    ),
    "center drops a picture and leaves its header": Attack(
        cut(STORY, 1, 5).but(records=[r.dump() for r in STORY[1:6] if r.header.sequence != 4]),
        (OK, OK, INCOMPLETE, OK),
        "record 4 is there without its picture",
    ),
    "center drops the end of the window": Attack(
        EXCERPT.but(records=[r.dump() for r in STORY[2:4]], headers=headers_of(STORY[1:4])),
        (OK, OK, UNKNOWN, OK),
        "no header of the record after 3",
    ),
    "center drops the beginning of the window": Attack(
        EXCERPT.but(records=[r.dump() for r in STORY[3:5]], headers=headers_of(STORY[3:6])),
        (OK, OK, UNKNOWN, OK),
        "no header of the record before 3",
    ),
    "center reorders records": Attack(
        EXCERPT.but(records=[STORY[n].dump() for n in (3, 2, 4)]), (ALTERED, OK, OK, OK), "stands after"
    ),
    "center sends a record twice": Attack(
        EXCERPT.but(records=[STORY[n].dump() for n in (2, 2, 3, 4)]), (ALTERED, OK, OK, OK), "stands after"
    ),
    "center signs receipts that lie before the pictures": Attack(
        EXCERPT.but(receipts=[BACKDATED]), (OK, OK, OK, ALTERED), "after the receipt that covers it"
    ),
    "center withholds receipts": Attack(
        EXCERPT.but(receipts=[]), (OK, OK, OK, UNKNOWN), "nothing proves a time after them"
    ),
    "center gives receipts of other records": Attack(
        EXCERPT.but(receipts=[receipt_for(STORY[5:7])]), (OK, OK, OK, UNKNOWN), "nothing proves a time after them"
    ),
    "center gives receipts of another chain": Attack(
        EXCERPT.but(receipts=[receipt_for(OTHERS[2:5])]), (OK, OK, OK, UNKNOWN), "nothing proves a time after them"
    ),
    "center puts another node's records in place": Attack(
        cut(OTHERS, 2, 4), (ALTERED, ALTERED, OK, OK), "records of node 'demo-2' are not of 'demo'"
    ),
    "center mixes in another node's record": Attack(
        EXCERPT.but(records=[*[r.dump() for r in INSIDE], OTHERS[2].dump()]),
        (ALTERED, ALTERED, UNKNOWN, UNKNOWN),
        "records of node 'demo-2'",
    ),
    "center forges records under the true registration": Attack(FORGED, (ALTERED, OK, OK, OK), "names key"),
    "center forges records and signs a registration itself": Attack(
        FORGED.but(registration=registration_of(STRANGER, ROLES[Role.RECEIPT])),
        (UNKNOWN, ALTERED, OK, OK),
        "no valid signature by the city's registration key",
    ),
    "center forges all and founds a city of its own": Attack(
        FORGED.but(registration=registration_of(STRANGER, STRANGER), authority=authority_with_own_role(OTHER_ROOT)),
        (UNKNOWN, ALTERED, OK, UNKNOWN),
        "authority",
    ),
    "center takes the registration away": Attack(
        FORGED.but(registration=None), (UNKNOWN, UNKNOWN, OK, OK), "the bundle holds no registration"
    ),
    "manager publishes a list that only the manager signed": Attack(
        sealed_by_own_list(ROLES[Role.MANAGER]),
        (OK, ALTERED, OK, UNKNOWN),
        "no valid signature by the city's operator key",
    ),
    "manager signs a list twice": Attack(
        sealed_by_own_list(ROLES[Role.MANAGER], ROLES[Role.MANAGER]), (OK, ALTERED, OK, UNKNOWN), "operator key"
    ),
    "operator publishes a list that only the operator signed": Attack(
        sealed_by_own_list(ROLES[Role.OPERATOR]),
        (OK, ALTERED, OK, UNKNOWN),
        "no valid signature by the city's manager key",
    ),
    "somebody swaps the key list for a later one": Attack(
        EXCERPT.but(key_lists=[key_list_with(version=2, previous=KEY_LIST.sha256).data]),
        (OK, UNKNOWN, OK, UNKNOWN),
        "the bundle lacks key list",
    ),
    "desk registers a key of its own and has no receipts": Attack(
        FORGED.but(registration=registration_of(STRANGER, ROLES[Role.REGISTRATION]), receipts=[]),
        (OK, OK, OK, UNKNOWN),
        "nothing proves a time after them",
    ),
    "desk registers a key of its own and signs receipts itself": Attack(
        FORGED.but(
            registration=registration_of(STRANGER, ROLES[Role.REGISTRATION]),
            receipts=[receipt_for(story(Recorder(new_chain(key=STRANGER)))[2:5], key=ROLES[Role.REGISTRATION])],
        ),
        (OK, ALTERED, OK, UNKNOWN),
        "no valid signature by the city's receipt key",
    ),
    "desk changes the registration it signed": Attack(
        EXCERPT.but(registration=REGISTRATION.data.replace(b'"node":"demo"', b'"node":"dem0"')),
        (UNKNOWN, ALTERED, OK, OK),
        "registration",
    ),
    "an authority is stretched without the root": Attack(
        EXCERPT.but(authority=authority_with_own_role(STRANGER)), (UNKNOWN, ALTERED, OK, UNKNOWN), "authority"
    ),
    "a demonstration's authority beside a city's records": Attack(
        EXCERPT.but(authority=authority_of_city(demo=True)), (UNKNOWN, ALTERED, OK, UNKNOWN), "demonstration"
    ),
    "a demonstration's root beside a city's bundle": Attack(
        EXCERPT, (UNKNOWN, ALTERED, OK, UNKNOWN), "authority of another root", Trust(OTHER_ROOT.public_key, demo=True)
    ),
    "a demonstration's bundle in a city": Attack(
        EXCERPT.but(authority=authority_of_city(demo=True, root=OTHER_ROOT)),
        (UNKNOWN, ALTERED, OK, UNKNOWN),
        "authority of another root",
    ),
    "somebody alters a picture's bytes": Attack(
        EXCERPT.but(records=[STORY[2].dump(), STORY[3].dump(), flipped(STORY[4].dump())]),
        (ALTERED, OK, OK, OK),
        "records, byte",
    ),
}


def test_control_the_honest_excerpt_proves_everything(tmp_path: Path) -> None:
    report = EXCERPT.verified(tmp_path)
    assert (answers(report), report.status) == ((OK, OK, OK, OK), 0)


@pytest.mark.parametrize("name", ATTACKS)
def test_attack_is_answered(tmp_path: Path, name: str) -> None:
    attack = ATTACKS[name]
    report = attack.bundle.verified(tmp_path, attack.trust)
    assert (answers(report), report.status) == (attack.expected, 1 if ALTERED in attack.expected else 2)
    assert attack.words in reasons(report)


def test_later_receipts_only_widen_what_is_proven(tmp_path: Path) -> None:
    """What a center can do unnoticed: say that records came later than they did. The report shows the wider bound."""
    late = START_US + 3600 * 500 * STEP_US
    report = EXCERPT.but(receipts=[receipt_for(INSIDE, time=late)]).verified(tmp_path)
    assert (report.status, report.not_after_us) == (0, late)


def test_another_nodes_whole_bundle_says_whose_it_is(tmp_path: Path) -> None:
    """What a center can do: answer with another camera. The report names it; whoever asked compares."""
    payload = REGISTRATION.payload.model_copy(update={"node": "demo-2", "signing_key": OTHER_NODE_KEY.public_key.hex()})
    other = signed.sign("registration", payload, ROLES[Role.REGISTRATION]).data
    report = cut(OTHERS, 2, 4).but(registration=other, key_lists=[key_list_with(node="demo-2").data]).verified(tmp_path)
    assert report.node == "demo-2"
