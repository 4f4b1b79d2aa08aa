from __future__ import annotations

from tests.crash.facts import Facts

KEY = ("key", "cam-1")


def told() -> Facts:
    """Begun at 10 and acknowledged at 20, changed at 30 and acknowledged at 40."""
    facts = Facts()
    facts.begin(KEY, "made", 10)
    facts.keep(KEY, 20)
    facts.begin(KEY, "gone", 30)
    facts.keep(KEY, 40)
    return facts


def test_either_may_be_found_between_word_and_acknowledgement_and_one_alone_afterwards() -> None:
    expected = {9: {None}, 10: {None, "made"}, 20: {"made"}, 30: {"made", "gone"}, 40: {"gone"}}
    assert {position: told().at(position).allowed(KEY) for position in expected} == expected
    assert told().at(40).must_be(KEY, "gone") and not told().at(39).must_be(KEY, "gone")


def test_what_a_cut_decided_is_where_the_next_life_begins() -> None:
    facts = told().at(30)
    facts.decide(KEY, "made")
    assert facts.allowed(KEY) == {"made"}
    facts.begin(KEY, "gone", 5)
    assert facts.at(4).allowed(KEY) == {"made"} and facts.at(5).allowed(KEY) == {"made", "gone"}
    assert told().at(30).allowed(KEY) == {"made", "gone"}
