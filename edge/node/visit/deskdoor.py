"""The port at which the desk collects, put together."""

from __future__ import annotations

import logging

from edge.base.clock import SystemClock
from edge.base.errors import BadConfiguration
from edge.commission.certificate import OnSite
from edge.commission.collect import Collect, make_collect
from edge.commission.collectlink import CollectLink
from edge.commission.config import VisitConfig
from edge.commission.deskdoor import desk_context
from edge.commission.listening import DeskDoor
from edge.commission.visit import Visit
from edge.node.config import NodeConfig
from edge.node.credentials import load_authority
from edge.wire.hour import present

_log = logging.getLogger(__name__)


def desk_door(config: NodeConfig, visiting: VisitConfig, visit: Visit, certificate: OnSite) -> DeskDoor | None:
    """Returns it; None where the city's CA cannot be read: visits go on without it.

    Raises:
        BadConfiguration: there is no authority.
    """
    authority, key_list = load_authority(config), config.uplink.state / "inbox" / "key-list.json"
    clock = SystemClock()  # certificates know no simulated time
    collect = Collect(
        visit=visit,
        node=config.node,
        link=CollectLink(config.collect_socket),
        present=lambda: present(clock, key_list, authority, config.node),
    )
    try:
        context = desk_context(certificate, config.uplink.ca)
    except BadConfiguration as error:
        _log.error("%s", error)
        return None
    return DeskDoor(visiting.collect_port, context, make_collect(collect))
