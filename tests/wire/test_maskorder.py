"""Mask orders: whose signatures let masks grow beyond half of the picture."""

from __future__ import annotations

import pytest

from edge.wire import signed
from edge.wire.authority import Role
from edge.wire.maskorder import MaskOrder, custodians_agree
from tests.seal.samples import NODE, ROLES, START_US
from tests.vectors.documents import AUTHORITY

ORDER = MaskOrder(node=NODE, counter=1, issued=START_US, reference="K-0002", masks="{}")


@pytest.mark.parametrize(
    ("roles", "agreed"),
    [
        ((Role.MASK, Role.MANAGER, Role.OPERATOR), True),
        ((Role.MASK, Role.MANAGER), False),
        ((Role.MASK, Role.OPERATOR), False),
        ((Role.MASK,), False),
    ],
)
def test_custodians_agree_only_where_both_signed(roles: tuple[Role, ...], agreed: bool) -> None:
    order = signed.sign("mask-order", ORDER, *(ROLES[role] for role in roles))
    assert custodians_agree(order, AUTHORITY.payload) is agreed
