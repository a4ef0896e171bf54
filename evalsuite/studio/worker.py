"""A process that renders: what a template does there stops neither the page nor its server.

It keeps what it has drawn, so a template that is stopped by a limit leaves it as it is. Where no
limit of Python's holds, it is ended and started anew.
"""

import signal
from contextlib import suppress
from dataclasses import dataclass
from multiprocessing import get_context
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess

from evalsuite.errors import EvalsuiteError
from evalsuite.studio import view
from evalsuite.studio.records import Look, Problem, Setting, View

_DRAWING = 600.0  # seconds to start and to draw, which no template can lengthen
_RENDERING = 10.0  # seconds to render: more than the limits of Python's, on a busy machine
_MESSAGE = 500  # characters


@dataclass(frozen=True, slots=True)
class _Drawn:
    """All is ready to be rendered."""


@dataclass(frozen=True, slots=True)
class _Running:
    process: BaseProcess
    pipe: "Connection"


class Worker:
    """A process that answers looks, one at a time; started when the first comes."""

    def __init__(self, setting: Setting, *, rendering: float = _RENDERING) -> None:
        self._setting = setting
        self._rendering = rendering
        self._running: _Running | None = None

    def look(self, look: Look) -> View:
        """Return what there is to see."""
        running = self._started()
        try:
            running.pipe.send(look)
            if not running.pipe.poll(_DRAWING):
                return self._ended("drawing the instances takes too long")
            first = running.pipe.recv()
            if isinstance(first, View):
                return first
            if not running.pipe.poll(self._rendering):
                return self._ended(f"rendering takes over {self._rendering:g} s and was stopped")
            return running.pipe.recv()  # type: ignore[no-any-return]  # our own child wrote it
        except (EOFError, OSError):
            return self._ended("rendering broke off")

    def close(self) -> None:
        """End the process."""
        if self._running is not None:
            self._running.process.kill()
            self._running.process.join()
            self._running.pipe.close()
            self._running = None

    def _started(self) -> _Running:
        if self._running is None:
            context = get_context("spawn")
            ours, theirs = context.Pipe()
            process = context.Process(target=_serve, args=(theirs, self._setting), daemon=True)
            process.start()
            theirs.close()
            self._running = _Running(process, ours)
        return self._running

    def _ended(self, reason: str) -> View:
        self.close()
        return _nothing(reason)


def _nothing(reason: str, hint: str | None = None) -> View:
    problem = Problem(message=reason, hint=hint)
    return View(preview=None, findings=(), problem=problem, request=None, unscored=None)


# ── in the child ────────────────────────────────────────────────────────────────────────────────


def _serve(pipe: "Connection", setting: Setting) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the parent's to handle
    desk: view.Desk | None = None
    with suppress(EOFError, BrokenPipeError):  # the parent is gone
        while True:
            look = pipe.recv()
            try:
                desk = view.desk(setting) if desk is None else desk
                view.draw(desk, look)
                pipe.send(_Drawn())
                answer = view.seen(desk, look)
            except EvalsuiteError as error:
                answer = _nothing(error.message, error.hint)
            except Exception as error:  # noqa: BLE001 - it is the page's to show
                answer = _nothing(f"{type(error).__name__}: {error}"[:_MESSAGE])
            pipe.send(answer)
