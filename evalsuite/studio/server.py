"""Serve the studio on loopback until it is interrupted."""

import secrets
import socket
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager, suppress
from pathlib import Path

import uvicorn

from evalsuite import engines
from evalsuite.engines import Engine
from evalsuite.errors import UserMistake
from evalsuite.records import Settings
from evalsuite.studio.app import Studio, app
from evalsuite.studio.records import Setting
from evalsuite.studio.worker import Worker

_LOOPBACK = "127.0.0.1"
_ENGINE = "transformers"
_CONNECTIONS = 64
_GRACE = 2  # seconds that requests have to end


def serve(setting: Setting, port: int, tell: Callable[[str], None]) -> None:
    """Serve a studio; `tell` is told its address once it listens. It returns on Ctrl-C.

    Raises:
        UserMistake: the port is taken.
        EngineFailure: the engine could not start.

    """
    with (
        closing(_listening(port)) as listening,
        closing(Worker(setting)) as worker,
        _engine(setting) as engine,
        suppress(KeyboardInterrupt),
    ):
        taken = listening.getsockname()[1]
        token = secrets.token_urlsafe(32)
        hosts = tuple(f"{name}:{taken}" for name in (_LOOPBACK, "localhost"))
        server: uvicorn.Server | None = None
        studio = Studio(
            setting=setting,
            token=token,
            hosts=hosts,
            worker=worker,
            engine=engine,
            stopping=lambda: server is not None and server.should_exit,
        )
        server = uvicorn.Server(_config(studio))
        tell(f"http://{hosts[0]}/{token}/")
        server.run(sockets=[listening])


def _config(studio: Studio) -> uvicorn.Config:
    return uvicorn.Config(
        app(studio),
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


@contextmanager
def _engine(setting: Setting) -> Iterator[Engine | None]:
    if setting.model is None:
        yield None
        return
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        log = folder / "engine.log"
        yield stack.enter_context(engines.started(_ENGINE, setting.model, Settings(), log))
