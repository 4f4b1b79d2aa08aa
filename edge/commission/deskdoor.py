"""Who may knock at the port for collecting: the city's desk, by its client certificate.

Rules:
  1. TLS lets in only whom the city's CA vouches for as a client; nobody else gets as far as a request.
  2. Of those only ``@desk``: nodes and custodians have certificates, too.
  3. The certificate's days are looked at here and not by TLS, for a node without a line may not know the day: where the
     clock is not believed, only an end that has passed for certain counts against it, as with tickets.
"""

from __future__ import annotations

import asyncio
import ssl
from datetime import datetime
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.x509.oid import NameOID
from starlette.requests import Request
from uvicorn.protocols.http.h11_impl import H11Protocol

from edge.base.clock import to_datetime
from edge.base.errors import BadConfiguration, Refused
from edge.commission.certificate import OnSite

DESK = "@desk"
_NO_CHECK_TIME = 0x200000
"""X509_V_FLAG_NO_CHECK_TIME (OpenSSL, X509_VERIFY_PARAM_set_flags(3)); the ssl module has no name for it."""
_PEER = "peer"


def desk_context(certificate: OnSite, ca: Path) -> ssl.SSLContext:
    """Returns TLS with the page's own certificate that asks for one of the city's.

    Raises:
        BadConfiguration: the city's CA cannot be read.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.load_cert_chain(certificate.certificate, certificate.key)
    try:
        context.load_verify_locations(ca)
    except (OSError, ssl.SSLError) as error:
        raise BadConfiguration(f"{ca}: no readable CA there ({error}); nobody can collect on site") from error
    context.verify_mode = ssl.CERT_REQUIRED
    context.verify_flags |= ssl.VerifyFlags(_NO_CHECK_TIME)
    return context


class DeskProtocol(H11Protocol):
    """HTTP that tells the application whose certificate the connection has."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Notes it; the handshake is over by then."""
        super().connection_made(transport)
        link = transport.get_extra_info("ssl_object")
        certificate = None if link is None else link.getpeercert(binary_form=True)
        self.app_state: dict[str, Any] = {**self.app_state, _PEER: certificate}


def require_desk(request: Request, at_us: int, *, trusted: bool) -> None:
    """Lets only the city's desk through.

    Args:
        at_us: UTC; where not ``trusted`` the newest time that is known to have passed.

    Raises:
        Refused: ``wrong-name`` or ``expired``.
    """
    data = getattr(request.state, _PEER, None)
    if data is None:
        raise Refused("wrong-name", "this needs the desk's certificate")
    certificate = x509.load_der_x509_certificate(data)
    names = [str(name.value) for name in certificate.subject.get_attributes_for_oid(NameOID.COMMON_NAME)]
    if names != [DESK]:
        raise Refused("wrong-name", f"certificate of {', '.join(names)[:64]!r} is not the desk's ({DESK})")
    require_day(certificate, to_datetime(at_us), trusted=trusted)


def require_day(certificate: x509.Certificate, at: datetime, *, trusted: bool) -> None:
    """Checks a certificate's days (rule 3).

    Raises:
        Refused: ``expired``.
    """
    early = trusted and at < certificate.not_valid_before_utc
    if early or at > certificate.not_valid_after_utc:
        raise Refused(
            "expired",
            f"the desk's certificate counts from {certificate.not_valid_before_utc:%Y-%m-%d} to "
            f"{certificate.not_valid_after_utc:%Y-%m-%d}, not on {at:%Y-%m-%d}; have the center issue another",
        )
