"""Chains that the center holds for forked; kept over restarts, and asked about again now and then.

A person at the center may release a chain, and nobody tells the node: so ``thaw`` lets each be tried once more.
"""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field

from edge.base.errors import BadInput, Refused, StorageFault
from edge.base.files import write_durably
from edge.base.model import Hex16, Strict, read_json, to_json

_log = logging.getLogger(__name__)
_LIMIT_BYTES = 64 * 1024
_CHAINS_LIMIT = 1000


class _Kept(Strict):
    v: Literal[1] = 1
    chains: Annotated[tuple[Hex16, ...], Field(strict=False, max_length=_CHAINS_LIMIT)]


class Frozen:
    """Frozen chains.

    Attributes:
        chains: their ids.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self.chains = self._read()

    def freeze(self, chain: str) -> None:
        """Adds a chain; where it cannot be kept it counts until the end of this process."""
        if chain not in self.chains:
            self._keep(self.chains | {chain})

    def thaw(self) -> None:
        """Lets every chain be tried again; the center's next refusal freezes it anew."""
        if self.chains:
            self._keep(frozenset())

    def _keep(self, chains: frozenset[str]) -> None:
        self.chains = chains
        kept = _Kept(chains=tuple(sorted(chains)[:_CHAINS_LIMIT]))
        try:
            write_durably(self._path, to_json(kept))
        except StorageFault as error:
            _log.warning("frozen chains are not kept: %s", error)

    def _read(self) -> frozenset[str]:
        if not self._path.exists():
            return frozenset()
        try:
            return frozenset(read_json(_Kept, self._path, limit_bytes=_LIMIT_BYTES).chains)
        except (BadInput, Refused) as error:
            _log.error("%s; the file counts as damaged, and frozen chains are tried once more", error)
            return frozenset()
