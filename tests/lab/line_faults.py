"""What the line does to a node."""

from __future__ import annotations

from tests.lab.lab import Lab
from tests.lab.scenario import scenario
from tests.lab.site import Site
from tests.lab.street import CITY_V4, Families
from tests.lab.uplink_process import Manner

SLOW = "8mbit"
FAST_FORWARD = Manner(longest_s=0.0005)
"""Hours pass at some hundred times their pace."""


def in_mid_upload(lab: Lab, site: Site, beyond: int = 5) -> None:
    """Slows the line, has a backlog sent over it, and returns once a part of that is stored."""
    lab.street.at_rate(SLOW)
    site.record(60)
    before = lab.stored(site)
    lab.until(lambda: lab.stored(site) >= before + beyond, "the first records of the backlog")


def mended(lab: Lab, site: Site) -> None:
    """Mends the line, records on, and waits for agreement."""
    lab.street.pass_all()
    lab.street.at_full_rate()
    site.record(5)
    lab.settle(site)


def _outage(lab: Lab, hours: float, reels: int) -> None:
    site = lab.site(host=CITY_V4, manner=FAST_FORWARD, reels=reels)
    site.record(20)
    site.begin()
    lab.settle(site)
    lab.street.down()
    lab.let_pass(site, hours)
    back_us = lab.clock.now_us()
    lab.street.up()
    mended(lab, site)
    lab.await_beat(site, back_us)


@scenario(quick=True)
def line_down_for_half_an_hour(lab: Lab) -> None:
    """The card is too small for it: what it could not keep is evicted and signed as such."""
    _outage(lab, 0.5, reels=4)


@scenario()
def line_down_for_three_hours(lab: Lab) -> None:
    _outage(lab, 3, reels=16)


@scenario()
def rate_limited(lab: Lab) -> None:
    site = lab.site()
    lab.street.at_rate("500kbit")
    site.record(60)
    site.begin()
    lab.settle(site)


@scenario()
def delay_added(lab: Lab) -> None:
    site = lab.site(by_relay=True)
    lab.relay.delay_s = 0.3
    site.record(60)
    site.begin()
    lab.settle(site)


@scenario(quick=True)
def connections_reset_in_mid_upload(lab: Lab) -> None:
    site = lab.site(by_relay=True)
    lab.relay.cut_after, lab.relay.cuts = 150_000, 6
    site.record(100)
    site.begin()
    lab.settle(site)
    assert lab.relay.cuts == 0


@scenario()
def line_cut_in_mid_upload(lab: Lab) -> None:
    site = lab.site()
    site.begin()
    for _ in range(3):
        in_mid_upload(lab, site)
        lab.street.down()
        lab.pause(2)
        lab.street.up()
    back_us = lab.clock.now_us()
    mended(lab, site)
    lab.await_beat(site, back_us)


@scenario(quick=True)
def blackhole_in_mid_upload(lab: Lab) -> None:
    """Packets vanish in silence while connections are open."""
    site = lab.site()
    site.begin()
    in_mid_upload(lab, site)
    lab.street.drop()
    lab.pause(5)
    mended(lab, site)


@scenario(quick=True)
def uplink_stopped_in_a_blackhole(lab: Lab) -> None:
    """It would wait for minutes yet; an end in order breaks that off."""
    site = lab.site(connect_timeout_s=120.0, answer_timeout_s=600.0)
    uplink = site.begin()
    in_mid_upload(lab, site)
    lab.street.drop()
    uplink.stop()
    site.begin()
    mended(lab, site)


@scenario()
def blackhole_until_the_broker_gives_up(lab: Lab) -> None:
    site = lab.site()
    site.begin()
    in_mid_upload(lab, site)
    lab.await_beat(site, 0)
    lab.street.drop()
    lab.until(lambda: lab.link(site) == "offline", "the last will")
    back_us = lab.clock.now_us()
    mended(lab, site)
    lab.await_beat(site, back_us)


@scenario(quick=True)
def half_open_connections(lab: Lab) -> None:
    """The city forgets every connection, and the node never hears of it."""
    site = lab.site()
    site.record(20)
    site.begin()
    lab.settle(site)
    lab.street.drop()
    for name in ("nginx", "mosquitto"):
        lab.hall.kill(name)
    lab.hall.start_all()
    mended(lab, site)


@scenario(quick=True)
def names_not_resolved(lab: Lab) -> None:
    site = lab.site()
    lab.resolver.mood = "silent"
    site.record(20)
    site.begin()
    lab.pause(2)
    assert lab.stored(site) == 0
    lab.resolver.mood = "answer"
    lab.settle(site)
    for mood in ("servfail", "nxdomain"):
        lab.resolver.mood = mood
        lab.street.down()
        site.record(10)
        lab.pause(1)
        lab.street.up()
        lab.hall.kill("nginx")
        lab.hall.start_all()
        lab.pause(1)
        lab.resolver.mood = "answer"
        lab.settle(site)


@scenario()
def address_changes(lab: Lab) -> None:
    lab.resolver.addresses = (CITY_V4,)
    site = lab.site()
    site.begin()
    for address in ("10.77.0.9", "10.77.0.10"):
        in_mid_upload(lab, site)
        lab.street.move(address)
    back_us = lab.clock.now_us()
    mended(lab, site)
    lab.await_beat(site, back_us)


def _with(lab: Lab, families: Families, *dropped: str) -> None:
    lab.street.families(families)
    if dropped:
        lab.street.drop(*dropped)
    site = lab.site()
    site.record(40)
    site.begin()
    lab.settle(site)
    lab.await_beat(site, 0)


@scenario()
def ipv4_only(lab: Lab) -> None:
    _with(lab, Families(v6=False))


@scenario()
def ipv6_only(lab: Lab) -> None:
    _with(lab, Families(v4=False))


@scenario()
def ipv4_and_ipv6(lab: Lab) -> None:
    _with(lab, Families())


@scenario(quick=True)
def ipv6_broken_and_ipv4_whole(lab: Lab) -> None:
    _with(lab, Families(), "meta nfproto ipv6 meta l4proto tcp")


@scenario()
def ipv4_broken_and_ipv6_whole(lab: Lab) -> None:
    _with(lab, Families(), "meta nfproto ipv4 meta l4proto tcp")
