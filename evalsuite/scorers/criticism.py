"""Judge the clause that should stand in the wrong step of a refutation.

The answer is one clause, `Answer: ~P | Q`; before it may stand the number of the line that is
wrong, and behind it the two lines that it names: `7. ~P | Q [2,5]`. It is right where it is a
resolvent of those two, up to the order of its literals. A clause that is weaker than the resolvent
follows too, but is no resolvent: it is refused, since else all literals at once would be an answer.

The formal problem has `line`, the number of the wrong line, and `left` and `right`, the clauses
that it names. (Its `lines` are what is shown.)
"""

import re
from collections.abc import Iterator, Mapping
from random import Random
from typing import Final

from evalsuite.logic.clauses import (
    Clause,
    complement,
    in_order,
    is_tautology,
    show_clause,
    show_literal,
)
from evalsuite.logic.clauses import resolvents as propositional_resolvents
from evalsuite.logic.flaws import LogicError, NoPivot, NotAResolvent, StrongerClause
from evalsuite.logic.limits import Limits
from evalsuite.logic.text import reading
from evalsuite.records import Json, Question, Response, Score
from evalsuite.scorers import _certified
from evalsuite.scorers._certified import Checked, refused

_LIMITS: Final = Limits(characters=2_000, steps=100, depth=20, size=200)
_LONGEST = 2_000  # characters of an answer
_INK = "*`$ \t\r\n."
_NUMBER = re.compile(
    r"(?:(?:line|step|linha|passo)\s{0,4})?(?P<number>\d{1,4})\s{0,4}"
    r"(?:[.:)]|(?:should be|is|becomes|must be|deve ser|é)(?!\w)\s{0,4}:?)\s{0,4}",
    re.IGNORECASE,
)
_HEAD = re.compile(
    r"(?:(?:the|a|o)\s)?(?:(?:correct|right|correta|certa)\s)?(?:clause|resolvent|cláusula|resolvente)"
    r"(?:\s(?:correta|certa))?(?:\s(?:is|should be|é|deve ser)(?!\w)\s{0,4}:?|\s{0,4}:)\s{0,4}",
    re.IGNORECASE,
)
_WHERE = re.compile(
    r"\s{1,4}[\[(](?:in|on|em|na)?\s{0,4}(?:line|step|linha|passo)\s{0,4}(?P<number>\d{1,4})[\])]$",
    re.IGNORECASE,
)
_WHY = re.compile(r"\s{0,4}[\[(](?P<why>\s{0,2}\d{1,4}\s{0,2},\s{0,2}\d{1,4}\s{0,2})[\])]$")


def score(question: Question, response: Response) -> Score:
    """Judge the clause; raises as `Scorer.score` does."""
    return _certified.judge(question, response, check)


def check(formal: Mapping[str, Json], verdict: int, text: str) -> Checked:  # noqa: ARG001
    """Say whether the text is the clause that should stand there."""
    left, right = (reading.clause(str(formal[side])) for side in ("left", "right"))
    if len(text) > _LONGEST:
        return refused("TooLarge", "too long", readable=False)
    bare = text.strip(_INK)
    named, where = _NUMBER.match(bare), _WHERE.search(bare)
    for number in (int(one["number"]) for one in (named, where) if one):
        if number != formal["line"]:
            return refused("WrongLine", f"line {number} is not the wrong one")
    bare = _WHERE.sub("", bare[named.end() :] if named else bare)
    bare = _HEAD.sub("", _WHY.sub("", bare.strip(_INK)).strip(_INK), count=1).strip(_INK)
    try:
        clause = reading.clause(bare, _LIMITS)
    except LogicError as error:
        return refused(type(error).__name__, str(error).splitlines()[0], readable=False)
    return _judged(clause, left, right)


def _judged(clause: Clause, left: Clause, right: Clause) -> Checked:
    found = resolvents(left, right)
    if clause in found:
        return Checked(accepted=True)
    if not found:
        return refused(NoPivot.__name__, "the two lines have no resolvent")
    meant = f"`{show_clause(found[0])}`"
    if any(clause < one for one in found):
        return refused(StrongerClause.__name__, f"it leaves out literals of the resolvent {meant}")
    return refused(NotAResolvent.__name__, f"the resolvent is {meant}")


def resolvents(left: Clause, right: Clause) -> tuple[Clause, ...]:
    """Return the resolvents of two propositional clauses that are no tautologies."""
    return tuple(one for one in propositional_resolvents(left, right) if not is_tautology(one))


def spoil(
    formal: Mapping[str, Json],
    verdict: int,  # noqa: ARG001
    certificate: str,
    rng: Random,
) -> Iterator[str]:
    """Yield clauses that are wrong: what the answer is, is one clause, and these are others.

    Two clauses that are no tautologies have one resolvent at most that is none. A clause with one
    literal more, less or turned is another set of literals; so are the parents, which have the
    pivot. The last one is the right clause for another line.
    """
    clause = reading.clause(certificate)
    literals = in_order(clause)
    for one in literals:
        yield show_clause(clause - {one})
        yield show_clause((clause - {one}) | {complement(one)})
    for side in ("left", "right"):
        parent = reading.clause(str(formal[side]))
        yield show_clause(parent)
        for more in in_order(parent - clause):
            yield show_clause(clause | {more})
    if literals:
        yield f"{show_clause(clause)} | {show_literal(complement(rng.choice(literals)))}"
    yield f"{int(str(formal['line'])) + 1}. {certificate}"
