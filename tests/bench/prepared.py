"""A node that is ready to record without a center: keys, masks and key list are there, and nothing else runs.

It is made from the parts that ``mimamori demo`` is made of, so what is measured is what ships.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from zoneinfo import ZoneInfo

from edge.base.clock import SimulatedClock, SystemClock, from_iso
from edge.base.config import load
from edge.base.files import private_directory, write_durably
from edge.demo.founding import Founded, found_or_open
from edge.demo.places import NODE, Places, Ports
from edge.demo.scene import Scene, demonstration_masks
from edge.demo.settings import write_node
from edge.mask import maskset
from edge.node.config import NodeConfig
from edge.node.initialise import initialise

START_US = from_iso("2026-01-05T10:00:00+09:00")
_ZONE = "Asia/Tokyo"
_NOBODY = Ports(https=9, mqtt=9, fleet=9, visit=10, portal=11, collect=12)


@dataclass(frozen=True, slots=True)
class PreparedNode:
    """One node's configuration and what it publishes."""

    config: Path
    position: Path
    status: Path


class Preparer:
    """Founds one city, then prepares as many nodes as are asked for."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._founded: Founded | None = None
        self._count = 0

    def node(self, scene: Scene, masks: bytes | None = None) -> PreparedNode:
        """Returns a node with an empty spool, on a simulated clock where the scene is played fast.

        Args:
            masks: its ``masks.json``, the demonstration's unless given.
        """
        self._count += 1
        places = Places(self._folder / f"node-{self._count}", self._folder / "city")
        places.make()
        now_us = START_US if scene.fast else SystemClock().now_us()
        founded = self._city(places, now_us)
        clock = "system"
        if scene.fast:
            SimulatedClock.create(places.clock, now_us)
            clock = f"simulated:{places.clock}"
        write_durably(places.masks, masks or demonstration_masks(scene, now_us))
        config = write_node(places, _NOBODY, scene.table(), clock, _ZONE)
        self._provision(founded, places, config, now_us)
        run = places.node / "run"
        return PreparedNode(config, run / "position", run / "recorder.json")

    @property
    def founded(self) -> Founded:
        """The city of the nodes that were prepared; there is one."""
        assert self._founded is not None
        return self._founded

    def masks(self, scene: Scene) -> maskset.MaskSet:
        """Returns the masks of every node of that scene."""
        return maskset.parse(demonstration_masks(scene, START_US), NODE, source="masks.json")

    def _city(self, places: Places, now_us: int) -> Founded:
        if self._founded is None:
            self._founded = found_or_open(places, min(now_us, START_US))
        return self._founded

    def _provision(self, founded: Founded, places: Places, config: Path, now_us: int) -> None:
        ticket = places.node / "ticket.json"
        write_durably(ticket, founded.ticket(now_us).data, mode=0o600)
        initialise(load(config, NodeConfig), ticket)
        inbox = private_directory(places.node / "uplink" / "inbox")
        write_durably(inbox / "key-list.json", founded.key_list(now_us, ZoneInfo(_ZONE)))
