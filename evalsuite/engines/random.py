"""Chance: a choice drawn evenly, from the run's seed and the request's key alone."""

from random import Random
from typing import Literal

from evalsuite import names
from evalsuite.engines._oracle import Baseline
from evalsuite.records import Model, Request, Settings

ANSWERS_FROM: Literal["oracle"] = "oracle"
HOSTED = False
PACKAGES: tuple[str, ...] = ()


def start(model: Model | None, settings: Settings) -> Baseline:  # noqa: ARG001 - the contract's
    """Return the baseline."""

    def decide(request: Request) -> int:
        rng = Random(names.seed_of("random", settings.seed, request.key))
        return rng.randrange(len(request.choices))

    return Baseline(decide)
