"""Serve an app on loopback until it is interrupted, at an address that holds a token."""

import secrets
import socket
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass

import uvicorn
from starlette.types import ASGIApp

from evalsuite.errors import UserMistake

_LOOPBACK = "127.0.0.1"
_CONNECTIONS = 64
_GRACE = 2  # seconds that requests have to end


@dataclass(frozen=True, slots=True, kw_only=True)
class Door:
    """Where an app is to be reached, once it is served."""

    listening: socket.socket
    token: str
    hosts: tuple[str, ...]  # by which names and port it may be asked

    @property
    def address(self) -> str:
        """The address that a user opens."""
        return f"http://{self.hosts[0]}/{self.token}/"


@contextmanager
def opened(port: int) -> Iterator[Door]:
    """Listen on a port of loopback; 0: on one that is free.

    Raises:
        UserMistake: the port is taken.

    """
    with closing(_listening(port)) as listening:
        taken = listening.getsockname()[1]
        yield Door(
            listening=listening,
            token=secrets.token_urlsafe(32),
            hosts=tuple(f"{name}:{taken}" for name in (_LOOPBACK, "localhost")),
        )


def serve(
    door: Door, app: Callable[[Callable[[], bool]], ASGIApp], tell: Callable[[str], None]
) -> None:
    """Serve an app; `tell` is told its address. It returns on Ctrl-C.

    The app is made of a function that says whether the server is about to stop.
    """
    server: uvicorn.Server | None = None
    server = uvicorn.Server(_config(app(lambda: server is not None and server.should_exit)))
    tell(door.address)
    with suppress(KeyboardInterrupt):
        server.run(sockets=[door.listening])


def _config(app: ASGIApp) -> uvicorn.Config:
    return uvicorn.Config(
        app,
        http="h11",
        ws="none",
        lifespan="off",
        log_level="critical",
        access_log=False,
        server_header=False,
        proxy_headers=False,
        limit_concurrency=_CONNECTIONS,
        timeout_graceful_shutdown=_GRACE,
    )


def _listening(port: int) -> socket.socket:
    made = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        made.bind((_LOOPBACK, port))
    except OSError as error:
        made.close()
        raise UserMistake(
            f"port {port}: {error.strerror}", hint="name another with `--port`, or none"
        ) from error
    made.listen()
    return made
