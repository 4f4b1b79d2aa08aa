"""Who may do what: names come from nginx alone, which verified the certificate and strips such headers from outside."""

from __future__ import annotations

from typing import Any

from pydantic import TypeAdapter, ValidationError
from starlette.requests import Request

from edge.base.errors import Refused
from edge.base.model import Hex16, NodeId
from edge.center.batch import Address
from edge.center.center import Center
from edge.center.certify import require_current

NAME_HEADER = "X-Client-Name"
SERIAL_HEADER = "X-Client-Serial"
LISTENER_HEADER = "X-Listener"
DESK = "@desk"
DESK_ROLES = frozenset({DESK, "@manager", "@operator"})

_NODE = TypeAdapter(NodeId)
_CHAIN = TypeAdapter(Hex16)


def center_of(request: Request) -> Center:
    """Returns the opened center that the application was made with."""
    center: Center = request.app.state.center
    return center


def node_of(request: Request) -> str:
    """Returns the node in the path.

    Raises:
        Refused: ``bad-path``.
    """
    return _valid(_NODE, request.path_params["node"])


def address_of(request: Request) -> Address:
    """Returns node, chain and range in the path.

    Raises:
        Refused: ``bad-path`` or ``bad-range``.
    """
    path = request.path_params
    return Address(node_of(request), _valid(_CHAIN, path["chain"]), path["first"], path["last"])


def require_client(request: Request) -> str:
    """Returns the verified name.

    Raises:
        Refused: ``no-certificate``.
    """
    name = request.headers.get(NAME_HEADER, "")
    if not name:
        raise Refused("no-certificate", "this needs a client certificate of the city")
    return name


def require_self(request: Request, node: str) -> None:
    """Lets only the node itself through, with a certificate for its registered key.

    Raises:
        Refused: ``no-certificate``, ``wrong-name``, ``unknown-node``, ``revoked`` or ``superseded``.
    """
    name = require_client(request)
    if name != node:
        raise Refused("wrong-name", f"certificate of {name!r} does not speak for node {node!r}")
    serial = request.headers.get(SERIAL_HEADER, "").lower().lstrip("0")
    with center_of(request).database.read() as connection:
        require_current(connection, node, serial)


def require_desk(request: Request, allowed: frozenset[str] = DESK_ROLES) -> None:
    """Lets desk roles through.

    Raises:
        Refused: ``no-certificate`` or ``wrong-name``.
    """
    name = require_client(request)
    if name not in allowed:
        raise Refused("wrong-name", f"certificate of {name!r} is not one of {', '.join(sorted(allowed))}")


def require_staff_listener(request: Request) -> None:
    """Lets the fleet page be seen through nginx's staff listener only.

    Raises:
        Refused: ``unknown-page``.
    """
    if request.headers.get(LISTENER_HEADER) != "staff":
        raise Refused("unknown-page", "no such page here")


def _valid(adapter: TypeAdapter[Any], value: str) -> str:
    try:
        return str(adapter.validate_python(value))
    except ValidationError as error:
        message = str(error.errors(include_input=False, include_url=False)[0]["msg"]).removeprefix("Value error, ")
        raise Refused("bad-path", message) from error
