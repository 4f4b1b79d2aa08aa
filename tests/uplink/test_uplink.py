"""The uplink against a real HTTPS server: what is sent, what is receipted, what is kept over a restart."""

from __future__ import annotations

from tests.uplink.town import Town, work


def test_all_records_are_sent_and_receipted(town: Town) -> None:
    town.spool.boot()
    town.spool.segments(10)
    town.spool.publish()
    uplink = town.uplink()
    work(uplink, town.clock)
    assert town.center.sequences() == list(range(11))
    assert uplink.progress().receipted == 11
    assert uplink.progress().backlog_records == 0
