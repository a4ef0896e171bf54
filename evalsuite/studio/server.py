"""Serve the studio on loopback until it is interrupted."""

import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager, suppress
from pathlib import Path

from evalsuite import engines
from evalsuite.engines import Engine
from evalsuite.records import Settings
from evalsuite.serving import loopback
from evalsuite.studio.app import Studio, app
from evalsuite.studio.records import Setting
from evalsuite.studio.worker import Worker

_ENGINE = "transformers"


def serve(setting: Setting, port: int, tell: Callable[[str], None]) -> None:
    """Serve a studio; `tell` is told its address once it listens. It returns on Ctrl-C.

    Raises:
        UserMistake: the port is taken.
        EngineFailure: the engine could not start.

    """
    with (
        loopback.opened(port) as door,
        closing(Worker(setting)) as worker,
        _engine(setting) as engine,
        suppress(KeyboardInterrupt),
    ):
        loopback.serve(
            door,
            lambda stopping: app(
                Studio(
                    setting=setting,
                    token=door.token,
                    hosts=door.hosts,
                    worker=worker,
                    engine=engine,
                    stopping=stopping,
                )
            ),
            tell,
        )


@contextmanager
def _engine(setting: Setting) -> Iterator[Engine | None]:
    if setting.model is None:
        yield None
        return
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        log = folder / "engine.log"
        yield stack.enter_context(engines.started(_ENGINE, setting.model, Settings(), log))
