"""Scorers: one module is one way of judging a response, found by its name."""

import sys
from typing import TYPE_CHECKING, Protocol

from evalsuite import names
from evalsuite.records import Question, Response, Score

if TYPE_CHECKING:
    from evalsuite.scorers import label

    _CHECKED: tuple["Scorer", ...] = (label,)  # that the modules fit is mypy's to see


class Scorer(Protocol):
    """What a module of this package can do."""

    def score(self, question: Question, response: Response) -> Score:
        """Judge the response to a question.

        Whatever a model says, this does not raise, but for:

        Raises:
            SoundnessAlarm: a wrong verdict has a certificate that is accepted.

        """


def scorer(name: str) -> Scorer:
    """Return the scorer of that name.

    Raises:
        UnknownName: there is none.

    """
    found: Scorer = names.module(sys.modules[__name__], "scorer", name)
    return found
