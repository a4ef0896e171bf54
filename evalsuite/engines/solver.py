"""The ceiling: each formal problem is decided by a solver, without a look at its label.

Where a certificate is asked for, it is the one that a prover finds.
"""

from typing import Literal

from evalsuite.engines._oracle import Baseline, oracle
from evalsuite.records import Model, Settings

ANSWERS_FROM: Literal["oracle"] = "oracle"
HOSTED = False
PACKAGES: tuple[str, ...] = ("python-sat",)


def start(model: Model | None, settings: Settings) -> Baseline:  # noqa: ARG001 - the contract's
    """Return the baseline."""
    return Baseline(lambda request: oracle(request).decide(), certifies=True)
