"""An engine for the tests that misbehaves in the way that its argument `do` names."""

import os
import sys
import time
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from evalsuite.errors import EngineFailure, ModelMistake
from evalsuite.records import Json, LogLikelihoods, Model, Request, Response, Settings

AFTER = 5  # responses before it misbehaves


@dataclass(frozen=True)
class Awkward:
    do: str

    @property
    def facts(self) -> Mapping[str, Json]:
        return {"pid": os.getpid(), "do": self.do}

    def ask(self, requests: Iterable[Request]) -> Iterator[Response]:
        for number, request in enumerate(requests):
            if number == AFTER:
                misbehave(self.do)
            yield LogLikelihoods(key=request.key, values=(float(-number), -2.0))

    def close(self) -> None:
        if self.do == "ignore close":
            time.sleep(600)


def misbehave(do: str) -> None:
    match do:
        case "raise in ask":
            raise RuntimeError("a tensor\nis not what it was")
        case "fail in ask":
            raise EngineFailure("engine `awkward`: no more", hint="be kind")
        case "exit in ask":
            sys.exit(7)
        case "vanish in ask":
            os._exit(0)
        case "wait in ask":
            time.sleep(600)
        case "print":
            print("\0 garbage on stdout")  # noqa: T201 - that is the point
            os.write(1, b"\xff\xfe from below\n")
            print("and on stderr", file=sys.stderr)  # noqa: T201
        case _:  # it misbehaves elsewhere, or not at all
            pass


def start(model: Model | None, settings: Settings) -> Awkward:  # noqa: ARG001 - the contract's
    do = str(settings.arguments["do"])
    match do:
        case "raise in start":
            raise RuntimeError("no room for\nthe weights")
        case "refuse the model":
            raise ModelMistake("model `it`: no", hint="another")
        case "exit in start":
            sys.exit(9)
        case _:
            return Awkward(do)
