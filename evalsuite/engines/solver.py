"""The ceiling: each formal problem is decided by a SAT solver, without a look at its label."""

from typing import Literal

from evalsuite.engines._oracle import Baseline, oracle
from evalsuite.logic import solvers
from evalsuite.records import Model, Settings

ANSWERS_FROM: Literal["oracle"] = "oracle"
HOSTED = False
PACKAGES: tuple[str, ...] = ("python-sat",)


def start(model: Model | None, settings: Settings) -> Baseline:  # noqa: ARG001 - the contract's
    """Return the baseline."""
    return Baseline(lambda request: solvers.answer(oracle(request).problem))
