"""Does the conclusion follow from the premises?

A conclusion's connectives, atoms and number of negations are drawn first, and only such are used
as can be filled in to follow and also not to follow from these premises. So premises, length and
words tell nothing about the label: both labels stand with the same ones.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import reduce
from itertools import combinations, permutations
from operator import and_
from random import Random
from typing import Final

from evalsuite.logic import semantics, solvers
from evalsuite.logic.canonical import canonical as canonical_form
from evalsuite.logic.problems import Entailment, show_problem
from evalsuite.logic.sampling import NAMES, formula
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
    leaves,
    substitute,
)
from evalsuite.logic.tables import everywhere, table
from evalsuite.logic.writing import show as show_formula
from evalsuite.records import Draft

LABELS: Final = ("follows", "does-not-follow")
CHOICES: Final = 2

_MOST_ATOMS = 10  # each decider goes through 2**atoms rows


@dataclass(frozen=True, slots=True, kw_only=True)
class Params:
    """The ladder: how many atoms, and as many premises."""

    fewest_atoms: int = 3
    most_atoms: int = 6

    def __post_init__(self) -> None:
        """Refuse a ladder that has no rungs or is out of reach."""
        if not 3 <= self.fewest_atoms <= self.most_atoms <= _MOST_ATOMS:  # noqa: PLR2004
            raise ValueError(
                f"`fewest_atoms` and `most_atoms`: 3 <= fewest <= most <= {_MOST_ATOMS}"
            )


def rungs(params: Params) -> tuple[int, ...]:
    """Return the numbers of atoms."""
    return tuple(range(params.fewest_atoms, params.most_atoms + 1))


def draw(params: Params, rung: int, gold: int, rng: Random) -> Draft | None:  # noqa: ARG001
    """Draw premises over `rung` atoms and a conclusion that does (0) or does not (1) follow."""
    names = rng.sample(NAMES, rung)
    premises = _premises(names, rng)
    if premises is None:
        return None
    by_key: dict[int, tuple[list[Formula], list[Formula]]] = defaultdict(lambda: ([], []))
    tables = [table(premise, names) for premise in premises]
    for conclusion in _fillings(names, rng):
        truth = table(conclusion, names)
        if not _idle(truth, tables, everywhere(names)):
            follows = _implies(reduce(and_, tables), truth)
            by_key[_agreement(premises, conclusion)][0 if follows else 1].append(conclusion)
    twins = [both for _, both in sorted(by_key.items()) if all(both)]
    if not twins:
        return None
    return _draft(premises, rng.choice(rng.choice(twins)[gold]), rung)


def decide(problem: Entailment) -> tuple[int, int]:
    """Return the answer by truth table and by SAT solver."""
    return semantics.answer(problem), solvers.answer(problem)


def canonical(problem: Entailment) -> str:
    """Return a text that two problems share iff they are the same up to renaming and order."""
    return canonical_form(problem)


def show(problem: Entailment) -> str:
    """Write a problem on one line, for messages."""
    return show_problem(problem)


def certificate(params: Params, problem: Entailment) -> None:  # noqa: ARG001
    """Return nothing: a verdict is all that is asked."""


def _draft(premises: tuple[Formula, ...], conclusion: Formula, rung: int) -> Draft:
    return Draft(
        shown={
            "premises": [show_formula(premise) for premise in premises],
            "conclusion": show_formula(conclusion),
       },
        choices=LABELS,
        problem=Entailment(premises=premises, conclusion=conclusion),
        tags={
            "rung": rung,
            "atoms": rung,
            "premises": len(premises),
            "conclusion_atoms": len(leaves(conclusion)),
        },
    )


def _premises(names: Sequence[str], rng: Random) -> tuple[Formula, ...] | None:
    """Draw premises that hold every atom and that can be true together.

    None is a tautology, and no two say the same.
    """
    premises = tuple(
        formula(rng.sample(names, rng.choice((2, 2, 3))), rng, negated=0.25) for _ in names
    )
    tables = [table(premise, names) for premise in premises]
    used = {name for premise in premises for name in leaves(premise)}
    if len(used) < len(names) or len(set(tables)) < len(tables):
        return None
    if everywhere(names) in tables or reduce(and_, tables) == 0:
        return None
    return premises


def _fillings(names: Sequence[str], rng: Random) -> Iterator[Formula]:
    """Yield each filling of a random skeleton with two or three literals.

    All hold the same atoms, connectives and number of negations.
    """
    size = rng.choice((2, 3))
    slots = [str(slot) for slot in range(size)]
    skeleton = formula(slots, rng, negated=0)
    chosen = rng.sample(names, size)
    negations = rng.randrange(size + 1)
    for order in permutations(chosen):
        for negated in combinations(slots, negations):
            yield substitute(
                skeleton,
                {
                    slot: Not(Atom(name)) if slot in negated else Atom(name)
                    for slot, name in zip(slots, order, strict=True)
                },
            )


def _idle(truth: int, premises: Sequence[int], full: int) -> bool:
    """Say whether a conclusion is decided without the premises, or follows from one alone."""
    return truth in (0, full) or any(_implies(premise, truth) for premise in premises)


def _implies(left: int, right: int) -> bool:
    return left & ~right == 0


def _agreement(premises: Sequence[Formula], conclusion: Formula) -> int:
    """Count where the conclusion's atoms stand with the sign they have in the premises.

    Without this, a conclusion that repeats the premises' literals would follow more often.
    """
    said = [occurrence for premise in premises for occurrence in _signs(premise, positive=True)]
    return sum(
        said.count((name, positive)) - said.count((name, not positive))
        for name, positive in _signs(conclusion, positive=True)
    )


def _signs(formula: Formula, *, positive: bool) -> Iterator[tuple[str, bool]]:
    """Yield each occurrence of an atom with its sign; below `<->` it has both."""
    match formula:
        case Atom(name):
            yield name, positive
        case Not(body):
            yield from _signs(body, positive=not positive)
        case And(left, right) | Or(left, right):
            yield from _signs(left, positive=positive)
            yield from _signs(right, positive=positive)
        case Implies(left, right):
            yield from _signs(left, positive=not positive)
            yield from _signs(right, positive=positive)
        case Forall(_, body) | Exists(_, body) | Box(body) | Diamond(body):
            yield from _signs(body, positive=positive)
        case Truth():
            return
        case Iff(left, right) | Xor(left, right):
            for either in (True, False):
                yield from _signs(left, positive=either)
                yield from _signs(right, positive=either)
