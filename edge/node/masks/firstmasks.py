"""Which masks a run begins with: those in force, or a visit's sign-off."""

from __future__ import annotations

from edge.base.errors import BadConfiguration
from edge.base.frame import Geometry
from edge.mask.live import LiveMasks
from edge.node.config import NodeConfig
from edge.node.statefiles import FLOOR, GUARD
from edge.node.visit.signedoff import Offer, SignOffs
from edge.spool.spool import Spool


def first_masks(
    config: NodeConfig, geometry: Geometry, spool: Spool, signoffs: SignOffs
) -> tuple[LiveMasks, Offer | None]:
    """Returns the masks to begin with, and the sign-off that they come from, whose record is still to be signed.

    Raises:
        BadConfiguration: there are none that count.
    """
    require_floor(config, spool)
    recorded = _has_recorded(spool)
    newest = spool.recovery.newest_manifest
    offer = signoffs.offered(geometry, newest, recorded=recorded)
    if offer is not None:
        signoffs.take(offer)
    masks = LiveMasks(
        config.masks,
        config.node,
        geometry,
        config.state / FLOOR,
        config.state / GUARD,
        camera=config.camera,
        zone=config.zone,
        floor_expected=recorded,
        floor_signed=newest.floor if newest else None,
        visit_authorised=offer is not None,
    )
    return masks, offer


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
    """Whether the node has recorded before, so that a mask floor must be there.

    An earlier chain alone says nothing: a first start that a disk fault cut off leaves one without a record.
    """
    return spool.recovery.tip is not None or spool.recovery.newest_manifest is not None
