"""Renewal: a certificate request signed by the registered TLS key, sent without a client certificate.

The old certificate may have expired already, and a server that checks it would not even listen.
"""

from __future__ import annotations

from cryptography import x509

from edge.base.files import write_durably
from edge.uplink.certificate import check_issued, parse_issued
from edge.uplink.config import Places
from edge.uplink.server import Request, Server, require
from edge.wire.certificates import load_key, make_request


def renew(server: Server, places: Places, node: str, ca: x509.Certificate) -> None:
    """Asks for a new certificate for the same key, and stores it.

    Raises:
        Refused: the center does not renew (revoked, unknown, too late), or its certificate is not this node's.
        TryAgain: the center could not be asked.
        BadConfiguration: the TLS key is missing.
    """
    key = load_key(places.tls_key)
    request = Request(
        "POST",
        f"/v1/nodes/{node}/certificate",
        make_request(key, node),
        {"Content-Type": "application/x-pem-file"},
        with_certificate=False,
    )
    pem = parse_issued(require(server.exchange(request), 200).body)
    check_issued(pem, key, ca, node)
    write_durably(places.certificate, pem)
    server.use_new_certificate()
