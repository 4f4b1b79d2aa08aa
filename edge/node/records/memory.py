"""Where records go when the card takes none: a small ring of reels in the run directory, which is memory.

Rules:
  1. It is a spool like the card's, under a chain of its own. A power cut takes it, with every sequence in it; on the
     card's chain those sequences would be signed a second time, for something else.
  2. Its room is taken at once and never grows: what is full is overwritten from the oldest on, announced by EVICTED.
  3. It is left at the next start that finds the card well. What it holds stays for the uplink until the next boot, or
     until its newest record is older than the retention: by the monotonic clock, for all of it is of one boot.
"""

from __future__ import annotations

import logging
from pathlib import Path

from edge.node.config import NodeConfig
from edge.seal.reel import Held, records_in
from edge.spool.losses import Receipts
from edge.spool.opening import DAY_US, create_spool, open_spool
from edge.spool.spool import Spool

_log = logging.getLogger(__name__)


class Memory:
    """The node's ring in memory.

    Args:
        public_key: the node's, 32 bytes.
    """

    def __init__(self, config: NodeConfig, public_key: bytes, receipts: Receipts) -> None:
        self._config, self._public_key, self._receipts = config, public_key, receipts
        self._newest_us: int | None = None
        self._left = True

    def open(self, held: Held | None, reason: str) -> Spool:
        """Makes it where it is not there, and opens it.

        Args:
            held: how far the chain is synced that is left for it, where that is known.
            reason: why it is left.

        Raises:
            StorageFault: memory has no room for it either.
        """
        config, self._left = self._config, False
        _log.critical("records go to memory alone, %s, because: %s", config.memory, reason)
        create_spool(config.memory, capacity_bytes=config.spool.memory_bytes, reel_bytes=config.memory_reel_bytes)
        return open_spool(
            config.memory,
            public_key=self._public_key,
            receipts=self._receipts,
            position=config.position,
            retention_days=config.retention_days,
            held=held,
            volatile=reason,
        )

    def forget_old(self, mono_us: int) -> None:
        """Takes away what an earlier run left, once it is too old; a folder that refuses is left to the next start."""
        if not self._left:
            return
        try:
            if self._newest_us is None:
                self._left = self._config.memory.exists()
                self._newest_us = newest_us(self._config.memory, mono_us)
            if mono_us - self._newest_us > self._config.retention_days * DAY_US:
                self._left = False
                for path in self._config.memory.iterdir():
                    path.unlink()
        except OSError as error:
            self._left = False
            _log.error("%s: old records cannot be taken away (%s)", self._config.memory, error.strerror)


def newest_us(folder: Path, otherwise_us: int) -> int:
    """Returns the monotonic end of the newest record in a folder's reels; ``otherwise_us`` where none can be read."""
    return max((located.header.manifest.mono_end_us for located in records_in(folder)), default=otherwise_us)
