"""Routes for staff, through nginx's staff listener only: fleet page, one node's page, metrics."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import BaseRoute, Route

from edge.base.errors import Refused
from edge.center.access import center_of, node_of, require_staff_listener
from edge.center.fleet import view_fleet
from edge.center.metrics import CONTENT_TYPE, scrape
from edge.center.pages import render_page


def staff_routes() -> list[BaseRoute]:
    """Returns the routes."""
    return [
        Route("/", _fleet, methods=["GET"]),
        Route("/nodes/{node}", _node, methods=["GET"]),
        Route("/metrics", _metrics, methods=["GET"]),
    ]


def _fleet(request: Request) -> Response:
    require_staff_listener(request)
    return _page("fleet.html", request, view=view_fleet(center_of(request)))


def _node(request: Request) -> Response:
    require_staff_listener(request)
    view = view_fleet(center_of(request), node_of(request))
    if not view.nodes:
        raise Refused("unknown-node", "no such node here")
    return _page("node.html", request, view=view, node=view.nodes[0])


def _metrics(request: Request) -> Response:
    require_staff_listener(request)
    return Response(scrape(center_of(request)), headers={"Content-Type": CONTENT_TYPE})


def _page(name: str, request: Request, **values: object) -> Response:
    text = render_page(name, refresh="still" not in request.query_params, **values)
    return HTMLResponse(text, headers={"Cache-Control": "no-store"})
