"""Is the formula true under this valuation?

The formula is drawn first, and then two valuations of which one makes it true and the other false.
Both make as many atoms true, and give as many literals of the formula the value true.
"""

from collections import defaultdict
from dataclasses import dataclass
from itertools import product
from random import Random
from typing import Final

from evalsuite.logic import semantics, solvers
from evalsuite.logic.canonical import Node, any_order, form, formula_tree
from evalsuite.logic.sampling import NAMES
from evalsuite.logic.syntax import And, Atom, Formula, Iff, Implies, Not, Or, atoms, leaves, parts
from evalsuite.logic.text import valuations
from evalsuite.logic.writing import show as show_formula
from evalsuite.records import Draft

LABELS: Final = ("true", "false")
CHOICES: Final = 2

_DEEPEST = 8
_ATOMS = 8  # at most
_NEGATED = 0.3


@dataclass(frozen=True, slots=True, kw_only=True)
class Params:
    """The ladder: how deep connectives are nested, negations not counted."""

    least_depth: int = 2
    most_depth: int = 6

    def __post_init__(self) -> None:
        """Refuse a ladder that has no rungs or is out of reach."""
        if not 2 <= self.least_depth <= self.most_depth <= _DEEPEST:  # noqa: PLR2004
            raise ValueError(f"`least_depth` and `most_depth`: 2 <= least <= most <= {_DEEPEST}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Evaluation:
    """Is the formula true where these atoms are, and no others?"""

    formula: Formula
    true: frozenset[str]

    @property
    def valuation(self) -> dict[str, bool]:
        """The value of each atom."""
        return {name: name in self.true for name in atoms(self.formula)}


def rungs(params: Params) -> tuple[int, ...]:
    """Return the depths."""
    return tuple(range(params.least_depth, params.most_depth + 1))


def draw(params: Params, rung: int, gold: int, rng: Random) -> Draft | None:  # noqa: ARG001
    """Draw a formula of depth `rung` and a valuation that makes it true (0) or false (1)."""
    names = rng.sample(NAMES, min(rung + 1, _ATOMS))
    formula = _formula(rung, names, rng)
    used = atoms(formula)
    if len(used) < len(names):
        return None
    twins: dict[tuple[int, int], tuple[list[frozenset[str]], list[frozenset[str]]]]
    twins = defaultdict(lambda: ([], []))
    signs = _signs(formula)
    for row in product((True, False), repeat=len(used)):
        valuation = dict(zip(used, row, strict=True))
        agreeing = sum(valuation[name] == positive for name, positive in signs)
        worth = semantics.value(formula, valuation)
        true = frozenset(name for name in used if valuation[name])
        twins[len(true), agreeing][0 if worth else 1].append(true)
    pairs = [both for _, both in sorted(twins.items()) if all(both)]
    if not pairs:
        return None
    problem = Evaluation(formula=formula, true=rng.choice(rng.choice(pairs)[gold]))
    return Draft(
        shown={
            "formula": show_formula(formula),
            "valuation": valuations.show(problem.valuation),
        },
        choices=LABELS,
        problem=problem,
        tags={"rung": rung, "atoms": len(used), "leaves": len(leaves(formula))},
        formal={
            "formula": show_formula(formula),
            "valuation": valuations.show(problem.valuation),
        },
    )


def decide(problem: Evaluation) -> tuple[int, int]:
    """Return the answer by evaluation, and by SAT solver with the valuation as premises."""
    by_value = semantics.value(problem.formula, problem.valuation)
    literals = (
        Atom(name) if holds else Not(Atom(name)) for name, holds in problem.valuation.items()
    )
    by_solver = solvers.satisfiable([*literals, problem.formula])
    return 0 if by_value else 1, 0 if by_solver else 1


def canonical(problem: Evaluation) -> str:
    """Return a text that two problems share iff they are the same up to renaming and order."""
    true = any_order(formula_tree(Atom(name)) for name in sorted(problem.true))
    return form(Node("evaluate", (formula_tree(problem.formula), true)))


def show(problem: Evaluation) -> str:
    """Write a problem on one line, for messages."""
    return f"{show_formula(problem.formula)} under {valuations.show(problem.valuation)}"


def certificate(params: Params, problem: Evaluation) -> None:
    """Return nothing: a verdict is all that is asked."""


def _formula(depth: int, names: list[str], rng: Random) -> Formula:
    """Draw a formula with binary connectives nested so deep, its atoms spread over the names."""
    found = _shape(depth, rng)
    count = len(leaves(found))
    spread = [names[at % len(names)] for at in range(count)]
    rng.shuffle(spread)
    return _named(found, spread)


def _shape(depth: int, rng: Random) -> Formula:
    if depth == 0:
        plain: Formula = Atom("?")
    else:
        sides = [_shape(depth - 1, rng), _shape(rng.randrange(depth), rng)]
        rng.shuffle(sides)
        plain = rng.choice((And, Or, Implies, Iff))(*sides)
    return Not(plain) if rng.random() < _NEGATED else plain


def _named(formula: Formula, names: list[str]) -> Formula:
    """Give the leaves these names, which are used up from the end."""
    match formula:
        case Atom():
            return Atom(names.pop())
        case Not(body):
            return Not(_named(body, names))
        case And(left, right) | Or(left, right) | Implies(left, right) | Iff(left, right):
            first = _named(left, names)
            return type(formula)(first, _named(right, names))
        case _:
            raise ValueError("no other connective is drawn")


def _signs(formula: Formula, *, positive: bool = True) -> list[tuple[str, bool]]:
    """Return each occurrence of an atom with the sign that stands before it."""
    match formula:
        case Atom(name):
            return [(name, positive)]
        case Not(Atom() as body):
            return _signs(body, positive=False)
        case _:
            return [sign for part in parts(formula) for sign in _signs(part)]
