"""The HTTPS adapter: limits, pace, and what an answer means."""

from __future__ import annotations

import pytest

from edge.base.clock import SystemClock
from edge.base.errors import MimamoriError, Refused, TryAgain, Unavailable
from edge.uplink.https import Credentials, HttpsServer, Timeouts
from edge.uplink.server import RETRY_AFTER_LIMIT_S, Answer, AskedToWait, Request, ServerFault, require
from tests.clocks import HandClock
from tests.uplink.town import Town, failure, key_list


def test_body_goes_out_at_the_pace_of_the_line(town: Town) -> None:
    sizes: list[int] = []
    config = town.config()
    server = HttpsServer(
        config.center_url,
        Credentials(config.ca, town.places.certificate, town.places.tls_key),
        SystemClock(),
        Timeouts(),
        pace=sizes.append,
    )
    town.servers.append(server)
    town.center.certificate = lambda request: (200, str(len(request.body)).encode())
    assert server.exchange(Request("POST", "/", bytes(100_000))).body == b"100000"
    assert sum(sizes) == 100_000
    assert max(sizes) <= 16 * 1024


def test_answer_over_the_limit_is_dropped(town: Town) -> None:
    town.center.key_list = bytes(2 * 1024 * 1024)
    with pytest.raises(Unavailable, match="over the limit"):
        town.server().exchange(Request("GET", "/v1/nodes/demo-1/key-list"))


def test_message_says_what_the_line_said(town: Town) -> None:
    with pytest.raises(Unavailable, match="Connection refused") as caught:
        town.server(town.config(center_url="https://127.0.0.1:1")).exchange(Request("GET", "/"))
    assert "retries" not in str(caught.value)


class _Hasty(HandClock):
    """Every look at the clock takes an hour."""

    def monotonic_ns(self) -> int:
        self.advance(3600)
        return super().monotonic_ns()


def test_answer_that_drips_is_given_up(town: Town) -> None:
    config = town.config()
    credentials = Credentials(config.ca, town.places.certificate, town.places.tls_key)
    server = HttpsServer(config.center_url, credentials, _Hasty(0), Timeouts())
    town.servers.append(server)
    town.center.key_list = key_list().data
    with pytest.raises(Unavailable, match="was not whole"):
        server.exchange(Request("GET", "/v1/nodes/demo-1/key-list"))


JSON = failure("some-slug")


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (Answer(400, JSON), Refused),
        (Answer(409, JSON), Refused),
        (Answer(413, JSON), Refused),
        (Answer(422, JSON), Refused),
        (Answer(400, b"<html>"), TryAgain),
        (Answer(413, b""), TryAgain),
        (Answer(401, JSON), TryAgain),
        (Answer(403, JSON), TryAgain),
        (Answer(404, JSON), TryAgain),
        (Answer(302, b""), TryAgain),
        (Answer(500, b""), ServerFault),
        (Answer(503, failure("center-fault")), ServerFault),
        (Answer(502, b""), Unavailable),
        (Answer(507, JSON), Unavailable),
        (Answer(429, JSON, retry_after_s=3.0), AskedToWait),
        (Answer(503, JSON, retry_after_s=3.0), AskedToWait),
    ],
)
def test_answer_says_what_to_do_next(answer: Answer, error: type[MimamoriError]) -> None:
    with pytest.raises(error) as caught:
        require(answer, 200)
    assert type(caught.value) is error
    assert str(answer.status) in str(caught.value)


def test_expected_answer_passes() -> None:
    assert require(Answer(304, b""), 200, 304).status == 304


def test_wait_that_is_asked_for_is_bounded() -> None:
    with pytest.raises(AskedToWait) as caught:
        require(Answer(429, b"", retry_after_s=1e7), 200)
    assert caught.value.seconds == RETRY_AFTER_LIMIT_S


@pytest.mark.parametrize("value", ["-1", "1.5", "soon", "Wed, 21 Oct 2026 07:28:00 GMT", "٣", "1" * 20])
def test_odd_retry_after_is_ignored(value: str) -> None:
    from edge.uplink.https import _seconds

    assert _seconds(value) is None
