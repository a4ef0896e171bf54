"""Check a resolution refutation, reduced to three rules.

given            instance      cut                      weaker
                 A             A | p      B | ~p        A
A, a clause of   ----          -----------------        -----
the problem      Aσ            A | B                    A | B

Clauses are sets, so that factoring is an instance in which literals fall together. A resolvent is
two instances and a cut. Every rule gives a consequence of what is above it.
"""

from collections.abc import Sequence

from evalsuite.logic.clauses import Clause, complement, instance, show_clause, show_literal
from evalsuite.logic.flaws import (
    ForwardReference,
    NoEmptyClause,
    NoPivot,
    NotAResolvent,
    NotGiven,
    NotWeaker,
    SelfReference,
    UnknownReference,
    WrongInstance,
)
from evalsuite.logic.proofs import Cut, Given, Instance, Step, Weaker


def check(given: Sequence[Clause], steps: Sequence[Step]) -> None:
    """Accept a refutation of the given clauses.

    Raises:
        Flaw: the first step that is wrong, or the lack of the empty clause at the end.

    """
    for place, step in enumerate(steps):
        check_step(given, steps, place)
        if not step.clause and place + 1 == len(steps):
            return
    last = steps[-1].line if steps else None
    raise NoEmptyClause("the last clause is not the empty clause", line=last)


def check_step(given: Sequence[Clause], steps: Sequence[Step], place: int) -> None:
    """Accept one step, whatever the steps before it are worth.

    Raises:
        Flaw: it is wrong.

    """
    step = steps[place]
    match step.reason:
        case Given(index):
            if not 0 <= index < len(given) or given[index] != step.clause:
                raise NotGiven(f"`{show_clause(step.clause)}` is not given", line=step.line)
        case Instance(of, substitution):
            if instance(_earlier(steps, of, place), substitution) != step.clause:
                raise WrongInstance(
                    f"`{show_clause(step.clause)}` is not that instance", line=step.line
                )
        case Cut(left, right, pivot):
            first, second = _earlier(steps, left, place), _earlier(steps, right, place)
            if pivot not in first or complement(pivot) not in second:
                raise NoPivot(f"no pivot `{show_literal(pivot)}`", line=step.line)
            if (first - {pivot}) | (second - {complement(pivot)}) != step.clause:
                raise NotAResolvent(
                    f"`{show_clause(step.clause)}` is not that resolvent", line=step.line
                )
        case Weaker(of):
            if not _earlier(steps, of, place) <= step.clause:
                raise NotWeaker(f"`{show_clause(step.clause)}` lacks literals", line=step.line)


def _earlier(steps: Sequence[Step], named: int, place: int) -> Clause:
    line = steps[place].line
    if not 0 <= named < len(steps):
        raise UnknownReference(f"there is no step {named}", line=line)
    if named == place:
        raise SelfReference("a step cannot follow from itself", line=line)
    if named > place:
        raise ForwardReference(f"step {named} comes only later", line=line)
    return steps[named].clause
