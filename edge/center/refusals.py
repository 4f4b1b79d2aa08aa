"""Which clients the broker refuses though their certificates have not expired: a list signed by the issuing CA.

mosquitto goes by certificates alone and knows no index. The list (RFC 5280, section 5) names every certificate of nodes
out of service, and those for a key that is no longer its node's. It is made anew before each start of the broker;
whoever takes a node out of service has the broker started anew, which ends that node's session too.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from sqlalchemy import Connection, func, or_, select

from edge.base.clock import SystemClock
from edge.base.config import load
from edge.base.files import write_durably
from edge.center.config import CenterConfig
from edge.center.database import Database
from edge.center.schema import certificates, nodes
from edge.wire.certificates import Issuer, load_certificate, load_key

_SQLITE = "sqlite:///"


def add_parser(parser: argparse.ArgumentParser) -> None:
    """Mounts ``center refusals``."""
    parser.add_argument("--config", required=True, type=Path, metavar="FILE", help="center.toml")
    parser.add_argument("--out", required=True, type=Path, metavar="FILE", help="the list, which mosquitto reads")
    parser.set_defaults(run=_refusals)


def refusals(config: CenterConfig) -> bytes:
    """Returns the list, PEM; before the center was first started it is empty.

    Raises:
        BadConfiguration: key, certificate or index cannot be read.
    """
    issuer = Issuer(load_key(config.issuing_key), load_certificate(config.issuing_certificate))
    now_us = SystemClock().now_us()
    if config.index.startswith(_SQLITE) and not Path(config.index.removeprefix(_SQLITE)).exists():
        return issuer.revoked({}, now_us)
    database = Database(config.index)
    try:
        with database.read() as connection:
            return issuer.revoked(_refused(connection, now_us), now_us)
    finally:
        database.close()


def _refused(connection: Connection, now_us: int) -> dict[int, int]:
    """Returns serial numbers, and since when."""
    query = (
        select(certificates.c.serial, func.coalesce(nodes.c.revoked_us, now_us))
        .join(nodes, nodes.c.node == certificates.c.node)
        .where(or_(nodes.c.revoked_us.is_not(None), certificates.c.tls_key != nodes.c.tls_key))
    )
    return {int(serial, 16): int(since_us) for serial, since_us in connection.execute(query)}


def _refusals(options: argparse.Namespace) -> int:
    write_durably(options.out, refusals(load(options.config, CenterConfig)))
    return 0
