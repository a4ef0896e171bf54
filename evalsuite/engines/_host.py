"""An engine in a process of its own.

The run survives the engine: killed or out of memory, it is a broken pipe here, and what finished is
kept. A model's memory is wholly given back before the next is loaded, an engine's prints go to a
file, and the engine dies with the run, however the run dies.
"""

import ctypes
import os
import signal
import sys
import traceback
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from importlib import import_module
from itertools import islice
from multiprocessing import get_context
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from pathlib import Path

from evalsuite.errors import KEPT, EngineFailure, EvalsuiteError
from evalsuite.records import Json, Model, Request, Response, Settings

_CHUNK = 64  # requests handed over at a time
_GRACE = 20.0  # seconds that an engine has to close
_SET_PARENT_DEATH_SIGNAL = 1  # prctl(2), PR_SET_PDEATHSIG


@dataclass(frozen=True, slots=True)
class _Ready:
    facts: Mapping[str, Json]


@dataclass(frozen=True, slots=True)
class _More:
    """The engine has room for more requests."""


@dataclass(frozen=True, slots=True)
class _Done:
    """Every request that was handed over is answered."""

    facts: Mapping[str, Json]  # what they have become by then


@dataclass(frozen=True, slots=True)
class _Failed:
    error: EvalsuiteError


@dataclass(slots=True)
class _Hosted:
    process: BaseProcess
    pipe: "Connection"
    log: Path
    name: str
    facts: Mapping[str, Json] = field(default_factory=dict)  # the latest that the engine has told

    def ask(self, requests: Iterable[Request]) -> Iterator[Response]:
        source = iter(requests)
        self._send("ask")
        while True:
            message = self._receive()
            if isinstance(message, _More):
                self._send(list(islice(source, _CHUNK)))
            elif isinstance(message, _Done):
                self.facts = message.facts
                return
            else:
                yield message

    def close(self) -> None:
        if self.process.is_alive():
            try:
                self.pipe.send("close")
            except OSError:
                self.process.kill()
            self.process.join(_GRACE)
        if self.process.is_alive():
            self.process.kill()
            self.process.join()
        self.pipe.close()

    def _send(self, message: object) -> None:
        try:
            self.pipe.send(message)
        except OSError as error:
            raise self._gone() from error

    def _receive(self) -> "_More | _Done | Response":
        try:
            message = self.pipe.recv()
        except (EOFError, OSError) as error:
            raise self._gone() from error
        if isinstance(message, _Failed):
            raise message.error
        return message  # type: ignore[no-any-return]  # our own child wrote it

    def _gone(self) -> EngineFailure:
        self.process.join(_GRACE)
        return _stopped(self.name, self.process.exitcode, self.log)


def _stopped(name: str, status: int | None, log: Path) -> EngineFailure:
    how = f"signal {-status}" if status is not None and status < 0 else f"exit status {status}"
    return EngineFailure(
        f"engine `{name}` stopped ({how})",
        hint=f"{KEPT}; its log is {log}",
    )


@contextmanager
def hosted(module: str, model: Model | None, settings: Settings, log: Path) -> Iterator[_Hosted]:
    """Start the engine module in a child process, and end the child in any case.

    Raises:
        EngineFailure: it could not start.

    """
    log.parent.mkdir(parents=True, exist_ok=True)
    context = get_context("spawn")
    ours, theirs = context.Pipe()
    # Not a daemon: an engine may have workers of its own.
    process = context.Process(target=_serve, args=(theirs, module, model, settings, log))
    name = module.rpartition(".")[2]
    process.start()
    theirs.close()
    hosting = _Hosted(process=process, pipe=ours, log=log, name=name)
    try:
        try:
            message = ours.recv()
        except (EOFError, OSError) as error:
            process.join(_GRACE)
            raise _stopped(name, process.exitcode, log) from error
        if isinstance(message, _Failed):
            raise message.error
        hosting.facts = message.facts
        yield hosting
    except BaseException:
        process.kill()  # in the middle of its work: nothing to wait for
        raise
    finally:
        hosting.close()


# ── in the child ────────────────────────────────────────────────────────────────────────────────


def _serve(
    pipe: "Connection", module: str, model: Model | None, settings: Settings, log: Path
) -> None:
    _die_with_parent()
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the parent's to handle
    _print_into(log)
    try:
        engine = import_module(module).start(model, settings)
        pipe.send(_Ready(engine.facts))
        try:
            while pipe.recv() == "ask":
                for response in engine.ask(_incoming(pipe)):
                    pipe.send(response)
                pipe.send(_Done(engine.facts))
        finally:
            engine.close()
    except (EOFError, BrokenPipeError):  # the parent is gone
        sys.exit(1)
    except EvalsuiteError as error:
        pipe.send(_Failed(error))
    except Exception as error:  # noqa: BLE001 - whatever an engine raises is the run's to report
        traceback.print_exc()
        reason = str(error).strip().splitlines()
        text = f"{type(error).__name__}: {reason[-1] if reason else 'no message'}"
        pipe.send(_Failed(EngineFailure(f"engine failed: {text[:500]}", hint=f"its log is {log}")))


def _incoming(pipe: "Connection") -> Iterator[Request]:
    while True:
        pipe.send(_More())
        chunk = pipe.recv()
        if not chunk:
            return
        yield from chunk


def _die_with_parent() -> None:
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_SET_PARENT_DEATH_SIGNAL, signal.SIGKILL)


def _print_into(log: Path) -> None:
    file = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
    os.dup2(file, 1)
    os.dup2(file, 2)
    os.close(file)
