"""What keeps a node's link open: when it dials anew, and where to."""

from __future__ import annotations

import pytest

from tests.ansible.scripts import script

link = script("management_link", "link")
KEY, OTHER = "A" * 43 + "=", "B" * 43 + "="


@pytest.mark.parametrize(
    ("age_s", "current", "answers", "expected"),
    [
        (20.0, "192.0.2.1", ["192.0.2.2"], None),  # a live link is left alone, whatever the name says
        (None, None, ["192.0.2.1"], "192.0.2.1"),  # the first dial
        (500.0, "192.0.2.1", ["192.0.2.9"], "192.0.2.9"),  # the bastion moved
        (500.0, "2001:db8::1", ["2001:db8::1", "192.0.2.1"], "192.0.2.1"),  # IPv6 leads nowhere
        (500.0, "192.0.2.1", ["2001:db8::1", "192.0.2.1"], "2001:db8::1"),  # and the other way round
        (500.0, "192.0.2.1", ["192.0.2.1"], "192.0.2.1"),  # the only one: dialled again
        (500.0, "192.0.2.1", [], None),  # nobody resolves names: the old address may come back
        (None, None, [], None),
    ],
)
def test_a_link_without_a_recent_handshake_dials_what_the_name_says_now(
    age_s: float | None, current: str | None, answers: list[str], expected: str | None
) -> None:
    assert link.next_address(age_s, current, answers) == expected


def test_every_address_gets_its_turn_while_nobody_answers() -> None:
    answers, current, tried = ["2001:db8::1", "2001:db8::2", "192.0.2.1"], None, []
    for _ in range(6):
        current = link.next_address(None, current, answers)
        tried.append(current)
    assert tried == answers * 2


def test_handshakes_are_read_as_wg_prints_them() -> None:
    text = f"{OTHER}\t1700000090\n{KEY}\t1700000000\n"
    assert link.handshake_age_s(text, KEY, 1700000100.0) == 100.0
    assert link.handshake_age_s(f"{KEY}\t0\n", KEY, 1700000100.0) is None
    assert link.handshake_age_s("", KEY, 1700000100.0) is None


def test_a_clock_that_was_set_back_makes_no_negative_age() -> None:
    assert link.handshake_age_s(f"{KEY}\t1700000200\n", KEY, 1700000100.0) == 0.0


@pytest.mark.parametrize(
    ("text", "expected"),
    [("192.0.2.1:51820", "192.0.2.1"), ("[2001:db8::1]:51820", "2001:db8::1"), ("(none)", None)],
)
def test_endpoints_are_read_as_wg_prints_them(text: str, expected: str | None) -> None:
    assert link.current_address(f"{KEY}\t{text}\n", KEY) == expected
    assert expected is None or link.endpoint(expected, 51820) == text
