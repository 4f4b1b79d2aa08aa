"""The line's round trip and rate, measured for an installer: over a line whose latency and rate the test knows."""

from __future__ import annotations

from pathlib import Path

import pytest

from edge.base.errors import Unavailable
from edge.uplink.budget import Budget
from edge.uplink.line import EVERY_NS
from edge.uplink.onsite import EVERY_NS as LOOK_NS
from edge.uplink.pace import TELLING_BYTES, Rate
from edge.uplink.probe import LONG_NS, PIECES, QUESTIONS, RATE_AGAIN_NS, RATE_EVERY_NS, TRIP_EVERY_NS, LineProbe
from edge.uplink.server import Answer, Request
from edge.wire.line import read_line
from edge.wire.visit import Scope
from edge.wire.visitreport import VisitReport, VisitState, dump_visit
from tests.clocks import HandClock
from tests.uplink.town import NODE, TOKYO, Town, visit_ticket

OPENING_S = 0.4
"""What the first question takes more, for the connection."""


class Street:
    """A line of so many seconds there and back, and so many bits a second up."""

    def __init__(self, clock: HandClock, trip_s: float = 0.08, bps: float = 4e6) -> None:
        self.clock, self.trip_s, self.bps = clock, trip_s, bps
        self.asked: list[Request] = []
        self.down = self.opened = False
        self.status = {"GET": 200, "PUT": 204}

    def exchange(self, request: Request) -> Answer:
        self.asked.append(request)
        if self.down:
            self.clock.advance(10)
            raise Unavailable("no answer in time")
        opening_s, self.opened = 0.0 if self.opened else OPENING_S, True
        self.clock.advance(opening_s + self.trip_s + len(request.body) * 8 / self.bps)
        return Answer(self.status[request.method], b"{}")

    def use_new_certificate(self) -> None:
        raise AssertionError("nobody renewed one")

    def sent(self, method: str) -> list[int]:
        return [len(request.body) for request in self.asked if request.method == method]


class Bench:
    """A probe over a street."""

    def __init__(self, folder: Path, *, monthly_bytes: int | None = None, **line: float) -> None:
        self.clock, self.rate, self.heard = HandClock(10**15), Rate(), 0
        self.street = Street(self.clock, **line)
        self.budget = Budget(folder / "budget.json", monthly_bytes, TOKYO, self.clock)
        self.probe = LineProbe(self.street, NODE, self.budget, self.rate, self.clock, self._hear)

    def _hear(self) -> None:
        self.heard += 1

    def tend(self, after_ns: int = 0, *, visited: bool = True) -> LineProbe:
        self.clock.advance(after_ns / 1e9)
        self.probe.tend(visited=visited)
        return self.probe


@pytest.mark.parametrize(("trip_s", "shown_ms"), [(0.08, 80), (0.0004, 1), (1.9, 1900)])
def test_round_trip_is_the_lines_and_not_the_connections_opening(tmp_path: Path, trip_s: float, shown_ms: int) -> None:
    bench = Bench(tmp_path, trip_s=trip_s)
    assert bench.tend().round_trip_ms == shown_ms
    assert (bench.probe.reached, bench.heard, len(bench.street.sent("GET"))) == (True, 1, QUESTIONS)


@pytest.mark.parametrize("bps", [50e3, 0.4e6, 2e6, 20e6, 300e6])
def test_rate_is_never_more_than_the_line_carries_and_near_it_where_it_matters(tmp_path: Path, bps: float) -> None:
    bench = Bench(tmp_path, bps=bps)
    rate = bench.tend().rate_bps
    assert rate is not None and rate <= bps * 1.001
    assert rate >= (0.6 if bps <= 20e6 else 0.1) * bps
    sent = bench.street.sent("PUT")
    assert sent == list(PIECES[: len(sent)])
    assert sum(sent) <= sum(PIECES)
    assert sent[-1] == PIECES[-1] or sent[-1] * 8 / bps + 0.08 >= LONG_NS / 1e9


def test_nothing_is_asked_outside_a_visit(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    for _ in range(5):
        bench.tend(TRIP_EVERY_NS, visited=False)
    assert bench.street.asked == []
    assert (bench.probe.reached, bench.probe.round_trip_ms, bench.probe.rate_bps) == (None, None, None)
    bench.tend()  # the control
    assert bench.street.asked


def test_questions_come_every_twenty_seconds_and_bytes_every_ten_minutes(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    bench.tend()
    bytes_sent = sum(bench.street.sent("PUT"))
    for _ in range(20):
        bench.tend(TRIP_EVERY_NS // 4)
    assert len(bench.street.sent("GET")) in range(5 * QUESTIONS, 7 * QUESTIONS)
    assert sum(bench.street.sent("PUT")) == bytes_sent
    bench.tend(RATE_EVERY_NS)
    assert sum(bench.street.sent("PUT")) == 2 * bytes_sent


def test_line_that_breaks_is_told_at_the_next_question_and_comes_back(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    bench.tend()
    bench.street.down = True
    probe = bench.tend(TRIP_EVERY_NS)
    assert (probe.reached, probe.round_trip_ms) == (False, None)
    bench.street.down = False
    assert bench.tend(TRIP_EVERY_NS).reached


def test_figure_that_is_old_is_shown_no_more(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    bench.tend()
    bench.clock.advance(RATE_EVERY_NS / 1e9)
    assert (bench.probe.round_trip_ms, bench.probe.rate_bps) == (None, None)
    bench.tend()
    assert bench.tend(visited=False).round_trip_ms is None


def test_real_upload_takes_the_place_of_bytes_sent_to_measure(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    bench.rate.measured(TELLING_BYTES, 10**9)
    assert bench.tend().rate_bps == TELLING_BYTES * 8
    assert bench.street.sent("PUT") == []
    bench.rate.measured(TELLING_BYTES - 1, 10**8)  # too short to tell
    assert bench.tend().rate_bps == TELLING_BYTES * 8
    assert bench.tend(visited=False).rate_bps == TELLING_BYTES * 8


def test_center_that_takes_no_such_bytes_leaves_the_rate_unknown_and_is_asked_seldom(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    bench.street.status["PUT"] = 404
    for _ in range(4):
        assert bench.tend(TRIP_EVERY_NS).rate_bps is None
    assert len(bench.street.sent("PUT")) == 1 + 3 * TRIP_EVERY_NS // RATE_AGAIN_NS
    assert bench.probe.reached


def test_spent_budget_is_not_overdrawn_to_measure(tmp_path: Path) -> None:
    bench = Bench(tmp_path, monthly_bytes=1_000_000)
    bench.budget.add(2_000_000)
    assert bench.tend().rate_bps is None
    assert bench.street.sent("PUT") == [] and bench.probe.round_trip_ms is not None


def test_bytes_sent_to_measure_count_for_the_budget(tmp_path: Path) -> None:
    bench = Bench(tmp_path, monthly_bytes=10**9)
    bench.tend()
    assert bench.budget.sent_bytes >= sum(bench.street.sent("PUT"))


def aiming(town: Town, scope: Scope = Scope.FIRST) -> None:
    """Opens a visit, as the page's process does."""
    ticket = visit_ticket(5, scope=scope)
    assert town.places.visit is not None
    town.places.visit.write_bytes(
        dump_visit(
            VisitReport(
                node=NODE, updated=town.clock.at_us, state=VisitState.OPEN, ticket=ticket.data.decode(), scope=scope,
                since=1, needs_camera=scope.needs_camera,
            )
        )
    )  # fmt: skip


def test_uplink_measures_over_its_own_connection_while_somebody_aims(town: Town) -> None:
    uplink = town.uplink()
    uplink.step()
    assert town.center.probes == []
    aiming(town)
    town.clock.advance(LOOK_NS / 1e9)
    uplink.step()
    town.clock.advance(EVERY_NS / 1e9)
    uplink.step()
    report = read_line(town.places.line)
    assert report.reached is True and report.round_trip_ms is not None and report.rate_bps
    assert {request.name for request in town.center.probes} == {NODE}
    assert {request.path for request in town.center.probes} == {"/v1/health", f"/v1/nodes/{NODE}/probe"}
    assert [len(r.body) for r in town.center.probes if r.method == "PUT"] == list(PIECES)
    uplink.close()


@pytest.mark.parametrize("scope", [Scope.INSPECT, Scope.DECOMMISSION])
def test_visit_that_has_no_line_step_measures_nothing(town: Town, scope: Scope) -> None:
    """Control of the test above."""
    uplink = town.uplink()
    aiming(town, scope)
    uplink.step()
    assert uplink.progress().visit is not None and town.center.probes == []
    uplink.close()
