"""The whole lab of one run: the street, the city's processes, what stands between, and one node after another."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from edge.base.clock import SECOND_US, SystemClock
from edge.wire.authority import Role
from tests.lab.agreement import disagreements, evictions, gather
from tests.lab.between import HOST, Loop, Relay, Resolver
from tests.lab.front import Front
from tests.lab.hall import Hall
from tests.lab.site import Site
from tests.lab.street import CITY_V4, CITY_V6, Street, run

_END_S = 600.0
"""Real seconds after which a wait is a failure: no figure of merit, only the end of a loop."""
_LOOK_S = 0.05
NODE_DISK_MIB = 512


class Lab:
    """Everything that a scenario may use.

    Attributes:
        sites: of the scenario that runs.
    """

    def __init__(self, folder: Path) -> None:
        self.clock = SystemClock()
        self._nodes = folder / "nodes"
        self._nodes.mkdir()
        run("mount", "-t", "tmpfs", "-o", f"size={NODE_DISK_MIB}m", "mmlnodes", str(self._nodes))
        self.hall = Hall(folder / "city")
        self.street = Street(folder)  # after the disks: its mounts are a copy of what was there
        self._loop = Loop()
        self.resolver = Resolver(self._loop, CITY_V4, CITY_V6)
        self.relay = Relay(self._loop, self.hall.public)
        self.front = Front(self._loop, self.hall.front, self.hall.center, self.hall.city.roles[Role.RECEIPT])
        self.sites: list[Site] = []
        self._numbers = iter(range(1, 10_000))

    def reset(self) -> None:
        """Mends everything for the next scenario."""
        for site in self.sites:
            site.close()
        self.sites = []
        self.hall.empty_disk()
        for part in (self.street, self.resolver, self.relay, self.front):
            part.reset()
        self.hall.start_all()

    def close(self) -> None:
        """Ends everything."""
        for site in self.sites:
            site.close()
        self.hall.stop()
        self._loop.close()
        self.street.close()

    def site(self, *, by_relay: bool = False, host: str = HOST, **options: Any) -> Site:
        """Puts up a node whose uplink does not run yet."""
        name = f"cam-{next(self._numbers)}"
        port = self.relay.port if by_relay else self.hall.public
        made = Site(self._nodes / name, name, self.hall, self.street, f"https://{host}:{port}", host, **options)
        self.sites.append(made)
        return made

    def until(self, condition: Callable[[], bool], what: str, seconds: float = _END_S) -> None:
        """Waits for the condition."""
        end_ns = self.clock.monotonic_ns() + int(seconds * 1e9)
        while not condition():
            if self.clock.monotonic_ns() > end_ns:
                raise TimeoutError(f"{what} did not come within {seconds:.0f} s")
            self.clock.sleep(_LOOK_S)

    def pause(self, seconds: float) -> None:
        """Lets a fault last."""
        self.clock.sleep(seconds)

    def faults(self, site: Site) -> list[str]:
        """Returns how node and center disagree now."""
        city = self.hall.city
        return disagreements(
            gather(
                site.name, site.node.chain.chain, site.recorded, site.folder, city.folder, city.authority.payload,
                site.node.signing.public_key,
            )
        )  # fmt: skip

    def settle(self, site: Site) -> None:
        """Waits until every receipt is there that can come; whether all agree is looked up afterwards."""
        self.until(lambda: self.newest_stored(site) >= _newest(site), f"a receipt of {site.name}'s newest record")
        self.until(lambda: self.stored(site) + self.evicted(site) >= len(site.recorded), f"the rest of {site.name}'s")
        self.until(lambda: not self.faults(site), f"agreement with {site.name}")

    def newest_stored(self, site: Site) -> int:
        """Returns the highest sequence that the index names; -1 for none."""
        return int(self._ask("select coalesce(max(last), -1) from runs where node = ?", site.name)[0][0])

    def stored(self, site: Site) -> int:
        """Returns how many records of the node the index names."""
        return int(self._ask("select coalesce(sum(last - first + 1), 0) from runs where node = ?", site.name)[0][0])

    def stored_bytes(self, site: Site) -> int:
        """Returns the bytes of the node's records in the store."""
        return int(self._ask("select coalesce(sum(length), 0) from runs where node = ?", site.name)[0][0])

    def evicted(self, site: Site) -> int:
        """Returns how many records left the card without a receipt, as the node signed."""
        return evictions(site.recorded.values())

    def link(self, site: Site) -> str:
        """Returns what the broker last said of the node's connection, as the center heard it."""
        rows = self._ask("select link from heartbeats where node = ?", site.name)
        return str(rows[0][0]) if rows else ""

    def beats_since(self, site: Site, moment_us: int) -> bool:
        """Tells whether the center took a heartbeat of the node after a moment, and holds it for online."""
        rows = self._ask("select received_us, link from heartbeats where node = ?", site.name)
        return bool(rows) and (rows[0][0] or 0) > moment_us and rows[0][1] == "online"

    def await_beat(self, site: Site, since_us: int) -> None:
        """Waits until the center has taken a heartbeat after ``since_us``, and holds the node for online."""
        self.until(lambda: self.beats_since(site, since_us), f"a heartbeat of {site.name}")

    def let_pass(self, site: Site, hours: float) -> None:
        """Waits until so many hours have passed for the uplink; the recorder records all the while."""
        assert site.uplink is not None
        uplink = site.uplink
        self.until(lambda: uplink.now_us > 0, "the uplink's first wait")
        begun_us = uplink.now_us
        recorded_us = site.node.now_us
        while (passed_us := uplink.now_us - begun_us) < hours * 3600 * SECOND_US:
            due = (recorded_us + passed_us - site.node.now_us) // (2 * SECOND_US)
            site.record(max(0, due), 3000)
            self.clock.sleep(_LOOK_S)

    def _ask(self, query: str, *values: object) -> list[tuple[Any, ...]]:
        with closing(sqlite3.connect(f"file:{self.hall.city.folder / 'index.db'}?mode=ro", uri=True)) as connection:
            return connection.execute(query, values).fetchall()


@contextmanager
def open_lab(folder: Path) -> Iterator[Lab]:
    """Makes the lab and takes it away; the namespaces would take it all in any case."""
    lab = Lab(folder)
    try:
        lab.hall.start_all()
        yield lab
    finally:
        lab.close()


def _newest(site: Site) -> int:
    return max(site.recorded)
