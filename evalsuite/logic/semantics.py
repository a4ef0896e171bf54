"""Truth tables: what a formula is worth in each valuation, and the answers read off them.

One of the two deciders of every label. It goes row by row and shares no reasoning with `solvers`
(or with `tables`, which families draw by).
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import product

from evalsuite.logic.clauses import Clause
from evalsuite.logic.flaws import Unsupported
from evalsuite.logic.problems import BranchClosure, Entailment, Problem, ResolventOf
from evalsuite.logic.syntax import (
    And,
    Atom,
    Box,
    Diamond,
    Exists,
    Forall,
    Formula,
    Iff,
    Implies,
    Not,
    Or,
    Truth,
    Xor,
    atoms,
)

Valuation = Mapping[str, bool]


def value(formula: Formula, valuation: Valuation) -> bool:
    """Return a formula's truth value; the valuation gives one to each of its atoms.

    Raises:
        Unsupported: the formula is not propositional.

    """
    match formula:
        case Atom(name):
            return valuation[name]
        case Truth(constant):
            return constant
        case Not(body):
            return not value(body, valuation)
        case And(left, right):
            return value(left, valuation) and value(right, valuation)
        case Or(left, right):
            return value(left, valuation) or value(right, valuation)
        case Implies(left, right):
            return not value(left, valuation) or value(right, valuation)
        case Iff(left, right):
            return value(left, valuation) == value(right, valuation)
        case Xor(left, right):
            return value(left, valuation) != value(right, valuation)
        case Forall() | Exists() | Box() | Diamond():
            raise Unsupported("a truth table takes propositional formulas alone")


def clause_value(clause: Clause, valuation: Valuation) -> bool:
    """Return a clause's truth value: whether one of its literals is true."""
    return any(valuation[literal.atom.name] == literal.positive for literal in clause)


def valuations(names: Iterable[str]) -> Iterator[dict[str, bool]]:
    """Yield every valuation of the atoms, each atom once however often it is named."""
    distinct = sorted(set(names))
    for row in product((True, False), repeat=len(distinct)):
        yield dict(zip(distinct, row, strict=True))


def answer(problem: Problem) -> int:
    """Return a problem's answer, by truth table.

    Raises:
        ValueError: it has no answer, or two.

    """
    match problem:
        case Entailment(premises=premises, conclusion=conclusion):
            return 0 if _follows(premises, conclusion) else 1
        case ResolventOf(left=left, right=right, candidates=candidates):
            return _resolvent(left, right, candidates)
        case BranchClosure(branch=branch):
            names = (name for signed in branch for name in atoms(signed.formula))
            satisfied = any(
                all(value(signed.formula, row) == signed.sign for signed in branch)
                for row in valuations(names)
            )
            return 1 if satisfied else 0


def _follows(premises: tuple[Formula, ...], conclusion: Formula) -> bool:
    names = (name for formula in (*premises, conclusion) for name in atoms(formula))
    return all(
        value(conclusion, row)
        for row in valuations(names)
        if all(value(premise, row) for premise in premises)
    )


def _resolvent(left: Clause, right: Clause, candidates: tuple[Clause, ...]) -> int:
    """Find the candidate that is equivalent to `∃p (left & right)`, p the pivot."""
    pivot = _pivot(left, right)

    def eliminated(row: Valuation) -> bool:
        return any(
            clause_value(left, {**row, pivot: either})
            and clause_value(right, {**row, pivot: either})
            for either in (True, False)
        )

    names = {literal.atom.name for clause in (left, right, *candidates) for literal in clause}
    return _only(lambda index: _agrees(candidates[index], eliminated, names), len(candidates))


def _agrees(clause: Clause, truth: Callable[[Valuation], bool], names: Iterable[str]) -> bool:
    return all(clause_value(clause, row) == truth(row) for row in valuations(names))


def _pivot(left: Clause, right: Clause) -> str:
    """Return the one atom that the clauses hold with opposite signs."""
    found = {
        literal.atom.name
        for literal in left
        for other in right
        if literal.atom == other.atom and literal.positive != other.positive
    }
    if len(found) != 1:
        raise ValueError(f"resolvent: {len(found)} pivots")
    return found.pop()


def _only(fits: Callable[[int], bool], count: int) -> int:
    found = [index for index in range(count) if fits(index)]
    if len(found) != 1:
        raise ValueError(f"resolvent: {len(found)} candidates fit")
    return found[0]
