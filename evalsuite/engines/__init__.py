"""The engines: one module asks a model (or stands in for one) in one way.

A new engine is a new module here with
`ANSWERS_FROM`, `HOSTED`, `PACKAGES` and `start`; nothing else changes.
"""

import sys
from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Literal, Protocol, cast

from evalsuite import names
from evalsuite.engines import _host
from evalsuite.records import AnswerKind, Json, Model, Request, Response, Settings


class Engine(Protocol):
    """What asks a model. Its responses come in the order in which they finish."""

    @property
    def facts(self) -> Mapping[str, Json]:
        """What a reader of the results must know about how the answers came about."""

    def ask(self, requests: Iterable[Request]) -> Iterator[Response]:
        """Answer each request once, drawing requests only as fast as they can be answered.

        Raises:
            EngineFailure: the engine stopped; the responses so far stand.

        """

    def close(self) -> None:
        """Give back what the engine holds."""


class EngineModule(Protocol):
    """What a module in this package has."""

    ANSWERS_FROM: Literal["model", "server", "oracle", "recording"]
    HOSTED: bool  # whether it runs in a process of its own
    PACKAGES: tuple[str, ...]  # whose versions decide what it answers, as far as installed

    def start(self, model: Model | None, settings: Settings) -> Engine:
        """Load what is needed. `model` is None for engines that answer from the oracle."""


class Choosy(Protocol):
    """What a module has besides, where its engine takes some settings or questions only."""

    def check(self, settings: Settings, answers: Collection[AnswerKind]) -> None:
        """Refuse what the engine cannot do, before anything is written or sent.

        Raises:
            UserMistake: an argument is unknown, or questions of such a kind cannot be asked.

        """


def engine(name: str) -> EngineModule:
    """Return the engine of that name.

    Raises:
        UnknownName: there is none.

    """
    return cast("EngineModule", names.module(sys.modules[__name__], "engine", name))


def check(name: str, settings: Settings, answers: Collection[AnswerKind]) -> None:
    """Refuse settings and kinds of questions that an engine cannot do.

    Raises:
        UserMistake: it says why.

    """
    module = engine(name)
    if hasattr(module, "check"):
        cast("Choosy", module).check(settings, answers)


def started(
    name: str, model: Model | None, settings: Settings, log: Path
) -> AbstractContextManager[Engine]:
    """Start an engine, in a process of its own where it wants one, and close it in the end.

    What the engine prints goes to the file `log`.
    """
    if engine(name).HOSTED:
        return _host.hosted(f"{__name__}.{name.replace('-', '_')}", model, settings, log)
    return _inside(name, model, settings)


@contextmanager
def _inside(name: str, model: Model | None, settings: Settings) -> Iterator[Engine]:
    running = engine(name).start(model, settings)
    try:
        yield running
    finally:
        running.close()
