"""Who may see what of the camera in a visit: one table (promise 1's one exception, and its bounds).

| scope | before its sign-off | after |
|---|---|---|
| first, on a node without a mask floor | bare, or the drafted masks burnt in | nothing |
| re-aim | bare, or the drafted masks burnt in | the floor burnt in |
| inspect; first where there is a floor | the floor burnt in | the floor burnt in |
| collect, decommission | nothing | nothing |

Where the floor would be shown and there is none, nothing is.
"""

from __future__ import annotations

from enum import StrEnum

from edge.wire.visit import Scope


class Sight(StrEnum):
    """What a visit may see."""

    DRAFT = "draft"
    """The bare picture, or the drafted masks burnt in."""
    FLOOR = "floor"
    """The picture with the mask floor burnt in."""
    NOTHING = "nothing"


def sight_of(scope: Scope, *, signed_off: bool, has_floor: bool) -> Sight:
    """Returns what a visit may see now.

    Args:
        signed_off: this visit's ticket stands in a sign-off, or was used.
        has_floor: the recorder keeps a mask floor.
    """
    if not scope.needs_camera:
        return Sight.NOTHING
    bare = scope is Scope.RE_AIM or (scope is Scope.FIRST and not has_floor)
    if bare and not signed_off:
        return Sight.DRAFT
    return Sight.FLOOR if has_floor else Sight.NOTHING
