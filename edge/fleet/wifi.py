"""What a phone needs to join a node's own network: the text that its camera reads, and that text as a QR code."""

from __future__ import annotations

import re

import segno

from edge.commission.accesspoint import AccessPoint

_SPECIAL = re.compile(r'([\\;,":])')


def wifi_uri(access: AccessPoint) -> str:
    """Returns the text that phones take for a network: ZXing's "Wi-Fi Network config"; WPA means WPA2 and 3, too."""
    return f"WIFI:T:WPA;S:{_escaped(access.ssid)};P:{_escaped(access.passphrase)};;"


def qr_image(text: str) -> str:
    """Returns a QR code as a ``data:`` address of an SVG picture; a fold or a stain of a quarter of it is borne."""
    return segno.make_qr(text, error="q", boost_error=False).svg_data_uri(border=4, scale=4)


def _escaped(value: str) -> str:
    return _SPECIAL.sub(r"\\\1", value)
