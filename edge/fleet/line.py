"""Lines that ask for a secret: Wi-Fi and LTE, as NetworkManager's connections (nm-settings-keyfile(5))."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, Field

from edge.base.config import load
from edge.base.errors import BadConfiguration
from edge.base.model import Strict, matching
from edge.commission.accesspoint import AccessPoint
from edge.fleet.profile import Network

CONNECTIONS = "/etc/NetworkManager/system-connections"
_PSK_ROUNDS, _PSK_BYTES = 4096, 32
"""IEEE 802.11, annex J.4."""
_FOR_EVER = "autoconnect=true\nautoconnect-retries=0\n"
_ADDRESSES = "[ipv4]\nmethod=auto\n\n[ipv6]\nmethod=auto\n"


class LineSecrets(Strict):
    """What a node's line asks for: a TOML file of its own, which its owner alone can read.

    Attributes:
        wifi: network and passphrase that the node joins.
        pin: of the SIM card, where it has one.
    """

    wifi: AccessPoint | None = None
    pin: Annotated[str, AfterValidator(matching(r"\d{4,8}", "a SIM's PIN of 4 to 8 digits", 8))] | None = Field(
        default=None, repr=False
    )


def read_secrets(path: Path | None, network: Network) -> LineSecrets:
    """Reads the file where the line needs one.

    Raises:
        BadConfiguration: unreadable or at fault; a secret is missing, or of another kind of line.
    """
    secrets = LineSecrets() if path is None else load(path, LineSecrets)
    where = "no file of line secrets" if path is None else str(path)
    if (secrets.wifi is not None) != (network.kind == "wifi"):
        raise BadConfiguration(
            f"{where}: a line of kind wifi needs [wifi] ssid and passphrase, {network.kind} is other"
        )
    if secrets.pin is not None and network.kind != "lte":
        raise BadConfiguration(f"{where}: only a line of kind lte takes a pin, this one is {network.kind}")
    return secrets


def connection(network: Network, secrets: LineSecrets) -> tuple[str, bytes] | None:
    """Returns the connection's file name and text; None where the line asks for nothing."""
    if network.kind == "wifi":
        assert secrets.wifi is not None, "checked when it was read"
        return "mimamori-wifi.nmconnection", _wifi(secrets.wifi)
    return ("mimamori-lte.nmconnection", _modem(network, secrets)) if network.kind == "lte" else None


def wifi_key(network: AccessPoint) -> str:
    """Returns the network's 256-bit key, hex: the passphrase, which people use elsewhere too, is on no card."""
    derived = hashlib.pbkdf2_hmac("sha1", network.passphrase.encode(), network.ssid.encode(), _PSK_ROUNDS, _PSK_BYTES)
    return derived.hex()


def _wifi(network: AccessPoint) -> bytes:
    ssid = "".join(
        f"{byte};" for byte in network.ssid.encode()
    )  # as bytes: a name may hold what the form gives a meaning
    return (
        f"[connection]\nid=mimamori-wifi\ntype=wifi\ninterface-name=wlan0\n{_FOR_EVER}\n"
        f"[wifi]\nmode=infrastructure\nssid={ssid}\n\n"
        f"[wifi-security]\nkey-mgmt=wpa-psk\npsk={wifi_key(network)}\n\n{_ADDRESSES}"
    ).encode()


def _modem(network: Network, secrets: LineSecrets) -> bytes:
    """ModemManager drives the modem."""
    pin = "" if secrets.pin is None else f"pin={secrets.pin}\n"
    return (
        f"[connection]\nid=mimamori-lte\ntype=gsm\n{_FOR_EVER}\n[gsm]\napn={network.apn}\n{pin}\n{_ADDRESSES}"
    ).encode()
