"""Take over a judgement that another harness wrote down, where its way to judge is not known here.

The question's `formal` holds it: `right`, true or false. There is one label, `right`.
"""

from evalsuite.records import Outcome, Question, Response, Score


def score(question: Question, response: Response) -> Score:  # noqa: ARG001 - the contract's
    """Return what was written down; without it, nothing can be read."""
    match question.formal.get("right"):
        case True:
            return Score(outcome=Outcome.RIGHT, verdict=question.gold, note="as recorded")
        case False:
            return Score(outcome=Outcome.WRONG, note="as recorded")
        case _:
            return Score(outcome=Outcome.UNREAD, note="no judgement is recorded")
