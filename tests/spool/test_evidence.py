from __future__ import annotations

import pytest

from edge.seal.chain import Tip
from edge.seal.reel import Located
from edge.spool.evidence import REASON, Decision, Known, decide_tip
from edge.spool.survey import Survey
from tests.spool.records import CHAIN, Node

NODE = Node()
HEADERS = [NODE.boot().header, *(NODE.gap().header for _ in range(9))]
NEW_CHAIN = Decision(None, goes_on=False)


def survey(
    whole: tuple[int, ...] = (), torn: tuple[int, ...] = (), claimed: tuple[int, ...] = (), unreadable: int = 0
) -> Survey:
    def located(numbers: tuple[int, ...]) -> tuple[Located, ...]:
        return tuple(Located(HEADERS[number], 4096) for number in numbers)

    return Survey(located(whole), located(torn), claimed, unreadable, 4096)


def known(number: int) -> Known:
    return Known(number, HEADERS[number].sha256)


def tip(sequence: int, linked: int) -> Decision:
    return Decision(Tip(CHAIN, sequence, HEADERS[linked].sha256), goes_on=True)


@pytest.mark.parametrize(
    ("surveys", "begun", "published", "receipted", "expected"),
    [
        ([], -1, None, None, Decision(None, goes_on=True)),
        ([survey(whole=(0, 1, 2))], 0, None, None, tip(2, 2)),
        ([survey(whole=(0, 1)), survey(whole=(2, 3))], 2, None, None, tip(3, 3)),
        ([survey(whole=(0, 1), torn=(2,))], 0, None, None, tip(2, 1)),
        ([survey(whole=(0, 1), claimed=(2, 5))], 0, None, None, tip(5, 1)),
        ([survey(whole=(0, 1), claimed=(1 + REASON, 2 + REASON))], 0, None, None, tip(1 + REASON, 1)),
        ([survey(whole=(0, 1), unreadable=7)], 0, None, None, tip(8, 1)),
        ([survey(whole=(0, 1))], 2, None, None, tip(2, 1)),
        ([survey(whole=(0, 1))], 0, known(3), None, tip(3, 3)),
        ([survey(whole=(0, 1))], 0, known(0), known(0), tip(1, 1)),
        ([survey(whole=(0, 1))], 0, None, known(4), tip(4, 4)),
        ([survey(whole=(0, 1), torn=(6,))], 0, known(3), known(4), tip(6, 4)),
        ([], -1, None, known(4), tip(4, 4)),
        ([survey(whole=(0, 1))], 0, None, Known(1 + REASON, "ab" * 32), None),
        ([survey(whole=(0, 1))], 0, None, Known(2 + REASON, "ab" * 32), NEW_CHAIN),
        ([survey(torn=(0,))], 0, None, None, NEW_CHAIN),
        ([survey(claimed=(0,))], -1, None, None, NEW_CHAIN),
        ([survey(unreadable=1)], -1, None, None, NEW_CHAIN),
        ([survey()], 0, None, None, NEW_CHAIN),
    ],
    ids=[
        "nothing was ever written",
        "newest whole record",
        "newest of several reels",
        "torn record's sequence is used, its hash is no link",
        "highest claim",
        "claim beyond reason is no claim",
        "unreadable blocks",
        "reel header names a first record that is not there",
        "published position",
        "older position and receipt change nothing",
        "receipt",
        "everything at once",
        "receipt alone",
        "receipt at the edge of reason",
        "receipt beyond it: the card is an old copy",
        "only a torn record",
        "only a claim",
        "only unreadable blocks",
        "only a reel header",
    ],
)
def test_tip(
    surveys: list[Survey], begun: int, published: Known | None, receipted: Known | None, expected: Decision | None
) -> None:
    wanted = expected or Decision(Tip(CHAIN, 1 + REASON, "ab" * 32), goes_on=True)
    assert decide_tip(CHAIN, surveys, begun, published, receipted) == wanted
