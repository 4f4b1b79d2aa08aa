"""The uplink's part in a visit to collect, put together."""

from __future__ import annotations

from edge.base.clock import Clock
from edge.node.config import NodeConfig
from edge.node.credentials import load_authority
from edge.uplink.collecting import Collecting
from edge.uplink.collectserver import CollectServer
from edge.uplink.config import Places
from edge.uplink.newest import NewestHeader
from edge.uplink.openvisit import OpenVisit
from edge.uplink.timenotes import TimeNotes
from edge.uplink.uplink import Uplink
from edge.uplink.window import Card
from edge.wire.collection import Brought


def collect_server(config: NodeConfig, core: Uplink, places: Places, clock: Clock) -> CollectServer | None:
    """Returns what answers the page's process; None for a node that takes no visits.

    Raises:
        StorageFault: its socket cannot be made.
    """
    if config.visit is None:
        return None
    key_list, ticket, order = core.documents
    authority = load_authority(config)
    visit = OpenVisit(config.visit_report, places.key_list, authority, config.node, clock)
    takers = {
        Brought.KEY_LIST: key_list.take,
        Brought.VISIT_TICKET: ticket.take,
        Brought.MASK_ORDER: order.take,
        Brought.RECEIPTS: core.carried.take,
        Brought.TIME_NOTE: TimeNotes(places.time_note, authority, config.node).take,
    }
    card = Card(places.spool, places.position, core.identity)
    newest = NewestHeader(places.spool, places.position)
    collecting = Collecting(visit, card, places.receipts, places.key_list, newest.read, takers)
    return CollectServer(config.collect_socket, collecting)
