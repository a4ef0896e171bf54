"""Judge a valuation that makes formulas or clauses true, or the verdict that there is none.

The formal problem has `formulas` or `clauses`, as texts.

Of two verdicts, 0, "unsatisfiable", needs nothing more: PySAT decides it; 1, "satisfiable", needs a
valuation. Where the answer is open, as the formal problem's `open` says, the valuation is the
answer. It may leave out atoms that may be either.
"""

from collections.abc import Iterator, Mapping
from random import Random

from evalsuite.logic import solvers
from evalsuite.logic.flaws import LogicError
from evalsuite.logic.normal import formula_of
from evalsuite.logic.syntax import Formula, atoms
from evalsuite.logic.text import reading, valuations
from evalsuite.records import Json, Question, Response, Score
from evalsuite.scorers import _certified
from evalsuite.scorers._certified import Checked
from evalsuite.scorers.countermodel import failing, refused, spoiled_valuations


def score(question: Question, response: Response) -> Score:
    """Judge the verdict and its valuation."""
    return _certified.judge(question, response, check)


def check(formal: Mapping[str, Json], verdict: int, text: str) -> Checked:
    """Say whether the text shows the verdict."""
    claims = _read(formal)
    if verdict == 0 and not formal.get("open"):
        if not solvers.satisfiable(claims):
            return Checked(accepted=True)
        return Checked(accepted=False, flaw="NotDecided", message="a valuation makes all true")
    try:
        flaw = failing(claims, valuations.valuation(text, _names(claims)))
    except LogicError as error:
        return refused(error)
    if flaw is None:
        return Checked(accepted=True)
    return Checked(accepted=False, flaw="NotAModel", message=flaw)


def _read(formal: Mapping[str, Json]) -> tuple[Formula, ...]:
    formulas, clauses = formal.get("formulas"), formal.get("clauses")
    stated = [reading.formula(str(one)) for one in formulas] if isinstance(formulas, list) else []
    if isinstance(clauses, list):
        stated += [formula_of([reading.clause(str(one))]) for one in clauses]
    return tuple(stated)


def _names(claims: tuple[Formula, ...]) -> dict[str, str]:
    return {name: name for claim in claims for name in atoms(claim)}


def spoil(formal: Mapping[str, Json], verdict: int, certificate: str, rng: Random) -> Iterator[str]:
    """Yield valuations with one value changed, each evaluated and found to make a claim false."""
    if verdict == 0 and not formal.get("open"):
        return
    claims = _read(formal)
    values = valuations.valuation(certificate, _names(claims))
    yield from spoiled_valuations(claims, values, rng)
