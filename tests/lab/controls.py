"""Controls: with a guard taken away, the agreement must be seen to be broken."""

from __future__ import annotations

from tests.lab.lab import Lab
from tests.lab.scenario import scenario
from tests.lab.uplink_process import Manner


@scenario(quick=True, noticed="missing at the center")
def control_uplink_that_believes_any_answer(lab: Lab) -> None:
    site = lab.site(manner=Manner(credulous=True))
    lab.front.actions = ["thanks"]
    site.record(40)
    site.begin()
    lab.until(lambda: lab.stored(site) > 0 and lab.newest_stored(site) == max(site.recorded), "the newest record")


@scenario(quick=True, noticed="in the index, but not in the store")
def control_center_that_answers_before_it_stores(lab: Lab) -> None:
    site = lab.site()
    lab.hall.end("center")
    lab.hall.start_hasty_center()
    site.record(40)
    site.begin()
    lab.until(lambda: lab.newest_stored(site) == max(site.recorded), "the newest record's receipt")
    lab.hall.kill("center")
    lab.hall.start_all()
