"""The on-site network that a phone joins in a visit: its name, its passphrase, its address."""

from __future__ import annotations

import secrets
from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from edge.base.model import Strict, matching

PASSPHRASE_ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789"
"""Lower case and digits without what is misread for another: a phone's keyboard types it without shift."""
_GROUPS, _GROUP = 4, 4


def _name(ssid: str) -> str:
    """IEEE 802.11 counts bytes."""
    if not 1 <= len(ssid.encode()) <= 32 or not ssid.isprintable() or ssid != ssid.strip():
        raise ValueError(f"{ssid[:64]!r} is no name of a network: 1 to 32 bytes, printable, no space at its ends")
    return ssid


class AccessPoint(Strict):
    """A node's own Wi-Fi network.

    Attributes:
        ssid: its name, at most 32 bytes.
        passphrase: of WPA2 and WPA3 personal, 8 to 63 ASCII characters (IEEE 802.11, annex J.4).
    """

    v: Literal[1] = 1
    ssid: Annotated[str, AfterValidator(_name)]
    passphrase: Annotated[
        str, AfterValidator(matching(r"[\x20-\x7e]{8,63}", "a Wi-Fi passphrase: 8 to 63 ASCII characters", 63))
    ] = Field(repr=False)


def new_passphrase() -> str:
    """Makes a passphrase, ``xxxx-xxxx-xxxx-xxxx``: 79 bits, out of reach for whoever recorded a phone joining."""
    letters = [secrets.choice(PASSPHRASE_ALPHABET) for _ in range(_GROUPS * _GROUP)]
    return "-".join("".join(letters[at : at + _GROUP]) for at in range(0, len(letters), _GROUP))
