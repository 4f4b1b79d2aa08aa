"""Where records go when the card takes none: a small ring of reels in the run directory, which is memory.

Rules:
  1. It is a spool like the card's, under a chain of its own. A power cut takes it, with every sequence in it; on the
     card's chain those sequences would be signed a second time, for something else.
  2. Its room is taken at once and never grows: what is full is overwritten from the oldest on, announced by EVICTED.
  3. It is left at the next start that finds the card well; what it holds stays for the uplink until the next boot.
"""

from __future__ import annotations

import logging
from collections.abc import Callable

from edge.node.config import NodeConfig
from edge.seal.reel import Held
from edge.spool.losses import Receipts
from edge.spool.opening import create_spool, open_spool
from edge.spool.spool import Spool

OpenElsewhere = Callable[[Held | None, str], Spool]
"""Opens the ring in memory.

Args: how far the chain is synced that is left for it, where that is known; and why it is left.

Raises: ``StorageFault`` where memory has no room for it either.
"""

_log = logging.getLogger(__name__)


def memory_opener(config: NodeConfig, public_key: bytes, receipts: Receipts) -> OpenElsewhere:
    """Returns what opens the node's ring in memory."""

    def open_elsewhere(held: Held | None, reason: str) -> Spool:
        _log.critical("records go to memory alone, %s, because: %s", config.memory, reason)
        create_spool(config.memory, capacity_bytes=config.spool.memory_bytes, reel_bytes=config.memory_reel_bytes)
        return open_spool(
            config.memory,
            public_key=public_key,
            receipts=receipts,
            position=config.position,
            retention_days=config.retention_days,
            held=held,
            volatile=reason,
        )

    return open_elsewhere
