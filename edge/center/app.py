"""The center's web application."""

from __future__ import annotations

from collections.abc import Callable

from anyio import CapacityLimiter
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse

from edge.base.errors import MimamoriError
from edge.center.center import Center
from edge.center.failures import answer_failure, failure
from edge.center.routes_nodes import node_routes
from edge.center.routes_records import record_routes
from edge.center.routes_register import register_routes
from edge.center.routes_staff import staff_routes

INTAKE_THREADS = 8
"""Batches checked and stored at once; more would only hold more memory, a disk syncs one after another."""


def make_app(center: Center, wake_listener: Callable[[], None] = lambda: None) -> Starlette:
    """Returns the application over an opened center.

    Args:
        wake_listener: called when a command waits to be published.
    """
    app = Starlette(
        routes=[*record_routes(), *node_routes(), *register_routes(), *staff_routes()],
        exception_handlers={
            MimamoriError: answer_failure,
            HTTPException: _answer_http,
            Exception: answer_failure,
        },
    )
    app.state.center = center
    app.state.wake_listener = wake_listener
    app.state.intake_limiter = CapacityLimiter(INTAKE_THREADS)
    return app


async def _answer_http(_: Request, error: Exception) -> JSONResponse:
    status = error.status_code if isinstance(error, HTTPException) else 500
    slug = {404: "unknown-page", 405: "wrong-method"}.get(status, "bad-request")
    return failure(status, slug, "no such page here" if status == 404 else "this is not done here")
