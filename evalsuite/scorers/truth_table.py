"""Judge a truth table that shows that a conclusion follows, or a countermodel.

The formal problem has `premises` and `conclusion`, as texts, all propositional.

Verdict 0, "follows", is shown by the whole table: `logic.formats.truth_tables`. Verdict 1, "does
not follow", is shown by a valuation, as the scorer `countermodel` reads it.
"""

from collections.abc import Iterator, Mapping
from random import Random

from evalsuite.logic.flaws import LogicError
from evalsuite.logic.formats import truth_tables
from evalsuite.logic.syntax import Truth
from evalsuite.records import Json, Question, Response, Score
from evalsuite.scorers import _certified, countermodel
from evalsuite.scorers._certified import Checked


def score(question: Question, response: Response) -> Score:
    """Judge the verdict and its table or valuation."""
    return _certified.judge(question, response, check)


def check(formal: Mapping[str, Json], verdict: int, text: str) -> Checked:
    """Say whether the text shows the verdict; the flaw is the first wrong row's."""
    if verdict != 0:
        return countermodel.check(formal, verdict, text)
    inference = countermodel.read(formal)
    conclusion = inference.conclusion or Truth(value=False)
    try:
        truth_tables.check(inference.premises, conclusion, text)
    except LogicError as error:
        return countermodel.refused(error)
    return Checked(accepted=True)


def spoil(formal: Mapping[str, Json], verdict: int, certificate: str, rng: Random) -> Iterator[str]:
    """Yield tables with a row dropped, a row twice or one value changed, each of them wrong.

    A changed value in a complete table is either wrong or makes a row stand twice.
    """
    if verdict != 0:
        yield from countermodel.spoil(formal, verdict, certificate, rng)
        return
    heading, *rows = certificate.splitlines()
    place = rng.randrange(len(rows))
    without = [row for at, row in enumerate(rows) if at != place]
    yield "\n".join([heading, *without])
    yield "\n".join([heading, *rows, rows[place]])
    yield "\n".join([heading, *without, f"{rows[place]} T"])
    signs = [at for at, sign in enumerate(rows[place]) if sign in "TF"]
    for at in rng.sample(signs, min(3, len(signs))):
        other = "F" if rows[place][at] == "T" else "T"
        changed = rows[place][:at] + other + rows[place][at + 1 :]
        yield "\n".join([heading, *rows[:place], changed, *rows[place + 1 :]])
