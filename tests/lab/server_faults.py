"""What the server does to a node."""

from __future__ import annotations

from datetime import timedelta
from random import Random

from tests.center.city import DAY_US, NOW
from tests.lab.front import Action
from tests.lab.lab import Lab
from tests.lab.line_faults import FAST_FORWARD, in_mid_upload, mended
from tests.lab.scenario import scenario
from tests.lab.uplink_process import Manner

ERRORS: tuple[Action, ...] = (
    "400", "401", "403", "404", "409-page", "413-page", "429", "500", "502", "503", "504", "507",
)  # fmt: skip
FALSE: tuple[Action, ...] = ("thanks", "other-signer", "other-hash", "other-range", "half-answer")
LEAPING = Manner(longest_s=0.001)


def _answered(lab: Lab, *actions: Action) -> None:
    site = lab.site(manner=LEAPING)
    lab.front.actions = list(actions)
    site.record(40)
    site.begin()
    lab.settle(site)
    assert not lab.front.actions


@scenario(quick=True)
def errors_of_every_status(lab: Lab) -> None:
    _answered(lab, *ERRORS)


@scenario(quick=True)
def false_receipts(lab: Lab) -> None:
    _answered(lab, *FALSE)


@scenario(quick=True)
def lost_receipts(lab: Lab) -> None:
    """Stored, and the answer lost: the record comes again and is dropped as known."""
    _answered(lab, "lost", "lost", "lost", "lost", "lost")


@scenario()
def slow_answers(lab: Lab) -> None:
    _answered(lab, "slow", "dripping", "slow", "silent", "silent", "slow")


@scenario()
def refused_and_taken_hours_later(lab: Lab) -> None:
    """What the center refuses is set aside, and comes up again with the next look through the spool."""
    site = lab.site(manner=FAST_FORWARD)
    site.begin()
    lab.settle(site)
    lab.front.usually = "refused"
    site.record(5)
    lab.until(lambda: site.uplink is not None and "is set aside" in site.uplink.said(), "a refusal")
    lab.front.usually = "pass"
    lab.settle(site)


@scenario(quick=True)
def disk_full(lab: Lab) -> None:
    site = lab.site(manner=LEAPING)
    site.begin()
    lab.settle(site)
    lab.hall.fill_disk()
    site.record(40)
    # nginx cannot keep the body and answers itself, or the center cannot store it: either way none is stored.
    lab.until(lambda: site.uplink is not None and site.uplink.said().count("next try") >= 3, "three refusals")
    stored = lab.stored(site)
    lab.hall.empty_disk()
    lab.settle(site)
    assert lab.stored(site) > stored


@scenario()
def center_restarts(lab: Lab) -> None:
    site = lab.site()
    site.begin()
    for _ in range(3):
        in_mid_upload(lab, site)
        lab.hall.end("center")
        lab.hall.start_all()
    mended(lab, site)


def _killed(lab: Lab, name: str, times: int) -> None:
    site, random, back_us = lab.site(), Random(name), 0
    site.begin()
    for _ in range(times):
        in_mid_upload(lab, site, random.randrange(1, 20))
        lab.pause(random.random() / 20)
        lab.hall.kill(name)
        site.record(5)
        back_us = lab.clock.now_us()
        lab.hall.start_all()
    mended(lab, site)
    if name == "mosquitto":
        lab.await_beat(site, back_us)


@scenario(quick=True)
def center_killed(lab: Lab) -> None:
    _killed(lab, "center", 2)


@scenario(quick=True)
def nginx_killed(lab: Lab) -> None:
    _killed(lab, "nginx", 2)


@scenario(quick=True)
def mosquitto_killed(lab: Lab) -> None:
    _killed(lab, "mosquitto", 1)


@scenario()
def center_killed_often(lab: Lab) -> None:
    _killed(lab, "center", 25)


@scenario(quick=True)
def uplink_killed(lab: Lab) -> None:
    """Its last will says offline; the next uplink goes on where it was."""
    site = lab.site()
    for _ in range(2):
        uplink = site.begin()
        in_mid_upload(lab, site)
        lab.until(lambda: lab.link(site) == "online", "the link")
        uplink.kill()
        lab.until(lambda: lab.link(site) == "offline", "the last will")
    back_us = lab.clock.now_us()
    site.begin()
    mended(lab, site)
    lab.await_beat(site, back_us)


@scenario(quick=True)
def server_certificate_expires(lab: Lab) -> None:
    site = lab.site(manner=LEAPING)
    site.record(20)
    site.begin()
    lab.settle(site)
    lab.hall.city.certify_server(NOW - 398 * DAY_US)
    lab.hall.reload()
    site.record(20)
    uplink = site.uplink
    assert uplink is not None
    lab.until(lambda: uplink.said().count("certificate has expired") >= 2, "both lines' refusals")
    lab.hall.city.certify_server()
    back_us = lab.clock.now_us()
    lab.hall.reload()
    lab.settle(site)
    lab.await_beat(site, back_us)


@scenario(quick=True)
def node_certificate_expires(lab: Lab) -> None:
    """It expires while the center is away; the key that is registered is enough to renew it."""
    site = lab.site(manner=LEAPING)
    site.begin()
    lab.settle(site)
    assert site.uplink is not None
    lab.await_beat(site, 0)
    site.uplink.stop()
    lab.until(lambda: lab.link(site) == "offline", "the will of an orderly end")
    lab.hall.end("center")
    site.certify(NOW - 30 * DAY_US, timedelta(days=29))
    site.record(20)
    uplink = site.begin()
    lab.until(lambda: uplink.said().count("next try") >= 1, "a try without the center")
    back_us = lab.clock.now_us()
    lab.hall.start_all()
    lab.settle(site)
    lab.await_beat(site, back_us)
