"""Scorers: one module is one way of judging a response, found by its name."""

import sys
from collections.abc import Iterator, Mapping
from random import Random
from typing import TYPE_CHECKING, Protocol, TypeGuard

from evalsuite import names
from evalsuite.records import Json, Question, Response, Score

if TYPE_CHECKING:
    from evalsuite.scorers import (
        clauses,
        countermodel,
        criticism,
        derivation,
        formula,
        kripke,
        label,
        recorded,
        refutation,
        tableau,
        truth_table,
        unifier,
        valuation,
    )
    from evalsuite.scorers._certified import Checked

    # That the modules fit is mypy's to see.
    _CHECKED: tuple["Scorer", ...] = (label, recorded)
    _CERTIFICATES: tuple["CertificateScorer", ...] = (
        *(clauses, countermodel, criticism, derivation, formula, kripke),
        *(refutation, tableau, truth_table, unifier, valuation),
    )


class Scorer(Protocol):
    """What a module of this package can do."""

    def score(self, question: Question, response: Response) -> Score:
        """Judge the response to a question.

        Whatever a model says, this does not raise, but for:

        Raises:
            SoundnessAlarm: a wrong verdict has a certificate that is accepted.

        """


class CertificateScorer(Scorer, Protocol):
    """What a module that judges certificates can do besides."""

    def check(self, formal: Mapping[str, Json], verdict: int, text: str) -> "Checked":
        """Accept or refuse the certificate of a verdict, an index among the choices.

        `formal` is the instance's own, `text` what stands before the answer line. Whatever a model
        says, this does not raise.
        """

    def spoil(
        self, formal: Mapping[str, Json], verdict: int, certificate: str, rng: Random
    ) -> Iterator[str]:
        """Yield certificates that are wrong by construction, made of the gold one; perhaps none."""


def certifies(judge: Scorer) -> TypeGuard[CertificateScorer]:
    """Say whether a scorer judges certificates."""
    return hasattr(judge, "check")


def scorer(name: str) -> Scorer:
    """Return the scorer of that name.

    Raises:
        UnknownName: there is none.

    """
    found: Scorer = names.module(sys.modules[__name__], "scorer", name)
    return found
