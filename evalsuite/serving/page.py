"""An app of a single page."""

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp

from evalsuite.serving.guard import guarded
from evalsuite.serving.loopback import Door


def app(content: str, policy: str, door: Door) -> ASGIApp:
    """Return the app that shows a page of HTML under its content security policy."""
    body = content.encode()

    async def page(_request: Request) -> Response:
        return HTMLResponse(body)

    routes = [Route("/{token}/", page, methods=["GET"])]
    return guarded(Starlette(routes=routes), token=door.token, hosts=door.hosts, policy=policy)
