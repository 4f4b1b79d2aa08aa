"""Visit tickets: the one-time code, and what its hash gives away."""

from __future__ import annotations

import pytest

from edge.wire.visit import CODE_CHARACTERS, Scope, VisitTicket, new_code, normal_code
from tests.seal.samples import NODE, START_US


def ticket_with(salt: str, code_hash: str) -> VisitTicket:
    return VisitTicket(
        ticket="ab" * 16,
        node=NODE,
        installer="K-07",
        scope=Scope.INSPECT,
        issued=START_US,
        begins=START_US,
        ends=START_US + 1,
        code_salt=salt,
        code_hash=code_hash,
    )


def test_ticket_opens_with_its_own_code_alone() -> None:
    code, other = new_code(), new_code()
    ticket = ticket_with(code.salt, code.hash)
    assert ticket.opens_with(code.text)
    assert not ticket.opens_with(other.text)
    assert not ticket.opens_with("")
    assert not ticket.opens_with(code.text + "0")


def test_code_is_taken_as_people_type_it() -> None:
    assert {normal_code(text) for text in ("O1L2-abcd", "o1l2abcd", " 01i2 AB-CD")} == {"0112ABCD"}


def test_codes_differ_and_have_their_length() -> None:
    codes = {new_code().text for _ in range(8)}
    assert len(codes) == 8
    assert {len(normal_code(code)) for code in codes} == {CODE_CHARACTERS}


def test_neither_ticket_nor_repr_holds_the_code() -> None:
    code = new_code()
    ticket = ticket_with(code.salt, code.hash)
    for shown in (repr(code), repr(ticket), ticket.model_dump_json()):
        assert code.text not in shown
        assert normal_code(code.text) not in shown


@pytest.mark.parametrize(("scope", "aims"), [(scope, scope in ("first", "re-aim")) for scope in Scope])
def test_only_first_and_re_aim_show_the_unpainted_picture(scope: Scope, aims: bool) -> None:
    assert scope.aims is aims
