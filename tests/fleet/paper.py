"""Papers for tests, and how a test reads them: text, pictures, what a phone's camera makes of the QR code."""

from __future__ import annotations

import numpy as np
import pypdfium2 as pdfium

from edge.base.clock import from_iso
from edge.commission.accesspoint import AccessPoint
from edge.fleet.papers import Office, WorkOrder
from edge.wire.visit import Scope, VisitTicket, Window

OFFICE = Office("松戸市", "047-366-1111")
CODE = "7K2M-XQ4D"
ACCESS = AccessPoint(ssid="matsudo-017", passphrase="k7rm-2xqd-9tpw-h4ne")
WINDOW = from_iso("2026-01-04T21:30:00+09:00"), from_iso("2026-01-04T22:15:00+09:00")
FINGERPRINT = ":".join(f"{number * 7 % 256:02X}" for number in range(32))


def ticket(node: str = "matsudo-017", scope: Scope = Scope.FIRST) -> VisitTicket:
    """A ticket that nobody signed."""
    return VisitTicket(
        ticket="ab" * 16,
        node=node,
        installer="K-07",
        scope=scope,
        issued=from_iso("2026-01-05T09:00:00+09:00"),
        begins=from_iso("2026-01-06T09:00:00+09:00"),
        ends=from_iso("2026-01-06T17:00:00+09:00"),
        window=Window(start=WINDOW[0], end=WINDOW[1]) if scope is Scope.COLLECT else None,
        code_salt="00" * 16,
        code_hash="00" * 32,
    )


def order(
    visit: VisitTicket | None = None,
    *,
    place: str = "本町通り 3丁目角",
    code: str | None = CODE,
    access: AccessPoint | None = ACCESS,
    fingerprint: str | None = FINGERPRINT,
    signing_key: str | None = None,
) -> WorkOrder:
    """A work order."""
    return WorkOrder(OFFICE, place, visit or ticket(), code, access, "192.168.70.1", fingerprint, signing_key)


def pages_of(data: bytes) -> list[str]:
    """Returns each page's text without spaces, which a PDF puts where it likes."""
    with pdfium.PdfDocument(data) as document:
        return ["".join(page.get_textpage().get_text_range().split()) for page in document]


def picture_of(data: bytes, page: int = 0) -> np.ndarray[tuple[int, ...], np.dtype[np.uint8]]:
    """Returns a page as a grey picture, 150 dots an inch."""
    with pdfium.PdfDocument(data) as document:
        drawn = document[page].render(scale=150 / 72, grayscale=True)
        return np.array(drawn.to_numpy(), dtype=np.uint8).squeeze()
