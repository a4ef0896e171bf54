"""Is a term free for a variable in a formula, or would a quantifier capture it?

The variables in a formula's atoms and those after its quantifiers are shuffled, each among
themselves, until one order captures and another does not: so both labels stand with the same words
in another order.
"""

from dataclasses import dataclass
from random import Random
from typing import Final

from evalsuite.families.first_order import _scopes
from evalsuite.logic import canonical as canonical_forms
from evalsuite.logic.canonical import Leaf, Node, formula_tree
from evalsuite.logic.syntax import (
    Atom,
    Exists,
    Forall,
    Formula,
    Function,
    Term,
    Variable,
    free_variables,
    instantiate,
    parts,
    term_variables,
)
from evalsuite.logic.writing import show as show_formula
from evalsuite.logic.writing import show_term
from evalsuite.records import Draft

LABELS: Final = ("free", "not-free")
CHOICES: Final = 2

_MOST = 6  # quantifiers
_SHUFFLES = 30


@dataclass(frozen=True, slots=True, kw_only=True)
class Params:
    """The ladder: how many quantifiers the formula has."""

    fewest_quantifiers: int = 2
    most_quantifiers: int = 5

    def __post_init__(self) -> None:
        """Refuse a ladder that has no rungs or is out of reach."""
        if not 2 <= self.fewest_quantifiers <= self.most_quantifiers <= _MOST:  # noqa: PLR2004
            raise ValueError(
                f"`fewest_quantifiers` and `most_quantifiers`: 2 <= fewest <= most <= {_MOST}"
            )


@dataclass(frozen=True, slots=True, kw_only=True)
class Capture:
    """Is the term free for the variable in the formula? 0: it is; 1: it would be captured."""

    formula: Formula
    variable: str
    term: Term


def rungs(params: Params) -> tuple[int, ...]:
    """Return the numbers of quantifiers."""
    return tuple(range(params.fewest_quantifiers, params.most_quantifiers + 1))


def draw(params: Params, rung: int, gold: int, rng: Random) -> Draft | None:  # noqa: ARG001
    """Draw a formula, a variable and a term that is (0) or is not (1) free for it."""
    variable, inner, *others = rng.sample("xyzuvw", 4)
    term = _term(inner, variable, rng)
    shape = _scopes.skeleton(rung, rung + 1, rng)
    names = [rng.choice((variable, variable, inner, *others)) for _ in _scopes.places(shape)]
    bound = [rng.choice((inner, inner, variable, *others)) for _ in range(rung)]
    found: dict[int, Formula] = {}
    inside = term_variables(term)
    for _ in range(_SHUFFLES):
        rng.shuffle(names)
        rng.shuffle(bound)
        formula = _scopes.filled(shape, names, bound)
        label = int(_captures(formula, variable, inside))
        if label not in found and _tells(formula, variable, inner):
            found[label] = formula
        if len(found) == CHOICES:
            break
    if len(found) < CHOICES:
        return None
    problem = Capture(formula=found[gold], variable=variable, term=term)
    return Draft(
        shown={
            "formula": show_formula(problem.formula),
            "variable": variable,
            "term": show_term(term),
        },
        choices=LABELS,
        problem=problem,
        tags={"rung": rung, "quantifiers": rung},
    )


def decide(problem: Capture) -> tuple[int, int]:
    """Return the answer by the definition, and by what replacing the variable blindly does."""
    inside = term_variables(problem.term)
    captures = _captures(problem.formula, problem.variable, inside)
    blind = _scopes.alpha(_replaced(problem.formula, problem.variable, problem.term))
    careful = instantiate(problem.formula, {problem.variable: problem.term})
    return int(captures), int(blind != _scopes.alpha(careful))


def canonical(problem: Capture) -> str:
    """Return a text that two problems share iff they are the same up to renaming and order.

    Names of bound variables are part of the problem: only all of a name's occurrences together
    may be renamed.
    """
    tree = Node(
        "capture",
        (
            named_tree(problem.formula),
            Leaf(f"var {problem.variable}"),
            formula_tree(Atom("=", (problem.term,))),
        ),
    )
    return canonical_forms.form(tree)


def show(problem: Capture) -> str:
    """Write a problem on one line, for messages."""
    return f"{show_formula(problem.formula)} [{show_term(problem.term)}/{problem.variable}]"


def certificate(params: Params, problem: Capture) -> None:
    """Return nothing: a verdict is all that is asked."""


def named_tree(formula: Formula) -> canonical_forms.Tree:
    """Return a formula's tree in which a bound variable keeps its name."""
    match formula:
        case Atom():
            return formula_tree(formula)
        case Forall(variable, body) | Exists(variable, body):
            sign = "forall" if isinstance(formula, Forall) else "exists"
            return Node(sign, (Leaf(f"var {variable}"), named_tree(body)))
        case _:
            inner = tuple(map(named_tree, parts(formula)))
            return Node(type(formula).__name__, inner)


def _term(inner: str, variable: str, rng: Random) -> Term:
    one = Variable(inner)
    return rng.choice(
        (
            one,
            Function("f", (one,)),
            Function("g", (one, Function("a"))),
            Function("g", (Variable(variable), one)),
        )
    )


def _tells(formula: Formula, variable: str, inner: str) -> bool:
    """Say whether the variable is free inside a quantifier, and the term's is bound somewhere."""
    free = [one for one in _scopes.places(formula) if one.name == variable and one.binder is None]
    return any(one.around for one in free) and inner in _scopes.binders(formula)


def _captures(formula: Formula, variable: str, inside: frozenset[str]) -> bool:
    match formula:
        case Atom():
            return False
        case Forall(bound, body) | Exists(bound, body):
            if bound == variable or variable not in free_variables(body):
                return False
            return bound in inside or _captures(body, variable, inside)
        case _:
            return any(_captures(part, variable, inside) for part in parts(formula))


def _replaced(formula: Formula, variable: str, term: Term) -> Formula:
    """Put the term for each free occurrence of the variable, whatever captures it."""
    terms = [
        term if one.name == variable and one.binder is None else Variable(one.name)
        for one in _scopes.places(formula)
    ]
    return _scopes.with_places(formula, iter(terms), iter(_scopes.binders(formula)))
