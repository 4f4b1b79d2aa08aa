"""``mimamori node init``: makes the node's keys and the enrolment that presents them, once, on the node itself."""

from __future__ import annotations

from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey

from edge.base.errors import BadConfiguration, Refused
from edge.base.files import private_directory, read_bounded, write_durably
from edge.node.config import NodeConfig
from edge.node.credentials import SIGNING_KEY, load_authority
from edge.wire import certificates, signed
from edge.wire.keys import SigningKey
from edge.wire.registration import Enrolment, parse_ticket
from edge.wire.signed import DOCUMENT_LIMIT_BYTES

ENROLMENT = "enrolment.json"
TICKET = "ticket.json"
TLS_KEY = "tls.pem"


def initialise(config: NodeConfig, ticket_path: Path) -> str:
    """Makes what is missing and returns the key id of the signing key, for the work order.

    Keys that are there stay; the enrolment is signed anew, so that a fresh ticket can follow a spent one.

    Raises:
        BadConfiguration: the ticket is not this node's, or not valid now.
    """
    ticket_data = read_bounded(ticket_path, limit_bytes=DOCUMENT_LIMIT_BYTES).removesuffix(b"\n")
    try:
        ticket = parse_ticket(ticket_data, load_authority(config), config.open_clock().now_us()).payload
    except Refused as error:
        raise BadConfiguration(f"{ticket_path}: {error}") from error
    if ticket.node != config.node:
        raise BadConfiguration(
            f"{ticket_path}: ticket is for node {ticket.node}, this is {config.node}; give this node's own ticket"
        )
    signing = _signing_key(private_directory(config.state))
    tls = _tls_key(private_directory(config.uplink.state) / TLS_KEY)
    enrolment = Enrolment(
        ticket=ticket.ticket,
        node=config.node,
        signing_key=signing.public_key.hex(),
        csr=certificates.make_request(tls, config.node).decode(),
    )
    write_durably(config.uplink.state / ENROLMENT, signed.sign("enrolment", enrolment, signing).data)
    write_durably(config.uplink.state / TICKET, ticket_data)
    return signed.key_id(signing.public_key)


def _signing_key(state: Path) -> SigningKey:
    path = state / SIGNING_KEY
    if path.exists():
        return SigningKey.load(path)
    key = SigningKey.generate()
    key.save(path)
    return key


def _tls_key(path: Path) -> EllipticCurvePrivateKey:
    if path.exists():
        return certificates.load_key(path)
    key = certificates.new_tls_key()
    certificates.save_key(key, path)
    return key
