"""Answer from what another run recorded: to judge anew, or to test without a model."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from evalsuite.errors import EngineFailure
from evalsuite.records import Json, Model, Request, Response, Settings

ANSWERS_FROM: Literal["recording"] = "recording"
HOSTED = False
PACKAGES: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Replay:
    """An engine that looks responses up by the request's key."""

    recording: Mapping[str, Response]

    @property
    def facts(self) -> Mapping[str, Json]:
        """Return how much is recorded."""
        return {"recorded": len(self.recording)}

    def ask(self, requests: Iterable[Request]) -> Iterator[Response]:
        """Look each request up.

        Raises:
            EngineFailure: it was never recorded.

        """
        for request in requests:
            if request.key not in self.recording:
                raise EngineFailure(
                    f"engine `replay`: request {request.key[:12]} is not in the recording",
                    hint="record a run of the same suite, models, tasks and prompts",
                )
            yield self.recording[request.key]

    def close(self) -> None:
        """Hold nothing, give back nothing."""


def start(model: Model | None, settings: Settings) -> Replay:  # noqa: ARG001 - the contract's
    """Return an engine that answers from `settings.recording`."""
    return Replay(settings.recording)
