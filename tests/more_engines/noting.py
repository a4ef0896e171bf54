"""An engine for the tests that appends each request it is given to a file, and takes no side.

It answers no more than its argument `most`.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Literal

from evalsuite.records import (
    Choices,
    Completion,
    Generate,
    Json,
    LogLikelihoods,
    Model,
    Request,
    Response,
    Settings,
)

ANSWERS_FROM: Literal["model", "oracle"] = "model"
HOSTED = False
PACKAGES: tuple[str, ...] = ()


@dataclass(frozen=True)
class Noting:
    notes: Path
    most: int

    @property
    def facts(self) -> Mapping[str, Json]:
        return {}

    def ask(self, requests: Iterable[Request]) -> Iterator[Response]:
        for request in islice(requests, self.most):
            with self.notes.open("a", encoding="utf-8") as file:
                file.write(f"{request!r}\n")
            match request:
                case Choices(key=key, choices=choices):
                    yield LogLikelihoods(key=key, values=(-1.0,) * len(choices))
                case Generate(key=key):
                    yield Completion(key=key, text="", finish="stop")

    def close(self) -> None:
        pass


def start(model: Model | None, settings: Settings) -> Noting:
    assert model is not None
    most = settings.arguments.get("most", 1_000_000)
    assert isinstance(most, int)
    return Noting(Path(str(settings.arguments["notes"])), most)
