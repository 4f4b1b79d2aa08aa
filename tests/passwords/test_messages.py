from __future__ import annotations

import pytest

from edge.base.errors import Refused
from edge.passwords.messages import LIMIT_BYTES, Answer, Request, parse_answer, parse_request

TURN = "0f" * 16


@pytest.mark.parametrize(
    "request_",
    [
        Request("status"),
        Request("stage", turn=TURN, made=5, accounts={"console": {"hash": "$y$x"}, "access-point": {"secret": "abc"}}),
        Request("confirm", turn=TURN),
        Request("withdraw", turn=TURN),
        Request("sign-in", account="console", secret="abc"),
    ],
)
def test_request_comes_back_as_it_was(request_: Request) -> None:
    assert parse_request(request_.dump()) == request_


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"[]",
        b'{"do":"format"}',
        b'{"do":"status","turn":"00"}',
        b'{"do":"confirm"}',
        b'{"do":"confirm","turn":"0g0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f"}',
        b'{"do":"confirm","turn":"0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f\\n"}',
        b'{"do":"confirm","turn":7}',
        b'{"accounts":{"console":{"hash":"a\\nroot:b"}},"do":"stage","made":1,"turn":"' + TURN.encode() + b'"}',
        b'{"accounts":{"../x":{"hash":"a"}},"do":"stage","made":1,"turn":"' + TURN.encode() + b'"}',
        b'{"accounts":{"console":"a"},"do":"stage","made":1,"turn":"' + TURN.encode() + b'"}',
        b'{"accounts":{},"do":"stage","made":true,"turn":"' + TURN.encode() + b'"}',
        b'{"accounts":{},"do":"stage","made":0,"turn":"' + TURN.encode() + b'"}',
        b'{"account":"console","do":"sign-in","secret":1}',
        b'{"do":"status"}' + b" " * LIMIT_BYTES,
    ],
)
def test_request_that_is_none_is_refused(data: bytes) -> None:
    with pytest.raises(Refused):
        parse_request(data)


def test_answer_comes_back_as_it_was() -> None:
    answer = Answer(ok=False, why="late", confirmed=TURN, staged="", accounts={"console": "login"})
    assert parse_answer(answer.dump()) == answer


@pytest.mark.parametrize(
    "change",
    [
        (b'"ok":false', b'"ok":0'),
        (b'"staged":""', b'"staged":"x"'),
        (b'"console"', b'"Console"'),
        (b'"why":""', b'"why":null'),
        (b'"signed_in":false,', b""),
    ],
)
def test_answer_that_is_none_is_refused(change: tuple[bytes, bytes]) -> None:
    data = Answer(ok=False, accounts={"console": "login"}).dump()
    assert change[0] in data
    with pytest.raises(Refused):
        parse_answer(data.replace(*change))


def test_no_secret_shows_in_a_repr() -> None:
    shown = repr(Request("stage", turn=TURN, made=1, accounts={"console": {"hash": "hush"}}, secret="hush"))
    assert "hush" not in shown
