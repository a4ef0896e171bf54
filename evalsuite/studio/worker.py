"""Two processes: one renders, and one draws the shots, which may take a minute, once.

What a template does in the first stops neither the page nor its server. A template that the limits
of `view` stop leaves it as it is; where none of them holds, it is ended and started anew.
"""

import signal
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from multiprocessing import get_context, resource_tracker
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess

from evalsuite import instances
from evalsuite.errors import EvalsuiteError
from evalsuite.records import Instance
from evalsuite.studio import view
from evalsuite.studio.records import Look, Problem, Setting, View

_DRAWING = 600.0  # seconds to start and to draw an instance, which no template can lengthen
_RENDERING = 10.0  # seconds to render: more than the limits of `view`, on a busy machine
_MESSAGE = 500  # characters


@dataclass(frozen=True, slots=True)
class _Ready:
    """What follows is to be rendered only."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Child:
    process: BaseProcess
    pipe: "Connection"


class Worker:
    """What answers looks, one at a time."""

    def __init__(self, setting: Setting, *, rendering: float = _RENDERING) -> None:
        self._setting = setting
        self._rendering = rendering
        self._renders: _Child | None = _started(_render, setting)
        self._draws: _Child | None = _started(_draw, setting)
        self._pool: tuple[Instance, ...] | Problem | None = None

    def look(self, look: Look) -> View:
        """Return what there is to see."""
        if look.k and not isinstance(pool := self._drawn(), tuple):
            return _nothing(pool, pending=self._draws is not None)
        if self._renders is None:
            self._renders = _started(_render, self._setting)
        pipe = self._renders.pipe
        try:
            pipe.send((look, pool if look.k else ()))
            if not pipe.poll(_DRAWING):
                return self._ended("drawing the instance takes too long")
            first = pipe.recv()
            if isinstance(first, View):
                return first
            if not pipe.poll(self._rendering):
                return self._ended(f"rendering takes over {self._rendering:g} s and was stopped")
            return pipe.recv()  # type: ignore[no-any-return]  # our own child wrote it
        except (EOFError, OSError):
            return self._ended("rendering broke off")

    def close(self) -> None:
        """End the processes."""
        for child in (self._renders, self._draws):
            _end(child)
        self._renders = self._draws = None

    def _drawn(self) -> tuple[Instance, ...] | Problem:
        if self._draws is not None and self._draws.pipe.poll():
            try:
                self._pool = self._draws.pipe.recv()
            except (EOFError, OSError):
                self._pool = Problem(message="drawing the shots broke off")
            _end(self._draws)
            self._draws = None
        return self._pool or Problem(message="the shots are being drawn, once …")

    def _ended(self, reason: str) -> View:
        _end(self._renders)
        self._renders = None
        return _nothing(Problem(message=reason))


def _started(task: Callable[["Connection", Setting], None], setting: Setting) -> _Child:
    context = get_context("spawn")
    ours, theirs = context.Pipe()
    process = context.Process(target=task, args=(theirs, setting), daemon=True)
    # Ctrl-C is the parent's to handle, from the child's first moment on. The tracker comes first:
    # where it is started on the way, it lets the signal through again.
    resource_tracker.ensure_running()
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        process.start()
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
    theirs.close()
    return _Child(process=process, pipe=ours)


def _end(child: _Child | None) -> None:
    if child is not None:
        child.process.kill()
        child.process.join()
        child.pipe.close()


def _nothing(problem: Problem, *, pending: bool = False) -> View:
    return View(
        preview=None, findings=(), problem=problem, request=None, unscored=None, pending=pending
    )


# ── in the children ─────────────────────────────────────────────────────────────────────────────


def _render(pipe: "Connection", setting: Setting) -> None:
    desk: view.Desk | None = None
    with suppress(EvalsuiteError):  # it is told when the first look comes
        desk = view.desk(setting)
    with suppress(EOFError, BrokenPipeError):  # the parent is gone
        while True:
            look, pool = pipe.recv()
            try:
                desk = view.desk(setting) if desk is None else desk
                view.draw(desk, look, pool)
                pipe.send(_Ready())
                answer = view.seen(desk, look)
            except Exception as error:  # noqa: BLE001 - it is the page's to show
                answer = _nothing(_problem(error))
            pipe.send(answer)


def _draw(pipe: "Connection", setting: Setting) -> None:
    try:
        drawn: tuple[Instance, ...] | Problem = instances.pool(setting.task)
    except Exception as error:  # noqa: BLE001 - it is the page's to show
        drawn = _problem(error)
    with suppress(BrokenPipeError):
        pipe.send(drawn or Problem(message=f"task `{setting.task.name}` has no shots"))


def _problem(error: Exception) -> Problem:
    if isinstance(error, EvalsuiteError):
        return Problem(message=error.message, hint=error.hint)
    return Problem(message=f"{type(error).__name__}: {error}"[:_MESSAGE])
