"""Enrolment: a node without a certificate shows the center its one-time ticket, once, and may repeat itself."""

from __future__ import annotations

from cryptography import x509

from edge.base import strictjson
from edge.base.errors import BadConfiguration, BadInput, Refused
from edge.base.files import read_bounded, write_durably
from edge.uplink.batch import Identity
from edge.uplink.certificate import check_issued, parse_issued
from edge.uplink.config import Places
from edge.uplink.server import Request, Server, require
from edge.wire.certificates import load_key
from edge.wire.registration import Enrolment, parse_enrolment
from edge.wire.signed import DOCUMENT_LIMIT_BYTES, Signed


def read_enrolment(places: Places) -> Signed[Enrolment]:
    """Reads the node's own enrolment, which tells its id and signing key.

    Raises:
        BadConfiguration: missing or damaged.
    """
    try:
        return parse_enrolment(read_bounded(places.enrolment, limit_bytes=DOCUMENT_LIMIT_BYTES))
    except (BadInput, Refused) as error:
        raise BadConfiguration(f"{places.enrolment}: no enrolment ({error}); run 'mimamori node init'") from error


def identity_of(enrolment: Enrolment) -> Identity:
    """Returns whose records the uplink sends."""
    return Identity(enrolment.node, bytes.fromhex(enrolment.signing_key))


def enrol(server: Server, places: Places, node: str, ca: x509.Certificate) -> None:
    """Asks for the first certificate and stores it; the same request again gives the same certificate again.

    Raises:
        Refused: the center took no such ticket, or its certificate is not this node's.
        TryAgain: the center could not be asked.
        BadConfiguration: ticket, enrolment or TLS key are missing.
    """
    key = load_key(places.tls_key)
    body = strictjson.dump({"ticket": _document(places, "ticket"), "enrolment": _document(places, "enrolment")})
    request = Request("POST", "/v1/enrolments", body, {"Content-Type": "application/json"}, with_certificate=False)
    pem = parse_issued(require(server.exchange(request), 200, 201).body)
    check_issued(pem, key, ca, node)
    write_durably(places.certificate, pem)
    server.use_new_certificate()


def _document(places: Places, name: str) -> object:
    path = places.ticket if name == "ticket" else places.enrolment
    try:
        return strictjson.parse_loose(read_bounded(path, limit_bytes=DOCUMENT_LIMIT_BYTES), limit_bytes=2**20)
    except (BadInput, Refused) as error:
        raise BadConfiguration(f"{path}: no {name} ({error}); run 'mimamori node init' with a ticket") from error
