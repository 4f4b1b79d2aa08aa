"""Which masks a run begins with."""

from __future__ import annotations

from edge.base.errors import BadConfiguration
from edge.base.frame import Geometry
from edge.mask.live import LiveMasks
from edge.node.config import NodeConfig
from edge.node.statefiles import FLOOR, GUARD
from edge.spool.spool import Spool


def first_masks(config: NodeConfig, geometry: Geometry, spool: Spool) -> LiveMasks:
    """Returns the masks in force.

    Raises:
        BadConfiguration: there are none that count.
    """
    require_floor(config, spool)
    return LiveMasks(
        config.masks,
        config.node,
        geometry,
        config.state / FLOOR,
        config.state / GUARD,
        camera=config.camera,
        zone=config.zone,
        floor_expected=_has_recorded(spool),
    )


def require_floor(config: NodeConfig, spool: Spool) -> None:
    """Checks that without the card somebody signed off masks here before: only they may begin on memory.

    Raises:
        BadConfiguration: there is no mask floor.
    """
    if spool.volatile and not (config.state / FLOOR).exists():
        raise BadConfiguration(
            f"{spool.volatile}; the first start after a sign-off needs a card that works: replace it"
        )


def _has_recorded(spool: Spool) -> bool:
    """Whether the node has recorded before, so that a mask floor must be there."""
    return spool.recovery.tip is not None or spool.recovery.predecessor is not None
