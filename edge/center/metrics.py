"""Prometheus metrics of the fleet, made anew for each scrape."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from edge.base.clock import SECOND_US
from edge.center.center import Center
from edge.center.coverage import seconds_by_kind
from edge.center.gather import NodeReport, report_fleet
from edge.center.state import State
from edge.wire.heartbeat import CardHealth

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"

_CARD: tuple[tuple[str, str, Callable[[CardHealth], float | None]], ...] = (
    ("read_only", "1 when the card takes nothing any more", lambda card: float(card.read_only)),
    ("errors", "Errors that the card's file system has met", lambda card: card.ext4_errors),
    ("io_errors_24h", "Commands that the card's disk failed", lambda card: card.io_errors_24h),
    ("written_bytes", "Bytes written in the file system's life", lambda card: card.written_bytes),
    ("written_a_day_bytes", "Bytes written to the whole card in a day", lambda card: card.bytes_a_day),
    ("wear_percent", "Wear by the card's own word", lambda card: card.wear_percent),
    ("days_left", "Days until the card is worn out", lambda card: card.days_left),
)


def scrape(center: Center) -> bytes:
    """Returns the metrics in Prometheus' text format."""
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_Fleet(report_fleet(center, center.clock.now_us())))
    return generate_latest(registry)


class _Fleet(Collector):
    def __init__(self, reports: list[NodeReport]) -> None:
        self._reports = reports

    def collect(self) -> Iterable[Metric]:
        """Yields every family."""
        yield self._states()
        yield self._coverage()
        yield self._gauge("proof_timestamp_seconds", "End of the newest signed segment", lambda r: _s(r.proven_us))
        yield self._gauge("heard_timestamp_seconds", "Newest heartbeat or upload", lambda r: _s(r.heard_us))
        yield self._gauge("certificate_expiry_seconds", "When the certificate expires", lambda r: _s(r.certificate_us))
        yield self._gauge("key_list_expiry_seconds", "When the key list expires", lambda r: _s(r.key_list_us))
        yield self._gauge(
            "password_age_days",
            "Age of the node's passwords, once they were rotated",
            lambda r: r.heartbeat.password_age_days if r.heartbeat else None,
        )
        yield self._gauge("alarms", "Alarms that a person must decide", lambda r: float(len(r.alarms)))
        yield self._gauge("inspected_timestamp_seconds", "Last inspection on site", lambda r: _s(r.inspected_us))
        yield self._gauge("inspection_due_timestamp_seconds", "Next inspection", lambda r: _s(r.inspection_due_us))
        yield self._gauge("register_entry", "1 where the register has its place", lambda r: float(r.entry is not None))
        yield self._gauge("visit_open", "1 while somebody works at the camera, by the node's word", _visited)
        yield self._gauge("provisional", "1 until the city registered its keys", lambda r: float(r.provisional))
        yield self._gauge(
            "backlog_records",
            "Records on the card, not sent",
            lambda r: r.heartbeat.backlog_records if r.heartbeat else None,
        )
        yield self._gauge(
            "backlog_bytes", "Bytes on the card, not sent", lambda r: r.heartbeat.backlog_bytes if r.heartbeat else None
        )
        yield from self._cards()

    def _cards(self) -> Iterable[Metric]:
        for name, text, pick in _CARD:
            family = GaugeMetricFamily(f"mimamori_node_card_{name}", text, labels=["node"])
            for report in self._reports:
                card = report.heartbeat.card if report.heartbeat else None
                if card is not None and (value := pick(card)) is not None:
                    family.add_metric([report.node], float(value))
            yield family

    def _states(self) -> Metric:
        family = GaugeMetricFamily(
            "mimamori_node_state", "1 for the state that the node is in", labels=["node", "state"]
        )
        for report in self._reports:
            for state in State:
                family.add_metric([report.node, state.value], float(report.verdict.state is state))
        return family

    def _coverage(self) -> Metric:
        family = GaugeMetricFamily(
            "mimamori_coverage_24h_seconds",
            "Seconds of the last 24 h by what accounts for them",
            labels=["node", "kind"],
        )
        for report in self._reports:
            for kind, seconds in sorted(seconds_by_kind(report.bar).items()):
                family.add_metric([report.node, kind], float(seconds))
        return family

    def _gauge(self, name: str, text: str, pick: Callable[[NodeReport], float | None]) -> Metric:
        family = GaugeMetricFamily(f"mimamori_node_{name}", text, labels=["node"])
        for report in self._reports:
            value = pick(report)
            if value is not None:
                family.add_metric([report.node], float(value))
        return family


def _s(moment_us: int | None) -> float | None:
    return None if moment_us is None else moment_us / SECOND_US


def _visited(report: NodeReport) -> float | None:
    return None if report.heartbeat is None else float(report.heartbeat.visit is not None)
